"""What the loop keeps where, so that a kill at any instant costs next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from tests.support.cache_values import FixedClock
from tests.support.fake_cache import InMemoryCache, InMemoryTrackerLock
from tests.support.fakes import seconds
from tests.support.workday import ACME, GLOBEX, MORNING, Workday
from worklog.app.ports import EncodedPicture, Live, LiveCounts, StoredPicture
from worklog.app.recovery import recover
from worklog.app.tracking import Tracking
from worklog.clock import SystemClock
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.part import CaptureState, Part, Span
from worklog.domain.session import Session
from worklog.errors import CacheCorruptError, CacheMovedError, CacheUnwritableError


class WatchedCache(InMemoryCache):
    """Notes whose counts the live page holds when a part is sealed."""

    def __init__(self, live: LiveCounts) -> None:
        super().__init__(ACME, GLOBEX)
        self.live = live
        self.at_seals: list[tuple[Part, Live | None]] = []

    def seal(self, part: Part) -> None:
        self.at_seals.append((part, self.live.read()))
        super().seal(part)


class BlindCache(InMemoryCache):
    """Cannot say what a slot is made of."""

    def material(self, slot: Slot) -> NoReturn:
        msg = f"{slot} is damaged"
        raise CacheCorruptError(msg)


class FullCache(InMemoryCache):
    """Has room for everything but pictures."""

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        msg = f"no room for {len(pictures)} of {part.part_id}"
        raise CacheUnwritableError(msg)


class MovedCache(InMemoryCache):
    """Its folder is gone from some moment on."""

    is_gone = False

    def save_open(self, part: Part) -> None:
        self._look()
        super().save_open(part)

    def seal(self, part: Part) -> None:
        self._look()
        super().seal(part)

    def _look(self) -> None:
        if self.is_gone:
            msg = "moved"
            raise CacheMovedError(msg)


def crashed(day: Workday) -> tuple[Part, ...]:
    """Recover what *day* would leave if it were killed now; return its parts."""
    recover(day.cache, day.live, InMemoryTrackerLock(), SystemClock())
    return tuple(day.sealed)


def test_r9_the_live_page_holds_a_part_until_it_is_sealed() -> None:
    """Else a kill at a slot's end would cost everything since its last flush."""
    day = Workday()
    day.cache = cache = WatchedCache(day.live)
    day.begin()

    day.work(timedelta(minutes=21), every=seconds(2))

    assert [live and live.part_id for _, live in cache.at_seals] == [
        part.part_id for part in day.sealed
    ]
    assert len(day.sealed) == 2


def test_after_a_crash_the_first_minute_of_a_part_has_its_memo() -> None:
    day = Workday(memo="fix").begin()
    day.work(timedelta(seconds=20))

    (part,) = crashed(day)

    assert part.spans == (Span(0, 20, "fix"),)


def test_after_a_crash_time_since_a_new_memo_has_the_new_memo() -> None:
    day = Workday(memo="fix").begin()
    day.work(timedelta(seconds=70))
    day.post("memo", "review")
    day.work(timedelta(seconds=20))

    (part,) = crashed(day)

    assert part.spans == (Span(0, 70, "fix"), Span(70, 90, "review"))


def test_n3_after_a_crash_a_pause_before_it_is_no_worked_time() -> None:
    day = Workday(memo="fix").begin()
    day.work(timedelta(seconds=70))
    day.post("pause")
    day.work(timedelta(seconds=119))
    day.post("resume")
    day.work(timedelta(seconds=20))

    (part,) = crashed(day)

    assert sum(span.end - span.start for span in part.spans) == 90


def test_words_of_a_session_do_not_cross_to_a_part_of_another_contract() -> None:
    day = Workday(memo="fix").begin()
    day.work(timedelta(seconds=20))
    session = day.session
    day.cache.save_session(replace(session, contract=GLOBEX.contract_id))

    (part,) = crashed(day)

    assert part.spans == (Span(0, 20),)


def test_r5_a_capture_that_fails_like_nobody_foresaw_leaves_the_clock_running() -> None:
    day = Workday()
    assert day.screen is not None
    day.screen.error = ZeroDivisionError()

    with ThreadPoolExecutor(1) as day.executor:
        day.begin()
        day.work(timedelta(minutes=11))

    (part,) = day.sealed
    assert part.slot == Slot.containing(MORNING)
    assert part.tracked_seconds == 600
    assert [capture.state for capture in part.captures] == [CaptureState.FAILED]


def test_f20_tracking_goes_on_while_the_cache_cannot_say_what_a_slot_has() -> None:
    day = Workday()
    day.cache = BlindCache(ACME, GLOBEX)
    day.begin()

    day.work(timedelta(minutes=11), every=seconds(5))

    assert day.watcher.kinds.count("captured") >= 1


def test_f08_of_two_first_contracts_made_at_once_both_use_the_first() -> None:
    day = Workday()
    day.cache = InMemoryCache()
    tracking = Tracking(
        day.cache, day.mailbox, InMemoryTrackerLock(), FixedClock(MORNING), day.chance
    )
    first = tracking.first_contract(day.zone)

    assert tracking.first_contract(day.zone) == first
    assert day.cache.contracts() == [first]


def test_f12_a_part_that_is_sealed_with_its_picture_does_not_claim_one_that_failed() -> None:
    day = Workday()
    day.cache = FullCache(ACME, GLOBEX)
    day.begin()
    day.work(seconds(30))

    day.stop()  # takes the picture that is still to come

    (part,) = day.sealed
    assert [capture.state for capture in part.captures] == [CaptureState.FAILED]
    assert part.marks == ("disk-full",)


def test_f16_where_the_folder_is_gone_tracking_goes_on_in_a_new_one() -> None:
    day = Workday()
    day.cache = cache = MovedCache(ACME, GLOBEX)
    day.begin()
    made: list[Session] = []

    def begin_anew(session: Session, contract: Contract) -> None:
        assert contract == ACME
        if not made:
            made.append(session)
            msg = "not yet"
            raise CacheUnwritableError(msg)
        cache.is_gone = False
        made.append(session)

    day.tracker._around = replace(day.tracker._around, begin_anew=begin_anew)
    day.work(seconds(30))
    cache.is_gone = True

    day.work(timedelta(minutes=2))
    day.stop()

    assert [session.session_id for session in made] == [day.session.session_id] * 2
    assert [part.tracked_seconds for part in day.sealed] == [150]
    assert day.watcher.kinds.count("warning") == 2  # that it is gone, and that it was made


def test_n3_a_minute_in_which_the_process_was_frozen_is_unknown_and_not_idle() -> None:
    day = Workday().begin()
    day.work(seconds(70))
    day.clock.advance(seconds(40))  # without a tick
    day.work(seconds(70))
    day.stop()

    (part,) = day.sealed
    assert part.activity.active[:3] == (False, None, False)
