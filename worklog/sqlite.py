"""Connection settings, transactions and migrations of the local cache.

Rollback journal and `synchronous=EXTRA`: of the settings measured, the ones that
lose no acknowledged row at a power cut. Not WAL: SQLite before 3.51.3 can corrupt
a WAL database when it is reset. Loaded by the quick road.
"""

from __future__ import annotations

import os
import sqlite3

from worklog.errors import (
    CacheBusyError,
    CacheCorruptError,
    CacheTooNewError,
    CacheUnwritableError,
    WorklogError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Final

# "worklog" as SQLite's application id (the bytes WKLG), so that `file` and `check`
# can tell this database from any other.
APPLICATION_ID: Final = 0x574B4C47

PRIVATE_FILE: Final = 0o600
_OTHERS: Final = 0o077
_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNWRITABLE: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)


class DiskFullError(CacheUnwritableError):
    """No space: the one trouble that giving room back can help. Same code and status."""


def translate(error: sqlite3.Error) -> WorklogError | None:
    """Return the worklog error that *error* stands for; None if it is a bug of ours.

    Result codes: <https://sqlite.org/rescode.html>; the low byte is the primary one.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return CacheBusyError(
            "The local cache is in use by another worklog process.",
            hint="Wait for it to finish, then try again.",
        )
    if code in _CORRUPT or "decode" in str(error):  # text that is no UTF-8 has no code
        return damaged()
    if code in _UNWRITABLE:
        kind = DiskFullError if code == sqlite3.SQLITE_FULL else CacheUnwritableError
        return kind(
            f"The local cache cannot be written: {error}.",
            hint="Free some space or make the folder writable, then try again.",
        )
    return None


def damaged() -> CacheCorruptError:
    """Return what is said of a database that cannot be read."""
    return CacheCorruptError(
        "The local cache is damaged.",
        hint="Run `worklog check --rebuild`: it recreates it from journals and images.",
    )


def connect(path: str, *, busy_timeout_ms: int = 2_000, create: bool = True) -> sqlite3.Connection:
    """Open the database at *path*, durable against power loss.

    The connection is in autocommit mode: writes belong into a `Transaction`.

    Raises:
        CacheUnwritableError: it cannot be opened, or is absent and *create* is False.
        CacheCorruptError: it is no SQLite database.
    """
    try:
        if create:
            _make_private(path)
        # Only these three mean something in the path of a SQLite URI.
        quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        connection = sqlite3.connect(f"file:{quoted}?mode=rw", uri=True, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error as error:
        raise translate(error) or error from error
    except UnicodeDecodeError as error:  # a damaged schema, quoted in SQLite's message
        raise damaged() from error
    return connection


def _make_private(path: str) -> None:
    """See that the database is there and its owner's only; SQLite's own files follow it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    except FileExistsError:
        if os.name == "posix" and os.stat(path).st_mode & _OTHERS:  # noqa: PTH116 -- quick road: no pathlib
            os.chmod(path, PRIVATE_FILE)  # noqa: PTH101 -- quick road: no pathlib
    except OSError as error:
        msg = f"The local cache cannot be written: {error.strerror}."
        raise CacheUnwritableError(
            msg, hint="Free some space or make the folder writable, then try again."
        ) from error


class Transaction:
    """One write transaction: all of its block, or none of it.

    A class and not a generator, because `contextlib` costs the quick road more than
    the write itself.

    Raises:
        CacheBusyError: the write lock did not become free in time.
        CacheUnwritableError: the disk is full or read-only.
        CacheCorruptError: the database is damaged.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        try:
            # IMMEDIATE, because a deferred transaction that turns into a write
            # can fail half-way, and SQLite does not wait for the lock then.
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise translate(error) or error from error
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                # In rollback mode an open reader elsewhere makes even COMMIT busy.
                self._connection.execute("COMMIT")
            except sqlite3.Error as failure:
                self._roll_back()
                raise translate(failure) or failure from failure
            return
        self._roll_back()
        if isinstance(error, sqlite3.Error) and (known := translate(error)) is not None:
            raise known from error

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
        except sqlite3.Error:
            # The disk fails; SQLite rolls back from its journal when it is opened next.
            return


def migrate(connection: sqlite3.Connection, scripts: Sequence[str]) -> int:
    """Bring the schema to version ``len(scripts)``, one transaction each; return the old one.

    *scripts* are the numbered migrations in order, each a text of SQL statements.

    Raises:
        CacheTooNewError: the schema is newer than *scripts*. Nothing was written.
    """
    found = schema_version(connection)
    if found > len(scripts):
        msg = f"The local cache has format {found}, and this worklog knows {len(scripts)}."
        raise CacheTooNewError(msg, hint="Update worklog; nothing was changed.")
    for version, script in enumerate(scripts[found:], start=found + 1):
        with Transaction(connection):
            # Another process may have migrated while this one waited for the lock.
            if schema_version(connection) >= version:
                continue
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
            connection.execute(f"PRAGMA user_version = {version:d}")
    return found


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the number of migrations that the database has seen."""
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        raise translate(error) or error from error
    except UnicodeDecodeError as error:
        raise damaged() from error


def _statements(script: str) -> list[str]:
    """Split *script*; `executescript` would commit the transaction around it."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
