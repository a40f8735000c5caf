"""The words and letters for what a segment is: why it bills or not, its marks, its capture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from worklog.domain.part import Capture, CaptureState, Role
from worklog.domain.segment import BilledSegment, Origin, Reason

MARKS: Final[Mapping[str, str]] = {
    "x": "deleted",
    "l": "late",
    "s": "shared",
    "o": "over limit",
    "u": "unproven",
    "m": "manual",
    "r": "redacted",
}
_OF_REASON: Final = {
    Reason.DELETED: "x",
    Reason.LATE: "l",
    Reason.SHARED: "s",
    Reason.OVER_LIMIT: "o",
    Reason.UNPROVEN: "u",
}
REASONS: Final[Mapping[Reason, str]] = {
    Reason.BILLED: "billed",
    Reason.DELETED: "not billed: it was deleted",
    Reason.LATE: "not billed: it came after the lock and is not accepted yet",
    Reason.IDLE: "not billed: no minute of it saw any input",
    Reason.SHARED: "not billed: this time bills for another contract",
    Reason.UNPROVEN: "not billed: there is no proof, and the week's allowance is used up",
    Reason.OVER_LIMIT: "not billed: the weekly limit was reached",
}
UNCOUNTED: Final = "not known: input was seen and not counted"
STATES: Final[Mapping[CaptureState, str]] = {
    CaptureState.TAKEN: "taken",
    CaptureState.NO_DISPLAY: "no display",
    CaptureState.DENIED: "not permitted",
    CaptureState.LOCKED: "screen locked",
    CaptureState.BLANK: "blank screen",
    CaptureState.WITHHELD: "withheld by a rule",
    CaptureState.FAILED: "failed",
    CaptureState.OFF: "switched off",
    CaptureState.NO_CAMERA: "no camera",
    CaptureState.BUSY: "in use by another program",
}


def what_became(capture: Capture) -> str:
    """Return in a few words what became of *capture*."""
    if capture.role is Role.CAMERA and capture.state is CaptureState.BLANK:
        return "nothing to see"
    return STATES[capture.state]


def covered_in_words(share: int, when_taken: int) -> str:
    """Return how much of a picture is covered, and since when.

    Args:
        share: What is covered now [‰].
        when_taken: What of it was covered before the picture was written [‰].
    """
    if not share:
        return ""
    how = f"{share / 10:g} % covered"
    if not when_taken:
        return f"{how} by hand"
    if share == when_taken:
        return f"{how} when it was taken"
    return f"{how}, {when_taken / 10:g} % when it was taken and the rest by hand"


def marks(row: BilledSegment) -> str:
    """Return the letters of what is special about *row*, the weightiest first."""
    found = {_OF_REASON.get(row.bill.reason, "")}
    segment = row.segment
    if segment.is_deleted:
        return "x"
    if segment.origin is not Origin.TRACKED or segment.manual:
        found.add("m")
    if segment.is_late:
        found.add("l")
    if "redacted" in segment.marks or any(picture.redacted for picture in segment.pictures):
        found.add("r")
    return "".join(letter for letter in MARKS if letter in found)
