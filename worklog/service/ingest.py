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
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import insert

from worklog.domain.amendment import (
    FROZEN_BY_LOCK,
    Accept,
    Amendment,
    Change,
    Delete,
    Describe,
    DropSnapshot,
    Manual,
    Redact,
    RedactedPicture,
    Revoke,
)
from worklog.domain.contract import Contract, Screenshots
from worklog.domain.evidence import Erasures, Record, without
from worklog.domain.grid import epoch_ms, from_epoch_ms
from worklog.domain.ids import ContractId, DeviceId, PartId, StreamId
from worklog.domain.lock import is_locked
from worklog.domain.part import Part, Role
from worklog.domain.touching import refs_of, slots_of
from worklog.errors import (
    ConflictError,
    ErasedError,
    LockedError,
    PolicyError,
    ServiceRejectedError,
    WorklogError,
)
from worklog.failpoints import reach
from worklog.service.authorize import Verb, authorize, permit
from worklog.service.materialise import Touched, admitted_here, materialise
from worklog.service.objects.sealing import new_name, new_secret, sealed
from worklog.service.objects.store import Objects
from worklog.service.pictures import Decoders, examine
from worklog.service.problems import StoreBusyError, malformed, not_found, problem_of
from worklog.service.receipts import ReceiptSigner
from worklog.service.scope import SYSTEM, Actor, Scope
from worklog.service.settling import before_accepting, settle_due
from worklog.service.store import accounts, diary, evidence
from worklog.service.store import tables as t
from worklog.service.store.engine import Store, lock_diary
from worklog.service.store.evidence import NewPicture
from worklog.service.store.feed import News
from worklog.service.store.meta import epoch
from worklog.service.verifying import (
    CheckedPart,
    capture_at,
    check_amendment,
    check_part,
    check_slot,
    contracts_of,
    has_picture_at,
)
from worklog.wire.part import decode_part, erased_fields
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync import (
    AmendmentChange,
    ReceiptOf,
    Result,
    SignedReceipt,
    amendment_digest,
    decode_upload,
    picture_name,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Received:
    """What was taken in.

    Attributes:
        receipt: Its receipt.
        is_new: Whether it was not here before.
    """

    receipt: SignedReceipt
    is_new: bool


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
            desk = _PartDesk(scope, self._signer, good)
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
            place = _place_of(scope, part_id, position)
            if place.stored is not None:
                return _stored_picture(place, digest)
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
        picture: Callable[[_Place], NewPicture],
        *,
        part_id: str,
        position: int,
    ) -> Received:
        with self._store.writing(actor) as scope:
            lock_diary(scope, actor.user)
            # The part may have been erased, or the picture have come, in the meantime.
            place = _place_of(scope, part_id, position)
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
                received = _stored_picture(place, digest)
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


# --- Parts ----------------------------------------------------------------------------


