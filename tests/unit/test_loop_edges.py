"""The loop where things meet that rarely do: pauses, steps, ends, a cache that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.cache_values import part
from tests.support.fake_cache import InMemoryCache
from tests.support.fake_capture import FakeScreen
from tests.support.fakes import seconds, utc
from tests.support.workday import ACME, GLOBEX, MORNING, Workday
from worklog.app.ports import Presence
from worklog.app.surroundings import Habits
from worklog.domain.amendment import Delete, Redact
from worklog.domain.contract import Contract, Policy, Screenshots, Terms
from worklog.domain.grid import Slot
from worklog.domain.ids import DeviceId, PartId
from worklog.domain.part import CaptureState, Part
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Ending
from worklog.errors import CacheBusyError, CacheUnwritableError

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Unreadable(InMemoryCache):
    """Cannot be read while it is busy; writing goes on."""

    is_busy = False

    def segments(self, *args: object, **more: object) -> list[BilledSegment]:
        self._look()
        return super().segments(*args, **more)  # type: ignore[arg-type]  # passed on as it came

    def contracts(self) -> list[Contract]:
        self._look()
        return super().contracts()

    def part(self, part_id: PartId) -> Part | None:
        self._look()
        return super().part(part_id)

    def _look(self) -> None:
        if self.is_busy:
            msg = "busy"
            raise CacheBusyError(msg)


def test_run_tracks_until_it_is_told_to_stop() -> None:
    day = Workday().begin()
    day.clock.after(seconds(30), lambda: day.tracker.ask("label", "dev"))
    day.clock.after(seconds(40), lambda: day.tracker.request_stop(Ending.STOP, takes_capture=False))

    session = day.tracker.run()

    assert (session.ending, session.label) == (Ending.STOP, "dev")
    assert session.ended == MORNING + seconds(40)
    assert [event.facts.get("label") for event in day.watcher.events if event.kind == "label"] == [
        "dev"
    ]


def test_a_key_asks_as_a_letter_does_and_leaves_none() -> None:
    day = Workday(share=0.1).begin()
    day.work(2 * MINUTE)
    day.tracker.ask("discard")
    day.tracker.wake()
    day.work(seconds(2))

    assert [type(amendment.change) for amendment in day.cache.amendments()] == [Delete]
    assert day.box.letters == []


def test_redact_in_the_notification_is_heard() -> None:
    day = Workday(share=0.1).begin()
    day.work(2 * MINUTE)
    day.notify.press(day.desk.last_part or "", "redact")
    day.work(seconds(2))
    day.notify.open.update({"other": day.notify.shown[0]})
    day.notify.press("other", "keep")
    day.work(seconds(2))

    assert [type(amendment.change) for amendment in day.cache.amendments()] == [Redact]


def test_resume_without_a_pause_says_nothing() -> None:
    day = Workday().begin()
    day.post("resume")
    day.work(seconds(2))

    assert "resumed" not in day.watcher.kinds


def test_a_pause_of_no_time_leaves_no_gap() -> None:
    day = Workday().begin()
    day.work(seconds(5))
    day.post("pause")
    day.post("resume")
    day.work(seconds(5))

    assert day.cache.gaps(MORNING, MORNING + DAY) == []
    assert day.watcher.kinds.count("resumed") == 1


def test_r13_a_screen_that_is_locked_while_idle_needs_a_resume() -> None:
    day = Workday().begin()
    day.work(11 * MINUTE)
    day.presence.state = Presence.LOCKED
    day.work(MINUTE)
    day.presence.state = Presence.PRESENT
    day.work(MINUTE, every=seconds(5))

    assert day.watcher.last is not None
    assert (day.watcher.last.pause, day.watcher.last.pause_since) == ("lock", MORNING + 10 * MINUTE)


def test_a_lock_after_the_idle_slot_was_sealed_finds_no_part() -> None:
    day = Workday().begin()
    day.work(21 * MINUTE)
    assert day.cache.open_parts() == []
    day.presence.state = Presence.LOCKED
    day.work(MINUTE)

    assert day.watcher.last is not None
    assert day.watcher.last.pause == "lock"


def test_f28_a_clock_step_while_paused_opens_nothing() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(seconds(5))
    day.clock.set_wall(day.clock.now() + timedelta(hours=1))
    day.work(seconds(5))

    assert day.cache.open_parts() == []
    assert len(day.sealed) == 1


def test_f07_frozen_while_paused_is_one_gap() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(seconds(5))
    day.clock.advance(timedelta(minutes=30))
    day.work(seconds(5))
    day.post("resume")
    day.work(seconds(5))

    assert [gap.reason for gap in day.cache.gaps(MORNING, MORNING + DAY)] == ["pause"]


def test_a_second_pause_is_the_same_gap_with_the_reason_that_outranks() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(seconds(10))
    day.clock.suspend(timedelta(hours=1))
    day.work(seconds(10))
    day.post("resume")
    day.work(seconds(5))

    (gap,) = day.cache.gaps(MORNING, MORNING + DAY)
    assert gap.reason == "suspend"
    assert gap.end - gap.start > timedelta(hours=1)


def test_stop_while_paused_keeps_the_gap_and_takes_no_picture() -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(MINUTE)
    day.stop()

    (gap,) = day.cache.gaps(MORNING, MORNING + DAY)
    assert gap.reason == "pause"
    assert day.sealed[0].captures == ()


def test_stop_at_an_earlier_time_while_nothing_is_open_ends_there() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(12 * MINUTE)
    day.post("stop", (MORNING + 5 * MINUTE).isoformat())
    day.work(seconds(2))

    assert day.session.ended == MORNING + 5 * MINUTE


def test_what_was_asked_after_the_stop_is_not_done() -> None:
    day = Workday(habits=Habits(until=MORNING + seconds(30))).begin()
    day.work(seconds(29))
    day.clock.advance(seconds(5))
    day.post("memo", "too late")
    day.tracker.tick()

    assert day.session.ended == MORNING + seconds(30)
    assert day.session.memo == "fix"
    assert day.watcher.kinds.count("stopped") == 1


def test_switch_while_paused_goes_on_with_the_other_contract() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(MINUTE)
    day.post("switch", f"{GLOBEX.contract_id}\ncall\n")
    day.work(MINUTE)

    assert day.session.contract == GLOBEX.contract_id
    assert day.watcher.last is not None
    assert (day.watcher.last.pause, day.watcher.last.memo) == ("", "call")


def test_a_cache_that_cannot_be_read_is_asked_again_and_ends_nothing() -> None:
    day = Workday()
    day.cache = cache = Unreadable(ACME, GLOBEX)
    cache.is_busy = True
    day.begin()
    day.work(seconds(5))
    assert day.watcher.last is None

    cache.is_busy = False
    day.work(2 * MINUTE)
    assert day.watcher.last is not None
    assert day.watcher.last.figures.today.tracked_seconds > 60


def test_what_others_write_is_in_the_figures_within_seconds() -> None:
    day = Workday().begin()
    day.work(seconds(70))
    assert day.watcher.last is not None
    before = day.watcher.last.figures.today.tracked_seconds
    day.cache.seal(
        part(device=DeviceId("d2"), slot=Slot(Slot.containing(day.start).index - 1), contract=ACME)
    )
    day.post("memo", "other")  # by the process that wrote it

    day.work(seconds(7))

    assert day.watcher.last.figures.today.tracked_seconds >= before + 600


def test_f13_a_disk_that_stays_full_at_the_end_is_said() -> None:
    day = Workday().begin()
    day.work(seconds(10))
    day.cache.failure = CacheUnwritableError("The disk is full.")
    day.post("stop")
    day.work(seconds(2))

    assert day.tracker.is_over
    assert [event.message for event in day.watcher.events if event.kind == "warning"] == [
        "The disk is full. Counting goes on."
    ]
    assert day.keeper.waiting > 0


def test_without_notifications_limits_and_answers_are_only_told() -> None:
    day = Workday().with_terms(weekly_limit=timedelta(minutes=10)).begin()
    day.tracker._around = replace(day.tracker._around, notify=None)
    day.work(timedelta(minutes=12), every=seconds(20))

    assert "limit" in day.watcher.kinds
    assert all(notice.tag != "limit" for notice in day.notify.shown)


# --- The recorder -----------------------------------------------------------------------


def test_a_part_of_another_slot_is_sealed_before_time_goes_on() -> None:
    """Time may stand still over a slot's end, as the first tick after a freeze shows."""
    day = Workday(start=utc("2026-11-19 10:09:50")).begin()
    recorder = day.tracker._recorder
    recorder.track(MORNING + 12 * MINUTE, MORNING + 13 * MINUTE)
    day.keeper.flush()

    assert recorder.part is not None
    assert recorder.part.slot == Slot.containing(MORNING + 12 * MINUTE)
    recorder.count(MORNING, None)  # input of a slot that is over
    assert recorder.part.activity.active[2] is False


