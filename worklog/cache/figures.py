"""What timesheets add up, straight from the columns: no segment is decoded for it."""

from __future__ import annotations

import sqlite3

from worklog.domain import money
from worklog.domain.grid import Slot
from worklog.domain.grouping import Item, Totals
from worklog.domain.ids import ContractId

_ALL = ""  # stands for every contract


def items(
    db: sqlite3.Connection, start: int, end: int, *, contract: ContractId | None = None
) -> list[Item]:
    """Return what a timesheet needs of the segments of the slots ``[start, end)``.

    Deleted ones are left out. Applications are not known here.
    """
    found = db.execute(
        "SELECT contract_id, slot, memo, label, billed_seconds, tracked_seconds, manual_seconds,"
        " late_seconds, minor, currency FROM segments"
        " WHERE slot >= ?1 AND slot < ?2 AND is_deleted = 0 AND (?3 = '' OR contract_id = ?3)"
        " ORDER BY slot, contract_id",
        (start, end, contract or _ALL),
    ).fetchall()
    return [
        Item(ContractId(contract_id), Slot(slot), *words_and_figures)
        for contract_id, slot, *words_and_figures in found
    ]


def totals_by_contract(
    db: sqlite3.Connection, start: int, end: int, *, contract: ContractId | None = None
) -> dict[ContractId, Totals]:
    """Return hours and money of the slots ``[start, end)`` by contract, from one index."""
    found = db.execute(
        "SELECT contract_id, currency, sum(billed_seconds), sum(tracked_seconds),"
        " sum(manual_seconds), sum(late_seconds), sum(minor) FROM segments"
        " INDEXED BY segments_figures"
        " WHERE is_deleted = 0 AND slot >= ?1 AND slot < ?2 AND (?3 = '' OR contract_id = ?3)"
        " GROUP BY contract_id, currency",
        (start, end, contract or _ALL),
    ).fetchall()
    sums: dict[ContractId, Totals] = {}
    for contract_id, currency, billed, tracked, manual, late, minor in found:
        before = sums.get(ContractId(contract_id), Totals())
        amounts = dict(before.amounts)
        if minor is not None:
            amounts[currency] = money.decimal(minor, currency)
        sums[ContractId(contract_id)] = Totals(
            before.billed_seconds + billed,
            before.tracked_seconds + tracked,
            before.manual_seconds + manual,
            before.late_seconds + late,
            amounts,
        )
    return sums