class _PartDesk:
    """Takes parts in, inside a transaction: what is known is read for all at once."""

    def __init__(self, scope: Scope, signer: ReceiptSigner, parts: Sequence[CheckedPart]) -> None:
        lock_diary(scope, scope.actor.user)
        accounts.check_there(scope)
        settle_due(scope, scope.actor.user)
        self.touched = Touched()
        self._scope = scope
        self._signer = signer
        self._owner = scope.actor.user
        self._epoch = epoch(scope)
        self._received = from_epoch_ms(scope.at_ms)
        ids = {part.new.part_id for part in parts}
        self._known = {
            name: (row.digest, evidence.receipt_of(row))
            for name, row in diary.part_rows(scope, self._owner, ids).items()
        }
        self._standings = accounts.standings(scope, {part.new.contract for part in parts})
        self._ends = accounts.ends_of(scope, self._owner)
        slots = {part.new.slot for part in parts}
        amendments, _ = diary.amendments_touching(scope, self._owner, slots, ids)
        self._erasures = Erasures.of(amendments)
        streams = {part.new.stream for part in parts}
        self._keys = evidence.stream_keys(scope, self._owner, streams)
        self._links = {
            stream: evidence.links(scope, self._owner, stream, _neighbours(parts, stream))
            for stream in streams
        }

    def take(self, checked: CheckedPart) -> Received:
        """Take one part in."""
        new, part = checked.new, checked.part
        authorize(self._scope.actor, Verb.INGEST, self._standings[new.contract])
        if (known := self._known.get(new.part_id)) is not None:
            digest, receipt = known
            if digest != new.digest:
                msg = "Another part has this id."
                raise ConflictError(msg, hint="Report it with `worklog feedback`.")
            if self._erasures.cover(part):
                raise _erased()
            return Received(receipt, is_new=False)
        check_slot(part, at_ms=self._scope.at_ms)
        self._check_end(part)
        self._check_chain(checked)
        receipt = self._signer.receipt(
            ReceiptOf.PART, new.part_id, new.digest, received=self._received, epoch=self._epoch
        )
        record = Record(new.header, new.signature, new.fields)
        fields = without(new.fields, erased_fields(record, self._erasures))
        is_deleted = self._erasures.cover(part)
        # Text that lost nothing is kept as it came, and not as it would be written anew.
        kept = new.fields if fields == _rewritten(new.fields) else fields
        evidence.put_part(
            self._scope,
            self._owner,
            replace(new, fields=diary.NO_FIELDS if is_deleted else kept),
            receipt,
        )
        self._known[new.part_id] = (new.digest, receipt)
        self._links[new.stream][new.sequence] = (new.digest, new.previous)
        self.touched.slots.add(new.slot)
        if is_deleted:
            raise _erased()
        return Received(receipt, is_new=True)

    def _check_end(self, part: Part) -> None:
        ended = self._ends.get(part.contract)
        if ended is not None and epoch_ms(part.slot.start) >= ended:
            msg = "The contract had ended when this was recorded."
            raise PolicyError(msg, hint="Ask the client to take it up again.")

    def _check_chain(self, checked: CheckedPart) -> None:
        """Hold a part to its neighbours in the stream, those that are here.

        Parts come in any order, so a neighbour may be missing; what is there must fit.
        """
        new = checked.new
        key = self._keys.get(new.stream)
        if key is not None and key != checked.public_key:
            raise _broken(reason="its stream was begun with another key")
        links = self._links[new.stream]
        before, after = links.get(new.sequence - 1), links.get(new.sequence + 1)
        if new.sequence in links:
            raise _broken(reason="another part has its place in the stream")
        if before is not None and before[0] != new.previous:
            raise _broken(reason="it does not follow the part before it")
        if after is not None and after[1] != new.digest:
            raise _broken(reason="the part after it does not follow it")
        if key is None:
            evidence.begin_stream(
                self._scope, self._owner, new.stream, new.device, checked.public_key
            )
            self._keys[new.stream] = checked.public_key


def _neighbours(parts: Sequence[CheckedPart], stream: StreamId) -> set[int]:
    places = {part.new.sequence for part in parts if part.new.stream == stream}
    return {number + step for number in places for step in (-1, 0, 1)}


def _rewritten(fields: str) -> str:
    return without(fields, lambda _: False)


def _erased() -> ErasedError:
    return ErasedError("It was deleted.", hint="Nothing is to be done: it stays deleted.")


def _broken(reason: str) -> ServiceRejectedError:
    return ServiceRejectedError(
        f"The part does not fit its stream: {reason}.",
        hint="Run `worklog check --evidence`; a restored cache opens a new stream.",
    )


# --- Pictures -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a picture belongs, and what may lie there.

    Attributes:
        contract: Of the part.
        role: Screen or camera.
        monitor: Which one.
        wanted: Digest of the picture that belongs there; empty where none does.
        is_forbidden: The policy that the part was recorded under forbids pictures.
        stored: (digest, receipt) of the picture that is there.
    """

    contract: ContractId
    role: Role
    monitor: int
    wanted: str
    is_forbidden: bool
    stored: tuple[str, SignedReceipt] | None

    def check(self, digest: str) -> None:
        """Let the picture with *digest* pass if it is the one that belongs here."""
        if self.is_forbidden:
            msg = "The contract forbids pictures."
            raise PolicyError(msg, hint="Turn captures off for it.")
        if not self.wanted:
            raise _erased()
        if digest != self.wanted:
            msg = "This is not the picture that the part was signed with."
            raise ServiceRejectedError(msg, hint="Run `worklog check --pictures`.")


def _stored_picture(place: _Place, digest: str) -> Received:
    assert place.stored is not None  # noqa: S101 -- the caller has looked
    known, receipt = place.stored
    if known != digest:
        msg = "Another picture is there."
        raise ConflictError(msg, hint="Run `worklog check --pictures`.")
    return Received(receipt, is_new=False)


def _place_of(scope: Scope, part_id: str, position: int) -> _Place:
    owner = scope.actor.user
    row = diary.part_rows(scope, owner, [part_id]).get(part_id)
    if row is None:
        raise not_found(what="part")
    authorize(scope.actor, Verb.INGEST, accounts.standing(scope, ContractId(row.contract_id)))
    if not has_picture_at(bytes(row.header), position):
        raise not_found(what="picture")
    part = decode_part(bytes(row.header), row.fields)
    amendments, _ = diary.amendments_touching(scope, owner, {row.slot}, {part_id})
    if Erasures.of(amendments).cover(part):
        raise _erased()
    capture, wanted = capture_at(row.fields, position)
    if capture is None:
        raise _erased()
    redacted = _redacted(amendments, part_id, capture.monitor)
    if capture.role is Role.SCREEN and redacted is not None:
        wanted = redacted.sha256
    contract = accounts.contracts_of(scope, owner)[ContractId(row.contract_id)]
    stored = evidence.picture(scope, owner, part_id, position)
    return _Place(
        contract=contract.contract_id,
        role=capture.role,
        monitor=capture.monitor,
        wanted=wanted,
        is_forbidden=contract.policy(part.policy).screenshots is Screenshots.FORBIDDEN,
        stored=None if stored is None else (stored.sha256, evidence.receipt_of(stored)),
    )


def _redacted(
    amendments: Sequence[Amendment], part_id: str, monitor: int
) -> RedactedPicture | None:
    """Return what has taken the place of a screenshot: the latest redaction's picture."""
    found = [
        picture
        for amendment in sorted(amendments, key=lambda amendment: amendment.order)
        if isinstance(amendment.change, Redact)
        for picture in amendment.change.pictures
        if (picture.part, picture.monitor) == (part_id, monitor)
    ]
    return found[-1] if found else None


