"""What was covered in a picture and why: applications, rules and kinds, never what stood there.

It is told while it is known, by `preview` and by the tracker. A part keeps only how much of
a picture was covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from worklog.app.ports import Box, WithholdRule
from worklog.domain.cover_tally import CoverTally
from worklog.domain.secret_forms import SecretKind


@dataclass(frozen=True, slots=True)
class ByRule:
    """A window that a rule names; its title is not kept.

    Attributes:
        application: Whose window it is; may be empty.
        rule: The rule.
        setting: Where the rule stands: `redact.apps` or `capture.withhold`.
    """

    application: str
    rule: WithholdRule
    setting: str

    def __str__(self) -> str:
        """Return in words which application the rule speaks of, and which rule."""
        name = self.application or "a window"
        return f"{name} ({self.rule.field} matches /{self.rule.pattern}/)"


SECRETS: Final = "redact.secrets"

Cause = ByRule | SecretKind


@dataclass(frozen=True, slots=True)
class Covered:
    """What one cause covers of one picture.

    Attributes:
        cause: A window that a rule names, or the kind of a secret.
        boxes: On the desktop: a box a window, or a line that holds a secret.
        permille: Share of the picture, counted whole where causes overlap [‰, rounded up].
    """

    cause: Cause
    boxes: tuple[Box, ...]
    permille: int


def covered_on(monitor: Box, places: Iterable[tuple[Box, Cause]]) -> tuple[Covered, ...]:
    """Return what *places* cover of *monitor*, by cause, in the order of their first place."""
    groups: dict[Cause, list[Box]] = {}
    for box, cause in places:
        if share(monitor, [box]):
            groups.setdefault(cause, []).append(box)
    return tuple(
        Covered(cause, tuple(boxes), share(monitor, boxes)) for cause, boxes in groups.items()
    )


def together(pictures: Mapping[int, tuple[Covered, ...]]) -> tuple[tuple[Cause, int], ...]:
    """Return each cause and how often it was found; what reaches into two pictures counts once."""
    found: dict[Cause, set[Box]] = {}
    for picture in pictures.values():
        for covered in picture:
            found.setdefault(covered.cause, set()).update(covered.boxes)
    return tuple((cause, len(boxes)) for cause, boxes in found.items())


def in_words(found: tuple[Cause, int]) -> str:
    """Return a cause of `together` for people: `password, 2 lines (redact.secrets)`."""
    cause, number = found
    if isinstance(cause, ByRule):
        return str(cause)
    return f"{cause} ({SECRETS})" if number == 1 else f"{cause}, {number} lines ({SECRETS})"


def tally(pictures: Mapping[int, tuple[Covered, ...]], *, permille: int) -> CoverTally:
    """Return how many windows and lines of secrets *pictures* cover."""
    found = together(pictures)
    windows = sum(number for cause, number in found if isinstance(cause, ByRule))
    return CoverTally(windows, sum(number for _, number in found) - windows, permille)


def share(whole: Box, boxes: Iterable[Box]) -> int:
    """Return how much of *whole* the *boxes* cover together [‰, rounded up]."""
    inside = [part for box in boxes if (part := _clipped(box, whole)) is not None]
    edges = sorted({edge for box in inside for edge in (box.left, box.left + box.width)})
    area = sum(
        (right - left) * _height(box for box in inside if box.left <= left < box.left + box.width)
        for left, right in pairwise(edges)
    )
    return -(-area * 1000 // (whole.width * whole.height))


def _clipped(box: Box, whole: Box) -> Box | None:
    left, top = max(box.left, whole.left), max(box.top, whole.top)
    right = min(box.left + box.width, whole.left + whole.width)
    bottom = min(box.top + box.height, whole.top + whole.height)
    return Box(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _height(boxes: Iterable[Box]) -> int:
    """Return how many rows *boxes* take together [px]."""
    rows, end = 0, None
    for box in sorted(boxes, key=lambda box: box.top):
        bottom = box.top + box.height
        begin = box.top if end is None else max(box.top, end)
        rows += max(0, bottom - begin)
        end = bottom if end is None else max(bottom, end)
    return rows
