"""The tables of the outbox and of receipts, for the ledger and the outbox itself.

What belongs to which service is told by the contract that a part was recorded for, and
by the stream that it was sealed into; both must agree, and a contract that nobody knows
belongs to no service.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from worklog.app.sync_share import Circle, share
from worklog.cache import rows
from worklog.cache.locked_text import closed
from worklog.domain.amendment import Amendment
from worklog.domain.canonical import canonical
from worklog.domain.evidence import decode_fields
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.domain.part import Role
from worklog.wire.amendment import decode_amendment
from worklog.wire.reader import Reader
from worklog.wire.sync.receipts import SignedReceipt, decode_receipt, encode_receipt
from worklog.wire.sync.uploads import picture_name

_CAPTURE = "capture."


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that is here, by its place in the part as it was sealed.

    Attributes:
        position: Of its capture in the record; unlike those of a decoded part, positions
            stay when an earlier capture is erased.
        role: Screen or camera.
        sha256: Of the file as it is now, hex.
        file: Its random name.
    """

    position: int
    role: Role
    sha256: str
    file: str


def images_of(db: sqlite3.Connection, part: str) -> list[Image]:
    """Return the pictures of a sealed part, in order of position."""
    found = db.execute(
        "SELECT role, monitor, json_extract(content, '$.sha256'), file FROM images"
        " WHERE part_id = ?",
        (part,),
    ).fetchall()
    record = rows.record(db, part) if found else None
    if record is None:
        return []
    places: dict[tuple[str, int], int] = {}
    for name, field in decode_fields(closed(record.fields)).items():
        if name.startswith(_CAPTURE):
            capture = Reader(field.value, name)
            place = (capture.text("role"), capture.integer("monitor"))
            places[place] = int(name.removeprefix(_CAPTURE))
    images = [
        Image(places[role, monitor], Role(role), sha256, file)
        for role, monitor, sha256, file in found
        if (role, monitor) in places and sha256
    ]
    return sorted(images, key=lambda image: image.position)


def unsent_images(db: sqlite3.Connection, service: str, part: str) -> list[Image]:
    """Return the pictures of *part* whose present bytes *service* has not acknowledged."""
    sent, gone = receipted_images(db, service, part), gone_of(db, service, part)
    return [
        image
        for image in images_of(db, part)
        if sent.get(image.position) != image.sha256 and not is_gone(image, gone)
    ]


def receipted_images(db: sqlite3.Connection, service: str, part: str) -> dict[int, str]:
    """Return the digests of pictures that *service* acknowledged, by position."""
    found = db.execute(
        "SELECT id, content FROM receipts"
        " WHERE service = ? AND kind = 'image' AND id >= ? AND id < ?",
        (service, *_span(part)),
    ).fetchall()
    return {int(name.rpartition("/")[2]): digest_of(content) for name, content in found}


def gone_of(db: sqlite3.Connection, service: str, part: str) -> frozenset[str]:
    """Return what *service* has erased of *part* by itself."""
    found = db.execute(
        "SELECT what FROM gone WHERE service = ? AND part_id = ?", (service, part)
    ).fetchall()
    return frozenset(what for (what,) in found)


def is_gone(image: Image, gone: frozenset[str]) -> bool:
    """Return whether *image* is among what is *gone*."""
    return bool(gone & {"all", "pictures"}) or (image.role is Role.CAMERA and "snapshots" in gone)


def digest_of(content: str) -> str:
    """Return what the receipt of a row acknowledges, hex."""
    return signed_of(content).receipt.digest


def signed_of(content: str) -> SignedReceipt:
    """Return the receipt of a row."""
    return decode_receipt(Reader.of_text(content, "receipt"))


def circle_of(db: sqlite3.Connection, service: str) -> Circle:
    """Return what belongs to *service*, as the database knows it at each question."""

    def has_contract(contract: ContractId) -> bool:
        row = db.execute(
            "SELECT service FROM contracts WHERE contract_id = ?", (contract,)
        ).fetchone()
        return row is not None and row[0] == service

    def has_part(part: PartId) -> bool | None:
        row = db.execute(
            "SELECT p.contract_id, s.service FROM parts p LEFT JOIN streams s USING (stream_id)"
            " WHERE p.part_id = ?",
            (part,),
        ).fetchone()
        if row is None:
            return None
        contract, its_service = row
        return has_contract(ContractId(contract)) and its_service in (None, service)

    def has_amendment(amendment: AmendmentId) -> bool:
        row = db.execute(
            "SELECT content FROM amendments WHERE amendment_id = ?", (amendment,)
        ).fetchone()
        return row is not None and share(decode_amendment(row[0]), circle) is not None

    circle = Circle(contract=has_contract, part=has_part, amendment=has_amendment)
    return circle


def queue_part(db: sqlite3.Connection, part: str) -> None:
    """Queue a sealed part for the service of its stream, if it has one."""
    db.execute(
        "INSERT OR IGNORE INTO outbox"
        " SELECT 'part', p.part_id, s.service, json_extract(CAST(p.header AS TEXT), '$.sealed')"
        " FROM parts p JOIN streams s USING (stream_id)"
        " WHERE p.part_id = ? AND p.state = 'sealed' AND s.service <> ''",
        (part,),
    )


