"""Small facts of the whole service: above all its epoch.

The epoch says which history of the database this is. A restored backup is another
history: it gets a new one, and trackers then compare digests and refill what is missing.
"""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import delete, insert, select

from worklog.service.scope import Scope
from worklog.service.store import tables as t

EPOCH: Final = "epoch"
_EPOCH_BYTES: Final = 16


def fact(scope: Scope, name: str) -> str | None:
    """Return the fact *name*."""
    return scope.db.execute(select(t.meta.c.value).where(t.meta.c.name == name)).scalar()


def put_fact(scope: Scope, name: str, value: str) -> None:
    """Remember *value* as the fact *name*."""
    scope.db.execute(delete(t.meta).where(t.meta.c.name == name))
    scope.db.execute(insert(t.meta).values(name=name, value=value))


def drop_fact(scope: Scope, name: str) -> None:
    """Forget the fact *name*."""
    scope.db.execute(delete(t.meta).where(t.meta.c.name == name))


def epoch(scope: Scope) -> str:
    """Return the epoch of the database; empty before `ensure_epoch`."""
    return fact(scope, EPOCH) or ""


def ensure_epoch(scope: Scope) -> str:
    """Return the epoch, made now for a new database."""
    return epoch(scope) or renew_epoch(scope)


def renew_epoch(scope: Scope) -> str:
    """Give the database another epoch: what a restore does before it serves again."""
    value = secrets.token_hex(_EPOCH_BYTES)
    put_fact(scope, EPOCH, value)
    return value
