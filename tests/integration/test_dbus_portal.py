"""Pictures of a portal on a private bus: grants, denials, delays, and files that are none."""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.support.dbus import PrivateBus, Service, private_bus
from tests.support.fake_portal import BROKEN, NAME, FakePortal, picture, respond_as
from tests.support.sway import sway, terminal
from worklog.app.ports import Box, Frame
from worklog.capture import portal_file, portal_picture
from worklog.capture.bus import Bus
from worklog.capture.portal_file import WrongFileError, path_of, places, taken
from worklog.capture.portal_screen import ADVICE, DENIED, DENIED_ADVICE, PortalScreen
from worklog.capture.portal_screenshot import permission
from worklog.capture.select import survey, ways
from worklog.capture.sway_windows import SwayWindows
from worklog.clock import SystemClock
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

CLOCK = SystemClock()
LEFT, RIGHT = Box(0, 0, 640, 400), Box(640, 0, 400, 300)
TWO = ("resolution 640x400 position 0 0", "resolution 800x600 position 640 0 scale 2")
RED, BLUE = bytes((255, 0, 0)), bytes((0, 0, 255))
NOT_ALLOWED = "org.freedesktop.portal.Error.NotAllowed"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
def portal(bus: PrivateBus, tmp_path: Path) -> Iterator[FakePortal]:
    with FakePortal(bus.address, tmp_path) as portal:
        yield portal


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that no portal writes to."""
    folder = Path(mkdtemp(dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder)


def environ_of(bus: PrivateBus) -> dict[str, str]:
    return {**bus.environ, "WAYLAND_DISPLAY": "/nonexistent/wayland-0", "HOME": "/nonexistent"}


def way_of(bus: PrivateBus, *, limit_s: float = 10.0) -> PortalScreen:
    return PortalScreen(environ_of(bus), clock=CLOCK, limit_s=limit_s)


def reason_of(way: PortalScreen, error: type[Exception] = CaptureUnavailableError) -> str:
    with pytest.raises(error) as caught:
        way.grab(active_only=False)
    return str(caught.value)


# --- Granted --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_f43_a_picture_becomes_a_frame_and_its_file_is_gone(
    bus: PrivateBus, portal: FakePortal, kind: str
) -> None:
    portal.data = picture((64, 48), kind)

    (frame,) = way_of(bus).grab(active_only=False)

    assert (frame.monitor, frame.box, len(frame.rgb)) == (0, Box(0, 0, 64, 48), 3 * 64 * 48)
    assert [value // 8 for value in frame.rgb[:3]] == [31, 0, 0]  # JPEG is near enough
    assert [value // 8 for value in frame.rgb[-3:]] == [0, 0, 31]
    assert not portal.file.exists()


def test_nobody_is_asked_which_part_and_each_request_has_a_name_of_its_own(
    bus: PrivateBus, portal: FakePortal
) -> None:
    way = way_of(bus)

    way.grab(active_only=False)
    way.grab(active_only=False)

    first, second = portal.asked
    assert first["interactive"] == ("b", False)
    assert first["handle_token"] != second["handle_token"]


def test_a_yes_that_takes_its_time_is_waited_for(bus: PrivateBus, portal: FakePortal) -> None:
    """As at the first picture, when somebody has to allow it."""
    portal.is_silent = True
    frames: list[Frame] = []
    thread = threading.Thread(target=lambda: frames.extend(way_of(bus).grab(active_only=False)))
    thread.start()
    with portal.changed:
        assert portal.changed.wait_for(lambda: bool(portal.senders), timeout=10)
    ((sender, handle),) = portal.senders
    threading.Event().wait(0.2)

    portal.respond(sender, handle, "ua{sv}", (0, {"uri": ("s", f"file://{portal.file}")}))
    thread.join(10)

    assert [frame.box for frame in frames] == [Box(0, 0, 64, 48)]


def test_a_name_in_the_users_language_is_understood_escaped_or_not(
    bus: PrivateBus, portal: FakePortal
) -> None:
    """GNOME escapes what a URI has no place for, KDE does not."""
    portal.file = portal.file.with_name("Bildschirm foto ä #1.png")
    portal.uri = portal.file.as_uri()
    way = way_of(bus)

    (escaped,) = way.grab(active_only=False)
    portal.uri = f"file://{portal.file}"
    (plain,) = way.grab(active_only=False)

    assert escaped == plain
    assert not portal.file.exists()


# --- Denied, late, gone ---------------------------------------------------------------


@pytest.mark.parametrize(("response", "who"), [(1, "you"), (2, "the desktop")])
def test_r5_f43_a_no_is_a_denial_with_advice(
    bus: PrivateBus, portal: FakePortal, response: int, who: str
) -> None:
    portal.data, portal.response = None, response

    with pytest.raises(CaptureDeniedError) as caught:
        way_of(bus).grab(active_only=False)

    assert str(caught.value) == f"No screenshot: {who} said no to it."
    assert caught.value.hint == "Run `worklog doctor` for what would help."


def test_f43_a_refused_call_is_a_denial(bus: PrivateBus, portal: FakePortal) -> None:
    portal.error = NOT_ALLOWED

    assert "takes none for this program" in reason_of(way_of(bus), CaptureDeniedError)


def test_a_call_that_fails_is_no_denial(bus: PrivateBus, portal: FakePortal) -> None:
    portal.error = BROKEN

    assert "no portal of the desktop takes pictures" in reason_of(way_of(bus))


def test_f43_a_question_that_nobody_answers_is_taken_away(
    bus: PrivateBus, portal: FakePortal
) -> None:
    portal.is_silent = True

    reason = reason_of(way_of(bus, limit_s=0.3))

    assert "gave no picture within 0.3 s" in reason
    assert portal.closed == [handle for _, handle in portal.senders]


def test_f41_a_portal_that_dies_meanwhile_is_not_waited_for(
    bus: PrivateBus, portal: FakePortal
) -> None:
    portal.is_silent = True
    stopping = threading.Thread(target=portal.stop)

    def die() -> None:
        stopping.start()

    portal.on_call = die
    before_ns = CLOCK.boot_ns()

    reason = reason_of(way_of(bus))
    stopping.join()

    assert "went away meanwhile" in reason or "takes pictures" in reason
    assert CLOCK.boot_ns() - before_ns < 5_000_000_000


def test_f41_a_bus_that_dies_meanwhile_is_not_waited_for(
    bus: PrivateBus, portal: FakePortal
) -> None:
    portal.is_silent = True
    portal.on_call = bus.kill
    before_ns = CLOCK.boot_ns()

    reason = reason_of(way_of(bus))

    assert "the session bus does not answer" in reason
    assert CLOCK.boot_ns() - before_ns < 5_000_000_000


def test_without_a_bus_or_a_portal_the_absence_is_named(bus: PrivateBus, tmp_path: Path) -> None:
    nothing = {"WAYLAND_DISPLAY": "/nonexistent/wayland-0", "XDG_RUNTIME_DIR": str(tmp_path / "x")}
    x11 = {**bus.environ, "DISPLAY": ":0"}

    def both(environ: dict[str, str]) -> tuple[str | None, str]:
        way = PortalScreen(environ, clock=CLOCK)
        return way.unavailable_reason(), reason_of(way)

    assert both(nothing) == (
        "the session bus does not answer",
        "No screenshot: the session bus does not answer.",
    )
    assert both(environ_of(bus)) == (
        "no portal of the desktop takes pictures",
        "No screenshot: no portal of the desktop takes pictures.",
    )
    assert "WAYLAND_DISPLAY is not set" in str(both(x11))


def test_another_program_cannot_answer_for_the_portal(
    bus: PrivateBus, portal: FakePortal, tmp_path: Path
) -> None:
    """T24: the same signal, sent straight to us by a stranger who even knows the handle."""
    portal.is_silent = True
    planted = tmp_path / "planted.png"
    with Service(bus.address, methods={}) as stranger:

        def interfere() -> None:
            with portal.changed:
                portal.changed.wait_for(lambda: bool(portal.senders), timeout=10)
            planted.write_bytes(picture())
            for sender, handle in portal.senders:
                found = {"uri": ("s", f"file://{planted}")}
                respond_as(stranger, sender, handle, "ua{sv}", (0, found))

        thread = threading.Thread(target=interfere)
        thread.start()
        reason = reason_of(way_of(bus, limit_s=1.0))
        thread.join()

    assert "gave no picture within 1 s" in reason
    assert planted.exists()


@pytest.mark.parametrize(
    "body",
    [
        ("u", (0,)),
        ("ua{sv}", (0, {})),
        ("ua{sv}", (0, {"uri": ("u", 7)})),
        ("ua{sv}", (0, {"uri": ("s", "")})),
        ("ua{sv}", (7, {})),
        ("us", (0, "file:///tmp/x.png")),
        ("", ()),
    ],
)
def test_an_outcome_of_another_form_is_no_picture(
    bus: PrivateBus, portal: FakePortal, body: tuple[str, tuple[object, ...]]
) -> None:
    portal.outcome = body

    assert "the desktop's portal gave no picture" in reason_of(way_of(bus))


# --- Files that are none --------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.org/x.png",
        "file://example.org/tmp/x.png",
        "/tmp/x.png",
        "file:///tmp/%00.png",
        "file:///tmp/../etc/passwd",
        "file:///tmp/%2e%2e/etc/passwd",
        "file:///tmp/",
        "file://",
    ],
)
def test_f43_what_is_no_file_here_is_refused(bus: PrivateBus, portal: FakePortal, uri: str) -> None:
    portal.uri = uri

    assert reason_of(way_of(bus), WrongFileError) == "the desktop's portal named no file"
    assert portal.file.exists()


def _linked(folder: Path) -> Path:
    target = folder / "target.png"
    target.write_bytes(picture())
    (folder / "link.png").symlink_to(target)
    return folder / "link.png"


def _twice(folder: Path) -> Path:
    (folder / "one.png").write_bytes(picture())
    os.link(folder / "one.png", folder / "two.png")
    return folder / "two.png"


def _text(folder: Path) -> Path:
    (folder / "notes.png").write_bytes(b"GIF89a, or so it says")
    return folder / "notes.png"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.png")
    return folder / "pipe.png"


def _folder(folder: Path) -> Path:
    (folder / "folder.png").mkdir()
    return folder / "folder.png"


def _none(folder: Path) -> Path:
    return folder / "none.png"


@pytest.mark.parametrize("make", [_linked, _twice, _text, _pipe, _folder, _none])
def test_a_file_that_is_no_new_picture_is_refused_and_left_alone(
    bus: PrivateBus,
    portal: FakePortal,
    tmp_path: Path,
    make: Callable[[Path], Path],
) -> None:
    named = make(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    portal.data, portal.uri = None, f"file://{named}"

    with pytest.raises(OSError, match=r"no new picture|Too many|No such"):
        way_of(bus).grab(active_only=False)

    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_file_that_is_replaced_while_it_is_read_is_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is another file's by the time of the deletion."""
    file = tmp_path / "x.png"
    file.write_bytes(picture())
    (tmp_path / "other.png").write_bytes(b"something else")
    read = os.read

    def replace(descriptor: int, size: int) -> bytes:
        (tmp_path / "other.png").rename(file)
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", replace)

    with pytest.raises(WrongFileError, match="replaced meanwhile"):
        taken(f"file://{file}", {}, since_ns=0)
    assert file.read_bytes() == b"something else"


