"""The calls to Windows, by ctypes: user32, dwmapi, wtsapi32, kernel32 and shcore.

Every call is one that Microsoft documents for desktop programs, and none asks anybody for
a permission. `GetWindowTextW` reads what the system keeps of another program's window, so
a program that hangs does not make it wait.

Coordinates are pixels as mss counts them: the process says that it knows of scaling before
anything is asked.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from worklog.app.ports import Box
from worklog.capture.windows_api import SessionState

_PER_MONITOR: Final = 2  # PROCESS_PER_MONITOR_DPI_AWARE
_EXTENDED_FRAME_BOUNDS: Final = 9  # DWMWINDOWATTRIBUTE
_CLOAKED: Final = 14
_QUERY_LIMITED_INFORMATION: Final = 0x1000
_SCREEN_SAVER_RUNNING: Final = 0x0072  # SPI_GETSCREENSAVERRUNNING
_CURRENT_SERVER: Final = None
_CURRENT_SESSION: Final = 0xFFFFFFFF
_SESSION_INFO_EX: Final = 25  # WTS_INFO_CLASS
_LEVEL: Final = 1  # of WTSINFOEXW
_TITLE: Final = 1024  # characters fetched; twice what is kept
_PATH: Final = 32_768  # characters: the longest path that Windows knows


# Not those of ctypes.wintypes, whose widths are those of the system that it runs on.
_DWORD: Final = ctypes.c_uint32
_BOOL: Final = ctypes.c_int32
_HANDLE: Final = ctypes.c_void_p
_TEXT: Final = ctypes.c_wchar_p
_LPARAM: Final = ctypes.c_ssize_t


class Point(ctypes.Structure):
    """POINT of <windef.h>."""

    _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_int32))


class Rect(ctypes.Structure):
    """RECT of <windef.h>."""

    _fields_ = (
        ("left", ctypes.c_int32),
        ("top", ctypes.c_int32),
        ("right", ctypes.c_int32),
        ("bottom", ctypes.c_int32),
    )


class LastInputInfo(ctypes.Structure):
    """LASTINPUTINFO of <winuser.h>."""

    _fields_ = (("size", ctypes.c_uint32), ("time", ctypes.c_uint32))


class SessionLevel1(ctypes.Structure):
    """WTSINFOEX_LEVEL1_W of <wtsapi32.h>; characters are 16 bits wide on every system."""

    _fields_ = (
        ("session_id", ctypes.c_uint32),
        ("connection", ctypes.c_int32),
        ("flags", ctypes.c_int32),
        ("station", ctypes.c_uint16 * 33),
        ("user", ctypes.c_uint16 * 21),
        ("domain", ctypes.c_uint16 * 18),
        ("logon_time", ctypes.c_int64),
        ("connect_time", ctypes.c_int64),
        ("disconnect_time", ctypes.c_int64),
        ("last_input_time", ctypes.c_int64),
        ("current_time", ctypes.c_int64),
        ("traffic", ctypes.c_uint32 * 6),
    )


class SessionInfoEx(ctypes.Structure):
    """WTSINFOEXW of <wtsapi32.h>; its union has the one member."""

    _fields_ = (("level", ctypes.c_uint32), ("data", SessionLevel1))


class WindowsCalls:
    """Asks Windows. Implements `worklog.capture.windows_api.WindowsApi`."""

    def __init__(self, load: Callable[[str], Any] | None = None) -> None:
        load = load or _library
        self._user32 = load("user32")
        self._kernel32 = load("kernel32")
        self._dwmapi = load("dwmapi")
        self._wtsapi32 = load("wtsapi32")
        self._enumerate = _callback_type()(_BOOL, _HANDLE, _LPARAM)
        self._declare()
        with suppress(AttributeError, OSError):  # told before, by a manifest or by mss
            load("shcore").SetProcessDpiAwareness(_PER_MONITOR)

    # --- The session ------------------------------------------------------------------

    def session_id(self) -> int | None:
        number = _DWORD()
        done = self._kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(number))
        return number.value if done else None

    def session_state(self) -> SessionState | None:
        buffer, size = ctypes.c_void_p(), _DWORD()
        done = self._wtsapi32.WTSQuerySessionInformationW(
            _CURRENT_SERVER,
            _CURRENT_SESSION,
            _SESSION_INFO_EX,
            ctypes.byref(buffer),
            ctypes.byref(size),
        )
        if not done or not buffer.value:
            return None
        try:
            if size.value < ctypes.sizeof(SessionInfoEx):
                return None
            info = SessionInfoEx.from_address(buffer.value)
            if info.level != _LEVEL:
                return None
            return SessionState(info.data.connection, info.data.flags)
        finally:
            self._wtsapi32.WTSFreeMemory(buffer)

    def has_screen_saver(self) -> bool | None:
        is_running = _BOOL()
        done = self._user32.SystemParametersInfoW(
            _SCREEN_SAVER_RUNNING, 0, ctypes.byref(is_running), 0
        )
        return bool(is_running.value) if done else None

    def last_input(self) -> int | None:
        info = LastInputInfo(size=ctypes.sizeof(LastInputInfo))
        return info.time if self._user32.GetLastInputInfo(ctypes.byref(info)) else None

    def pointer(self) -> tuple[int, int] | None:
        point = Point()
        return (point.x, point.y) if self._user32.GetCursorPos(ctypes.byref(point)) else None

    # --- Windows ----------------------------------------------------------------------

    def foreground(self) -> int:
        return self._user32.GetForegroundWindow() or 0

    def top_windows(self) -> Sequence[int] | None:
        found: list[int] = []
        done = self._user32.EnumWindows(self._enumerate(_collect(found)), 0)
        return found if done else None

    def children(self, window: int) -> Sequence[int]:
        found: list[int] = []
        # Its result has no meaning.
        self._user32.EnumChildWindows(window, self._enumerate(_collect(found)), 0)
        return found

    def is_shown(self, window: int) -> bool:
        if not self._user32.IsWindowVisible(window) or self._user32.IsIconic(window):
            return False
        cloaked = _DWORD()
        # Windows of other virtual desktops, and of Store apps that sleep.
        failure = self._dwmapi.DwmGetWindowAttribute(
            window, _CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked)
        )
        return bool(failure) or not cloaked.value

    def title(self, window: int) -> str:
        text = ctypes.create_unicode_buffer(_TITLE)
        return text.value if self._user32.GetWindowTextW(window, text, _TITLE) else ""

    def box(self, window: int) -> Box | None:
        rect = Rect()
        failure = self._dwmapi.DwmGetWindowAttribute(
            window, _EXTENDED_FRAME_BOUNDS, ctypes.byref(rect), ctypes.sizeof(rect)
        )
        if failure and not self._user32.GetWindowRect(window, ctypes.byref(rect)):
            return None
        return Box(rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top)

    def process(self, window: int) -> int:
        number = _DWORD()
        thread = self._user32.GetWindowThreadProcessId(window, ctypes.byref(number))
        return number.value if thread else 0

    def program(self, process: int) -> str:
        handle = self._kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, 0, process)
        if not handle:
            return ""
        try:
            path, length = ctypes.create_unicode_buffer(_PATH), _DWORD(_PATH)
            done = self._kernel32.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(length))
            return path.value if done else ""
        finally:
            self._kernel32.CloseHandle(handle)

    def _declare(self) -> None:
        """Tell ctypes the types: a handle is wider than the int that it would take it for."""
        hwnd = handle = pointer = _HANDLE
        flag, dword, text = _BOOL, _DWORD, _TEXT
        each = (
            (self._user32.EnumWindows, flag, (self._enumerate, _LPARAM)),
            (self._user32.EnumChildWindows, flag, (hwnd, self._enumerate, _LPARAM)),
            (self._user32.GetCursorPos, flag, (pointer,)),
            (self._user32.GetForegroundWindow, hwnd, ()),
            (self._user32.GetLastInputInfo, flag, (pointer,)),
            (self._user32.GetWindowRect, flag, (hwnd, pointer)),
            (self._user32.GetWindowTextW, ctypes.c_int, (hwnd, text, ctypes.c_int)),
            (self._user32.GetWindowThreadProcessId, dword, (hwnd, pointer)),
            (self._user32.IsIconic, flag, (hwnd,)),
            (self._user32.IsWindowVisible, flag, (hwnd,)),
            (
                self._user32.SystemParametersInfoW,
                flag,
                (dword, dword, pointer, dword),
            ),
            (self._dwmapi.DwmGetWindowAttribute, ctypes.c_int32, (hwnd, dword, pointer, dword)),
            (
                self._wtsapi32.WTSQuerySessionInformationW,
                flag,
                (handle, dword, ctypes.c_int, pointer, pointer),
            ),
            (self._wtsapi32.WTSFreeMemory, None, (pointer,)),
            (self._kernel32.CloseHandle, flag, (handle,)),
            (self._kernel32.OpenProcess, handle, (dword, flag, dword)),
            (self._kernel32.ProcessIdToSessionId, flag, (dword, pointer)),
            (
                self._kernel32.QueryFullProcessImageNameW,
                flag,
                (handle, dword, text, pointer),
            ),
        )
        for function, answer, questions in each:
            function.restype, function.argtypes = answer, questions


def _collect(found: list[int]) -> Callable[[int | None, int], bool]:
    def collect(window: int | None, _: int) -> bool:
        found.append(window or 0)
        return True

    return collect


def _callback_type() -> Any:  # noqa: ANN401 -- a function of ctypes that makes types
    # They differ on 32-bit Windows only.
    if sys.platform == "win32":
        return ctypes.WINFUNCTYPE
    return ctypes.CFUNCTYPE


def _library(name: str) -> Any:  # noqa: ANN401 -- a library of ctypes has any function
    if sys.platform == "win32":
        return ctypes.WinDLL(name)
    msg = "not Windows"
    raise OSError(msg)
