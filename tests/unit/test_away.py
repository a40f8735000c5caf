"""Somebody is away: asleep, locked, idle, lid closed. Time, gaps and pictures of it (R3, R13)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.fake_cache import InMemoryMailbox, Postbox
from tests.support.fake_capture import FakeCamera, FakeInput, FakeSecretFinder
from tests.support.fakes import FakeClock, Someday, Watcher, seconds, utc
from tests.support.workday import ACME, GLOBEX, MORNING, Workday
from worklog.app.capture_desk import DROPPED
from worklog.app.events import Event, EventKind
from worklog.app.idle import IdleAction
from worklog.app.inbox import Inbox
from worklog.app.keeper import Keeper
from worklog.app.ports import Frame, Gap, Letter, Presence, SecretBox
from worklog.app.snapshot import Snapshot
from worklog.app.surroundings import WAITING, WELCOMES, Habits
from worklog.domain.part import CaptureState
from worklog.domain.session import Ending
from worklog.errors import CacheBusyError, CaptureUnavailableError

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
YEAR = timedelta(days=400)


def gaps(day: Workday) -> list[Gap]:
    return day.cache.gaps(day.start - YEAR, day.start + YEAR)


def tracked(day: Workday) -> int:
    return sum(part.tracked_seconds for part in day.sealed)


def grabs(day: Workday) -> int:
    assert day.screen is not None
    return day.screen.grabs


def pause(day: Workday) -> str:
    assert day.watcher.last is not None
    return day.watcher.last.pause


# --- Asleep -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "asleep"),
    [
        ("2026-11-19 10:03", timedelta(minutes=2)),
        ("2026-11-19 10:07", timedelta(minutes=5)),
        ("2026-11-19 22:50", timedelta(hours=3)),
        ("2026-10-24 23:50", timedelta(hours=4)),
        ("2026-03-28 23:50", timedelta(hours=4)),
        ("2026-11-22 22:50", timedelta(hours=16)),
        ("2026-12-31 22:50", timedelta(hours=12)),
    ],
    ids=["slot", "slot-end", "midnight", "dst-ends", "dst-begins", "week-lock", "new-year"],
)
def test_f31_a_sleep_is_one_gap_from_the_last_second_to_the_resume(
    start: str, asleep: timedelta
) -> None:
    """Whatever ends meanwhile: time before it stays, none of it is worked, none is lost."""
    day = Workday(start=utc(start), share=0.99).begin()
    day.work(2 * MINUTE, every=seconds(10))
    day.clock.suspend(asleep)
    day.work(MINUTE, every=seconds(10))
    taken = grabs(day)
    day.post("resume")
    day.work(2 * MINUTE, every=seconds(10))
    day.post("stop", " no-capture")
    day.work(seconds(1))

    slept = day.start + 2 * MINUTE
    (gap,) = gaps(day)
    assert (gap.reason, gap.start, gap.contract) == ("suspend", slept, ACME.contract_id)
    assert gap.end - gap.start == pytest.approx(asleep + MINUTE, abs=seconds(2))
    assert tracked(day) == pytest.approx(240, abs=3)
    assert taken == 0


@pytest.mark.parametrize("habit", list(IdleAction))
def test_r13_a_sleep_pauses_whatever_is_done_about_idle_time(habit: IdleAction) -> None:
    day = Workday(habits=Habits(idle_action=habit)).begin()
    day.work(MINUTE, every=seconds(10))
    day.clock.suspend(HOUR)
    day.work(MINUTE, every=seconds(10))

    assert pause(day) == "suspend"


def test_r13_a_sleep_pauses_where_nobody_hears_input() -> None:
    day = Workday(input=None).begin()
    day.work(MINUTE)
    day.clock.suspend(HOUR)
    day.work(MINUTE)

    assert pause(day) == "suspend"
    assert day.cache.open_parts() == []


def test_r13_the_key_that_wakes_the_machine_ends_no_idle_pause() -> None:
    """Idle, then asleep: the gap is one, and input does not go on with it any more."""
    day = Workday().begin()
    day.work(11 * MINUTE)
    assert day.input is not None
    day.clock.suspend(5 * MINUTE)
    day.input.press()
    day.work(MINUTE, every=seconds(5))
    day.post("resume")
    day.work(MINUTE)

    (gap,) = gaps(day)
    assert (gap.reason, gap.start) == ("suspend", MORNING + 10 * MINUTE)
    assert gap.end - gap.start == pytest.approx(7 * MINUTE, abs=seconds(2))
    assert day.watcher.kinds.count("resumed") == 1


def test_r3_a_picture_over_which_the_machine_slept_is_dropped() -> None:
    """The worker may have grabbed the screen after the lid was opened."""
    work = Someday()
    day = Workday(share=0.2, executor=work, camera=FakeCamera()).begin()
    day.work(2 * MINUTE + seconds(1))
    day.clock.suspend(3 * MINUTE)
    work.work()
    day.work(MINUTE)
    day.stop()

    assert day.camera is not None
    assert (day.cache.files, day.camera.snaps) == ({}, 0)
    assert [part.captures for part in day.sealed] == [()]
    assert "captured" not in day.watcher.kinds


def test_r3_what_a_sleep_has_dropped_is_drawn_anew_after_the_resume() -> None:
    work = Someday()
    day = Workday(share=0.2, executor=work).begin()
    day.work(2 * MINUTE + seconds(1))
    day.clock.suspend(MINUTE)
    day.work(MINUTE)
    day.post("resume")
    day.work(seconds(30))
    before = grabs(day)
    day.work(3 * MINUTE)
    work.work()
    day.stop()

    assert before == 0
    assert [part.has_picture for part in day.sealed] == [True]


def test_f07_a_picture_over_which_the_process_stood_still_is_drawn_anew() -> None:
    work = Someday()
    day = Workday(share=0.2, executor=work).begin()
    day.work(2 * MINUTE + seconds(1))
    day.clock.advance(MINUTE)
    day.work(seconds(2))
    work.work()
    day.work(2 * MINUTE)
    work.work()
    day.work(seconds(2))
    day.stop()

    (capture,) = day.sealed[0].captures
    assert capture.state is CaptureState.TAKEN
    assert capture.taken_at >= MORNING + 3 * MINUTE


@pytest.mark.parametrize("is_frozen", [False, True], ids=["asleep", "frozen"])
def test_a_time_that_is_up_while_nobody_was_there_was_up_then(*, is_frozen: bool) -> None:
    day = Workday(share=0.9, habits=Habits(until=MORNING + HOUR)).begin()
    day.work(2 * MINUTE, every=seconds(10))
    away = day.clock.advance if is_frozen else day.clock.suspend
    away(timedelta(hours=8))
    day.post("memo", "too late")
    day.work(MINUTE)

    (gap,) = gaps(day)
    assert (day.session.ending, day.session.ended) == (Ending.TIME_UP, MORNING + HOUR)
    assert (gap.start, gap.end) == (MORNING + 2 * MINUTE, MORNING + HOUR)
    assert (tracked(day), grabs(day), day.session.memo) == (120, 0, "fix")
    assert day.watcher.kinds.count("stopped") == 1


def test_r13_a_resume_from_before_the_sleep_is_none_after_it() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(MINUTE)
    day.post("resume")
    day.clock.suspend(HOUR)
    day.work(MINUTE, every=seconds(5))

    assert pause(day) == "suspend"
    assert tracked(day) == pytest.approx(60, abs=1)


def test_a_stop_from_before_the_sleep_ends_then_and_takes_no_picture() -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.post("stop")
    day.clock.suspend(8 * HOUR)
    day.work(MINUTE)

    assert day.session.ended == MORNING + MINUTE
    assert (gaps(day), grabs(day)) == ([], 0)


def test_a_switch_from_before_the_sleep_does_not_track_after_it() -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.post("switch", f"{GLOBEX.contract_id}\ncall\n")
    day.clock.suspend(8 * HOUR)
    day.work(MINUTE)
    day.post("resume")
    day.work(seconds(2))

    (gap,) = gaps(day)
    assert gap.contract == GLOBEX.contract_id
    assert (tracked(day), grabs(day)) == (60, 0)


def test_a_gap_is_of_the_contract_that_was_tracked_before_it() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(MINUTE)
    day.post("switch", f"{GLOBEX.contract_id}\ncall\n")
    day.work(MINUTE)

    assert [gap.contract for gap in gaps(day)] == [ACME.contract_id]


def test_f33_a_clock_that_is_set_back_while_asleep_leaves_no_worked_time() -> None:
    day = Workday().begin()
    day.work(2 * MINUTE, every=seconds(10))
    day.clock.suspend(HOUR)
    day.clock.set_wall(day.clock.now() - timedelta(minutes=30))
    day.work(MINUTE)
    day.post("resume")
    day.work(MINUTE)
    day.stop()

    assert tracked(day) == pytest.approx(180, abs=3)
    assert [gap.reason for gap in gaps(day)] == ["suspend"]


# --- Locked -------------------------------------------------------------------------------


def test_f45_a_lock_that_sleeps_and_wakes_into_the_lock_screen_takes_nothing() -> None:
    """Nor does the password that unlocks it: only a `resume` goes on."""
    day = Workday(share=0.9, camera=FakeCamera()).begin()
    day.work(MINUTE, every=seconds(10))
    day.presence.state = Presence.LOCKED
    day.work(seconds(4))
    day.clock.suspend(8 * HOUR)
    day.work(2 * MINUTE, every=seconds(5))
    day.presence.state = Presence.PRESENT
    day.work(20 * MINUTE, every=seconds(5))
    day.post("stop")
    day.work(seconds(1))

    (gap,) = gaps(day)
    assert gap.reason == "suspend"
    assert MORNING + seconds(58) <= gap.start <= MORNING + MINUTE
    assert day.camera is not None
    assert (grabs(day), day.camera.snaps) == (0, 0)
    assert [(part.application, part.title) for part in day.sealed] == [(None, None)]
    assert [sum(filter(None, part.activity.keys)) for part in day.sealed] == [6]


def test_f45_a_resume_before_the_unlock_is_a_lock_again_and_no_picture() -> None:
    """As from a phone over SSH. The two gaps lie beside each other, not over each other."""
    day = Workday(share=0.0).begin()
    day.work(MINUTE, every=seconds(10))
    day.presence.state = Presence.LOCKED
    day.work(12 * MINUTE)
    before = grabs(day)
    day.post("resume")
    day.work(5 * MINUTE)
    after = grabs(day)
    day.presence.state = Presence.PRESENT
    day.post("resume")
    day.work(MINUTE)
    day.stop()

    first, second = gaps(day)
    assert (first.reason, second.reason) == ("lock", "lock")
    assert first.end == second.start
    assert tracked(day) == pytest.approx(120, abs=5)
    assert after == before


def test_f45_a_lock_in_the_last_second_of_a_slot_is_cut_before_that_is_sealed() -> None:
    day = Workday().begin()
    day.work(10 * MINUTE - seconds(0.6), every=seconds(10))
    day.presence.state = Presence.LOCKED
    day.work(MINUTE)

    (part,) = day.sealed
    assert 597 <= part.tracked_seconds <= 599


def test_f28_a_lock_after_the_clock_was_set_begins_no_sooner_than_that() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.clock.set_wall(day.clock.now() - 3 * HOUR)
    day.presence.state = Presence.LOCKED
    day.work(MINUTE)
    day.presence.state = Presence.PRESENT
    day.post("resume")
    day.work(MINUTE)
    day.stop()

    (gap,) = gaps(day)
    assert gap.end - gap.start == pytest.approx(MINUTE, abs=seconds(3))
    assert tracked(day) == pytest.approx(120, abs=3)


def test_r13_a_closed_lid_alone_is_no_lock_and_idle_as_ever() -> None:
    """On external power with a screen beside it people work with the lid closed."""
    day = Workday().begin()
    day.work(5 * MINUTE, every=seconds(10))  # the lid is closed: nothing that we are told
    day.work(11 * MINUTE)

    assert pause(day) == "idle"
    assert [part.tracked_seconds for part in day.sealed] == [600]


# --- Idle ---------------------------------------------------------------------------------


def test_r13_films_leave_doubt_and_nobody_is_idle_in_doubt() -> None:
    """Minutes in which the way was blind are unknown, not zero (R8)."""
    film = FakeInput(counts=False)
    day = Workday(input=film).begin()
    day.work(2 * MINUTE, every=seconds(10))
    for _ in range(40 * 60):
        film.doubt()
        day.work(seconds(1))
    day.stop()

    assert "paused" not in day.watcher.kinds
    assert day.sealed[1].activity.active == (None,) * 10
    assert day.sealed[1].activity.keys == (None,) * 10


def test_r8_a_listener_that_was_dead_all_day_makes_nobody_idle() -> None:
    dead = FakeInput(is_dead_for_good=True)
    day = Workday(input=dead).begin()
    day.work(HOUR)

    assert pause(day) == ""
    assert day.sealed[2].activity.active == (None,) * 10


def test_r8_the_minute_of_a_sleep_counts_what_came_before_it_only() -> None:
    day = Workday().begin()
    assert day.input is not None
    day.work(seconds(30), every=seconds(10))
    day.clock.suspend(MINUTE)
    day.input.press(40)  # the password, on the lock screen
    day.work(seconds(30))
    day.post("resume")
    day.work(MINUTE)
    day.stop()

    assert sum(filter(None, day.sealed[0].activity.keys)) == 3
    assert day.sealed[0].activity.active[1] is None


# --- Coming back ----------------------------------------------------------------------------


def reminders(day: Workday) -> list[str]:
    return [event.message for event in day.watcher.events if event.kind == "reminder"]


def test_r13_who_comes_back_is_told_once_that_nothing_is_tracked() -> None:
    """Not before the screen is unlocked: until then it may be anybody."""
    day = Workday().begin()
    day.work(MINUTE, every=seconds(10))
    day.presence.state = Presence.LOCKED
    day.work(seconds(4))
    day.clock.suspend(HOUR)
    day.work(MINUTE, every=seconds(5))
    locked = reminders(day)
    day.presence.state = Presence.PRESENT
    day.work(5 * MINUTE, every=seconds(5))

    assert locked == []
    assert reminders(day) == [WELCOMES["suspend"]]
    assert [notice.body for notice in day.notify.shown] == [WELCOMES["suspend"]]


def test_r13_who_comes_back_too_late_is_told_so() -> None:
    day = Workday().begin()
    day.work(45 * MINUTE)
    day.work(MINUTE, every=seconds(5))

    assert reminders(day) == [WELCOMES["idle"]]


def test_who_paused_knows_it() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(5 * MINUTE, every=seconds(5))

    assert reminders(day) == []


# --- The last picture -----------------------------------------------------------------------


class SlowReader(FakeSecretFinder):
    """Reads until it is stopped, or let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.is_stopped = False

    def find(self, frame: Frame) -> tuple[SecretBox, ...]:
        self.let_go.wait()
        if self.is_stopped:
            msg = "stopped"
            raise CaptureUnavailableError(msg)
        return super().find(frame)

    def stop(self) -> None:
        self.is_stopped = True
        self.let_go.set()