def test_a_picture_that_was_there_before_is_refused_and_left_alone(
    bus: PrivateBus, portal: FakePortal
) -> None:
    class Ahead(SystemClock):
        def now_ms(self) -> int:
            return super().now_ms() + 60_000

    way = PortalScreen(environ_of(bus), clock=Ahead())

    assert "is no new picture" in reason_of(way, WrongFileError)
    assert portal.file.exists()


def test_a_file_in_a_place_of_something_else_is_refused_and_left_alone(
    bus: PrivateBus, portal: FakePortal, elsewhere: Path
) -> None:
    portal.file = elsewhere / "x.png"

    assert "in a place where it writes none" in reason_of(way_of(bus), WrongFileError)
    assert portal.file.exists()


def test_a_link_out_of_a_place_leads_nowhere(
    bus: PrivateBus, portal: FakePortal, tmp_path: Path, elsewhere: Path
) -> None:
    (tmp_path / "Screenshots").symlink_to(elsewhere)
    portal.file = tmp_path / "Screenshots" / "x.png"

    assert "in a place where it writes none" in reason_of(way_of(bus), WrongFileError)
    assert portal.file.exists()


@pytest.mark.parametrize(
    "data", [picture()[:60], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + bytes(100)]
)
def test_a_torn_picture_is_refused_and_does_not_stay(
    bus: PrivateBus, portal: FakePortal, data: bytes
) -> None:
    portal.data = data

    assert "cannot be read" in reason_of(way_of(bus), WrongFileError)
    assert not portal.file.exists()


