"""`worklog check`: whether all that the cache holds fits together, and what does not.

Nothing is changed but orphans, which are collected; `rebuild` is another function.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from worklog.cache import contract_rows, rows
from worklog.cache.keys import verifies
from worklog.cache.locked_text import (
    has_locked,
    locked_in,
    locked_in_open_part,
    read_fields,
    read_part,
)
from worklog.cache.materialise import fold_slots, stale_bills
from worklog.cache.store import SqliteCache
from worklog.domain.evidence import FieldState, Record, field_states, verify_chain
from worklog.sqlite import damaged, translate
from worklog.wire.part import decode_capture
from worklog.wire.reader import MalformedError, Reader

_BATCH: Final = 1000  # slots folded at once


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit.

    Attributes:
        code: `database`, `segment`, `journal`, `picture-missing`, `picture-damaged`,
            `picture-empty`, `picture-locked`, `title-locked`, `title-damaged`, `evidence`.
        subject: What it is about: a part id, a slot, a day.
        message: One sentence.
    """

    code: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a check saw.

    Attributes:
        findings: What does not fit, worst first.
        segments: Rows compared.
        pictures: Pictures looked at.
        records: Signatures verified; 0 without `evidence`.
        erased: Fields that were erased, among the verified records.
        orphans: Files that no row named and that were removed.
    """

    findings: tuple[Finding, ...]
    segments: int
    pictures: int
    records: int
    erased: int
    orphans: int


def check(cache: SqliteCache, *, evidence: bool = False, pictures: bool = False) -> Report:
    """Compare database, journals and files with each other.

    With *pictures* every byte of them is read; with *evidence* every signature and
    commitment is verified, offline.

    Raises:
        CacheCorruptError: the database cannot even be read.
    """
    try:
        return _check(cache, evidence=evidence, pictures=pictures)
    except sqlite3.Error as error:
        raise translate(error) or damaged() from error
    except (MalformedError, UnicodeDecodeError) as error:
        raise damaged() from error


def _check(cache: SqliteCache, *, evidence: bool, pictures: bool) -> Report:
    damage = list(_database(cache.db))
    slots = [slot for (slot,) in cache.db.execute("SELECT DISTINCT slot FROM parts").fetchall()]
    known = cache.db.execute("SELECT count(*) FROM segments").fetchone()[0]
    shown = cache.db.execute("SELECT count(*) FROM images").fetchone()[0]
    findings = [
        *damage,
        *_segments(cache.db, slots),
        *_journals(cache),
        *_pictures(cache, is_deep=pictures),
        *_titles(cache, is_deep=evidence),
    ]
    records = erased = 0
    if evidence:
        broken, records, erased = _evidence(cache)
        findings += broken
    orphans = cache.collect_orphans()
    return Report(tuple(findings), known, shown, records, erased, orphans)


def _database(db: sqlite3.Connection) -> Iterator[Finding]:
    for query in ("PRAGMA quick_check", "PRAGMA foreign_key_check"):
        for row in db.execute(query).fetchall():
            if row[0] != "ok":
                yield Finding("database", str(row[0]), f"The database is damaged: {row[0]}.")


def _segments(db: sqlite3.Connection, recorded: list[int]) -> Iterator[Finding]:
    """Fold and bill everything again and compare."""
    contracts = {contract.contract_id: contract for contract in contract_rows.contracts(db)}
    touched = db.execute(
        "SELECT slot FROM segments UNION SELECT slot FROM amendment_slots"
    ).fetchall()
    slots = sorted({slot for (slot,) in touched}.union(recorded))
    for first in range(0, len(slots), _BATCH):
        batch = slots[first : first + _BATCH]
        wanted = fold_slots(db, batch, contracts)
        present = {
            row.segment.key: row.segment
            for row in rows.segments(db, batch[0], batch[-1] + 1)
            if row.segment.key.slot.index in set(batch)
        }
        for key in sorted(wanted.keys() | present.keys()):
            if wanted.get(key) != present.get(key):
                yield _segment(key.slot.start, "is not what its parts and amendments make it")
    for key, _ in stale_bills(db, slots, contracts):
        yield _segment(key.slot.start, "has another bill than its week makes it")


def _segment(start: datetime, problem: str) -> Finding:
    when = start.isoformat().replace("+00:00", "Z")
    return Finding("segment", when, f"The segment of {when} {problem}.")


def _journals(cache: SqliteCache) -> Iterator[Finding]:
    seen = dict(cache.db.execute("SELECT day, size FROM journals").fetchall())
    sealed = dict(
        cache.db.execute("SELECT part_id, slot FROM parts WHERE state = 'sealed'").fetchall()
    )
    for day in sorted({*seen, *cache.journal.days()}):
        if cache.journal.size(day) < seen.get(day, 0):
            yield Finding("journal", day, f"The journal of {day} has been cut short.")
        for _, entry in cache.journal.read(day):
            if entry is None:
                yield Finding("journal", day, f"The journal of {day} has a damaged line.")
            elif entry.kind == "seal":
                header = Reader.of_text(entry.reader.text("header"), "header")
                sealed.pop(header.text("part"), None)
    for part_id in sorted(sealed):
        yield Finding("journal", part_id, f"Part {part_id} is in no journal.")


def _pictures(cache: SqliteCache, *, is_deep: bool) -> Iterator[Finding]:
    found = cache.db.execute("SELECT part_id, file, content FROM images").fetchall()
    for part_id, name, content in found:
        sizes = cache.files.sizes(name)
        if min(sizes) < 0:
            yield Finding("picture-missing", part_id, f"A picture of part {part_id} is gone.")
        elif min(sizes) == 0:
            yield Finding("picture-empty", part_id, f"A picture of part {part_id} is empty.")
        elif is_deep and (place := cache.files.where_key_is_not(name)):
            yield Finding(
                "picture-locked",
                part_id,
                f"A picture of part {part_id} is encrypted, and its key is not in {place}.",
            )
        elif is_deep:
            capture = decode_capture(Reader.of_text(content, "capture"))
            if cache.files.digests(name) != (capture.sha256, capture.thumbnail_sha256):
                yield Finding(
                    "picture-damaged", part_id, f"A picture of part {part_id} is damaged."
                )


def _titles(cache: SqliteCache, *, is_deep: bool) -> Iterator[Finding]:
    """Say once for each key which titles it would open, and each one that is damaged."""
    locked: dict[tuple[str, str], int] = {}
    for part_id, state, fields, content in cache.db.execute(
        "SELECT part_id, state, fields, content FROM parts"
        " WHERE instr(coalesce(fields, content), '{\"locked\":') ORDER BY part_id"
    ).fetchall():
        text = fields if state == "sealed" else content
        found = locked_in(read_fields(text)) if state == "sealed" else locked_in_open_part(text)
        unread = cache.titles.unread(part_id, found, is_deep=is_deep)
        if unread is not None and unread.key:
            locked[unread.key, unread.place] = locked.get((unread.key, unread.place), 0) + 1
        elif unread is not None:
            yield Finding(
                "title-damaged", part_id, f"The encrypted title of part {part_id} is damaged."
            )
    for (key, place), number in locked.items():
        whose = f"{number} parts are" if number > 1 else "a part are"
        yield Finding(
            "title-locked",
            key,
            f"Application and title of {whose} encrypted, and their key is not in {place}.",
        )


def _evidence(cache: SqliteCache) -> tuple[list[Finding], int, int]:
    findings, count, erased = [], 0, 0
    for stream, key in cache.streams():
        records, unread = _readable(cache, stream)
        count += len(records)
        broken = verify_chain(
            records,
            lambda message, signature, key=key: verifies(key, message, signature),  # type: ignore[misc]  # bound now
            stream=stream,
        )
        if broken is not None:
            where = broken.part or f"record {broken.sequence} of stream {stream}"
            findings.append(
                Finding(
                    "evidence",
                    where,
                    f"The first record that does not hold is {where}: {broken.reason}.",
                )
            )
            continue
        findings += _wrong_rows(cache.db, stream)
        erased += sum(
            state is FieldState.ERASED
            for record in records
            for state in field_states(record).values()
        )
        erased -= unread  # they are here, and only their key is not
    return findings, count, erased


def _readable(cache: SqliteCache, stream: str) -> tuple[list[Record], int]:
    """Return the records of *stream* as far as they can be read, and how many fields cannot."""
    records, count = [], 0
    for kept in cache.records(stream):
        record = kept
        if has_locked(kept.fields):
            part = Reader.of_text(kept.header.decode(), "header").text("part")
            record, unread = cache.titles.readable_record(part, kept)
            count += len(unread)
        records.append(record)
    return records, count


def _wrong_rows(db: sqlite3.Connection, stream: str) -> Iterator[Finding]:
    """Compare the columns that queries use with what was signed."""
    for part_id, contract, slot, header, fields in db.execute(
        "SELECT part_id, contract_id, slot, header, fields FROM parts WHERE stream_id = ?",
        (stream,),
    ).fetchall():
        try:
            part = read_part(header, fields)
        except MalformedError:
            part = None
        if part is None or (part.part_id, part.contract, part.slot.index) != (
            part_id,
            contract,
            slot,
        ):
            yield Finding("evidence", part_id, f"Part {part_id} is not what was signed.")
