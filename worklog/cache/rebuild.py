"""Making the database again from journals and pictures.

The new database is built beside the old one and takes its name in one step. The old one
is kept under another name until the next erasure, which could not be carried out in it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

from worklog.cache import files, schema
from worklog.cache.journal import Entry, Journal
from worklog.cache.ledger import Ledger
from worklog.cache.materialise import materialise
from worklog.failpoints import reach
from worklog.flock import lock
from worklog.places import Places, ensure
from worklog.sqlite import Transaction, connect
from worklog.wire.reader import MalformedError

# Amendments come first, so that nothing that was deleted enters the new database at all.
_FIRST: Final = ("device", "contract", "stream", "amendment", "settled", "fact", "session", "gap")
_SECOND: Final = ("open", "seal", "picture", "discard", "receipt")
_NEW: Final = ".new"


def is_wanted(places: Places) -> bool:
    """Return whether there are journals without a database, or a rebuild was cut short."""
    if Path(_marker(places)).exists():
        return True
    if not Journal(places.journal).days():
        return False
    path = Path(places.database)
    return not path.exists() or path.stat().st_size == 0


def rebuild(places: Places, *, now_ms: int) -> int:
    """Make the database of *places* again; return how many journal lines were damaged.

    Nobody else may have the database open for writing. A second process that wants to
    rebuild waits, and builds it once more.

    Raises:
        CacheUnwritableError: there is no room for it; the old one is as it was.
    """
    ensure(places.data)
    with _alone(places):
        try:
            files.write_durably(_marker(places), b"", step="rebuild-marker")
            damaged = _build(places, places.database + _NEW)
            _swap(places, now_ms)
            files.remove(_marker(places))
        except OSError as error:
            raise files.unwritable(error) from error
        reach("rebuild.done")
        return damaged


def _build(places: Places, path: str) -> int:
    for name in (path, f"{path}-journal"):
        files.remove(name)
    db = connect(path)
    try:
        schema.prepare(db, path)
        return _fill(db, Journal(places.journal))
    finally:
        db.close()


def _fill(db: sqlite3.Connection, journal: Journal) -> int:
    damaged = 0
    with Transaction(db):
        ledger = Ledger(db)
        for kinds in (_FIRST, _SECOND):
            for day in journal.days():
                for _, entry in journal.read(day):
                    if entry is None:
                        damaged += kinds is _FIRST
                    elif entry.kind in kinds:
                        damaged += not _apply(ledger, entry)
            reach("rebuild.pass")
        materialise(db, ledger.touched)
        for day in journal.days():
            end = max((end for end, _ in journal.read(day)), default=0)
            db.execute("INSERT INTO journals VALUES (?, ?)", (day, end))
    return damaged


def _apply(ledger: Ledger, entry: Entry) -> bool:
    try:
        return ledger.apply(entry)
    except (MalformedError, sqlite3.IntegrityError):
        return False


def _swap(places: Places, now_ms: int) -> None:
    old = Path(places.database)
    aside = next(
        path
        for number in count()
        if not Path(path := f"{places.database}.damaged-{now_ms}-{number}").exists()
    )
    reach("rebuild.aside")
    # The old rollback journal must go first, or SQLite would roll it into the new file.
    with suppress(FileNotFoundError):
        Path(f"{old}-journal").replace(f"{aside}-journal")
    if old.is_dir():
        old.replace(aside)
    elif old.exists():
        os.link(old, aside)
    reach("rebuild.swap")
    Path(f"{old}{_NEW}").replace(old)
    files.sync_folder(places.data)


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    descriptor = files.create_missing(f"{places.data}/rebuild.lock")
    try:
        lock(descriptor, waits=True)
        yield
    finally:
        os.close(descriptor)


def _marker(places: Places) -> str:
    return f"{places.data}/rebuilding"
