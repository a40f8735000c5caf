"""Writing evidence: parts, pictures, amendments, and the rows that erasures take away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Row, bindparam, delete, insert, select

from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, DeviceId, PartId, StreamId
from worklog.domain.part import Role
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.diary import batches
from worklog.wire.sync.digests import Digest, HeldPart, WeekDigest, digest_week, slots_of_week
from worklog.wire.sync.receipts import SignedReceipt

# An object that is being written counts as an orphan after this long.
ORPHAN_AFTER_MS: Final = 3_600_000
AT_ONCE: Final = 0


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part to be kept."""

    part_id: PartId
    device: DeviceId
    contract: ContractId
    slot: int
    stream: StreamId
    sequence: int
    previous: str
    digest: str
    header: bytes
    signature: bytes
    fields: str


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture to be kept; its objects are written already."""

    part_id: PartId
    position: int
    contract: ContractId
    role: str
    monitor: int
    sha256: str
    media_type: str
    width: int
    height: int
    size: int
    thumbnail_size: int
    object_key: str
    thumbnail_key: str
    secret: bytes


def receipt_of(row: Row[object]) -> SignedReceipt:
    """Return the receipt of a row of parts, pictures or amendments."""
    return SignedReceipt(row.receipt, bytes(row.receipt_signature))


# --- Streams and parts ----------------------------------------------------------------


def stream_keys(scope: Scope, freelancer: str, streams: Collection[str]) -> dict[str, bytes]:
    """Return the keys that *streams* are signed with, those that have begun."""
    return {
        row.stream_id: bytes.fromhex(row.public_key)
        for some in batches(streams)
        for row in scope.db.execute(
            select(t.streams.c.stream_id, t.streams.c.public_key).where(
                t.streams.c.freelancer_id == freelancer, t.streams.c.stream_id.in_(some)
            )
        )
    }


def begin_stream(
    scope: Scope, freelancer: str, stream: StreamId, device: DeviceId, public_key: bytes
) -> None:
    """Keep the key of a stream with its first part that arrived."""
    scope.db.execute(
        insert(t.streams).values(
            freelancer_id=freelancer,
            stream_id=stream,
            device_id=device,
            public_key=public_key.hex(),
            opened_ms=scope.at_ms,
        )
    )


def links(
    scope: Scope, freelancer: str, stream: str, sequences: Collection[int]
) -> dict[int, tuple[str, str]]:
    """Return (digest, previous) of the parts of *stream* at *sequences*."""
    return {
        row.sequence: (row.digest, row.previous)
        for some in batches(sequences)
        for row in scope.db.execute(
            select(t.parts.c.sequence, t.parts.c.digest, t.parts.c.previous).where(
                t.parts.c.freelancer_id == freelancer,
                t.parts.c.stream_id == stream,
                t.parts.c.sequence.in_(some),
            )
        )
    }


def put_part(scope: Scope, freelancer: str, part: NewPart, receipt: SignedReceipt) -> None:
    """Keep a part."""
    scope.db.execute(
        insert(t.parts).values(
            freelancer_id=freelancer,
            part_id=part.part_id,
            device_id=part.device,
            contract_id=part.contract,
            slot=part.slot,
            stream_id=part.stream,
            sequence=part.sequence,
            previous=part.previous,
            digest=part.digest,
            header=part.header,
            signature=part.signature,
            fields=part.fields,
            received_ms=scope.at_ms,
            receipt=receipt.content,
            receipt_signature=receipt.signature,
        )
    )


# --- Pictures -------------------------------------------------------------------------


def picture(scope: Scope, freelancer: str, part: str, position: int) -> Row[object] | None:
    """Return the row of a picture, its key included; None where there is none."""
    return scope.db.execute(
        select(t.pictures, t.picture_keys.c.secret)
        .join(t.picture_keys, t.picture_keys.c.object_key == t.pictures.c.object_key)
        .where(
            t.pictures.c.freelancer_id == freelancer,
            t.pictures.c.part_id == part,
            t.pictures.c.position == position,
        )
    ).one_or_none()


def screens_at(scope: Scope, freelancer: str, part: str, monitor: int) -> list[NewPicture]:
    """Return the screenshot of *part* on *monitor*, its key included; nothing where none is."""
    rows = scope.db.execute(
        select(t.pictures, t.picture_keys.c.secret)
        .join(t.picture_keys, t.picture_keys.c.object_key == t.pictures.c.object_key)
        .where(
            t.pictures.c.freelancer_id == freelancer,
            t.pictures.c.part_id == part,
            t.pictures.c.monitor == monitor,
            t.pictures.c.role == Role.SCREEN.value,
        )
    )
    return [
        NewPicture(
            part_id=PartId(row.part_id),
            position=row.position,
            contract=ContractId(row.contract_id),
            role=row.role,
            monitor=row.monitor,
            sha256=row.sha256,
            media_type=row.media_type,
            width=row.width,
            height=row.height,
            size=row.size,
            thumbnail_size=row.thumbnail_size,
            object_key=row.object_key,
            thumbnail_key=row.thumbnail_key,
            secret=bytes(row.secret),
        )
        for row in rows
    ]


def put_picture(scope: Scope, freelancer: str, picture: NewPicture, receipt: SignedReceipt) -> None:
    """Keep a picture whose objects were announced, and call them orphans no more."""
    scope.db.execute(
        insert(t.picture_keys).values(object_key=picture.object_key, secret=picture.secret)
    )
    scope.db.execute(
        insert(t.pictures).values(
            freelancer_id=freelancer,
            part_id=picture.part_id,
            position=picture.position,
            contract_id=picture.contract,
            role=picture.role,
            monitor=picture.monitor,
            sha256=picture.sha256,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            size=picture.size,
            thumbnail_size=picture.thumbnail_size,
            object_key=picture.object_key,
            thumbnail_key=picture.thumbnail_key,
            received_ms=scope.at_ms,
            receipt=receipt.content,
            receipt_signature=receipt.signature,
        )
    )
    forget_doomed(scope, [picture.object_key, picture.thumbnail_key])


def drop_pictures(scope: Scope, rows: Iterable[Row[object]]) -> list[str]:
    """Destroy the keys and rows of pictures; return the objects that are to go."""
    gone = [
        {
            "owner": row.freelancer_id,
            "part": row.part_id,
            "place": row.position,
            "key": row.object_key,
            "small": row.thumbnail_key,
        }
        for row in rows
    ]
    if not gone:
        return []
    is_key = t.picture_keys.c.object_key == bindparam("key")
    is_picture = (
        t.pictures.c.freelancer_id == bindparam("owner"),
        t.pictures.c.part_id == bindparam("part"),
        t.pictures.c.position == bindparam("place"),
    )
    scope.db.execute(delete(t.picture_keys).where(is_key), [{"key": one["key"]} for one in gone])
    scope.db.execute(
        delete(t.pictures).where(*is_picture),
        [{name: one[name] for name in ("owner", "part", "place")} for one in gone],
    )
    objects = [one[name] for one in gone for name in ("key", "small")]
    doom(scope, objects, since_ms=AT_ONCE)
    return objects


def doom(scope: Scope, objects: Collection[str], *, since_ms: int) -> None:
    """Announce that *objects* are to go, unless a picture takes them first."""
    if objects:
        scope.db.execute(
            insert(t.doomed), [{"object_key": name, "since_ms": since_ms} for name in objects]
        )


def doomed(scope: Scope, *, before_ms: int, limit: int = 1_000) -> list[str]:
    """Return objects that were to go before *before_ms*."""
    return list(
        scope.db.scalars(
            select(t.doomed.c.object_key)
            .where(t.doomed.c.since_ms <= before_ms)
            .order_by(t.doomed.c.object_key)
            .limit(limit)
        )
    )


def forget_doomed(scope: Scope, objects: Collection[str]) -> int:
    """Take *objects* off the list; return how many were on it."""
    return sum(
        scope.db.execute(delete(t.doomed).where(t.doomed.c.object_key.in_(some))).rowcount
        for some in batches(objects)
    )


# --- Amendments -----------------------------------------------------------------------


def amendment_rows(
    scope: Scope, freelancer: str, amendments: Collection[str]
) -> dict[str, Row[object]]:
    """Return the rows of *amendments*, those that are there."""
    return {
        row.amendment_id: row
        for some in batches(amendments)
        for row in scope.db.execute(
            select(t.amendments).where(
                t.amendments.c.freelancer_id == freelancer,
                t.amendments.c.amendment_id.in_(some),
            )
        )
    }


# --- Digests --------------------------------------------------------------------------


def week_digests(scope: Scope, freelancer: str, stream: str) -> tuple[WeekDigest, ...]:
    """Return what is here of *stream*, week by week."""
    parts: dict[int, list[str]] = {}
    pictures: dict[int, list[str]] = {}
    for row in scope.db.execute(
        select(t.parts.c.slot, t.parts.c.digest).where(
            t.parts.c.freelancer_id == freelancer, t.parts.c.stream_id == stream
        )
    ):
        parts.setdefault(digest_week(Slot(row.slot)), []).append(row.digest)
    for row in scope.db.execute(
        select(t.parts.c.slot, t.pictures.c.sha256)
        .join(
            t.pictures,
            (t.pictures.c.freelancer_id == t.parts.c.freelancer_id)
            & (t.pictures.c.part_id == t.parts.c.part_id),
        )
        .where(t.parts.c.freelancer_id == freelancer, t.parts.c.stream_id == stream)
    ):
        pictures.setdefault(digest_week(Slot(row.slot)), []).append(row.sha256)
    return tuple(
        WeekDigest(week, Digest.of(parts[week]), Digest.of(pictures.get(week, ())))
        for week in sorted(parts)
    )


def amendments_digest(scope: Scope, freelancer: str, device: DeviceId) -> Digest:
    """Return the digest of the amendments that *device* wrote."""
    return Digest.of(
        scope.db.scalars(
            select(t.amendments.c.digest).where(
                t.amendments.c.freelancer_id == freelancer, t.amendments.c.device_id == device
            )
        )
    )


def held_in_week(scope: Scope, freelancer: str, stream: str, week: int) -> tuple[HeldPart, ...]:
    """Return the parts of *stream* in *week* with the pictures that are here."""
    slots = slots_of_week(week)
    rows = scope.db.execute(
        select(t.parts.c.part_id, t.parts.c.digest)
        .where(
            t.parts.c.freelancer_id == freelancer,
            t.parts.c.stream_id == stream,
            t.parts.c.slot.between(slots.start, slots.stop - 1),
        )
        .order_by(t.parts.c.sequence)
    ).all()
    pictures: dict[str, list[tuple[int, str]]] = {}
    for some in batches([row.part_id for row in rows]):
        for row in scope.db.execute(
            select(t.pictures.c.part_id, t.pictures.c.position, t.pictures.c.sha256)
            .where(t.pictures.c.freelancer_id == freelancer, t.pictures.c.part_id.in_(some))
            .order_by(t.pictures.c.position)
        ):
            pictures.setdefault(row.part_id, []).append((row.position, row.sha256))
    return tuple(
        HeldPart(PartId(row.part_id), row.digest, tuple(pictures.get(row.part_id, ())))
        for row in rows
    )
