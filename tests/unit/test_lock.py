"""The lock and what comes after it (R22 to R24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import (
    MONDAY,
    SLOTS,
    World,
    all_contracts,
    worlds,
)
from worklog.domain.amendment import (
    FROZEN_BY_LOCK,
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Move,
    Revoke,
    Stamp,
)
from worklog.domain.contract import REOPEN_PERIOD, Contract, Terms, WeekEvent
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.lock import admitted, is_locked, late_parts, locks_at
from worklog.domain.part import Part

A1: Final = ContractId("a1")
A2: Final = ContractId("a2")
BEFORE, AFTER = SLOTS[2], SLOTS[3]  # the last slot of a week, and the first of the next
LOCK: Final = MONDAY + timedelta(hours=12)
WEEK: Final = MONDAY - timedelta(days=7)  # that of `BEFORE`
SERVICE: Final = "https://a.example"
BOTH: Final = {
    A1: Contract(A1, "one", service=SERVICE),
    A2: Contract(A2, "two", service=SERVICE, terms=(Terms(week_start=3),)),
}
OLD, NEW = Key(BEFORE, A1), Key(AFTER, A1)
HOUR: Final = timedelta(hours=1)


def amendment(change: Change, at: datetime = LOCK, name: str = "m") -> Amendment:
    return Amendment(AmendmentId(name), Stamp(epoch_ms(at)), "freelancer", DeviceId("d1"), change)


def left(change: Change, at: datetime = LOCK) -> list[Change]:
    return [kept.change for kept in admitted([amendment(change, at)], BOTH)]


def test_r23_a_week_locks_twelve_hours_after_its_end() -> None:
    assert locks_at(BOTH[A1], BEFORE) == LOCK
    assert locks_at(BOTH[A1], AFTER) == LOCK + timedelta(days=7)


def test_r23_a_local_week_never_locks_unless_told_to() -> None:
    local = Contract(A1, "mine")

    assert locks_at(local, BEFORE) is None
    assert not is_locked(local, BEFORE, LOCK + timedelta(days=999))
    assert locks_at(replace(local, terms=(Terms(locks=True),)), BEFORE) == LOCK


def test_r23_the_lock_begins_at_its_moment() -> None:
    assert not is_locked(BOTH[A1], BEFORE, LOCK - timedelta(microseconds=1))
    assert is_locked(BOTH[A1], BEFORE, LOCK)


def with_events(*events: tuple[timedelta, bool], week: datetime = WEEK) -> Contract:
    """Return contract one whose week was submitted or reopened, by time from its usual lock."""
    return replace(
        BOTH[A1],
        events=tuple(WeekEvent(week, LOCK + after, is_open) for after, is_open in events),
    )


def test_r23_a_submitted_week_locks_at_once() -> None:
    submitted = with_events((-5 * HOUR, False))

    assert locks_at(submitted, BEFORE) == LOCK - 5 * HOUR
    assert is_locked(submitted, BEFORE, LOCK - 5 * HOUR)
    assert not is_locked(submitted, BEFORE, LOCK - 6 * HOUR)
    assert locks_at(submitted, AFTER) == LOCK + timedelta(days=7)


def test_r23_a_reopened_week_is_open_for_three_days_or_until_it_is_submitted() -> None:
    reopened = with_events((20 * HOUR, True))
    finished = with_events((20 * HOUR, True), (22 * HOUR, False))

    assert is_locked(reopened, BEFORE, LOCK + 19 * HOUR)
    assert not is_locked(reopened, BEFORE, LOCK + 20 * HOUR)
    assert locks_at(reopened, BEFORE) == LOCK + 20 * HOUR + REOPEN_PERIOD
    assert locks_at(finished, BEFORE) == LOCK + 22 * HOUR
    assert is_locked(finished, BEFORE, LOCK + 23 * HOUR)


def test_a_week_that_is_open_is_not_reopened_and_one_that_is_locked_not_submitted() -> None:
    assert locks_at(with_events((-2 * HOUR, True)), BEFORE) == LOCK
    assert locks_at(with_events((2 * HOUR, False)), BEFORE) == LOCK


def test_what_came_while_a_week_was_locked_stays_late_after_it_was_reopened() -> None:
    reopened = {A1: with_events((20 * HOUR, True))}
    part = Part(PartId("p"), DeviceId("d1"), A1, BEFORE, BEFORE.start, BEFORE.end, ())

    assert late_parts([part], [], reopened, {"p": LOCK + HOUR}) == {"p"}
    assert late_parts([part], [], reopened, {"p": LOCK + 21 * HOUR}) == frozenset()


def test_an_edit_of_a_reopened_week_counts_and_one_from_before_it_does_not() -> None:
    reopened = {A1: with_events((20 * HOUR, True))}
    edit = Describe((OLD,), memo="x")

    too_early = amendment(edit, LOCK + 19 * HOUR)
    in_time = amendment(edit, LOCK + 20 * HOUR)

    assert admitted([too_early, in_time], reopened) == [in_time]


@given(st.lists(st.tuples(st.integers(-30, 200), st.booleans()), max_size=5), st.integers(-30, 300))
def test_a_week_is_locked_as_somebody_who_lives_through_it_would_say(
    events: list[tuple[int, bool]], asked: int
) -> None:
    """Hour by hour: the usual lock comes, people submit and reopen, reopened weeks run out."""
    ordered = sorted(events, key=lambda event: event[0])
    is_closed, runs_out = False, 0
    for hour in range(-30, asked + 1):
        is_closed = is_closed or hour >= runs_out
        for _, is_open in (event for event in ordered if event[0] == hour):
            if is_open and is_closed:
                is_closed, runs_out = False, hour + 72
            elif not is_open:
                is_closed = True

    contract = with_events(*((HOUR * hour, is_open) for hour, is_open in ordered))

    assert is_locked(contract, BEFORE, LOCK + HOUR * asked) == is_closed


def test_an_edit_keeps_the_targets_that_are_not_locked() -> None:
    assert left(Describe((OLD, NEW), "x")) == [Describe((NEW,), "x")]
    assert left(Describe((OLD,), "x")) == []
    assert left(Describe((OLD,), "x"), LOCK - HOUR) == [Describe((OLD,), "x")]


def test_manual_time_keeps_the_slots_that_are_not_locked() -> None:
    spans = ManualSpan(BEFORE), ManualSpan(AFTER)

    assert left(Manual(A1, spans, "x")) == [Manual(A1, spans[1:], "x")]
    assert left(Manual(A1, spans[:1], "x")) == []


def test_a_choice_keeps_the_slots_that_are_not_locked() -> None:
    assert left(Choose(A1, (BEFORE, AFTER))) == [Choose(A1, (AFTER,))]
    assert left(Choose(A1, (BEFORE,))) == []


@pytest.mark.parametrize(
    "move",
    [
        Move(A2, (PartId("p"),), sources=(OLD,)),
        Move(A1, (PartId("p"),), sources=(Key(BEFORE, A2),)),
        Move(A1, (), ((AmendmentId("x"), BEFORE),)),
    ],
    ids=["source", "target", "target of manual time"],
)
def test_r26_a_move_out_of_or_into_a_locked_week_is_dropped(move: Move) -> None:
    assert left(move) == []
    assert left(move, LOCK - HOUR) == [move]


@pytest.mark.parametrize(
    "change", [Delete(keys=(OLD,)), Accept((OLD,)), Idle(MONDAY - HOUR, MONDAY)]
)
def test_r23_erasure_and_acceptance_pass_the_lock(change: Change) -> None:
    assert left(change) == [change]


def test_what_touches_an_unknown_contract_passes() -> None:
    change = Describe((Key(BEFORE, ContractId("elsewhere")),), "x")

    assert left(change) == [change]


def test_a_revocation_keeps_what_touches_no_locked_week() -> None:
    old = amendment(Describe((OLD,), "x"), LOCK - HOUR, "old")
    new = amendment(Describe((NEW,), "x"), LOCK - HOUR, "new")
    unseen = AmendmentId("unseen")
    undo = amendment(Revoke((old.amendment_id, new.amendment_id, unseen)), name="undo")

    assert admitted([undo, old, new], BOTH) == [
        replace(undo, change=Revoke((new.amendment_id, unseen))),
        old,
        new,
    ]
    assert admitted([old, replace(undo, change=Revoke((old.amendment_id,)))], BOTH) == [old]


def test_an_accepted_change_has_nothing_that_a_lock_could_hold() -> None:
    accepted = amendment(Accept((OLD,)), LOCK - HOUR, "ok")
    undo = amendment(Revoke((accepted.amendment_id,)), name="undo")

    assert admitted([accepted, undo], BOTH) == [accepted, undo]


@given(worlds(), all_contracts)
def test_the_lock_admits_all_that_was_written_in_time(
    world: World, contracts: dict[ContractId, Contract]
) -> None:
    # The stamps of a world lie in 1970, long before any of its weeks.
    assert admitted(world.amendments, contracts) == list(world.amendments)


@given(worlds(), all_contracts)
def test_the_lock_takes_away_and_never_adds(
    world: World, contracts: dict[ContractId, Contract]
) -> None:
    ages_later = Stamp(epoch_ms(MONDAY + timedelta(days=365)))
    late = [replace(amendment, stamp=ages_later) for amendment in world.amendments]

    kept = {a.amendment_id: a.change for a in admitted(late, contracts)}

    for one in late:
        if not isinstance(one.change, FROZEN_BY_LOCK):
            assert kept[one.amendment_id] == one.change
    strict = {k: replace(c, service=SERVICE) for k, c in contracts.items()}
    frozen = [a.change for a in admitted(late, strict) if isinstance(a.change, FROZEN_BY_LOCK)]
    assert all(isinstance(change, Idle | Revoke) or _is_aimless(change) for change in frozen)


def _is_aimless(change: Change) -> bool:
    fields = ("targets", "spans", "slots", "sources", "manual")
    return not any(getattr(change, name, ()) for name in fields)


def part(name: str) -> Part:
    return Part(PartId(name), DeviceId("d1"), A1, BEFORE, BEFORE.start, BEFORE.end, ())


def test_r24_f61_late_is_what_was_received_after_the_lock() -> None:
    parts = [part("in-time"), part("late"), part("not-yet")]
    added = amendment(Manual(A1, (ManualSpan(BEFORE), ManualSpan(AFTER)), "x"), LOCK - HOUR)
    received = {"in-time": LOCK - HOUR, "late": LOCK, "m": LOCK}

    late = late_parts(parts, [added, amendment(Accept(()))], BOTH, received)

    assert late == {"late", f"m@{BEFORE.index}"}
