"""The ways of the desktop that the tests run on: macOS or Windows."""

from __future__ import annotations

import os
import sys

from worklog.app.ports import InputWay, PresenceWay, ScreenWay, WindowWay
from worklog.capture.desktop_screen import DesktopScreen
from worklog.capture.pynput_input import PynputInput


def screen_way() -> ScreenWay:
    if sys.platform == "win32":
        from worklog.capture.windows_calls import WindowsCalls  # noqa: PLC0415 -- on Windows
        from worklog.capture.windows_desktop import WindowsDesktop  # noqa: PLC0415 -- likewise

        return DesktopScreen(WindowsDesktop(WindowsCalls()))
    from worklog.capture.macos_calls import MacCalls  # noqa: PLC0415 -- on macOS
    from worklog.capture.macos_desktop import MacDesktop  # noqa: PLC0415 -- likewise

    return DesktopScreen(MacDesktop(MacCalls()))


def window_way() -> WindowWay:
    if sys.platform == "win32":
        from worklog.capture.windows_calls import WindowsCalls  # noqa: PLC0415 -- on Windows
        from worklog.capture.windows_window import WindowsWindows  # noqa: PLC0415 -- likewise

        return WindowsWindows(WindowsCalls())
    from worklog.capture.macos_calls import MacCalls  # noqa: PLC0415 -- on macOS
    from worklog.capture.macos_window import MacWindows  # noqa: PLC0415 -- likewise

    return MacWindows(MacCalls())


def presence_way() -> PresenceWay:
    if sys.platform == "win32":
        from worklog.capture.windows_calls import WindowsCalls  # noqa: PLC0415 -- on Windows
        from worklog.capture.windows_presence import WindowsPresence  # noqa: PLC0415 -- likewise

        return WindowsPresence(WindowsCalls())
    from worklog.capture.macos_calls import MacCalls  # noqa: PLC0415 -- on macOS
    from worklog.capture.macos_presence import MacPresence  # noqa: PLC0415 -- likewise

    return MacPresence(MacCalls())


def counting_way() -> InputWay:
    if sys.platform == "win32":
        return PynputInput(os.environ)
    from worklog.capture.macos_calls import MacCalls  # noqa: PLC0415 -- on macOS
    from worklog.capture.macos_input import MacCounters  # noqa: PLC0415 -- likewise

    return MacCounters(MacCalls())


def seeing_way() -> InputWay:
    """Return the way of Windows that sees input without counting."""
    from worklog.capture.windows_calls import WindowsCalls  # noqa: PLC0415 -- on Windows
    from worklog.capture.windows_input import WindowsLastInput  # noqa: PLC0415 -- likewise

    return WindowsLastInput(WindowsCalls())
