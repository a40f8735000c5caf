"""Ten minutes as ten boxes, and shares as bars: the pictures that text can draw.

Colour never says anything alone: every meaning has a sign of its own, with Unicode and
without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from worklog.cli.render.line import Ink, Line, Piece
from worklog.cli.render.look import Look
from worklog.domain.grid import MINUTE_SECONDS, MINUTES
from worklog.domain.part import per_minute, union
from worklog.domain.segment import BilledSegment, Reason

BAR_CELLS: Final = 10
_EIGHTHS: Final = "▁▂▃▄▅▆▇█"
_TENTHS: Final = ".:-=+*#%@"
NEARLY: Final = 0.8  # from here on a limit is worth a warning (R16)


def of_segment(row: BilledSegment, look: Look) -> Line:
    """Return the ten boxes of *row*; time by hand is a bar, deleted time a struck line."""
    segment = row.segment
    if segment.is_deleted:
        return ((look.of("─", "-") * MINUTES, Ink.DIM),)
    tracked = per_minute(segment.tracked)
    by_hand = per_minute(union([(time.start, time.end) for time in segment.manual]))
    is_shared = row.bill.reason is Reason.SHARED
    pieces = []
    for box, seconds, hand in zip(segment.activity.active, tracked, by_hand, strict=True):
        if hand and not seconds and box is not True:
            piece = (look.of("═", "="), Ink.MANUAL)
        else:
            piece = of_minute(box, look, is_tracked=seconds > 0)
        pieces.append((piece[0], Ink.DIM) if is_shared else piece)
    return tuple(pieces)


def of_minute(box: bool | None, look: Look, *, is_tracked: bool) -> Piece:  # noqa: FBT001 -- a box
    """Return one box."""
    if box is True:
        return look.of("▮", "#"), Ink.ACTIVE
    if not is_tracked:
        return " ", Ink.TEXT
    if box is None:
        return "?", Ink.UNKNOWN
    return look.of("▯", "."), Ink.IDLE


def of_open_slot(tracked: Sequence[int], boxes: Sequence[bool | None], look: Look) -> Line:
    """Return the boxes of a slot that is still being recorded; minutes to come are empty."""
    return tuple(
        of_minute(box, look, is_tracked=seconds > 0)
        for box, seconds in zip(boxes, tracked, strict=True)
    )


def share_bar(part: float, whole: float, look: Look, width: int = BAR_CELLS) -> Line:
    """Return how much *part* is of *whole* as a bar, orange from 80 % on."""
    share = min(1.0, part / whole) if whole > 0 else 0.0
    full = int(share * width + 0.5)
    ink = Ink.OVER if share >= NEARLY else Ink.ACTIVE
    return (
        (look.of("▇", "#") * full, ink),
        (look.of("▁", ".") * (width - full), Ink.DIM),
    )


def level(value: float, most: float, look: Look) -> str:
    """Return *value* as one character, as high as its share of *most*; a space for nothing."""
    steps = look.of(_EIGHTHS, _TENTHS)
    if value <= 0 or most <= 0:
        return " "
    return steps[min(len(steps) - 1, int(value / most * len(steps)))]


def shade(seconds: float, look: Look) -> Piece:
    """Return an hour of the heat map by how much of it was worked [s]."""
    share = seconds / (MINUTE_SECONDS * 60)
    if share <= 0:
        return look.of("·", "."), Ink.DIM
    steps = look.of("░▒▓█", "-+*#")
    return steps[min(3, int(share * 4))], Ink.ACTIVE
