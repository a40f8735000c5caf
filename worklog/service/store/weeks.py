"""Billing weeks of contracts: what people did to them, and when their bills froze. No rules.

A row of `weeks` is there from the first segment of that week on, so that background work
finds what is to be settled or erased without asking for every week there ever was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from worklog.domain.contract import WEEK_LENGTH, Week, WeekEvent
from worklog.domain.grid import SLOT_SECONDS, epoch_ms, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.segment import Reason
from worklog.service.scope import Scope
from worklog.service.store import tables as t

_SLOT_MS: Final = SLOT_SECONDS * 1000
_WEEK_MS: Final = epoch_ms(from_epoch_ms(0) + WEEK_LENGTH)
_WEEK_SLOTS: Final = _WEEK_MS // _SLOT_MS
# A transaction has the time of its begin, and then waits for its turn at the diary: what it
# writes after an erasure may have been received before it. Longer than any wait.
_WAIT_MS: Final = 60_000

Account = tuple[ContractId, Week]


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One billing week of one contract that has, or had, segments.

    Attributes:
        freelancer: Whose diary.
        contract: Which contract.
        week: Which week.
        settled_at: Since when its bills are frozen; None while they are not.
        erased_at: Since when its pictures and titles are erased; None while they are not.
    """

    freelancer: str
    contract: ContractId
    week: Week
    settled_at: datetime | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to a week: the event of the contract, with who and why.

    Attributes:
        event: What the lock is judged by.
        author: What the account is called.
        reason: In their words; empty for a submission.
    """

    event: WeekEvent
    author: str
    reason: str


# --- What people did ------------------------------------------------------------------


def events_of(scope: Scope, freelancer: str) -> dict[str, tuple[WeekEvent, ...]]:
    """Return what happened to the weeks of all contracts of *freelancer*, in order."""
    found: dict[str, tuple[WeekEvent, ...]] = {}
    for row in scope.db.execute(
        select(t.week_events)
        .where(t.week_events.c.freelancer_id == freelancer)
        .order_by(t.week_events.c.at_ms, t.week_events.c.event_id)
    ):
        found[row.contract_id] = (*found.get(row.contract_id, ()), _event(row))
    return found


def put_event(  # noqa: PLR0913 -- a row's worth
    scope: Scope,
    event: str,
    *,
    freelancer: str,
    contract: ContractId,
    week: Week,
    is_open: bool,
    reason: str = "",
) -> None:
    """Note that the actor submitted or reopened *week*."""
    scope.db.execute(
        insert(t.week_events).values(
            event_id=event,
            contract_id=contract,
            freelancer_id=freelancer,
            week_ms=epoch_ms(week.start),
            is_open=is_open,
            at_ms=scope.at_ms,
            author_id=scope.actor.user,
            reason=reason,
        )
    )


def deeds_of(scope: Scope, contract: ContractId, week: Week) -> list[Deed]:
    """Return what people did to *week*, in order."""
    rows = scope.db.execute(
        select(t.week_events, t.users.c.name, t.users.c.display)
        .join(t.users, t.users.c.user_id == t.week_events.c.author_id)
        .where(
            t.week_events.c.contract_id == contract,
            t.week_events.c.week_ms == epoch_ms(week.start),
        )
        .order_by(t.week_events.c.at_ms, t.week_events.c.event_id)
    )
    return [Deed(_event(row), row.display or row.name, row.reason) for row in rows]


# --- The rows -------------------------------------------------------------------------


def ensure(scope: Scope, freelancer: str, accounts: Iterable[Account]) -> None:
    """Make sure that each week of *accounts* has its row."""
    rows = [
        {
            "contract_id": contract,
            "week_ms": epoch_ms(week.start),
            "freelancer_id": freelancer,
        }
        for contract, week in sorted(accounts, key=lambda account: (account[1], account[0]))
    ]
    if not rows:
        return
    dialect = sqlite if scope.db.dialect.name == "sqlite" else postgresql
    scope.db.execute(dialect.insert(t.weeks).on_conflict_do_nothing(), rows)


def unsettled(
    scope: Scope, *, ended_by_ms: int, freelancer: str | None = None, limit: int = 1_000
) -> list[WeekRow]:
    """Return weeks that had ended by a moment [ms] and whose bills are not frozen, oldest first."""
    query = select(t.weeks).where(
        t.weeks.c.settled_ms.is_(None), t.weeks.c.week_ms <= ended_by_ms - _WEEK_MS
    )
    if freelancer is not None:
        query = query.where(t.weeks.c.freelancer_id == freelancer)
    query = query.order_by(t.weeks.c.week_ms, t.weeks.c.contract_id).limit(limit)
    return [_row(row) for row in scope.db.execute(query)]


def perishable(scope: Scope, *, ended_by_ms: int, limit: int = 500) -> list[WeekRow]:
    """Return settled weeks whose pictures and titles are not erased, oldest first.

    Among them those to which something came after they were erased.
    """
    came_later = exists().where(
        t.parts.c.contract_id == t.weeks.c.contract_id,
        t.parts.c.slot >= t.weeks.c.week_ms // _SLOT_MS,
        t.parts.c.slot < t.weeks.c.week_ms // _SLOT_MS + _WEEK_SLOTS,
        t.parts.c.received_ms > t.weeks.c.erased_ms - _WAIT_MS,
    )
    query = (
        select(t.weeks)
        .where(
            t.weeks.c.settled_ms.is_not(None),
            t.weeks.c.week_ms <= ended_by_ms - _WEEK_MS,
            t.weeks.c.erased_ms.is_(None) | came_later,
        )
        .order_by(t.weeks.c.week_ms, t.weeks.c.contract_id)
        .limit(limit)
    )
    return [_row(row) for row in scope.db.execute(query)]


def row_of(scope: Scope, contract: ContractId, week: Week) -> WeekRow | None:
    """Return the row of *week*; None where nothing was ever recorded in it."""
    row = scope.db.execute(select(t.weeks).where(*_at(contract, week))).one_or_none()
    return None if row is None else _row(row)


def rows_of(scope: Scope, contracts: Collection[ContractId]) -> list[WeekRow]:
    """Return the weeks of *contracts* in which something was recorded, newest first."""
    query = (
        select(t.weeks)
        .where(t.weeks.c.contract_id.in_(sorted(contracts)))
        .order_by(t.weeks.c.week_ms.desc(), t.weeks.c.contract_id)
    )
    return [_row(row) for row in scope.db.execute(query)]


def mark_settled(scope: Scope, contract: ContractId, week: Week, *, is_settled: bool) -> None:
    """Note that the bills of *week* are frozen from now on, or no longer."""
    value = scope.at_ms if is_settled else None
    scope.db.execute(update(t.weeks).where(*_at(contract, week)).values(settled_ms=value))


def mark_erased(scope: Scope, contract: ContractId, week: Week) -> None:
    """Note that pictures and titles of *week* are erased now."""
    scope.db.execute(update(t.weeks).where(*_at(contract, week)).values(erased_ms=scope.at_ms))


# --- Frozen bills ---------------------------------------------------------------------


def thaw_week(scope: Scope, freelancer: str, contract: ContractId, week: Week) -> None:
    """Let the bills of *week* be computed again; what was deleted since keeps its bill (R23)."""
    is_deleted = exists().where(
        t.segments.c.freelancer_id == t.settled.c.freelancer_id,
        t.segments.c.slot == t.settled.c.slot,
        t.segments.c.contract_id == t.settled.c.contract_id,
        t.segments.c.is_deleted,
    )
    slots = week.slots()
    scope.db.execute(
        delete(t.settled).where(
            t.settled.c.freelancer_id == freelancer,
            t.settled.c.contract_id == contract,
            t.settled.c.slot.between(slots.start, slots.stop - 1),
            ~is_deleted,
        )
    )


def thaw_unpaid(
    scope: Scope, freelancer: str, contract: ContractId, slots: Collection[int]
) -> None:
    """Let the bills of *slots* be computed again that froze at nothing for want of a yes."""
    reasons = (Reason.LATE.value, Reason.UNPROVEN.value, Reason.IDLE.value)
    scope.db.execute(
        delete(t.settled).where(
            t.settled.c.freelancer_id == freelancer,
            t.settled.c.contract_id == contract,
            t.settled.c.slot.in_(sorted(slots)),
            t.settled.c.billed_seconds == 0,
            t.settled.c.reason.in_(reasons),
        )
    )


def _at(contract: ContractId, week: Week) -> tuple[ColumnElement[bool], ...]:
    return (t.weeks.c.contract_id == contract, t.weeks.c.week_ms == epoch_ms(week.start))


def _row(row: Row[object]) -> WeekRow:
    settled, erased = row.settled_ms, row.erased_ms
    return WeekRow(
        freelancer=row.freelancer_id,
        contract=ContractId(row.contract_id),
        week=Week(from_epoch_ms(row.week_ms)),
        settled_at=None if settled is None else from_epoch_ms(settled),
        erased_at=None if erased is None else from_epoch_ms(erased),
    )


def _event(row: Row[object]) -> WeekEvent:
    return WeekEvent(
        week=from_epoch_ms(row.week_ms),
        at=from_epoch_ms(row.at_ms),
        is_open=row.is_open,
    )
