"""Sessions in the browser: tokens that may do everything a person may, and run out.

A session ends fourteen days after it was last used. Its address and browser are kept so
that its owner can tell it from somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update

from worklog.domain.grid import from_epoch_ms
from worklog.service.scope import Permit, Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import grant_token, token_hash

SESSION_LENGTH: Final = timedelta(days=14)
_LENGTH_MS: Final = SESSION_LENGTH // timedelta(milliseconds=1)
SEEN_EVERY_MS: Final = 600_000  # a write per request would be one too many
_AGENT_LENGTH: Final = 300  # characters
_ADDRESS_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it.

    Attributes:
        name: What stands for it in forms: its hash, with which nobody can log in.
        agent: What its browser called itself.
        address: It was begun from.
        begun: When.
        seen: When it was last used, to ten minutes.
        is_this: Whether it is the one that asks.
    """

    name: str
    agent: str
    address: str
    begun: datetime
    seen: datetime
    is_this: bool


def begin_session(scope: Scope, user: str, *, agent: str = "", address: str = "") -> str:
    """Return the token of a new session of *user*; it cannot be shown again."""
    token = grant_token(scope, user, {Permit.WEB}, expires_ms=scope.at_ms + _LENGTH_MS)
    scope.db.execute(
        update(t.tokens)
        .where(t.tokens.c.token_hash == token_hash(token))
        .values(seen_ms=scope.at_ms, agent=agent[:_AGENT_LENGTH], address=address[:_ADDRESS_LENGTH])
    )
    return token


def user_of_session(scope: Scope, token: str) -> tuple[str, bool] | None:
    """Return whose session *token* is, and whether `touch_session` is due; None if it ended."""
    row = scope.db.execute(
        select(t.tokens.c.user_id, t.tokens.c.seen_ms).where(
            t.tokens.c.token_hash == token_hash(token),
            t.tokens.c.device_id.is_(None),
            t.tokens.c.permits == Permit.WEB.value,
            t.tokens.c.revoked_ms.is_(None),
            t.tokens.c.expires_ms > scope.at_ms,
        )
    ).one_or_none()
    if row is None:
        return None
    return row.user_id, scope.at_ms - (row.seen_ms or 0) >= SEEN_EVERY_MS


def touch_session(scope: Scope, token: str) -> None:
    """Note that the session *token* was used now, and let it last from now on."""
    scope.db.execute(
        update(t.tokens)
        .where(t.tokens.c.token_hash == token_hash(token))
        .values(seen_ms=scope.at_ms, expires_ms=scope.at_ms + _LENGTH_MS)
    )


def end_session(scope: Scope, token: str) -> None:
    """End the session *token*."""
    scope.db.execute(
        update(t.tokens)
        .where(t.tokens.c.token_hash == token_hash(token), t.tokens.c.revoked_ms.is_(None))
        .values(revoked_ms=scope.at_ms)
    )


def end_sessions(scope: Scope, user: str) -> None:
    """End all sessions of *user*; devices stay logged in."""
    scope.db.execute(update(t.tokens).where(*_live(scope, user)).values(revoked_ms=scope.at_ms))


def sessions_of(scope: Scope, user: str, token: str) -> list[Session]:
    """Return the sessions of *user* that have not ended: first that of *token*, then the newest."""
    this = token_hash(token)
    rows = scope.db.execute(
        select(t.tokens)
        .where(*_live(scope, user))
        .order_by(t.tokens.c.token_hash != this, t.tokens.c.seen_ms.desc(), t.tokens.c.token_hash)
    )
    return [
        Session(
            name=row.token_hash,
            agent=row.agent,
            address=row.address,
            begun=from_epoch_ms(row.created_ms),
            seen=from_epoch_ms(row.seen_ms or row.created_ms),
            is_this=row.token_hash == this,
        )
        for row in rows
    ]


def end_named(scope: Scope, user: str, name: str) -> int:
    """End the session *name* of *user*; return how many that were."""
    ended = update(t.tokens).where(*_live(scope, user), t.tokens.c.token_hash == name)
    return scope.db.execute(ended.values(revoked_ms=scope.at_ms)).rowcount


def end_others(scope: Scope, user: str, token: str) -> int:
    """End the sessions of *user*, all but that of *token*; return how many that were."""
    ended = update(t.tokens).where(*_live(scope, user), t.tokens.c.token_hash != token_hash(token))
    return scope.db.execute(ended.values(revoked_ms=scope.at_ms)).rowcount


def _live(scope: Scope, user: str) -> tuple[ColumnElement[bool], ...]:
    return (
        t.tokens.c.user_id == user,
        t.tokens.c.device_id.is_(None),
        t.tokens.c.permits == Permit.WEB.value,
        t.tokens.c.revoked_ms.is_(None),
        t.tokens.c.expires_ms > scope.at_ms,
    )
