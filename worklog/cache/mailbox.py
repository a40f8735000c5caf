"""The mailbox: how commands ask the tracker for something, in one row.

The functions are the quick road's: they take a bare connection and load nothing but
the interpreter's own modules. `SqliteMailbox` is what the tracker reads with.
"""

from __future__ import annotations

import sqlite3

from worklog.errors import CacheBusyError
from worklog.failpoints import reach
from worklog.sqlite import Transaction, connect, translate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from worklog.app.ports import Letter
    from worklog.places import Places


class RunningSession:
    """What the quick road must know of the session that is running.

    Attributes:
        session_id: Its id.
        contract_id: Whom the time belongs to.
        memo: In force now.
        label: In force now.
        pid: Process of the tracker.
    """

    __slots__ = ("contract_id", "label", "memo", "pid", "session_id")

    def __init__(
        self, *, session_id: str, contract_id: str, memo: str, label: str, pid: int
    ) -> None:
        self.session_id = session_id
        self.contract_id = contract_id
        self.memo = memo
        self.label = label
        self.pid = pid


def running_session(db: sqlite3.Connection) -> RunningSession | None:
    """Return the session without an end; None if there is none.

    Raises:
        CacheBusyError: the database did not become free in time.
        CacheCorruptError: it is damaged.
    """
    row = _read(
        db,
        "SELECT session_id, contract_id, memo, label, pid FROM sessions WHERE ended_ms IS NULL",
    )
    if not row:
        return None
    session_id, contract_id, memo, label, pid = row[0]
    return RunningSession(
        session_id=str(session_id),
        contract_id=str(contract_id),
        memo=str(memo),
        label=str(label),
        pid=int(str(pid)),
    )


def labels(db: sqlite3.Connection, contract_id: str) -> list[str]:
    """Return the labels of a contract in their order; none means that any may be used."""
    found = _read(
        db,
        "SELECT label FROM contract_labels WHERE contract_id = ? ORDER BY position",
        contract_id,
    )
    return [str(label) for (label,) in found]


def post(db: sqlite3.Connection, command: str, argument: str, *, at_ms: int) -> int:
    """Keep a request to the tracker durably; return its number.

    *at_ms* is the wall clock in milliseconds since the Unix epoch: the change holds
    from that instant, however late the tracker reads it.

    Raises:
        CacheBusyError: the database did not become free in time.
        CacheUnwritableError: the disk is full or read-only.
        CacheCorruptError: it is damaged.
    """
    with Transaction(db):
        number = db.execute(
            "INSERT INTO mailbox (at_ms, command, argument) VALUES (?, ?, ?)",
            (at_ms, command, argument),
        ).lastrowid
        reach("mailbox.post")
    reach("mailbox.posted")
    return number or 0


def open_mailbox(places: Places) -> SqliteMailbox:
    """Open the mailbox of the cache in *places*, on a connection of its own."""
    from worklog.cache import schema  # noqa: PLC0415 -- not on the quick road
    from worklog.places import ensure  # noqa: PLC0415

    ensure(places.data)
    db = connect(places.database)
    schema.prepare(db, places.database)
    return SqliteMailbox(db)


class SqliteMailbox:
    """Implements `worklog.app.ports.Mailbox` on a connection of its own or a shared one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._version = -1

    def go_on_with(self, db: sqlite3.Connection) -> None:
        """Read from *db* from now on, where another database took the place of the one before."""
        self._db = db
        self._version = -1

    def post(self, command: str, argument: str, *, at: datetime) -> int:
        from worklog.domain.canonical import printable  # noqa: PLC0415 -- not on the quick road
        from worklog.domain.grid import epoch_ms  # noqa: PLC0415

        return post(self._db, printable(command), printable(argument), at_ms=epoch_ms(at))

    def has_changed(self) -> bool:
        try:
            version = int(str(_read(self._db, "PRAGMA data_version")[0][0]))
        except CacheBusyError:
            return False  # somebody writes just now; the next look will see it
        is_news = version != self._version
        self._version = version
        return is_news

    def take(self) -> list[Letter]:
        from worklog.app.ports import Letter  # noqa: PLC0415 -- not on the quick road
        from worklog.domain.grid import from_epoch_ms  # noqa: PLC0415

        found = _read(
            self._db, "SELECT number, at_ms, command, argument FROM mailbox ORDER BY number"
        )
        return [
            Letter(int(str(number)), from_epoch_ms(int(str(at))), str(command), str(argument))
            for number, at, command, argument in found
        ]

    def remove(self, number: int) -> None:
        with Transaction(self._db):
            self._db.execute("DELETE FROM mailbox WHERE number <= ?", (number,))


def _read(db: sqlite3.Connection, query: str, *values: str) -> list[tuple[object, ...]]:
    try:
        # Fetched whole: an open cursor would make the COMMIT of others busy.
        return db.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise translate(error) or error from error
