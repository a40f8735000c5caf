"""When in a slot the capture is taken (R3, R5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from worklog.app.ports import Chance


@dataclass(slots=True)
class CaptureMoment:
    """The drawn moment of one slot, and how often it may still be drawn.

    Attributes:
        due: When to capture; None once it was taken or where none is wanted.
        draws_left: A withheld capture is drawn once more within its slot.
    """

    due: datetime | None = None
    draws_left: int = 0

    @classmethod
    def drawn(cls, start: datetime, end: datetime, chance: Chance) -> Self:
        """Return a moment drawn uniformly from ``[start, end)``; *start* if that is empty."""
        return cls(_between(start, end, chance), draws_left=1)

    def is_due(self, now: datetime) -> bool:
        return self.due is not None and now >= self.due

    def taken(self) -> None:
        """Note that the capture was attempted."""
        self.due = None

    def again(self, now: datetime, end: datetime, chance: Chance, *, is_free: bool = False) -> bool:
        """Draw once more from what is left; return whether there was a draw left.

        A capture that a pause passed over was never attempted, so its draw *is_free*.
        """
        if now >= end or (not is_free and not self.draws_left):
            return False
        if not is_free:
            self.draws_left -= 1
        self.due = _between(now, end, chance)
        return True


def _between(start: datetime, end: datetime, chance: Chance) -> datetime:
    return start + timedelta(seconds=chance.uniform(0.0, max(0.0, (end - start).total_seconds())))
