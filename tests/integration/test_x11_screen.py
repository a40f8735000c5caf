"""Pictures of real screens: colours, several monitors, hot-plug, savers."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from tests.support.until import until
from tests.support.x11 import plug, python, run, terminal, unplug, window, xdotool, xorg_dummy, xvfb
from worklog.app.capturing import Capturer
from worklog.app.ports import Box, Presence, WithholdRule
from worklog.capture.memory import release
from worklog.capture.picture import WebpCodec
from worklog.capture.x11_presence import X11ScreenSaver
from worklog.capture.x11_screen import MssScreen
from worklog.capture.x11_window import X11Windows
from worklog.domain.part import CaptureState
from worklog.errors import CaptureUnavailableError

AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)


def _pixel(rgb: bytes, width: int, x: int, y: int) -> tuple[int, int, int]:
    at = 3 * (y * width + x)
    return rgb[at], rgb[at + 1], rgb[at + 2]


def test_r4_a_frame_has_the_colours_of_the_screen() -> None:
    with xvfb((320, 200)) as server, window(server, colour=0x2266AA, box=Box(40, 30, 100, 80)):
        (frame,) = MssScreen(server.environ).grab(active_only=False)

    assert frame.box == Box(0, 0, 320, 200)
    assert _pixel(frame.rgb, 320, 40, 30) == (0x22, 0x66, 0xAA)
    assert _pixel(frame.rgb, 320, 139, 109) == (0x22, 0x66, 0xAA)
    assert _pixel(frame.rgb, 320, 39, 30) == (0, 0, 0)


def test_r4_the_whole_capture_of_a_real_terminal_is_a_readable_picture() -> None:
    with xvfb((1280, 800)) as server, terminal(server, title="fixing bug"):
        xdotool(server, "mousemove", "100", "100")
        screen, saver = MssScreen(server.environ), X11ScreenSaver(server.environ)
        windows = X11Windows(server.environ)
        capturer = Capturer(screen, windows, saver, WebpCodec(), tidy=release)

        shot = capturer.capture(AT)
        saver.close()
        (frame,) = screen.grab(active_only=False)

    assert (shot.state, shot.application, shot.title) == (
        CaptureState.TAKEN,
        "XTerm",
        "fixing bug",
    )
    with Image.open(io.BytesIO(shot.pictures[0].image)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (1280, 800))
        stored = picture.convert("RGB")
    real = Image.frombytes("RGB", (1280, 800), frame.rgb)
    assert _difference(stored, real) < 3
    with Image.open(io.BytesIO(shot.pictures[0].thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (427, 267))


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures [of 255]."""
    from PIL import ImageChops, ImageStat  # noqa: PLC0415 -- here only

    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def test_f46_an_empty_black_screen_is_blank() -> None:
    with xvfb((320, 200)) as server:
        shot = Capturer(MssScreen(server.environ), None, None, WebpCodec(), rules=()).capture(AT)

    assert shot.state is CaptureState.BLANK
    assert shot.pictures == {}


def test_f45_an_active_screen_saver_is_a_locked_screen() -> None:
    with xvfb((320, 200)) as server:
        saver = X11ScreenSaver(server.environ)
        before = saver.presence()
        run(server, "xset", "s", "activate")
        during = saver.presence()
        run(server, "xset", "s", "reset")
        after = saver.presence()
        reason = saver.unavailable_reason()
        saver.close()

    assert (before, during, after) == (Presence.PRESENT, Presence.LOCKED, Presence.PRESENT)
    assert reason is None


def test_f41_a_saver_of_a_dead_or_frozen_server_is_unknown_and_comes_back() -> None:
    with xvfb((320, 200)) as server:
        saver = X11ScreenSaver(server.environ)
        assert saver.presence() is Presence.PRESENT
        server.freeze()
        frozen = saver.presence()
        server.thaw()
        thawed = saver.presence()
        server.kill()
        dead = saver.presence()
        reason = saver.unavailable_reason()
        server.start()
        back = saver.presence()
        saver.close()

    assert (frozen, thawed) == (Presence.UNKNOWN, Presence.PRESENT)
    assert (dead, back) == (Presence.UNKNOWN, Presence.PRESENT)
    assert reason is not None


def test_f41_a_frozen_server_is_said_as_such_and_not_waited_for() -> None:
    with xvfb((320, 200)) as server:
        screen, windows = MssScreen(server.environ), X11Windows(server.environ)
        server.freeze()
        with pytest.raises(CaptureUnavailableError, match="does not answer"):
            screen.grab(active_only=False)
        active = windows.active()
        server.thaw()

    assert active is None


def test_f44_two_monitors_are_two_frames_and_one_after_it_was_unplugged() -> None:
    with xorg_dummy(monitors=2) as server:
        screen = MssScreen(server.environ)
        two = [(f.monitor, f.box) for f in screen.grab(active_only=False)]
        unplug(server, 1)
        one = [(f.monitor, f.box) for f in screen.grab(active_only=False)]
        plug(server, 1, "1024x768")
        larger = [(f.monitor, f.box) for f in screen.grab(active_only=False)]

    assert two == [(0, Box(0, 0, 800, 600)), (1, Box(800, 0, 800, 600))]
    assert one == [(0, Box(0, 0, 800, 600))]
    assert larger == [(0, Box(0, 0, 800, 600)), (1, Box(800, 0, 1024, 768))]


