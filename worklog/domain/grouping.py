"""Groups of a timesheet, with hours and money that add up.

The money of a line is not the sum of its segments' shares, whose cents would pile up:
what a contract earned in a week is split anew over the lines of each level, by largest
remainder, so that lines add up to their group and groups to the week (R18).

Loaded by the road of plain reports, so this module needs nothing of segments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from decimal import Decimal
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from worklog.domain import money
from worklog.domain.contract import Calendar, Contract, Week
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId

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


@dataclass(frozen=True, slots=True)
class Item:
    """What a timesheet needs of a segment, or of several that are one to it.

    Attributes:
        contract: Whose.
        slot: Its slot.
        memo: Of the segment.
        label: Of the segment.
        application: Of the active window, or why there is none.
        billed_seconds: Billed time [s].
        tracked_seconds: Tracked time [s].
        manual_seconds: Time by hand [s].
        late_seconds: Its time, where it is late [s].
        minor: Its share of the week's money in minor units; None without a rate.
        currency: ISO 4217 code; empty without a rate.
    """

    contract: ContractId
    slot: Slot
    memo: str
    label: str
    billed_seconds: int
    tracked_seconds: int
    manual_seconds: int = 0
    late_seconds: int = 0
    minor: int | None = None
    currency: str = ""
    application: str | NoApp = NoApp.UNKNOWN


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


def grouped_items(
    items: Sequence[Item],
    by: Sequence[Dimension],
    contracts: Mapping[ContractId, Contract],
    *,
    zone: tzinfo = UTC,
) -> tuple[Line, ...]:
    """Return *items* as lines, grouped by the dimensions of *by* one inside the other.

    Days and weeks ascend, contracts come by name, labels and memos by alphabet with the
    empty one last, and so do applications.

    Args:
        items: Of what is not deleted, in any order.
        by: At least one; none twice.
        contracts: Has every contract of *items*.
        zone: Whose days; a segment's day is its slot start's (R1).
    """
    grouping = _Grouping(items, contracts, zone)
    return grouping.lines(items, tuple(by), grouping.pools(items))


def by_contract(
    totals: Mapping[ContractId, Totals], contracts: Mapping[ContractId, Contract]
) -> tuple[Line, ...]:
    """Return the lines of a timesheet by contract alone, of sums that were made already.

    A week's money is all of one contract's, so there is nothing to split.
    """
    ordered = sorted(totals, key=lambda contract: _place_of(contracts[contract]))
    return tuple(Line(Dimension.CONTRACT, contract, totals[contract]) for contract in ordered)


def together(sums: Iterable[Totals]) -> Totals:
    """Return the sum of *sums*."""
    listed = list(sums)
    codes = sorted({code for one in listed for code in one.amounts})
    return Totals(
        billed_seconds=sum(one.billed_seconds for one in listed),
        tracked_seconds=sum(one.tracked_seconds for one in listed),
        manual_seconds=sum(one.manual_seconds for one in listed),
        late_seconds=sum(one.late_seconds for one in listed),
        amounts={
            code: sum((one.amounts[code] for one in listed if code in one.amounts), Decimal())
            for code in codes
        },
    )


def totals_of(items: Iterable[Item]) -> Totals:
    """Return hours and money of *items*."""
    listed = list(items)
    sums: defaultdict[str, int] = defaultdict(int)
    for item in listed:
        if item.minor is not None:
            sums[item.currency] += item.minor
    return _hours(listed, {code: money.decimal(sums[code], code) for code in sorted(sums)})


def leaves(lines: Iterable[Line]) -> Iterator[tuple[tuple[Value, ...], Totals]]:
    """Yield the lines of the last level with the values of all levels above."""
    for line in lines:
        if line.lines:
            for values, figures in leaves(line.lines):
                yield (line.value, *values), figures
        else:
            yield (line.value,), line.totals


def _hours(items: Sequence[Item], amounts: Mapping[str, Decimal]) -> Totals:
    return Totals(
        billed_seconds=sum(item.billed_seconds for item in items),
        tracked_seconds=sum(item.tracked_seconds for item in items),
        manual_seconds=sum(item.manual_seconds for item in items),
        late_seconds=sum(item.late_seconds for item in items),
        amounts=amounts,
    )


def _place_of(contract: Contract) -> tuple[str, str]:
    return contract.name, contract.contract_id


# What one contract earned in one week, in minor units of a currency. The unit within which
# money is rounded, so also the one within which it is split.
_Account = tuple[ContractId, Week, str]
_Pools = dict[_Account, int]


class _Grouping:
    def __init__(
        self,
        items: Sequence[Item],
        contracts: Mapping[ContractId, Contract],
        zone: tzinfo,
    ) -> None:
        self._contracts = contracts
        calendars = {name: Calendar(contract) for name, contract in contracts.items()}
        self._accounts: Mapping[tuple[ContractId, Slot], _Account] = {
            (item.contract, item.slot): (
                item.contract,
                calendars[item.contract].week_at(item.slot.start),
                item.currency,
            )
            for item in items
        }
        self._value_of: Mapping[Dimension, Callable[[Item], Value]] = {
            Dimension.CONTRACT: lambda item: item.contract,
            Dimension.LABEL: lambda item: item.label,
            Dimension.MEMO: lambda item: item.memo,
            Dimension.DAY: lambda item: item.slot.start.astimezone(zone).date(),
            Dimension.WEEK: lambda item: self._accounts[item.contract, item.slot][1],
            Dimension.APP: lambda item: item.application,
        }

    def pools(self, items: Sequence[Item]) -> _Pools:
        """Return what *items* earned, by account."""
        pools: _Pools = {}
        for item in items:
            if item.minor is not None:
                account = self._accounts[item.contract, item.slot]
                pools[account] = pools.get(account, 0) + item.minor
        return pools

    def lines(
        self, items: Sequence[Item], by: tuple[Dimension, ...], pools: _Pools
    ) -> tuple[Line, ...]:
        """Return *items* by the first dimension of *by*, splitting *pools* over the lines."""
        if not by:
            return ()
        dimension, *inner = by
        groups: defaultdict[Value, list[Item]] = defaultdict(list)
        for item in items:
            groups[self._value_of[dimension](item)].append(item)
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
            return False, *_place_of(self._contracts[ContractId(str(value))])
        if isinstance(value, NoApp):
            return True, value.value, ""
        return value == "", value, ""

    def _split(self, groups: list[list[Item]], pools: _Pools) -> list[_Pools]:
        shares: list[_Pools] = [{} for _ in groups]
        seconds = [self._seconds(group) for group in groups]
        for account, minor in pools.items():
            weights = [of_group.get(account, 0) for of_group in seconds]
            for number, share in enumerate(money.split(minor, weights)):
                if account in seconds[number]:
                    shares[number][account] = share
        return shares

    def _seconds(self, items: list[Item]) -> dict[_Account, int]:
        seconds: defaultdict[_Account, int] = defaultdict(int)
        for item in items:
            seconds[self._accounts[item.contract, item.slot]] += item.billed_seconds
        return dict(seconds)


def _amounts(pools: _Pools) -> dict[str, Decimal]:
    sums: defaultdict[str, int] = defaultdict(int)
    for (_, _, currency), minor in pools.items():
        sums[currency] += minor
    return {code: money.decimal(sums[code], code) for code in sorted(sums)}
