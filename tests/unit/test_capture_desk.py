"""Captures at the edges: hung displays, full disks, answers that come late (R3, R5, F12)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from tests.support.fake_cache import InMemoryCache
from tests.support.fake_capture import FakeScreen, FakeSecretFinder, FakeWindows, frame
from tests.support.fakes import Someday, seconds
from tests.support.workday import ACME, GLOBEX, MORNING, Workday
from worklog.app.capture_desk import UNSEEN_SENTENCE, Taste
from worklog.app.events import EventKind
from worklog.app.ports import (
    Box,
    EncodedPicture,
    Frame,
    Presence,
    SecretBox,
    StoredPicture,
    Window,
    WithholdRule,
)
from worklog.domain.cover_tally import CoverTally
from worklog.domain.part import CaptureState, Part
from worklog.domain.secret_forms import SecretKind
from worklog.errors import (
    CacheBusyError,
    CacheUnwritableError,
    CaptureUnavailableError,
    KeyUnavailableError,
)

MINUTE = timedelta(minutes=1)


class SmallDisk(InMemoryCache):
    """Has room for files up to *room* bytes."""

    room = 0

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        if any(len(picture.image) > self.room for picture in pictures.values()):
            msg = "The disk is full."
            raise CacheUnwritableError(msg)
        return super().add_pictures(part, pictures)


def small_disk(room: int) -> tuple[Workday, SmallDisk]:
    """A day whose thumbnails are a quarter of the picture, on a disk with *room* [bytes]."""
    wide = frame(0, Box(0, 0, 960, 2))
    day = Workday(share=0.2, screen=FakeScreen((wide,)))
    disk = SmallDisk(ACME, GLOBEX)
    disk.room = room
    day.cache = disk
    return day.begin(), disk


@pytest.mark.parametrize(
    ("room", "state", "width"),
    [
        (10_000, CaptureState.TAKEN, 960),
        (2_000, CaptureState.TAKEN, 480),
        (0, CaptureState.FAILED, 0),
    ],
    ids=["whole", "thumbnail", "none"],
)
@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "after the seal"])
def test_f12_a_full_disk_costs_size_then_the_picture_and_never_the_part(
    room: int, state: CaptureState, width: int, *, is_late: bool
) -> None:
    """Where the cache was busy as well, the part is sealed with what could be kept."""
    day, disk = small_disk(room)
    if is_late:
        disk.failure = CacheBusyError("busy")
    day.work(timedelta(minutes=11), every=seconds(20))
    disk.failure = None
    day.work(seconds(2))

    (sealed,) = day.sealed
    (capture,) = sealed.captures
    stored = disk.pictures([sealed.part_id])
    assert (capture.state, capture.width) == (state, width)
    assert [picture.capture.sha256 for picture in stored] == ([capture.sha256] if width else [])
    assert ("disk-full" in sealed.marks) == (room == 0)
    assert sealed.activity.level == 10


class LockedKeyring(InMemoryCache):
    """Keeps no picture: the key that it would need is not to be had."""

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        del part, pictures
        msg = "The keyring is locked."
        raise KeyUnavailableError(msg)


def test_a_picture_that_cannot_be_encrypted_is_not_kept_and_said_once() -> None:
    day = Workday(share=0.2)
    day.cache = LockedKeyring(ACME, GLOBEX)
    day.begin()

    day.work(timedelta(minutes=21), every=seconds(20))

    told = [event.message for event in day.watcher.events if event.kind is EventKind.NOT_CAPTURED]
    assert [part.captures[0].state for part in day.sealed] == [CaptureState.FAILED] * 2
    assert not any("disk-full" in part.marks for part in day.sealed)
    assert set(told) == {
        "No picture was kept, as it could not be encrypted: The keyring is locked."
    }


class HungScreen(FakeScreen):
    """Never returns until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = Event()

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        self.let_go.wait()
        return super().grab(active_only=active_only)


def test_f42_a_hung_display_does_not_keep_a_segment_from_being_sealed() -> None:
    screen = HungScreen()
    with ThreadPoolExecutor(1) as executor:
        day = Workday(share=0.5, screen=screen, executor=executor).begin()
        day.work(timedelta(minutes=10), every=seconds(20))
        screen.let_go.set()

    assert [capture.state for capture in day.sealed[0].captures] == [CaptureState.FAILED]
    assert day.sealed[0].tracked_seconds == 600


