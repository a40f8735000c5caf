"""A disk whose power can be cut: SQLite's writes since the last sync are torn at random.

An apsw VFS writes through to the real files and remembers, for each, what a sync has
made durable and what came after it. A cut keeps the durable bytes and, of the rest,
random 512-byte sectors. A file that was deleted without a sync of its folder may be
back. `ApswDatabase` lets the code of the cache run on it unchanged.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import apsw

SECTOR: Final = 512


class PowerCutError(Exception):
    """The power is off."""


@dataclass
class _Image:
    """One file: what is durable, and what was written since."""

    durable: bytearray
    pending: list[tuple[int, bytes] | int] = field(default_factory=list)  # write, or truncate
    is_deleted: bool = False

    def sync(self) -> None:
        for change in self.pending:
            _apply(self.durable, change)
        self.pending.clear()

    def torn(self, chance: random.Random) -> bytes:
        result = bytearray(self.durable)
        for change in self.pending:
            if isinstance(change, int):
                if chance.random() < 0.5:
                    _apply(result, change)
                continue
            offset, data = change
            for start in range(0, len(data), SECTOR):
                if chance.random() < 0.5:
                    _apply(result, (offset + start, data[start : start + SECTOR]))
        return bytes(result)


class CrashDisk(apsw.VFS):
    """A VFS named *name*; `cut_after` operations from now on the power goes."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.images: dict[str, _Image] = {}
        self.operations = 0
        self.cut_after: int | None = None
        self.is_off = False

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> CrashFile:  # noqa: N802
        return CrashFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001
        if self.is_off:
            return
        self.tick()
        image = self.images.get(filename)
        if image is not None and not syncdir:
            image.is_deleted = True  # its name may come back
        else:
            self.images.pop(filename, None)
        super().xDelete(filename, False)

    def tick(self) -> None:
        """Count an operation; cut the power when it is time."""
        self.operations += 1
        if self.cut_after is not None and self.operations > self.cut_after:
            self.is_off = True
            raise PowerCutError

    def cut(self, chance: random.Random) -> None:
        """Leave on the real disk what the power cut leaves."""
        self.is_off = True
        for path, image in self.images.items():
            if not image.is_deleted:
                Path(path).write_bytes(image.torn(chance))
            elif chance.random() < 0.5:
                Path(path).write_bytes(bytes(image.durable))


class CrashFile(apsw.VFSFile):
    """A file of a `CrashDisk`."""

    def __init__(
        self, disk: CrashDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else (name or "")
        before = Path(path).read_bytes() if path and Path(path).exists() else b""
        super().__init__("", cast("str", name), flags)
        self._image = disk.images.get(path)
        if self._image is None or self._image.is_deleted:
            self._image = _Image(bytearray(before))
            if path:
                disk.images[path] = self._image

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._disk.is_off:
            return
        self._disk.tick()
        assert self._image is not None
        self._image.pending.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        if self._disk.is_off:
            return
        self._disk.tick()
        assert self._image is not None
        self._image.pending.append(newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        del flags
        if self._disk.is_off:
            return
        self._disk.tick()
        assert self._image is not None
        self._image.sync()  # the real disk need not be waited for


class BadFolder(apsw.VFS):
    """A VFS named *name* that deletes files and then says that their folder cannot be synced."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.is_bad = False

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001
        super().xDelete(filename, syncdir)
        if syncdir and self.is_bad:
            raise apsw.IOError


class ApswDatabase:
    """As much of `sqlite3.Connection` as the cache uses, on apsw."""

    def __init__(self, path: str, vfs: str) -> None:
        self._db = apsw.Connection(path, vfs=vfs)
        for pragma in (
            "journal_mode = DELETE",
            "synchronous = EXTRA",
            "secure_delete = ON",
            "foreign_keys = ON",
        ):
            self._db.execute(f"PRAGMA {pragma}").fetchall()

    def execute(self, query: str, values: Sequence[Any] = ()) -> _Cursor:
        try:
            return _Cursor(self._db, self._db.execute(query, tuple(values)).fetchall())
        except apsw.IOError as error:
            raise _io_error() from error

    def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        self._db.executemany(query, [tuple(row) for row in rows])

    def rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        self._db.close(True)

    def as_sqlite3(self) -> sqlite3.Connection:
        """Return this object under the type that the cache asks for."""
        return cast("sqlite3.Connection", self)


def _io_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


class _Cursor:
    def __init__(self, db: apsw.Connection, rows: list[Any]) -> None:
        self._rows = rows
        self.rowcount = db.changes()
        self.lastrowid = db.last_insert_rowid()

    def fetchone(self) -> Any:  # noqa: ANN401 -- a row of any query
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        return self._rows


def _apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
