"""`worklog export --all`: everything that is known, in one archive that anybody can read.

A tar of JSON lines and WebP pictures, laid out as a backup is but without what belongs to
this machine: no key, no device, nothing that is still being recorded. The same diary gives
the same bytes on every machine, so an archive that was taken in comes out again bit for
bit. worklog-interchange(7) describes it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final

from worklog.cache import archive, backups, contract_rows, rows
from worklog.cache.journal import Entry, day_of, decode_line
from worklog.cache.ledger import Ledger
from worklog.cache.store import SqliteCache
from worklog.domain.canonical import Json, parse_json
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.errors import ConflictError
from worklog.sqlite import Transaction
from worklog.wire.contract import encode_contract
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.session import encode_session

KIND: Final = "export"
FORMAT: Final = 1
MADE_MS: Final = 946_684_800_000  # 2000-01-01: no file of an archive says when it was made
# What must be there before what refers to it.
ORDER: Final = (
    ("contract", "stream", "amendment", "settled", "session", "gap"),
    ("seal", "picture", "receipt"),
)

README: Final = """\
This is a work diary, exported by worklog with `worklog export --all`.

stretches.json      who worked when and on what, for other programs
journal/DAY.jsonl   every record, one JSON object a line, by UTC day
pictures/           the screenshots (WebP) and their thumbnails
manifest.json       how many records of each kind there are

