"""`worklog backup` and `worklog restore`.

A restored backup is merged by identity: what is here stays, what is missing comes back,
and what was deleted here since does not (N5). All streams end and new ones begin, so no
sequence number is ever used twice (F26).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final

from worklog.app.ports import EncodedPicture
from worklog.cache import backups
from worklog.cache.files import read
from worklog.cache.journal import Entry
from worklog.cache.keys import read_key, write_key
from worklog.cache.ledger import Ledger
from worklog.cache.locked_text import read_open_part
from worklog.cache.pictures import IMAGE, THUMBNAIL
from worklog.cache.store import SqliteCache
from worklog.domain.canonical import Json
from worklog.domain.ids import DeviceId
from worklog.places import ensure
from worklog.sqlite import Transaction
from worklog.wire.contract import decode_contract
from worklog.wire.part import decode_capture
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.receipts import decode_receipt

Kinds = tuple[str, ...]

# What must be there before what refers to it; amendments before all content.
_ORDER: Final[tuple[Kinds, Kinds]] = (
    ("contract", "stream", "amendment", "settled", "fact", "session", "gap"),
    ("open", "seal", "picture"),
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back.

    Attributes:
        parts: Sealed parts that were missing.
        pictures: Pictures that were missing.
        erased: Pictures in the backup that stay deleted.
    """

    parts: int
    pictures: int
    erased: int


@dataclass(slots=True)
class _Brought:
    """What a try brings; begun anew where the reserve had to be released for it."""

    entries: list[Entry] = field(default_factory=list)
    pictures: int = 0
    erased: int = 0

    def begin(self) -> None:
        self.entries.clear()
        self.pictures = self.erased = 0


def backup(cache: SqliteCache, path: str | None = None) -> str:
    """Write a backup to *path*, or to a new file in the backups folder; return its path.

    The tracker may go on meanwhile. What is deleted meanwhile is not in the backup.

    Raises:
        CacheUnwritableError: there is no room for it; nothing is left behind.
    """
    now = cache.clock.now()
    if path is None:
        name = now.strftime(f"worklog-%Y%m%dT%H%M%SZ{backups.SUFFIX}")
        path = f"{ensure(cache.places.backups)}/{name}"
    journals, names = _contents(cache)
    made_ms = cache.clock.now_ms()
    manifest: dict[str, Json] = {"v": 1, "kind": "backup", "made": made_ms}
    writer = backups.Writer(path, manifest, made_ms=made_ms)
    try:
        if (key := read_key(cache.places.device_key)) is not None:
            writer.add(backups.KEY, key)
        for day, data in journals.items():
            writer.add(f"journal/{day}.jsonl", data)
        for name in names:
            add_picture(writer, cache, name)
        with Transaction(cache.db):
            # Under the lock, so that no deletion falls between this look and the name.
            writer.finish(lambda temporary: backups.scrub_backup(temporary, cache.db))
    except BaseException:
        writer.abandon()
        raise
    return path


def restore(cache: SqliteCache, path: str) -> Restored:
    """Bring back what the backup at *path* has and *cache* has not.

    No tracker may run. In a cache without any parts the backup's device and its key are
    taken over.

    Raises:
        NotFoundError: there is no such file.
        ConflictError: it is no backup.
        CacheUnwritableError: there is no room; what was brought back until then stays.
    """
    with backups.open_backup(path) as file:
        members = backups.members(file)
        entries = list(backups.entries_of(file, members))
        _take_identity(cache, file, members, entries)
        return merge(cache, file, members, entries)


def merge(
    cache: SqliteCache,
    file: IO[bytes],
    members: Sequence[backups.Member],
    entries: Sequence[Entry],
    *,
    order: tuple[Kinds, Kinds] = _ORDER,
) -> Restored:
    """Bring back those of *entries* that *cache* has not, in one transaction.

    Args:
        cache: Where no tracker runs.
        file: The archive.
        members: Of it, for the pictures.
        entries: Of it.
        order: Kinds that come first, and those that refer to them.

    Raises:
        CacheUnwritableError: there is no room; nothing was brought back.
    """
    pictures = {
        (member.name, member.suffix): member for member in members if member.kind == "picture"
    }
    brought = _Brought()

    def rest() -> list[Entry]:
        # Inside the transaction, so that nobody collects the pictures as orphans.
        brought.begin()
        for entry in missing(cache.db, entries, order[1]):
            if entry.kind != "picture":
                brought.entries.append(cache.titles.locked_entry(_as_kept(cache.db, entry)))
            elif Ledger(cache.db).is_gone(entry):
                brought.erased += 1
            else:
                brought.pictures += _bring_picture(cache, file, entry, pictures)
                brought.entries.append(entry)
        return [*brought.entries, *_new_streams(cache)]

    with cache.together():
        cache.write(lambda: missing(cache.db, entries, order[0]))
        cache.write(rest)
    cache.scrub()
    return Restored(
        parts=sum(entry.kind == "seal" for entry in brought.entries),
        pictures=brought.pictures,
        erased=brought.erased,
    )


def add_picture(
    writer: backups.Writer, cache: SqliteCache, name: str, *, is_plain: bool = False
) -> None:
    """Add the files of the picture *name*, as far as they are there: as they lie, or plain.

    Raises:
        CacheCorruptError: it is to be plain, and its key is gone.
    """
    for suffix, file in (
        (IMAGE, cache.files.image(name)),
        (THUMBNAIL, cache.files.thumbnail(name)),
    ):
        if (data := read(file)) is not None:
            data = cache.files.unlocked(data, file) if is_plain else data
            writer.add(f"pictures/{name[:2]}/{name}{suffix}", data)


