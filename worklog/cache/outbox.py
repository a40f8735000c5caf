"""What waits for a service, what it has acknowledged, and what it sent back.

Implements `worklog.app.sync_ports.SyncStore` over an open cache. Receipts are journal
entries like all evidence; what only spares work (cursor, epoch, what is parked) is in the
database alone. A part stays in the outbox until its row and all its pictures are
acknowledged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from worklog.app.sync_ports import (
    Parked,
    Standing,
    WaitingAmendment,
    WaitingPart,
    WaitingPicture,
)
from worklog.app.sync_share import Circle, share
from worklog.cache import feedback, outgoing, rows
from worklog.cache.journal import Entry, day_of
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Amendment, Delete, DropSnapshot, Redact
from worklog.domain.canonical import Json
from worklog.domain.contract import Contract
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, PartId, StreamId
from worklog.domain.text import printable
from worklog.sqlite import Transaction, damaged, translate
from worklog.wire.amendment import decode_amendment, encode_amendment
from worklog.wire.contract import decode_contract, encode_contract
from worklog.wire.sync.changes import Erased, ErasureChange
from worklog.wire.sync.digests import Digest, HeldPart, WeekDigest, digest_week, slots_of_week
from worklog.wire.sync.receipts import ReceiptOf, SignedReceipt

T = TypeVar("T")
Statement = tuple[str, tuple[str | int | None, ...]]

_ENVELOPE: Final = 256  # what a record grows by as JSON: names, signature [bytes]
_BATCH: Final = 500  # parts looked up at once
_LAST_SLOT: Final = 1 << 40


class Outbox:
    """The outbox of one service in one cache. Use it in the thread that opened the cache."""

    def __init__(self, cache: SqliteCache, service: str) -> None:
        self._cache = cache
        self._db = cache.db
        self._service = service

    @property
    def service(self) -> str:
        return self._service

    def contracts(self) -> Mapping[ContractId, Contract]:
        return {contract.contract_id: contract for contract in self._cache.contracts()}

    # --- Standing -----------------------------------------------------------------------

    def standing(self) -> Standing:
        found = self._fetch(
            "SELECT epoch, cursor, compared_epoch, compared_ms, contact_ms, problem, message,"
            " hint, retry_ms, skew_s FROM services WHERE service = ?",
            self._service,
        )
        return _standing(found[0]) if found else Standing()

    def save_standing(self, standing: Standing) -> None:
        values = (
            self._service,
            standing.epoch,
            standing.cursor,
            standing.compared_epoch,
            _ms(standing.compared_at),
            _ms(standing.contact_at),
            standing.problem,
            printable(standing.message),
            printable(standing.hint),
            _ms(standing.retry_at),
            None if standing.skew is None else standing.skew // timedelta(seconds=1),
        )
        query = "INSERT OR REPLACE INTO services VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._change((query, values))

    # --- What waits ---------------------------------------------------------------------

    def parts(self) -> list[WaitingPart]:
        found = self._fetch(
            "SELECT o.id, p.contract_id, p.slot, json_extract(CAST(p.header AS TEXT), '$.sealed'),"
            # Quotes and backslashes take two bytes inside a JSON string.
            " 2 * length(p.header) + 2 * length(CAST(p.fields AS BLOB)), r.id IS NOT NULL,"
            " p.fields = '{}',"
            " k.code, k.message, k.at_ms"
            " FROM outbox o JOIN parts p ON p.part_id = o.id AND p.state = 'sealed'"
            " JOIN streams s USING (stream_id)"
            " LEFT JOIN receipts r ON r.service = o.service AND r.kind = 'part' AND r.id = o.id"
            " LEFT JOIN parked k ON k.service = o.service AND k.kind = o.kind AND k.id = o.id"
            " WHERE o.service = ? AND o.kind = 'part' AND s.service = o.service"
            " ORDER BY p.slot, o.id",
            self._service,
        )
        # Which of them the service has is looked at when they are sent: a month may wait.
        pictured = self._pictured([row[0] for row in found])
        return [
            WaitingPart(
                part=PartId(part),
                contract=ContractId(contract),
                slot=Slot(slot),
                sealed=from_epoch_ms(sealed),
                size=size + _ENVELOPE,
                is_received=bool(is_received),
                is_erased=bool(is_erased),
                has_pictures=part in pictured,
                parked=None if code is None else Parked(code, message, from_epoch_ms(at)),
            )
            for part, contract, slot, sealed, size, is_received, is_erased, code, message, at in (
                found
            )
        ]

    def amendments(self) -> list[WaitingAmendment]:
        found = self._fetch(
            "SELECT a.amendment_id, a.content, k.code, k.message, k.at_ms"
            " FROM outbox o JOIN amendments a ON a.amendment_id = o.id"
            " LEFT JOIN parked k ON k.service = o.service AND k.kind = o.kind AND k.id = o.id"
            " WHERE o.service = ? AND o.kind = 'amendment'",
            self._service,
        )
        waiting = []
        for name, content, code, message, at in found:
            amendment = decode_amendment(content)
            waiting.append(
                WaitingAmendment(
                    amendment=AmendmentId(name),
                    size=2 * len(content.encode()) + _ENVELOPE,
                    order=amendment.order,
                    erases=isinstance(amendment.change, Delete | DropSnapshot | Redact),
                    parked=None if code is None else Parked(code, message, from_epoch_ms(at)),
                )
            )
        return waiting

    def pictures(self, part: PartId, *, is_early: bool = False) -> list[WaitingPicture]:
        """Return the pictures still to be sent, with *is_early* also before their row is."""
        if not is_early and not self.is_receipted(part):
            return []
        return [WaitingPicture(part, image.position, image.sha256) for image in self._unsent(part)]

    def record(self, part: PartId) -> Record | None:
        found = self._reading(lambda: rows.record(self._db, part))
        if found is None or found.fields == "{}":
            return None
        return self._cache.titles.plain_record(part, found)

    def amendment_text(self, amendment: AmendmentId) -> str | None:
        found = self._cache.amendment(amendment)
        if found is None:
            return None
        shared = share(found, self.circle())
        return None if shared is None else encode_amendment(shared)

    def image(self, picture: WaitingPicture) -> bytes | None:
        here = [
            image.file
            for image in self._reading(lambda: outgoing.images_of(self._db, picture.part))
            if (image.position, image.sha256) == (picture.position, picture.sha256)
        ]
        files = [self._cache.files.image(name) for name in here]
        for stored in self._cache.pictures([picture.part]):
            if stored.file in files:
                return self._cache.image(stored)
        return None

    def reports(self) -> list[str]:
        return list(feedback.waiting(self._cache.places, self._service))

    def report(self, name: str) -> Mapping[str, Json] | None:
        return feedback.waiting(self._cache.places, self._service).get(name)

    # --- What comes of it ---------------------------------------------------------------

    def acknowledge(self, receipts: Sequence[SignedReceipt]) -> None:
        if not receipts:
            return

        def entries() -> list[Entry]:
            return [
                Entry(
                    self._day(signed),
                    "receipt",
                    {
                        "service": self._service,
                        "receipt": signed.content,
                        "signature": signed.signature.hex(),
                    },
                )
                for signed in receipts
            ]

        self._cache.write(entries)

    def forget(self, kind: str, name: str) -> None:
        self._change(*_let_go(self._service, kind, name))

    def park(self, kind: str, name: str, parked: Parked) -> None:
        message = printable(parked.message)
        values = (self._service, kind, name, parked.code, message, epoch_ms(parked.at))
        self._change(("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?)", values))

    def forget_report(self, name: str) -> None:
        feedback.forget(self._cache.places, name)

    def set_report_aside(self, name: str) -> str:
        return feedback.set_aside(self._cache.places, name)

    def unpark(self) -> int:
        return self._change(("DELETE FROM parked WHERE service = ?", (self._service,)))

    # --- What comes back ----------------------------------------------------------------

    def save_contract(self, contract: Contract, *, at: datetime) -> None:
        self._cache.save_contract(contract, at=at)

    def offer(self, contract: ContractId, offered: Contract | None) -> None:
        statements: list[Statement] = [("DELETE FROM offers WHERE contract_id = ?", (contract,))]
        if offered is not None:
            values = (contract, self._service, encode_contract(offered))
            statements.append(("INSERT INTO offers VALUES (?, ?, ?)", values))
        self._change(*statements)

    def offers(self) -> list[Contract]:
        found = self._fetch(
            "SELECT content FROM offers WHERE service = ? ORDER BY contract_id", self._service
        )
        return [decode_contract(content) for (content,) in found]

    def circle(self) -> Circle:
        return outgoing.circle_of(self._db, self._service)

    def is_known(self, amendment: AmendmentId) -> bool:
        return self._cache.amendment(amendment) is not None

    def is_receipted(self, part: PartId) -> bool:
        query = "SELECT 1 FROM receipts WHERE service = ? AND kind = 'part' AND id = ?"
        return bool(self._fetch(query, self._service, part))

    def amend(self, amendment: Amendment) -> None:
        self._cache.amend(amendment)

    def save_erasure(self, erasure: ErasureChange) -> None:
        values = (self._service, erasure.part, erasure.what.value)
        statements: list[Statement] = [("INSERT OR IGNORE INTO gone VALUES (?, ?, ?)", values)]
        if erasure.what is Erased.ALL:
            statements += _let_go(self._service, "part", erasure.part)
        self._change(*statements)

    # --- What the service should have ---------------------------------------------------

    def streams(self) -> list[StreamId]:
        found = self._fetch(
            "SELECT stream_id FROM streams WHERE service = ? ORDER BY opened_ms, stream_id",
            self._service,
        )
        return [StreamId(stream) for (stream,) in found]

    def acknowledged(self, stream: StreamId) -> tuple[WeekDigest, ...]:
        weeks: dict[int, list[HeldPart]] = {}
        for slot, part in self._held(stream, range(_LAST_SLOT)):
            weeks.setdefault(digest_week(Slot(slot)), []).append(part)
        return tuple(
            WeekDigest(
                week,
                Digest.of(part.digest for part in parts),
                Digest.of(digest for part in parts for _, digest in part.pictures),
            )
            for week, parts in sorted(weeks.items())
        )

    def acknowledged_parts(self, stream: StreamId, week: int) -> tuple[HeldPart, ...]:
        return tuple(part for _, part in self._held(stream, slots_of_week(week)))

    def acknowledged_amendments(self) -> Digest:
        found = self._fetch(
            "SELECT content FROM receipts WHERE service = ? AND kind = 'amendment'", self._service
        )
        return Digest.of(outgoing.digest_of(content) for (content,) in found)

    def queue_parts(self, parts: Sequence[PartId]) -> None:
        try:
            with Transaction(self._db):
                for part in parts:
                    outgoing.set_receipts_aside(self._db, self._service, part)
                    outgoing.queue_part(self._db, part)
        except sqlite3.Error as error:
            raise translate(error) or error from error

    def queue_amendments(self, *, again: bool = True) -> None:
        device = self._cache.device
        try:
            with Transaction(self._db):
                if again:
                    outgoing.set_amendments_aside(self._db, self._service)
                outgoing.queue_missing_amendments(self._db, device)
        except sqlite3.Error as error:
            raise translate(error) or error from error

    # --- Inside -------------------------------------------------------------------------

    def _unsent(self, part: str) -> list[outgoing.Image]:
        return self._reading(lambda: outgoing.unsent_images(self._db, self._service, part))

    def _pictured(self, parts: Sequence[str]) -> set[str]:
        """Return those of *parts* that have pictures."""
        found: set[str] = set()
        for first in range(0, len(parts), _BATCH):
            batch = parts[first : first + _BATCH]
            marks = ",".join("?" * len(batch))
            query = f"SELECT DISTINCT part_id FROM images WHERE part_id IN ({marks})"  # noqa: S608 -- only marks
            found.update(part for (part,) in self._fetch(query, *batch))
        return found

    def _held(self, stream: StreamId, slots: range) -> Iterator[tuple[int, HeldPart]]:
        found = self._fetch(
            "SELECT p.slot, p.part_id, r.content FROM parts p"
            " JOIN receipts r ON r.kind = 'part' AND r.id = p.part_id"
            " WHERE p.stream_id = ? AND r.service = ? AND p.slot BETWEEN ? AND ?"
            " ORDER BY p.slot, p.part_id",
            stream,
            self._service,
            slots.start,
            slots.stop - 1,
        )
        for slot, part, content in found:
            pictures = self._reading(partial(self._held_pictures, part))
            yield slot, HeldPart(PartId(part), outgoing.digest_of(content), pictures)

    def _held_pictures(self, part: str) -> tuple[tuple[int, str], ...]:
        gone = outgoing.gone_of(self._db, self._service, part)
        sent = outgoing.receipted_images(self._db, self._service, part)
        return tuple(
            (image.position, image.sha256)
            for image in outgoing.images_of(self._db, part)
            if sent.get(image.position) == image.sha256 and not outgoing.is_gone(image, gone)
        )

    def _day(self, signed: SignedReceipt) -> str:
        """Return the journal's day of what *signed* acknowledges, so that both lie together."""
        receipt = signed.receipt
        if receipt.of is ReceiptOf.AMENDMENT:
            amendment = self._cache.amendment(AmendmentId(receipt.id))
            return day_of(receipt.received if amendment is None else amendment.stamp.instant)
        part = receipt.id.partition("/")[0]
        row = self._db.execute("SELECT slot FROM parts WHERE part_id = ?", (part,)).fetchone()
        return day_of(receipt.received if row is None else Slot(row[0]).start)

    def _change(self, *statements: Statement) -> int:
        """Carry out *statements* in one transaction; return how many rows the last changed."""
        try:
            with Transaction(self._db):
                return [self._db.execute(*statement).rowcount for statement in statements][-1]
        except sqlite3.Error as error:
            raise translate(error) or error from error

    def _fetch(self, query: str, *values: str | int) -> list[Any]:
        return self._reading(lambda: self._db.execute(query, values).fetchall())

    def _reading(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except sqlite3.Error as error:
            raise translate(error) or error from error
        except (ValueError, UnicodeDecodeError) as error:
            raise damaged() from error


def _let_go(service: str, kind: str, name: str) -> list[Statement]:
    values = (service, kind, name)
    return [
        ("DELETE FROM outbox WHERE service = ? AND kind = ? AND id = ?", values),
        ("DELETE FROM parked WHERE service = ? AND kind = ? AND id = ?", values),
    ]


def _standing(
    row: tuple[str, int, str, int | None, int | None, str, str, str, int | None, int | None],
) -> Standing:
    epoch, cursor, compared_epoch, compared, contact, problem, message, hint, retry, skew = row
    return Standing(
        epoch=epoch,
        cursor=cursor,
        compared_epoch=compared_epoch,
        compared_at=_instant(compared),
        contact_at=_instant(contact),
        problem=problem,
        message=message,
        hint=hint,
        retry_at=_instant(retry),
        skew=None if skew is None else timedelta(seconds=skew),
    )


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else epoch_ms(instant)


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(milliseconds)
