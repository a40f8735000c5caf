"""Pictures of real sway desktops, and what grim or a compositor may do wrong."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.fake_compositor import FakeCompositor
from tests.support.fakes import FakeClock
from tests.support.sway import Sway, sway, terminal
from tests.support.until import until
from worklog.app.ports import Box, Frame
from worklog.capture.child import ChildError, answer
from worklog.capture.picture import WebpCodec
from worklog.capture.select import survey, ways
from worklog.capture.sway_windows import SwayWindows
from worklog.capture.wayland_grim import RESTLESS, GrimScreen
from worklog.capture.wayland_outputs import Output, outputs
from worklog.capture.wayland_wire import Wire, WireError
from worklog.errors import CaptureUnavailableError

CLOCK = FakeClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
LEFT, RIGHT = Box(0, 0, 640, 400), Box(640, 0, 400, 300)
TWO = ("resolution 640x400 position 0 0", "resolution 800x600 position 640 0 scale 2")


@pytest.fixture(scope="module")
def two() -> Iterator[Sway]:
    with sway(*TWO) as desktop:
        yield desktop


def boxes(frames: tuple[Frame, ...]) -> list[tuple[int, Box]]:
    for frame in frames:
        assert len(frame.rgb) == 3 * frame.box.width * frame.box.height
    return [(frame.monitor, frame.box) for frame in frames]


def fake_grim(folder: Path, script: str, desktop: Sway) -> dict[str, str]:
    """Return the environment of *desktop* in which grim is *script*."""
    program = folder / "grim"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {**desktop.environ, "PATH": f"{folder}:/usr/bin:/bin"}


def refused(screen: GrimScreen) -> str:
    with pytest.raises(CaptureUnavailableError) as caught:
        screen.grab(active_only=False)
    return str(caught.value)


def test_r4_each_monitor_is_pictured_in_the_units_of_the_desktop(two: Sway) -> None:
    frames = GrimScreen(two.environ).grab(active_only=False)

    assert boxes(frames) == [(0, LEFT), (1, RIGHT)]


def test_r4_the_active_monitor_is_the_one_with_the_active_window(two: Sway) -> None:
    screen = GrimScreen(two.environ, SwayWindows(two.environ).attention)

    with terminal(two, box=Box(700, 20, 120, 80)):
        on_the_right = boxes(screen.grab(active_only=True))
    with terminal(two, box=Box(20, 20, 120, 80)):
        on_the_left = boxes(screen.grab(active_only=True))

    assert on_the_right == [(1, RIGHT)]
    assert on_the_left == [(0, LEFT)]


def test_r4_without_a_window_the_focused_monitor_is_the_active_one(two: Sway) -> None:
    screen = GrimScreen(two.environ, SwayWindows(two.environ).attention)

    two.tell("focus output HEADLESS-2")

    assert boxes(screen.grab(active_only=True)) == [(1, RIGHT)]
    two.tell("focus output HEADLESS-1")
    assert boxes(screen.grab(active_only=True)) == [(0, LEFT)]


def test_where_nobody_can_tell_the_active_monitor_is_the_first(two: Sway) -> None:
    assert boxes(GrimScreen(two.environ).grab(active_only=True)) == [(0, LEFT)]


def test_f44_the_monitors_are_read_anew_each_time() -> None:
    with sway() as desktop:
        screen = GrimScreen(desktop.environ)
        before = boxes(screen.grab(active_only=False))
        desktop.tell("create_output")
        desktop.tell("output HEADLESS-2 " + TWO[1])
        plugged = until(lambda: len(found := screen.grab(active_only=False)) == 2 and found)
        desktop.tell("output HEADLESS-1 resolution 320x200")
        resized = boxes(screen.grab(active_only=False))

    assert before == [(0, LEFT)]
    assert boxes(plugged or ()) == [(0, LEFT), (1, RIGHT)]
    assert resized == [(0, Box(0, 0, 320, 200)), (1, RIGHT)]


def test_f44_a_picture_of_another_size_than_the_monitor_is_not_taken(
    two: Sway, tmp_path: Path
) -> None:
    environ = fake_grim(tmp_path, r'printf "P6\n1 1\n255\nabc"', two)

    assert RESTLESS in refused(GrimScreen(environ))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("true", "grim gave no picture"),
        (r'printf "\033[31mno such output\n" >&2; exit 1', "grim failed: [31mno such output"),
        ("exit 3", "grim failed: exit 3"),
    ],
)
def test_a_grim_that_fails_is_said_as_such(
    script: str, reason: str, two: Sway, tmp_path: Path
) -> None:
    assert reason in refused(GrimScreen(fake_grim(tmp_path, script, two)))


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(ChildError, match=r"sleep did not answer within 0\.2 s"):
        answer(("sleep", "1000"), {"PATH": "/usr/bin:/bin"}, limit_s=0.2)


def test_a_program_that_cannot_be_run_is_said_as_such(tmp_path: Path) -> None:
    program = tmp_path / "broken"
    program.write_bytes(b"#!/no/such/interpreter\n")
    program.chmod(0o755)

    with pytest.raises(ChildError, match="broken cannot be run"):
        answer(("broken",), {"PATH": str(tmp_path)}, limit_s=1)


def test_without_grim_its_absence_and_the_fix_are_named(two: Sway, tmp_path: Path) -> None:
    environ = {**two.environ, "PATH": str(tmp_path)}

    (row,) = [r for r in survey(environ, clock=CLOCK, stream=io.StringIO()) if r.way == "grim"]

    assert row.reason == "grim is not installed"
    assert row.fix.startswith("Install grim")
    assert "grim is not installed" in refused(GrimScreen(environ))


def test_f41_a_compositor_that_hangs_is_not_waited_for() -> None:
    with sway() as desktop:
        desktop.freeze()

        assert GrimScreen(desktop.environ).unavailable_reason() == "the compositor does not answer"


def test_a_compositor_without_screencopy_says_so(tmp_path: Path) -> None:
    compositor = FakeCompositor(tmp_path)
    environ = {**compositor.environ, "PATH": "/usr/bin:/bin"}

    assert "does not let grim" in str(GrimScreen(environ).unavailable_reason())
    assert "does not say where its monitors are" in refused(GrimScreen(environ))
    compositor.kill()


@pytest.mark.parametrize(
    ("torn", "reason"),
    [
        (struct.pack("=II", 2, 4 << 16), "an event without a size"),
        (struct.pack("=II", 2, 8 << 16), "a torn event"),
        (
            struct.pack("=IIIII", 1, 28 << 16, 1, 0, 4) + b"no\x1b\0" + bytes(4),
            "the compositor objects: no",
        ),
        (struct.pack("=II", 99, 8 << 16) * 10_001, "does not come to an end"),
    ],
)
def test_what_is_no_wayland_is_said_as_such(torn: bytes, reason: str, tmp_path: Path) -> None:
    compositor = FakeCompositor(tmp_path, torn=torn)

    with pytest.raises(WireError, match=reason):
        Wire(compositor.environ)
    compositor.kill()


@pytest.mark.parametrize("name", ["/tmp/\0", "/" + "x" * 200, "/nonexistent/wayland-1"])
def test_a_place_where_nobody_listens_is_named(name: str) -> None:
    with pytest.raises(WireError, match="no Wayland compositor answers at"):
        Wire({"WAYLAND_DISPLAY": name})


def test_a_plain_name_is_looked_for_in_the_runtime_folder(two: Sway) -> None:
    path = Path(two.environ["WAYLAND_DISPLAY"])
    environ = {"WAYLAND_DISPLAY": path.name, "XDG_RUNTIME_DIR": str(path.parent)}

    with Wire(environ) as wire:
        assert outputs(wire) == [Output("HEADLESS-1", LEFT), Output("HEADLESS-2", RIGHT)]


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({}, "WAYLAND_DISPLAY is not set"),
        ({"WAYLAND_DISPLAY": "wayland-1"}, "XDG_RUNTIME_DIR is not set"),
    ],
)
def test_f43_without_a_compositor_the_reason_is_named(environ: dict[str, str], reason: str) -> None:
    screen = GrimScreen(environ)

    assert reason in str(screen.unavailable_reason())
    assert reason in refused(screen)


def test_f43_on_wayland_the_ways_of_wayland_serve_and_no_black_picture_of_x11_is_taken() -> None:
    """What X11 would give here is black, though the desktop is not."""
    from worklog.capture.x11_screen import MssScreen  # noqa: PLC0415 -- shown as a trap only

    with sway(has_xwayland=True) as desktop, terminal(desktop):
        chosen = ways(desktop.environ, clock=CLOCK, stream=io.StringIO())
        assert chosen.screen is not None
        (real,) = chosen.screen.grab(active_only=False)
        trap = MssScreen({"DISPLAY": desktop.display}).grab(active_only=False)
        rows = survey(desktop.environ, clock=CLOCK, stream=io.StringIO())

    assert (chosen.screen.name, chosen.window and chosen.window.name) == ("grim", "sway")
    assert chosen.input is not None
    assert chosen.input.name == "idle-notify"
    assert not WebpCodec().is_blank(real)
    assert [WebpCodec().is_blank(frame) for frame in trap] == [True]
    ways_seen = [(row.port, row.way, row.works) for row in rows if row.port != "notify"]
    assert ways_seen[:4] == [
        ("screen", "grim", True),
        ("input", "idle-notify", True),
        ("window", "sway", True),
        ("window", "hyprland", False),
    ]
    assert ("screen", "x11-mss", False) in ways_seen
