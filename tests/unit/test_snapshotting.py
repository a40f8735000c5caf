"""Snapshots of a camera beside screenshots: when, when not, and what became of them (R6)."""

from __future__ import annotations

import errno
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from tests.support.fake_capture import (
    FakeCamera,
    FakeCodec,
    FakePresence,
    FakeScreen,
    FakeWindows,
    frame,
)
from tests.support.fakes import Someday, seconds
from tests.support.workday import Workday
from worklog.app.capturing import Capturer
from worklog.app.ports import Box, Frame, Presence, Window
from worklog.app.snapshotting import SENTENCES, Progress
from worklog.domain.amendment import DropSnapshot
from worklog.domain.part import Capture, CaptureState, Role
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
VAULT = Window("KeePassXC", "Passwords")
BUSY = OSError(errno.EBUSY, "busy")


def capturer(
    camera: FakeCamera,
    *,
    screen: FakeScreen | None = None,
    windows: FakeWindows | None = None,
    presence: FakePresence | None = None,
) -> Capturer:
    windows = windows or FakeWindows()
    return Capturer(screen or FakeScreen(), windows, presence, FakeCodec(), camera=camera)


def states(day: Workday) -> list[tuple[Role, CaptureState]]:
    return [(capture.role, capture.state) for capture in day.sealed[0].captures]


def test_r6_a_snapshot_stands_behind_the_screens() -> None:
    camera = FakeCamera()

    shot = capturer(camera, screen=FakeScreen((frame(0), frame(1)))).capture(AT)

    picture = FakeCodec().encode(camera.frame)
    assert shot.captures[2] == Capture(
        CaptureState.TAKEN,
        AT,
        role=Role.CAMERA,
        sha256=hashlib.sha256(picture.image).hexdigest(),
        thumbnail_sha256=hashlib.sha256(picture.thumbnail).hexdigest(),
        width=4,
        height=3,
    )
    assert shot.pictures[2] == picture
    assert [capture.role for capture in shot.captures[:2]] == [Role.SCREEN] * 2


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (CaptureUnavailableError("unplugged"), CaptureState.NO_CAMERA),
        (CaptureDeniedError("no"), CaptureState.DENIED),
        (BUSY, CaptureState.BUSY),
        (TimeoutError(errno.ETIMEDOUT, "slow"), CaptureState.FAILED),
        (MemoryError(), CaptureState.FAILED),
    ],
)
def test_r6_a_camera_that_fails_says_why_and_the_screenshot_stays(
    error: Exception, state: CaptureState
) -> None:
    shot = capturer(FakeCamera(error=error)).capture(AT)

    assert shot.captures[1] == Capture(state, AT, role=Role.CAMERA)
    assert shot.captures[0].state is CaptureState.TAKEN
    assert list(shot.pictures) == [0]


def test_r6_a_covered_camera_gives_nothing() -> None:
    dark = FakeCamera(frame(0, Box(0, 0, 4, 3), colour=0))

    shot = capturer(dark).capture(AT)

    assert shot.captures[1] == Capture(CaptureState.BLANK, AT, role=Role.CAMERA)


@pytest.mark.parametrize(
    "bare",
    [
        {"screen": FakeScreen(error=CaptureUnavailableError("gone"))},
        {"screen": FakeScreen((frame(0, colour=0),))},
        {"windows": FakeWindows((VAULT,))},
        {"presence": FakePresence(Presence.LOCKED)},
        {"presence": FakePresence(planned=[Presence.PRESENT, Presence.PRESENT, Presence.LOCKED])},
    ],
    ids=["no display", "blank", "withheld", "locked", "locked after the screenshot"],
)
def test_r6_without_a_screenshot_the_camera_stays_shut(bare: dict[str, FakeScreen]) -> None:
    camera = FakeCamera()

    shot = capturer(camera, **bare).capture(AT)  # type: ignore[arg-type]

    assert camera.snaps == 0
    assert [capture.role for capture in shot.captures] == [Role.SCREEN]


def test_r6_where_no_pictures_are_wanted_the_camera_stays_shut() -> None:
    camera = FakeCamera()

    replace(capturer(camera), has_pictures=False).capture(AT)

    assert camera.snaps == 0


