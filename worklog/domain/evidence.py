"""Evidence: what a sealed part proves, and what erasing leaves of it (R20, R21, R32).

A part's header is signed once and never changes. It holds no content, only one
salted commitment per field, so a field can be destroyed together with its salt and
the header goes on to verify: nobody can guess the field back from what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol, Self

from worklog.domain.activity import Activity
from worklog.domain.amendment import (
    Amendment,
    Delete,
    DropSnapshot,
    Key,
    Redact,
)
from worklog.domain.canonical import Json, canonical, parse, parse_json
from worklog.domain.ids import DeviceId, PartId
from worklog.domain.part import ClockState, Part, Role

SALT_BYTES: Final = 32
# Keeps a commitment from being the hash of anything else. The name of the field and the
# salt follow; a name has no NUL and a salt one length, so no two fields share an input.
_COMMITMENT: Final = b"worklog part field 1\0"
_NAME_END: Final = b"\0"


class Signer(Protocol):
    """Holds the private key of this device."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 key that belongs to the signatures."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature of *message*."""
        ...


Verifier = Callable[[bytes, bytes], bool]  # (message, signature) -> does it hold?


@dataclass(frozen=True, slots=True)
class Field:
    """A value with the salt of its commitment. One is of no use without the other.

    Attributes:
        salt: `SALT_BYTES` random bytes, used for nothing else.
        value: What the header commits to.
    """

    salt: bytes
    value: Json

    def commitment(self, name: str) -> str:
        """Return the salted commitment to this value as field *name*, hex."""
        content = _COMMITMENT + name.encode() + _NAME_END + self.salt + canonical(self.value)
        return hashlib.sha256(content).hexdigest()


def encode_fields(fields: Mapping[str, Field]) -> str:
    """Return *fields* as the text in which they are kept and travel."""
    return canonical(
        {name: {"salt": f.salt.hex(), "value": f.value} for name, f in fields.items()}
    ).decode()


def decode_fields(text: str) -> dict[str, Field]:
    """Return the fields of *text*.

    Raises:
        ValueError: it is not the text of fields.
    """
    content = parse_json(text)
    if not isinstance(content, Mapping):
        msg = "fields are a JSON object"
        raise ValueError(msg)  # noqa: TRY004 -- bad data, not a bad call
    fields = {}
    for name, entry in content.items():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("salt"), str):
            msg = f"field {name} has no salt"
            raise ValueError(msg)  # noqa: TRY004 -- bad data, not a bad call
        fields[name] = Field(bytes.fromhex(str(entry["salt"])), entry.get("value"))
    return fields


def without(fields: str, names: Callable[[str], bool]) -> str:
    """Return the text *fields* with value and salt of those that *names* picks destroyed."""
    return encode_fields({n: f for n, f in decode_fields(fields).items() if not names(n)})


@dataclass(frozen=True, slots=True)
class Record:
    """A sealed part as it is kept, on both sides, byte for byte.

    Attributes:
        header: The canonical bytes that were signed.
        signature: Ed25519, by the device's key.
        fields: Text of the fields that were not erased.
    """

    header: bytes
    signature: bytes
    fields: str

    @property
    def digest(self) -> str:
        """What the next header of the stream names as `previous`, hex."""
        return hashlib.sha256(self.header).hexdigest()


class FieldState(StrEnum):
    """What verification says of one field."""

    HOLDS = "holds"
    ERASED = "erased"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first record of a stream that does not hold.

    Attributes:
        part: Its part id; empty where the header cannot be read.
        sequence: Where in the stream it was expected, from 1.
        reason: What is wrong with it, in a few words.
    """

    part: str
    sequence: int
    reason: str


def field_states(record: Record) -> dict[str, FieldState]:
    """Return for every field that the header commits to whether it holds.

    A field that the header does not know is broken too.

    Raises:
        ValueError: header or fields cannot be read.
    """
    commitments = _header(record).get("commitments")
    if not isinstance(commitments, Mapping):
        msg = "the header has no commitments"
        raise ValueError(msg)  # noqa: TRY004 -- bad data, not a bad call
    fields = decode_fields(record.fields)
    states = dict.fromkeys(commitments, FieldState.ERASED)
    for name, field in fields.items():
        holds = commitments.get(name) == field.commitment(name)
        states[name] = FieldState.HOLDS if holds else FieldState.BROKEN
    return states


