"""Organisations: who belongs to them, who works for them, and when their week begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, update

from worklog.service.authorize import Owned, Party
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import OWNER


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation.

    Attributes:
        organisation: Its id.
        name: Its name.
        week_start: Day on which the billing week of its new contracts begins, Monday 0.
        week_hour: Hour of that day [UTC].
        owners: How many own it.
    """

    organisation: str
    name: str
    week_start: int
    week_hour: int
    owners: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to an organisation.

    Attributes:
        user: The account.
        name: Its login name.
        display: What others see.
        is_owner: Whether they may change people and contracts.
        since_ms: Since when [ms].
    """

    user: str
    name: str
    display: str
    is_owner: bool
    since_ms: int


@dataclass(frozen=True, slots=True)
class Partner:
    """A freelancer who works for an organisation, or could.

    Attributes:
        user: The account.
        name: Its login name.
        display: What others see.
        since_ms: When they followed the invitation [ms]; None if they did not.
        contracts: Running contracts.
    """

    user: str
    name: str
    display: str
    since_ms: int | None
    contracts: int


def membership(scope: Scope, organisation: str) -> Owned:
    """Return how the actor stands to *organisation*: nothing, also where there is none."""
    role = scope.db.execute(
        select(t.members.c.role).where(
            t.members.c.organisation_id == organisation, t.members.c.user_id == scope.actor.user
        )
    ).scalar()
    party = Party.OWNER if role == OWNER else Party.CLIENT
    return Owned("organisation", "", frozenset() if role is None else frozenset({party}))


def organisations(scope: Scope, organisation: str | None = None) -> list[Organisation]:
    """Return all organisations, or only *organisation*, by name."""
    owners = (
        select(func.count())
        .where(
            t.members.c.organisation_id == t.organisations.c.organisation_id,
            t.members.c.role == OWNER,
        )
        .scalar_subquery()
    )
    query = select(t.organisations, owners.label("owners")).order_by(
        func.lower(t.organisations.c.name), t.organisations.c.organisation_id
    )
    if organisation is not None:
        query = query.where(t.organisations.c.organisation_id == organisation)
    return [
        Organisation(row.organisation_id, row.name, row.week_start, row.week_hour, row.owners)
        for row in scope.db.execute(query)
    ]


def members_of(scope: Scope, organisation: str) -> list[Member]:
    """Return who belongs to *organisation*: owners first, then by name."""
    rows = scope.db.execute(
        select(t.members, t.users.c.name, t.users.c.display)
        .join(t.users, t.users.c.user_id == t.members.c.user_id)
        .where(t.members.c.organisation_id == organisation)
        .order_by(t.members.c.role != OWNER, func.lower(t.users.c.name))
    )
    return [
        Member(row.user_id, row.name, row.display or row.name, row.role == OWNER, row.since_ms)
        for row in rows
    ]


def partners_of(scope: Scope, organisation: str) -> list[Partner]:
    """Return the freelancers of *organisation*, by name; the actor belongs to it."""
    running = (
        select(t.contracts.c.freelancer_id, func.count().label("number"))
        .where(t.contracts.c.organisation_id == organisation, t.contracts.c.ended_ms.is_(None))
        .group_by(t.contracts.c.freelancer_id)
        .subquery()
    )
    rows = scope.db.execute(
        select(
            t.users.c.user_id,
            t.users.c.name,
            t.users.c.display,
            t.partners.c.since_ms,
            func.coalesce(running.c.number, 0).label("number"),
        )
        .outerjoin(
            t.partners,
            (t.partners.c.user_id == t.users.c.user_id)
            & (t.partners.c.organisation_id == organisation),
        )
        .outerjoin(running, running.c.freelancer_id == t.users.c.user_id)
        .where(or_(t.partners.c.user_id.is_not(None), running.c.number.is_not(None)))
        .order_by(func.lower(t.users.c.name))
    )
    return [
        Partner(row.user_id, row.name, row.display or row.name, row.since_ms, row.number)
        for row in rows
    ]


def lock_organisation(scope: Scope, organisation: str) -> None:
    """Wait until this transaction is the only one that changes the people of *organisation*."""
    scope.db.execute(
        select(t.organisations.c.organisation_id)
        .where(t.organisations.c.organisation_id == organisation)
        .with_for_update()
    )


def save_organisation(scope: Scope, organisation: str, values: Mapping[str, str | int]) -> None:
    """Give *organisation* new *values* by column."""
    is_it = t.organisations.c.organisation_id == organisation
    scope.db.execute(update(t.organisations).where(is_it).values(**values))


def set_role(scope: Scope, organisation: str, user: str, role: str) -> None:
    """Give a member of *organisation* another role."""
    is_it = (t.members.c.organisation_id == organisation, t.members.c.user_id == user)
    scope.db.execute(update(t.members).where(*is_it).values(role=role))


def remove_member(scope: Scope, organisation: str, user: str) -> None:
    """Let *user* belong to *organisation* no longer."""
    is_it = (t.members.c.organisation_id == organisation, t.members.c.user_id == user)
    scope.db.execute(delete(t.members).where(*is_it))


def remove_partner(scope: Scope, organisation: str, user: str) -> None:
    """Let *organisation* offer *user* no more contracts."""
    is_it = (t.partners.c.organisation_id == organisation, t.partners.c.user_id == user)
    scope.db.execute(delete(t.partners).where(*is_it))
