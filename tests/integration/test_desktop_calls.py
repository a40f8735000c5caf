"""The calls of macOS and Windows by ctypes, against C with the types that are documented.

What ctypes is told wrongly ends a process or cuts a handle in half, which no fake in
Python would show. The libraries stand in for the system: what the real ones answer, only
the contract suites on macOS and Windows can tell.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from worklog.app.ports import Box
from worklog.capture.macos_api import DesktopSession, ListedWindow
from worklog.capture.macos_calls import MacCalls
from worklog.capture.windows_api import SessionState
from worklog.capture.windows_calls import WindowsCalls

SOURCES = Path(__file__).parents[1] / "support" / "desktops"
FIRST, SECOND, THIRD = 0x700000001, 0x700000002, 0x700000003


def _compiled(system: str, folder: Path, *options: str) -> str:
    library = folder / f"{system}{len(options)}.so"
    command = ["gcc", "-Wall", "-Werror", "-shared", "-fPIC", *options, "-o", str(library)]
    subprocess.run([*command, str(SOURCES / f"{system}.c")], check=True)
    return str(library)


class Desktop:
    """A library whose settings a test changes; all are as they were after it."""

    def __init__(self, path: str) -> None:
        self._library = ctypes.CDLL(path)
        self._before: dict[str, int] = {}

    def load(self, _: str) -> Any:  # noqa: ANN401 -- a library of ctypes has any function
        return self._library

    def set(self, **values: int) -> None:
        for name, value in values.items():
            self._before.setdefault(name, self.get(name))
            ctypes.c_int.in_dll(self._library, name).value = value

    def get(self, name: str) -> int:
        return ctypes.c_int.in_dll(self._library, name).value

    def reset(self) -> None:
        self.set(**self._before)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    folder = tmp_path_factory.mktemp("desktops")
    done: dict[tuple[str, ...], str] = {}

    def compile_once(system: str, *options: str) -> str:
        key = (system, *options)
        if key not in done:
            done[key] = _compiled(system, folder, *options)
        return done[key]

    return compile_once


@pytest.fixture
def mac(compiled: Callable[..., str]) -> Iterator[Desktop]:
    desktop = Desktop(compiled("macos"))
    yield desktop
    desktop.reset()


@pytest.fixture
def windows(compiled: Callable[..., str]) -> Iterator[Desktop]:
    desktop = Desktop(compiled("windows"))
    yield desktop
    desktop.reset()


# --- macOS ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "session"),
    [
        ({}, DesktopSession(is_on_console=True, is_locked=False)),
        ({"IS_LOCKED": 1}, DesktopSession(is_on_console=True, is_locked=True)),
        ({"IS_ON_CONSOLE": 0}, DesktopSession(is_on_console=False, is_locked=False)),
        ({"HAS_SESSION": 0}, None),
    ],
)
def test_the_session_of_macos_is_read_and_released(
    mac: Desktop, settings: dict[str, int], session: DesktopSession | None
) -> None:
    calls = MacCalls(mac.load)
    mac.set(**settings)

    assert calls.session() == session
    assert mac.get("LIVE") == 0


def test_f48_windows_of_macos_are_read_whatever_they_hold(mac: Desktop) -> None:
    assert MacCalls(mac.load).windows() == [
        ListedWindow("Safari", "P\U0001f600\ufffd\0x", 0, 0.5, Box(-1440, 25, 1024, 768)),
        ListedWindow("Terminal", None, -2147483601, 1.0, None),
        ListedWindow("", None, 0, 1.0, None),
    ]
    assert mac.get("LIVE") == 0
    assert mac.get("OPTIONS") == 17  # on the screen, without the desktop itself


def test_f41_without_a_window_server_there_is_no_list(mac: Desktop) -> None:
    mac.set(HAS_WINDOWS=0, HAS_POINTER=0)
    calls = MacCalls(mac.load)

    assert calls.windows() is None
    assert calls.pointer() is None
    assert mac.get("LIVE") == 0


@pytest.mark.parametrize(
    ("allowed", "answers"),
    [(0, (False, False, False)), (1, (True, False, False)), (6, (False, True, True))],
)
def test_the_permissions_of_macos_are_told_apart(
    mac: Desktop, allowed: int, answers: tuple[bool, ...]
) -> None:
    mac.set(ALLOWED=allowed)
    calls = MacCalls(mac.load)

    assert (calls.may_record_screen(), calls.may_listen(), calls.is_trusted()) == answers


def test_before_macos_had_a_permission_nothing_was_denied(compiled: Callable[..., str]) -> None:
    old = Desktop(compiled("macos", "-DBEFORE_CATALINA"))
    calls = MacCalls(old.load)

    assert (calls.may_record_screen(), calls.may_listen()) == (True, True)


def test_pointer_and_counters_of_macos_come_whole(mac: Desktop) -> None:
    mac.set(STATE=7)
    calls = MacCalls(mac.load)

    assert calls.pointer() == (-12, 34)
    assert calls.count(22) == 4_294_967_022
    assert mac.get("STATE") == 0  # of this login session
    assert mac.get("LIVE") == 0


# --- Windows --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({}, SessionState(connection=0, flags=0)),
        ({"FLAGS": 1, "CONNECTION": 4}, SessionState(connection=4, flags=1)),
        ({"FLAGS": -1}, SessionState(connection=0, flags=-1)),
        ({"LEVEL": 2}, None),
        ({"SIZE": 8}, None),
        ({"FAILS": 1}, None),
    ],
)
def test_the_session_of_windows_is_read_and_released(
    windows: Desktop, settings: dict[str, int], state: SessionState | None
) -> None:
    windows.set(**settings)

    assert WindowsCalls(windows.load).session_state() == state
    assert windows.get("LIVE") == 0


def test_what_windows_answers_comes_whole(windows: Desktop) -> None:
    calls = WindowsCalls(windows.load)

    assert calls.session_id() == 3
    assert calls.has_screen_saver() is True
    assert calls.last_input() == 4_294_967_295
    assert calls.pointer() == (-7, 8)
    assert calls.foreground() == FIRST
    assert calls.top_windows() == [FIRST, SECOND]
    assert calls.children(FIRST) == [SECOND]
    assert calls.children(SECOND) == []
    assert [calls.is_shown(window) for window in (FIRST, SECOND, THIRD)] == [True, False, False]
    assert calls.title(FIRST) == "A \x1b[31m page"
    assert calls.title(SECOND) == ""
    assert calls.box(FIRST) == Box(-10, 20, 320, 200)
    assert calls.process(FIRST) == 4242
    assert calls.program(4242) == r"C:\Program Files\Browser\firefox.exe"
    assert calls.program(4) == ""
    assert windows.get("LIVE") == 0
    assert windows.get("SCALING") == 2  # pixels as mss counts them


def test_f41_what_windows_refuses_is_nothing(windows: Desktop) -> None:
    calls = WindowsCalls(windows.load)
    windows.set(FAILS=1, HAS_FOREGROUND=0, HAS_COMPOSITION=0)

    assert calls.session_id() is None
    assert calls.has_screen_saver() is None
    assert calls.last_input() is None
    assert calls.pointer() is None
    assert calls.foreground() == 0
    assert calls.top_windows() is None
    assert calls.is_shown(FIRST) is False
    assert calls.title(FIRST) == ""
    assert calls.box(FIRST) is None
    assert calls.process(FIRST) == 0
    assert calls.program(4242) == ""


def test_without_composition_a_window_is_where_its_frame_is(windows: Desktop) -> None:
    windows.set(HAS_COMPOSITION=0)
    calls = WindowsCalls(windows.load)

    assert calls.is_shown(FIRST) is True
    assert calls.box(FIRST) == Box(-17, 20, 334, 207)


def test_a_process_that_does_not_tell_its_program_is_let_go(windows: Desktop) -> None:
    windows.set(HAS_FOREGROUND=0)

    assert WindowsCalls(windows.load).program(4242) == ""
    assert windows.get("LIVE") == 0


@pytest.mark.parametrize("calls", [MacCalls, WindowsCalls])
def test_another_system_has_no_such_libraries(calls: type[MacCalls | WindowsCalls]) -> None:
    assert sys.platform == "linux"

    with pytest.raises(OSError, match=r"^not (macOS|Windows)$"):
        calls()