def test_a_huge_file_is_not_read_and_does_not_stay(bus: PrivateBus, portal: FakePortal) -> None:
    def grow() -> None:
        portal.file.write_bytes(picture())
        os.truncate(portal.file, portal_file.LARGEST + 1)

    portal.data, portal.on_call = None, grow

    assert "a picture that is too large" in reason_of(way_of(bus), WrongFileError)
    assert not portal.file.exists()


def test_a_picture_of_too_many_pixels_is_not_unpacked(bus: PrivateBus, portal: FakePortal) -> None:
    edge = 8_945
    assert edge * edge > portal_picture.LARGEST
    small = picture((1, 1))
    # The size that stands in the file's head, and the checksum of that.
    head = b"IHDR" + edge.to_bytes(4, "big") * 2 + small[24:29]
    portal.data = small[:12] + head + _crc(head) + small[33:]

    assert "is too large" in reason_of(way_of(bus), WrongFileError)
    assert not portal.file.exists()


def _crc(data: bytes) -> bytes:
    import zlib  # noqa: PLC0415 -- for one test

    return zlib.crc32(data).to_bytes(4, "big")


def test_pictures_are_looked_for_where_the_user_keeps_them(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "user-dirs.dirs"
    config.parent.mkdir()
    home = {"HOME": str(tmp_path)}

    def has(environ: dict[str, str], place: str) -> bool:
        return os.path.realpath(place) in places(environ)

    assert has(home, f"{tmp_path}/Pictures")
    config.write_text('XDG_MUSIC_DIR="$HOME/Musik"\nXDG_PICTURES_DIR="$HOME/Bilder"\n')
    assert has(home, f"{tmp_path}/Bilder")
    config.write_text('XDG_PICTURES_DIR="/srv/pictures"\n')
    assert has(home, "/srv/pictures")
    config.write_text('XDG_MUSIC_DIR="$HOME/Musik"\n')
    assert not has(home, f"{tmp_path}/Musik")
    assert "/" not in places({"TMPDIR": "relative", "XDG_RUNTIME_DIR": ""})
    assert path_of("file://localhost/tmp/a%20b.png") == Path("/tmp/a b.png")


# --- Monitors -------------------------------------------------------------------------


def test_r4_a_picture_of_the_desktop_is_cut_into_its_monitors(
    bus: PrivateBus, portal: FakePortal
) -> None:
    """On GNOME all are brought to the scale of the finest one."""
    with sway(*TWO) as desktop, terminal(desktop, box=Box(700, 20, 120, 80)):
        environ = {**desktop.environ, **bus.environ}
        way = PortalScreen(environ, clock=CLOCK, attention=SwayWindows(environ).attention)
        frames = {}
        for scale in (1, 2):
            portal.data = picture((1040 * scale, 400 * scale))
            frames[scale] = way.grab(active_only=False)
        portal.data = picture((2080, 800))
        active = way.grab(active_only=True)

    for found in frames.values():
        assert [(frame.monitor, frame.box) for frame in found] == [(0, LEFT), (1, RIGHT)]
        assert [len(frame.rgb) for frame in found] == [3 * 640 * 400, 3 * 400 * 300]
        assert (found[0].rgb[:3], found[0].rgb[-3:]) == (RED, BLUE)
        assert set(found[1].rgb) == {0, 255}
        assert found[1].rgb[:3] == BLUE
    assert active == (frames[2][1],)


def test_r4_where_monitors_cannot_be_told_apart_the_active_one_is_not_guessed(
    bus: PrivateBus, portal: FakePortal
) -> None:
    """Rather no picture than one of a monitor that was not meant."""
    with pytest.raises(CaptureUnavailableError, match="nobody can tell the active"):
        way_of(bus).grab(active_only=True)

    assert not portal.file.exists()
    with sway(*TWO) as desktop:
        way = PortalScreen({**desktop.environ, **bus.environ}, clock=CLOCK)
        portal.data = picture((500, 500))
        (whole,) = way.grab(active_only=False)
        with pytest.raises(CaptureUnavailableError, match="nobody can tell"):
            way.grab(active_only=True)

    assert whole.box == Box(0, 0, 500, 500)


# --- What doctor says -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (None, (None, ADVICE)),
        ({"org.example.Other": ["no"]}, (None, ADVICE)),
        ({"": ["ask"]}, (None, ADVICE)),
        ({"": []}, (None, ADVICE)),
        ({"": ["yes"]}, (None, "")),
        ({"": ["no"]}, (DENIED, DENIED_ADVICE)),
    ],
)
def test_doctor_knows_what_the_user_once_answered_and_asks_nothing(
    bus: PrivateBus,
    portal: FakePortal,
    answer: dict[str, list[str]] | None,
    remark: tuple[str | None, str],
) -> None:
    portal.answer = answer
    way = way_of(bus)

    assert way.unavailable_reason() is None
    assert way.remark() == remark
    assert portal.asked == []


