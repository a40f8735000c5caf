"""Sessions in the browser: tokens that may do everything a person may, and run out.

A session ends fourteen days after it was last used. Its address and browser are kept so
that its owner can tell it from somebody else's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from worklog.service.scope import Permit, Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import grant_token, token_hash

SESSION_LENGTH: Final = timedelta(days=14)
_LENGTH_MS: Final = SESSION_LENGTH // timedelta(milliseconds=1)
_SEEN_EVERY_MS: Final = 600_000  # a write per request would be one too many
_AGENT_LENGTH: Final = 300  # characters
_ADDRESS_LENGTH: Final = 64


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
    return row.user_id, scope.at_ms - (row.seen_ms or 0) >= _SEEN_EVERY_MS


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
    scope.db.execute(
        update(t.tokens)
        .where(
            t.tokens.c.user_id == user,
            t.tokens.c.device_id.is_(None),
            t.tokens.c.permits == Permit.WEB.value,
            t.tokens.c.revoked_ms.is_(None),
        )
        .values(revoked_ms=scope.at_ms)
    )
