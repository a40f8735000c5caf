"""Monitors that a portal shows for a moment: grants, denials, tokens, and frames that are none.

The portal is played; the frames are of a real PipeWire, taken by the real GStreamer.
"""

from __future__ import annotations

import io
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.support.dbus import PrivateBus, Service, private_bus
from tests.support.fake_compositor import FakeCompositor
from tests.support.fake_portal import BROKEN, respond_as
from tests.support.fake_screencast import STREAMS, FakeScreenCast, Streams, stream
from tests.support.pipewire import PipeWire, pipewire
from tests.support.sway import Sway, sway, terminal
from worklog.app.ports import Box, Frame
from worklog.capture.portal_file import LARGEST, WrongFileError
from worklog.capture.restore_token import RestoreToken
from worklog.capture.screencast_screen import ADVICE, Limits, ScreenCastScreen
from worklog.capture.select import candidates, survey, ways
from worklog.capture.sway_windows import SwayWindows
from worklog.clock import SystemClock
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

CLOCK = SystemClock()
SIZE = (640, 400)
LEFT, RIGHT = Box(0, 0, *SIZE), Box(640, 0, 400, 300)
TWO = ("resolution 640x400 position 0 0", "resolution 800x600 position 640 0 scale 2")
RED, BLUE = 0xFF0000, 0x0000FF
_OPEN = Path("/proc/self/fd")
NOT_ALLOWED = "org.freedesktop.portal.Error.NotAllowed"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipeWire]:
    folder = tmp_path_factory.mktemp("pipewire")
    with private_bus(folder) as bus, pipewire(folder, bus) as server:
        yield server


@pytest.fixture(scope="module")
def desktop() -> Iterator[Sway]:
    with sway() as desktop:
        yield desktop


@pytest.fixture(scope="module")
def wide() -> Iterator[Sway]:
    with sway(*TWO) as desktop:
        yield desktop


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
def portal(bus: PrivateBus) -> Iterator[FakeScreenCast]:
    with FakeScreenCast(bus.address) as portal:
        yield portal


@pytest.fixture
def token(tmp_path: Path) -> RestoreToken:
    return RestoreToken(str(tmp_path / "home" / "screencast.token"))


@pytest.fixture
def way(bus: PrivateBus, desktop: Sway, token: RestoreToken) -> ScreenCastScreen:
    return way_of(bus, desktop, token)


def way_of(
    bus: PrivateBus,
    desktop: Sway,
    token: RestoreToken,
    *,
    answer_s: float = 10.0,
    frame_s: float = 20.0,
    more: Mapping[str, str] | None = None,
) -> ScreenCastScreen:
    environ = {**desktop.environ, **bus.environ, **(more or {})}
    attention = SwayWindows(environ).attention
    limits = Limits(answer_s=answer_s, frame_s=frame_s)
    return ScreenCastScreen(environ, clock=CLOCK, token=token, attention=attention, limits=limits)


Make = Callable[..., ScreenCastScreen]


@pytest.fixture
def make(bus: PrivateBus, desktop: Sway, token: RestoreToken) -> Make:
    return partial(way_of, bus, desktop, token)


def reason_of(way: ScreenCastScreen, error: type[Exception] = CaptureUnavailableError) -> str:
    with pytest.raises(error) as caught:
        way.grab(active_only=False)
    return str(caught.value)


def dialled(server: PipeWire) -> Callable[[], int]:
    return lambda: server.connection().detach()


def colours(frame: Frame) -> set[int]:
    return {int.from_bytes(frame.rgb[at : at + 3], "big") for at in range(0, len(frame.rgb), 3)}


# --- Granted --------------------------------------------------------------------------


def test_a_frame_of_the_stream_becomes_the_picture_of_its_monitor(
    way: ScreenCastScreen, portal: FakeScreenCast, server: PipeWire
) -> None:
    portal.connect = dialled(server)
    pictures = []
    for active_only in (False, True):
        with server.showing(RED, SIZE) as node:
            portal.streams = stream(node, 0, 0, *SIZE)
            pictures.append(way.grab(active_only=active_only))

    whole, active = pictures
    assert [(frame.monitor, frame.box) for frame in whole] == [(0, LEFT)]
    assert colours(whole[0]) == {RED}
    assert active == whole