def test_the_answer_for_this_program_goes_before_the_one_for_all_without_a_name(
    bus: PrivateBus, portal: FakePortal, tmp_path: Path
) -> None:
    group = tmp_path / str(os.getpid()) / "cgroup"
    group.parent.mkdir()
    portal.answer = {"": ["yes"], "org.kde.konsole": ["no"]}
    session = Bus(bus.address, limit_s=lambda: 2.0)

    def with_unit(unit: str) -> str | None:
        group.write_text(f"0::/user.slice/user-1000.slice/user@1000.service/app.slice/{unit}\n")
        return permission(session, processes=tmp_path)

    assert with_unit("app-org.kde.konsole-4242.scope") == "no"
    assert with_unit("app-gnome-org.kde.konsole-4242.scope") == "no"
    assert with_unit("app-org.kde.konsole@7f.service") == "no"
    assert with_unit("vte-spawn-4242.scope") == "yes"
    assert permission(session, processes=tmp_path / "none") == "yes"
    session.close()


def test_a_portal_of_version_nought_takes_no_pictures(bus: PrivateBus, tmp_path: Path) -> None:
    with FakePortal(bus.address, tmp_path) as portal:
        portal.version = 0
        reason = way_of(bus).unavailable_reason()

    assert reason == "no portal of the desktop takes pictures"