def test_r20_a_picture_that_comes_after_its_part_was_discarded_is_dropped() -> None:
    work = Someday()
    day = Workday(share=0.2, executor=work).begin()
    day.work(3 * MINUTE)
    (part,) = day.cache.open_parts()
    day.post("discard", part.part_id)
    day.work(seconds(2))
    work.work()
    day.work(seconds(2))

    assert day.cache.files == {}
    assert day.desk.last is None


def test_r05_a_locked_screen_is_told_in_the_display_and_not_by_a_notice() -> None:
    day = Workday(share=0.2)
    day.presence.planned = [Presence.PRESENT] * 61 + [Presence.LOCKED]
    day.begin()
    day.desk.capturer = day.desk.capturer
    day.presence.planned = []
    day.presence.state = Presence.LOCKED
    day.desk.begin_if_due(MORNING + 2 * MINUTE)
    assert day.tracker._recorder.part is not None
    day.desk.collect(day.tracker._recorder.part, MORNING + 2 * MINUTE, until=None)
    day.keeper.flush()

    assert "not-captured" in day.watcher.kinds
    assert day.notify.shown == []


def test_r29_where_nobody_sees_windows_that_is_told_and_not_a_private_window() -> None:
    day = Workday(share=0.2, windows=FakeWindows(is_blind=True)).begin()
    day.work(3 * MINUTE)

    assert [notice.body for notice in day.notify.shown] == [UNSEEN_SENTENCE]


def test_pictures_that_are_not_wanted_are_missed_by_nobody() -> None:
    day = Workday(share=0.2, has_pictures=False).begin()
    day.work(3 * MINUTE)
    day.stop()

    assert [capture.state for capture in day.sealed[0].captures] == [CaptureState.OFF]
    assert "not-captured" not in day.watcher.kinds
    assert day.notify.shown == []


def test_where_nothing_is_wanted_nothing_is_drawn() -> None:
    day = Workday(taste=Taste(wants_any=False)).begin()
    day.work(timedelta(minutes=11))

    assert day.sealed[0].captures == ()


def test_the_user_is_told_why_a_picture_could_not_be_read() -> None:
    day = Workday(share=0.2).begin()
    broken = FakeSecretFinder(error=CaptureUnavailableError("rapidocr is not installed"))
    day.desk.capturer = replace(day.desk.capturer, secrets=broken)

    day.work(timedelta(minutes=11), every=seconds(20))

    (sealed,) = day.sealed
    assert [capture.state for capture in sealed.captures] == [CaptureState.FAILED]
    assert day.cache.pictures([sealed.part_id]) == []
    (told,) = [notice for notice in day.notify.shown if notice.tag == "capture-failed"]
    assert told.body == (
        "No picture was kept: it could not be looked through for secrets (redact.secrets): "
        "rapidocr is not installed."
    )


def test_r21_what_was_covered_is_told_with_the_picture_and_not_what_stood_there() -> None:
    day = Workday(share=0.2).begin()
    rule = WithholdRule("title", "secret plan")
    day.windows.windows = (Window("Vault", "secret plan", Box(0, 0, 2, 2)), *day.windows.windows)
    mail = SecretBox(Box(4, 4, 2, 1), SecretKind.MAIL)
    day.desk.capturer = replace(
        day.desk.capturer, cover_rules=(rule,), secrets=FakeSecretFinder((mail,))
    )

    day.work(3 * MINUTE)

    (told,) = [event for event in day.watcher.events if event.kind is EventKind.CAPTURED]
    (notice,) = day.notify.shown
    assert told.message == "Picture taken; covered: 1 window by a rule, 1 line with secrets."
    assert (told.facts["covered_windows"], told.facts["covered_secrets"]) == (1, 1)
    assert notice.body.endswith("% covered: 1 window by a rule, 1 line with secrets.")
    assert day.desk.last is not None
    assert day.desk.last.covered == CoverTally(1, 1, int(told.facts["covered"] or 0))
    assert day.desk.last.covered.permille > 0
    assert "secret plan" not in f"{told}{notice}{day.desk.last}"


def test_a_picture_as_it_was_is_told_without_a_word_of_covering() -> None:
    day = Workday(share=0.2).begin()

    day.work(3 * MINUTE)

    (told,) = [event for event in day.watcher.events if event.kind is EventKind.CAPTURED]
    assert told.message == "Picture taken."
    assert told.facts["covered_windows"] == 0
    assert "covered" not in day.notify.shown[0].body
