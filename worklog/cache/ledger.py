"""What each kind of journal entry does to the database; used by writes, recovery, rebuild.

Applying an entry again changes nothing, and no entry brings back what an amendment has
erased, in whatever order they come.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from worklog.cache import contract_rows, outgoing, rows
from worklog.cache.journal import Entry, day_of
from worklog.cache.locked_text import (
    erased,
    read_open_part,
    read_part,
    without,
    write_open_part,
)
from worklog.cache.touching import refs_of, slots_of
from worklog.domain.amendment import Amendment, Redact, RedactedPicture
from worklog.domain.canonical import canonical
from worklog.domain.contract import Contract, Week
from worklog.domain.evidence import Erasures, Record, strip
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.part import Part, Role
from worklog.domain.session import Ending
from worklog.failpoints import reach
from worklog.wire.amendment import decode_amendment
from worklog.wire.contract import decode_contract
from worklog.wire.part import decode_capture
from worklog.wire.reader import Reader
from worklog.wire.session import decode_session
from worklog.wire.sync.receipts import decode_receipt


@dataclass(slots=True)
class Touched:
    """What is to be computed anew after entries were applied.

    Attributes:
        slots: Slots to fold.
        bills: Slots whose weeks are to be billed, though nothing in them changed.
    """

    slots: set[int] = field(default_factory=set)
    bills: set[int] = field(default_factory=set)


class Ledger:
    """Applies entries to one database, inside a transaction of the caller."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.touched = Touched()
        self._kinds: dict[str, Callable[[Reader], None]] = {
            "device": self._device,
            "fact": self._fact,
            "contract": self._contract,
            "session": self._session,
            "gap": self._gap,
            "stream": self._stream,
            "open": self._open,
            "discard": self._discard,
            "seal": self._seal,
            "picture": self._picture,
            "amendment": self._amendment,
            "settled": self._settled,
            "receipt": self._receipt,
        }

    def apply(self, entry: Entry) -> bool:
        """Apply *entry*; return False if this version does not know its kind.

        Raises:
            MalformedError: it is of a known kind and cannot be read.
        """
        apply = self._kinds.get(entry.kind)
        if apply is None:
            return False
        reach(f"apply.{entry.kind}")
        apply(entry.reader)
        return True

    def erasures(self, parts: Collection[Part]) -> Erasures:
        """Return what amendments erase of *parts*."""
        return Erasures.of(
            rows.amendments_touching(
                self._db,
                {part.slot.index for part in parts},
                {str(part.part_id) for part in parts},
            )
        )

    def kept_fields(self, record: Record) -> str:
        """Return the fields of *record* that no amendment erases."""
        part = read_part(record.header, record.fields)
        return without(record.fields, erased(record, self.erasures([part])))

    def kept_fields_of(self, entry: Reader) -> str:
        """Return the fields of a `seal` entry that no amendment erases."""
        return self.kept_fields(_record(entry))

    def is_gone(self, entry: Entry) -> bool:
        """Return whether an `open` or `picture` entry has something that was erased."""
        reader = entry.reader
        if entry.kind == "open":
            part = read_open_part(reader.text("content"))
            return strip(part, self.erasures([part])) != part
        capture = decode_capture(reader.object("capture"))
        return self._is_erased(reader.text("part"), capture.role, capture.monitor, reader)

    # --- One method for each kind -------------------------------------------------------

    def _device(self, entry: Reader) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES ('device', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (entry.text("device"),),
        )

    def _fact(self, entry: Reader) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (f"fact.{entry.text('name')}", entry.text("value")),
        )

    def _contract(self, entry: Reader) -> None:
        contract = decode_contract(entry.text("content"))
        known = {known.contract_id: known for known in contract_rows.contracts(self._db)}
        contract_rows.put_contract(self._db, contract)
        before = known.get(contract.contract_id)
        if before is None:
            return
        if (since := _first_change(before, contract)) is not None:
            found = self._db.execute(
                "SELECT slot FROM segments WHERE contract_id = ? AND slot >= ?",
                (contract.contract_id, since),
            ).fetchall()
            self.touched.bills.update(slot for (slot,) in found)
        for week in _moved_locks(before, contract):
            self.touched.slots |= self._slots_with_anything(week.slots())

    def _session(self, entry: Reader) -> None:
        session = decode_session(entry)
        if session.ended is None:
            # Where the line with the end of an older one was lost, it ended by now.
            self._db.execute(
                "UPDATE sessions SET ended_ms = max(started_ms, ?), ending = ?"
                " WHERE ended_ms IS NULL AND session_id <> ?",
                (epoch_ms(session.started), Ending.CRASH.value, session.session_id),
            )
        self._db.execute(
            f"INSERT INTO sessions ({rows.SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 -- a constant
            " ON CONFLICT (session_id) DO UPDATE SET contract_id = excluded.contract_id,"
            " started_ms = excluded.started_ms, ended_ms = excluded.ended_ms,"
            " ending = excluded.ending, memo = excluded.memo, label = excluded.label,"
            " pid = excluded.pid, boot = excluded.boot",
            (
                session.session_id,
                session.contract,
                epoch_ms(session.started),
                None if session.ended is None else epoch_ms(session.ended),
                None if session.ending is None else session.ending.value,
                session.memo,
                session.label,
                session.pid,
                session.boot,
            ),
        )

    def _gap(self, entry: Reader) -> None:
        self._db.execute(
            "INSERT INTO gaps (contract_id, start_ms, end_ms, reason) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (contract_id, start_ms) DO UPDATE"
            " SET end_ms = excluded.end_ms, reason = excluded.reason",
            (
                entry.text("contract"),
                entry.integer("start"),
                entry.integer("end"),
                entry.text("reason"),
            ),
        )

    def _stream(self, entry: Reader) -> None:
        stream, service = entry.text("stream"), entry.text("service")
        if self._db.execute("SELECT 1 FROM streams WHERE stream_id = ?", (stream,)).fetchone():
            return
        self._db.execute("UPDATE streams SET is_closed = 1 WHERE service = ?", (service,))
        self._db.execute(
            "INSERT INTO streams VALUES (?, ?, ?, ?, 0, 0, '')",
            (stream, service, entry.text("key"), entry.integer("opened")),
        )

    def _open(self, entry: Reader) -> None:
        part = read_open_part(entry.text("content"))
        if self._state(part.part_id) == "sealed":
            return
        content = write_open_part(strip(part, self.erasures([part])))
        self._db.execute(
            "INSERT INTO parts (part_id, state, device_id, contract_id, slot, content)"
            " VALUES (?, 'open', ?, ?, ?, ?)"
            " ON CONFLICT (part_id) DO UPDATE SET content = excluded.content",
            (part.part_id, part.device, part.contract, part.slot.index, content),
        )

    def _discard(self, entry: Reader) -> None:
        part_id = entry.text("part")
        if self._state(part_id) == "open":
            self._db.execute("DELETE FROM parts WHERE part_id = ?", (part_id,))
            self._drop_images(part_id)

    def _seal(self, entry: Reader) -> None:
        record = _record(entry)
        part = read_part(record.header, record.fields)
        if self._state(part.part_id) == "sealed":
            return
        frame = Reader.of_text(entry.text("header"), "header")
        fields = self.kept_fields(record)
        if self.erasures([part]).cover(part):
            self._drop_images(part.part_id)
        stream, sequence = frame.text("stream"), frame.integer("sequence")
        self._db.execute("DELETE FROM parts WHERE part_id = ?", (part.part_id,))
        self._db.execute(
            "INSERT INTO parts VALUES (?, 'sealed', ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                part.part_id,
                part.device,
                part.contract,
                part.slot.index,
                stream,
                sequence,
                record.header,
                record.signature,
                fields,
            ),
        )
        self._db.execute(
            "UPDATE streams SET sequence = ?, head = ? WHERE stream_id = ? AND sequence < ?",
            (sequence, record.digest, stream, sequence),
        )
        reach("apply.outbox")
        outgoing.queue_unsent(self._db, part.part_id)
        self.touched.slots.add(part.slot.index)

    def _picture(self, entry: Reader) -> None:
        part_id, file = entry.text("part"), entry.text("file")
        capture = decode_capture(entry.object("capture"))
        known = self._db.execute(
            "SELECT file FROM images WHERE part_id = ? AND role = ? AND monitor = ?",
            (part_id, capture.role.value, capture.monitor),
        ).fetchone()
        if known is not None and known[0] == file:
            return
        if self._is_erased(part_id, capture.role, capture.monitor, entry):
            self._scrub("file", file)
            return
        if known is not None:
            self._scrub("file", known[0])
        self._db.execute(
            "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?)",
            (
                part_id,
                capture.role.value,
                capture.monitor,
                file,
                entry.integer("redacted"),
                canonical(entry.value("capture")).decode(),
            ),
        )
        outgoing.queue_unsent(self._db, part_id)  # a redacted one takes the place of what was sent

    def _amendment(self, entry: Reader) -> None:
        content = entry.text("content")
        amendment = decode_amendment(content)
        added = self._db.execute(
            "INSERT OR IGNORE INTO amendments VALUES (?, ?, ?, ?)",
            (
                amendment.amendment_id,
                amendment.stamp.milliseconds,
                amendment.stamp.counter,
                content,
            ),
        )
        if not added.rowcount:
            return
        slots = {slot.index for slot in slots_of(amendment.change)}
        refs = refs_of(amendment.change)
        self._db.executemany(
            "INSERT INTO amendment_slots VALUES (?, ?)",
            [(slot, amendment.amendment_id) for slot in sorted(slots)],
        )
        self._db.executemany(
            "INSERT INTO amendment_refs VALUES (?, ?)",
            [(ref, amendment.amendment_id) for ref in sorted(refs)],
        )
        self.touched.slots |= slots | self._slots_of_refs(refs)
        self._erase(amendment)
        outgoing.queue_amendment(self._db, amendment, self._device_id())

    def _receipt(self, entry: Reader) -> None:
        outgoing.keep_receipt(self._db, entry.text("service"), decode_receipt(entry))

    def _settled(self, entry: Reader) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO settled VALUES (?, ?, ?, ?, ?, ?)",
            (
                entry.integer("slot"),
                entry.text("contract"),
                entry.integer("seconds"),
                entry.text("reason"),
                entry.optional_text("amount"),
                entry.text("currency"),
            ),
        )

    # --- Erasing ------------------------------------------------------------------------

    def _erase(self, amendment: Amendment) -> None:
        erasures = Erasures.of([amendment])
        if erasures == Erasures():
            return
        reach("erase.begin")
        slots = {key.slot.index for _, key in erasures.rest}
        named = {*erasures.parts, *erasures.snapshots, *(part for part, _ in erasures.pictures)}
        parts = {part.part_id: part for part in rows.parts_in(self._db, slots, sealed_only=False)}
        for part_id in named - parts.keys():
            row = self._db.execute(
                f"SELECT {rows.PART} FROM parts WHERE part_id = ?",  # noqa: S608 -- a constant
                (part_id,),
            ).fetchone()
            if row is not None:
                parts[part_id] = rows.part(row)
        for part in parts.values():
            if erasures.cover(part) or part.part_id in named:
                self._erase_part(part, erasures)
                self._scrub("day", day_of(part.slot.start))
                self._scrub("backups", "")
        if isinstance(amendment.change, Redact):
            for picture in amendment.change.pictures:
                self._drop_redacted(picture)
        reach("erase.done")

    def _erase_part(self, part: Part, erasures: Erasures) -> None:
        record = rows.record(self._db, part.part_id)
        if record is None:
            self._db.execute(
                "UPDATE parts SET content = ? WHERE part_id = ?",
                (write_open_part(strip(part, erasures)), part.part_id),
            )
        else:
            self._db.execute(
                "UPDATE parts SET fields = ? WHERE part_id = ?",
                (without(record.fields, erased(record, erasures)), part.part_id),
            )
        self.touched.slots.add(part.slot.index)
        if erasures.cover(part):
            self._drop_images(part.part_id)
        elif part.part_id in erasures.snapshots:
            self._drop_images(part.part_id, role=Role.CAMERA)

    def _drop_images(self, part_id: str, *, role: Role | None = None) -> None:
        found = self._db.execute(
            "SELECT role, monitor, file, json_extract(content, '$.sha256') FROM images"
            " WHERE part_id = ?",
            (part_id,),
        ).fetchall()
        for its_role, monitor, file, sha256 in found:
            if role in (None, its_role):
                self._scrub("file", file)
                self._db.execute(
                    "DELETE FROM images WHERE part_id = ? AND role = ? AND monitor = ?",
                    (part_id, its_role, monitor),
                )
                outgoing.drop_receipts_of_images(self._db, part_id, sha256)

    def _drop_redacted(self, picture: RedactedPicture) -> None:
        """Let go of the original; the entry that follows brings what takes its place."""
        row = self._db.execute(
            "SELECT file, content FROM images WHERE part_id = ? AND role = ? AND monitor = ?",
            (picture.part, Role.SCREEN.value, picture.monitor),
        ).fetchone()
        if row is None:
            return
        file, content = row
        before = decode_capture(Reader.of_text(content, "capture")).sha256
        if before != picture.sha256:
            self._scrub("file", file)
            self._db.execute("DELETE FROM images WHERE file = ?", (file,))
            outgoing.drop_receipts_of_images(self._db, picture.part, before)

    def _is_erased(self, part_id: str, role: Role, monitor: int, entry: Reader) -> bool:
        """Return whether a picture that an entry brings has been erased since.

        The part itself may be unknown: in a journal that was rewritten, its pictures
        come before its seal.
        """
        row = self._db.execute(
            f"SELECT {rows.PART} FROM parts WHERE part_id = ?",  # noqa: S608 -- a constant
            (part_id,),
        ).fetchone()
        part = None if row is None else rows.part(row)
        slots = set() if part is None else {part.slot.index}
        amendments = rows.amendments_touching(self._db, slots, {part_id})
        erasures = Erasures.of(amendments)
        if part_id in erasures.parts or (part and (part.is_erased or erasures.cover(part))):
            return True
        if role is Role.CAMERA:
            return part_id in erasures.snapshots
        valid = [
            picture.sha256
            for amendment in amendments
            if isinstance(amendment.change, Redact)
            for picture in amendment.change.pictures
            if (picture.part, picture.monitor) == (part_id, monitor)
        ]
        return bool(valid) and entry.object("capture").text("sha256") != valid[-1]

    def _scrub(self, kind: str, name: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO scrub VALUES (?, ?)", (kind, name))

    # --- Looking up ---------------------------------------------------------------------

    def _device_id(self) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE name = 'device'").fetchone()
        return "" if row is None else str(row[0])

    def _state(self, part_id: str) -> str | None:
        row = self._db.execute("SELECT state FROM parts WHERE part_id = ?", (part_id,)).fetchone()
        return None if row is None else str(row[0])

    def _slots_with_anything(self, slots: range) -> set[int]:
        """Return those of *slots* that have a segment, or an amendment that might make one."""
        found = self._db.execute(
            "SELECT slot FROM segments WHERE slot BETWEEN ?1 AND ?2"
            " UNION SELECT slot FROM amendment_slots WHERE slot BETWEEN ?1 AND ?2",
            (slots.start, slots.stop - 1),
        ).fetchall()
        return {slot for (slot,) in found}

    def _slots_of_refs(self, refs: Collection[str]) -> set[int]:
        """Return the slots of the parts and amendments *refs*, and of what those name.

        By their content and not by the tables of slots and refs, whose order is another
        one: the undo of an import names thousands.
        """
        slots: set[int] = set()
        for ref in refs:
            named = {ref}
            row = self._db.execute(
                "SELECT content FROM amendments WHERE amendment_id = ?", (ref,)
            ).fetchone()
            if row is not None:
                change = decode_amendment(row[0]).change
                slots.update(slot.index for slot in slots_of(change))
                named |= refs_of(change)
            for part in named:
                found = self._db.execute(
                    "SELECT slot FROM parts WHERE part_id = ? AND state = 'sealed'", (part,)
                ).fetchone()
                if found is not None:
                    slots.add(found[0])
        return slots


def _record(entry: Reader) -> Record:
    signature = entry.text("signature")
    try:
        return Record(entry.text("header").encode(), bytes.fromhex(signature), entry.text("fields"))
    except ValueError:
        entry.refuse("signature", "is no hexadecimal text")


def reconciled(db: sqlite3.Connection, entry: Entry) -> Entry | None:
    """Return *entry* as it may stay in a journal, after what the database has erased."""
    if entry.kind == "seal":
        header = Reader.of_text(entry.reader.text("header"), "header")
        record = rows.record(db, header.text("part"))
        content = {"fields": "{}" if record is None else record.fields}
        return replace(entry, content={**entry.content, **content})
    if entry.kind == "open":
        part_id = read_open_part(entry.reader.text("content")).part_id
        query, value = "SELECT content FROM parts WHERE part_id = ?", str(part_id)
    elif entry.kind == "picture":
        query = "SELECT content FROM images WHERE file = ?"
        value = entry.reader.text("file")
    elif entry.kind == "receipt":
        return entry if outgoing.has_receipt(db, entry.reader) else None
    else:
        return entry
    row = db.execute(query, (value,)).fetchone()
    if row is None or row[0] is None:
        return None  # sealed since, discarded or erased
    if entry.kind == "open":
        return replace(entry, content={**entry.content, "content": row[0]})
    return entry


def _moved_locks(before: Contract, after: Contract) -> set[Week]:
    """Return the weeks that were submitted or reopened since: other changes may hold in them."""
    return {Week(event.week) for event in set(before.events) ^ set(after.events)}


def _first_change(before: Contract, after: Contract) -> int | None:
    """Return the first slot whose bill the change may touch; None if there is none."""
    if before.service != after.service:
        return 0
    changed = set(before.terms) ^ set(after.terms)
    if not changed:
        return None
    since = min(terms.since for terms in changed)
    # A raised limit covers the whole current week (R16).
    return Slot.containing(max(after.week_at(since).start, from_epoch_ms(0))).index
