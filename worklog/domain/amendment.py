"""Amendments: what people change later, as records of their own (R19).

Evidence is immutable, so an edit is not an update but a new record that the fold
applies. One command writes one amendment with all its targets, which makes it the
unit of undo. Kinds that this version does not know are kept and passed on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import total_ordering
from typing import Final, Self

from worklog.domain.grid import SLOT_SECONDS, Slot, epoch_ms, from_epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId

FORMAT: Final = 1
IMPORTED: Final = "imported"  # where manual time came from, beside "manual"


@total_ordering
@dataclass(frozen=True, slots=True)
class Stamp:
    """A hybrid logical clock reading: orders changes of several devices.

    Wall time first; the counter keeps order where wall clocks stand still or step
    back. Source: Kulkarni et al., "Logical Physical Clocks", OPODIS 2014.

    Attributes:
        milliseconds: Wall clock since the Unix epoch, never less than any seen before.
        counter: Ticks within the same millisecond.
    """

    milliseconds: int
    counter: int = 0

    def __lt__(self, other: Stamp) -> bool:
        return (self.milliseconds, self.counter) < (other.milliseconds, other.counter)

    def next(self, now: datetime) -> Self:
        """Return the stamp after this one at wall time *now*."""
        wall = epoch_ms(now)
        if wall > self.milliseconds:
            return type(self)(wall)
        return type(self)(self.milliseconds, self.counter + 1)

    @property
    def instant(self) -> datetime:
        return from_epoch_ms(self.milliseconds)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names a segment: one contract in one slot."""

    slot: Slot
    contract: ContractId


@dataclass(frozen=True, slots=True)
class ManualSpan:
    """Manual time in one slot.

    Attributes:
        slot: The grid cell.
        start: First second within the slot [s].
        end: Second after the last, at most 600 [s].

    Raises:
        ValueError: the seconds are not an interval inside a slot.
    """

    slot: Slot
    start: int = 0
    end: int = SLOT_SECONDS

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= SLOT_SECONDS:
            msg = f"no time of a slot: {self.start}..{self.end}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Describe:
    """Sets memo, label or both of whole segments; None leaves a field as it is."""

    targets: tuple[Key, ...]
    memo: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Manual:
    """Adds time by hand (R25), or imports it (`origin` "imported").

    Its time is known by the amendment's id and the slot.
    """

    contract: ContractId
    spans: tuple[ManualSpan, ...]
    memo: str
    label: str = ""
    origin: str = "manual"


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """The rest of a slot that is still being recorded (R20)."""

    device: DeviceId
    key: Key


@dataclass(frozen=True, slots=True)
class Delete:
    """Erases parts and manual time for good (R20). Not revocable.

    Attributes:
        parts: Parts that lose everything but their header.
        manual: (amendment, slot) of manual time that goes.
        rest: Open slots of a device whose later parts are deleted too.
        keys: The segments that the parts belonged to, so that a tombstone is shown
            even where the part itself was never seen.
    """

    parts: tuple[PartId, ...] = ()
    manual: tuple[tuple[AmendmentId, Slot], ...] = ()
    rest: tuple[OpenTarget, ...] = ()
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class DropSnapshot:
    """Erases camera snapshots and leaves the segment as it is (R6). Not revocable."""

    parts: tuple[PartId, ...]


@dataclass(frozen=True, slots=True)
class RedactedPicture:
    """The picture that took a capture's place (R21).

    Attributes:
        part: Whose capture it was.
        monitor: Which capture of the part.
        sha256: Of the new image file, hex.
        thumbnail_sha256: Of the new thumbnail file, hex.
        permille: Share of the picture that is covered, 1 to 1000 [‰].
    """

    part: PartId
    monitor: int
    sha256: str
    thumbnail_sha256: str
    permille: int


@dataclass(frozen=True, slots=True)
class Redact:
    """Replaces pictures by ones with an opaque fill (R21). Not revocable."""

    pictures: tuple[RedactedPicture, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Gives parts and manual time to another contract of the same service (R26).

    Memo and label do not cross to another contract (R10); the command that moves may
    write new ones in *memo* and *label*. *sources* are all segments that something
    leaves: the lock is judged by them.
    """

    contract: ContractId
    parts: tuple[PartId, ...]
    manual: tuple[tuple[AmendmentId, Slot], ...] = ()
    sources: tuple[Key, ...] = ()
    memo: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Idle:
    """Says what a gap was (R13): it stays unbilled, on purpose.

    Turning a gap into manual time is a `Manual` amendment and needs no record here.
    """

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Choose:
    """Switches who wins the contest of slots (R15)."""

    contract: ContractId
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Accept:
    """The client accepts late or unproven segments (R17, R24)."""

    targets: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Revoke:
    """Undoes other amendments of the same author (R19). Not revocable itself."""

    amendments: tuple[AmendmentId, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A kind of a later version: kept, passed on, without effect here."""

    kind: str
    content: str = field(repr=False)  # its canonical JSON, as received


Change = (
    Describe
    | Manual
    | Delete
    | DropSnapshot
    | Redact
    | Move
    | Idle
    | Choose
    | Accept
    | Revoke
    | Unknown
)

REVOCABLE: Final = (Describe, Manual, Move, Idle, Choose)
# What the lock freezes: words and time. Erasure and acceptance go on (R23).
FROZEN_BY_LOCK: Final = (Describe, Manual, Move, Idle, Choose, Revoke)


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change with its author and its place in the order.

    Attributes:
        amendment_id: UUIDv7; breaks ties of *stamp*.
        stamp: Hybrid logical clock; later wins, field by field.
        author: Who wrote it: `freelancer`, or the account's name on a service.
        device: Which installation wrote it.
        change: What it does.
    """

    amendment_id: AmendmentId
    stamp: Stamp
    author: str
    device: DeviceId
    change: Change

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: stamp, then id."""
        return (self.stamp.milliseconds, self.stamp.counter, self.amendment_id)


def unit_of(amendment: Amendment) -> tuple[str, ...]:
    """Return what names the command that wrote *amendment*: those of one unit go together.

    A command writes one amendment, but an import writes one for each entry, all of them
    with the same millisecond in their stamps.
    """
    change = amendment.change
    if isinstance(change, Manual) and change.origin == IMPORTED:
        return (IMPORTED, amendment.device, str(amendment.stamp.milliseconds))
    return (amendment.amendment_id,)


def in_force(amendments: list[Amendment]) -> list[Amendment]:
    """Return *amendments* in order, without the revoked ones and the revocations.

    A revocation counts only for changes of the same author that may be revoked; it
    holds whatever order both arrive in. Doubles of an id count once.
    """
    unique = {amendment.amendment_id: amendment for amendment in amendments}
    revoked = {
        target
        for amendment in unique.values()
        if isinstance(amendment.change, Revoke)
        for target in amendment.change.amendments
        if target in unique
        and unique[target].author == amendment.author
        and isinstance(unique[target].change, REVOCABLE)
    }
    return sorted(
        (
            amendment
            for amendment in unique.values()
            if amendment.amendment_id not in revoked and not isinstance(amendment.change, Revoke)
        ),
        key=lambda amendment: amendment.order,
    )
