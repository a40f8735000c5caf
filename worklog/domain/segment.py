"""Segments: what people see. All parts and amendments of one contract in one slot, folded.

The types only; `fold` makes them and `billing` puts a price on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from worklog.domain.activity import Activity
from worklog.domain.amendment import Key
from worklog.domain.ids import AmendmentId, DeviceId, PartId
from worklog.domain.part import Capture, union


class Origin(StrEnum):
    """How a segment's time came to be."""

    TRACKED = "tracked"
    MANUAL = "manual"
    IMPORTED = "imported"


class Reason(StrEnum):
    """Why a segment bills or not: the first step of billing that it fails."""

    BILLED = "billed"
    DELETED = "deleted"
    LATE = "late"
    IDLE = "idle"
    SHARED = "shared"
    UNPROVEN = "unproven"
    OVER_LIMIT = "over-limit"


@dataclass(frozen=True, slots=True)
class Picture:
    """One capture of a segment, with what was done to it since.

    Attributes:
        part: Whose it is.
        capture: As it was recorded; after a redaction with the new digests.
        redacted: Share covered, by a rule before it was written or afterwards [‰]; 0 for none.
    """

    part: PartId
    capture: Capture
    redacted: int = 0


@dataclass(frozen=True, slots=True)
class ManualTime:
    """Time added by hand to a segment; known by its amendment and the segment's slot."""

    amendment: AmendmentId
    start: int  # [s] within the slot
    end: int  # [s]
    memo: str
    label: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Segment:
    """One contract in one slot.

    Attributes:
        key: Slot and contract.
        memo: The one that names the segment (R10), or an edit of it.
        label: Likewise.
        origin: `tracked` where tracked time counts; `manual` or `imported` where only
            time added by hand does.
        spans: (start, end, memo, label) of every span of its parts [s]; words as
            recorded, empty where deleted, those of the `Move` where they moved here.
        tracked: Union of its live tracked spans [s], ascending and disjoint.
        manual: Live manual time.
        activity: Of all live parts.
        application: Of the latest live part that has one.
        title: Of that same part.
        pictures: Of all live parts, in order of part and monitor.
        parts: All parts that are here: recorded and not moved away, deleted (they lie
            where they were recorded, as their signed header says), or moved here.
        devices: Which installations recorded them.
        marks: Sorted words: `deleted`, `partly-deleted`, `moved` (something left for
            another contract), `redacted`, `late` (some of it), `stepped` (a clock was
            set), and those of the live parts.
        first: First instant of live time; the slot's start without any.
        policy: Highest accepted policy version of its live parts; 0 without any.
        is_deleted: All that was here has been deleted or has gone elsewhere.
        is_late: All its live time was received after the lock (R24).
        is_accepted: The client accepted it (R17, R24).
        is_chosen: The freelancer made it the winner of its slot (R15).
        history: Amendments in force that touched it, in order.
    """

    key: Key
    memo: str = ""
    label: str = ""
    origin: Origin = Origin.TRACKED
    spans: tuple[tuple[int, int, str, str], ...] = ()
    tracked: tuple[tuple[int, int], ...] = ()
    manual: tuple[ManualTime, ...] = ()
    activity: Activity = field(default_factory=Activity)
    application: str | None = None
    title: str | None = None
    pictures: tuple[Picture, ...] = ()
    parts: tuple[PartId, ...] = ()
    devices: tuple[DeviceId, ...] = ()
    marks: tuple[str, ...] = ()
    first: datetime | None = None
    policy: int = 0
    is_deleted: bool = False
    is_late: bool = False
    is_accepted: bool = False
    is_chosen: bool = False
    history: tuple[AmendmentId, ...] = ()

    @property
    def tracked_seconds(self) -> int:
        """Real tracked time, 0 to 600 [s] (R18)."""
        return sum(end - start for start, end in self.tracked)

    @property
    def manual_seconds(self) -> int:
        """Time by hand beside tracked time, 0 to 600 [s]."""
        return sum(end - start for start, end in union([(m.start, m.end) for m in self.manual]))


@dataclass(frozen=True, slots=True)
class Bill:
    """What a segment is worth.

    Attributes:
        seconds: Billed time, 0 to 600 [s].
        reason: `billed`, or the first step that failed.
        amount: Its share of the contract's weekly money (R18); None without a rate.
        currency: ISO 4217 code; empty without a rate.
    """

    seconds: int
    reason: Reason
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class BilledSegment:
    """A segment with its bill: the row that every view is made of."""

    segment: Segment
    bill: Bill
