"""What waits for a client, and disputed segments (R27), as rows.

No rules: those are in `worklog.domain.dispute`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Row, func, insert, select, update

from worklog.domain.dispute import Dispute, State
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.segment import Reason
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import new_id

_OPEN: Final = (State.OPEN.value, State.ANSWERED.value)


def is_disputed(scope: Scope, contract: ContractId, slots: range) -> bool:
    """Return whether a dispute about *slots* is not closed."""
    query = select(t.disputes.c.dispute_id).where(
        t.disputes.c.contract_id == contract,
        t.disputes.c.slot.between(slots.start, slots.stop - 1),
        t.disputes.c.state.in_(_OPEN),
    )
    return scope.db.execute(query.limit(1)).first() is not None


def open_disputes(
    scope: Scope, *, freelancer: str | None = None, organisation: str | None = None
) -> int:
    """Return how many segments of *freelancer*, or for *organisation*, are in dispute."""
    query = select(func.count()).where(t.disputes.c.state.in_(_OPEN))
    if freelancer is not None:
        query = query.where(t.disputes.c.freelancer_id == freelancer)
    if organisation is not None:
        query = query.join(
            t.contracts, t.contracts.c.contract_id == t.disputes.c.contract_id
        ).where(t.contracts.c.organisation_id == organisation)
    return scope.db.execute(query).scalar_one()


def disputes_of(
    scope: Scope, contracts: Collection[ContractId], slots: range | None = None
) -> list[Dispute]:
    """Return the disputes about *contracts*, by slot; of *slots* only where they are given."""
    query = select(t.disputes).where(t.disputes.c.contract_id.in_(sorted(contracts)))
    if slots is not None:
        query = query.where(t.disputes.c.slot.between(slots.start, slots.stop - 1))
    query = query.order_by(t.disputes.c.slot, t.disputes.c.dispute_id)
    return [_dispute(row) for row in scope.db.execute(query)]


def disputes_named(scope: Scope, names: Collection[str]) -> list[Dispute]:
    """Return the disputes with these ids that the actor is party to, by slot."""
    query = (
        select(t.disputes)
        .where(t.disputes.c.dispute_id.in_(sorted(names)))
        .order_by(t.disputes.c.slot, t.disputes.c.dispute_id)
    )
    return [_dispute(row) for row in scope.db.execute(query)]


def put_disputes(
    scope: Scope,
    *,
    freelancer: str,
    contract: ContractId,
    slots: Iterable[int],
    reason: str,
) -> None:
    """Add a dispute about each of *slots*."""
    scope.db.execute(
        insert(t.disputes),
        [
            {
                "dispute_id": new_id(scope),
                "contract_id": contract,
                "freelancer_id": freelancer,
                "slot": slot,
                "state": State.OPEN.value,
                "reason": reason,
                "answer": "",
                "outcome": "",
                "opened_ms": scope.at_ms,
            }
            for slot in slots
        ],
    )


def save_dispute(scope: Scope, now: Dispute) -> None:
    """Replace what is known of a dispute."""
    scope.db.execute(
        update(t.disputes)
        .where(t.disputes.c.dispute_id == now.dispute_id)
        .values(
            state=now.state.value,
            answer=now.answer,
            outcome=now.outcome,
            answered_ms=_ms(now.answered),
            closed_ms=_ms(now.closed),
        )
    )


def waiting_in(
    scope: Scope, contracts: Collection[ContractId]
) -> list[tuple[ContractId, Slot, Reason]]:
    """Return the segments of *contracts* that do not bill until the client accepts them."""
    query = (
        select(t.segments.c.contract_id, t.segments.c.slot, t.segments.c.reason)
        .where(
            t.segments.c.contract_id.in_(sorted(contracts)),
            t.segments.c.reason.in_([Reason.LATE.value, Reason.UNPROVEN.value]),
            t.segments.c.is_deleted.is_(False),
        )
        .order_by(t.segments.c.slot, t.segments.c.contract_id)
    )
    return [
        (ContractId(row.contract_id), Slot(row.slot), Reason(row.reason))
        for row in scope.db.execute(query)
    ]


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else epoch_ms(instant)


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(milliseconds)


def _dispute(row: Row[object]) -> Dispute:
    return Dispute(
        dispute_id=row.dispute_id,
        contract=ContractId(row.contract_id),
        slot=Slot(row.slot),
        reason=row.reason,
        opened=from_epoch_ms(row.opened_ms),
        state=State(row.state),
        answer=row.answer,
        answered=_instant(row.answered_ms),
        outcome=row.outcome,
        closed=_instant(row.closed_ms),
    )
