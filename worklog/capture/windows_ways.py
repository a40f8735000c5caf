"""The ways of Windows, best first for each port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from worklog.app.ports import CaptureWay
from worklog.capture.desktop_screen import DesktopScreen
from worklog.capture.select import Candidate, unless
from worklog.capture.windows_api import WindowsApi, refusal
from worklog.capture.windows_desktop import WindowsDesktop
from worklog.capture.windows_input import WindowsLastInput
from worklog.capture.windows_presence import WindowsPresence
from worklog.capture.windows_window import WindowsWindows

ELSEWHERE: Final = "Start worklog in a terminal on the desktop: services and SSH have none."


def on_windows(api: WindowsApi, environ: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield the ways; what each needs is looked at when it is tried."""

    def pynput() -> CaptureWay:
        from worklog.capture.pynput_input import PynputInput  # noqa: PLC0415 -- lazy by design

        return PynputInput(environ)

    yield Candidate("screen", "windows-mss", lambda: DesktopScreen(WindowsDesktop(api)), ELSEWHERE)
    yield Candidate("input", "pynput", unless(refusal(api), "pynput", pynput), ELSEWHERE)
    yield Candidate("input", "windows-last-input", lambda: WindowsLastInput(api), ELSEWHERE)
    yield Candidate("window", "windows", lambda: WindowsWindows(api), ELSEWHERE)
    yield Candidate("presence", "windows", lambda: WindowsPresence(api), ELSEWHERE)
