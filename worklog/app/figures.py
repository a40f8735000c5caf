"""Today and this week in figures, the slot that is being recorded included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from worklog.app.ports import Cache
from worklog.domain.amendment import Key
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Week
from worklog.domain.fold import fold
from worklog.domain.grouping import Totals
from worklog.domain.ids import ContractId
from worklog.domain.lock import admitted
from worklog.domain.part import Part
from worklog.domain.segment import BilledSegment, Segment
from worklog.domain.timesheet import totals


@dataclass(frozen=True, slots=True)
class Figures:
    """What one contract has come to.

    Attributes:
        as_of: The moment of the figures.
        today: Of the local day.
        week: Of the billing week.
        billing_week: Which one.
        limit: Of that week; None without one.
    """

    as_of: datetime
    today: Totals
    week: Totals
    billing_week: Week
    limit: timedelta | None

    @property
    def limit_left(self) -> timedelta | None:
        """Return the billable time left this week, never below zero; None without a limit."""
        if self.limit is None:
            return None
        return max(timedelta(0), self.limit - timedelta(seconds=self.week.billed_seconds))


def figures(
    cache: Cache,
    contract: Contract,
    *,
    now: datetime,
    zone: tzinfo,
    open_parts: Iterable[Part] | None = None,
) -> Figures:
    """Return the figures of *contract* at *now*; its day is that of *zone*.

    *open_parts* are as the tracker has them in memory; others read the last flush.
    """
    week = contract.week_at(now)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight.astimezone(week.start.tzinfo)
    tomorrow = (midnight + timedelta(days=1)).astimezone(week.start.tzinfo)
    rows = [
        row
        for row in diary_rows(
            cache, min(week.start, today), max(week.end, tomorrow), open_parts=open_parts
        )
        if row.segment.key.contract == contract.contract_id
    ]
    return Figures(
        as_of=now,
        today=totals(_within(rows, today, tomorrow)),
        week=totals(_within(rows, week.start, week.end)),
        billing_week=week,
        limit=contract.limit_of(week),
    )


def diary_rows(
    cache: Cache,
    start: datetime,
    end: datetime,
    *,
    contract: ContractId | None = None,
    open_parts: Iterable[Part] | None = None,
) -> list[BilledSegment]:
    """Return the segments of ``[start, end)``, the open ones as if they were sealed now.

    Only the billing weeks that an open segment falls in are billed anew; the rest, locked
    weeks above all, stands as it is kept.
    """
    parts = list(cache.open_parts() if open_parts is None else open_parts)
    parts = [part for part in parts if not part.is_erased]
    if not parts:
        return cache.segments(start, end, contract=contract)
    contracts = _Known({known.contract_id: known for known in cache.contracts()})
    open_segments = _fold_open(cache, parts, contracts)
    accounts = {
        (key.contract, contracts[key.contract].week_at(key.slot.start)) for key in open_segments
    }
    kept = cache.segments(
        min(start, *(week.start for _, week in accounts)),
        max(end, *(week.end for _, week in accounts)),
    )
    rows = {row.segment.key: row for row in kept}
    segments = {key: row.segment for key, row in rows.items()} | open_segments
    bills = bill(segments.values(), {key.contract: contracts[key.contract] for key in segments})
    for key, segment in segments.items():
        if (key.contract, contracts[key.contract].week_at(key.slot.start)) in accounts:
            rows[key] = BilledSegment(segment, bills[key])
    return [
        rows[key]
        for key in sorted(rows)
        if start <= key.slot.start < end and contract in (None, key.contract)
    ]


class _Known(dict[ContractId, Contract]):
    """Contracts by id; one whose record was lost has no terms, and its time still counts."""

    def __missing__(self, contract_id: ContractId) -> Contract:
        self[contract_id] = stub = Contract(contract_id, name=contract_id)
        return stub


def _fold_open(
    cache: Cache, parts: Iterable[Part], contracts: Mapping[ContractId, Contract]
) -> dict[Key, Segment]:
    """Return the segments of the slots of *parts*, which stand for what the cache last kept."""
    services = {contract_id: contract.service for contract_id, contract in contracts.items()}
    segments: dict[Key, Segment] = {}
    for part in parts:
        known, amendments = cache.material(part.slot)
        known = [*(other for other in known if other.part_id != part.part_id), part]
        segments |= fold(
            known, admitted(amendments, contracts), slots={part.slot}, services=services
        )
    return segments


def _within(rows: Iterable[BilledSegment], start: datetime, end: datetime) -> list[BilledSegment]:
    return [row for row in rows if start <= row.segment.key.slot.start < end]
