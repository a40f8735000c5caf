"""Parts on their way in: each takes its place in the signed chain of its stream, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worklog.domain.evidence import Erasures, Record, without
from worklog.domain.grid import epoch_ms, from_epoch_ms
from worklog.domain.ids import StreamId
from worklog.domain.part import Part
from worklog.errors import ConflictError, PolicyError, ServiceRejectedError
from worklog.service.authorize import Verb, authorize
from worklog.service.materialise import Touched
from worklog.service.receipts import ReceiptSigner
from worklog.service.received import Received, erased
from worklog.service.scope import Scope
from worklog.service.settling import settle_due
from worklog.service.store import accounts, diary, evidence
from worklog.service.store.engine import lock_diary
from worklog.service.store.meta import epoch
from worklog.service.verifying import CheckedPart, check_slot
from worklog.wire.part import erased_fields
from worklog.wire.sync.receipts import ReceiptOf


class PartDesk:
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
                raise erased()
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
            raise erased()
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


def _broken(reason: str) -> ServiceRejectedError:
    return ServiceRejectedError(
        f"The part does not fit its stream: {reason}.",
        hint="Run `worklog check --evidence`; a restored cache opens a new stream.",
    )
