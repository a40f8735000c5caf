"""All that the service holds of one person, as a zip that is written while it is sent.

Parts come as they are stored: the very bytes that were signed, so that they verify. All
names in the archive are made here, of ids and numbers, and of nothing that anybody typed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Row, select

from worklog.domain.canonical import canonical
from worklog.domain.grid import from_epoch_ms
from worklog.errors import NotFoundError
from worklog.service.objects.sealing import opened
from worklog.service.scope import Scope
from worklog.service.service import Service
from worklog.service.store import accounts, evidence
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern, entries
from worklog.service.store.people import Person
from worklog.wire.contract import encode_contract

_ENDINGS: Final = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}
_MOST_ENTRIES: Final = 1_000_000


def export(service: Service, person: Person) -> Iterator[bytes]:
    """Give the archive of *person*, piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _members(service, person):
            kind = zipfile.ZIP_STORED if name.startswith("pictures/") else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, compress_type=kind)
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """What the archive is written to: it cannot go back, so nothing has to be kept."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # only ever bytes
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data


def _members(service: Service, person: Person) -> Iterator[tuple[str, bytes]]:
    """Give names and contents; no transaction is open while whoever reads takes their time."""
    with service.store.reading(person.actor) as scope:
        head = [*_about(scope, person), *_amendments(scope, person.user)]
        parts = scope.db.scalars(
            select(t.parts.c.part_id)
            .where(t.parts.c.freelancer_id == person.user)
            .order_by(t.parts.c.slot, t.parts.c.part_id)
        ).all()
        pictures = scope.db.execute(
            select(t.pictures.c.part_id, t.pictures.c.position)
            .where(t.pictures.c.freelancer_id == person.user)
            .order_by(t.pictures.c.part_id, t.pictures.c.position)
        ).all()
    yield from head
    for part in parts:
        yield from _part(service, person, part)
    for row in pictures:
        yield from _picture(service, person, row.part_id, row.position)


def _about(scope: Scope, person: Person) -> Iterator[tuple[str, bytes]]:
    account = {"id": person.user, "name": person.actor.name, "display": person.display}
    yield "account.json", canonical({**account, "mail": person.mail, "zone": person.zone})
    contracts = accounts.contracts_of(scope, person.user).values()
    for number, contract in enumerate(contracts, start=1):
        yield f"contracts/{number}.json", encode_contract(contract).encode()
    views = select(t.picture_views).where(t.picture_views.c.freelancer_id == person.user)
    yield "views.json", canonical([_view(row) for row in scope.db.execute(views)])
    trail = entries(scope, [Concern(user=person.user)], limit=_MOST_ENTRIES)
    yield (
        "audit.json",
        canonical(
            [
                {
                    "at": one.at.isoformat(),
                    "actor": one.actor,
                    "verb": one.verb,
                    "details": dict(one.details),
                }
                for one in trail
            ]
        ),
    )


def _amendments(scope: Scope, user: str) -> Iterator[tuple[str, bytes]]:
    rows = scope.db.execute(
        select(t.amendments)
        .where(t.amendments.c.freelancer_id == user)
        .order_by(t.amendments.c.stamp_ms, t.amendments.c.amendment_id)
    )
    for row in rows:
        yield from _evidence(f"amendments/{row.amendment_id}", row, content=row.content.encode())


def _evidence(name: str, row: Row[object], **members: bytes) -> Iterator[tuple[str, bytes]]:
    for member, data in members.items():
        yield f"{name}/{member}", data
    yield f"{name}/receipt", row.receipt.encode()
    yield f"{name}/receipt.signature", bytes(row.receipt_signature)


def _part(service: Service, person: Person, part: str) -> Iterator[tuple[str, bytes]]:
    with service.store.reading(person.actor) as scope:
        row = scope.db.execute(
            select(t.parts).where(t.parts.c.freelancer_id == person.user, t.parts.c.part_id == part)
        ).one()
    yield from _evidence(
        f"parts/{part}",
        row,
        header=bytes(row.header),
        signature=bytes(row.signature),
        fields=row.fields.encode(),
    )


def _picture(
    service: Service, person: Person, part: str, position: int
) -> Iterator[tuple[str, bytes]]:
    """Give a picture, decrypted; nothing where it was erased meanwhile."""
    with service.store.reading(person.actor) as scope:
        row = evidence.picture(scope, person.user, part, position)
    if row is None:
        return
    try:
        sealed = service.objects.get(row.object_key)
    except NotFoundError:
        return
    ending = _ENDINGS.get(row.media_type, "bin")
    yield f"pictures/{part}-{position}.{ending}", opened(bytes(row.secret), row.object_key, sealed)


def _view(row: Row[object]) -> dict[str, str | int | bool]:
    return {
        "part": row.part_id,
        "position": row.position,
        "viewer": row.viewer_id,
        "thumbnail": row.is_thumbnail,
        "first": from_epoch_ms(row.first_ms).isoformat(),
        "last": from_epoch_ms(row.last_ms).isoformat(),
        "number": row.number,
    }