@pytest.mark.parametrize("asks", ["memo", "stop"])
def test_words_and_ends_need_no_open_part(asks: str) -> None:
    day = Workday().begin()
    recorder = day.tracker._recorder
    recorder.close(MORNING)
    day.keeper.flush()
    assert day.cache.open_parts() == []

    if asks == "memo":
        recorder.describe(MORNING, memo="call")
    else:
        recorder.step(MORNING + MINUTE)
    day.keeper.flush()

    assert day.session.memo == ("call" if asks == "memo" else "fix")
    assert day.sealed == []


# --- A contract that changes meanwhile ----------------------------------------------------


def test_r30_a_narrower_policy_holds_at_once_and_the_open_part_keeps_its_version() -> None:
    day = Workday(screen=FakeScreen(), share=0.9).begin()
    day.work(MINUTE)
    forbidden = Policy(2, screenshots=Screenshots.FORBIDDEN)
    day.cache.save_contract(replace(ACME, terms=(Terms(policy=forbidden),)), at=day.clock.now())
    day.box.number += 1
    day.work(14 * MINUTE, every=seconds(20))
    day.stop()

    first, second = day.sealed
    assert [capture.state for part in day.sealed for capture in part.captures] == [
        CaptureState.OFF,
        CaptureState.OFF,
    ]
    assert (first.policy, second.policy) == (1, 2)


def test_a_contract_that_cannot_be_read_just_now_stays_as_it_was() -> None:
    day = Workday()
    day.cache = Unreadable(ACME, GLOBEX)
    day.begin()
    day.work(MINUTE)
    day.cache.save_contract(replace(ACME, name="renamed"), at=day.clock.now())

    day.cache.is_busy = True
    day.box.number += 1
    day.work(MINUTE)
    before = day.tracker._recorder.contract.name
    day.cache.is_busy = False
    day.box.number += 1
    day.work(MINUTE)

    assert before == ACME.name
    assert day.tracker._recorder.contract.name == "renamed"
