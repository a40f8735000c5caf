"""Keeps an ear on the input, and on whether the screen is locked.

The watchdog of R8: a listener that died is started again within seconds, and what
happened meanwhile is unknown, never zero.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Final

from worklog.app.open_part import Seen
from worklog.app.ports import Clock, InputWay, Presence, PresenceWay, Reading
from worklog.domain.grid import Slot

REVIVE_EVERY_NS: Final = 2_000_000_000
LOOK_EVERY: Final = timedelta(seconds=2)


class Listener:
    """One input way with its watchdog, and one presence way."""

    def __init__(
        self, clock: Clock, way: InputWay | None, presence: PresenceWay | None = None
    ) -> None:
        self._clock = clock
        self._way = way
        self._presence = presence
        self._last: Reading | None = None
        self._reviver: threading.Thread | None = None
        self._revived_ns = 0
        self._looked: datetime | None = None
        self._present: datetime | None = None
        self._is_locked = False

    def start(self) -> None:
        """Begin to listen; what was counted before this does not count."""
        if self._way is not None:
            self._way.start()
            self._last = self._way.read()

    def stop(self) -> None:
        if self._way is not None:
            self._way.stop()

    def seen(self) -> Seen | None:
        """Return the input since the last call; None where some of it may be missing."""
        if self._way is None:
            return None
        before, reading = self._last, self._way.read()
        self._last = reading
        if not reading.is_alive:
            self._revive(self._way)
        if before is None or not (before.is_alive and reading.is_alive):
            return None
        if reading.doubts != before.doubts and reading.events == before.events:
            return None
        return Seen(
            keys=_more(before.keys, reading.keys),
            clicks=_more(before.clicks, reading.clicks),
            scrolls=_more(before.scrolls, reading.scrolls),
            events=reading.events - before.events,
        )

    def locked_since(self, now: datetime) -> datetime | None:
        """Return since when the screen has been locked, to two seconds; None if it is not.

        The instant is the last at which somebody was seen to be present, because
        locked time is never worked time, from its first second (R13). Each slot begins with
        a look, before the one before it is sealed.
        """
        if self._presence is None or not self._must_look(now):
            return None
        self._looked = now
        self._is_locked = self._presence.presence() is Presence.LOCKED
        if self._is_locked:
            return self._present or now
        self._present = now
        return None

    @property
    def is_locked(self) -> bool:
        """Whether the screen was locked at the last look."""
        return self._is_locked

    def warnings(self) -> list[str]:
        """Return what is wrong with listening, one sentence each."""
        if self._way is None:
            return ["No way to count input works here: minutes are unknown, not idle."]
        if self._last is not None and not self._last.is_alive:
            return ["Input is not being counted at the moment; those minutes are unknown."]
        return []

    def _must_look(self, now: datetime) -> bool:
        if self._looked is None or Slot.containing(self._looked) != Slot.containing(now):
            return True
        return not timedelta(0) <= now - self._looked < LOOK_EVERY

    def _revive(self, way: InputWay) -> None:
        """Start *way* again from another thread: a hung display must not hold up the loop."""
        now_ns = self._clock.boot_ns()
        is_busy = self._reviver is not None and self._reviver.is_alive()
        if is_busy or now_ns - self._revived_ns < REVIVE_EVERY_NS:
            return
        self._revived_ns = now_ns
        self._reviver = threading.Thread(target=way.start, name="worklog-revive", daemon=True)
        self._reviver.start()


def _more(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before