`worklog import FILE --write` takes it in, into an empty or another diary. The manual page
worklog-interchange(7) describes every record.
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds that the diary has not.

    Attributes:
        counts: Records by kind, of all of the archive.
        missing: Records by kind that are not here.
    """

    counts: Mapping[str, int]
    missing: Mapping[str, int]


def export(cache: SqliteCache, path: str, readable: bytes) -> Mapping[str, int]:
    """Write the archive to *path* and return how many records of each kind are in it.

    Args:
        cache: The diary. A tracker may go on meanwhile; what it has open is not in it.
        path: Of a file; one that is there is replaced.
        readable: The stretches, for other programs.

    Raises:
        CacheUnwritableError: there is no room for it; nothing is left behind.
        CacheCorruptError: a title is encrypted, and its key is gone; likewise.
    """
    with Transaction(cache.db):
        entries = [cache.titles.plain_entry(entry) for entry in records(cache.db)]
    counts: defaultdict[str, int] = defaultdict(int)
    days: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        counts[entry.kind] += 1
        days[entry.day].append(entry)
    manifest: dict[str, Json] = {"v": FORMAT, "kind": KIND, "records": dict(counts)}
    writer = backups.Writer(path, manifest, made_ms=MADE_MS)
    try:
        writer.add(backups.README, README.encode())
        writer.add(backups.STRETCHES, readable)
        for day, of_day in sorted(days.items()):
            writer.add(f"journal/{day}.jsonl", b"".join(entry.encode() for entry in of_day))
        for name in sorted(_pictures(entries)):
            archive.add_picture(writer, cache, name, is_plain=True)
        with Transaction(cache.db):
            # Under the lock, so that no deletion falls between this look and the name.
            writer.finish(lambda temporary: backups.scrub_backup(temporary, cache.db))
    except BaseException:
        writer.abandon()
        raise
    return dict(counts)


def look_into(cache: SqliteCache, file: IO[bytes]) -> Contents:
    """Return what the archive *file* holds that *cache* has not; nothing is written.

    Pictures that were erased here count as being here.

    Raises:
        ConflictError: it is no archive, or it is damaged; the message says where.
    """
    _, entries, counts = _checked(file)
    missing: defaultdict[str, int] = defaultdict(int)
    ledger = Ledger(cache.db)
    for kinds in ORDER:
        for entry in archive.missing(cache.db, entries, kinds):
            if entry.kind != "picture" or not ledger.is_gone(entry):
                missing[entry.kind] += 1
    return Contents(counts, dict(missing))


def take_in(cache: SqliteCache, file: IO[bytes]) -> archive.Restored:
    """Bring what the archive *file* holds into *cache*, in one transaction.

    No tracker may run. What is here stays, and what was deleted here stays deleted.

    Raises:
        ConflictError: it is no archive, or it is damaged; nothing was brought in.
        CacheUnwritableError: there is no room for it; nothing was brought in.
    """
    members, entries, _ = _checked(file)
    return archive.merge(cache, file, members, entries, order=ORDER)


def records(db: sqlite3.Connection) -> Iterator[Entry]:
    """Yield everything that *db* knows, in an order that depends on nothing else."""
    for contract in sorted(contract_rows.contracts(db), key=lambda contract: contract.contract_id):
        day = day_of(from_epoch_ms(0))
        yield Entry(day, "contract", {"content": encode_contract(contract)})
    yield from _streams(db)
    for content, stamp_ms in db.execute(
        "SELECT content, stamp_ms FROM amendments ORDER BY stamp_ms, stamp_count, amendment_id"
    ).fetchall():
        yield Entry(day_of(from_epoch_ms(stamp_ms)), "amendment", {"content": content})
    yield from _sealed(db)
    yield from _images(db)
    yield from _small(db)
    for service, received_ms, content in db.execute(
        "SELECT service, received_ms, content FROM receipts ORDER BY received_ms, service, kind, id"
    ).fetchall():
        yield Entry(
            day_of(from_epoch_ms(received_ms)), "receipt", {"service": service, **_members(content)}
        )


def _streams(db: sqlite3.Connection) -> Iterator[Entry]:
    for stream, service, key, opened in db.execute(
        "SELECT stream_id, service, public_key, opened_ms FROM streams"
        " WHERE stream_id IN (SELECT stream_id FROM parts WHERE state = 'sealed')"
        " ORDER BY opened_ms, stream_id"
    ).fetchall():
        content: dict[str, Json] = {
            "stream": stream,
            "service": service,
            "key": key,
            "opened": opened,
        }
        yield Entry(day_of(from_epoch_ms(opened)), "stream", content)


def _sealed(db: sqlite3.Connection) -> Iterator[Entry]:
    for slot, header, signature, fields in db.execute(
        "SELECT slot, header, signature, fields FROM parts WHERE state = 'sealed'"
        " ORDER BY slot, stream_id, sequence"
    ).fetchall():
        content: dict[str, Json] = {
            "header": header.decode(),
            "signature": signature.hex(),
            "fields": fields,
        }
        yield Entry(day_of(Slot(slot).start), "seal", content)


def _images(db: sqlite3.Connection) -> Iterator[Entry]:
    for slot, part, content, file, redacted in db.execute(
        "SELECT p.slot, i.part_id, i.content, i.file, i.redacted FROM images i"
        " JOIN parts p USING (part_id) WHERE p.state = 'sealed'"
        " ORDER BY p.slot, i.part_id, i.role, i.monitor"
    ).fetchall():
        members: dict[str, Json] = {
            "part": part,
            "capture": _members(content),
            "file": file,
            "redacted": redacted,
        }
        yield Entry(day_of(Slot(slot).start), "picture", members)


def _small(db: sqlite3.Connection) -> Iterator[Entry]:
    for row in db.execute(
        f"SELECT {rows.SESSION} FROM sessions WHERE ended_ms IS NOT NULL"  # noqa: S608 -- a constant
        " ORDER BY started_ms, session_id"
    ).fetchall():
        session = rows.session(row)
        yield Entry(day_of(session.started), "session", encode_session(session))
    for contract, start, end, reason in db.execute(
        "SELECT contract_id, start_ms, end_ms, reason FROM gaps ORDER BY start_ms, contract_id"
    ).fetchall():
        gap: dict[str, Json] = {"contract": contract, "start": start, "end": end, "reason": reason}
        yield Entry(day_of(from_epoch_ms(start)), "gap", gap)
    for slot, contract, seconds, reason, amount, currency in db.execute(
        "SELECT slot, contract_id, billed_seconds, reason, amount, currency FROM settled"
        " ORDER BY slot, contract_id"
    ).fetchall():
        settled: dict[str, Json] = {
            "slot": slot,
            "contract": contract,
            "seconds": seconds,
            "reason": reason,
            "amount": amount,
            "currency": currency,
        }
        yield Entry(day_of(Slot(slot).start), "settled", settled)


def _checked(file: IO[bytes]) -> tuple[list[backups.Member], list[Entry], Mapping[str, int]]:
    """Return members, records and counts of an archive that is whole.

    Raises:
        ConflictError: it is not.
    """
    file.seek(0)
    members = backups.members(file)
    wanted = _counts(backups.read_member(file, _named(members, backups.MANIFEST)))
    entries: list[Entry] = []
    for member in members:
        if member.kind != "journal":
            continue
        for number, line in enumerate(backups.read_member(file, member).splitlines(), 1):
            if line.strip():
                entries.append(_entry(member, number, line))
    counts: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        counts[entry.kind] += 1
    if dict(counts) != wanted:
        msg = "the archive is not whole: its manifest names other records than it holds"
        raise _damaged(msg)
    return members, entries, counts


def _entry(member: backups.Member, number: int, line: bytes) -> Entry:
    entry = decode_line(member.name, line)
    if entry is None:
        msg = f"journal/{member.name}.jsonl, line {number}, is damaged"
        raise _damaged(msg)
    try:
        for kinds in ORDER:
            if entry.kind in kinds:
                archive.lookup(entry)
    except MalformedError as error:
        msg = f"journal/{member.name}.jsonl, line {number}: {error}"
        raise _damaged(msg) from error
    return entry


def _counts(manifest: bytes) -> dict[str, int]:
    try:
        reader = Reader.of_text(manifest.decode(), "manifest")
        if reader.text("kind") != KIND:
            msg = "it is a backup, not an export"
            raise ConflictError(msg, hint="`worklog restore` brings a backup back.")
        if reader.integer("v") > FORMAT:
            msg = "a newer worklog has written it"
            raise ConflictError(msg, hint="Update worklog.")
        counts = reader.object("records")
        return {name: counts.integer(name) for name in counts.names()}
    except (MalformedError, UnicodeDecodeError) as error:
        msg = f"its manifest cannot be read: {error}"
        raise _damaged(msg) from error


def _named(members: list[backups.Member], name: str) -> backups.Member:
    return next(member for member in members if member.name == name)


def _damaged(reason: str) -> ConflictError:
    return ConflictError(
        f"This archive cannot be taken in: {reason}.",
        hint="Nothing was imported. Export it anew with `worklog export --all`.",
    )


def _pictures(entries: list[Entry]) -> set[str]:
    return {entry.reader.text("file") for entry in entries if entry.kind == "picture"}


def _members(content: str) -> Mapping[str, Json]:
    members = parse_json(content)
    assert isinstance(members, Mapping)  # noqa: S101 -- the schema holds it to JSON objects
    return members
