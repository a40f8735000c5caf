"""Where a picture belongs, and which bytes are the ones that were signed or redacted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worklog.domain.amendment import Amendment, Redact, RedactedPicture
from worklog.domain.contract import Screenshots
from worklog.domain.evidence import Erasures
from worklog.domain.ids import ContractId
from worklog.domain.part import Role
from worklog.errors import ConflictError, PolicyError, ServiceRejectedError
from worklog.service.authorize import Verb, authorize
from worklog.service.problems import not_found
from worklog.service.received import Received, erased
from worklog.service.scope import Scope
from worklog.service.store import accounts, diary, evidence
from worklog.service.verifying import capture_at, has_picture_at
from worklog.wire.part import decode_part
from worklog.wire.sync.receipts import SignedReceipt


@dataclass(frozen=True, slots=True)
class Place:
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
            raise erased()
        if digest != self.wanted:
            msg = "This is not the picture that the part was signed with."
            raise ServiceRejectedError(msg, hint="Run `worklog check --pictures`.")


def stored_picture(place: Place, digest: str) -> Received:
    assert place.stored is not None  # noqa: S101 -- the caller has looked
    known, receipt = place.stored
    if known != digest:
        msg = "Another picture is there."
        raise ConflictError(msg, hint="Run `worklog check --pictures`.")
    return Received(receipt, is_new=False)


def place_of(scope: Scope, part_id: str, position: int) -> Place:
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
        raise erased()
    capture, wanted = capture_at(row.fields, position)
    if capture is None:
        raise erased()
    redacted = redaction_of(amendments, part_id, capture.monitor)
    if capture.role is Role.SCREEN and redacted is not None:
        wanted = redacted.sha256
    contract = accounts.contracts_of(scope, owner)[ContractId(row.contract_id)]
    stored = evidence.picture(scope, owner, part_id, position)
    return Place(
        contract=contract.contract_id,
        role=capture.role,
        monitor=capture.monitor,
        wanted=wanted,
        is_forbidden=contract.policy(part.policy).screenshots is Screenshots.FORBIDDEN,
        stored=None if stored is None else (stored.sha256, evidence.receipt_of(stored)),
    )


def redaction_of(
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