# --- Amendments -----------------------------------------------------------------------


class AmendmentDesk:
    """Takes amendments to the diary of one freelancer in, inside a transaction.

    For what devices send and for what people do in the browser alike: the caller folds
    what is `touched`, publishes the news, and sweeps if something was doomed.
    """

    def __init__(self, scope: Scope, signer: ReceiptSigner, freelancer: str, news: News) -> None:
        lock_diary(scope, freelancer)
        accounts.check_there(scope)
        settle_due(scope, freelancer)
        self.touched = Touched()
        self.doomed: list[str] = []
        self._scope = scope
        self._signer = signer
        self._owner = freelancer
        self._news = news
        self._epoch = epoch(scope)
        self._contracts: Mapping[ContractId, Contract] | None = None
        self._devices = accounts.keys_of(scope, scope.actor.user).keys()

    @property
    def contracts(self) -> Mapping[ContractId, Contract]:
        """All contracts of the diary's freelancer."""
        if self._contracts is None:
            self._contracts = accounts.contracts_of(self._scope, self._owner)
        return self._contracts

    def take(self, text: str) -> Received:
        """Take one amendment of a device in.

        Raises:
            NotFoundError: it names a contract that is none of the freelancer's.
            ConflictError: another amendment has this id.
            LockedError: all that it changes is locked.
            PolicyError: it is not the freelancer's to make.
            ServiceRejectedError: it does not hold.
        """
        amendment = check_amendment(
            text, actor=self._scope.actor, devices=self._devices, at_ms=self._scope.at_ms
        )
        return self.keep(amendment, text)

    def keep(self, amendment: Amendment, text: str) -> Received:
        """Take in *amendment*, whose author and device are known to be the actor's."""
        digest = amendment_digest(text)
        name = amendment.amendment_id
        known = evidence.amendment_rows(self._scope, self._owner, [name]).get(name)
        if known is not None:
            if known.digest != digest:
                msg = "Another amendment has this id."
                raise ConflictError(msg, hint="Report it with `worklog feedback`.")
            return Received(evidence.receipt_of(known), is_new=False)
        self._check(amendment)
        self._settle(amendment)
        if isinstance(amendment.change, Accept):
            before_accepting(self._scope, self._owner, amendment.change.targets)
        receipt = self._put(amendment, text, digest)
        slots = {slot.index for slot in slots_of(amendment.change)}
        refs = refs_of(amendment.change)
        diary.index_amendment(self._scope, self._owner, name, slots=slots, refs=refs)
        self.touched.slots |= slots | diary.slots_of_refs(self._scope, self._owner, refs)
        self._erase(amendment)
        self._news.tell(
            self._owner, AmendmentChange(text), origin=self._scope.actor.device and amendment.device
        )
        return Received(receipt, is_new=True)

    def _put(self, amendment: Amendment, text: str, digest: str) -> SignedReceipt:
        receipt = self._signer.receipt(
            ReceiptOf.AMENDMENT,
            amendment.amendment_id,
            digest,
            received=from_epoch_ms(self._scope.at_ms),
            epoch=self._epoch,
        )
        self._scope.db.execute(
            insert(t.amendments).values(
                freelancer_id=self._owner,
                amendment_id=amendment.amendment_id,
                author_id=self._scope.actor.user,
                device_id=amendment.device,
                kind=type(amendment.change).__name__.lower(),
                stamp_ms=amendment.stamp.milliseconds,
                stamp_count=amendment.stamp.counter,
                digest=digest,
                content=text,
                received_ms=self._scope.at_ms,
                receipt=receipt.content,
                receipt_signature=receipt.signature,
            )
        )
        return receipt

    def _check(self, amendment: Amendment) -> None:
        verb = _verb_of(amendment.change)
        for contract in sorted(contracts_of(amendment)):
            authorize(self._scope.actor, verb, accounts.standing(self._scope, contract))
            if contract not in self.contracts:
                raise not_found(what="contract")
        if isinstance(amendment.change, Manual):
            self._check_manual(amendment.change)
        if isinstance(amendment.change, FROZEN_BY_LOCK):
            self._check_lock(amendment)

    def _check_manual(self, change: Manual) -> None:
        contract = self.contracts[change.contract]
        if not all(contract.terms_at(span.slot.start).manual_time for span in change.spans):
            msg = "The contract does not allow time by hand."
            raise PolicyError(msg, hint="Ask for it with `worklog contract ask manual`.")

    def _check_lock(self, amendment: Amendment) -> None:
        """Refuse a change of which the lock leaves nothing.

        Raises:
            LockedError: nothing is left.
        """
        others = (
            diary.amendments_named(self._scope, self._owner, amendment.change.amendments)
            if isinstance(amendment.change, Revoke)
            else []
        )
        received: dict[str, int] = {amendment.amendment_id: self._scope.at_ms}
        kept = admitted_here([*others, amendment], received, self.contracts)
        if all(one.amendment_id != amendment.amendment_id for one in kept):
            msg = "The week is locked: its words and its time stand."
            raise LockedError(msg, hint="Ask the client to reopen it.")

    # --- Erasing ------------------------------------------------------------------------

    def _settle(self, amendment: Amendment) -> None:
        """Freeze the bills that stand although their evidence is going (R23)."""
        if not isinstance(amendment.change, Delete):
            return
        slots = diary.slots_of_refs(self._scope, self._owner, amendment.change.parts)
        slots |= {slot.index for slot in slots_of(amendment.change)}
        now = from_epoch_ms(self._scope.at_ms)
        diary.settle(
            self._scope,
            self._owner,
            [
                row
                for row in diary.segments_at(self._scope, self._owner, slots)
                if is_locked(self.contracts[row.segment.key.contract], row.segment.key.slot, now)
            ],
        )

    def _erase(self, amendment: Amendment) -> None:
        if not isinstance(amendment.change, Delete | DropSnapshot | Redact):
            return
        erasures = Erasures.of([amendment])
        slots = {key.slot.index for _, key in erasures.rest}
        named = {*erasures.parts, *erasures.snapshots, *(part for part, _ in erasures.pictures)}
        in_slots, _ = diary.parts_in(self._scope, self._owner, slots)
        named |= {part.part_id for part in in_slots if erasures.cover(part)}
        whole = []
        for part_id, row in diary.part_rows(self._scope, self._owner, named).items():
            record = diary.record_of(row)
            # Read before it is erased: what is left does not say what was there.
            part = decode_part(record.header, record.fields)
            self.touched.slots.add(row.slot)
            if erasures.cover(part):
                whole.append(part.part_id)
                continue
            fields = without(record.fields, erased_fields(record, erasures))
            diary.put_fields(self._scope, self._owner, part_id, fields)
            self._drop_pictures(part, erasures)
        diary.drop_fields(self._scope, self._owner, whole)
        gone = diary.pictures_of(self._scope, self._owner, whole)
        self.doomed += evidence.drop_pictures(self._scope, gone)
        reach("service.erased")

    def _drop_pictures(self, part: Part, erasures: Erasures) -> None:
        amendments, _ = diary.amendments_touching(self._scope, self._owner, (), {part.part_id})
        gone = []
        for row in diary.pictures_of(self._scope, self._owner, [part.part_id]):
            redacted = _redacted(amendments, part.part_id, row.monitor)
            is_camera = row.role == Role.CAMERA
            if (is_camera and part.part_id in erasures.snapshots) or (
                not is_camera and redacted is not None and row.sha256 != redacted.sha256
            ):
                gone.append(row)
        self.doomed += evidence.drop_pictures(self._scope, gone)


def _verb_of(change: Change) -> Verb:
    """Return what an actor must be allowed for *change*; a client may label (R22)."""
    match change:
        case Accept():
            return Verb.DECIDE
        case Describe(memo=None):
            return Verb.LABEL
        case _:
            return Verb.AMEND
