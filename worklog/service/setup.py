"""The first account: a link that works once, shown on the terminal and nowhere else."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import select

from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import tables as t
from worklog.service.store.accounts import TOKEN_BYTES, token_hash
from worklog.service.store.meta import put_fact

SETUP: Final = "setup"


def setup_link(service: Service, address: str) -> str | None:
    """Return the link by which the first operator is made; None where there is one.

    Each start makes a new one, so a link that was lost or seen is worthless after the next.
    What is kept of it is its SHA-256, as the fact `SETUP`.
    """
    with service.store.writing(SYSTEM) as scope:
        operator = select(t.users.c.user_id).where(t.users.c.is_operator).limit(1)
        if scope.db.execute(operator).first() is not None:
            return None
        code = secrets.token_urlsafe(TOKEN_BYTES)
        put_fact(scope, SETUP, token_hash(code))
    return f"{address}/setup?code={code}"