def newest_backup(cache: SqliteCache) -> str | None:
    """Return the path of the newest backup in the backups folder; None without one."""
    found = sorted(Path(cache.places.backups).glob(f"*{backups.SUFFIX}"))
    return str(found[-1]) if found else None


def _contents(cache: SqliteCache) -> tuple[dict[str, bytes], list[str]]:
    """Return journals and names of pictures of one moment."""
    cache.device  # noqa: B018 -- a new cache has a device from here on
    with Transaction(cache.db):
        journals = {day: read(cache.journal.path(day)) or b"" for day in cache.journal.days()}
        found = cache.db.execute("SELECT file FROM images ORDER BY file").fetchall()
    return journals, [name for (name,) in found]


def _take_identity(
    cache: SqliteCache,
    file: IO[bytes],
    members: Iterable[backups.Member],
    entries: Iterable[Entry],
) -> None:
    """Become the device of the backup, where nothing was recorded here yet."""
    if cache.db.execute("SELECT 1 FROM parts UNION SELECT 1 FROM amendments").fetchone():
        return
    devices = [entry for entry in entries if entry.kind == "device"]
    if not devices:
        return
    for member in members:
        if member.kind == "key":
            write_key(cache.places.device_key, backups.read_member(file, member))
    cache.become(DeviceId(devices[-1].reader.text("device")))


def missing(db: sqlite3.Connection, entries: Iterable[Entry], kinds: Kinds) -> list[Entry]:
    """Return those of *entries* that are of *kinds* and not in *db*, kind by kind."""
    return [
        entry
        for kind in kinds
        for entry in entries
        if entry.kind == kind and not _is_here(db, entry)
    ]


def _is_here(db: sqlite3.Connection, entry: Entry) -> bool:
    """Return whether *db* has what *entry* is about, be it in another state."""
    try:
        query, values = lookup(entry)
    except MalformedError:
        return True  # nothing to bring back
    if entry.kind == "session" and entry.reader.value("ended") is None:
        # A session that ran when the backup was made cannot run beside another one.
        query += " UNION SELECT 1 FROM sessions WHERE ended_ms IS NULL"
    return db.execute(query, values).fetchone() is not None


def lookup(entry: Entry) -> tuple[str, tuple[str | int, ...]]:  # noqa: PLR0911 -- a table of kinds
    """Return the query that finds what *entry* is about, with its values.

    Raises:
        MalformedError: it cannot be read.
    """
    reader = entry.reader
    by_name = {
        "stream": ("SELECT 1 FROM streams WHERE stream_id = ?", "stream"),
        "session": ("SELECT 1 FROM sessions WHERE session_id = ?", "session"),
        "picture": ("SELECT 1 FROM images WHERE file = ?", "file"),
    }
    if entry.kind in by_name:
        query, name = by_name[entry.kind]
        return query, (reader.text(name),)
    match entry.kind:
        case "contract":
            contract = decode_contract(reader.text("content"))
            query = "SELECT 1 FROM contracts WHERE contract_id = ? OR name = ?"
            return query, (contract.contract_id, contract.name)
        case "fact":
            return "SELECT 1 FROM meta WHERE name = ?", (f"fact.{reader.text('name')}",)
        case "gap":
            query = "SELECT 1 FROM gaps WHERE contract_id = ? AND start_ms = ?"
            return query, (reader.text("contract"), reader.integer("start"))
        case "settled":
            query = "SELECT 1 FROM settled WHERE contract_id = ? AND slot = ?"
            return query, (reader.text("contract"), reader.integer("slot"))
        case "receipt":
            receipt = decode_receipt(reader).receipt
            query = "SELECT 1 FROM receipts WHERE service = ? AND kind = ? AND id = ?"
            return query, (reader.text("service"), receipt.of.value, receipt.id)
        case "open":
            part = read_open_part(reader.text("content"))
            return "SELECT 1 FROM parts WHERE part_id = ?", (part.part_id,)
        case "seal":
            header = Reader.of_text(reader.text("header"), "header")
            query = "SELECT 1 FROM parts WHERE part_id = ? AND state = 'sealed'"
            return query, (header.text("part"),)
        case _:
            amendment = Reader.of_text(reader.text("content"), "amendment")
            query = "SELECT 1 FROM amendments WHERE amendment_id = ?"
            return query, (amendment.text("id"),)


def _as_kept(db: sqlite3.Connection, entry: Entry) -> Entry:
    if entry.kind != "seal":
        return entry
    fields = Ledger(db).kept_fields_of(entry.reader)
    return replace(entry, content={**entry.content, "fields": fields})


def _bring_picture(
    cache: SqliteCache,
    file: IO[bytes],
    entry: Entry,
    members: Mapping[tuple[str, str], backups.Member],
) -> int:
    """Write the files of a picture; one that is damaged in the backup stays away."""
    name = entry.reader.text("file")
    capture = decode_capture(entry.reader.object("capture"))
    image, thumbnail = members.get((name, IMAGE)), members.get((name, THUMBNAIL))
    if image is None or thumbnail is None:
        return 0
    path, data = cache.files.image(name), backups.read_member(file, image)
    picture = EncodedPicture(
        data, backups.read_member(file, thumbnail), capture.width, capture.height
    )
    # One whose key is not here is brought as it is: the key may come later.
    if cache.files.has_key_of(data) and not backups.is_intact(
        cache.files.unlocked(data, path), capture.sha256
    ):
        return 0
    cache.files.write(picture, name=name)
    return 1


def _new_streams(cache: SqliteCache) -> list[Entry]:
    services = cache.db.execute("SELECT DISTINCT service FROM streams").fetchall()
    return [cache.new_stream(service) for (service,) in services]