def messages(day: Workday, kind: str) -> list[str]:
    return [event.message for event in day.watcher.events if event.kind == kind]


class Impatient(Watcher):
    """Does something as soon as it is told what a stop waits for."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def event(self, event: Event) -> None:
        super().event(event)
        if event.kind is EventKind.WAITING:
            self._act()


@pytest.mark.parametrize("how", ["signal", "letter"])
def test_a_second_stop_drops_the_picture_that_is_being_read(how: str) -> None:
    with ThreadPoolExecutor(1) as executor:
        reader = SlowReader()
        day = Workday(share=0.9, executor=executor, secrets=reader)
        again: dict[str, Callable[[], object]] = {
            "signal": lambda: day.tracker.request_stop(Ending.STOP, takes_capture=True),
            "letter": lambda: day.post("stop"),
        }
        day.watcher = Impatient(again[how])
        day.begin()
        day.work(MINUTE, every=seconds(10))
        day.post("stop")
        day.work(seconds(1))

    assert reader.is_stopped
    assert [capture.state for capture in day.sealed[0].captures] == [CaptureState.FAILED]
    assert day.sealed[0].tracked_seconds == 60
    assert messages(day, "waiting") == [WAITING["reading"]]
    assert messages(day, "not-captured") == [DROPPED]
    assert day.cache.files == {}


def test_a_picture_that_is_read_in_time_is_kept_after_it_was_waited_for() -> None:
    with ThreadPoolExecutor(1) as executor:
        reader = SlowReader()
        day = Workday(share=0.9, executor=executor, secrets=reader)
        day.watcher = Impatient(reader.let_go.set)
        day.begin()
        day.work(MINUTE, every=seconds(10))
        day.stop()

    assert day.sealed[0].has_picture
    assert messages(day, "waiting") == [WAITING["reading"]]
    assert day.watcher.last is not None
    assert day.watcher.last.waits_for == ""


def test_two_stops_at_once_are_one_and_drop_nothing() -> None:
    """As a program does that passes Ctrl-C on to its group: nobody was told anything yet."""
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.tracker.request_stop(Ending.STOP, takes_capture=True)
    day.tracker.request_stop(Ending.STOP, takes_capture=True)
    day.work(seconds(1))
    day.tracker.request_stop(Ending.STOP, takes_capture=True)

    assert day.sealed[0].has_picture


class Late(Watcher):
    """Lets 50 seconds pass and the picture come where the tracker says that it waits for one."""

    def __init__(self, day: Workday, work: Someday) -> None:
        super().__init__()
        self.day, self.work, self.waits = day, work, 0

    def tick(self, snapshot: Snapshot) -> None:
        super().tick(snapshot)
        if snapshot.waits_for:
            self.waits += 1
            self.day.clock.advance(seconds(50))
            self.work.work()


def test_f07_a_slot_that_ended_late_for_its_picture_was_not_frozen() -> None:
    """The loop itself stood still for it, and somebody worked all the while."""
    work = Someday()
    day = Workday(share=0.99, executor=work, secrets=FakeSecretFinder())
    day.watcher = late = Late(day, work)
    day.begin()
    day.work(12 * MINUTE, every=seconds(5))
    day.stop()

    assert late.waits == 2
    assert (gaps(day), messages(day, "waiting")) == ([], [WAITING["reading"]])
    assert tracked(day) == pytest.approx(12 * 60, abs=3)
    assert [part.has_picture for part in day.sealed] == [True, True]


class BusyOnce(InMemoryMailbox):
    """Cannot be read the next *failures* times."""

    failures = 0

    def take(self) -> list[Letter]:
        if self.failures:
            self.failures -= 1
            msg = "busy"
            raise CacheBusyError(msg)
        return super().take()


def test_a_second_stop_is_found_once_the_mailbox_can_be_read() -> None:
    box = Postbox()
    mailbox = BusyOnce(box)
    inbox = Inbox(mailbox, Keeper(), FakeClock(MORNING))
    InMemoryMailbox(box).post("stop", "", at=MORNING)
    first = inbox.take()
    InMemoryMailbox(box).post("stop", "", at=MORNING)
    mailbox.failures = 1

    assert [letter.command for letter in first] == ["stop"]
    assert [inbox.has_another("stop") for _ in range(2)] == [False, True]
    assert not inbox.has_another("pause")
