"""Counts and boxes: what was seen of keyboard and mouse, per minute (R7, R8).

The one distinction that everything rests on: zero means "we looked and there was
nothing", None means "nobody could tell". None is never written as zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Self

from worklog.domain.grid import MINUTES

UNKNOWN: Final[tuple[None, ...]] = (None,) * MINUTES


@dataclass(frozen=True, slots=True)
class Activity:
    """Ten minutes of input; every field has one entry per minute of the slot.

    Attributes:
        keys: Key presses, a held key counted once; None where unknown.
        clicks: Mouse clicks; None where unknown.
        scrolls: Wheel notches; None where unknown.
        active: The boxes: whether the minute saw an event; None where unknown. A way
            that sees activity but cannot count (an idle protocol) knows the box and
            leaves the counts None.

    Raises:
        ValueError: a field is not ten long, a count is negative, or a box denies
            an event that a count has.
    """

    keys: tuple[int | None, ...] = UNKNOWN
    clicks: tuple[int | None, ...] = UNKNOWN
    scrolls: tuple[int | None, ...] = UNKNOWN
    active: tuple[bool | None, ...] = UNKNOWN

    def __post_init__(self) -> None:
        counts = (self.keys, self.clicks, self.scrolls)
        if any(len(field) != MINUTES for field in (*counts, self.active)):
            msg = f"an activity has {MINUTES} minutes"
            raise ValueError(msg)
        if any(count is not None and count < 0 for field in counts for count in field):
            msg = "a count is never negative"
            raise ValueError(msg)
        for minute, box in enumerate(self.active):
            if any(field[minute] for field in counts) and box is not True:
                msg = f"minute {minute} has events, so its box is green"
                raise ValueError(msg)

    @classmethod
    def of_counts(cls, minutes: Iterable[tuple[int, int, int] | None]) -> Self:
        """Return the activity of (keys, clicks, scrolls) per minute, None where unknown."""
        seen = tuple(minutes)
        return cls(
            keys=tuple(None if m is None else m[0] for m in seen),
            clicks=tuple(None if m is None else m[1] for m in seen),
            scrolls=tuple(None if m is None else m[2] for m in seen),
            active=tuple(None if m is None else any(m) for m in seen),
        )

    @property
    def level(self) -> int:
        """Number of green boxes, 0 to 10 (R8)."""
        return sum(box is True for box in self.active)

    @property
    def is_known(self) -> bool:
        """Whether at least one box is known."""
        return any(box is not None for box in self.active)

    @property
    def is_counted(self) -> bool:
        """Whether at least one minute has counts; else input was at most seen."""
        return any(c is not None for field in (self.keys, self.clicks, self.scrolls) for c in field)


def combine(activities: Iterable[Activity]) -> Activity:
    """Return the sum of *activities*: counts added, boxes or-ed (R2).

    A minute stays unknown only where none of them knows it.
    """
    seen = tuple(activities)
    return Activity(
        keys=_sum(seen, lambda activity: activity.keys),
        clicks=_sum(seen, lambda activity: activity.clicks),
        scrolls=_sum(seen, lambda activity: activity.scrolls),
        active=tuple(
            None if not known else any(known)
            for known in (
                [a.active[minute] for a in seen if a.active[minute] is not None]
                for minute in range(MINUTES)
            )
        ),
    )


def _sum(
    activities: tuple[Activity, ...], field: Callable[[Activity], tuple[int | None, ...]]
) -> tuple[int | None, ...]:
    columns = ([c for a in activities if (c := field(a)[m]) is not None] for m in range(MINUTES))
    return tuple(sum(column) if column else None for column in columns)
