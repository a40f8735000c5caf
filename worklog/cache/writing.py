"""One write: journal and database together, so that a crash leaves both or neither.

BEGIN IMMEDIATE; entries applied to the database and appended to the journal, synced;
COMMIT. What another process had in the journal when it died is adopted first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from worklog.app.ports import EncodedPicture
from worklog.cache.journal import Entry, Journal
from worklog.cache.ledger import Ledger
from worklog.cache.materialise import materialise
from worklog.cache.pictures import PictureFiles
from worklog.cache.reserve import Reserve
from worklog.errors import CacheMovedError, WorklogError
from worklog.failpoints import reach
from worklog.places import Places
from worklog.sqlite import DiskFullError, Transaction

_HEALED_DAYS: Final = 3  # newest journal files that a write compares with the database

Build = Callable[[], Iterable[Entry]]


class Writer:
    """Writes to the database *db* of *places*."""

    def __init__(
        self,
        db: sqlite3.Connection,
        places: Places,
        journal: Journal,
        files: PictureFiles,
        reserve: Reserve,
    ) -> None:
        self._db = db
        self._places = places
        self._journal = journal
        self._files = files
        self._reserve = reserve
        self._inode = _inode(places.database)
        self._written: list[str] = []
        self._together: list[Build] | None = None

    def write(self, build: Build) -> None:
        """Write the entries of *build*, which is called inside the transaction.

        Raises:
            CacheBusyError: the write lock did not become free in time.
            CacheUnwritableError: nothing was written; the reserve did not help either.
            CacheCorruptError: the database is damaged.
        """
        if self._together is not None:
            self._together.append(build)
        else:
            self._with_reserve(lambda: self._write([build]))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what the block writes in one transaction at its end, or none of it."""
        builds = self._together = []
        try:
            yield
        finally:
            self._together = None
        self._with_reserve(lambda: self._write(builds))

    def keep(self, picture: EncodedPicture) -> str:
        """Write the files of *picture*; the transaction around it decides whether they stay.

        Under the write lock, so that whoever has it may collect every file without a row.
        """
        name = self._files.write(picture)
        self._written.append(name)
        return name

    def set_size(self, day: str, size: int) -> None:
        """Note how much of the journal of *day* the database has [bytes]; inside a transaction."""
        self._db.execute(
            "INSERT INTO journals VALUES (?, ?)"
            " ON CONFLICT (day) DO UPDATE SET size = excluded.size",
            (day, size),
        )

    # --- Inside -------------------------------------------------------------------------

    def _write(self, builds: list[Build]) -> None:
        self._check_place()
        self._written.clear()
        before: dict[str, int] = {}
        sizes: dict[str, int] = {}
        try:
            with Transaction(self._db):
                reach("write.begun")
                ledger = Ledger(self._db)
                self._adopt(ledger)
                entries = [entry for build in builds for entry in _applied(ledger, build)]
                materialise(self._db, ledger.touched)
                reach("write.applied")
                before = {entry.day: self._journal.size(entry.day) for entry in entries}
                sizes = self._journal.append(entries)
                for day, size in sizes.items():
                    self.set_size(day, size)
                reach("write.commit")
        except Exception:
            # Not for an interrupt: the journal keeps the entry, and it is adopted whole.
            if not self._may_have_taken(sizes):
                self._journal.cut(before)
                self._forget_files()
            raise
        reach("write.committed")

    def _may_have_taken(self, sizes: Mapping[str, int]) -> bool:
        """Return whether the database may have the change whose COMMIT failed.

        A disk that refuses the very last sync, of the folder that the rollback journal
        went from, refuses a change that is there. Its lines and files must stay then, and
        where nobody can tell; the next writer finds all of it or adopts it whole.
        """
        if not sizes:
            return False  # it never came to a COMMIT
        try:
            seen = dict(self._db.execute("SELECT day, size FROM journals").fetchall())
        except sqlite3.Error:
            return True
        return any(seen.get(day) == size for day, size in sizes.items())

    def _forget_files(self) -> None:
        """Remove what was written for a change that failed; else it is an orphan."""
        for name in self._written:
            with suppress(WorklogError):
                self._files.remove(name)

    def _adopt(self, ledger: Ledger) -> None:
        """Apply what another process had in the journal when it died before its COMMIT."""
        seen = dict(self._db.execute("SELECT day, size FROM journals").fetchall())
        for day in self._journal.days()[-_HEALED_DAYS:]:
            start = seen.get(day, 0)
            if self._journal.size(day) <= start:
                continue
            end = start
            for end, entry in self._journal.read(day, start=start):  # noqa: B007 -- used below
                if entry is not None:
                    ledger.apply(entry)
            self.set_size(day, end)
            reach("write.adopted")

    def _with_reserve(self, action: Callable[[], None]) -> None:
        try:
            action()
        except DiskFullError:
            if not self._reserve.release():
                raise
            action()

    def _check_place(self) -> None:
        """Refuse to write into a database that was moved away under us (F16)."""
        if _inode(self._places.database) != self._inode:
            msg = f"The local cache in {self._places.data} was moved or deleted."
            raise CacheMovedError(msg, hint="Put the folder back, or start again.")


def _applied(ledger: Ledger, build: Build) -> list[Entry]:
    """Apply what *build* returns, so that the next one sees it; return it."""
    entries = list(build())
    for entry in entries:
        ledger.apply(entry)
    return entries


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