def test_a_portal_without_screenshots_says_so(bus: PrivateBus, tmp_path: Path) -> None:
    with FakePortal(bus.address, tmp_path) as portal:
        portal.version = None
        reason = way_of(bus).unavailable_reason()

    assert reason == "no portal of the desktop takes pictures"


def test_a_portal_that_can_be_started_is_started_for_a_picture_only(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    service = tmp_path / "services" / f"{NAME}.service"
    start = f"/bin/sh -c 'touch {tmp_path}/started; exit 1'"
    service.write_text(f"[D-BUS Service]\nName={NAME}\nExec={start}\n")
    with private_bus(tmp_path) as bus:
        way = way_of(bus)

        reason, remark = way.unavailable_reason(), way.remark()

        assert (reason, remark) == (None, (None, ADVICE))
        assert not (tmp_path / "started").exists()
        assert "no portal of the desktop takes pictures" in reason_of(way)
        assert (tmp_path / "started").exists()


def test_doctor_lists_the_portal_and_start_takes_it(bus: PrivateBus, portal: FakePortal) -> None:
    environ = {**environ_of(bus), "XDG_RUNTIME_DIR": "/nonexistent", "PATH": "/nonexistent"}

    chosen = ways(environ, clock=CLOCK, stream=io.StringIO())
    rows = {row.way: row for row in survey(environ, clock=CLOCK, stream=io.StringIO())}
    portal.answer = {"": ["no"]}
    denied = {row.way: row for row in survey(environ, clock=CLOCK, stream=io.StringIO())}
    still = ways(environ, clock=CLOCK, stream=io.StringIO())

    assert chosen.screen is not None
    assert chosen.screen.name == "portal"
    assert (rows["portal"].works, rows["portal"].fix) == (True, ADVICE)
    assert denied["portal"].reason == DENIED
    assert still.screen is not None  # so that segments say `denied` and not `no-display`
    assert "flatpak permission-remove screenshot screenshot" in denied["portal"].fix
