"""Connections, transactions and migrations of the service's database.

A writing transaction on SQLite begins with BEGIN IMMEDIATE: there is one writer at a time,
over all workers, and it never has to give up half-way. On PostgreSQL writers of one diary
take turns by an advisory lock, and every transaction names its actor to the row-level
security, which is the second wall behind the scope.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError

from worklog.domain.grid import epoch_ms
from worklog.errors import (
    CacheTooNewError,
    CacheUnwritableError,
    ServiceRejectedError,
    WorklogError,
)
from worklog.places import ensure
from worklog.service.problems import StoreBusyError
from worklog.service.scope import SYSTEM, SYSTEM_USER, Actor, Scope

BUSY_TIMEOUT_MS: Final = 20_000
_WRITES: Final = "worklog_writes"
_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_MIGRATION_LOCK: Final = 0x574B4C47  # any number that nobody else takes
_PRIVATE_FILE: Final = 0o600

_BUSY: Final = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})
_FULL: Final = frozenset({"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR"})
# serialization failure, deadlock, lock not available, too many connections
_PASSING_STATES: Final = frozenset({"40001", "40P01", "55P03", "53300"})
_FULL_STATE: Final = "53100"


class Clock(Protocol):
    """What the service needs of `worklog.clock.SystemClock`."""

    def now(self) -> datetime:
        """Return the wall clock, in UTC and aware."""
        ...


class Store:
    """The database of one service; safe to share between threads."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        parsed = make_url(url)
        self.clock = clock
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        # Waiting for a lock of this process is fair and quick; waiting for SQLite's polls.
        self._turn = threading.Lock()
        self.engine = _sqlite(parsed) if self.is_sqlite else _postgres(parsed)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    @contextmanager
    def writing(self, actor: Actor) -> Iterator[Scope]:
        """Give a scope of *actor* that writes: all or nothing, durable at its end.

        Raises:
            StoreBusyError: the database does not answer, or another writer was first.
            CacheUnwritableError: its disk is full or read-only.
        """
        with _translated(), self._one_at_a_time(), self.engine.connect() as plain:
            db = plain.execution_options(**{_WRITES: True})
            with db.begin():
                yield self._scope(db, actor)

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Scope]:
        """Give a scope of *actor* that reads one state of the database.

        Raises:
            StoreBusyError: the database does not answer.
        """
        with _translated(), self.engine.connect() as db, db.begin():
            yield self._scope(db, actor)

    def migrate(self) -> None:
        """Bring the schema up to date; several workers may try at once.

        Raises:
            CacheTooNewError: a newer worklog has written this database.
        """
        from alembic import command  # noqa: PLC0415 -- loaded once per start
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util.exc import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self.writing(SYSTEM) as scope:
            if not self.is_sqlite:
                scope.db.execute(
                    text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK}
                )
            config.attributes["connection"] = scope.db
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                msg = "The service's database was written by a newer worklog; nothing was changed."
                raise CacheTooNewError(msg, hint="Update worklog.") from error

    def _scope(self, db: Connection, actor: Actor) -> Scope:
        if not self.is_sqlite:
            _name_actor(db, actor.user)
        return Scope(actor, db, epoch_ms(self.clock.now()))

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise _busy()
        try:
            yield
        finally:
            self._turn.release()


@contextmanager
def as_system(scope: Scope) -> Iterator[Scope]:
    """Give a scope in the same transaction that sees every row: for folding and billing.

    A client's change rebills contracts of the freelancer that the client may not see.
    """
    if scope.db.dialect.name == "sqlite":
        yield Scope(SYSTEM, scope.db, scope.at_ms)
        return
    _name_actor(scope.db, SYSTEM_USER)
    yield Scope(SYSTEM, scope.db, scope.at_ms)
    # Not after an error: the transaction is lost then and refuses every statement.
    _name_actor(scope.db, scope.actor.user)


def lock_diary(scope: Scope, freelancer: str) -> None:
    """Wait until this transaction is the only one that writes the diary of *freelancer*."""
    if scope.db.dialect.name != "sqlite":
        scope.db.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"), {"who": freelancer}
        )


def _name_actor(db: Connection, user: str) -> None:
    db.execute(text("SELECT set_config('worklog.actor', :user, true)"), {"user": user})


def _sqlite(url: URL) -> Engine:
    path = url.database or ""
    ensure(str(Path(path).parent))
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _PRIVATE_FILE))
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:  # noqa: ANN401 -- the driver's own
        connection.isolation_level = None  # transactions begin where we say
        for pragma in (
            # Not WAL: SQLite before 3.51.3 can corrupt such a database when it is reset.
            "journal_mode = DELETE",
            "synchronous = EXTRA",
            "secure_delete = ON",
            "foreign_keys = ON",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        is_writing = db.get_execution_options().get(_WRITES, False)
        db.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _postgres(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=30,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=20s -c statement_timeout=60s"},
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        known = translate(error)
        if known is None:
            raise
        raise known from error
    except OSError as error:
        msg = f"The service's folder cannot be written: {error.strerror or error}."
        raise CacheUnwritableError(msg, hint="Free some space on the service.") from error


def translate(error: DBAPIError) -> WorklogError | None:
    """Return the worklog error that *error* stands for; None if it is a bug of ours."""
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    state = str(getattr(error.orig, "sqlstate", None) or "")
    base = "_".join(name.split("_")[:2])
    if base in _FULL or state == _FULL_STATE:
        return CacheUnwritableError(
            "The service has no room left.", hint="Tell its operator; nothing is lost meanwhile."
        )
    is_connection = state.startswith(("08", "57P")) or (
        type(error.orig).__name__ == "OperationalError" and not name and not state
    )
    if isinstance(error, DataError):  # a NUL in a text, say, which PostgreSQL cannot hold
        return ServiceRejectedError(
            "It holds a text or a number that the service cannot keep.",
            hint="Take characters out that cannot be seen.",
        )
    if base in _BUSY or state in _PASSING_STATES or error.connection_invalidated or is_connection:
        return _busy()
    return None


def _busy() -> StoreBusyError:
    return StoreBusyError(
        "The service's database does not answer just now.", hint="Try again in a moment."
    )
