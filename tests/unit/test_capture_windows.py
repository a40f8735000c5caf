"""The ways of Windows on one that a test plays; `tests/contract` has them on a real one."""

from __future__ import annotations

import io

import pytest

from tests.support.fake_windows import FakeWindow, FakeWindowsSystem
from worklog.app.ports import Box, Presence, Reading, Window
from worklog.capture.select import Ways, choose, terminal_lines
from worklog.capture.windows_api import SessionState
from worklog.capture.windows_desktop import WindowsDesktop
from worklog.capture.windows_input import WindowsLastInput
from worklog.capture.windows_presence import WindowsPresence
from worklog.capture.windows_ways import on_windows
from worklog.capture.windows_window import WindowsWindows, application_name

BOX = Box(10, 20, 300, 200)
SMALL = Box(50, 60, 100, 80)
SERVICES = "a session of services, which has no desktop"
EDITOR = r"C:\Program Files\Editor\Code.exe"
BROWSER = r"C:\Program Files\Browser\firefox.exe"
FRAME = r"C:\Windows\System32\ApplicationFrameHost.exe"


def desk() -> FakeWindowsSystem:
    return FakeWindowsSystem(
        shown=[FakeWindow("A page", BROWSER, SMALL), FakeWindow("a.py", EDITOR, BOX)]
    )


# --- Windows --------------------------------------------------------------------------


def test_r4_the_active_window_is_the_one_with_the_keyboard() -> None:
    system = desk()
    system.focused = (system.shown or ())[1]

    assert WindowsWindows(system).active() == Window("Code", "a.py", BOX)


def test_r29_windows_are_seen_lowest_first_and_hidden_ones_not() -> None:
    system = desk()
    hidden = FakeWindow("Cloaked", EDITOR, BOX, is_shown=False)
    flat = FakeWindow("Helper", EDITOR, Box(0, 0, 0, 0))
    anywhere = FakeWindow("Anywhere", EDITOR, None)
    system.shown = [hidden, flat, anywhere, *(system.shown or ())]

    assert WindowsWindows(system).visible() == (
        Window("Code", "a.py", BOX),
        Window("Firefox", "A page", SMALL),
        Window("Code", "Anywhere"),
    )


def test_a_program_is_asked_for_once_however_many_windows_it_has() -> None:
    system = FakeWindowsSystem(shown=[FakeWindow(str(n), BROWSER, BOX) for n in range(50)])

    WindowsWindows(system).visible()

    assert len(system.asked) == 1


def test_r29_a_store_app_is_named_and_not_the_frame_around_it() -> None:
    within = FakeWindow("", r"C:\Program Files\WindowsApps\Signal\Signal.exe")
    own = FakeWindow("", FRAME)
    framed = FakeWindow("Chat", FRAME, BOX, children=[own, within])
    asleep = FakeWindow("Asleep", FRAME, BOX)

    seen = WindowsWindows(FakeWindowsSystem(shown=[framed, asleep])).visible()

    assert seen == (
        Window("ApplicationFrameHost", "Asleep", BOX),
        Window("Signal", "Chat", BOX),
    )


def test_a_window_of_a_program_that_may_not_be_asked_keeps_its_title() -> None:
    way = WindowsWindows(FakeWindowsSystem(shown=[FakeWindow("Task Manager", "", BOX)]))

    assert way.active() == Window("", "Task Manager", BOX)


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (BROWSER, "Firefox"),
        (r"C:\Office\WINWORD.EXE", "WINWORD"),
        (r"\\server\share\ms-teams.exe", "Ms-teams"),
        (r"C:\odd\exe", "Exe"),
        ("", ""),
        ("C:\\evil\\\x1b[31m\0red\ud800.exe", "[31mred"),
        ("C:\\evil\\" + "a" * 500 + ".exe", "A" + "a" * 79),
    ],
)
def test_f48_a_program_is_called_by_its_file(program: str, name: str) -> None:
    assert application_name(program) == name


def test_f48_what_a_window_says_is_made_harmless() -> None:
    system = FakeWindowsSystem(shown=[FakeWindow("\x1b]0;\n\u202e\ud83d" + "t" * 9999, EDITOR)])

    active = WindowsWindows(system).active()

    assert active is not None
    assert active.title == ("]0; " + "t" * 9999)[:512]


@pytest.mark.parametrize("broken", ["foreground", "title", "box", "process", "program"])
def test_f41_a_call_that_fails_in_the_middle_leaves_no_half_a_window(broken: str) -> None:
    system = desk()
    system.broken = {broken}

    assert WindowsWindows(system).active() is None


@pytest.mark.parametrize("broken", ["top_windows", "is_shown", "title", "box", "process"])
def test_f41_a_list_that_breaks_off_is_no_list(broken: str) -> None:
    system = desk()
    system.broken = {broken}

    assert WindowsWindows(system).visible() is None


def test_f41_without_a_desktop_nobody_can_tell() -> None:
    way = WindowsWindows(FakeWindowsSystem(shown=None))

    assert way.active() is None
    assert way.visible() is None


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        (FakeWindowsSystem(session=0), SERVICES),
        (FakeWindowsSystem(session=None), "Windows does not say which session this is"),
        (
            FakeWindowsSystem(broken={"session_id"}),
            "Windows does not say which session this is",
        ),
    ],
)
def test_f40_a_service_has_no_desktop(system: FakeWindowsSystem, reason: str) -> None:
    for way in (WindowsWindows(system), WindowsPresence(system), WindowsLastInput(system)):
        assert way.unavailable_reason() == reason
    assert WindowsDesktop(system).refusal() == reason
    assert WindowsPresence(system).presence() is Presence.UNKNOWN