def queue_unsent(db: sqlite3.Connection, part: str) -> None:
    """Queue a sealed part unless its service acknowledged all there is of it."""
    queue_part(db, part)
    _let_go(db, part)


def queue_amendment(db: sqlite3.Connection, amendment: Amendment, device: str) -> None:
    """Queue an amendment of this *device* for every service that it concerns."""
    if amendment.device != device:
        return
    services = db.execute(
        "SELECT DISTINCT service FROM contracts WHERE service <> ''"
        " UNION SELECT service FROM streams WHERE service <> ''"
    ).fetchall()
    for (service,) in services:
        if share(amendment, circle_of(db, service)) is not None:
            db.execute(
                "INSERT OR IGNORE INTO outbox SELECT 'amendment', ?1, ?2, ?3"
                " WHERE NOT EXISTS (SELECT 1 FROM receipts"
                " WHERE service = ?2 AND kind = 'amendment' AND id = ?1)",
                (amendment.amendment_id, service, amendment.stamp.milliseconds),
            )


def queue_missing_amendments(db: sqlite3.Connection, device: str) -> None:
    """Queue what was amended here while the contract was not known to be a service's."""
    for (content,) in db.execute("SELECT content FROM amendments").fetchall():
        queue_amendment(db, decode_amendment(content), device)


def keep_receipt(db: sqlite3.Connection, service: str, signed: SignedReceipt) -> None:
    """Keep a receipt, and let go of what has all of them."""
    receipt = signed.receipt
    content = receipt_content(signed)
    db.execute(
        "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?)",
        (receipt.of.value, receipt.id, service, epoch_ms(receipt.received), content),
    )
    if receipt.of == "amendment":
        db.execute(
            "DELETE FROM outbox WHERE service = ? AND kind = 'amendment' AND id = ?",
            (service, receipt.id),
        )
    else:
        _let_go(db, receipt.id.partition("/")[0])
    db.execute(
        "DELETE FROM parked WHERE service = ? AND id = ?", (service, receipt.id.partition("/")[0])
    )


def drop_receipts_of_images(db: sqlite3.Connection, part: str, sha256: str | None = None) -> None:
    """Destroy the digests that receipts hold of erased pictures; *sha256* None means all."""
    found = db.execute(
        "SELECT service, id, content FROM receipts WHERE kind = 'image' AND id >= ? AND id < ?",
        _span(part),
    ).fetchall()
    for service, name, content in found:
        if sha256 is None or digest_of(content) == sha256:
            db.execute(
                "DELETE FROM receipts WHERE service = ? AND kind = 'image' AND id = ?",
                (service, name),
            )
    for rowid, content in db.execute(
        "SELECT rowid, content FROM lost_receipts WHERE kind = 'image' AND id >= ? AND id < ?",
        _span(part),
    ).fetchall():
        if sha256 is None or digest_of(content) == sha256:
            db.execute("DELETE FROM lost_receipts WHERE rowid = ?", (rowid,))


def has_receipt(db: sqlite3.Connection, entry: Reader) -> bool:
    """Return whether the receipt of a journal entry is still kept."""
    receipt = decode_receipt(entry).receipt
    values = (entry.text("service"), receipt.of.value, receipt.id, receipt.digest)
    query = "SELECT content FROM {} WHERE service = ? AND kind = ? AND id = ?"
    return any(
        digest_of(content) == values[-1]
        for table in ("receipts", "lost_receipts")
        for (content,) in db.execute(query.format(table), values[:-1]).fetchall()
    )


def set_receipts_aside(db: sqlite3.Connection, service: str, part: str) -> None:
    """Keep the receipts of a part that *service* has lost, as proof and no more."""
    lost = "service = ? AND ((kind = 'part' AND id = ?) OR (kind = 'image' AND id >= ? AND id < ?))"
    _set_aside(db, lost, (service, part, *_span(part)))


def set_amendments_aside(db: sqlite3.Connection, service: str) -> None:
    """Likewise the receipts of all amendments."""
    _set_aside(db, "service = ? AND kind = 'amendment'", (service,))


def _set_aside(db: sqlite3.Connection, which: str, values: tuple[str, ...]) -> None:
    columns = "kind, id, service, received_ms, content"
    db.execute(f"INSERT INTO lost_receipts SELECT {columns} FROM receipts WHERE {which}", values)  # noqa: S608 -- constants
    db.execute(f"DELETE FROM receipts WHERE {which}", values)  # noqa: S608 -- constants


def receipt_content(signed: SignedReceipt) -> str:
    """Return *signed* as the content of a row."""
    return canonical(encode_receipt(signed)).decode()


def _let_go(db: sqlite3.Connection, part: str) -> None:
    """Take *part* out of the outbox of services that acknowledged all there is of it."""
    waiting = db.execute(
        "SELECT o.service FROM outbox o JOIN receipts r"
        " ON r.service = o.service AND r.kind = 'part' AND r.id = o.id"
        " WHERE o.kind = 'part' AND o.id = ?",
        (part,),
    ).fetchall()
    for (service,) in waiting:
        if not unsent_images(db, service, part):
            db.execute(
                "DELETE FROM outbox WHERE service = ? AND kind = 'part' AND id = ?",
                (service, part),
            )


def _span(part: str) -> tuple[str, str]:
    """Return the bounds of the ids of the pictures of *part*: "0" is what follows "/"."""
    return picture_name(PartId(part), 0)[:-1], f"{part}0"