def verify_chain(records: Iterable[Record], verify: Verifier, *, stream: str) -> Broken | None:
    """Return the first of *records* that does not hold; None if all do.

    *records* are those of one stream, in order. Erased fields hold; the number of
    records proves nothing about what came after the last one.
    """
    previous = ""
    for sequence, record in enumerate(records, start=1):
        part = ""
        try:
            header = _header(record)
            part = str(header.get("part", ""))
            states = field_states(record)
        except ValueError as error:
            return Broken(part, sequence, f"it cannot be read: {error}")
        reason = (
            _wrong_place(header, stream=stream, sequence=sequence, previous=previous)
            or ("" if verify(record.header, record.signature) else "its signature does not hold")
            or _wrong_fields(states)
        )
        if reason:
            return Broken(part, sequence, reason)
        previous = record.digest
    return None


def _wrong_place(header: Mapping[str, Json], *, stream: str, sequence: int, previous: str) -> str:
    if header.get("stream") != stream:
        return "it belongs to another stream"
    if header.get("sequence") != sequence:
        return f"record {sequence} is missing"
    if header.get("previous") != previous:
        return "it does not follow the record before it"
    return ""


def _wrong_fields(states: Mapping[str, FieldState]) -> str:
    broken = sorted(name for name, state in states.items() if state is FieldState.BROKEN)
    return f"changed since it was signed: {', '.join(broken)}" if broken else ""


def _header(record: Record) -> Mapping[str, Json]:
    header = parse(record.header)
    if not isinstance(header, Mapping):
        msg = "the header is no JSON object"
        raise ValueError(msg)  # noqa: TRY004 -- bad data, not a bad call
    return header


@dataclass(frozen=True, slots=True)
class Erasures:
    """What amendments took out of parts for good. Nothing revokes it.

    Attributes:
        parts: Deleted parts.
        rest: Slots of a device and contract of which every part is deleted, also one
            that is still to come.
        snapshots: Parts without their camera pictures.
        pictures: (part, monitor) of screenshots whose original was redacted.
    """

    parts: frozenset[PartId] = frozenset()
    rest: frozenset[tuple[DeviceId, Key]] = frozenset()
    snapshots: frozenset[PartId] = frozenset()
    pictures: frozenset[tuple[PartId, int]] = frozenset()

    @classmethod
    def of(cls, amendments: Iterable[Amendment]) -> Self:
        """Return what *amendments* erase."""
        changes = [amendment.change for amendment in amendments]
        deletions = [change for change in changes if isinstance(change, Delete)]
        return cls(
            parts=frozenset(part for change in deletions for part in change.parts),
            rest=frozenset((to.device, to.key) for change in deletions for to in change.rest),
            snapshots=frozenset(
                part
                for change in changes
                if isinstance(change, DropSnapshot)
                for part in change.parts
            ),
            pictures=frozenset(
                (picture.part, picture.monitor)
                for change in changes
                if isinstance(change, Redact)
                for picture in change.pictures
            ),
        )

    def cover(self, part: Part) -> bool:
        """Return whether *part* is deleted."""
        return part.part_id in self.parts or (
            (part.device, Key(part.slot, part.contract)) in self.rest
        )


def strip(part: Part, erasures: Erasures) -> Part:
    """Return *part* without what *erasures* took from it."""
    if erasures.cover(part):
        return replace(
            part,
            spans=tuple(replace(span, memo="", label="") for span in part.spans),
            activity=Activity(),
            application=None,
            title=None,
            captures=(),
            zone="",
            utc_offset=0,
            clock=ClockState.STEADY,
            policy=0,
            is_erased=True,
        )
    captures = tuple(
        replace(capture, sha256="", thumbnail_sha256="")
        if capture.role is Role.SCREEN and (part.part_id, capture.monitor) in erasures.pictures
        else capture
        for capture in part.captures
        if not (capture.role is Role.CAMERA and part.part_id in erasures.snapshots)
    )
    return part if captures == part.captures else replace(part, captures=captures)
