"""Who somebody is to the service: their organisations, contracts and preferences."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select

from worklog.service.scope import Actor, Permit, Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import OWNER


@dataclass(frozen=True, slots=True)
class Membership:
    """That somebody belongs to an organisation.

    Attributes:
        organisation: Its id.
        name: Its name.
        is_owner: Whether they may change its people and contracts.
    """

    organisation: str
    name: str
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in to the pages.

    Attributes:
        actor: What every scope is opened with.
        display: What others see.
        mail: Where mail goes; may be empty.
        zone: IANA name of their time zone; empty for the browser's.
        memberships: Organisations they are a client for, by name.
        is_freelancer: Whether they have a contract, or could be offered one.
    """

    actor: Actor
    display: str
    mail: str
    zone: str
    memberships: tuple[Membership, ...]
    is_freelancer: bool

    @property
    def user(self) -> str:
        return self.actor.user

    @property
    def is_operator(self) -> bool:
        return self.actor.is_operator

    @property
    def is_client(self) -> bool:
        return bool(self.memberships)

    @property
    def is_owner(self) -> bool:
        """Whether they own any organisation."""
        return any(membership.is_owner for membership in self.memberships)


def person_of(scope: Scope, user: str) -> Person | None:
    """Return the person with the account *user*; None if it is gone or disabled.

    *scope* is the system's: who asks is what this finds out.
    """
    row = scope.db.execute(
        select(t.users).where(t.users.c.user_id == user, t.users.c.disabled_ms.is_(None))
    ).one_or_none()
    if row is None:
        return None
    is_freelancer = scope.db.execute(
        select(
            exists().where(t.contracts.c.freelancer_id == user)
            | exists().where(t.partners.c.user_id == user)
        )
    ).scalar_one()
    return Person(
        actor=Actor(
            user=user,
            name=row.name,
            permits=frozenset({Permit.WEB}),
            is_operator=row.is_operator,
        ),
        display=row.display or row.name,
        mail=row.mail,
        zone=row.zone,
        memberships=memberships_of(scope, user),
        is_freelancer=bool(is_freelancer),
    )


def memberships_of(scope: Scope, user: str) -> tuple[Membership, ...]:
    """Return the organisations that *user* belongs to, by name."""
    rows = scope.db.execute(
        select(t.members.c.organisation_id, t.members.c.role, t.organisations.c.name)
        .join(t.organisations, t.organisations.c.organisation_id == t.members.c.organisation_id)
        .where(t.members.c.user_id == user)
        .order_by(t.organisations.c.name, t.members.c.organisation_id)
    )
    return tuple(Membership(row.organisation_id, row.name, row.role == OWNER) for row in rows)


def names_of(scope: Scope, users: Collection[str]) -> dict[str, str]:
    """Return what others see of *users*, by id; accounts that are gone are not in it."""
    rows = scope.db.execute(
        select(t.users.c.user_id, t.users.c.name, t.users.c.display).where(
            t.users.c.user_id.in_(sorted(users))
        )
    )
    return {row.user_id: row.display or row.name for row in rows}
