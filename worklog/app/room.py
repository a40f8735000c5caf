"""How much room the disk has left, and when to say that it is little (F14).

Pictures go on until the disk is full: what then has no room is said by itself, and the
reserve of the cache keeps the counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LOOK_EVERY: Final = timedelta(seconds=60)
MEGABYTE: Final = 1_000_000
# A month of tracking takes about half a gigabyte, a day about twenty megabytes.
LEVELS_MB: Final = (100, 500)


@dataclass(slots=True)
class Room:
    """Watches the disk of the cache.

    Attributes:
        free: Returns the room that is left [bytes]; None where nobody can tell.
    """

    free: Callable[[], int | None]
    _looked: datetime | None = None
    _level: int | None = None
    _sentence: str = ""

    def look(self, now: datetime) -> str | None:
        """Look once a minute; return what to say when there has become less than a level."""
        if self._looked is not None and abs(now - self._looked) < LOOK_EVERY:
            return None
        self._looked = now
        free, before = self.free(), self._level
        below = [level for level in LEVELS_MB if free is not None and free < level * MEGABYTE]
        self._level = min(below, default=None)
        self._sentence = (
            f"Less than {self._level} MB are left on the disk of the diary: make room."
            if self._level is not None
            else ""
        )
        is_news = self._level is not None and (before is None or self._level < before)
        return self._sentence if is_news else None

    @property
    def warnings(self) -> list[str]:
        """What is wrong now, one sentence."""
        return [self._sentence] if self._sentence else []
