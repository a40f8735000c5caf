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
    """A permission: its name, and the name of its list in System Settings."""

    SCREEN = (
        "Screen Recording",
        "Screen Recording (since macOS 15 Screen & System Audio Recording)",
    )
    ACCESSIBILITY = ("Accessibility", "Accessibility")
    INPUT = ("Input Monitoring", "Input Monitoring")

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


def advice(environ: Mapping[str, str], *permissions: Permission) -> str:
    """Return how to give *permissions*, in the imperative."""
    terminal = _TERMINALS.get(environ.get("TERM_PROGRAM", ""), "your terminal")
    lists = " and ".join(permission.value[1] for permission in permissions)
    return (
        f"Allow {terminal} in System Settings, Privacy & Security, {lists}, with + where it is"
        f" not listed; then quit and reopen it."
    )
