from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.fake_capture import FakeInput, FakePresence, FakeScreen, FakeWindows
from tests.support.fakes import FakeClock
from tests.support.tmux import tmux_server
from worklog.app.ports import CaptureWay, Presence, PresenceWay
from worklog.capture.presence import AnyPresence
from worklog.capture.select import PORTS, Candidate, Row, choose, in_use, survey, ways

CLOCK = FakeClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
FIX = "Do something."


def candidate(port: str, way: CaptureWay) -> Candidate:
    return Candidate(port, way.name, lambda: way, FIX)


def _missing_library() -> CaptureWay:
    message = "No module named 'Xlib'"
    raise ModuleNotFoundError(message, name="Xlib")


def test_the_first_usable_way_wins_and_later_ones_are_not_tried() -> None:
    first = FakeScreen(reason="no portal", name="wayland")
    second = FakeScreen(name="x11")

    def never() -> CaptureWay:
        raise AssertionError

    chosen = choose(
        [
            candidate("screen", first),
            candidate("screen", second),
            Candidate("screen", "third", never, FIX),
        ]
    )

    assert chosen.screen is second
    assert chosen.rows == (
        Row("screen", "wayland", "no portal", FIX),
        Row("screen", "x11", None),
    )
    assert [row.works for row in chosen.rows] == [False, True]


def test_a_port_that_nothing_serves_says_all_that_was_tried() -> None:
    chosen = choose(
        [
            Candidate("input", "x11-record", _missing_library, FIX),
            candidate("input", FakeInput(reason="no display", name="pynput")),
            candidate("window", FakeWindows()),
        ]
    )

    assert chosen.input is None
    assert chosen.missing("input") == "x11-record: Xlib is not installed; pynput: no display"
    assert chosen.missing("window") is None
    assert chosen.missing("screen") == "no way is known"


def test_every_way_that_sees_a_lock_is_asked() -> None:
    deaf = FakePresence(Presence.UNKNOWN, name="deaf")
    broken = FakePresence(reason="no bus", name="broken")
    saver = FakePresence(Presence.PRESENT, name="saver")

    chosen = choose([candidate("presence", way) for way in (deaf, broken, saver)])

    assert chosen.presence is not None
    assert chosen.presence.name == "deaf+saver"
    assert chosen.presence.presence() is Presence.PRESENT
    saver.state = Presence.LOCKED
    assert chosen.presence.presence() is Presence.LOCKED


@pytest.mark.parametrize(
    ("seen", "whole"),
    [
        (("present", "locked"), Presence.LOCKED),
        (("locked", "unknown"), Presence.LOCKED),
        (("unknown", "present"), Presence.PRESENT),
        (("unknown", "unknown"), Presence.UNKNOWN),
    ],
)
def test_f45_one_that_says_locked_is_believed(seen: tuple[str, ...], whole: Presence) -> None:
    assert AnyPresence([FakePresence(Presence(each)) for each in seen]).presence() is whole


def test_presence_is_unavailable_only_if_all_of_it_is() -> None:
    def of(*reasons: str | None) -> str | None:
        eyes: list[PresenceWay] = [FakePresence(reason=reason) for reason in reasons]
        return AnyPresence(eyes).unavailable_reason()

    assert of("a", None) is None
    assert of("a", "b") == "a; b"


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """The variables of a session without a display and without tmux."""
    return {"TMUX_TMPDIR": str(tmp_path), "PATH": os.environ["PATH"]}


def test_f40_without_a_display_and_tmux_the_terminal_is_all_there_is(
    nowhere: dict[str, str],
) -> None:
    chosen = ways(nowhere, clock=CLOCK, stream=io.StringIO())

    assert (chosen.screen, chosen.input, chosen.window) == (None, None, None)
    assert "DISPLAY is not set" in str(chosen.missing("screen"))
    assert "DISPLAY is not set" in str(chosen.missing("input"))
    assert "tmux: no tmux server of yours is running" in str(chosen.missing("screen"))
    assert "no terminal of its own" in str(chosen.missing("input"))
    assert {row.fix for row in chosen.rows if row.way == "tmux"} == {"Start worklog inside tmux."}


def test_f40_over_ssh_without_tmux_a_terminal_still_shows_activity(
    nowhere: dict[str, str],
) -> None:
    keyboard, inside = pty.openpty()
    try:
        chosen = ways({**nowhere, "SSH_TTY": os.ttyname(inside)}, clock=CLOCK, stream=io.StringIO())
    finally:
        os.close(keyboard)
        os.close(inside)

    assert chosen.input is not None
    assert chosen.input.name == "terminal"
    assert (chosen.screen, chosen.window) == (None, None)


def test_f40_in_tmux_its_panes_are_the_screen_and_the_windows() -> None:
    with tmux_server() as server, server.attached("new-session"):
        chosen = ways(server.environ, clock=CLOCK, stream=io.StringIO())

    assert [way and way.name for way in (chosen.screen, chosen.input, chosen.window)] == [
        "tmux",
        "terminal",
        "tmux",
    ]


