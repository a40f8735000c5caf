"""How things stand with the tracker at one moment, for displays and status files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from worklog.app.figures import Figures
from worklog.domain.contract import Contract
from worklog.domain.cover_tally import CoverTally
from worklog.domain.grid import Slot
from worklog.domain.session import Session


@dataclass(frozen=True, slots=True)
class LastCapture:
    """The latest capture of this session.

    Attributes:
        taken_at: When.
        state: `taken`, or why there is no picture.
        application: Of the active window; empty where unknown.
        title: Likewise.
        leaves_at: When the part may leave this machine at the earliest (R28); None for
            a local contract.
        covered: How much of it was covered.
    """

    taken_at: datetime
    state: str
    application: str
    title: str
    leaves_at: datetime | None
    covered: CoverTally = field(default_factory=CoverTally)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tracker at one moment.

    Attributes:
        now: That moment.
        session: The running session.
        contract: Its contract.
        memo: In force.
        label: In force.
        session_seconds: Tracked time of the session [s]; not the bill.
        slot: The slot of *now*.
        tracked: Tracked seconds per minute of that slot, ten figures [s].
        boxes: Boxes of that slot so far; None where unknown.
        is_capture_due: A picture of this slot is still to come.
        capture: The latest one; None before the first.
        pause: Why tracking is paused; empty while it is not.
        pause_since: Since when; None while it is not.
        figures: Today and this week.
        warnings: What is wrong now, one sentence each.
        until: When tracking ends by itself; None if it does not.
        waits_for: What keeps the loop from going on: `reading` or `picture`; empty if nothing.
    """

    now: datetime
    session: Session
    contract: Contract
    memo: str
    label: str
    session_seconds: int
    slot: Slot
    tracked: tuple[int, ...]
    boxes: tuple[bool | None, ...]
    is_capture_due: bool
    capture: LastCapture | None
    pause: str
    pause_since: datetime | None
    figures: Figures
    warnings: tuple[str, ...]
    until: datetime | None
    waits_for: str = ""
