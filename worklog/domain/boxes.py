"""The ten boxes of a segment as every view draws them: what each minute is, no more."""

from __future__ import annotations

from enum import StrEnum

from worklog.domain.part import per_minute, union
from worklog.domain.segment import Segment


class BoxKind(StrEnum):
    """What a minute of a segment was; the letters are the classes of the pages."""

    ACTIVE = "a"
    IDLE = "i"
    UNKNOWN = "u"
    MANUAL = "m"
    NOTHING = ""  # not tracked


def boxes_of(segment: Segment) -> tuple[BoxKind, ...]:
    """Return what each of the ten minutes of *segment* was."""
    tracked = per_minute(segment.tracked)
    by_hand = per_minute(union([(time.start, time.end) for time in segment.manual]))
    return tuple(
        _kind(box, is_tracked=tracked[minute] > 0, is_manual=by_hand[minute] > 0)
        for minute, box in enumerate(segment.activity.active)
    )


def _kind(box: bool | None, *, is_tracked: bool, is_manual: bool) -> BoxKind:  # noqa: FBT001 -- a box
    if box is True:
        return BoxKind.ACTIVE
    if not is_tracked:
        return BoxKind.MANUAL if is_manual else BoxKind.NOTHING
    return BoxKind.UNKNOWN if box is None else BoxKind.IDLE
