"""What waits for which service, for `status`, `doctor` and `sync --status`: no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from worklog.app.sync_ports import Standing
from worklog.cache.outbox import Outbox
from worklog.cache.store import SqliteCache
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.lock import locks_at


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one service has not acknowledged yet.

    Attributes:
        service: Its address.
        segments: Segments with a part that waits.
        parts: Parts of which the row waits.
        pictured: Parts of which only pictures wait.
        amendments: Changes that wait.
        amounts: What the segments bill at present, by currency.
        locks_at: The first moment after which some of it would be late; None for never.
        parked: How many were refused, by the code of the reason.
        standing: What is remembered of the service.
    """

    service: str
    segments: int = 0
    parts: int = 0
    pictured: int = 0
    amendments: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    locks_at: datetime | None = None
    parked: Mapping[str, int] = field(default_factory=dict, hash=False)
    standing: Standing = field(default_factory=Standing)

    @property
    def is_empty(self) -> bool:
        return not (self.parts or self.pictured or self.amendments)


def what_waits(cache: SqliteCache) -> list[Waiting]:
    """Return what waits for each service that is known here, in order of its address."""
    services = {contract.service for contract in cache.contracts() if contract.service}
    found = cache.db.execute(
        "SELECT DISTINCT service FROM outbox UNION SELECT service FROM services"
    )
    return [
        _of(cache, service)
        for service in sorted(services | {service for (service,) in found.fetchall()})
    ]


def _of(cache: SqliteCache, service: str) -> Waiting:
    outbox = Outbox(cache, service)
    parts, amendments = outbox.parts(), outbox.amendments()
    rows = [part for part in parts if not part.is_received and not part.is_erased]
    keys = {(part.slot, part.contract) for part in rows}
    contracts = outbox.contracts()
    locks = [
        moment
        for slot, contract in keys
        if contract in contracts and (moment := locks_at(contracts[contract], slot)) is not None
    ]
    parked = [one.parked for one in parts] + [one.parked for one in amendments]
    return Waiting(
        service=service,
        segments=len(keys),
        parts=len(rows),
        pictured=sum(part.is_received and part.has_pictures for part in parts),
        amendments=len(amendments),
        amounts=_amounts(cache, keys),
        locks_at=min(locks, default=None),
        parked=Counter(reason.code for reason in parked if reason is not None),
        standing=outbox.standing(),
    )


def _amounts(cache: SqliteCache, keys: set[tuple[Slot, ContractId]]) -> dict[str, Decimal]:
    if not keys:
        return {}
    slots = [slot for slot, _ in keys]
    sums: dict[str, Decimal] = {}
    for row in cache.segments(min(slots).start, max(slots).end):
        key = row.segment.key
        if (key.slot, key.contract) in keys and row.bill.amount is not None:
            currency = row.bill.currency
            sums[currency] = sums.get(currency, Decimal(0)) + row.bill.amount
    return sums
