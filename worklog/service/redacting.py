"""Covering pictures in the browser: with an opaque fill, and without a trace of what was there.

The new picture is made in the limited children and written under a new key before the
transaction; in it the amendment says what took the old one's place, the old key is
destroyed, and afterwards the old object goes (R21, T17).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from worklog.domain.amendment import Amendment, Change, Redact, RedactedPicture
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.part import Role
from worklog.domain.segment import BilledSegment
from worklog.errors import ConflictError, NotFoundError
from worklog.service.authorize import Verb
from worklog.service.editing import Diary, Make, change, live_rows
from worklog.service.objects.sealing import new_name, new_secret, opened, sealed
from worklog.service.pictures import Covered, Header, Rectangle
from worklog.service.problems import StoreBusyError
from worklog.service.scope import SYSTEM, Actor
from worklog.service.service import Service
from worklog.service.showing import THUMBNAIL_TYPE, party_to
from worklog.service.store import evidence
from worklog.service.store.engine import as_system
from worklog.service.store.evidence import NewPicture
from worklog.service.store.meta import epoch
from worklog.wire.sync.receipts import ReceiptOf
from worklog.wire.sync.uploads import picture_name


@dataclass(frozen=True, slots=True)
class _Source:
    """A screenshot that is to be covered.

    Attributes:
        old: Its row as a `NewPicture`, its key included.
        data: The image file.
        share: What was covered before [‰].
    """

    old: NewPicture
    data: bytes
    share: int


@dataclass(frozen=True, slots=True)
class _Made:
    """What takes the place of a screenshot; its objects are written already."""

    old: NewPicture
    new: NewPicture
    thumbnail: bytes
    permille: int


def redact(
    service: Service,
    actor: Actor,
    contract: ContractId,
    slots: Sequence[int],
    boxes: Sequence[Rectangle],
) -> Amendment:
    """Cover *boxes* of the screenshots in *slots* for good, or all of them without a box.

    Raises:
        NotFoundError: there is no such contract for *actor*, or no picture in *slots*.
        PolicyError: only the freelancer may do that.
        ConflictError: no box touches a picture, or it has changed meanwhile.
    """
    sources = _sources(service, actor, contract, slots)
    made = [_made(service, source, boxes) for source in sources]
    names = [name for one in made for name in (one.new.object_key, one.new.thumbnail_key)]
    try:
        return change(
            service, actor, contract, _covering(made, slots), also=_keeping(service, made)
        )
    except BaseException:
        _let_go(service, names)
        raise


def _sources(
    service: Service, actor: Actor, contract: ContractId, slots: Sequence[int]
) -> list[_Source]:
    with service.store.reading(actor) as scope:
        owned = party_to(scope, contract, Verb.AMEND)
        rows = live_rows(scope, owned, contract, slots)
        with as_system(scope) as system:  # it may have been recorded for another contract
            found = [
                (stored, share)
                for part, monitor, share in _screens(rows)
                for stored in evidence.screens_at(system, owned.freelancer, part, monitor)
            ]
    if not found:
        msg = "There is no picture to redact here."
        raise NotFoundError(msg, hint="Choose segments that have one.")
    return [
        _Source(old, opened(old.secret, old.object_key, service.objects.get(old.object_key)), share)
        for old, share in found
    ]


def _screens(rows: Sequence[BilledSegment]) -> list[tuple[str, int, int]]:
    return [
        (picture.part, picture.capture.monitor, picture.redacted)
        for row in rows
        for picture in row.segment.pictures
        if picture.capture.role is Role.SCREEN and picture.capture.has_picture
    ]


def _made(service: Service, source: _Source, boxes: Sequence[Rectangle]) -> _Made:
    old = source.old
    covered = service.decoders.cover(
        source.data, Header(old.media_type, old.width, old.height), boxes
    )
    secret, names = new_secret(), (new_name(), new_name())
    with service.store.writing(SYSTEM) as scope:
        evidence.doom(scope, names, since_ms=scope.at_ms)
    for name, plain in zip(names, (covered.image, covered.thumbnail), strict=True):
        service.objects.put(name, sealed(secret, name, plain))
    return _Made(
        old,
        _taking(old, covered, secret, names),
        covered.thumbnail,
        min(1000, max(covered.permille, source.share)),
    )


def _taking(old: NewPicture, covered: Covered, secret: bytes, names: tuple[str, str]) -> NewPicture:
    return NewPicture(
        part_id=old.part_id,
        position=old.position,
        contract=old.contract,
        role=old.role,
        monitor=old.monitor,
        sha256=hashlib.sha256(covered.image).hexdigest(),
        media_type=THUMBNAIL_TYPE,
        width=old.width,
        height=old.height,
        size=len(covered.image),
        thumbnail_size=len(covered.thumbnail),
        object_key=names[0],
        thumbnail_key=names[1],
        secret=secret,
    )


def _covering(made: Sequence[_Made], slots: Sequence[int]) -> Make:
    def make(where: Diary) -> Change:
        where.rows(slots)
        with as_system(where.scope) as system:
            for one in made:
                now = evidence.picture(
                    system, where.owned.freelancer, one.old.part_id, one.old.position
                )
                if now is None or now.object_key != one.old.object_key:
                    msg = "The picture has changed meanwhile."
                    raise ConflictError(msg, hint="Look at it again.")
        return Redact(
            tuple(
                RedactedPicture(
                    part=one.new.part_id,
                    monitor=one.new.monitor,
                    sha256=one.new.sha256,
                    thumbnail_sha256=hashlib.sha256(one.thumbnail).hexdigest(),
                    permille=one.permille,
                )
                for one in made
            )
        )

    return make


def _keeping(service: Service, made: Sequence[_Made]) -> Callable[[Diary, Amendment], None]:
    def keep(where: Diary, _: Amendment) -> None:
        with as_system(where.scope) as system:
            for one in made:
                receipt = service.signer.receipt(
                    ReceiptOf.IMAGE,
                    picture_name(one.new.part_id, one.new.position),
                    one.new.sha256,
                    received=from_epoch_ms(system.at_ms),
                    epoch=epoch(system),
                )
                evidence.put_picture(system, where.owned.freelancer, one.new, receipt)

    return keep


def _let_go(service: Service, names: Sequence[str]) -> None:
    with suppress(StoreBusyError):  # what cannot go now is swept up later
        service.objects.delete(names)
        with service.store.writing(SYSTEM) as scope:
            evidence.forget_doomed(scope, names)
