"""Contracts as both parties see them: with the names of who is bound, and requests. No rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from worklog.domain.contract import Contract
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.service.scope import Scope
from worklog.service.store import accounts
from worklog.service.store import tables as t
from worklog.service.store.people import Person


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract with its parties.

    Attributes:
        contract: Its words, terms and events.
        freelancer: Account of who works.
        freelancer_name: What others see of them.
        organisation: Id of who pays.
        organisation_name: What it is called.
        ended_at: When it ended; None while it goes on.
    """

    contract: Contract
    freelancer: str
    freelancer_name: str
    organisation: str
    organisation_name: str
    ended_at: datetime | None


def agreements_of(
    scope: Scope, person: Person, *, contract: ContractId | None = None
) -> list[Agreement]:
    """Return the contracts that *person* is party to, those that go on first, then by name."""
    own = t.contracts.c.freelancer_id == person.user
    organisations = [membership.organisation for membership in person.memberships]
    party: ColumnElement[bool] = or_(own, t.contracts.c.organisation_id.in_(organisations))
    query = (
        select(
            t.contracts.c.contract_id,
            t.contracts.c.freelancer_id,
            t.contracts.c.organisation_id,
            t.contracts.c.ended_ms,
            func.coalesce(func.nullif(t.users.c.display, ""), t.users.c.name).label("who"),
            t.organisations.c.name.label("organisation"),
        )
        .join(t.users, t.users.c.user_id == t.contracts.c.freelancer_id)
        .join(t.organisations, t.organisations.c.organisation_id == t.contracts.c.organisation_id)
        .where(party)
    )
    if contract is not None:
        query = query.where(t.contracts.c.contract_id == contract)
    rows = scope.db.execute(query).all()
    # A client's scope reads all contracts of a freelancer on SQLite: only the named are taken.
    known = {
        freelancer: accounts.contracts_of(scope, freelancer)
        for freelancer in sorted({row.freelancer_id for row in rows})
    }
    found = [
        Agreement(
            known[row.freelancer_id][ContractId(row.contract_id)],
            row.freelancer_id,
            row.who,
            row.organisation_id,
            row.organisation,
            None if row.ended_ms is None else from_epoch_ms(row.ended_ms),
        )
        for row in rows
    ]
    return sorted(
        found,
        key=lambda one: (one.ended_at is not None, one.contract.name.lower(), one.freelancer_name),
    )


def partners_of(scope: Scope, organisations: Collection[str]) -> dict[str, dict[str, str]]:
    """Return whom each organisation may offer contracts to: names by account."""
    rows = scope.db.execute(
        select(
            t.partners.c.organisation_id,
            t.partners.c.user_id,
            func.coalesce(func.nullif(t.users.c.display, ""), t.users.c.name).label("who"),
        )
        .join(t.users, t.users.c.user_id == t.partners.c.user_id)
        .where(t.partners.c.organisation_id.in_(sorted(organisations)))
        .order_by("who")
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.organisation_id, {})[row.user_id] = row.who
    return found


def members_of(scope: Scope, organisation: str) -> list[tuple[str, str]]:
    """Return names and roles of the people of *organisation*, by name."""
    rows = scope.db.execute(
        select(
            t.members.c.role,
            func.coalesce(func.nullif(t.users.c.display, ""), t.users.c.name).label("who"),
        )
        .join(t.users, t.users.c.user_id == t.members.c.user_id)
        .where(t.members.c.organisation_id == organisation)
        .order_by("who")
    )
    return [(row.who, row.role) for row in rows]


def week_start_of(scope: Scope, organisation: str) -> tuple[int, int]:
    """Return weekday (Monday 0) and UTC hour at which the billing weeks of new contracts begin."""
    row = scope.db.execute(
        select(t.organisations.c.week_start, t.organisations.c.week_hour).where(
            t.organisations.c.organisation_id == organisation
        )
    ).one()
    return row.week_start, row.week_hour
