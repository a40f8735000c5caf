"""What the cache can prove of segments: records as they were signed, and their receipts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from worklog.cache import outgoing
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Key
from worklog.domain.evidence import Record
from worklog.domain.ids import PartId
from worklog.domain.segment import BilledSegment
from worklog.sqlite import damaged, translate
from worklog.wire.proof import Exhibit
from worklog.wire.sync.receipts import SignedReceipt

_BATCH: Final = 500  # names in one query
# The key begins with the service: without it every receipt would be read.
_RECEIPTS: Final = (
    "SELECT id, service, content FROM receipts"
    " WHERE service IN (SELECT service FROM contracts WHERE service <> '')"
)


def exhibits(cache: SqliteCache, parts: Iterable[PartId]) -> list[Exhibit]:
    """Return the evidence of those of *parts* that this device sealed, in their order.

    Raises:
        CacheCorruptError: the database cannot be read, or a title is encrypted, and its
            key is gone.
    """
    found = []
    for part in parts:
        for header, signature, fields, key in _fetch(
            cache,
            "SELECT p.header, p.signature, p.fields, s.public_key FROM parts p"
            " JOIN streams s USING (stream_id) WHERE p.part_id = ?",
            part,
        ):
            record = cache.titles.plain_record(
                part, Record(bytes(header), bytes(signature), fields)
            )
            found.append(Exhibit(part, record, bytes.fromhex(key), _receipts(cache, part)))
    return found


def positions(cache: SqliteCache, part: PartId) -> dict[str, int]:
    """Return where in *part* each of its pictures stands, by the digest of its file."""
    return {image.sha256: image.position for image in outgoing.images_of(cache.db, part)}


def receipted(cache: SqliteCache, rows: Sequence[BilledSegment]) -> set[Key]:
    """Return which of *rows* a service has acknowledged whole: parts and time by hand.

    Raises:
        CacheCorruptError: the database cannot be read.
    """
    if not cache.knows_services():
        return set()
    known = _acknowledged(cache, sorted({name for row in rows for name in _names(row)}))
    return {row.segment.key for row in rows if (own := _names(row)) and known.issuperset(own)}


def _names(row: BilledSegment) -> list[str]:
    by_hand = {str(manual.amendment) for manual in row.segment.manual}
    return [*map(str, row.segment.parts), *sorted(by_hand)]


def _acknowledged(cache: SqliteCache, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for first in range(0, len(names), _BATCH):
        batch = names[first : first + _BATCH]
        marks = ",".join("?" * len(batch))
        query = f"{_RECEIPTS} AND kind IN ('part', 'amendment') AND id IN ({marks})"
        found.update(name for name, _, _ in _fetch(cache, query, *batch))
    return found


def _receipts(cache: SqliteCache, part: PartId) -> tuple[tuple[str, SignedReceipt], ...]:
    rows = _fetch(cache, f"{_RECEIPTS} AND kind = 'part' AND id = ?", part)
    # "0" is what follows "/", which stands between a part and the number of a picture.
    pictures = f"{_RECEIPTS} AND kind = 'image' AND id > ? AND id < ? ORDER BY id"
    rows += _fetch(cache, pictures, f"{part}/", f"{part}0")
    return tuple((service, outgoing.signed_of(content)) for _, service, content in rows)


def _fetch(cache: SqliteCache, query: str, *values: str) -> list[Any]:
    try:
        return cache.db.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise translate(error) or damaged() from error
