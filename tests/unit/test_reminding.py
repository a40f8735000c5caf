"""The loop reminds before a lock: once for each week and contract, on fakes (R23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tests.support.fakes import utc
from tests.support.workday import ACME, GLOBEX, Workday
from worklog.app.reminding import LockWatch, Wanted, lock_reminders, nothing_unsent
from worklog.app.surroundings import Habits
from worklog.domain.amendment import Amendment, Idle, Key, Stamp
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, PartId
from worklog.domain.part import Part, Span
from worklog.errors import CacheBusyError, CacheUnwritableError

MONDAY: Final = utc("2026-11-23 08:00")
LOCK: Final = utc("2026-11-23 12:00")
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
BILLED: Final = replace(ACME, service="https://diary.example")
OTHER: Final = replace(GLOBEX, service="https://diary.example")
WANTED: Final = Wanted(within=timedelta(hours=12))
HABITS: Final = Habits(idle_after=timedelta(0), remind_after=timedelta(0), locks=WANTED)


def part(contract: Contract = BILLED, at: str = "2026-11-20 10:00", memo: str = "") -> Part:
    slot = Slot.containing(utc(at))
    return Part(
        part_id=PartId(f"{contract.name}-{at}"),
        device=Workday().cache.device,
        contract=contract.contract_id,
        slot=slot,
        opened=slot.start,
        sealed=slot.end,
        spans=(Span(0, 600, memo),),
    )


def monday(*parts: Part, habits: Habits = HABITS, start: datetime = MONDAY) -> Workday:
    """Return a tracker that is about to begin on the Monday after *parts* were tracked."""
    day = Workday(contract=BILLED, habits=habits, start=start)
    day.cache.save_contract(OTHER, at=start)
    for one in parts:
        day.cache.seal(one)
    return day


def again(before: Workday) -> Workday:
    """Return another tracker on the cache of *before*, as after a restart."""
    day = Workday(contract=BILLED, habits=before.habits, start=before.clock.now())
    day.cache = before.cache
    return day.begin()


def bodies(day: Workday) -> list[str]:
    return [notice.body for notice in day.notify.shown if notice.tag == "lock"]


def test_a_running_tracker_reminds_once_before_a_week_locks() -> None:
    day = monday(part()).begin()

    day.work(3 * HOUR)

    (body,) = bodies(day)
    assert body == (
        'Last week of acme locks in 3 h 59 min: 2 findings, `worklog review "last week" -c acme`'
    )
    assert day.watcher.kinds.count("reminder") == 1


def test_it_does_not_remind_again_after_a_restart() -> None:
    first = monday(part()).begin()
    first.work(MINUTE)
    first.stop()

    second = again(first)
    second.work(HOUR)

    assert (len(bodies(first)), bodies(second)) == (1, [])


def test_it_reminds_again_of_another_contract() -> None:
    day = monday(part()).begin()
    day.work(MINUTE)
    day.cache.seal(part(OTHER, "2026-11-20 15:00"))

    day.work(HOUR)

    assert [body.partition(" locks")[0] for body in bodies(day)] == [
        "Last week of acme",
        "Last week of acme and globex",
    ]


def test_it_reminds_again_of_the_next_week() -> None:
    first = monday(part()).begin()
    first.work(MINUTE)
    first.stop()
    first.clock.advance(timedelta(days=7))
    first.cache.seal(part(at="2026-11-27 10:00"))

    second = again(first)
    second.work(MINUTE)

    assert len(bodies(second)) == 1
    told = first.cache.remembered("reminded-of-locks")
    assert told == "2026-11-30T12:00:00Z/c-acme"


def test_it_waits_with_the_reminder_until_there_is_something() -> None:
    day = monday().begin()
    day.work(MINUTE)
    assert bodies(day) == []
    day.cache.seal(part())

    day.work(5 * MINUTE)
    assert bodies(day) == []
    day.work(5 * MINUTE)
    assert len(bodies(day)) == 1


def test_nobody_is_reminded_while_paused() -> None:
    day = monday(part()).begin()
    day.post("pause")
    day.work(HOUR)
    assert bodies(day) == []

    day.post("resume")
    day.work(MINUTE)
    assert len(bodies(day)) == 1


def test_outside_of_the_window_or_switched_off_nothing_is_said() -> None:
    off = replace(HABITS, locks=Wanted(within=timedelta(0)))
    early, late = utc("2026-11-22 20:00"), utc("2026-11-23 12:00")

    for day in (
        monday(part(), habits=off),
        monday(part(), start=early),
        monday(part(), start=late),
    ):
        day.begin()
        day.work(HOUR)
        assert bodies(day) == []


def test_a_cache_that_cannot_be_read_is_asked_again_later() -> None:
    day = monday(part())
    asked = []

    def unsent(start: datetime, end: datetime) -> Iterable[Key]:
        asked.append((start, end))
        if len(asked) == 1:
            msg = "Another process is writing."
            raise CacheBusyError(msg)
        return ()

    watch = LockWatch(day.cache, WANTED, lambda: day.zone, unsent)

    assert watch.look(MONDAY, BILLED) == []
    assert watch.look(MONDAY + MINUTE, BILLED) == []
    assert len(watch.look(MONDAY + 10 * MINUTE, BILLED)) == 1
    week = (utc("2026-11-16 00:00"), utc("2026-11-23 00:00"))
    assert asked == [week, week]


def test_a_full_disk_does_not_make_it_say_the_same_twice() -> None:
    day = monday(part())
    day.cache.failure = CacheUnwritableError("The disk is full.")
    watch = LockWatch(day.cache, WANTED, lambda: day.zone, nothing_unsent)

    assert len(watch.look(MONDAY, BILLED)) == 1
    assert watch.look(MONDAY + HOUR, BILLED) == []


def test_gaps_that_were_answered_are_not_counted() -> None:
    day = monday(part(memo="drawing the shop"), part(at="2026-11-20 10:40", memo="drawing it"))
    gap = utc("2026-11-20 10:10"), utc("2026-11-20 10:40")

    def findings() -> list[int]:
        told = lock_reminders(
            day.cache, WANTED, None, now=MONDAY, zone=day.zone, unsent=nothing_unsent
        )
        return [one.reminder.findings for one in told]

    before = findings()
    day.cache.amend(
        Amendment(
            AmendmentId("m"), Stamp(epoch_ms(MONDAY)), "freelancer", day.cache.device, Idle(*gap)
        )
    )

    assert findings() == [before[0] - 1]


def test_segments_that_are_not_uploaded_are_told_with_what_sends_them() -> None:
    day = monday()
    key = Key(Slot.containing(utc("2026-11-20 10:00")), BILLED.contract_id)

    (told,) = lock_reminders(
        day.cache, WANTED, BILLED, now=LOCK - HOUR, zone=day.zone, unsent=lambda *_: [key]
    )

    assert told.names == ("acme",)
    assert told.sentence == (
        "Last week of acme locks in 1 h: 1 segment not uploaded yet, `worklog sync`"
    )