# --- Presence -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "saver", "presence"),
    [
        (SessionState(connection=0, flags=1), False, Presence.PRESENT),
        (SessionState(connection=0, flags=1), None, Presence.PRESENT),
        (SessionState(connection=0, flags=0), False, Presence.LOCKED),
        (SessionState(connection=4, flags=1), False, Presence.LOCKED),
        (SessionState(connection=0, flags=1), True, Presence.LOCKED),
        (SessionState(connection=0, flags=-1), True, Presence.LOCKED),
        (SessionState(connection=0, flags=-1), False, Presence.UNKNOWN),
        (None, False, Presence.UNKNOWN),
        (None, True, Presence.LOCKED),
    ],
)
def test_f45_a_lock_a_screen_saver_and_a_session_left_behind_are_seen(
    *, state: SessionState | None, saver: bool | None, presence: Presence
) -> None:
    way = WindowsPresence(FakeWindowsSystem(state=state, saver=saver))

    assert way.presence() is presence
    assert (way.unavailable_reason() is None) == (presence is not Presence.UNKNOWN)


@pytest.mark.parametrize("broken", ["session_state", "has_screen_saver"])
def test_f41_a_session_that_cannot_be_asked_is_unknown(broken: str) -> None:
    way = WindowsPresence(FakeWindowsSystem(broken={broken}))

    assert way.presence() is Presence.UNKNOWN
    assert way.unavailable_reason() == "Windows does not say whether this session is locked"


# --- Input without counting -----------------------------------------------------------


def test_r8_it_sees_that_there_was_input_and_never_how_much() -> None:
    system = FakeWindowsSystem()
    way = WindowsLastInput(system)
    system.tick = 2000
    before = way.read()

    way.start()
    quiet = way.read()
    system.tick = 2500
    once = way.read()
    system.tick = 16  # it wrapped, or stepped back as it may
    twice = way.read()

    assert before == Reading(None, None, None, 0, is_alive=False)
    assert quiet == Reading(None, None, None, 0, is_alive=True)
    assert once == Reading(None, None, None, 1, is_alive=True)
    assert twice == Reading(None, None, None, 2, is_alive=True)


@pytest.mark.parametrize("is_broken", [False, True])
def test_f41_what_happened_while_windows_did_not_answer_is_unknown(*, is_broken: bool) -> None:
    system = FakeWindowsSystem()
    way = WindowsLastInput(system)
    way.start()
    way.start()

    system.tick, system.broken = None, {"last_input"} if is_broken else set()
    without = way.read()
    way.start()
    still_without = way.read()
    system.tick, system.broken = 9000, set()
    way.start()

    assert without == still_without == Reading(None, None, None, 0, is_alive=False)
    assert way.read() == Reading(None, None, None, 0, is_alive=True)


def test_after_its_stop_nothing_is_seen() -> None:
    system = FakeWindowsSystem()
    way = WindowsLastInput(system)
    way.stop()
    way.start()
    way.stop()
    system.tick = 5000

    assert way.read() == Reading(None, None, None, 0, is_alive=False)


def test_without_the_moment_of_the_last_input_there_is_a_reason() -> None:
    way = WindowsLastInput(FakeWindowsSystem(tick=None))

    assert way.unavailable_reason() == "Windows does not say when the last input was"
    assert WindowsLastInput(FakeWindowsSystem()).unavailable_reason() is None


# --- The desktop of a picture ---------------------------------------------------------


def test_attention_is_in_the_middle_of_the_active_window_else_at_the_pointer() -> None:
    nowhere = FakeWindowsSystem(shown=[FakeWindow("a.py", EDITOR, None)])

    assert WindowsDesktop(desk()).attention() == (100, 100)
    assert WindowsDesktop(nowhere).attention() == (5, 6)
    assert WindowsDesktop(FakeWindowsSystem()).attention() == (5, 6)
    assert WindowsDesktop(FakeWindowsSystem(at=None)).attention() == (0, 0)
    assert WindowsDesktop(FakeWindowsSystem(broken={"foreground"})).attention() == (0, 0)
    assert WindowsDesktop(desk()).denial() is None


# --- Which way serves -----------------------------------------------------------------


def _chosen(system: FakeWindowsSystem) -> Ways:
    unseen = [each for each in on_windows(system, {}) if each.name != "pynput"]
    return choose([*unseen, terminal_lines(io.StringIO())])


def test_on_a_desktop_every_port_is_served() -> None:
    chosen = _chosen(desk())

    each = (chosen.screen, chosen.input, chosen.window, chosen.presence)
    assert [way and way.name for way in each] == [
        "windows-mss",
        "windows-last-input",
        "windows",
        "windows",
    ]


def test_pynput_counts_first() -> None:
    ways = [each for each in on_windows(desk(), {}) if each.port == "input"]

    assert [each.name for each in ways] == ["pynput", "windows-last-input"]
    assert ways[0].build().name == "pynput"


def test_f40_for_a_service_nothing_serves_and_pynput_is_not_loaded() -> None:
    system = FakeWindowsSystem(session=0)

    chosen = choose(list(on_windows(system, {})))

    assert [row.reason for row in chosen.rows] == [SERVICES] * 5
    assert {row.fix for row in chosen.rows} == {
        "Start worklog in a terminal on the desktop: services and SSH have none."
    }