def test_r6_a_screen_that_locks_meanwhile_keeps_the_snapshot_out() -> None:
    camera = FakeCamera()
    presence = FakePresence(planned=[*[Presence.PRESENT] * 3, Presence.LOCKED])

    shot = capturer(camera, presence=presence).capture(AT)

    assert camera.snaps == 1
    assert [capture.role for capture in shot.captures] == [Role.SCREEN]


def test_r6_a_capture_that_was_called_off_takes_no_snapshot() -> None:
    camera = FakeCamera()

    shot = capturer(camera).capture(AT, Progress(is_called_off=True))

    assert camera.snaps == 0
    assert len(shot.captures) == 1


# --- Through a day ------------------------------------------------------------------------


def test_r6_a_segment_has_screen_and_snapshot_and_the_notice_says_so() -> None:
    day = Workday(share=0.2, camera=FakeCamera()).begin()
    day.work(timedelta(minutes=11), every=seconds(20))

    assert states(day) == [
        (Role.SCREEN, CaptureState.TAKEN),
        (Role.CAMERA, CaptureState.TAKEN),
    ]
    assert day.notify.shown[0].summary == "worklog took a picture and a camera snapshot"


def test_r6_a_broken_camera_never_stops_the_clock_and_is_told_once() -> None:
    day = Workday(share=0.2, camera=FakeCamera(error=BUSY)).begin()
    day.work(timedelta(minutes=31), every=seconds(20))

    assert [part.tracked_seconds for part in day.sealed] == [600, 600, 600]
    assert [part.captures[1].state for part in day.sealed] == [CaptureState.BUSY] * 3
    told = [notice for notice in day.notify.shown if notice.tag == "camera-busy"]
    assert [notice.body for notice in told] == [SENTENCES[CaptureState.BUSY]]
    assert day.watcher.kinds.count("not-captured") == 1


def test_r6_a_broken_camera_is_told_without_notices_too() -> None:
    day = Workday(share=0.2, camera=FakeCamera(error=BUSY)).begin()
    day.desk.notify = None
    day.work(timedelta(minutes=11), every=seconds(20))

    assert day.watcher.kinds.count("not-captured") == 1


def test_r6_a_pause_before_the_snapshot_calls_it_off() -> None:
    work = Someday()
    camera = FakeCamera()
    day = Workday(share=0.2, camera=camera, executor=work).begin()
    day.work(3 * MINUTE)
    day.post("pause")
    day.work(seconds(2))
    work.work()
    day.work(seconds(2))
    day.stop()

    assert camera.snaps == 0
    assert states(day) == [(Role.SCREEN, CaptureState.TAKEN)]


@dataclass
class HungCamera(FakeCamera):
    """Never returns until it is let go."""

    let_go: Event = field(default_factory=Event)

    def snap(self) -> Frame:
        self.let_go.wait()
        return super().snap()


@pytest.mark.parametrize("is_discarded", [False, True])
def test_r6_a_hung_camera_costs_the_snapshot_only(*, is_discarded: bool) -> None:
    camera = HungCamera()
    with ThreadPoolExecutor(1) as executor:
        day = Workday(share=0.5, camera=camera, executor=executor).begin()
        day.work(timedelta(minutes=6), every=seconds(20))
        if is_discarded:
            day.post("discard", day.cache.open_parts()[0].part_id)
        day.work(timedelta(minutes=4), every=seconds(20))
        camera.let_go.set()

    if is_discarded:
        assert day.cache.files == {}
        return
    assert states(day) == [
        (Role.SCREEN, CaptureState.TAKEN),
        (Role.CAMERA, CaptureState.FAILED),
    ]
    assert len(day.cache.pictures([day.sealed[0].part_id])) == 1


def test_r6_redact_in_the_notice_erases_the_snapshot() -> None:
    day = Workday(share=0.2, camera=FakeCamera()).begin()
    day.work(3 * MINUTE)
    (part,) = day.cache.open_parts()
    day.notify.press(part.part_id, "redact")
    day.work(seconds(2))
    day.stop()

    assert [picture.capture.role for picture in day.cache.pictures([part.part_id])] == [Role.SCREEN]
    changes = [amendment.change for amendment in day.cache.amendments()]
    assert DropSnapshot((part.part_id,)) in changes
