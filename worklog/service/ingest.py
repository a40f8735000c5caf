"""Taking evidence in: parts, pictures and amendments, each exactly once.

Identity makes it idempotent: the same id with the same content gives the receipt that is
stored, whatever the order, the number of tries and the worker. One batch is one
transaction; what of it is refused is refused by itself before anything is written.

A part whose deletion is known already leaves its signed header here and nothing else, so
that its stream stays whole and both orders of arrival end alike; the answer is `erased`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import DeviceId, PartId
from worklog.errors import (
    PolicyError,
    WorklogError,
)
from worklog.failpoints import reach
from worklog.service.authorize import Verb, permit
from worklog.service.ingest_amendments import AmendmentDesk
from worklog.service.ingest_parts import PartDesk
from worklog.service.ingest_pictures import Place, place_of, stored_picture
from worklog.service.materialise import materialise
from worklog.service.objects.sealing import new_name, new_secret, sealed
from worklog.service.objects.store import Objects
from worklog.service.pictures import Decoders, examine
from worklog.service.problems import StoreBusyError, malformed, problem_of
from worklog.service.receipts import ReceiptSigner
from worklog.service.received import Received
from worklog.service.scope import SYSTEM, Actor
from worklog.service.store import accounts, evidence
from worklog.service.store.engine import Store, lock_diary
from worklog.service.store.evidence import NewPicture
from worklog.service.store.feed import News
from worklog.service.store.meta import epoch
from worklog.service.verifying import (
    CheckedPart,
    check_part,
)
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.receipts import ReceiptOf
from worklog.wire.sync.results import Result
from worklog.wire.sync.uploads import decode_upload, picture_name

T = TypeVar("T")


class Ingest:
    """The use cases of ingest; safe to share between threads."""

    def __init__(
        self, store: Store, objects: Objects, signer: ReceiptSigner, decoders: Decoders
    ) -> None:
        self._store = store
        self._objects = objects
        self._signer = signer
        self._decoders = decoders

    # --- Parts --------------------------------------------------------------------------

    def put_part(self, actor: Actor, part_id: str, upload: Reader) -> Received:
        """Take in one part.

        Raises:
            NotFoundError: the contract is not one of the actor's.
            ConflictError: another part has this id.
            ErasedError: the part was deleted.
            InvalidTimeError: its slot is still to come.
            PolicyError: the contract ended before.
            ServiceRejectedError: it does not hold.
        """
        (outcome,) = self._parts(actor, [upload], names=[part_id])
        if isinstance(outcome.found, WorklogError):
            raise outcome.found
        return outcome.found

    def put_parts(self, actor: Actor, uploads: Sequence[Reader]) -> list[Result]:
        """Take in a batch of parts; what is refused does not hold the others up."""
        return _results(self._parts(actor, uploads, names=[None] * len(uploads)))

    def _parts(
        self, actor: Actor, uploads: Sequence[Reader], *, names: Sequence[str | None]
    ) -> list[_Outcome]:
        permit(actor, Verb.INGEST)
        _device(actor)
        with self._store.reading(actor) as scope:
            keys = accounts.keys_of(scope, actor.user)
        # Signatures and commitments cost the most and need no lock.
        checked = [
            self._check(keys, upload, name) for upload, name in zip(uploads, names, strict=True)
        ]
        good = [part for part in checked if isinstance(part, CheckedPart)]
        with self._store.writing(actor) as scope:
            desk = PartDesk(scope, self._signer, good)
            outcomes = [
                _Outcome(_name_of(upload), part)
                if isinstance(part, WorklogError)
                else _Outcome(part.new.part_id, _attempt(desk.take, part))
                for upload, part in zip(uploads, checked, strict=True)
            ]
            reach("service.parts")
            materialise(scope, actor.user, desk.touched)
            reach("service.commit")
        reach("service.answer")
        return outcomes

    def _check(
        self, keys: Mapping[DeviceId, Sequence[bytes]], upload: Reader, name: str | None
    ) -> CheckedPart | WorklogError:
        try:
            return check_part(decode_upload(upload), keys=keys, name=name)
        except MalformedError as error:
            return malformed(error)
        except WorklogError as error:
            return error

    # --- Pictures -----------------------------------------------------------------------

    def put_picture(
        self, actor: Actor, part_id: str, position: int, media_type: str, data: bytes
    ) -> Received:
        """Take in the picture at *position* of a part's captures.

        Raises:
            NotFoundError: there is no such part, or it has no picture there.
            ErasedError: it was deleted, or another one has taken its place.
            ConflictError: another picture is there.
            PolicyError: the contract forbids pictures.
            ServiceRejectedError: it is no picture, or not the one that was committed to.
        """
        permit(actor, Verb.INGEST)
        header = examine(data, media_type)
        digest = hashlib.sha256(data).hexdigest()
        with self._store.reading(actor) as scope:
            place = place_of(scope, part_id, position)
            if place.stored is not None:
                return stored_picture(place, digest)
            place.check(digest)
        thumbnail = self._decoders.thumbnail(data, header)
        secret, names = new_secret(), (new_name(), new_name())
        with self._store.writing(SYSTEM) as scope:
            evidence.doom(scope, names, since_ms=scope.at_ms)
        reach("service.picture.announced")
        for name, plain in zip(names, (data, thumbnail), strict=True):
            self._objects.put(name, sealed(secret, name, plain))
        reach("service.picture.written")
        try:
            return self._keep_picture(
                actor,
                digest,
                lambda place: NewPicture(
                    part_id=PartId(part_id),
                    position=position,
                    contract=place.contract,
                    role=place.role.value,
                    monitor=place.monitor,
                    sha256=digest,
                    media_type=header.media_type,
                    width=header.width,
                    height=header.height,
                    size=len(data),
                    thumbnail_size=len(thumbnail),
                    object_key=names[0],
                    thumbnail_key=names[1],
                    secret=secret,
                ),
                part_id=part_id,
                position=position,
            )
        except BaseException:
            self._discard(names)
            raise

    def _keep_picture(
        self,
        actor: Actor,
        digest: str,
        picture: Callable[[Place], NewPicture],
        *,
        part_id: str,
        position: int,
    ) -> Received:
        with self._store.writing(actor) as scope:
            lock_diary(scope, actor.user)
            # The part may have been erased, or the picture have come, in the meantime.
            place = place_of(scope, part_id, position)
            if place.stored is None:
                place.check(digest)
                receipt = self._signer.receipt(
                    ReceiptOf.IMAGE,
                    picture_name(PartId(part_id), position),
                    digest,
                    received=from_epoch_ms(scope.at_ms),
                    epoch=epoch(scope),
                )
                evidence.put_picture(scope, actor.user, picture(place), receipt)
                reach("service.commit")
                received = Received(receipt, is_new=True)
            else:
                received = stored_picture(place, digest)
        if not received.is_new:
            new = picture(place)
            self._discard((new.object_key, new.thumbnail_key))
        reach("service.answer")
        return received

    def _discard(self, names: Sequence[str]) -> None:
        """Let go of objects that no picture took; what cannot go now is swept up later."""
        with suppress(StoreBusyError):
            self._objects.delete(names)
            with self._store.writing(SYSTEM) as scope:
                evidence.forget_doomed(scope, names)

    # --- Amendments ---------------------------------------------------------------------

    def put_amendments(self, actor: Actor, texts: Sequence[str]) -> list[Result]:
        """Take in a batch of amendments; what is refused does not hold the others up."""
        permit(actor, Verb.AMEND)
        _device(actor)
        news = News()
        with self._store.writing(actor) as scope:
            desk = AmendmentDesk(scope, self._signer, actor.user, news)
            outcomes = [
                _Outcome(_amendment_name(text), _attempt(desk.take, text)) for text in texts
            ]
            reach("service.amendments")
            materialise(scope, actor.user, desk.touched)
            news.publish(scope)
            reach("service.commit")
        if desk.doomed:
            self.sweep()
        reach("service.answer")
        return _results(outcomes)

    def sweep(self, *, orphans_too: bool = False) -> int:
        """Delete objects whose pictures were erased; return how many.

        With *orphans_too* also those that were announced an hour ago and never taken.
        Several workers may sweep at once.
        """
        with self._store.reading(SYSTEM) as scope:
            before = scope.at_ms - evidence.ORPHAN_AFTER_MS if orphans_too else evidence.AT_ONCE
            names = evidence.doomed(scope, before_ms=before)
        if not names:
            return 0
        try:
            self._objects.delete(names)
        except StoreBusyError:
            return 0  # they stay on the list, and their keys are gone already
        with self._store.writing(SYSTEM) as scope:
            return evidence.forget_doomed(scope, names)


@dataclass(frozen=True, slots=True)
class _Outcome:
    name: str
    found: Received | WorklogError


def _attempt(take: Callable[[T], Received], item: T) -> Received | WorklogError:
    try:
        return take(item)
    except WorklogError as error:
        return error


def _results(outcomes: Sequence[_Outcome]) -> list[Result]:
    return [
        Result(outcome.name, problem=problem_of(outcome.found))
        if isinstance(outcome.found, WorklogError)
        else Result(outcome.name, receipt=outcome.found.receipt)
        for outcome in outcomes
    ]


def _device(actor: Actor) -> DeviceId:
    if actor.device is None:
        msg = "Only a device can send what it recorded."
        raise PolicyError(msg, hint="Use `worklog login` on the device.")
    return actor.device


def _name_of(upload: Reader) -> str:
    try:
        return Reader.of_text(upload.text("header"), "header").text("part")
    except MalformedError:
        return ""


def _amendment_name(text: str) -> str:
    try:
        return Reader.of_text(text, "amendment").text("id")
    except MalformedError:
        return ""
