"""The durable local cache, on SQLite, journals and picture files.

A write is: picture files, synced; BEGIN IMMEDIATE; journal entries applied to the
database and appended to the journal, synced; COMMIT; only then does it return. So what
was acknowledged is in two places, and what was not is whole or absent.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from worklog.app.ports import Clock, EncodedPicture, Gap, StoredPicture
from worklog.cache import backups, rows
from worklog.cache.files import TEMPORARY, remove
from worklog.cache.journal import Entry, Journal, day_of
from worklog.cache.keys import DeviceKey
from worklog.cache.ledger import Ledger, reconciled
from worklog.cache.live import blank_if
from worklog.cache.mailbox import SqliteMailbox
from worklog.cache.materialise import materialise
from worklog.cache.pictures import PictureFiles
from worklog.cache.reserve import Reserve
from worklog.domain.amendment import Amendment, Delete, DropSnapshot, Key, Redact, Stamp
from worklog.domain.canonical import Json, printable
from worklog.domain.contract import Contract
from worklog.domain.evidence import Erasures, Record, Signer, encode_fields, strip
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, DeviceId, PartId, uuid7
from worklog.domain.lock import is_locked
from worklog.domain.part import Capture, Part, Role
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Session
from worklog.errors import (
    CacheCorruptError,
    CacheMovedError,
    ConflictError,
    NotFoundError,
    WorklogError,
)
from worklog.failpoints import reach
from worklog.places import Places
from worklog.sqlite import DiskFullError, Transaction, damaged, translate
from worklog.wire.amendment import decode_amendment, encode_amendment
from worklog.wire.contract import encode_contract
from worklog.wire.part import (
    content_of,
    decode_capture,
    encode_capture,
    encode_open_part,
    fields_of,
    header_of,
)
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.session import encode_session

SALT_BYTES: Final = 32
_HEALED_DAYS: Final = 3  # newest journal files that a write compares with the database
_NONE: Final[Mapping[tuple[PartId, int], EncodedPicture]] = {}

T = TypeVar("T")
Build = Callable[[], Iterable[Entry]]


class SqliteCache:
    """Implements `worklog.app.ports.Cache`. Made by `worklog.cache.opening.open_cache`.

    Attributes:
        mailbox: Reads and posts over the same connection.
        places: Where everything is.
        clock: Names the moments of what has no other one.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        places: Places,
        *,
        clock: Clock,
        signer: Signer | None = None,
        token: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.places = places
        self.mailbox = SqliteMailbox(db)
        self.journal = Journal(places.journal)
        self.files = PictureFiles(places.pictures, token)
        self.reserve = Reserve(f"{places.data}/reserve")
        self._db = db
        self.clock = clock
        self._signer = signer or DeviceKey(places.device_key)
        self._token = token
        self._inode = _inode(places.database)
        self._device: DeviceId | None = None
        self._last_stamp = Stamp(0)
        self._written: list[str] = []
        self._together: list[Build] | None = None

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    # --- Contracts ----------------------------------------------------------------------

    def contracts(self) -> list[Contract]:
        return self._reading(lambda: rows.contracts(self._db))

    def save_contract(self, contract: Contract, *, at: datetime) -> None:
        def entries() -> list[Entry]:
            other = self._db.execute(
                "SELECT 1 FROM contracts WHERE name = ? AND contract_id <> ?",
                (printable(contract.name), contract.contract_id),
            ).fetchone()
            if other is not None:
                msg = f"There is a contract named “{contract.name}” already."
                raise ConflictError(msg, hint="Choose another name.")
            return [Entry(day_of(at), "contract", {"content": encode_contract(contract)})]

        self.write(entries)

    def knows_services(self) -> bool:
        """Return whether a contract belongs to a service, or one was ever reached."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM contracts WHERE service <> '')"
            " OR EXISTS (SELECT 1 FROM services)"
        )
        return bool(self._fetch(query)[0][0])

    # --- Sessions -----------------------------------------------------------------------

    def running_session(self) -> Session | None:
        found = self._sessions("ended_ms IS NULL")
        return found[0] if found else None

    def last_session(self) -> Session | None:
        found = self._sessions("1 ORDER BY started_ms DESC, session_id DESC LIMIT 1")
        return found[0] if found else None

    def sessions(self, start: datetime, end: datetime) -> list[Session]:
        return self._sessions(
            "started_ms < ? AND (ended_ms IS NULL OR ended_ms > ?) ORDER BY started_ms, session_id",
            epoch_ms(end),
            epoch_ms(start),
        )

    def save_session(self, session: Session) -> None:
        def entries() -> list[Entry]:
            running = self._db.execute(
                "SELECT session_id FROM sessions WHERE ended_ms IS NULL"
            ).fetchone()
            if session.ended is None and running and running[0] != session.session_id:
                msg = "A session is running already."
                raise ConflictError(msg, hint="Run `worklog stop` first.")
            return [Entry(day_of(session.started), "session", encode_session(session))]

        self.write(entries)

    def save_gap(self, gap: Gap) -> None:
        content: dict[str, Json] = {
            "contract": gap.contract,
            "start": epoch_ms(gap.start),
            "end": epoch_ms(gap.end),
            "reason": gap.reason,
        }
        self.write(lambda: [Entry(day_of(gap.start), "gap", content)])

    def gaps(self, start: datetime, end: datetime) -> list[Gap]:
        found = self._fetch(
            "SELECT contract_id, start_ms, end_ms, reason FROM gaps"
            " WHERE start_ms < ? AND end_ms > ? ORDER BY start_ms, contract_id",
            epoch_ms(end),
            epoch_ms(start),
        )
        return [rows.gap(row) for row in found]

    # --- Parts --------------------------------------------------------------------------

    def open_parts(self) -> list[Part]:
        return self._parts("state = 'open' ORDER BY part_id")

    def save_open(self, part: Part) -> None:
        self.write(lambda: [self._open_entry(part)])

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        for position, picture in pictures.items():
            _check_digests(part.captures[position], picture)

        def entries() -> list[Entry]:
            opened = self._open_entry(part, is_fleeting=False)
            if Ledger(self._db).erasures([part]).cover(part):
                return [opened]
            return [
                opened,
                *(
                    _picture_entry(
                        part.slot,
                        part.part_id,
                        part.captures[position],
                        self._write_files(picture),
                    )
                    for position, picture in pictures.items()
                    if not self._has_picture(part.part_id, part.captures[position])
                ),
            ]

        self.write(entries)
        self.scrub()
        return self.pictures([part.part_id])

    def seal(self, part: Part) -> None:
        self.write(lambda: self._seal_entries(part))

    def discard_open(self, part_id: PartId) -> None:
        def entries() -> list[Entry]:
            row = self._db.execute(
                "SELECT slot FROM parts WHERE part_id = ? AND state = 'open'", (part_id,)
            ).fetchone()
            if row is None:
                return []
            return [Entry(day_of(Slot(row[0]).start), "discard", {"part": part_id})]

        self.write(entries)
        self.scrub()

    def part(self, part_id: PartId) -> Part | None:
        found = self._parts("part_id = ?", part_id)
        return found[0] if found else None

    def pictures(self, parts: Iterable[PartId]) -> list[StoredPicture]:
        found = []
        for part_id in sorted(set(parts)):
            found += self._fetch(
                "SELECT part_id, file, redacted, content FROM images WHERE part_id = ?"
                " ORDER BY role DESC, monitor",
                part_id,
            )
        return [
            StoredPicture(
                part=PartId(part_id),
                capture=decode_capture(Reader.of_text(content, "capture")),
                file=self.files.image(name),
                thumbnail=self.files.thumbnail(name),
                redacted=redacted,
            )
            for part_id, name, redacted, content in found
        ]

    def image(self, picture: StoredPicture) -> bytes:
        try:
            data = Path(picture.file).read_bytes()
        except OSError as error:
            msg = f"The picture {picture.file} is gone."
            raise NotFoundError(msg, hint="Restore it from a backup, if there is one.") from error
        if hashlib.sha256(data).hexdigest() != picture.capture.sha256:
            msg = f"The picture {picture.file} is damaged."
            raise CacheCorruptError(msg, hint="Run `worklog check --pictures`.")
        return data

    # --- Amendments ---------------------------------------------------------------------

    def stamp(self, now: datetime) -> Stamp:
        found = self._fetch(
            "SELECT stamp_ms, stamp_count FROM amendments"
            " ORDER BY stamp_ms DESC, stamp_count DESC LIMIT 1"
        )
        last = max([self._last_stamp, *(Stamp(*row) for row in found)])
        self._last_stamp = last.next(now)
        return self._last_stamp

    def amend(
        self,
        amendment: Amendment,
        *,
        pictures: Mapping[tuple[PartId, int], EncodedPicture] = _NONE,
    ) -> None:
        content = encode_amendment(amendment)
        known = self.amendment(amendment.amendment_id)
        if known is not None:
            if encode_amendment(known) != content:
                msg = "There is another amendment with this id."
                raise ConflictError(msg, hint="Write it anew, with an id of its own.")
            self.scrub()
            return

        if isinstance(amendment.change, Delete | DropSnapshot | Redact):
            # Before the deletion, as they are copies: a crash in between loses nothing.
            for page in Path(self.places.pages).glob("*"):
                remove(str(page))

        def entries() -> list[Entry]:
            return [
                *self._settled_entries(amendment),
                Entry(day_of(amendment.stamp.instant), "amendment", {"content": content}),
                *self._redacted_entries(amendment, pictures),
            ]

        self.write(entries)
        self._clear_live(amendment)
        self.scrub()

    def amendments(self, *, limit: int | None = None) -> list[Amendment]:
        found = self._fetch(
            "SELECT content FROM amendments"
            " ORDER BY stamp_ms DESC, stamp_count DESC, amendment_id DESC LIMIT ?",
            -1 if limit is None else limit,
        )
        return [decode_amendment(content) for (content,) in found]

    def amendment(self, amendment_id: AmendmentId) -> Amendment | None:
        found = self._fetch("SELECT content FROM amendments WHERE amendment_id = ?", amendment_id)
        return decode_amendment(found[0][0]) if found else None

    # --- The diary ----------------------------------------------------------------------

    def segments(
        self, start: datetime, end: datetime, *, contract: ContractId | None = None
    ) -> list[BilledSegment]:
        first, last = _first_slot(start), _first_slot(end)
        values: list[str | int] = [first, last]
        where = ""
        if contract is not None:
            where = " AND contract_id = ?"
            values.append(contract)
        found = self._fetch(
            f"SELECT {rows.SEGMENT} FROM segments WHERE slot >= ? AND slot < ?{where}"  # noqa: S608 -- constants
            " ORDER BY slot, contract_id",
            *values,
        )
        return [rows.segment(row) for row in found]

    def recent(self, count: int, *, contract: ContractId | None = None) -> list[Key]:
        where = "" if contract is None else " AND contract_id = ?"
        values: tuple[str | int, ...] = (count,) if contract is None else (contract, count)
        found = self._fetch(
            f"SELECT slot, contract_id FROM segments WHERE is_deleted = 0{where}"  # noqa: S608 -- constants
            " ORDER BY slot DESC, contract_id DESC LIMIT ?",
            *values,
        )
        return [Key(Slot(slot), ContractId(contract_id)) for slot, contract_id in reversed(found)]

    def recent_memos(self, contract: ContractId, *, limit: int) -> list[str]:
        found = self._fetch(
            "SELECT memo FROM ("
            " SELECT memo, max(slot) * 600000 AS at FROM segments WHERE contract_id = ?1"
            " GROUP BY memo"
            " UNION ALL"
            " SELECT memo, coalesce(ended_ms, started_ms) FROM sessions WHERE contract_id = ?1"
            ") WHERE memo <> '' GROUP BY memo ORDER BY max(at) DESC, memo DESC LIMIT ?2",
            contract,
            limit,
        )
        return [memo for (memo,) in found]

    def material(self, slot: Slot) -> tuple[list[Part], list[Amendment]]:
        def read() -> tuple[list[Part], list[Amendment]]:
            parts = rows.parts_in(self._db, [slot.index], sealed_only=False)
            names = {str(part.part_id) for part in parts}
            return parts, rows.amendments_touching(self._db, [slot.index], names)

        return self._reading(read)

    # --- Several writes -----------------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        builds = self._together = []
        try:
            yield
        finally:
            self._together = None
        self._with_reserve(lambda: self._write(builds))

    # --- This installation --------------------------------------------------------------

    @property
    def device(self) -> DeviceId:
        if self._device is None:
            found = self._fetch("SELECT value FROM meta WHERE name = 'device'")
            self._device = DeviceId(found[0][0]) if found else self._make_device()
        return self._device

    def remembered(self, name: str) -> str | None:
        found = self._fetch("SELECT value FROM meta WHERE name = ?", f"fact.{name}")
        return found[0][0] if found else None

    def remember(self, name: str, value: str) -> None:
        content: dict[str, Json] = {"name": name, "value": printable(value)}
        self.write(lambda: [Entry(day_of(self.clock.now()), "fact", content)])

    # --- For check, rebuild, backup and restore -----------------------------------------

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, for the modules of this package."""
        return self._db

    def records(self, stream: str) -> list[Record]:
        """Return the sealed records of *stream* in order."""
        found = self._fetch(
            "SELECT header, signature, fields FROM parts WHERE stream_id = ? ORDER BY sequence",
            stream,
        )
        return [Record(*row) for row in found]

    def streams(self) -> list[tuple[str, bytes]]:
        """Return id and public key of all streams, oldest first."""
        found = self._fetch(
            "SELECT stream_id, public_key FROM streams ORDER BY opened_ms, is_closed DESC"
        )
        return [(stream, bytes.fromhex(key)) for stream, key in found]

    def erasures(self, part: Part) -> Erasures:
        """Return what amendments erase of *part*."""
        return self._reading(lambda: Ledger(self._db).erasures([part]))

    def become(self, device: DeviceId) -> None:
        """Take over the identity of another device, before anything was recorded."""
        self.write(lambda: [Entry(day_of(self.clock.now()), "device", {"device": device})])
        self._device = device

    def write(self, build: Build) -> None:
        """Write the entries of *build*, which is called inside the transaction.

        Raises:
            CacheBusyError: the write lock did not become free in time.
            CacheUnwritableError: nothing was written; the reserve did not help either.
            CacheCorruptError: the database is damaged.
        """
        if self._together is not None:
            self._together.append(build)
        else:
            self._with_reserve(lambda: self._write([build]))

    def go_on_in(self, fresh: SqliteCache) -> None:
        """Use the database of *fresh* from now on, as the one before was moved away (F16)."""
        if self._device is not None and not fresh.has_device:
            fresh.become(self._device)
        self._db.close()
        self._db = fresh.db
        self.mailbox.go_on_with(fresh.db)
        self._signer = fresh._signer  # the key went with the folder
        self._inode = fresh._inode
        self._device = fresh._device

    @property
    def has_device(self) -> bool:
        """Whether the database belongs to a device yet."""
        return bool(self._fetch("SELECT 1 FROM meta WHERE name = 'device'"))

    def new_stream(self, service: str) -> Entry:
        """Return the entry that opens a stream for *service* and closes the one before."""
        now = self.clock.now()
        return Entry(
            day_of(now),
            "stream",
            {
                "stream": uuid7(now, self._token(ENTROPY_BYTES)),
                "service": service,
                "key": self._signer.public_key.hex(),
                "opened": epoch_ms(now),
            },
        )

    def heal(self) -> None:
        """Adopt what the journal has and the database has not, and finish erasures."""
        self.write(list)
        self.scrub()
        self.reserve.fill()

    def scrub(self) -> None:
        """Erase outside the database what amendments have erased in it.

        Raises:
            CacheUnwritableError: it could not be erased; the next one tries again.
        """
        waiting = self._fetch("SELECT kind, name FROM scrub")
        if not waiting:
            return
        with Transaction(self._db):
            for kind, name in waiting:
                reach(f"scrub.{kind}")
                if kind == "file":
                    self.files.remove(name)
                elif kind == "day" and self.journal.size(name):
                    size = self.journal.rewrite(name, lambda entry: reconciled(self._db, entry))
                    self._set_size(name, size)
            if any(kind == "backups" for kind, _ in waiting):
                backups.scrub_folder(self.places.backups, self._db)
                self._remove_orphans()  # one may be a copy of what is being erased
            reach("scrub.commit")
            self._db.execute("DELETE FROM scrub")
        reach("scrub.done")

    def collect_orphans(self) -> int:
        """Remove picture files that no row names; return how many.

        They are what a crash leaves between writing a picture and its row.
        """
        with Transaction(self._db):
            return self._remove_orphans()

    def _remove_orphans(self) -> int:
        named = {name for (name,) in self._db.execute("SELECT file FROM images").fetchall()}
        orphans = [
            path
            for name, path in self.files.names()
            if name not in named or path.endswith(TEMPORARY)
        ]
        for path in orphans:
            remove(path)
        return len(orphans)

    # --- Writing ------------------------------------------------------------------------

    def _write(self, builds: list[Build]) -> None:
        self._check_place()
        self._written.clear()
        before: dict[str, int] = {}
        sizes: dict[str, int] = {}
        try:
            with Transaction(self._db):
                reach("write.begun")
                ledger = Ledger(self._db)
                self._adopt(ledger)
                entries = [entry for build in builds for entry in _applied(ledger, build)]
                materialise(self._db, ledger.touched)
                reach("write.applied")
                before = {entry.day: self.journal.size(entry.day) for entry in entries}
                sizes = self.journal.append(entries)
                for day, size in sizes.items():
                    self._set_size(day, size)
                reach("write.commit")
        except Exception:
            # Not for an interrupt: the journal keeps the entry, and it is adopted whole.
            if not self._may_have_taken(sizes):
                self.journal.cut(before)
                self._forget_files()
            raise
        reach("write.committed")

    def _may_have_taken(self, sizes: Mapping[str, int]) -> bool:
        """Return whether the database may have the change whose COMMIT failed.

        A disk that refuses the very last sync, of the folder that the rollback journal
        went from, refuses a change that is there. Its lines and files must stay then, and
        where nobody can tell; the next writer finds all of it or adopts it whole.
        """
        if not sizes:
            return False  # it never came to a COMMIT
        try:
            seen = dict(self._db.execute("SELECT day, size FROM journals").fetchall())
        except sqlite3.Error:
            return True
        return any(seen.get(day) == size for day, size in sizes.items())

    def _forget_files(self) -> None:
        """Remove what was written for a change that failed; else it is an orphan."""
        for name in self._written:
            with suppress(WorklogError):
                self.files.remove(name)

    def _adopt(self, ledger: Ledger) -> None:
        """Apply what another process had in the journal when it died before its COMMIT."""
        seen = dict(self._db.execute("SELECT day, size FROM journals").fetchall())
        for day in self.journal.days()[-_HEALED_DAYS:]:
            start = seen.get(day, 0)
            if self.journal.size(day) <= start:
                continue
            end = start
            for end, entry in self.journal.read(day, start=start):  # noqa: B007 -- used below
                if entry is not None:
                    ledger.apply(entry)
            self._set_size(day, end)
            reach("write.adopted")

    def _set_size(self, day: str, size: int) -> None:
        self._db.execute(
            "INSERT INTO journals VALUES (?, ?)"
            " ON CONFLICT (day) DO UPDATE SET size = excluded.size",
            (day, size),
        )

    def _with_reserve(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except DiskFullError:
            if not self.reserve.release():
                raise
            return action()

    def _check_place(self) -> None:
        """Refuse to write into a database that was moved away under us (F16)."""
        if _inode(self.places.database) != self._inode:
            msg = f"The local cache in {self.places.data} was moved or deleted."
            raise CacheMovedError(msg, hint="Put the folder back, or start again.")

    # --- Entries ------------------------------------------------------------------------

    def _make_device(self) -> DeviceId:
        now = self.clock.now()
        device = uuid7(now, self._token(ENTROPY_BYTES))
        query = "SELECT value FROM meta WHERE name = 'device'"

        def entries() -> list[Entry]:
            if self._db.execute(query).fetchone():
                return []  # another process was first
            return [Entry(day_of(now), "device", {"device": device})]

        self.write(entries)
        return DeviceId(self._fetch(query)[0][0])

    def _open_entry(self, part: Part, *, is_fleeting: bool | None = None) -> Entry:
        row = self._row(part.part_id)
        if row is not None and row[0] == "sealed":
            msg = "This part is sealed."
            raise ConflictError(msg, hint="Open a new part.")
        if is_fleeting is None:
            # A flush is in the database; the journal gets what cannot be done again.
            known = None if row is None else rows.part(row)
            stripped = strip(part, Ledger(self._db).erasures([part]))
            # As they are kept: an instant in memory is finer than a row's.
            is_fleeting = known is not None and (
                [encode_capture(capture) for capture in known.captures]
                == [encode_capture(capture) for capture in stripped.captures]
            )
        content = encode_open_part(strip(part, Ledger(self._db).erasures([part])))
        return Entry(day_of(part.slot.start), "open", {"content": content}, is_fleeting)

    def _seal_entries(self, part: Part) -> list[Entry]:
        row = self._row(part.part_id)
        kept = strip(part, Ledger(self._db).erasures([part]))
        if row is not None and row[0] == "sealed":
            if content_of(rows.part(row)) != content_of(kept):
                msg = "This part is already sealed with other content."
                raise ConflictError(msg, hint="Open a new part.")
            return []
        entries, stream, sequence, previous = self._place_in_stream(part.contract)
        fields = fields_of(part, lambda: self._token(SALT_BYTES))
        header = header_of(part, fields, stream=stream, sequence=sequence + 1, previous=previous)
        reach("seal.sign")
        record = Record(header, self._signer.sign(header), encode_fields(fields))
        kept_fields = Ledger(self._db).kept_fields(record)
        return [
            *entries,
            Entry(
                day_of(part.slot.start),
                "seal",
                {
                    "header": header.decode(),
                    "signature": record.signature.hex(),
                    "fields": kept_fields,
                },
            ),
        ]

    def _place_in_stream(self, contract: ContractId) -> tuple[list[Entry], str, int, str]:
        found = self._db.execute(
            "SELECT service FROM contracts WHERE contract_id = ?", (contract,)
        ).fetchone()
        service = found[0] if found else ""
        running = self._db.execute(
            "SELECT stream_id, sequence, head FROM streams"
            " WHERE service = ? AND is_closed = 0 AND public_key = ?",
            (service, self._signer.public_key.hex()),
        ).fetchone()
        if running is not None:
            return ([], *running)
        entry = self.new_stream(service)
        return [entry], entry.reader.text("stream"), 0, ""

    def _redacted_entries(
        self,
        amendment: Amendment,
        pictures: Mapping[tuple[PartId, int], EncodedPicture],
    ) -> list[Entry]:
        if not isinstance(amendment.change, Redact):
            return []
        entries = []
        for new in amendment.change.pictures:
            row = self._db.execute(
                "SELECT p.slot, i.content, i.redacted FROM images i JOIN parts p USING (part_id)"
                " WHERE i.part_id = ? AND i.role = ? AND i.monitor = ?",
                (new.part, Role.SCREEN.value, new.monitor),
            ).fetchone()
            picture = pictures.get((new.part, new.monitor))
            if row is None or picture is None:
                continue
            slot, content, redacted = row
            capture = replace(
                decode_capture(Reader.of_text(content, "capture")),
                sha256=new.sha256,
                thumbnail_sha256=new.thumbnail_sha256,
                width=picture.width,
                height=picture.height,
            )
            _check_digests(capture, picture)
            entries.append(
                _picture_entry(
                    Slot(slot),
                    new.part,
                    capture,
                    self._write_files(picture),
                    redacted=max(redacted, new.permille),
                )
            )
        return entries

    def _settled_entries(self, amendment: Amendment) -> list[Entry]:
        """Return the bills that stand although an erasure takes their evidence (R23)."""
        erasures = Erasures.of([amendment])
        if not erasures.parts:
            return []
        contracts = {known.contract_id: known for known in rows.contracts(self._db)}
        marks = ",".join("?" * len(erasures.parts))
        slots = self._db.execute(
            f"SELECT DISTINCT slot FROM parts WHERE part_id IN ({marks})",  # noqa: S608 -- only marks
            sorted(erasures.parts),
        ).fetchall()
        entries = []
        for (slot,) in slots:
            for row in rows.segments(self._db, slot, slot + 1):
                contract = contracts.get(row.segment.key.contract)
                if contract and is_locked(contract, Slot(slot), amendment.stamp.instant):
                    entries.append(_settled_entry(row))
        return entries

    # --- Inside -------------------------------------------------------------------------

    def _has_picture(self, part_id: PartId, capture: Capture) -> bool:
        found = self._fetch(
            "SELECT content FROM images WHERE part_id = ? AND role = ? AND monitor = ?",
            part_id,
            capture.role.value,
            capture.monitor,
        )
        return any(
            decode_capture(Reader.of_text(content, "capture")).sha256 == capture.sha256
            for (content,) in found
        )

    def _write_files(self, picture: EncodedPicture) -> str:
        """Write the files of *picture*; the transaction around it decides whether they stay.

        Under the write lock, so that whoever has it may collect every file without a row.
        """
        name = self.files.write(picture)
        self._written.append(name)
        return name

    def _clear_live(self, amendment: Amendment) -> None:
        erasures = Erasures.of([amendment])
        if isinstance(amendment.change, DropSnapshot) or erasures == Erasures():
            return
        covered = {part.part_id for part in self.open_parts() if erasures.cover(part)}
        blank_if(self.places.live, frozenset(covered | erasures.parts))

    def _row(self, part_id: str) -> tuple[str, bytes | None, str | None, str | None] | None:
        row: tuple[str, bytes | None, str | None, str | None] | None = self._db.execute(
            f"SELECT {rows.PART} FROM parts WHERE part_id = ?",  # noqa: S608 -- a constant
            (part_id,),
        ).fetchone()
        return row

    def _sessions(self, condition: str, *values: int) -> list[Session]:
        found = self._fetch(f"SELECT {rows.SESSION} FROM sessions WHERE {condition}", *values)  # noqa: S608 -- constants
        return [rows.session(row) for row in found]

    def _parts(self, condition: str, *values: str) -> list[Part]:
        found = self._fetch(f"SELECT {rows.PART} FROM parts WHERE {condition}", *values)  # noqa: S608 -- constants
        return [rows.part(row) for row in found]

    def _fetch(self, query: str, *values: str | int | None) -> list[Any]:
        return self._reading(lambda: self._db.execute(query, values).fetchall())

    def _reading(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except sqlite3.Error as error:
            raise translate(error) or error from error
        except (MalformedError, UnicodeDecodeError) as error:
            raise damaged() from error


def _applied(ledger: Ledger, build: Build) -> list[Entry]:
    """Apply what *build* returns, so that the next one sees it; return it."""
    entries = list(build())
    for entry in entries:
        ledger.apply(entry)
    return entries


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _first_slot(instant: datetime) -> int:
    """Return the index of the first slot that starts at *instant* or later."""
    slot = Slot.containing(instant)
    return slot.index if slot.start == instant else slot.index + 1


def _picture_entry(
    slot: Slot, part: PartId, capture: Capture, name: str, *, redacted: int = 0
) -> Entry:
    content: dict[str, Json] = {
        "part": part,
        "capture": encode_capture(capture),
        "file": name,
        "redacted": redacted,
    }
    return Entry(day_of(slot.start), "picture", content)


def _settled_entry(row: BilledSegment) -> Entry:
    key, bill = row.segment.key, row.bill
    content: dict[str, Json] = {
        "slot": key.slot.index,
        "contract": key.contract,
        "seconds": bill.seconds,
        "reason": bill.reason.value,
        "amount": None if bill.amount is None else str(bill.amount),
        "currency": bill.currency,
    }
    return Entry(day_of(key.slot.start), "settled", content)


def _check_digests(capture: Capture, picture: EncodedPicture) -> None:
    """Refuse a capture that does not name its own picture; that is a bug of the caller."""
    wanted = (capture.sha256, capture.thumbnail_sha256)
    found = tuple(hashlib.sha256(data).hexdigest() for data in (picture.image, picture.thumbnail))
    if wanted != found:
        msg = f"the capture of monitor {capture.monitor} has not the digests of its picture"
        raise ValueError(msg)
