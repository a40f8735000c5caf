"""Which windows are covered in a picture before it is written, and where (R21, R29).

A window is covered whole, with its frame and with whatever lies over it: what shows
through is not for a rule to guess. Where nobody knows its place for certain, there is no
picture at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from worklog.app.covered import ByRule, Cause
from worklog.app.ports import Box, Window, WithholdRule
from worklog.app.withholding import match, overlap

SETTING: Final = "redact.apps"
NOWHERE: Final = "nobody knows where it lies"
RESTLESS: Final = "it moved, came or went during the picture"


@dataclass(frozen=True, slots=True)
class Cover:
    """One place that is covered.

    Attributes:
        box: On the desktop.
        cause: What lies there.
    """

    box: Box
    cause: Cause


@dataclass(frozen=True, slots=True)
class Covers:
    """What is to be covered.

    Attributes:
        places: Each with its cause, and once.
        doubt: Why covering would not do and the picture is withheld; None where it does.
        doubted: Whose place is in doubt; None where none is.
    """

    places: tuple[Cover, ...] = ()
    doubt: str | None = None
    doubted: ByRule | None = None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is covered on the desktop, each place once."""
        return tuple(dict.fromkeys(place.box for place in self.places))


def covers(
    looks: Sequence[Iterable[Window]], rules: Sequence[WithholdRule], monitors: Sequence[Box]
) -> Covers:
    """Return what of *monitors* the *rules* cover.

    *looks* are what was visible before and after the grab: only a window that lay at one
    place in all of them is known to lie there in the picture.
    """
    found = [list(_matching(windows, rules, monitors)) for windows in looks]
    causes = [cause for look in found for _, cause in look]
    if not causes:
        return Covers()
    nowhere = next((cause for look in found for box, cause in look if box is None), None)
    if nowhere is not None:
        return Covers(doubt=NOWHERE, doubted=nowhere)
    places = [{box for box, _ in look} for look in found]
    if any(place != places[0] for place in places):
        return Covers(doubt=RESTLESS, doubted=causes[0])
    once = dict.fromkeys(
        Cover(box, cause) for look in found for box, cause in look if box is not None
    )
    return Covers(tuple(sorted(once, key=_order)))


def _matching(
    windows: Iterable[Window], rules: Sequence[WithholdRule], monitors: Sequence[Box]
) -> Iterable[tuple[Box | None, ByRule]]:
    """Yield place and cause of each of *windows* that a rule covers on *monitors*."""
    for window in windows:
        extent = window.extent
        if extent is not None and not any(overlap(extent, monitor) for monitor in monitors):
            continue
        rule = match(window, rules)
        if rule is not None:
            yield extent, ByRule(window.application, rule, SETTING)


def _order(place: Cover) -> tuple[int, ...]:
    box = place.box
    return box.left, box.top, box.width, box.height


def enclosing(one: Box, other: Box) -> Box:
    """Return the smallest rectangle that has both in it."""
    left, top = min(one.left, other.left), min(one.top, other.top)
    right = max(one.left + one.width, other.left + other.width)
    bottom = max(one.top + one.height, other.top + other.height)
    return Box(left, top, right - left, bottom - top)
