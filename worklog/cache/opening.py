"""Opening the cache: schema, healing, and a rebuild where the database is gone or damaged."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from worklog.app.ports import Clock
from worklog.cache import rebuild, schema
from worklog.cache.store import SqliteCache
from worklog.domain.evidence import Signer
from worklog.errors import CacheBusyError, CacheCorruptError, CacheUnwritableError
from worklog.places import Places, ensure
from worklog.sqlite import connect, damaged, translate
from worklog.wire.reader import MalformedError

# What a quick check of this size takes is not felt at a start [bytes].
_QUICKLY_CHECKED: Final = 64 << 20


def open_cache(
    places: Places,
    *,
    clock: Clock,
    heal: bool = False,
    signer: Signer | None = None,
    token: Callable[[int], bytes] = secrets.token_bytes,
) -> SqliteCache:
    """Open the cache of *places*, made if there is none.

    With *heal*, for the tracker, a damaged database is set aside and made again from the
    journals. Without it, only one that is missing is.

    Raises:
        CacheCorruptError: it is damaged, and *heal* is False.
        CacheTooNewError: a newer worklog wrote it; nothing was written.
        CacheUnwritableError: it cannot be made or brought to the current schema.
        CacheBusyError: another process holds it.
    """
    ensure(places.data)
    if rebuild.is_wanted(places):
        rebuild.rebuild(places, now_ms=clock.now_ms())
    try:
        return _open(places, clock, signer, token, is_checked=heal)
    except CacheCorruptError:
        if not heal:
            raise
    rebuild.rebuild(places, now_ms=clock.now_ms())
    return _open(places, clock, signer, token, is_checked=False)


def is_there(places: Places) -> bool:
    """Return whether *places* has a cache, or journals to make one of."""
    return Path(places.database).exists() or rebuild.is_wanted(places)


def empty_cache(places: Places, *, clock: Clock) -> SqliteCache:
    """Return a cache that holds nothing and keeps nothing, for looking at an empty home."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    schema.prepare(db, ":memory:")
    db.execute("PRAGMA query_only = ON")
    return SqliteCache(db, places, clock=clock)


def _open(
    places: Places,
    clock: Clock,
    signer: Signer | None,
    token: Callable[[int], bytes],
    *,
    is_checked: bool,
) -> SqliteCache:
    if Path(places.database).is_dir():
        msg = "The local cache is damaged: a folder has the name of its database."
        raise CacheCorruptError(msg, hint="Run `worklog check --rebuild`.")
    db = connect(places.database)
    try:
        schema.prepare(db, places.database)
        if is_checked:
            _check(db, places.database)
        cache = SqliteCache(db, places, clock=clock, signer=signer, token=token)
        try:
            cache.heal()
        except (CacheBusyError, CacheUnwritableError):
            return cache  # reading goes on; the next write heals
    except (sqlite3.Error, UnicodeDecodeError, MalformedError) as error:
        # A schema without its tables, text that is no UTF-8, content that is no JSON.
        db.close()
        raise damaged() from error
    except BaseException:
        db.close()
        raise
    return cache


def _check(db: sqlite3.Connection, path: str) -> None:
    is_small = Path(path).stat().st_size <= _QUICKLY_CHECKED
    query = "PRAGMA quick_check(1)" if is_small else "SELECT count(*) FROM parts WHERE slot > 0"
    try:
        verdict = db.execute(query).fetchone()[0]
    except sqlite3.Error as error:
        raise translate(error) or error from error
    if is_small and verdict != "ok":
        msg = f"The local cache is damaged: {verdict}."
        raise CacheCorruptError(msg, hint="Run `worklog check --rebuild`.")
