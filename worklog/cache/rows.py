"""Rows of the database as domain values and back; no rules, no transactions.

What is locked stays so on this way: its words are `worklog.cache.locked_text.LockedText`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

from worklog.app.ports import Gap
from worklog.cache.locked_text import read_open_part, read_part, read_segment, write_segment
from worklog.domain.amendment import Amendment, Revoke
from worklog.domain.evidence import Record
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId, SessionId
from worklog.domain.money import minor_units
from worklog.domain.part import Part
from worklog.domain.segment import Bill, BilledSegment, Reason
from worklog.domain.session import Ending, Session
from worklog.domain.timesheet import late_seconds
from worklog.wire.amendment import decode_amendment

SESSION = "session_id, contract_id, started_ms, ended_ms, ending, memo, label, pid, boot"
PART = "state, header, fields, content"
SEGMENT = "slot, contract_id, content, billed_seconds, reason, amount, currency"
_BATCH = 500  # values of one IN (…); SQLite takes at least 999

Row = tuple[object, ...]


def session(row: tuple[str, str, int, int | None, str | None, str, str, int, str]) -> Session:
    """Return the session of a row of `SESSION`."""
    session_id, contract, started, ended, ending, memo, label, pid, boot = row
    return Session(
        session_id=SessionId(session_id),
        contract=ContractId(contract),
        started=from_epoch_ms(started),
        ended=None if ended is None else from_epoch_ms(ended),
        ending=None if ending is None else Ending(ending),
        memo=memo,
        label=label,
        pid=pid,
        boot=boot,
    )


def gap(row: tuple[str, int, int, str]) -> Gap:
    """Return the gap of a row of the table."""
    contract, start, end, reason = row
    return Gap(from_epoch_ms(start), from_epoch_ms(end), reason, ContractId(contract))


def part(row: tuple[str, bytes | None, str | None, str | None]) -> Part:
    """Return the part of a row of `PART`."""
    state, header, fields, content = row
    if state == "sealed":
        return read_part(header or b"", fields or "")
    return read_open_part(content or "")


def parts_in(
    db: sqlite3.Connection, slots: Collection[int], *, sealed_only: bool = True
) -> list[Part]:
    """Return the parts recorded in *slots*."""
    state = " AND state = 'sealed'" if sealed_only else ""
    return [
        part(row)
        for marks, values in _batches(slots)
        for row in db.execute(
            f"SELECT {PART} FROM parts WHERE slot IN ({marks}){state} ORDER BY part_id",  # noqa: S608 -- only marks
            values,
        ).fetchall()
    ]


def record(db: sqlite3.Connection, part_id: str) -> Record | None:
    """Return the sealed record of a part; None if there is none."""
    row = db.execute(
        "SELECT header, signature, fields FROM parts WHERE part_id = ? AND state = 'sealed'",
        (part_id,),
    ).fetchone()
    return None if row is None else Record(*row)


def amendments_touching(
    db: sqlite3.Connection, slots: Collection[int], parts: Collection[str]
) -> list[Amendment]:
    """Return the amendments that touch *slots* or name *parts*, in order.

    What revokes any of them comes along.
    """
    found: dict[str, str] = {}
    for marks, values in _batches(slots):
        found.update(_contents(db, "amendment_slots", f"slot IN ({marks})", values))
    for marks, values in _batches(parts):
        found.update(_contents(db, "amendment_refs", f"ref IN ({marks})", values))
    decoded = [decode_amendment(content) for content in found.values()]
    for marks, values in _batches(list(found)):
        decoded += [
            amendment
            for amendment_id, content in _contents(
                db, "amendment_refs", f"ref IN ({marks})", values
            ).items()
            if amendment_id not in found
            and isinstance((amendment := decode_amendment(content)).change, Revoke)
        ]
    return sorted(decoded, key=lambda amendment: amendment.order)


def segment_row(segment: BilledSegment) -> Row:
    """Return *segment* as a row of the table."""
    folded, bill = segment.segment, segment.bill
    return (
        folded.key.slot.index,
        folded.key.contract,
        folded.memo,
        folded.label,
        folded.origin.value,
        folded.tracked_seconds,
        bill.seconds,
        bill.reason.value,
        None if bill.amount is None else str(bill.amount),
        bill.currency,
        int(folded.is_deleted),
        write_segment(folded),
        folded.manual_seconds,
        late_seconds(folded),
        minor_of(bill),
    )


def minor_of(bill: Bill) -> int | None:
    """Return the amount of *bill* in minor units; None without a rate."""
    return None if bill.amount is None else minor_units(bill.amount, bill.currency)


def segment(row: tuple[int, str, str, int, str, str | None, str]) -> BilledSegment:
    """Return the segment of a row of `SEGMENT`."""
    slot, contract, content, seconds, reason, amount, currency = row
    return BilledSegment(
        read_segment(slot, contract, content),
        Bill(seconds, Reason(reason), None if amount is None else Decimal(amount), currency),
    )


def segments(db: sqlite3.Connection, start: int, end: int) -> list[BilledSegment]:
    """Return the segments of the slots ``[start, end)``, by slot and contract."""
    rows = db.execute(
        f"SELECT {SEGMENT} FROM segments WHERE slot >= ? AND slot < ?"  # noqa: S608 -- a constant
        " ORDER BY slot, contract_id",
        (start, end),
    ).fetchall()
    return [segment(row) for row in rows]


def _contents(
    db: sqlite3.Connection, table: str, condition: str, values: list[str | int]
) -> dict[str, str]:
    return dict(
        db.execute(
            f"SELECT a.amendment_id, a.content FROM {table} JOIN amendments a"  # noqa: S608 -- constants
            f" USING (amendment_id) WHERE {condition}",
            values,
        ).fetchall()
    )


def _batches(values: Iterable[str | int]) -> Iterator[tuple[str, list[str | int]]]:
    everything = sorted(values, key=str)
    for first in range(0, len(everything), _BATCH):
        batch = everything[first : first + _BATCH]
        yield ",".join("?" * len(batch)), batch
