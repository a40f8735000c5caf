"""The durable local cache, on SQLite, journals and picture files.

A write is: picture files, synced; BEGIN IMMEDIATE; journal entries applied to the
database and appended to the journal, synced; COMMIT; only then does it return. So what
was acknowledged is in two places, and what was not is whole or absent.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from worklog.app.ports import Clock, EncodedPicture, Gap, StoredPicture
from worklog.cache import backups, contract_rows, rows
from worklog.cache.entries import Entries, Keeping, check_digests
from worklog.cache.files import TEMPORARY, remove
from worklog.cache.journal import Entry, Journal, day_of
from worklog.cache.keys import DeviceKey
from worklog.cache.ledger import Ledger, reconciled
from worklog.cache.live import blank_if
from worklog.cache.mailbox import SqliteMailbox
from worklog.cache.pictures import PictureFiles
from worklog.cache.reserve import Reserve
from worklog.cache.storage_key import StorageKey
from worklog.cache.title_lock import TitleLock
from worklog.cache.writing import Build, Writer
from worklog.domain.amendment import Amendment, Delete, DropSnapshot, Key, Redact, Stamp
from worklog.domain.canonical import Json, printable
from worklog.domain.contract import Contract
from worklog.domain.evidence import Erasures, Record, Signer
from worklog.domain.grid import Slot, epoch_ms, first_slot_from
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, DeviceId, PartId, uuid7
from worklog.domain.part import Part
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Session
from worklog.errors import CacheCorruptError, ConflictError, NotFoundError
from worklog.failpoints import reach
from worklog.places import Places
from worklog.sqlite import Transaction, damaged, translate
from worklog.wire.amendment import decode_amendment, encode_amendment
from worklog.wire.contract import encode_contract
from worklog.wire.part import decode_capture
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.session import encode_session

_NONE: Final[Mapping[tuple[PartId, int], EncodedPicture]] = {}

T = TypeVar("T")


class SqliteCache:
    """Implements `worklog.app.ports.Cache`. Made by `worklog.cache.opening.open_cache`.

    Attributes:
        mailbox: Reads and posts over the same connection.
        places: Where everything is.
        clock: Names the moments of what has no other one.
        key: Of what is encrypted at rest; who opens the cache says whether and where.
        files: The pictures.
        titles: Locks and unlocks titles as they come in and go out.
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
        self.key = StorageKey(places.picture_key)
        self.files = PictureFiles(places.pictures, token, self.key)
        self.titles = TitleLock(self.key)
        self.reserve = Reserve(f"{places.data}/reserve")
        self._db = db
        self.clock = clock
        self._signer = signer or DeviceKey(places.device_key)
        self._token = token
        self._writer = Writer(db, places, self.journal, self.files, self.reserve)
        self._device: DeviceId | None = None
        self._last_stamp = Stamp(0)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    # --- Contracts ----------------------------------------------------------------------

    def contracts(self) -> list[Contract]:
        return self._reading(lambda: contract_rows.contracts(self._db))

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
        self.write(lambda: [self._entries.opened(part)])

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        for position, picture in pictures.items():
            check_digests(part.captures[position], picture)

        self.write(lambda: self._entries.pictured(part, pictures))
        self.scrub()
        return self.pictures([part.part_id])

    def seal(self, part: Part) -> None:
        self.write(lambda: self._entries.sealed(part))

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
            data = self.files.read(picture.file)
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
                *self._entries.settled(amendment),
                Entry(day_of(amendment.stamp.instant), "amendment", {"content": content}),
                *self._entries.redacted(amendment, pictures),
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
        first, last = first_slot_from(start), first_slot_from(end)
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
        return [self.titles.plain_row(rows.segment(row)) for row in found]

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
            amendments = rows.amendments_touching(self._db, [slot.index], names)
            return [self.titles.plain(part) for part in parts], amendments

        return self._reading(read)

    # --- Several writes -----------------------------------------------------------------

    def together(self) -> AbstractContextManager[None]:
        return self._writer.together()

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
        """Return the sealed records of *stream* in order, locked fields as they lie."""
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
        self._writer.write(build)

    def go_on_in(self, fresh: SqliteCache) -> None:
        """Use the database of *fresh* from now on, as the one before was moved away (F16)."""
        if self._device is not None and not fresh.has_device:
            fresh.become(self._device)
        self._db.close()
        self._db = fresh.db
        self.mailbox.go_on_with(fresh.db)
        self._signer = fresh._signer  # the key went with the folder
        self._writer = fresh._writer
        self._device = fresh._device

    @property
    def has_device(self) -> bool:
        """Whether the database belongs to a device yet."""
        return bool(self._fetch("SELECT 1 FROM meta WHERE name = 'device'"))

    def new_stream(self, service: str) -> Entry:
        """Return the entry that opens a stream for *service* and closes the one before."""
        return self._entries.stream(service)

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
                    self._writer.set_size(name, size)
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

    # --- Inside -------------------------------------------------------------------------

    @property
    def _entries(self) -> Entries:
        keeping = Keeping(self._writer.keep, self.titles)
        return Entries(self._db, self._signer, self.clock, self._token, keeping)

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

    def _clear_live(self, amendment: Amendment) -> None:
        erasures = Erasures.of([amendment])
        if isinstance(amendment.change, DropSnapshot) or erasures == Erasures():
            return
        covered = {part.part_id for part in self.open_parts() if erasures.cover(part)}
        blank_if(self.places.live, frozenset(covered | erasures.parts))

    def _sessions(self, condition: str, *values: int) -> list[Session]:
        found = self._fetch(f"SELECT {rows.SESSION} FROM sessions WHERE {condition}", *values)  # noqa: S608 -- constants
        return [rows.session(row) for row in found]

    def _parts(self, condition: str, *values: str) -> list[Part]:
        found = self._fetch(f"SELECT {rows.PART} FROM parts WHERE {condition}", *values)  # noqa: S608 -- constants
        return [self.titles.plain(rows.part(row)) for row in found]

    def _fetch(self, query: str, *values: str | int | None) -> list[Any]:
        return self._reading(lambda: self._db.execute(query, values).fetchall())

    def _reading(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except sqlite3.Error as error:
            raise translate(error) or error from error
        except (MalformedError, UnicodeDecodeError) as error:
            raise damaged() from error
