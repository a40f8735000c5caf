"""What is looked at before anything of an upload is believed. Pure but for the signature.

Everything here is about the upload by itself; what is there already, and to whom the
contract belongs, is for `worklog.service.ingest`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from worklog.domain.amendment import (
    Accept,
    Amendment,
    Choose,
    Delete,
    Describe,
    Manual,
    Move,
)
from worklog.domain.evidence import FieldState, Record, decode_fields, field_states
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.ids import ContractId, DeviceId, StreamId
from worklog.domain.part import Capture, Part
from worklog.domain.text import LABEL_LENGTH, MEMO_LENGTH
from worklog.domain.touching import refs_of, slots_of
from worklog.errors import InvalidTimeError, ServiceRejectedError
from worklog.service.receipts import verifies
from worklog.service.scope import Actor
from worklog.service.store.evidence import NewPart
from worklog.wire.amendment import decode_amendment
from worklog.wire.part import decode_capture, decode_part
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.messages import LARGEST_AMENDMENT, MOST_AHEAD, read_message

TITLE_LENGTH: Final = 512  # of application and window title [characters]
MOST_CAPTURES: Final = 64  # monitors and cameras of one part
OWN_AUTHOR: Final = "freelancer"  # what a tracker calls its user
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """A part that holds by itself.

    Attributes:
        new: Its row.
        part: What it says.
        public_key: The device's key that its signature was made with.
    """

    new: NewPart
    part: Part
    public_key: bytes


def is_id(text: str) -> bool:
    """Return whether *text* may name something."""
    return _ID.fullmatch(text) is not None


def check_part(
    record: Record, *, keys: Mapping[DeviceId, Iterable[bytes]], name: str | None = None
) -> CheckedPart:
    """Return the part of *record*, if it holds by itself.

    Args:
        record: As it came.
        keys: Public keys of the account's devices: what one recorded another may carry.
        name: The id that it was sent under.

    Raises:
        ServiceRejectedError: it cannot be read, or was not signed by its device, or a
            field is not the one that was committed to.
    """
    try:
        states = field_states(record)
        # A header that says the same in other bytes would be another digest.
        frame = read_message(record.header, "header")
        read_message(record.fields.encode(), "fields")
        part = decode_part(record.header, record.fields)
        new = _row(frame, record, part)
    except (ValueError, OverflowError) as error:
        raise _refused(reason=f"it cannot be read: {error}") from error
    if name is not None and new.part_id != name:
        raise _refused(reason="it was sent under the id of another")
    if new.device not in keys:
        raise _refused(reason="no device of this account recorded it")
    broken = sorted(field for field, state in states.items() if state is FieldState.BROKEN)
    if broken:
        raise _refused(reason=f"changed since it was signed: {', '.join(broken)[:200]}")
    for key in keys[new.device]:
        if verifies(key, record.header, record.signature):
            return CheckedPart(new, part, key)
    raise _refused(reason="its signature does not hold")


def check_slot(part: Part, *, at_ms: int) -> None:
    """Let *part* pass unless its slot is still to come.

    Raises:
        InvalidTimeError: it begins more than `MOST_AHEAD` from now.
    """
    if part.slot.start > from_epoch_ms(at_ms) + MOST_AHEAD:
        msg = f"The part is of a slot that is still to come: {part.slot.start:%Y-%m-%dT%H:%MZ}."
        raise InvalidTimeError(msg, hint="Set the clock of this machine.")


def capture_at(fields: str, position: int) -> tuple[Capture | None, str]:
    """Return the capture at *position* of a part's fields, and its digest.

    None where it was erased; an empty digest where the picture was.
    """
    known = decode_fields(fields)
    capture = known.get(f"capture.{position}")
    if capture is None:
        return None, ""
    part_fields = Reader(capture.value, "capture")
    picture = known.get(f"picture.{position}")
    digest = "" if picture is None else Reader(picture.value, "picture").text("sha256")
    members = {name: part_fields.value(name) for name in part_fields.names()}
    return decode_capture(Reader(members, "capture")), digest


def has_picture_at(header: bytes, position: int) -> bool:
    """Return whether the header of a part commits to a picture at *position*."""
    commitments = read_message(header, "header").object("commitments")
    return f"picture.{position}" in commitments


def check_amendment(
    text: str, *, actor: Actor, devices: Collection[DeviceId], at_ms: int
) -> Amendment:
    """Return the amendment of *text*, if it holds by itself; *devices* are the account's.

    Raises:
        ServiceRejectedError: it cannot be read, or is not of this account.
        InvalidTimeError: it was made in the future.
    """
    try:
        read_message(text.encode(), "amendment", most=LARGEST_AMENDMENT)
        amendment = decode_amendment(text)
        _check_words(amendment)
    except (ValueError, OverflowError) as error:
        raise _refused(reason=f"it cannot be read: {error}", what="amendment") from error
    if not is_id(amendment.amendment_id):
        raise _refused(reason="its id is none", what="amendment")
    if amendment.device not in devices:
        raise _refused(reason="no device of this account wrote it", what="amendment")
    if amendment.author not in {OWN_AUTHOR, actor.name}:
        raise _refused(reason="somebody else wrote it", what="amendment")
    now = from_epoch_ms(at_ms)
    latest = Slot.containing(now + MOST_AHEAD)
    is_ahead = amendment.stamp.milliseconds > epoch_ms(now + MOST_AHEAD)
    if is_ahead or any(slot > latest for slot in slots_of(amendment.change)):
        msg = "The amendment was made in the future."
        raise InvalidTimeError(msg, hint="Set the clock of this machine.")
    return amendment


def contracts_of(amendment: Amendment) -> frozenset[ContractId]:
    """Return the contracts that *amendment* names."""
    match amendment.change:
        case Describe(targets=keys) | Accept(targets=keys):
            return frozenset(key.contract for key in keys)
        case Manual(contract=contract) | Choose(contract=contract):
            return frozenset({contract})
        case Move(contract=contract, sources=keys):
            return frozenset({contract, *(key.contract for key in keys)})
        case Delete(keys=keys, rest=rest):
            return frozenset([*(k.contract for k in keys), *(to.key.contract for to in rest)])
        case _:
            return frozenset()


def _row(frame: Reader, record: Record, part: Part) -> NewPart:
    new = NewPart(
        part_id=part.part_id,
        device=part.device,
        contract=part.contract,
        slot=part.slot.index,
        stream=StreamId(frame.text("stream")),
        sequence=frame.integer("sequence"),
        previous=frame.text("previous"),
        digest=record.digest,
        header=record.header,
        signature=record.signature,
        fields=record.fields,
    )
    for what in (new.part_id, new.device, new.contract, new.stream):
        if not is_id(what):
            msg = "an id is none"
            raise MalformedError(msg)
    if new.sequence < 1 or new.slot < 0:
        msg = "its place is none"
        raise MalformedError(msg)
    if (new.sequence == 1) != (new.previous == "") or not (
        new.previous == "" or _DIGEST.fullmatch(new.previous)
    ):
        msg = "it does not say what it follows"
        raise MalformedError(msg)
    if len(part.captures) > MOST_CAPTURES or len(part.marks) > MOST_CAPTURES:
        msg = "it has too many captures"
        raise MalformedError(msg)
    lengths = [(span.memo, MEMO_LENGTH) for span in part.spans]
    lengths += [(span.label, LABEL_LENGTH) for span in part.spans]
    lengths += [(part.application or "", TITLE_LENGTH), (part.title or "", TITLE_LENGTH)]
    lengths += [(part.zone, LABEL_LENGTH), *((mark, LABEL_LENGTH) for mark in part.marks)]
    _check_lengths(lengths)
    return new


def _check_words(amendment: Amendment) -> None:
    is_early = any(slot.index < 0 for slot in slots_of(amendment.change))
    if is_early or amendment.stamp.milliseconds < 0 or amendment.stamp.counter < 0:
        msg = "it is of a time before 1970"
        raise MalformedError(msg)
    for name in (*refs_of(amendment.change), *contracts_of(amendment)):
        if not is_id(name):
            msg = "an id is none"
            raise MalformedError(msg)
    match amendment.change:
        case (
            Describe(memo=memo, label=label)
            | Manual(memo=memo, label=label)
            | Move(memo=memo, label=label)
        ):
            _check_lengths([(memo or "", MEMO_LENGTH), (label or "", LABEL_LENGTH)])


def _check_lengths(words: Iterable[tuple[str, int]]) -> None:
    for word, most in words:
        if len(word) > most:
            msg = f"a text has more than {most} characters"
            raise MalformedError(msg)


def _refused(reason: str, *, what: str = "part") -> ServiceRejectedError:
    return ServiceRejectedError(
        f"The {what} does not hold: {reason}.",
        hint="Run `worklog check --evidence` on the machine that sent it.",
    )
