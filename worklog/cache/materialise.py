"""The table of segments: fold and bill of what changed, and of nothing else.

A slot is folded by itself; a bill depends on its week and on the other contracts in its
slots, so all weeks that a changed slot falls in are billed anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from worklog.cache import contract_rows, rows
from worklog.cache.ledger import Touched
from worklog.domain.amendment import Key
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Week
from worklog.domain.fold import fold
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.lock import admitted
from worklog.domain.segment import Bill, BilledSegment, Reason, Segment
from worklog.failpoints import reach

_BATCH = 500  # slots folded at once
_WEEKS = 8  # weeks billed at once
_UNBILLED = Bill(0, Reason.IDLE)

Account = tuple[ContractId, Week]


def materialise(db: sqlite3.Connection, touched: Touched) -> None:
    """Fold and bill what *touched* names, inside a transaction of the caller."""
    if not touched.slots and not touched.bills:
        return
    reach("materialise.begin")
    contracts = {contract.contract_id: contract for contract in contract_rows.contracts(db)}
    slots = sorted(touched.slots)
    for first in range(0, len(slots), _BATCH):
        _refold(db, slots[first : first + _BATCH], contracts)
    reach("materialise.folded")
    _rebill(db, touched.slots | touched.bills, contracts)
    reach("materialise.done")


def fold_slots(
    db: sqlite3.Connection, slots: Collection[int], contracts: Mapping[ContractId, Contract]
) -> dict[Key, Segment]:
    """Return the segments of *slots* as parts and amendments make them."""
    parts = rows.parts_in(db, slots)
    amendments = rows.amendments_touching(db, slots, {str(part.part_id) for part in parts})
    return fold(
        parts,
        admitted(amendments, contracts),
        slots={Slot(index) for index in slots},
        services={contract_id: known.service for contract_id, known in contracts.items()},
    )


def bill_segments(
    db: sqlite3.Connection,
    segments: Iterable[Segment],
    contracts: Mapping[ContractId, Contract],
) -> dict[Key, Bill]:
    """Return the bills of *segments*, which must be whole weeks."""
    known = list(segments)
    if not known:
        return {}
    everyone = {segment.key.contract for segment in known}
    slots = [segment.key.slot.index for segment in known]
    settled = db.execute(
        "SELECT slot, contract_id, billed_seconds, reason, amount, currency FROM settled"
        " WHERE slot BETWEEN ? AND ?",
        (min(slots), max(slots)),
    ).fetchall()
    return bill(
        known,
        {contract_id: known_or_stub(contracts, contract_id) for contract_id in everyone},
        settled={
            Key(Slot(slot), ContractId(contract)): Bill(
                seconds, Reason(reason), None if amount is None else Decimal(amount), currency
            )
            for slot, contract, seconds, reason, amount, currency in settled
        },
    )


def known_or_stub(contracts: Mapping[ContractId, Contract], contract_id: ContractId) -> Contract:
    """Return the contract, or one without terms where its journal was lost."""
    return contracts.get(contract_id) or Contract(contract_id, name=contract_id)


def stale_bills(
    db: sqlite3.Connection, slots: Collection[int], contracts: Mapping[ContractId, Contract]
) -> Iterator[tuple[Key, Bill]]:
    """Yield the bills of the weeks of *slots* that are not what the table has."""
    for weeks in _groups(_accounts(db, slots, contracts)):
        yield from _stale(db, weeks, contracts)


def _refold(
    db: sqlite3.Connection, slots: list[int], contracts: Mapping[ContractId, Contract]
) -> None:
    segments = fold_slots(db, slots, contracts)
    wanted = {(key.slot.index, str(key.contract)) for key in segments}
    marks = ",".join("?" * len(slots))
    present = db.execute(
        f"SELECT slot, contract_id FROM segments WHERE slot IN ({marks})",  # noqa: S608 -- only marks
        slots,
    ).fetchall()
    db.executemany(
        "DELETE FROM segments WHERE slot = ? AND contract_id = ?",
        [row for row in present if row not in wanted],
    )
    db.executemany(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (slot, contract_id) DO UPDATE SET memo = excluded.memo,"
        " label = excluded.label, origin = excluded.origin,"
        " tracked_seconds = excluded.tracked_seconds, is_deleted = excluded.is_deleted,"
        " content = excluded.content, manual_seconds = excluded.manual_seconds,"
        " late_seconds = excluded.late_seconds",
        [rows.segment_row(BilledSegment(segment, _UNBILLED)) for segment in segments.values()],
    )


def _accounts(
    db: sqlite3.Connection, slots: Collection[int], contracts: Mapping[ContractId, Contract]
) -> set[Account]:
    accounts = set()
    for slot in slots:
        start = Slot(slot).start
        found = db.execute("SELECT contract_id FROM segments WHERE slot = ?", (slot,)).fetchall()
        present = {ContractId(contract_id) for (contract_id,) in found}
        # A contract whose segment in the slot just went has a week to bill as well.
        for contract_id in present | contracts.keys():
            accounts.add((contract_id, known_or_stub(contracts, contract_id).week_at(start)))
    return accounts


def _groups(accounts: set[Account]) -> Iterator[list[Account]]:
    """Yield accounts of neighbouring weeks together, so that rows are read once."""
    group: list[Account] = []
    for account in sorted(accounts, key=lambda account: (account[1].start, account[0])):
        if group and (account[1].start - group[0][1].start).days > _WEEKS * 7:
            yield group
            group = []
        group.append(account)
    if group:
        yield group


def _stale(
    db: sqlite3.Connection, accounts: list[Account], contracts: Mapping[ContractId, Contract]
) -> Iterator[tuple[Key, Bill]]:
    wanted = set(accounts)
    first = Slot.containing(min(week.start for _, week in accounts)).index
    last = Slot.containing(max(week.end for _, week in accounts)).index
    present = {row.segment.key: row for row in rows.segments(db, first, last)}
    bills = bill_segments(db, [row.segment for row in present.values()], contracts)
    for key, now in bills.items():
        week = known_or_stub(contracts, key.contract).week_at(key.slot.start)
        if now != present[key].bill and (key.contract, week) in wanted:
            yield key, now


def _rebill(
    db: sqlite3.Connection, slots: Collection[int], contracts: Mapping[ContractId, Contract]
) -> None:
    changed = [
        (
            bill.seconds,
            bill.reason.value,
            None if bill.amount is None else str(bill.amount),
            bill.currency,
            rows.minor_of(bill),
            key.slot.index,
            key.contract,
        )
        for key, bill in stale_bills(db, slots, contracts)
    ]
    db.executemany(
        "UPDATE segments SET billed_seconds = ?, reason = ?, amount = ?, currency = ?,"
        " minor = ? WHERE slot = ? AND contract_id = ?",
        changed,
    )
