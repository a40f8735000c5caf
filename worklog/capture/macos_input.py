"""Counting input on macOS by the system's own counters, which Quartz keeps for such programs.

No event is ever seen, so no key can be read, and nothing listens that could die or slow
input down. Apple documents that a held key counts once and that a modifier alone is no
key press. Every step of scrolling on a trackpad counts as a notch.

It is preferred to pynput because that one translates key codes in a thread, for which
macOS has ended programs with an illegal instruction.
"""

from __future__ import annotations

import threading
from typing import Final

from worklog.app.ports import Reading
from worklog.capture.macos_api import MacApi, refusal

# CGEventType
_KEYS: Final = (10,)  # key down
_CLICKS: Final = (1, 3, 25)  # left, right and other button down
_SCROLLS: Final = (22,)
_KINDS: Final = (_KEYS, _CLICKS, _SCROLLS)
_MODULUS: Final = 1 << 32  # a counter has 32 bits


class MacCounters:
    """Reads the counters of this login session. Implements `worklog.app.ports.InputWay`."""

    name = "macos-counters"

    def __init__(self, api: MacApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._figures = [0, 0, 0]
        self._before: dict[int, int] | None = None
        self._doubts = 0

    def unavailable_reason(self) -> str | None:
        """Return why input cannot be counted this way, or None."""
        reason = refusal(self._api)
        if reason is None and self._counters() is None:
            return "macOS does not give its counters of input"
        return reason

    def start(self) -> None:
        """Begin to count, or again after the session went away; figures go on."""
        with self._lock:
            if self._before is None:
                self._before = self._counters()

    def read(self) -> Reading:
        """Return the figures so far."""
        with self._lock:
            is_alive = self._counted()
            keys, clicks, scrolls = self._figures
            return Reading(
                keys=keys,
                clicks=clicks,
                scrolls=scrolls,
                events=keys + clicks + scrolls,
                is_alive=is_alive,
                doubts=self._doubts,
            )

    def stop(self) -> None:
        """Count what came last, and stop; there is nothing to release."""
        with self._lock:
            self._counted()
            self._before = None

    def _counted(self) -> bool:
        """Add what came since the last look; return whether that could be seen."""
        if self._before is None:
            return False
        before, self._before = self._before, self._counters()
        if self._before is None:
            return False
        for at, kinds in enumerate(_KINDS):
            for kind in kinds:
                more = (self._before[kind] - before[kind]) % _MODULUS
                if more < _MODULUS // 2:
                    self._figures[at] += more
                else:  # it fell: the window server began anew
                    self._doubts += 1
        return True

    def _counters(self) -> dict[int, int] | None:
        """Return the counters as they are; None outside of a desktop's session."""
        if refusal(self._api) is not None:
            return None
        try:
            return {kind: self._api.count(kind) for kinds in _KINDS for kind in kinds}
        except OSError:
            return None
