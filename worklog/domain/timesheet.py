"""Timesheet: what billed segments come to, by groups, by billing weeks, by days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from worklog.domain import money
from worklog.domain.contract import Calendar, Contract, Week
from worklog.domain.grouping import (
    Dimension,
    Item,
    Line,
    NoApp,
    Totals,
    grouped_items,
    totals_of,
)
from worklog.domain.ids import ContractId
from worklog.domain.lock import locks_at
from worklog.domain.part import union
from worklog.domain.segment import BilledSegment, Origin, Segment


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """One billing week of one contract.

    Attributes:
        contract: Whose.
        week: Which.
        totals: Of its segments.
        limit: Billable time of the week; None without a limit.
        limit_left: What of it is not used; None without a limit.
        locks_at: When it locks; None where it never does.
    """

    contract: ContractId
    week: Week
    totals: Totals
    limit: timedelta | None
    limit_left: timedelta | None
    locks_at: datetime | None


def application_of(segment: Segment) -> str | NoApp:
    """Return the application of the active window; manual time has none, whatever was seen."""
    if segment.origin is not Origin.TRACKED:
        return NoApp.MANUAL if segment.origin is Origin.MANUAL else NoApp.IMPORTED
    return (segment.application or "").strip() or NoApp.UNKNOWN


def totals(rows: Iterable[BilledSegment]) -> Totals:
    """Return hours and money of *rows*."""
    return totals_of(item_of(row) for row in rows)


def item_of(row: BilledSegment) -> Item:
    """Return what a timesheet needs of *row*."""
    segment, bill = row.segment, row.bill
    return Item(
        contract=segment.key.contract,
        slot=segment.key.slot,
        memo=segment.memo,
        label=segment.label,
        billed_seconds=bill.seconds,
        tracked_seconds=segment.tracked_seconds,
        manual_seconds=segment.manual_seconds,
        late_seconds=late_seconds(segment),
        minor=None if bill.amount is None else money.minor_units(bill.amount, bill.currency),
        currency=bill.currency,
        application=application_of(segment),
    )


def grouped(
    rows: Iterable[BilledSegment],
    by: Sequence[Dimension],
    contracts: Mapping[ContractId, Contract],
    *,
    zone: tzinfo = UTC,
) -> tuple[Line, ...]:
    """Return *rows* as lines; see `grouped_items`. Deleted segments have no line."""
    live = [item_of(row) for row in rows if not row.segment.is_deleted]
    return grouped_items(live, by, contracts, zone=zone)


def weeks(
    rows: Iterable[BilledSegment], contracts: Mapping[ContractId, Contract]
) -> tuple[WeekSummary, ...]:
    """Return the billing weeks that *rows* lie in, by start and then name of the contract.

    Hours and money are those of *rows*: pass whole weeks for a limit left that is true.
    """
    groups: defaultdict[tuple[Week, str, ContractId], list[BilledSegment]] = defaultdict(list)
    calendars = {name: Calendar(contract) for name, contract in contracts.items()}
    for row in rows:
        key = row.segment.key
        week = calendars[key.contract].week_at(key.slot.start)
        groups[week, contracts[key.contract].name, key.contract].append(row)
    return tuple(
        _summary(contracts[contract_id], week, groups[week, name, contract_id])
        for week, name, contract_id in sorted(groups)
    )


def days(rows: Iterable[BilledSegment], zone: tzinfo) -> dict[date, Totals]:
    """Return the totals of each day of *zone* that has segments, in order."""
    groups: defaultdict[date, list[BilledSegment]] = defaultdict(list)
    for row in rows:
        groups[row.segment.key.slot.start.astimezone(zone).date()].append(row)
    return {day: totals(groups[day]) for day in sorted(groups)}


def seconds_by_hour(rows: Iterable[BilledSegment], zone: tzinfo) -> dict[int, int]:
    """Return live seconds by hour of *zone*; a repeated hour counts into the same one [s]."""
    seconds: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        if not row.segment.is_deleted:
            hour = row.segment.key.slot.start.astimezone(zone).hour
            seconds[hour] += live_seconds(row.segment)
    return dict(seconds)


def _summary(contract: Contract, week: Week, rows: list[BilledSegment]) -> WeekSummary:
    figures = totals(rows)
    limit = contract.limit_of(week)
    left = None
    if limit is not None:
        left = max(timedelta(), limit - timedelta(seconds=figures.billed_seconds))
    return WeekSummary(
        contract=contract.contract_id,
        week=week,
        totals=figures,
        limit=limit,
        limit_left=left,
        locks_at=locks_at(contract, rows[0].segment.key.slot),
    )


def late_seconds(segment: Segment) -> int:
    """Return the seconds of *segment* that came after the lock: all of it, or none [s]."""
    return live_seconds(segment) if segment.is_late else 0


def live_seconds(segment: Segment) -> int:
    """Return the seconds of *segment* that were tracked or added by hand, each once [s]."""
    by_hand = [(time.start, time.end) for time in segment.manual]
    return sum(end - start for start, end in union([*segment.tracked, *by_hand]))
