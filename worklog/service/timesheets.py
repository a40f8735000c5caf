"""A billing week as its page shows it: rows of contracts, columns of days, and a heat map.

A column is a day of the billing week: twenty-four hours from its start, so that columns add
up to what the week bills, whatever the zone of whoever looks. The heat map shows local time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from worklog.domain.contract import Week
from worklog.domain.dispute import Dispute
from worklog.domain.grouping import Totals
from worklog.domain.lock import is_locked, locks_at
from worklog.domain.segment import BilledSegment, Reason
from worklog.domain.timesheet import live_seconds, totals
from worklog.service.scope import Scope
from worklog.service.store import diary, disputes
from worklog.service.store.agreements import Agreement
from worklog.service.weeks import first_slot, has_submission

DAYS: Final = 7
HOURS: Final = 24
_DAY: Final = timedelta(days=1)
_STEPS: Final = 4  # of the heat map, beside nothing
_HOUR_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True)
class Missing:
    """What of a week does not bill, or would raise questions, and how much of it.

    Attributes:
        words: Such as `no memo`.
        segments: How many segments.
    """

    words: str
    segments: int


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One contract in one billing week.

    Attributes:
        agreement: The contract and its parties.
        week: Which week.
        days: Totals of its seven days.
        total: Of the week, without what was accepted after the lock.
        later: What was accepted late: adjustments, shown apart.
        limit: Billable time of the week; None without one.
        left: What of the limit is not used; None without one.
        locks_at: When the week locks, or did.
        is_locked: Whether it has.
        is_submitted: Whether its freelancer locked it early.
        is_over: Whether the week has ended.
        missing: What would not bill.
        disputed: Disputes that are not closed.
    """

    agreement: Agreement
    week: Week
    days: tuple[Totals, ...]
    total: Totals
    later: Totals
    limit: timedelta | None
    left: timedelta | None
    locks_at: datetime | None
    is_locked: bool
    is_submitted: bool
    is_over: bool
    missing: tuple[Missing, ...]
    disputed: int

    @property
    def share(self) -> float:
        """Used share of the limit; 0 without one."""
        if not self.limit:
            return 0.0
        return (self.total.billed_seconds + self.later.billed_seconds) / self.limit.total_seconds()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Contracts whose billing weeks are the same seven days.

    Attributes:
        week: Those days.
        days: Their starts.
        lines: One a contract.
        sums: Totals of each day over all lines.
        total: Of all lines; money by currency.
    """

    week: Week
    days: tuple[datetime, ...]
    lines: tuple[WeekLine, ...]
    sums: tuple[Totals, ...]
    total: Totals


@dataclass(frozen=True, slots=True)
class Heat:
    """Time by weekday and hour of the zone of whoever looks.

    Attributes:
        days: (name, seconds by hour), Monday first.
        steps: The same as shades from 0, nothing, to 4.
    """

    days: tuple[tuple[str, tuple[int, ...]], ...] = ()
    steps: tuple[tuple[int, ...], ...] = field(default=())


def line_of(
    scope: Scope, agreement: Agreement, week: Week, now: datetime
) -> tuple[WeekLine, list[BilledSegment]]:
    """Return *agreement* in *week*, and its segments."""
    contract = agreement.contract
    slots = week.slots()
    rows = diary.segments(
        scope, agreement.freelancer, slots.start, slots.stop, contract=contract.contract_id
    )
    disputed = disputes.disputes_of(scope, [contract.contract_id], slots)
    lock = locks_at(contract, first_slot(week))
    later = [row for row in rows if row.segment.is_late and row.segment.is_accepted]
    timely = [row for row in rows if row not in later]
    limit = contract.limit_of(week)
    billed = sum(row.bill.seconds for row in rows)
    line = WeekLine(
        agreement=agreement,
        week=week,
        days=tuple(totals(day) for day in _days(timely, week)),
        total=totals(timely),
        later=totals(later),
        limit=limit,
        left=None if limit is None else max(timedelta(), limit - timedelta(seconds=billed)),
        locks_at=lock,
        is_locked=is_locked(contract, first_slot(week), now),
        is_submitted=has_submission(contract, week, now),
        is_over=week.end <= now,
        missing=tuple(_missing(rows)),
        disputed=_open(disputed),
    )
    return line, rows


def sheets(lines: Iterable[WeekLine]) -> list[Sheet]:
    """Return *lines* by the seven days that they cover, in order."""
    by_week: defaultdict[Week, list[WeekLine]] = defaultdict(list)
    for line in lines:
        by_week[line.week].append(line)
    return [
        Sheet(
            week,
            tuple(week.start + number * _DAY for number in range(DAYS)),
            tuple(found),
            tuple(_sum(line.days[number] for line in found) for number in range(DAYS)),
            _sum(one for line in found for one in (line.total, line.later)),
        )
        for week, found in sorted(by_week.items())
    ]


def heat_of(rows: Iterable[BilledSegment], zone: tzinfo) -> Heat:
    """Return when the time of *rows* was, by weekday and hour of *zone*."""
    seconds = [[0] * HOURS for _ in range(DAYS)]
    for row in rows:
        if not row.segment.is_deleted:
            local = row.segment.key.slot.start.astimezone(zone)
            seconds[local.weekday()][local.hour] += live_seconds(row.segment)
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return Heat(
        days=tuple((name, tuple(day)) for name, day in zip(names, seconds, strict=True)),
        steps=tuple(tuple(_step(value) for value in day) for day in seconds),
    )


def _step(seconds: int) -> int:
    return min(_STEPS, -(-seconds * _STEPS // _HOUR_SECONDS))


def _days(rows: Sequence[BilledSegment], week: Week) -> list[list[BilledSegment]]:
    days: list[list[BilledSegment]] = [[] for _ in range(DAYS)]
    for row in rows:
        days[(row.segment.key.slot.start - week.start) // _DAY].append(row)
    return days


def _missing(rows: Sequence[BilledSegment]) -> Iterable[Missing]:
    live = [row for row in rows if not row.segment.is_deleted]
    counts = (
        ("late, not accepted", [row for row in live if row.bill.reason is Reason.LATE]),
        ("unproven, not accepted", [row for row in live if row.bill.reason is Reason.UNPROVEN]),
        ("over the limit", [row for row in live if row.bill.reason is Reason.OVER_LIMIT]),
        ("without input", [row for row in live if row.bill.reason is Reason.IDLE]),
        ("without a memo", [row for row in live if not row.segment.memo]),
    )
    return (Missing(words, len(found)) for words, found in counts if found)


def _open(found: Iterable[Dispute]) -> int:
    return sum(not dispute.is_closed for dispute in found)


def _sum(parts: Iterable[Totals]) -> Totals:
    listed = list(parts)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in listed:
        for currency, amount in part.amounts.items():
            amounts[currency] += amount
    return Totals(
        billed_seconds=sum(part.billed_seconds for part in listed),
        tracked_seconds=sum(part.tracked_seconds for part in listed),
        manual_seconds=sum(part.manual_seconds for part in listed),
        late_seconds=sum(part.late_seconds for part in listed),
        amounts={code: amounts[code] for code in sorted(amounts)},
    )
