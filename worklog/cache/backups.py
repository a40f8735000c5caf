"""Backups: one uncompressed tar of journals, pictures and the device key.

Uncompressed, so that an erasure can be carried out in the backups under the home as
well: journals lose what was erased and pictures become zeros, in place. The current
tombstones win over a restored backup (N5), and a restored cache opens new streams (F26).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from worklog.cache import files
from worklog.cache.journal import Entry, decode_line
from worklog.cache.ledger import Ledger
from worklog.domain.canonical import Json, canonical
from worklog.errors import ConflictError, NotFoundError
from worklog.failpoints import reach
from worklog.wire.reader import MalformedError

SUFFIX: Final = ".tar"
MANIFEST: Final = "manifest.json"
KEY: Final = "device.key"
README: Final = "README.txt"  # of an export, as is the next
STRETCHES: Final = "stretches.json"
_SINGLE: Final = {
    MANIFEST: "manifest",
    KEY: "key",
    README: "readable",
    STRETCHES: "readable",
}
LARGEST_MEMBER: Final = 1 << 30  # [bytes]
MOST_MEMBERS: Final = 10_000_000
_JOURNAL: Final = re.compile(r"journal/(\d{4}-\d\d-\d\d)\.jsonl", re.ASCII)
_PICTURE: Final = re.compile(r"pictures/([0-9a-f]{2})/(\1[0-9a-f]{30})(\.thumb)?\.webp", re.ASCII)
_BLOCK: Final = 1 << 20  # [bytes]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a backup.

    Attributes:
        kind: `journal`, `picture`, `key`, `manifest` or `readable`.
        name: The day of a journal, the file name of a picture.
        start: Where its bytes begin in the backup [bytes].
        size: Of the file [bytes].
        suffix: Of a picture: `.webp` or `.thumb.webp`.
    """

    kind: str
    name: str
    start: int
    size: int
    suffix: str = ""


def members(file: IO[bytes]) -> list[Member]:
    """Return what the backup *file* holds. Names are matched, never used as paths (T5).

    Raises:
        ConflictError: it is no backup, or holds anything else than a backup does.
    """
    found = []
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for count, info in enumerate(archive):
                member = _member(info)
                if member is None or count >= MOST_MEMBERS or info.size > LARGEST_MEMBER:
                    reason = f"it holds {info.name[:80]!r}"
                    raise _refused(reason)
                found.append(member)
    except (tarfile.TarError, OSError, UnicodeError, ValueError) as error:
        raise _refused(str(error)) from error
    if not any(member.kind == "manifest" for member in found):
        reason = "it has no manifest"
        raise _refused(reason)
    return found


def read_member(file: IO[bytes], member: Member) -> bytes:
    """Return the bytes of *member*."""
    file.seek(member.start)
    return file.read(member.size)


def open_backup(path: str) -> IO[bytes]:
    """Open the backup at *path*.

    Raises:
        NotFoundError: there is none.
    """
    try:
        return Path(path).open("rb")
    except OSError as error:
        msg = f"The backup {path} cannot be read: {error.strerror}."
        raise NotFoundError(msg, hint="Name a file that `worklog backup` has made.") from error


def entries_of(file: IO[bytes], found: Iterable[Member]) -> Iterator[Entry]:
    """Yield the journal entries of a backup, day by day; damaged lines are left out."""
    for member in sorted(found, key=lambda member: member.name):
        if member.kind == "journal":
            for line in read_member(file, member).splitlines():
                entry = decode_line(member.name, line) if line.strip() else None
                if entry is not None:
                    yield entry


