"""Which windows are covered in a picture before it is written, and where (R21, R29).

A window is covered whole, with its frame and with whatever lies over it: what shows
through is not for a rule to guess. Where nobody knows its place for certain, there is no
picture at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Box, Window, WithholdRule
from worklog.app.withholding import match, overlap

NOWHERE: Final = "nobody knows where it lies"
RESTLESS: Final = "it moved, came or went during the picture"


@dataclass(frozen=True, slots=True)
class Covers:
    """What is to be covered.

    Attributes:
        boxes: On the desktop, each once.
        reasons: Application and rule of each window, never a title.
        doubt: Why covering would not do and the picture is withheld; None where it does.
    """

    boxes: tuple[Box, ...] = ()
    reasons: tuple[str, ...] = ()
    doubt: str | None = None


def covers(
    looks: Sequence[Iterable[Window]], rules: Sequence[WithholdRule], monitors: Sequence[Box]
) -> Covers:
    """Return what of *monitors* the *rules* cover.

    *looks* are what was visible before and after the grab: only a window that lay at one
    place in all of them is known to lie there in the picture.
    """
    found = [list(_matching(windows, rules, monitors)) for windows in looks]
    reasons = dict.fromkeys(reason for look in found for _, reason in look)
    if not reasons:
        return Covers()
    nowhere = next((reason for look in found for box, reason in look if box is None), None)
    if nowhere is not None:
        return Covers(doubt=f"{nowhere}: {NOWHERE}")
    places = [{box for box, _ in look if box is not None} for look in found]
    if any(place != places[0] for place in places):
        return Covers(doubt=f"{next(iter(reasons))}: {RESTLESS}")
    boxes = sorted(places[0], key=lambda box: (box.left, box.top, box.width, box.height))
    return Covers(tuple(boxes), tuple(reasons))


def _matching(
    windows: Iterable[Window], rules: Sequence[WithholdRule], monitors: Sequence[Box]
) -> Iterable[tuple[Box | None, str]]:
    """Yield place and reason of each of *windows* that a rule covers on *monitors*."""
    for window in windows:
        extent = window.extent
        if extent is not None and not any(overlap(extent, monitor) for monitor in monitors):
            continue
        rule = match(window, rules)
        if rule is not None:
            yield extent, why(window, rule)


def why(window: Window, rule: WithholdRule) -> str:
    """Return in words which application a rule speaks of, and which rule."""
    return f"{window.application or 'a window'} ({rule.field} matches /{rule.pattern}/)"


def enclosing(one: Box, other: Box) -> Box:
    """Return the smallest rectangle that has both in it."""
    left, top = min(one.left, other.left), min(one.top, other.top)
    right = max(one.left + one.width, other.left + other.width)
    bottom = max(one.top + one.height, other.top + other.height)
    return Box(left, top, right - left, bottom - top)