def test_f44_monitors_that_come_and_go_during_grabs_never_give_a_torn_frame() -> None:
    states = {(Box(0, 0, 800, 600),), (Box(0, 0, 800, 600), Box(800, 0, 800, 600))}
    with xorg_dummy(monitors=2) as server:
        screen = MssScreen(server.environ)

        def play() -> None:
            for _ in range(6):
                unplug(server, 1)
                plug(server, 1)

        player = threading.Thread(target=play)
        player.start()
        seen = []
        while player.is_alive():
            try:
                seen.append(screen.grab(active_only=False))
            except CaptureUnavailableError as error:
                assert "monitors" in str(error)  # noqa: PT017 -- it may, but need not, happen
        player.join()
        last = screen.grab(active_only=False)

    assert len(last) == 2
    for frames in seen:
        assert tuple(frame.box for frame in frames) in states
        assert all(len(f.rgb) == 3 * f.box.width * f.box.height for f in frames)


def test_f05_without_memory_the_capture_failed_and_the_process_lives() -> None:
    with xvfb((1920, 1080)) as server, terminal(server, title="fixing bug"):
        result = python(
            {**server.environ, "PYTHONPATH": str(Path.cwd())},
            """
import os, resource
from datetime import UTC, datetime
from worklog.app.capturing import Capturer
from worklog.capture.memory import release
from worklog.capture.picture import WebpCodec
from worklog.capture.x11_screen import MssScreen

capturer = Capturer(MssScreen(os.environ), None, None, WebpCodec(), rules=(), tidy=release)
at = datetime(2026, 11, 23, tzinfo=UTC)
states = [str(capturer.capture(at).state)]
with open("/proc/self/statm") as file:
    size = int(file.read().split()[0]) * resource.getpagesize()
for room_mb in range(1, 80, 7):
    resource.setrlimit(resource.RLIMIT_AS, (size + (room_mb << 20), resource.RLIM_INFINITY))
    states.append(str(capturer.capture(at).state))
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
states.append(str(capturer.capture(at).state))
print(*states)
""",
        )

    assert "Traceback" not in result.stderr
    first, *tight, last = result.stdout.split()
    assert (first, last) == ("taken", "taken")
    assert "failed" in tight
    assert set(tight) <= {"failed", "taken"}


def test_r4_only_the_active_monitor_is_the_one_with_the_active_window() -> None:
    with xorg_dummy(monitors=2) as server:
        screen = MssScreen(server.environ)
        box = Box(900, 100, 200, 100)
        with window(server, application="Editor", colour=0xFF0000, box=box) as editor:
            editor.focus()
            right = screen.grab(active_only=True)
            editor.move(100, 100)
            left = screen.grab(active_only=True)
        xdotool(server, "mousemove", "1200", "300")
        pointed_at = screen.grab(active_only=True)

    assert [frame.monitor for frame in right] == [1]
    assert _pixel(right[0].rgb, 800, 100, 100) == (255, 0, 0)
    assert [frame.monitor for frame in left] == [0]
    assert [frame.monitor for frame in pointed_at] == [1]


def test_r29_a_private_window_on_the_other_monitor_does_not_keep_this_one_away() -> None:
    with xorg_dummy(monitors=2) as server:
        rules = (WithholdRule("title", "secret"),)
        windows = X11Windows(server.environ)
        screen = MssScreen(server.environ)
        here = Capturer(screen, windows, None, WebpCodec(), rules=rules, active_only=True)
        everywhere = Capturer(screen, windows, None, WebpCodec(), rules=rules)
        with (
            window(server, application="Vault", title="Secret", box=Box(900, 9, 90, 90)),
            window(server, application="Editor", title="a.py", box=Box(9, 9, 90, 90)) as editor,
        ):
            editor.focus()
            taken = here.capture(AT)
            withheld = everywhere.capture(AT)

    assert (taken.state, taken.title) == (CaptureState.TAKEN, "a.py")
    assert (withheld.state, withheld.pictures) == (CaptureState.WITHHELD, {})
    assert withheld.blocked_by == "Vault (title matches /secret/)"


def test_f43_a_wayland_session_is_refused_with_the_reason() -> None:
    with xvfb((320, 200)) as server:
        for sign in ({"XDG_SESSION_TYPE": "wayland"}, {"WAYLAND_DISPLAY": "wayland-0"}):
            screen = MssScreen({**server.environ, **sign})

            assert "Wayland" in str(screen.unavailable_reason())
            with pytest.raises(CaptureUnavailableError, match="black"):
                screen.grab(active_only=False)


def test_f40_without_a_display_each_x11_way_says_why() -> None:
    for environ in ({}, {"DISPLAY": ""}, {"DISPLAY": ":59998"}, {"DISPLAY": "nonsense"}):
        for way in (MssScreen(environ), X11Windows(environ), X11ScreenSaver(environ)):
            assert way.unavailable_reason() is not None
        with pytest.raises(CaptureUnavailableError):
            MssScreen(environ).grab(active_only=False)


def test_a_kept_way_sees_a_window_that_came_later() -> None:
    with xvfb((320, 200)) as server:
        windows = X11Windows(server.environ)
        before = windows.visible()
        with window(server, application="Late", title="hello"):
            seen = until(windows.visible)

    assert before == ()
    assert [(w.application, w.title) for w in seen or ()] == [("Late", "hello")]
