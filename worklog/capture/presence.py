"""Several ways to see a locked screen as one: locked if any of them says so."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from worklog.app.ports import Presence, PresenceWay


class AnyPresence:
    """Asks all of *ways*. For any thread: the ways themselves are for one at a time."""

    def __init__(self, ways: Sequence[PresenceWay]) -> None:
        self.name = "+".join(way.name for way in ways)
        self._ways = tuple(ways)
        self._lock = threading.Lock()

    def unavailable_reason(self) -> str | None:
        """Return why none of the ways can tell, or None if one can."""
        with self._lock:
            reasons = [way.unavailable_reason() for way in self._ways]
        return None if None in reasons else "; ".join(filter(None, reasons))

    def presence(self) -> Presence:
        """Return `locked` if one way says so, `unknown` if none can tell."""
        with self._lock:
            seen = [way.presence() for way in self._ways]
        if Presence.LOCKED in seen:
            return Presence.LOCKED
        return Presence.PRESENT if Presence.PRESENT in seen else Presence.UNKNOWN

    def close(self) -> None:
        """Let go of what the ways hold open."""
        with self._lock:
            for way in self._ways:
                close = getattr(way, "close", None)
                if close is not None:
                    close()
