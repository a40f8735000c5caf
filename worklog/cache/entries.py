"""What a change of the cache is in journal entries.

Asked inside the transaction that writes them, as most depends on what the database has
at that moment: whether a part is sealed, what was erased of it, where a stream stands.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from worklog.app.ports import Clock, EncodedPicture
from worklog.cache import contract_rows, rows
from worklog.cache.journal import Entry, day_of
from worklog.cache.ledger import Ledger
from worklog.cache.locked_text import write_open_part
from worklog.cache.title_lock import TitleLock
from worklog.domain.amendment import Amendment, Redact
from worklog.domain.canonical import Json
from worklog.domain.evidence import Erasures, Record, Signer, encode_fields, strip
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, ContractId, PartId, uuid7
from worklog.domain.lock import is_locked
from worklog.domain.part import Capture, Part, Role
from worklog.domain.segment import BilledSegment
from worklog.errors import ConflictError
from worklog.failpoints import reach
from worklog.wire.part import (
    content_of,
    decode_capture,
    encode_capture,
    fields_of,
    header_of,
)
from worklog.wire.reader import Reader

SALT_BYTES: Final = 32

Pictures = Mapping[tuple[PartId, int], EncodedPicture]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How what may be encrypted is put away.

    Attributes:
        picture: Makes the files of a picture and returns their name.
        titles: Locks titles and names of applications.
    """

    picture: Callable[[EncodedPicture], str]
    titles: TitleLock


class Entries:
    """Makes the entries of one database."""

    def __init__(
        self,
        db: sqlite3.Connection,
        signer: Signer,
        clock: Clock,
        token: Callable[[int], bytes],
        keeping: Keeping,
    ) -> None:
        """Ask *db*, sign with *signer*, and put pictures and titles away as *keeping* does."""
        self._db = db
        self._signer = signer
        self._clock = clock
        self._token = token
        self._keep = keeping.picture
        self._titles = keeping.titles

    def opened(self, part: Part, *, is_fleeting: bool | None = None) -> Entry:
        """Return the entry of an open *part*.

        Raises:
            ConflictError: it is sealed.
        """
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
        stripped = strip(part, Ledger(self._db).erasures([part]))
        content = write_open_part(self._titles.locked(stripped))
        return Entry(day_of(part.slot.start), "open", {"content": content}, is_fleeting)

    def pictured(self, part: Part, pictures: Mapping[int, EncodedPicture]) -> list[Entry]:
        """Return the entries of an open *part* with *pictures*, by position, that are new."""
        opened = self.opened(part, is_fleeting=False)
        if Ledger(self._db).erasures([part]).cover(part):
            return [opened]
        return [
            opened,
            *(
                _picture_entry(
                    part.slot,
                    part.part_id,
                    part.captures[position],
                    self._keep(picture),
                    redacted=part.captures[position].covered,
                )
                for position, picture in pictures.items()
                if not self._has_picture(part.part_id, part.captures[position])
            ),
        ]

    def sealed(self, part: Part) -> list[Entry]:
        """Return the entries that seal *part*; none if it is sealed like that already.

        Raises:
            ConflictError: it is sealed with other content.
        """
        row = self._row(part.part_id)
        part = self._titles.lockable(part)
        kept = strip(part, Ledger(self._db).erasures([part]))
        if row is not None and row[0] == "sealed":
            if not self._is_alike(rows.part(row), kept):
                msg = "This part is already sealed with other content."
                raise ConflictError(msg, hint="Open a new part.")
            return []
        entries, stream, sequence, previous = self._place_in_stream(part.contract)
        fields = fields_of(part, lambda: self._token(SALT_BYTES))
        header = header_of(part, fields, stream=stream, sequence=sequence + 1, previous=previous)
        reach("seal.sign")
        record = Record(header, self._signer.sign(header), encode_fields(fields))
        kept_fields = self._titles.locked_fields(part.part_id, Ledger(self._db).kept_fields(record))
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

    def stream(self, service: str) -> Entry:
        """Return the entry that opens a stream for *service* and closes the one before."""
        now = self._clock.now()
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

    def redacted(self, amendment: Amendment, pictures: Pictures) -> list[Entry]:
        """Return the entries of *pictures* that take the place of what is redacted (R21)."""
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
            check_digests(capture, picture)
            entries.append(
                _picture_entry(
                    Slot(slot),
                    new.part,
                    capture,
                    self._keep(picture),
                    redacted=max(redacted, new.permille),
                )
            )
        return entries

    def settled(self, amendment: Amendment) -> list[Entry]:
        """Return the bills that stand although an erasure takes their evidence (R23)."""
        erasures = Erasures.of([amendment])
        if not erasures.parts:
            return []
        contracts = {known.contract_id: known for known in contract_rows.contracts(self._db)}
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

    # --- Looking up ----------------------------------------------------------------------

    def _is_alike(self, sealed: Part, part: Part) -> bool:
        """Return whether *part* is what was *sealed*, as far as that can be read."""
        known = self._titles.plain(sealed)
        if known.application is None and known.title is None and self._titles.may_lack(sealed):
            part = replace(part, application=None, title=None)
        return content_of(known) == content_of(part)

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
        entry = self.stream(service)
        return [entry], entry.reader.text("stream"), 0, ""

    def _has_picture(self, part_id: PartId, capture: Capture) -> bool:
        found = self._db.execute(
            "SELECT content FROM images WHERE part_id = ? AND role = ? AND monitor = ?",
            (part_id, capture.role.value, capture.monitor),
        ).fetchall()
        return any(
            decode_capture(Reader.of_text(content, "capture")).sha256 == capture.sha256
            for (content,) in found
        )

    def _row(self, part_id: str) -> tuple[str, bytes | None, str | None, str | None] | None:
        row: tuple[str, bytes | None, str | None, str | None] | None = self._db.execute(
            f"SELECT {rows.PART} FROM parts WHERE part_id = ?",  # noqa: S608 -- a constant
            (part_id,),
        ).fetchone()
        return row


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


def check_digests(capture: Capture, picture: EncodedPicture) -> None:
    """Refuse a capture that does not name its own picture; that is a bug of the caller."""
    wanted = (capture.sha256, capture.thumbnail_sha256)
    found = tuple(hashlib.sha256(data).hexdigest() for data in (picture.image, picture.thumbnail))
    if wanted != found:
        msg = f"the capture of monitor {capture.monitor} has not the digests of its picture"
        raise ValueError(msg)
