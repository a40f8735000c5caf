"""The ways of macOS, best first for each port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from worklog.app.ports import CaptureWay
from worklog.capture.desktop_screen import DesktopScreen
from worklog.capture.macos_api import MacApi, refusal
from worklog.capture.macos_desktop import MacDesktop
from worklog.capture.macos_input import MacCounters
from worklog.capture.macos_permission import Permission, advice
from worklog.capture.macos_presence import MacPresence
from worklog.capture.macos_window import MacApplications, MacWindows
from worklog.capture.select import Candidate, unless

ELSEWHERE: Final = "Start worklog in a terminal on the Mac's desktop: it shows nothing over SSH."
_LISTENING: Final = (Permission.ACCESSIBILITY, Permission.INPUT)


def on_macos(api: MacApi, environ: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield the ways; what each needs is looked at when it is tried."""
    reason = refusal(api)

    def fix(*permissions: Permission) -> str:
        if reason is not None or not permissions:
            return ELSEWHERE
        return advice(environ, *permissions)

    def pynput() -> CaptureWay:
        from worklog.capture.pynput_input import PynputInput  # noqa: PLC0415 -- loads Quartz

        return PynputInput(environ)

    missing = [denied for each in _LISTENING if (denied := each.denial(api)) is not None]
    listening = reason or "; ".join(missing) or None
    yield Candidate(
        "screen", "macos-mss", lambda: DesktopScreen(MacDesktop(api)), fix(Permission.SCREEN)
    )
    yield Candidate("input", "macos-counters", lambda: MacCounters(api), fix())
    yield Candidate("input", "pynput", unless(listening, "pynput", pynput), fix(*_LISTENING))
    yield Candidate("window", "macos", lambda: MacWindows(api), fix(Permission.SCREEN))
    yield Candidate("window", "macos-applications", lambda: MacApplications(api), fix())
    yield Candidate("presence", "macos", lambda: MacPresence(api), fix())
