"""Parts: what one device recorded for one contract in one slot (R2).

A part is evidence. Once sealed it never changes; what people change later are
amendments. Erasing takes fields out of it and leaves the rest as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from worklog.domain.activity import Activity
from worklog.domain.grid import MINUTE_SECONDS, MINUTES, SLOT_SECONDS, Slot
from worklog.domain.ids import ContractId, DeviceId, PartId

FORMAT: Final = 1


class CaptureState(StrEnum):
    """What became of a capture (R5)."""

    TAKEN = "taken"
    NO_DISPLAY = "no-display"
    DENIED = "denied"
    LOCKED = "locked"
    BLANK = "blank"
    WITHHELD = "withheld"
    FAILED = "failed"
    OFF = "off"  # the freelancer or the policy wants none
    NO_CAMERA = "no-camera"  # of a snapshot alone, as is the next
    BUSY = "busy"


class Role(StrEnum):
    """Which kind of picture a capture is."""

    SCREEN = "screen"
    CAMERA = "camera"


class ClockState(StrEnum):
    """How far the device's wall clock could be trusted while the part was open."""

    STEADY = "steady"
    STEPPED = "stepped"  # it was set by more than two seconds at an end of the part


@dataclass(frozen=True, slots=True)
class Span:
    """Tracked time with what was being worked on.

    Attributes:
        start: First second within the slot, 0 to 599 [s].
        end: Second after the last, above *start*, at most 600 [s].
        memo: Free text, may be empty.
        label: Activity label, may be empty.

    Raises:
        ValueError: the seconds are not an interval inside a slot.
    """

    start: int
    end: int
    memo: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= SLOT_SECONDS:
            msg = f"no span of a slot: {self.start}..{self.end}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Capture:
    """One picture of a part, or why there is none.

    Attributes:
        state: What became of it.
        taken_at: Moment of the grab; for a state without a picture, of the attempt.
        monitor: Monitor number from 0, in the system's order; for a camera its number.
        sha256: Of the image file, hex; empty without a picture.
        thumbnail_sha256: Of the thumbnail file, hex; empty without a picture.
        width: Of the image [px].
        height: Of the image [px].
        covered: Share that a rule covered before the image was written [‰].
    """

    state: CaptureState
    taken_at: datetime
    role: Role = Role.SCREEN
    monitor: int = 0
    sha256: str = ""
    thumbnail_sha256: str = ""
    width: int = 0
    height: int = 0
    covered: int = 0

    @property
    def has_picture(self) -> bool:
        return self.state is CaptureState.TAKEN


@dataclass(frozen=True, slots=True)
class Part:
    """Sealed evidence of one device, contract and slot.

    Attributes:
        part_id: UUIDv7 given at opening; its identity (a restart opens another part).
        device: The installation that recorded it.
        contract: Whom the time belonged to when it was recorded.
        slot: The grid cell.
        opened: Start of tracking in the slot.
        sealed: End of tracking in the slot.
        spans: Tracked seconds with memo and label, ascending, not overlapping. After an
            erasure the words are empty and the seconds stay.
        activity: Counts and boxes per minute.
        application: Of the active window at the capture; None where unknown or erased.
        title: Likewise.
        captures: In the order of their monitors.
        zone: IANA name of the device's time zone; empty where erased.
        utc_offset: Of that zone at opening, east positive [s].
        clock: How far the wall clock could be trusted.
        policy: Version of the policy accepted at opening; 0 where erased.
        marks: Short words on how the part came to be (`crash`, `suspend`, `stepped`…).
        is_erased: A deletion took the fields; header and tombstone are left (R20).

    Raises:
        ValueError: spans overlap or are out of order, or lie outside the opening times.
    """

    part_id: PartId
    device: DeviceId
    contract: ContractId
    slot: Slot
    opened: datetime
    sealed: datetime
    spans: tuple[Span, ...]
    activity: Activity = field(default_factory=Activity)
    application: str | None = None
    title: str | None = None
    captures: tuple[Capture, ...] = ()
    zone: str = "UTC"
    utc_offset: int = 0
    clock: ClockState = ClockState.STEADY
    policy: int = 1
    marks: tuple[str, ...] = ()
    is_erased: bool = False

    def __post_init__(self) -> None:
        if not self.slot.start <= self.opened <= self.sealed <= self.slot.end:
            msg = f"part {self.part_id} reaches out of its slot"
            raise ValueError(msg)
        if any(a.end > b.start for a, b in zip(self.spans, self.spans[1:], strict=False)):
            msg = f"spans of part {self.part_id} overlap"
            raise ValueError(msg)

    @property
    def tracked_seconds(self) -> int:
        """Tracked time, 0 to 600 [s]."""
        return sum(span.end - span.start for span in self.spans)

    @property
    def has_picture(self) -> bool:
        return any(c.has_picture and c.role is Role.SCREEN for c in self.captures)


def per_minute(intervals: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Return the tracked seconds of each minute of disjoint *intervals* [s], ten figures."""
    return tuple(
        sum(
            max(0, min(end, (minute + 1) * MINUTE_SECONDS) - max(start, minute * MINUTE_SECONDS))
            for start, end in intervals
        )
        for minute in range(MINUTES)
    )


def union(intervals: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return *intervals* [s] merged: ascending, disjoint, none touching the next."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
