"""Rows of a diary as domain values and back: parts, amendments, segments. No rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Row, Table, delete, insert, select, update

from worklog.domain.amendment import Amendment, Key, Revoke
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.domain.part import Part
from worklog.domain.segment import Bill, BilledSegment, Reason, Segment
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.wire.amendment import decode_amendment
from worklog.wire.part import decode_part
from worklog.wire.segment import decode_segment, encode_segment

_BATCH: Final = 500  # values of one IN (…)
NO_FIELDS: Final = "{}"  # what a deletion leaves
T = TypeVar("T", int, str)


def batches(values: Collection[T]) -> Iterator[list[T]]:
    """Yield *values*, in order, as lists that fit one query."""
    ordered = sorted(values)
    for first in range(0, len(ordered), _BATCH):
        yield ordered[first : first + _BATCH]


# --- Parts ----------------------------------------------------------------------------


def part_rows(scope: Scope, freelancer: str, parts: Collection[str]) -> dict[str, Row[object]]:
    """Return the rows of *parts*, those that are there."""
    found = {}
    for some in batches(parts):
        query = select(t.parts).where(
            t.parts.c.freelancer_id == freelancer, t.parts.c.part_id.in_(some)
        )
        found.update({row.part_id: row for row in scope.db.execute(query)})
    return found


def record_of(row: Row[object]) -> Record:
    """Return the sealed record of a row of parts."""
    return Record(bytes(row.header), bytes(row.signature), row.fields)


def parts_in(
    scope: Scope, freelancer: str, slots: Collection[int]
) -> tuple[list[Part], dict[str, int]]:
    """Return the parts recorded in *slots*, and when each was received [ms]."""
    parts, received = [], {}
    for some in batches(slots):
        query = (
            select(t.parts.c.part_id, t.parts.c.header, t.parts.c.fields, t.parts.c.received_ms)
            .where(t.parts.c.freelancer_id == freelancer, t.parts.c.slot.in_(some))
            .order_by(t.parts.c.part_id)
        )
        for row in scope.db.execute(query):
            parts.append(decode_part(bytes(row.header), row.fields))
            received[row.part_id] = row.received_ms
    return parts, received


def put_fields(scope: Scope, freelancer: str, part: str, fields: str) -> None:
    """Replace the fields of a part by what an erasure left of them."""
    scope.db.execute(
        update(t.parts)
        .where(t.parts.c.freelancer_id == freelancer, t.parts.c.part_id == part)
        .values(fields=fields)
    )


def drop_fields(scope: Scope, freelancer: str, parts: Collection[PartId]) -> None:
    """Leave of *parts* nothing but their signed headers."""
    for some in batches(parts):
        scope.db.execute(
            update(t.parts)
            .where(t.parts.c.freelancer_id == freelancer, t.parts.c.part_id.in_(some))
            .values(fields=NO_FIELDS)
        )


# --- Amendments -----------------------------------------------------------------------


def amendments_touching(
    scope: Scope, freelancer: str, slots: Collection[int], refs: Collection[str]
) -> tuple[list[Amendment], dict[str, int]]:
    """Return the amendments that touch *slots* or name *refs*, and when each was received.

    What revokes any of them comes along.
    """
    found: dict[str, tuple[Amendment, int]] = {}
    by_slot, by_ref = t.amendment_slots, t.amendment_refs
    for some in batches(slots):
        found.update(_amendments(scope, freelancer, by_slot, by_slot.c.slot.in_(some)))
    for others in batches(refs):
        found.update(_amendments(scope, freelancer, by_ref, by_ref.c.ref.in_(others)))
    for named in batches(list(found)):
        revoking = _amendments(scope, freelancer, by_ref, by_ref.c.ref.in_(named))
        found.update(
            {
                name: (amendment, at)
                for name, (amendment, at) in revoking.items()
                if isinstance(amendment.change, Revoke)
            }
        )
    ordered = sorted(found.values(), key=lambda pair: pair[0].order)
    return [amendment for amendment, _ in ordered], {n: at for n, (_, at) in found.items()}


def amendments_named(scope: Scope, freelancer: str, names: Collection[str]) -> list[Amendment]:
    """Return the amendments with these ids, those that are there."""
    return [
        decode_amendment(row.content)
        for some in batches(names)
        for row in scope.db.execute(
            select(t.amendments.c.content).where(
                t.amendments.c.freelancer_id == freelancer, t.amendments.c.amendment_id.in_(some)
            )
        )
    ]


def index_amendment(
    scope: Scope,
    freelancer: str,
    amendment: AmendmentId,
    *,
    slots: Iterable[int],
    refs: Iterable[str],
) -> None:
    """Remember which slots and records *amendment* touches."""
    by_slot = [
        {"freelancer_id": freelancer, "slot": slot, "amendment_id": amendment}
        for slot in sorted(slots)
    ]
    if by_slot:
        scope.db.execute(insert(t.amendment_slots), by_slot)
    by_ref = [
        {"freelancer_id": freelancer, "ref": ref, "amendment_id": amendment} for ref in sorted(refs)
    ]
    if by_ref:
        scope.db.execute(insert(t.amendment_refs), by_ref)


def slots_of_refs(scope: Scope, freelancer: str, refs: Collection[str]) -> set[int]:
    """Return the slots of the parts and amendments *refs*, and of what those amendments name."""
    slots: set[int] = set()
    named: set[str] = set(refs)
    for some in batches(refs):
        slots.update(
            scope.db.scalars(
                select(t.amendment_slots.c.slot).where(
                    t.amendment_slots.c.freelancer_id == freelancer,
                    t.amendment_slots.c.amendment_id.in_(some),
                )
            )
        )
        named.update(
            scope.db.scalars(
                select(t.amendment_refs.c.ref).where(
                    t.amendment_refs.c.freelancer_id == freelancer,
                    t.amendment_refs.c.amendment_id.in_(some),
                )
            )
        )
    for some in batches(named):
        slots.update(
            scope.db.scalars(
                select(t.parts.c.slot).where(
                    t.parts.c.freelancer_id == freelancer, t.parts.c.part_id.in_(some)
                )
            )
        )
    return slots


def _amendments(
    scope: Scope, freelancer: str, index: Table, condition: ColumnElement[bool]
) -> dict[str, tuple[Amendment, int]]:
    # Each is read and decoded once, however many of the slots or records it names.
    named = select(index.c.amendment_id).where(index.c.freelancer_id == freelancer, condition)
    rows = scope.db.execute(
        select(t.amendments.c.amendment_id, t.amendments.c.content, t.amendments.c.received_ms)
        .where(t.amendments.c.freelancer_id == freelancer, t.amendments.c.amendment_id.in_(named))
        .order_by(t.amendments.c.amendment_id)
    )
    return {row.amendment_id: (decode_amendment(row.content), row.received_ms) for row in rows}


# --- Segments -------------------------------------------------------------------------


def segments(
    scope: Scope,
    freelancer: str,
    start: int,
    end: int,
    *,
    contract: ContractId | None = None,
) -> list[BilledSegment]:
    """Return the segments of the slots ``[start, end)``, by slot and contract."""
    query = (
        select(t.segments)
        .where(
            t.segments.c.freelancer_id == freelancer,
            t.segments.c.slot >= start,
            t.segments.c.slot < end,
        )
        .order_by(t.segments.c.slot, t.segments.c.contract_id)
    )
    if contract is not None:
        query = query.where(t.segments.c.contract_id == contract)
    return [_segment(row) for row in scope.db.execute(query)]


def segments_at(scope: Scope, freelancer: str, slots: Collection[int]) -> list[BilledSegment]:
    """Return the segments of *slots*, over all contracts."""
    return [
        _segment(row)
        for some in batches(slots)
        for row in scope.db.execute(
            select(t.segments)
            .where(t.segments.c.freelancer_id == freelancer, t.segments.c.slot.in_(some))
            .order_by(t.segments.c.slot, t.segments.c.contract_id)
        )
    ]


def contracts_in(
    scope: Scope, freelancer: str, slots: Collection[int]
) -> set[tuple[int, ContractId]]:
    """Return (slot, contract) of the segments in *slots*."""
    return {
        (row.slot, ContractId(row.contract_id))
        for some in batches(slots)
        for row in scope.db.execute(
            select(t.segments.c.slot, t.segments.c.contract_id).where(
                t.segments.c.freelancer_id == freelancer, t.segments.c.slot.in_(some)
            )
        )
    }


def put_segments(
    scope: Scope, freelancer: str, folded: Sequence[Segment], known: set[tuple[int, ContractId]]
) -> None:
    """Insert or replace *folded*, their bills left as they are; *known* are there already."""
    new, changed = [], []
    for segment in folded:
        key = segment.key
        content = {
            # The columns are for searching; PostgreSQL's text has no NUL.
            "memo": segment.memo.replace("\0", " "),
            "label": segment.label.replace("\0", " "),
            "origin": segment.origin.value,
            "tracked_seconds": segment.tracked_seconds,
            "is_deleted": segment.is_deleted,
            "content": encode_segment(segment),
        }
        if (key.slot.index, key.contract) in known:
            changed.append((key, content))
        else:
            new.append(
                {
                    "freelancer_id": freelancer,
                    "slot": key.slot.index,
                    "contract_id": key.contract,
                    "billed_seconds": 0,
                    "reason": Reason.IDLE.value,
                    "amount": None,
                    "currency": "",
                    **content,
                }
            )
    if new:
        scope.db.execute(insert(t.segments), new)
    for key, content in changed:
        scope.db.execute(update(t.segments).where(*_at(freelancer, key)).values(**content))


def drop_segment(scope: Scope, freelancer: str, key: Key) -> None:
    """Remove a segment of which nothing is left."""
    scope.db.execute(delete(t.segments).where(*_at(freelancer, key)))


def put_bill(scope: Scope, freelancer: str, key: Key, bill: Bill) -> None:
    """Replace the bill of a segment."""
    scope.db.execute(
        update(t.segments)
        .where(*_at(freelancer, key))
        .values(
            billed_seconds=bill.seconds,
            reason=bill.reason.value,
            amount=None if bill.amount is None else str(bill.amount),
            currency=bill.currency,
        )
    )


def settled(scope: Scope, freelancer: str, start: int, end: int) -> dict[Key, Bill]:
    """Return the bills that a lock froze in the slots ``[start, end]``."""
    rows = scope.db.execute(
        select(t.settled).where(
            t.settled.c.freelancer_id == freelancer, t.settled.c.slot.between(start, end)
        )
    )
    return {Key(Slot(row.slot), ContractId(row.contract_id)): _bill(row) for row in rows}


def settle(scope: Scope, freelancer: str, rows: Iterable[BilledSegment]) -> None:
    """Freeze the bills of *rows*; one that is frozen already stands."""
    known = {
        (row.slot, row.contract_id)
        for row in scope.db.execute(
            select(t.settled.c.slot, t.settled.c.contract_id).where(
                t.settled.c.freelancer_id == freelancer
            )
        )
    }
    new = [
        {
            "freelancer_id": freelancer,
            "slot": row.segment.key.slot.index,
            "contract_id": row.segment.key.contract,
            "billed_seconds": row.bill.seconds,
            "reason": row.bill.reason.value,
            "amount": None if row.bill.amount is None else str(row.bill.amount),
            "currency": row.bill.currency,
        }
        for row in rows
        if (row.segment.key.slot.index, row.segment.key.contract) not in known
    ]
    if new:
        scope.db.execute(insert(t.settled), new)


def pictures_of(scope: Scope, freelancer: str, parts: Collection[PartId]) -> list[Row[object]]:
    """Return the rows of the pictures of *parts*."""
    return [
        row
        for some in batches(parts)
        for row in scope.db.execute(
            select(t.pictures)
            .where(t.pictures.c.freelancer_id == freelancer, t.pictures.c.part_id.in_(some))
            .order_by(t.pictures.c.part_id, t.pictures.c.position)
        )
    ]


def _at(freelancer: str, key: Key) -> tuple[ColumnElement[bool], ...]:
    return (
        t.segments.c.freelancer_id == freelancer,
        t.segments.c.slot == key.slot.index,
        t.segments.c.contract_id == key.contract,
    )


def _segment(row: Row[object]) -> BilledSegment:
    return BilledSegment(decode_segment(row.slot, row.contract_id, row.content), _bill(row))


def _bill(row: Row[object]) -> Bill:
    amount = None if row.amount is None else Decimal(row.amount)
    return Bill(row.billed_seconds, Reason(row.reason), amount, row.currency)