class Writer:
    """Writes a backup to a temporary file beside *path*, and puts it there at the end."""

    def __init__(self, path: str, manifest: Mapping[str, Json], *, made_ms: int) -> None:
        """Begin the file with *manifest*; all its files are as old as *made_ms*."""
        self._path = path
        self.temporary = path + files.TEMPORARY
        self._made_ms = made_ms
        try:
            descriptor = files.create(self.temporary, exclusive=False)
        except OSError as error:
            raise files.unwritable(error) from error
        self._file = os.fdopen(descriptor, "wb")
        self._archive = tarfile.open(  # noqa: SIM115 -- closed by `finish`
            fileobj=self._file, mode="w", format=tarfile.USTAR_FORMAT
        )
        self.add(MANIFEST, canonical(manifest))

    def add(self, name: str, data: bytes) -> None:
        """Add one file."""
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(data), files.PRIVATE_FILE, self._made_ms // 1000
        try:
            self._archive.addfile(info, io.BytesIO(data))
        except OSError as error:
            self.abandon()
            raise files.unwritable(error) from error

    def finish(self, before_it_appears: Callable[[str], None]) -> None:
        """Sync the file, call *before_it_appears* with its name, and give it its own."""
        try:
            self._archive.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            reach("backup.scrub")
            before_it_appears(self.temporary)
            reach("backup.rename")
            Path(self.temporary).replace(self._path)
            files.sync_folder(str(Path(self._path).parent))
        except OSError as error:
            self.abandon()
            raise files.unwritable(error) from error

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        files.remove(self.temporary)


def scrub_folder(folder: str, db: sqlite3.Connection) -> None:
    """Carry out the erasures of *db* in all backups of *folder*, and drop old databases.

    Databases that were set aside are removed: nothing can be erased inside them safely.
    """
    for path in sorted(Path(folder).glob(f"*{SUFFIX}")):
        scrub_backup(str(path), db)
    data = Path(folder).parent
    for path in [*data.glob("worklog.db.damaged-*"), *data.glob("worklog.db.format-*")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            files.remove(str(path))


def scrub_backup(path: str, db: sqlite3.Connection) -> None:
    """Carry out the erasures of *db* in the backup at *path*, in place.

    Raises:
        CacheUnwritableError: it could not be changed.
    """
    ledger = Ledger(db)
    try:
        with Path(path).open("r+b") as file:
            try:
                found = members(file)
            except ConflictError:
                return  # not one of ours
            kept: set[str] = set()
            for member in found:
                if member.kind == "journal":
                    kept |= _scrub_journal(file, member, ledger)
            for member in found:
                if member.kind == "picture" and member.name not in kept:
                    _overwrite(file, member, b"")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise files.unwritable(error) from error


def is_intact(data: bytes, digest: str) -> bool:
    """Return whether *data* has the SHA-256 *digest*."""
    return hashlib.sha256(data).hexdigest() == digest


def _scrub_journal(file: IO[bytes], member: Member, ledger: Ledger) -> set[str]:
    """Rewrite one journal in place; return the names of the pictures that stay."""
    data = read_member(file, member)
    lines, kept = [], set()
    for line in data.splitlines():
        entry = decode_line(member.name, line) if line.strip() else None
        entry = None if entry is None else _without_erased(entry, ledger)
        if entry is None:
            continue
        lines.append(entry.encode())
        if entry.kind == "picture":
            kept.add(entry.reader.text("file"))
    scrubbed = b"".join(lines)
    if scrubbed != data:
        _overwrite(file, member, scrubbed)
    return kept


def _without_erased(entry: Entry, ledger: Ledger) -> Entry | None:
    try:
        if entry.kind == "seal":
            fields = ledger.kept_fields_of(entry.reader)
            return replace(entry, content={**entry.content, "fields": fields})
        if entry.kind in ("open", "picture") and ledger.is_gone(entry):
            return None
    except MalformedError:
        return None
    return entry


def _overwrite(file: IO[bytes], member: Member, data: bytes) -> None:
    """Replace the bytes of *member*; the rest of it becomes empty lines, or zeros."""
    padding = b"\n" if member.kind == "journal" else b"\0"
    file.seek(member.start)
    file.write(data[: member.size])
    left = member.size - len(data)
    while left > 0:
        left -= file.write(padding * min(left, _BLOCK))


def _member(info: tarfile.TarInfo) -> Member | None:
    if not info.isreg() or info.issparse():
        return None
    place = (info.offset_data, info.size)
    if info.name in _SINGLE:
        return Member(_SINGLE[info.name], info.name, *place)
    if match := _JOURNAL.fullmatch(info.name):
        return Member("journal", match[1], *place)
    if match := _PICTURE.fullmatch(info.name):
        return Member("picture", match[2], *place, suffix=f"{match[3] or ''}.webp")
    return None


def _refused(reason: str) -> ConflictError:
    return ConflictError(
        f"This file is no archive of worklog's: {reason}.",
        hint="Name a file of `worklog backup` or `worklog export --all`.",
    )
