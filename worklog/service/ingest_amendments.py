"""Amendments on their way in: who may write them, what the lock forbids, what they erase."""

from __future__ import annotations

from collections.abc import Mapping

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
    Revoke,
)
from worklog.domain.contract import Contract
from worklog.domain.evidence import Erasures, without
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.lock import is_locked
from worklog.domain.part import Part, Role
from worklog.domain.touching import refs_of, slots_of
from worklog.errors import ConflictError, LockedError, PolicyError
from worklog.failpoints import reach
from worklog.service.authorize import Verb, authorize
from worklog.service.ingest_pictures import redaction_of
from worklog.service.materialise import Touched, admitted_here
from worklog.service.problems import not_found
from worklog.service.receipts import ReceiptSigner
from worklog.service.received import Received
from worklog.service.scope import Scope
from worklog.service.settling import before_accepting, settle_due
from worklog.service.store import accounts, diary, evidence
from worklog.service.store import tables as t
from worklog.service.store.engine import lock_diary
from worklog.service.store.feed import News
from worklog.service.store.meta import epoch
from worklog.service.verifying import check_amendment, contracts_of
from worklog.wire.part import decode_part, erased_fields
from worklog.wire.sync.changes import AmendmentChange
from worklog.wire.sync.receipts import ReceiptOf, SignedReceipt
from worklog.wire.sync.uploads import amendment_digest


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
            redacted = redaction_of(amendments, part.part_id, row.monitor)
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
