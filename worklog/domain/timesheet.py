"""Timesheet: billed segments in groups, with hours and money that add up.

The money of a line is not the sum of its segments' shares, whose cents would pile up:
what a contract earned in a week is split anew over the lines of each level, by largest
remainder, so that lines add up to their group and groups to the week (R18).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from worklog.domain import money
from worklog.domain.amendment import Key
from worklog.domain.contract import Calendar, Contract, Week
from worklog.domain.ids import ContractId
from worklog.domain.lock import locks_at
from worklog.domain.part import union
from worklog.domain.segment import BilledSegment, Origin, Segment

_NO_AMOUNTS: Final[Mapping[str, Decimal]] = MappingProxyType({})


class Dimension(StrEnum):
    """What segments can be grouped by; `APP` never in what clients get (R31)."""

    CONTRACT = "contract"
    LABEL = "label"
    MEMO = "memo"
    DAY = "day"
    WEEK = "week"
    APP = "app"


class NoApp(Enum):
    """What stands for the application where there is none; equal to no name of one."""

    UNKNOWN = "(unknown)"
    MANUAL = "(manual)"
    IMPORTED = "(imported)"


@dataclass(frozen=True, slots=True)
class Totals:
    """Hours and money of some segments.

    Attributes:
        billed_seconds: Billed time [s].
        tracked_seconds: Real tracked time, shown beside it [s].
        manual_seconds: Time by hand [s].
        late_seconds: Tracked and manual time of late segments, accepted or not [s].
        amounts: Money by currency, never added across; a currency without money in
            these segments is there with zero, a contract without a rate is not.
    """

    billed_seconds: int = 0
    tracked_seconds: int = 0
    manual_seconds: int = 0
    late_seconds: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=lambda: _NO_AMOUNTS, hash=False)


Value = ContractId | str | date | Week | NoApp


@dataclass(frozen=True, slots=True)
class Line:
    """One group of a timesheet.

    Attributes:
        dimension: What it groups by.
        value: A contract id, label, memo, day, `Week`, or an application or `NoApp`.
        totals: Of all that is in it.
        lines: The groups inside it; empty on the last level.
    """

    dimension: Dimension
    value: Value
    totals: Totals
    lines: tuple[Line, ...] = ()


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
    listed = list(rows)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in listed:
        if row.bill.amount is not None:
            amounts[row.bill.currency] += row.bill.amount
    return _hours(listed, {code: amounts[code] for code in sorted(amounts)})


def grouped(
    rows: Iterable[BilledSegment],
    by: Sequence[Dimension],
    contracts: Mapping[ContractId, Contract],
    *,
    zone: tzinfo = UTC,
) -> tuple[Line, ...]:
    """Return *rows* as lines, grouped by the dimensions of *by* one inside the other.

    Deleted segments have no line. Days and weeks ascend, contracts come by name, labels
    and memos by alphabet with the empty one last. A segment is of the one application that
    its parts name; those without one come last.

    Args:
        rows: In any order.
        by: At least one; none twice.
        contracts: Has every contract of *rows*.
        zone: Whose days; a segment's day is its slot start's (R1).
    """
    live = [row for row in rows if not row.segment.is_deleted]
    grouping = _Grouping(live, contracts, zone)
    return grouping.lines(live, tuple(by), grouping.pools(live))


def leaves(lines: Iterable[Line]) -> Iterator[tuple[tuple[Value, ...], Totals]]:
    """Yield the lines of the last level with the values of all levels above."""
    for line in lines:
        if line.lines:
            for values, figures in leaves(line.lines):
                yield (line.value, *values), figures
        else:
            yield (line.value,), line.totals


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


def _hours(rows: list[BilledSegment], amounts: Mapping[str, Decimal]) -> Totals:
    return Totals(
        billed_seconds=sum(row.bill.seconds for row in rows),
        tracked_seconds=sum(row.segment.tracked_seconds for row in rows),
        manual_seconds=sum(row.segment.manual_seconds for row in rows),
        late_seconds=sum(live_seconds(row.segment) for row in rows if row.segment.is_late),
        amounts=amounts,
    )


def live_seconds(segment: Segment) -> int:
    """Return the seconds of *segment* that were tracked or added by hand, each once [s]."""
    by_hand = [(time.start, time.end) for time in segment.manual]
    return sum(end - start for start, end in union([*segment.tracked, *by_hand]))


# What one contract earned in one week, in minor units of its currency. The unit within
# which money is rounded, so also the one within which it is split.
Account = tuple[ContractId, Week]
Pools = dict[Account, tuple[str, int]]


class _Grouping:
    def __init__(
        self,
        rows: list[BilledSegment],
        contracts: Mapping[ContractId, Contract],
        zone: tzinfo,
    ) -> None:
        self._contracts = contracts
        calendars = {name: Calendar(contract) for name, contract in contracts.items()}
        keys = [row.segment.key for row in rows]
        self._accounts: Mapping[Key, Account] = {
            key: (key.contract, calendars[key.contract].week_at(key.slot.start)) for key in keys
        }
        self._value_of: Mapping[Dimension, Callable[[BilledSegment], Value]] = {
            Dimension.CONTRACT: lambda row: row.segment.key.contract,
            Dimension.LABEL: lambda row: row.segment.label,
            Dimension.MEMO: lambda row: row.segment.memo,
            Dimension.DAY: lambda row: row.segment.key.slot.start.astimezone(zone).date(),
            Dimension.WEEK: lambda row: self._accounts[row.segment.key][1],
            Dimension.APP: lambda row: application_of(row.segment),
        }

    def pools(self, rows: list[BilledSegment]) -> Pools:
        """Return what *rows* earned, by account."""
        pools: Pools = {}
        for row in rows:
            if row.bill.amount is not None:
                account, currency = self._accounts[row.segment.key], row.bill.currency
                _, earlier = pools.get(account, (currency, 0))
                pools[account] = currency, earlier + money.minor_units(row.bill.amount, currency)
        return pools

    def lines(
        self, rows: list[BilledSegment], by: tuple[Dimension, ...], pools: Pools
    ) -> tuple[Line, ...]:
        """Return *rows* by the first dimension of *by*, splitting *pools* over the lines."""
        if not by:
            return ()
        dimension, *inner = by
        groups: defaultdict[Value, list[BilledSegment]] = defaultdict(list)
        for row in rows:
            groups[self._value_of[dimension](row)].append(row)
        values = sorted(groups, key=lambda value: self._place(dimension, value))
        shares = self._split([groups[value] for value in values], pools)
        return tuple(
            Line(
                dimension,
                value,
                _hours(groups[value], _amounts(share)),
                self.lines(groups[value], tuple(inner), share),
            )
            for value, share in zip(values, shares, strict=True)
        )

    def _place(self, dimension: Dimension, value: Value) -> tuple[bool, object, str]:
        if dimension is Dimension.CONTRACT:
            contract = self._contracts[ContractId(str(value))]
            return False, contract.name, contract.contract_id
        if isinstance(value, NoApp):
            return True, value.value, ""
        return value == "", value, ""

    def _split(self, groups: list[list[BilledSegment]], pools: Pools) -> list[Pools]:
        shares: list[Pools] = [{} for _ in groups]
        seconds = [self._seconds(group) for group in groups]
        for account, (currency, minor) in pools.items():
            weights = [of_group.get(account, 0) for of_group in seconds]
            for number, share in enumerate(money.split(minor, weights)):
                if account in seconds[number]:
                    shares[number][account] = currency, share
        return shares

    def _seconds(self, rows: list[BilledSegment]) -> dict[Account, int]:
        seconds: defaultdict[Account, int] = defaultdict(int)
        for row in rows:
            seconds[self._accounts[row.segment.key]] += row.bill.seconds
        return dict(seconds)


def _amounts(pools: Pools) -> dict[str, Decimal]:
    sums: defaultdict[str, int] = defaultdict(int)
    for currency, minor in pools.values():
        sums[currency] += minor
    return {code: money.decimal(sums[code], code) for code in sorted(sums)}