def test_nothing_is_kept_open_between_two_pictures(
    way: ScreenCastScreen, portal: FakeScreenCast, server: PipeWire
) -> None:
    portal.connect = dialled(server)
    before = len(list(_OPEN.iterdir()))
    with server.showing(RED, SIZE) as node:
        portal.streams = stream(node, 0, 0, *SIZE)
        way.grab(active_only=False)
        streams = server.streams()

    assert len(streams) == 1  # the one that is shown; nobody looks at it any more
    assert [path.split("/")[-3] for path in portal.closed] == ["session"]
    assert len(list(_OPEN.iterdir())) == before


def test_all_monitors_are_asked_for_without_the_pointer_and_until_revoked(
    way: ScreenCastScreen, portal: FakeScreenCast
) -> None:
    portal.responses["Start"] = 1

    with pytest.raises(CaptureDeniedError):
        way.grab(active_only=False)

    asked = portal.options["SelectSources"]
    assert {name: asked[name][1] for name in asked if name != "handle_token"} == {
        "types": 1,
        "multiple": True,
        "cursor_mode": 1,
        "persist_mode": 2,
    }
    assert "restore_token" not in asked


# --- Tokens ---------------------------------------------------------------------------


def test_each_picture_uses_the_token_of_the_one_before_and_asks_nobody(
    way: ScreenCastScreen, portal: FakeScreenCast, server: PipeWire, token: RestoreToken
) -> None:
    portal.connect = dialled(server)
    used = []
    for _ in range(3):
        with server.showing(RED, SIZE) as node:
            portal.streams = stream(node, 0, 0, *SIZE)
            way.grab(active_only=False)
            used.append(portal.options["SelectSources"].get("restore_token"))

    assert used == [None, ("s", "token-1"), ("s", "token-2")]
    assert portal.questions == 1
    assert token.read() == "token-3"