@pytest.mark.parametrize(
    "desktop",
    [{"DISPLAY": ":59998"}, {"WAYLAND_DISPLAY": "wayland-0"}],
)
def test_r13_on_a_desktop_what_terminals_do_not_see_is_not_called_idle(
    desktop: dict[str, str],
) -> None:
    with tmux_server() as server, server.attached("new-session"):
        chosen = ways({**server.environ, **desktop}, clock=CLOCK, stream=io.StringIO())

    assert (chosen.screen, chosen.input, chosen.window) == (None, None, None)
    assert "for sessions without a desktop" in str(chosen.missing("input"))
    assert {row.fix for row in chosen.rows if row.way == "tmux"} == {
        "Unset DISPLAY and WAYLAND_DISPLAY to record nothing but terminals."
    }


def test_without_the_program_nothing_is_asked_of_tmux(tmp_path: Path) -> None:
    environ = {"TMUX": f"{tmp_path}/socket,1,0", "PATH": str(tmp_path)}

    chosen = ways(environ, clock=CLOCK, stream=io.StringIO())

    assert "tmux is not installed" in str(chosen.missing("screen"))
    assert "tmux is not installed" in str(chosen.missing("input"))


def test_f43_in_a_wayland_session_no_x11_way_is_taken_and_the_fix_is_named() -> None:
    environ = {"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}

    rows = survey(environ, clock=CLOCK, stream=io.StringIO())

    x11 = [row for row in rows if row.way.startswith("x11-")]
    assert {row.port for row in rows} == set(PORTS)
    assert len(x11) == 5
    assert all("Wayland" in str(row.reason) for row in x11)
    assert {row.fix for row in x11} == {"Choose an Xorg session when you log in."}


def test_a_display_that_does_not_answer_has_another_fix_than_none_at_all(
    nowhere: dict[str, str],
) -> None:
    nobody = survey({"DISPLAY": ":59998"}, clock=CLOCK, stream=io.StringIO())
    nothing = survey(nowhere, clock=CLOCK, stream=io.StringIO())

    assert "xdpyinfo" in nobody[0].fix
    assert "DISPLAY" in nothing[0].fix


def test_a_way_can_be_wanted_by_name(nowhere: dict[str, str]) -> None:
    chosen = ways(nowhere, clock=CLOCK, stream=io.StringIO(), wanted={"input": "pynput"})

    assert [row.way for row in chosen.rows if row.port == "input"] == ["pynput"]
    screens = [row.way for row in chosen.rows if row.port == "screen"]
    assert screens == ["x11-mss", "grim", "portal", "screencast", "tmux"]


def test_what_is_in_use_is_the_first_that_works_or_is_wanted_and_all_that_see_a_lock() -> None:
    works = [
        Row("screen", "grim", None),
        Row("screen", "portal", None),
        Row("input", "pynput", None),
        Row("presence", "lockers", None),
        Row("presence", "logind", None),
    ]
    rows = [Row("screen", "x11-mss", "no display"), *works, Row("presence", "saver", "none")]

    assert in_use(rows, {}) == [works[0], *works[2:]]
    assert in_use(rows, {"screen": "portal"}) == [works[1], *works[2:]]
    assert in_use(rows, {"screen": "x11-mss", "input": "none"}) == works[3:]


@pytest.mark.parametrize("environ", [{"XDG_SESSION_TYPE": "wayland"}, {}, {"DISPLAY": ":59998"}])
def test_pynput_that_is_installed_has_the_fix_of_x11(environ: dict[str, str]) -> None:
    rows = survey(environ, clock=CLOCK, stream=io.StringIO())

    fixes = {row.way: row.fix for row in rows if row.port == "input"}
    assert fixes["pynput"] == fixes["x11-record"] != ""


@pytest.mark.parametrize(("system", "name"), [("darwin", "macos"), ("win32", "windows")])
def test_f41_a_system_that_lacks_a_call_is_said_as_such(
    monkeypatch: pytest.MonkeyPatch, system: str, name: str
) -> None:
    """Linux has none of those of the others, so every way of theirs is refused in words."""
    monkeypatch.setattr(sys, "platform", system)

    rows = survey({"DISPLAY": ":0"}, clock=CLOCK, stream=io.StringIO())

    assert [(row.port, row.way) for row in rows] == [
        ("screen", name),
        ("input", name),
        ("window", name),
        ("presence", name),
        ("notify", "terminal"),
    ]
    assert all("the system lacks a call: " in str(row.reason) for row in rows[:4])
    assert {row.fix for row in rows[:4]} == {
        "Tell us with `worklog feedback`, with the version of your system."
    }


def test_linux_loads_nothing_of_other_systems() -> None:
    script = (
        "import io, sys; from worklog.capture.select import survey; "
        "from worklog.clock import SystemClock; "
        "survey({}, clock=SystemClock(), stream=io.StringIO()); "
        "print(*[name for name in sys.modules if 'macos' in name or 'windows_' in name])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "\n"
