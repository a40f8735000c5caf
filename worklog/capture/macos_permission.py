"""The permissions of macOS: which is missing, and where exactly to give it.

macOS gives them to the terminal that worklog runs in, and most terminals notice only when
they start again. Looking never makes macOS ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from worklog.capture.macos_api import MacApi

_TERMINALS: Final = {  # TERM_PROGRAM, and the name in System Settings
    "Apple_Terminal": "Terminal",
    "iTerm.app": "iTerm",
    "vscode": "Visual Studio Code",
    "WezTerm": "WezTerm",
    "ghostty": "Ghostty",
    "WarpTerminal": "Warp",
}


class Permission(Enum):
    """A permission: its name, the name of its list in System Settings, and the list's anchor."""

    SCREEN = ("Screen Recording", "Screen & System Audio Recording", "Privacy_ScreenCapture")
    ACCESSIBILITY = ("Accessibility", "Accessibility", "Privacy_Accessibility")
    INPUT = ("Input Monitoring", "Input Monitoring", "Privacy_ListenEvent")

    def denial(self, api: MacApi) -> str | None:
        """Return that it is missing, or None."""
        asked = {
            Permission.SCREEN: api.may_record_screen,
            Permission.ACCESSIBILITY: api.is_trusted,
            Permission.INPUT: api.may_listen,
        }[self]
        try:
            is_allowed = asked()
        except OSError:
            return f"macOS does not say whether {self.value[0]} is allowed"
        return None if is_allowed else f"macOS does not allow this terminal {self.value[0]}"

    def advice(self, environ: Mapping[str, str]) -> str:
        """Return how to give it, in the imperative."""
        name, title, anchor = self.value
        terminal = _TERMINALS.get(environ.get("TERM_PROGRAM", ""), "your terminal")
        older = f" ({name} before macOS 15)" if title != name else ""
        return (
            f"Allow {terminal} in System Settings, Privacy & Security, {title}{older}; add it with"
            f" + if it is not listed. Then quit and reopen it. The list opens with:"
            f" open 'x-apple.systempreferences:com.apple.preference.security?{anchor}'"
        )
