"""What waits for which service, for `status`, `doctor` and `sync --status`: no network."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from worklog.app.sync_ports import Standing
from worklog.cache.outbox import Outbox
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Key
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.lock import locks_at
from worklog.sqlite import translate

# Parts in the outbox that have anything left to send, with the receipt of their row.
_ROWS: Final = (
    " FROM outbox o JOIN parts p ON p.part_id = o.id AND p.state = 'sealed' AND p.fields <> '{}'"
    " LEFT JOIN receipts r ON r.service = o.service AND r.kind = 'part' AND r.id = o.id"
    " WHERE o.service = ? AND o.kind = 'part'"
)


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
        sealed: When the newest of the parts was sealed; its review window begins there (R28).
        parked: How many were refused, by the code of the reason.
        offers: Names of contracts that ask for more than was agreed to (R30).
        standing: What is remembered of the service.
    """

    service: str
    segments: int = 0
    parts: int = 0
    pictured: int = 0
    amendments: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    locks_at: datetime | None = None
    sealed: datetime | None = None
    parked: Mapping[str, int] = field(default_factory=dict, hash=False)
    offers: tuple[str, ...] = ()
    standing: Standing = field(default_factory=Standing)

    @property
    def is_empty(self) -> bool:
        return not (self.parts or self.pictured or self.amendments)


def what_waits(cache: SqliteCache) -> list[Waiting]:
    """Return what waits for each service that is known here, in order of its address.

    Counted by the database and not one by one: a month of parts may wait.
    """
    contracts = {contract.contract_id: contract for contract in cache.contracts()}
    services = {contract.service for contract in contracts.values() if contract.service}
    found = _fetch(cache, "SELECT DISTINCT service FROM outbox UNION SELECT service FROM services")
    return [
        _of(cache, service, contracts)
        for service in sorted(services | {service for (service,) in found})
    ]


def waiting_keys(
    cache: SqliteCache, start: datetime, end: datetime, *, sealed_until: datetime
) -> list[Key]:
    """Return the segments of ``[start, end)`` with a part that no service has acknowledged.

    Parts that were sealed after *sealed_until* do not count.
    """
    query = (
        f"SELECT DISTINCT p.slot, p.contract_id{_ROWS} AND r.id IS NULL"
        " AND p.slot >= ? AND p.slot < ? AND o.queued_ms <= ? ORDER BY p.slot, p.contract_id"
    )
    bounds = (Slot.containing(start).index, Slot.containing(end).index, epoch_ms(sealed_until))
    services = {contract.service for contract in cache.contracts() if contract.service}
    return [
        Key(Slot(slot), ContractId(contract))
        for service in sorted(services)
        for slot, contract in _fetch(cache, query, service, *bounds)
    ]


def _of(cache: SqliteCache, service: str, contracts: Mapping[ContractId, Contract]) -> Waiting:
    outbox = Outbox(cache, service)
    keys = _fetch(cache, f"SELECT DISTINCT p.slot, p.contract_id{_ROWS} AND r.id IS NULL", service)
    parts, newest = _fetch(
        cache, f"SELECT count(*), max(o.queued_ms){_ROWS} AND r.id IS NULL", service
    )[0]
    return Waiting(
        service=service,
        segments=len(keys),
        parts=parts,
        pictured=_count(
            cache,
            f"SELECT count(*){_ROWS} AND r.id IS NOT NULL"  # noqa: S608 -- a constant
            " AND EXISTS (SELECT 1 FROM images i WHERE i.part_id = o.id)",
            service,
        ),
        amendments=_count(
            cache,
            "SELECT count(*) FROM outbox o JOIN amendments a ON a.amendment_id = o.id"
            " WHERE o.service = ? AND o.kind = 'amendment'",
            service,
        ),
        amounts=_amounts(cache, service),
        locks_at=_first_lock(contracts, keys),
        sealed=None if newest is None else from_epoch_ms(newest),
        parked=dict(
            _fetch(
                cache,
                "SELECT k.code, count(*) FROM parked k JOIN outbox o USING (service, kind, id)"
                " WHERE k.service = ? GROUP BY k.code",
                service,
            )
        ),
        offers=tuple(contract.name for contract in outbox.offers()),
        standing=outbox.standing(),
    )


def _first_lock(
    contracts: Mapping[ContractId, Contract], keys: Iterable[tuple[int, str]]
) -> datetime | None:
    locks = (
        locks_at(contracts[ContractId(contract)], Slot(slot))
        for slot, contract in keys
        if contract in contracts
    )
    return min((moment for moment in locks if moment is not None), default=None)


def _amounts(cache: SqliteCache, service: str) -> dict[str, Decimal]:
    found = _fetch(
        cache,
        "SELECT currency, amount FROM segments"  # noqa: S608 -- a constant
        " WHERE amount IS NOT NULL AND (slot, contract_id) IN"
        f" (SELECT p.slot, p.contract_id{_ROWS} AND r.id IS NULL)",
        service,
    )
    sums: dict[str, Decimal] = {}
    for currency, amount in found:
        sums[currency] = sums.get(currency, Decimal(0)) + Decimal(amount)
    return sums


def _count(cache: SqliteCache, query: str, service: str) -> int:
    return int(_fetch(cache, query, service)[0][0])


def _fetch(cache: SqliteCache, query: str, *values: str | int) -> list[Any]:
    try:
        return cache.db.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise translate(error) or error from error
