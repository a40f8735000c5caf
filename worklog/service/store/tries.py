"""How often something was tried of late, counted for all workers together (T19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite

from worklog.domain.wording import count
from worklog.service.problems import TooManyRequestsError
from worklog.service.scope import Scope
from worklog.service.store import tables as t

_WINDOW_MS: Final = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in a quarter of an hour.

    Attributes:
        of: What is tried, such as `login`.
        most: Tries that are free.
    """

    of: str
    most: int


LOGIN_BY_NAME: Final = Limit("login", 10)
# From all addresses together: far above the others, so that a guesser with many of them
# is stopped and can still not easily lock the owner out.
LOGIN_BY_ACCOUNT: Final = Limit("account", 200)
LOGIN_BY_ADDRESS: Final = Limit("address", 50)
CODE: Final = Limit("code", 5)
PASSWORD: Final = Limit("password", 10)
LINK: Final = Limit("link", 50)
DEVICE: Final = Limit("device", 30)
RESET_BY_ADDRESS: Final = Limit("reset-from", 10)
RESET_BY_MAIL: Final = Limit("reset-of", 3)


def count_try(scope: Scope, limit: Limit, key: str) -> TooManyRequestsError | None:
    """Count one try of *key*, such as a name or an address; return the refusal if that is due.

    It is returned and not raised, because it must not undo the counting.
    """
    insert = sqlite.insert if scope.db.dialect.name == "sqlite" else postgresql.insert
    new = insert(t.tries).values(what=f"{limit.of}:{key}", since_ms=scope.at_ms, number=1)
    is_over = scope.at_ms - t.tries.c.since_ms >= _WINDOW_MS
    counted = new.on_conflict_do_update(
        index_elements=[t.tries.c.what],
        set_={
            "number": case((is_over, 1), else_=t.tries.c.number + 1),
            "since_ms": case((is_over, scope.at_ms), else_=t.tries.c.since_ms),
        },
    ).returning(t.tries.c.number, t.tries.c.since_ms)
    row = scope.db.execute(counted).one()
    if row.number <= limit.most:
        return None
    left = max(1, -(-(row.since_ms + _WINDOW_MS - scope.at_ms) // 1000))
    msg = "That was tried too often."
    return TooManyRequestsError(
        msg, retry_after=left, hint=f"Try again in {count(-(-left // 60), 'minute')}."
    )


def forget_tries(scope: Scope, limit: Limit, key: str) -> None:
    """Start anew for *key*: what was tried has worked."""
    scope.db.execute(delete(t.tries).where(t.tries.c.what == f"{limit.of}:{key}"))
