"""Links that work once: invitations and new passwords. Only their SHA-256 is kept.

Using one up is a single statement that finds it usable, so that of two who follow it at
the same moment only one gets in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Row, insert, select, update

from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import TOKEN_BYTES, token_hash

LIFE: Final = timedelta(days=7)
_LIFE_MS: Final = LIFE // timedelta(milliseconds=1)


class Purpose(StrEnum):
    """What somebody may do who has a link."""

    FREELANCER = "freelancer"  # be offered contracts by an organisation
    MEMBER = "member"  # of an organisation
    OWNER = "owner"  # of an organisation
    OPERATOR = "operator"  # of the service
    RESET = "reset"  # the password of an account


@dataclass(frozen=True, slots=True)
class Link:
    """A link, without what makes it work.

    Attributes:
        link: Its id, which is the hash of its code.
        purpose: What it is for.
        organisation: Id of the organisation to join.
        organisation_name: Its name.
        user: Account whose password it is about.
        user_name: Its login name.
        note: Whom it is for, in the words of its maker.
        created_by: Account that made it, or what else did.
        created_ms: When [ms].
        expires_ms: Until when it works [ms].
        state: Empty while it works; else `used`, `revoked` or `expired`.
    """

    link: str
    purpose: Purpose
    organisation: str | None
    organisation_name: str
    user: str | None
    user_name: str
    note: str
    created_by: str
    created_ms: int
    expires_ms: int
    state: str


def make_link(
    scope: Scope,
    purpose: Purpose,
    *,
    organisation: str | None = None,
    user: str | None = None,
    note: str = "",
) -> str:
    """Return the code of a new link; it cannot be shown again."""
    code = secrets.token_urlsafe(TOKEN_BYTES)
    scope.db.execute(
        insert(t.links).values(
            link_hash=token_hash(code),
            purpose=purpose.value,
            organisation_id=organisation,
            user_id=user,
            note=note,
            created_by=scope.actor.name or scope.actor.user,
            created_ms=scope.at_ms,
            expires_ms=scope.at_ms + _LIFE_MS,
        )
    )
    return code


def link_of(scope: Scope, code: str) -> Link | None:
    """Return the link with *code*, whether or not it still works."""
    found = _links(scope, t.links.c.link_hash == token_hash(code))
    return found[0] if found else None


def link_with_id(scope: Scope, link: str) -> Link | None:
    """Return the link with the id *link*."""
    found = _links(scope, t.links.c.link_hash == link)
    return found[0] if found else None


def open_links(scope: Scope, *, organisation: str | None) -> list[Link]:
    """Return invitations that still work, newest first: to *organisation*, or of the service."""
    is_of = (
        t.links.c.purpose == Purpose.OPERATOR.value
        if organisation is None
        else t.links.c.organisation_id == organisation
    )
    return _links(scope, is_of, *_usable(scope))


def use_up(scope: Scope, code: str) -> bool:
    """Use the link with *code* up; return whether it worked until now.

    Whom it was for nobody has to know any more.
    """
    used = update(t.links).where(t.links.c.link_hash == token_hash(code), *_usable(scope))
    return bool(scope.db.execute(used.values(used_ms=scope.at_ms, note="")).rowcount)


def revoke_link(scope: Scope, link: str) -> bool:
    """Make the link with the id *link* worthless; return whether it worked until now."""
    revoked = update(t.links).where(t.links.c.link_hash == link, *_usable(scope))
    return bool(scope.db.execute(revoked.values(revoked_ms=scope.at_ms)).rowcount)


def revoke_resets(scope: Scope, user: str) -> None:
    """Make all links about the password of *user* worthless."""
    is_theirs = (t.links.c.user_id == user, t.links.c.purpose == Purpose.RESET.value)
    revoked = update(t.links).where(*is_theirs, *_usable(scope))
    scope.db.execute(revoked.values(revoked_ms=scope.at_ms))


def _usable(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (
        t.links.c.used_ms.is_(None),
        t.links.c.revoked_ms.is_(None),
        t.links.c.expires_ms > scope.at_ms,
    )


def _links(scope: Scope, *conditions: ColumnElement[bool]) -> list[Link]:
    rows = scope.db.execute(
        select(
            t.links,
            t.organisations.c.name.label("organisation_name"),
            t.users.c.name.label("user_name"),
        )
        .outerjoin(t.organisations, t.organisations.c.organisation_id == t.links.c.organisation_id)
        .outerjoin(t.users, t.users.c.user_id == t.links.c.user_id)
        .where(*conditions)
        .order_by(t.links.c.created_ms.desc(), t.links.c.link_hash)
    )
    return [
        Link(
            link=row.link_hash,
            purpose=Purpose(row.purpose),
            organisation=row.organisation_id,
            organisation_name=row.organisation_name or "",
            user=row.user_id,
            user_name=row.user_name or "",
            note=row.note,
            created_by=row.created_by,
            created_ms=row.created_ms,
            expires_ms=row.expires_ms,
            state=_state(row, scope.at_ms),
        )
        for row in rows
    ]


def _state(row: Row[tuple[object, ...]], now_ms: int) -> str:
    if row.used_ms is not None:
        return "used"
    if row.revoked_ms is not None:
        return "revoked"
    return "expired" if row.expires_ms <= now_ms else ""
