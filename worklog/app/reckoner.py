"""Keeps the figures of today and this week fresh, and watches the weekly limit (R16)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Final

from worklog.app.figures import Figures, figures
from worklog.app.ports import Cache
from worklog.domain.contract import Contract
from worklog.domain.part import Part
from worklog.errors import WorklogError

REFRESH_EVERY: Final = timedelta(seconds=60)
REFRESH_SOON: Final = timedelta(seconds=5)  # after a change by others
WARNINGS: Final = (
    (100, "The weekly limit is used up: more time will not be billed."),
    (80, "80 % of the weekly limit is used."),
)


class Reckoner:
    """Figures as of the last refresh.

    Attributes:
        figures: None until the cache could be read for the first time.
    """

    def __init__(self, cache: Cache, zone: Callable[[], tzinfo]) -> None:
        self._cache = cache
        self._zone = zone
        self._told_percent = 0
        self._asked: datetime | None = None
        self._patience = REFRESH_EVERY
        self.figures: Figures | None = None

    def start_over(self) -> None:
        """Forget which warnings were given, because another contract is tracked."""
        self._told_percent = 0

    def note_change(self) -> None:
        """Refresh sooner, because others wrote something."""
        self._patience = REFRESH_SOON

    def is_stale(self, now: datetime) -> bool:
        return self._asked is None or abs(now - self._asked) >= self._patience

    def refresh(self, contract: Contract, open_parts: Iterable[Part], now: datetime) -> str | None:
        """Take the figures anew; return a warning about the limit, once for each step.

        While the cache cannot be read the old figures stay.
        """
        self._asked, self._patience = now, REFRESH_EVERY
        try:
            self.figures = figures(
                self._cache, contract, now=now, zone=self._zone(), open_parts=open_parts
            )
        except WorklogError:
            return None
        used = self._used_percent
        for percent, sentence in WARNINGS:
            if used >= percent > self._told_percent:
                self._told_percent = percent
                return sentence
        return None

    @property
    def is_used_up(self) -> bool:
        """Whether the week's limit is reached."""
        return self._used_percent >= WARNINGS[0][0]

    @property
    def _used_percent(self) -> float:
        if self.figures is None or not self.figures.limit:
            return 0
        return 100 * self.figures.week.billed_seconds / self.figures.limit.total_seconds()