def test_a_token_is_kept_at_once_for_its_owner_only(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    """Also where there is no picture in the end: it is the only one that is good by now."""
    seen = []

    def look(method: str) -> None:
        if method == "OpenPipeWireRemote":
            seen.append((token.read(), stat.S_IMODE(Path(token.path).stat().st_mode)))

    portal.on_call = look

    reason = reason_of(way_of(bus, desktop, token, frame_s=0.2))

    assert "showed no frame" in reason
    assert seen == [("token-1", 0o600)]
    assert stat.S_IMODE(Path(token.path).parent.stat().st_mode) == 0o700
    assert [path.name for path in Path(token.path).parent.iterdir()] == ["screencast.token"]


def test_a_worn_token_leads_to_a_question_and_to_a_new_one(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    token.keep("of-another-year")

    reason_of(way_of(bus, desktop, token, frame_s=0.2))

    assert portal.options["SelectSources"]["restore_token"] == ("s", "of-another-year")
    assert (portal.questions, token.read()) == (1, "token-1")


def test_a_token_that_the_portal_refuses_is_left_out(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    token.keep("of-another-form")
    portal.takes_tokens = False

    reason_of(way_of(bus, desktop, token, frame_s=0.2))

    assert portal.calls[:4] == ["CreateSession", "SelectSources", "SelectSources", "Start"]
    assert (portal.questions, token.read()) == (1, "token-1")


def test_where_the_desktop_remembers_nothing_no_token_stays(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    token.keep("worn")
    portal.is_forgetful = True

    reason_of(way_of(bus, desktop, token, frame_s=0.2))

    assert not Path(token.path).exists()


@pytest.mark.parametrize("given", [("s", "two words"), ("s", "x" * 201), ("s", ""), ("u", 7)])
def test_a_token_that_is_none_is_not_kept(
    bus: PrivateBus,
    desktop: Sway,
    portal: FakeScreenCast,
    token: RestoreToken,
    given: tuple[str, object],
) -> None:
    results = {"streams": (STREAMS, stream(1, 0, 0, *SIZE)), "restore_token": given}
    portal.outcomes["Start"] = ("ua{sv}", (0, results))

    reason_of(way_of(bus, desktop, token, frame_s=0.2))

    assert not Path(token.path).exists()


def _readable(path: Path) -> None:
    path.write_text("secret\n")
    path.chmod(0o640)


def _linked(path: Path) -> None:
    path.with_name("elsewhere").write_text("secret\n")
    path.with_name("elsewhere").chmod(0o600)
    path.symlink_to(path.with_name("elsewhere"))


def _twice(path: Path) -> None:
    path.write_text("secret\n")
    path.chmod(0o600)
    os.link(path, path.with_name("twice"))


def _torn(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\0")
    path.chmod(0o600)


def _pipe(path: Path) -> None:
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("make", [_readable, _linked, _twice, _torn, _pipe])
def test_a_file_that_is_not_ours_alone_is_no_token_and_is_replaced(
    token: RestoreToken, make: Callable[[Path], None]
) -> None:
    path = Path(token.path)
    path.parent.mkdir()
    make(path)

    before = token.read()
    token.keep("new")

    assert (before, token.read()) == ("", "new")
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600


def test_a_token_that_cannot_be_kept_costs_a_question_and_no_picture(
    way: ScreenCastScreen,
    portal: FakeScreenCast,
    server: PipeWire,
    token: RestoreToken,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tmp_path = Path(token.path).parent.parent
    (tmp_path / "home").write_text("no folder")
    taken = RestoreToken(str(tmp_path / "taken"))
    (tmp_path / "taken" / "in").mkdir(parents=True)
    portal.connect = dialled(server)
    with server.showing(RED, SIZE) as node:
        portal.streams = stream(node, 0, 0, *SIZE)
        frames = way.grab(active_only=False)
    taken.keep("new")

    assert len(frames) == 1
    assert taken.read() == ""
    said = "the restore token of the desktop's portal cannot be kept"
    assert [record.message for record in caplog.records].count(said) == 2
    assert not list(tmp_path.glob("*.tmp"))


# --- Denied, late, gone ---------------------------------------------------------------


@pytest.mark.parametrize("method", ["CreateSession", "SelectSources", "Start"])
@pytest.mark.parametrize(("response", "who"), [(1, "you"), (2, "the desktop")])
def test_r5_a_no_is_a_denial_and_the_session_is_over(
    way: ScreenCastScreen, portal: FakeScreenCast, method: str, response: int, who: str
) -> None:
    portal.responses[method] = response

    assert reason_of(way, CaptureDeniedError) == f"No screenshot: {who} said no to it."
    assert len(portal.closed) == (method != "CreateSession")


@pytest.mark.parametrize("method", ["CreateSession", "SelectSources", "Start"])
def test_a_refused_call_is_a_denial_where_it_says_so(
    way: ScreenCastScreen, portal: FakeScreenCast, method: str
) -> None:
    portal.errors[method] = NOT_ALLOWED
    denied = reason_of(way, CaptureDeniedError)
    portal.errors[method] = BROKEN
    broken = reason_of(way)

    assert "takes none for this program" in denied
    assert "no portal of the desktop shows its screen" in broken


def test_a_question_that_nobody_answers_is_taken_away_with_its_session(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    token.keep("worn")
    portal.silent.add("Start")

    reason = reason_of(way_of(bus, desktop, token, answer_s=0.3))

    assert "gave no picture within 0.3 s" in reason
    assert [path.split("/")[-3] for path in portal.closed] == ["request", "session"]
    assert token.read() == "worn"


def test_a_session_that_the_portal_closes_is_not_waited_for(
    way: ScreenCastScreen, portal: FakeScreenCast
) -> None:
    portal.ends.add("Start")
    before_ns = CLOCK.boot_ns()

    assert "the desktop's portal ended it" in reason_of(way)
    assert CLOCK.boot_ns() - before_ns < 5_000_000_000


@pytest.mark.parametrize("method", ["CreateSession", "SelectSources", "Start"])
def test_f41_a_portal_that_dies_meanwhile_is_not_waited_for(
    way: ScreenCastScreen, portal: FakeScreenCast, method: str
) -> None:
    portal.silent.add(method)
    stopping = threading.Thread(target=portal.stop)

    def die(asked: str) -> None:
        if asked == method:
            stopping.start()

    portal.on_call = die
    before_ns = CLOCK.boot_ns()

    reason = reason_of(way)
    stopping.join()

    assert "went away meanwhile" in reason or "shows its screen" in reason
    assert CLOCK.boot_ns() - before_ns < 5_000_000_000


@pytest.mark.parametrize("method", ["Start", "OpenPipeWireRemote"])
def test_f41_a_bus_that_dies_meanwhile_is_not_waited_for(
    way: ScreenCastScreen, portal: FakeScreenCast, bus: PrivateBus, method: str
) -> None:
    portal.on_call = lambda asked: bus.kill() if asked == method else None
    before_ns = CLOCK.boot_ns()

    assert "the session bus does not answer" in reason_of(way)
    assert CLOCK.boot_ns() - before_ns < 5_000_000_000


def test_another_program_that_takes_the_portals_name_is_not_talked_to(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    others: list[FakeScreenCast] = []
    portal.silent.add("SelectSources")
    thread = threading.Thread(target=lambda: _succeed(bus, portal, others))
    thread.start()
    reason = reason_of(way_of(bus, desktop, token))
    thread.join()
    others[0].stop()

    assert "went away meanwhile" in reason or "shows its screen" in reason
    assert others[0].calls == []


def _succeed(bus: PrivateBus, portal: FakeScreenCast, others: list[FakeScreenCast]) -> None:
    with portal.changed:
        portal.changed.wait_for(lambda: "SelectSources" in portal.calls, timeout=10)
    portal.stop()
    others.append(FakeScreenCast(bus.address))


def test_another_program_that_takes_it_after_the_yes_shows_nothing(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, tmp_path: Path
) -> None:
    others: list[FakeScreenCast] = []

    class Late(RestoreToken):
        def keep(self, token: str) -> None:
            super().keep(token)
            portal.stop()
            others.append(FakeScreenCast(bus.address))

    reason = reason_of(way_of(bus, desktop, Late(str(tmp_path / "token"))))
    others[0].stop()

    assert "went away meanwhile" in reason


def test_another_program_cannot_answer_for_the_portal(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken
) -> None:
    """T24: the same signal, sent straight to us by a stranger who even knows the handle."""
    portal.silent.add("Start")
    with Service(bus.address, methods={}) as stranger:

        def interfere() -> None:
            with portal.changed:
                portal.changed.wait_for(lambda: "Start" in portal.calls, timeout=10)
            planted = {"streams": (STREAMS, portal.streams), "restore_token": ("s", "planted")}
            for sender, handle in portal.senders:
                respond_as(stranger, sender, handle, "ua{sv}", (0, planted))

        thread = threading.Thread(target=interfere)
        thread.start()
        reason = reason_of(way_of(bus, desktop, token, answer_s=1.0))
        thread.join()

    assert "gave no picture within 1 s" in reason
    assert token.read() == ""


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("CreateSession", ("ua{sv}", (0, {}))),
        ("CreateSession", ("ua{sv}", (0, {"session_handle": ("u", 7)}))),
        ("CreateSession", ("ua{sv}", (0, {"session_handle": ("s", "/org/example")}))),
        ("CreateSession", ("ua{sv}", (0, {"session_handle": ("s", "not a path")}))),
        ("SelectSources", ("ua{sv}", (7, {}))),
        ("Start", ("ua{sv}", (0, {}))),
        ("Start", ("ua{sv}", (0, {"streams": ("s", "none")}))),
        ("Start", ("ua{sv}", (0, {"streams": (STREAMS, [])}))),
        ("Start", ("ua{sv}", (0, {"streams": (STREAMS, [(n, {}) for n in range(33)])}))),
        ("Start", ("us", (0, "streams"))),
        ("Start", ("", ())),
    ],
)
def test_an_outcome_of_another_form_is_no_picture(
    way: ScreenCastScreen,
    portal: FakeScreenCast,
    method: str,
    body: tuple[str, tuple[object, ...]],
) -> None:
    portal.outcomes[method] = body

    assert "the desktop's portal gave no picture" in reason_of(way)


# --- Frames that are none -------------------------------------------------------------


def _hung_up() -> int:
    ours, theirs = socket.socketpair()
    theirs.close()
    return ours.detach()


def _a_file() -> int:
    return os.open("/dev/zero", os.O_RDONLY)


def test_an_answer_of_another_form_is_no_connection(
    way: ScreenCastScreen, portal: FakeScreenCast
) -> None:
    portal.opens_as = "hh"

    assert "no portal of the desktop shows its screen" in reason_of(way)


@pytest.mark.parametrize("connect", [_hung_up, _a_file])
def test_what_is_no_connection_to_pipewire_gives_no_frame(
    bus: PrivateBus,
    desktop: Sway,
    portal: FakeScreenCast,
    token: RestoreToken,
    connect: Callable[[], int],
) -> None:
    portal.connect = connect

    assert "the desktop showed no frame" in reason_of(way_of(bus, desktop, token, frame_s=1.0))


def test_a_stream_that_is_not_there_gives_no_frame(
    bus: PrivateBus, desktop: Sway, portal: FakeScreenCast, token: RestoreToken, server: PipeWire
) -> None:
    portal.connect = dialled(server)
    portal.streams = stream(424_242, 0, 0, *SIZE)

    reason = reason_of(way_of(bus, desktop, token, frame_s=1.0))

    assert reason == "No screenshot: the desktop showed no frame within 1 s."


def _stand_in(folder: Path, script: str) -> str:
    """Put a program in the place of GStreamer's; return where."""
    program = folder / "gst-launch-1.0"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "the desktop showed no frame: exit 3"),
        ("echo nothing to see >&2; exit 1", "the desktop showed no frame: nothing to see"),
        ("kill -9 $$", "the desktop showed no frame: exit -9"),
        ("exit 0", "the desktop showed no frame: exit 0"),
        ("sleep 1000 & sleep 1000", "the desktop showed no frame within 1 s"),
        (f"head -c {LARGEST + 1} /dev/zero; sleep 1000", "a frame that is too large"),
    ],
)
def test_a_program_that_gives_no_frame_is_ended_and_its_words_are_passed_on(
    make: Make, portal: FakeScreenCast, tmp_path: Path, script: str, reason: str
) -> None:
    path = _stand_in(tmp_path, script)
    way = make(frame_s=30.0 if "too large" in reason else 1.0, more={"PATH": path})

    before_ns = CLOCK.boot_ns()

    assert reason in reason_of(way)
    assert CLOCK.boot_ns() - before_ns < 25_000_000_000
    assert portal.calls[-1] == "OpenPipeWireRemote"


def test_a_program_that_does_not_run_is_said_as_such(
    make: Make, portal: FakeScreenCast, tmp_path: Path
) -> None:
    _stand_in(tmp_path, "")
    alone = make(more={"PATH": str(tmp_path)})

    assert "gst-launch-1.0 cannot be run: No such file" in reason_of(alone)
    assert portal.calls[-1] == "OpenPipeWireRemote"


def test_a_frame_that_is_no_picture_is_refused(
    make: Make, portal: FakeScreenCast, tmp_path: Path
) -> None:
    path = _stand_in(tmp_path, "echo GIF89a")

    reason = reason_of(make(more={"PATH": path}), WrongFileError)

    assert "cannot be read" in reason
    assert portal.calls[-1] == "OpenPipeWireRemote"


def test_without_gstreamer_a_portal_is_not_asked_in_vain(
    make: Make, portal: FakeScreenCast, tmp_path: Path
) -> None:
    nothing = make(more={"PATH": str(tmp_path)})
    (tmp_path / "half").mkdir()
    half = make(
        more={
            "PATH": _stand_in(tmp_path / "half", ""),
            "GST_PLUGIN_SYSTEM_PATH_1_0": str(tmp_path / "none"),
            "GST_REGISTRY": str(tmp_path / "registry"),
        }
    )

    assert nothing.unavailable_reason() == "gst-launch-1.0 is not installed"
    assert "gst-launch-1.0 is not installed" in reason_of(nothing)
    assert half.unavailable_reason() == (
        "GStreamer's pipewiresrc is not installed (gstreamer1.0-pipewire)"
    )
    assert half.remark() == (half.unavailable_reason(), "")
    assert portal.questions == 1  # for the picture, not for the reasons


# --- Monitors -------------------------------------------------------------------------


def test_r4_each_monitor_is_pictured_in_the_units_of_the_desktop(
    bus: PrivateBus, wide: Sway, portal: FakeScreenCast, token: RestoreToken, server: PipeWire
) -> None:
    """A monitor of scale 2 is shown with all its pixels; the portal gives them in any order."""
    portal.connect = dialled(server)
    way = way_of(bus, wide, token)
    pictures = []
    with terminal(wide, box=Box(700, 20, 120, 80)):
        for active_only in (False, True):
            with server.showing(RED, SIZE) as left, server.showing(BLUE, (800, 600)) as right:
                portal.streams = [*stream(right, 640, 0, 400, 300), *stream(left, 0, 0, *SIZE)]
                pictures.append(way.grab(active_only=active_only))

    whole, active = pictures
    assert [(frame.monitor, frame.box) for frame in whole] == [(0, LEFT), (1, RIGHT)]
    assert [len(frame.rgb) for frame in whole] == [3 * 640 * 400, 3 * 400 * 300]
    assert [colours(frame) for frame in whole] == [{RED}, {BLUE}]
    assert active == (whole[1],)


def test_r4_the_active_monitor_is_not_replaced_by_one_that_is_shared(
    bus: PrivateBus, wide: Sway, portal: FakeScreenCast, token: RestoreToken, server: PipeWire
) -> None:
    portal.connect = dialled(server)
    way = way_of(bus, wide, token)
    with server.showing(RED, SIZE) as node:
        portal.streams = stream(node, 0, 0, *SIZE)
        shared = way.grab(active_only=False)
        with (
            terminal(wide, box=Box(700, 20, 120, 80)),
            pytest.raises(CaptureUnavailableError, match="not among those that you let"),
        ):
            way.grab(active_only=True)

    assert [(frame.monitor, frame.box) for frame in shared] == [(0, LEFT)]


@pytest.mark.parametrize(
    "streams",
    [
        stream(1, 0, 0, 800, 600),
        stream(1, 640, 0, 800, 600),
        stream(1, -1, 0, *SIZE),
        stream(1, 0, 0, 0, 0),
        stream(1, 0, 0, 2**31 - 1, 2**31 - 1),
        stream(1, 0, 0, -640, -400),
        [(1, {})],
        [(1, {"size": ("(ii)", SIZE)})],
        [(1, {"position": ("s", "left"), "size": ("(ii)", SIZE)})],
        [*stream(1, 0, 0, *SIZE), *stream(2, 0, 0, *SIZE)],
        [*stream(1, 0, 0, *SIZE), *stream(2, 640, 0, 400, 301)],
    ],
)
def test_r29_a_stream_that_is_not_certainly_a_monitor_is_not_looked_at(
    bus: PrivateBus, wide: Sway, portal: FakeScreenCast, token: RestoreToken, streams: Streams
) -> None:
    """Rules are held against windows by their places, so no place is guessed."""
    portal.streams = streams

    assert "nobody can tell which monitors" in reason_of(way_of(bus, wide, token))
    assert "OpenPipeWireRemote" not in portal.calls


def test_r29_a_frame_of_another_shape_than_its_monitor_is_refused(
    way: ScreenCastScreen, portal: FakeScreenCast, server: PipeWire
) -> None:
    portal.connect = dialled(server)
    with server.showing(RED, (400, 640)) as node:
        portal.streams = stream(node, 0, 0, *SIZE)

        assert "nobody can tell which monitors" in reason_of(way)


def test_r29_monitors_that_change_meanwhile_give_no_picture(
    bus: PrivateBus, portal: FakeScreenCast, token: RestoreToken, server: PipeWire
) -> None:
    portal.connect = dialled(server)
    with sway() as desktop, server.showing(RED, SIZE) as node:
        portal.streams = stream(node, 0, 0, *SIZE)
        portal.on_call = lambda method: (
            desktop.tell("output HEADLESS-1 position 100 0") if method == "Start" else None
        )

        assert "the monitors changed" in reason_of(way_of(bus, desktop, token))


def test_where_the_compositor_tells_no_places_one_stream_is_all_there_is(
    bus: PrivateBus,
    portal: FakeScreenCast,
    token: RestoreToken,
    server: PipeWire,
    tmp_path: Path,
) -> None:
    silent = FakeCompositor(tmp_path)
    portal.connect = dialled(server)
    way = ScreenCastScreen(
        {**os.environ, **silent.environ, **bus.environ}, clock=CLOCK, token=token
    )
    with ExitStack() as exits:
        exits.callback(silent.kill)
        node = exits.enter_context(server.showing(RED, (64, 48)))
        portal.streams = [(node, {})]
        (nowhere,) = way.grab(active_only=False)
        node = exits.enter_context(server.showing(BLUE, (64, 48)))
        portal.streams = stream(node, 10, 20, 32, 24)
        (somewhere,) = way.grab(active_only=False)
        with pytest.raises(CaptureUnavailableError, match="nobody can tell the active"):
            way.grab(active_only=True)
        portal.streams = [*stream(node, 0, 0, 64, 48), *stream(node, 64, 0, 64, 48)]
        several = reason_of(way)

    assert (nowhere.box, somewhere.box) == (Box(0, 0, 64, 48), Box(10, 20, 32, 24))
    assert "nobody can tell which monitors" in several


# --- What doctor says -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"version": 4, "AvailableSourceTypes": 1}, None),
        ({"version": 5, "AvailableSourceTypes": 7}, None),
        ({"version": 3, "AvailableSourceTypes": 7}, "would ask you again for each picture"),
        ({"version": 4, "AvailableSourceTypes": 2}, "no portal of the desktop shows its screen"),
        ({"version": 4}, "no portal of the desktop shows its screen"),
        ({}, "no portal of the desktop shows its screen"),
    ],
)
def test_a_portal_is_taken_that_shows_monitors_and_remembers(
    way: ScreenCastScreen, portal: FakeScreenCast, facts: dict[str, int], reason: str | None
) -> None:
    portal.facts = facts

    found = way.unavailable_reason()

    assert found is None if reason is None else reason in str(found)
    assert portal.calls == []


def test_without_a_bus_a_portal_or_a_compositor_the_absence_is_named(
    bus: PrivateBus, desktop: Sway, token: RestoreToken, tmp_path: Path
) -> None:
    def both(**more: str) -> tuple[str | None, str]:
        way = way_of(bus, desktop, token, more=more)
        return way.unavailable_reason(), reason_of(way)

    nothing = f"unix:path={tmp_path}/none"
    x11 = both(WAYLAND_DISPLAY="", XDG_SESSION_TYPE="x11")

    assert both(DBUS_SESSION_BUS_ADDRESS=nothing) == (
        "the session bus does not answer",
        "No screenshot: the session bus does not answer.",
    )
    assert both() == (
        "no portal of the desktop shows its screen",
        "No screenshot: no portal of the desktop shows its screen.",
    )
    assert "WAYLAND_DISPLAY is not set" in str(x11)


def test_f41_a_compositor_that_is_gone_is_said_as_such_and_nobody_is_asked(
    bus: PrivateBus, portal: FakeScreenCast, token: RestoreToken, desktop: Sway
) -> None:
    way = way_of(bus, desktop, token, more={"WAYLAND_DISPLAY": "/nonexistent/wayland-0"})

    assert "No screenshot" in reason_of(way)
    assert portal.calls == []


def test_doctor_says_whether_an_answer_is_kept_and_where_to_forget_it(
    way: ScreenCastScreen, portal: FakeScreenCast, token: RestoreToken
) -> None:
    before = way.remark()
    token.keep("kept")
    after = way.remark()
    Path(token.path).unlink()

    assert before == way.remark() == (None, ADVICE)
    assert after == (
        None,
        f"Your answer is kept in {token.path}; delete that file to be asked again.",
    )
    assert portal.calls == []


def test_it_is_taken_where_the_portal_makes_no_screenshots_and_where_it_is_wanted(
    bus: PrivateBus, portal: FakeScreenCast, tmp_path: Path
) -> None:
    environ = {
        **bus.environ,
        "WAYLAND_DISPLAY": "/nonexistent/wayland-0",
        "XDG_RUNTIME_DIR": "/nonexistent",
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
    }
    listed = [c.name for c in candidates(environ, clock=CLOCK, stream=io.StringIO())]

    chosen = ways(environ, clock=CLOCK, stream=io.StringIO())
    wanted = ways(environ, clock=CLOCK, stream=io.StringIO(), wanted={"screen": "screencast"})
    rows = {row.way: row for row in survey(environ, clock=CLOCK, stream=io.StringIO())}
    portal.facts = {}
    none = {row.way: row for row in survey(environ, clock=CLOCK, stream=io.StringIO())}

    assert listed.index("portal") + 1 == listed.index("screencast")
    assert chosen.screen is not None
    assert wanted.screen is not None
    assert (chosen.screen.name, wanted.screen.name) == ("screencast", "screencast")
    assert rows["portal"].reason == "no portal of the desktop takes pictures"
    assert (rows["screencast"].works, rows["screencast"].fix) == (True, ADVICE)
    assert "apt install gstreamer1.0-tools gstreamer1.0-pipewire" in none["screencast"].fix
