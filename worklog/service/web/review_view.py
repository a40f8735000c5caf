"""Weeks and disputes as the pages of the review show them: plain values for templates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby

from worklog.domain.boxes import boxes_of
from worklog.domain.dispute import Dispute, Side, State, moves
from worklog.domain.grid import Slot
from worklog.domain.grouping import Totals
from worklog.domain.segment import BilledSegment
from worklog.domain.timesheet import totals
from worklog.domain.wording import clock, describe
from worklog.service.reviewing import latest_of
from worklog.service.store.agreements import Agreement
from worklog.service.web import diary_view
from worklog.service.weeks import name_of


@dataclass(frozen=True, slots=True)
class Chip:
    """One segment that can be chosen.

    Attributes:
        value: What its check box sends.
        clock: When it begins.
        name: What a screen reader says.
        boxes: The ten minutes, as letters of `BoxKind`.
        marks: Letters with their words.
        is_deleted: Whether nothing of it is left to see.
        seconds: Billed [s].
        minor: Billed money in the currency's minor unit.
        state: What a dispute about it says; empty without one.
        is_open: Whether it can be chosen.
    """

    value: str
    clock: str
    name: str
    boxes: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    is_deleted: bool
    seconds: int
    minor: int
    state: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Segments one after the other that say the same.

    Attributes:
        words: Memo and label.
        since: When the first begins.
        until: When the last ends.
        why: Why they do not bill; empty where they do.
        total: Hours and money.
        chips: The segments.
    """

    words: str
    since: datetime
    until: datetime
    why: str
    total: Totals
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of whoever looks.

    Attributes:
        day: Which.
        runs: What was done.
        total: Hours and money of all of it.
    """

    day: date
    runs: tuple[Run, ...]
    total: Totals


@dataclass(frozen=True, slots=True)
class Group:
    """Disputed segments that were disputed together and stand alike.

    Attributes:
        agreement: The contract and its parties.
        week: Name of the billing week.
        first: The first of them, for reason, answer, outcome and state.
        chips: The segments; a check box sends the id of the dispute.
        days: Days of the segments, for links into the diary.
        total: Hours and money of them.
        moves: Where the one who looks can take them.
    """

    agreement: Agreement
    week: str
    first: Dispute
    chips: tuple[Chip, ...]
    days: tuple[date, ...]
    total: Totals
    moves: frozenset[State]

    @property
    def number(self) -> int:
        return len(self.chips)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(chip.value for chip in self.chips)


def days_of(
    rows: Iterable[BilledSegment], zone: tzinfo, found: Iterable[Dispute] = ()
) -> tuple[Day, ...]:
    """Return *rows* by day and by what they say, with the disputes *found* about them."""
    latest = latest_of(found)
    return tuple(
        Day(day, tuple(_runs(list(group), zone, latest)), total)
        for day, listed in groupby(rows, key=lambda row: _day(row, zone))
        for group in [list(listed)]
        for total in [totals(group)]
    )


def groups_of(
    found: Collection[Dispute],
    agreement: Agreement,
    rows: Mapping[Slot, BilledSegment],
    side: Side,
    zone: tzinfo,
) -> list[Group]:
    """Return the disputes *found* as they were opened: those that go on first, newest first."""
    groups: dict[tuple[object, ...], list[Dispute]] = {}
    for one in sorted(found, key=lambda one: one.slot.index):
        week = agreement.contract.week_at(one.slot.start)
        key = (week, one.opened, one.reason, one.state, one.answer, one.outcome, one.closed)
        groups.setdefault(key, []).append(one)
    made = [_group(group, agreement, rows, side, zone) for group in groups.values()]
    made.sort(key=lambda group: group.first.opened, reverse=True)
    return sorted(made, key=lambda group: group.first.is_closed)


def _group(
    found: Sequence[Dispute],
    agreement: Agreement,
    rows: Mapping[Slot, BilledSegment],
    side: Side,
    zone: tzinfo,
) -> Group:
    first = found[0]
    present = [rows[one.slot] for one in found if one.slot in rows]
    chips = tuple(
        _chip(rows[one.slot], zone, value=one.dispute_id, state="", is_open=not one.is_closed)
        for one in found
        if one.slot in rows
    )
    return Group(
        agreement=agreement,
        week=name_of(agreement.contract.week_at(first.slot.start)),
        first=first,
        chips=chips,
        days=tuple(dict.fromkeys(_day(row, zone) for row in present)),
        total=totals(present),
        moves=moves(first, side),
    )


def _runs(
    rows: Sequence[BilledSegment], zone: tzinfo, latest: Mapping[Slot, Dispute]
) -> Iterable[Run]:
    run: list[BilledSegment] = []
    for row in rows:
        if run and not _continues(run[-1], row):
            yield _run(run, zone, latest)
            run = []
        run.append(row)
    if run:
        yield _run(run, zone, latest)


def _continues(before: BilledSegment, row: BilledSegment) -> bool:
    one, other = before.segment, row.segment
    is_next = other.key.slot.index == one.key.slot.index + 1
    return (
        is_next
        and (one.memo, one.label) == (other.memo, other.label)
        and before.bill.reason is row.bill.reason
    )


def _run(run: Sequence[BilledSegment], zone: tzinfo, latest: Mapping[Slot, Dispute]) -> Run:
    segment = run[0].segment
    return Run(
        words=describe(segment.memo, segment.label),
        since=segment.key.slot.start,
        until=run[-1].segment.key.slot.end,
        why="" if run[0].bill.seconds else diary_view.reason_of(run[0], is_client=True),
        total=totals(run),
        chips=tuple(
            _chip(
                row,
                zone,
                value=str(row.segment.key.slot.index),
                state=_state(latest.get(row.segment.key.slot)),
                is_open=_is_open(latest.get(row.segment.key.slot)),
            )
            for row in run
        ),
    )


def _state(found: Dispute | None) -> str:
    if found is None or found.state is State.WITHDRAWN:
        return ""
    return found.state.value if found.is_closed else "disputed"


def _is_open(found: Dispute | None) -> bool:
    return found is None or found.state is State.WITHDRAWN


def _chip(row: BilledSegment, zone: tzinfo, *, value: str, state: str, is_open: bool) -> Chip:
    segment = row.segment
    letters = diary_view.marks_of(row, is_client=True)
    start = clock(segment.key.slot.start, zone)
    words = [start, diary_view.state_of(row), *(word for _, word in letters), state]
    return Chip(
        value=value,
        clock=start,
        name=", ".join(dict.fromkeys(filter(None, words))),
        boxes=tuple(kind.value for kind in boxes_of(segment)),
        marks=letters,
        is_deleted=segment.is_deleted,
        seconds=row.bill.seconds,
        minor=diary_view.minor_of(row.bill.amount, row.bill.currency),
        state=state,
        is_open=is_open,
    )


def _day(row: BilledSegment, zone: tzinfo) -> date:
    return row.segment.key.slot.start.astimezone(zone).date()


def last_day(end: datetime, zone: tzinfo) -> date:
    """Return the last day of a week that ends at *end*."""
    return (end - timedelta(seconds=1)).astimezone(zone).date()
