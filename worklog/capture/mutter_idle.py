"""Signs of activity on GNOME, whose Mutter says for how long nobody touched anything.

It says that as a number of milliseconds and nothing else: neither which key, nor whether
it was one. So a minute is known to be active or not, and counts stay unknown; pointer
movement is a sign as well. Mutter knows no idle protocol of Wayland.

This module loads jeepney (17 ms).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from worklog.app.ports import Clock, Reading
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote, session_address
from worklog.capture.wayland_session import refusal

NAME: Final = "org.gnome.Mutter.IdleMonitor"
LOOK_EVERY_S: Final = 1.0
LIMIT_S: Final = 1.0  # for an answer [s]
WAIT_S: Final = 2.0  # how long `start` waits for the first look, `stop` for the thread [s]
STALE_NS: Final = 5_000_000_000  # after this long without a look it is dead
SLACK_MS: Final = 100  # by which an answer may be late

_MONITOR: Final = Remote(NAME, "/org/gnome/Mutter/IdleMonitor/Core", NAME)
_MS_IN_NS: Final = 1_000_000


class MutterIdleInput:
    """Sees whether there is input, and never what."""

    name = "mutter-idle"

    def __init__(self, environ: Mapping[str, str], *, clock: Clock) -> None:
        self._environ = environ
        self._clock = clock
        self._events = 0  # of listeners that have ended
        self._watcher: _Watcher | None = None

    def unavailable_reason(self) -> str | None:
        """Return why activity cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            bus = Bus(session_address(self._environ), limit_s=lambda: LIMIT_S)
        except BusGoneError:
            return "the session bus does not answer"
        try:
            idle_ms(bus)
        except CallRefusedError:
            return "no Mutter is running, so this is not GNOME"
        except BusGoneError:
            return "the session bus does not answer"
        finally:
            bus.close()
        return None

    def start(self) -> None:
        """Begin to look, or again after the bus went away; figures go on."""
        watcher = self._watcher
        if watcher is not None:
            if watcher.is_alive():
                return
            self._events += watcher.events
        self._watcher = _Watcher(self._environ, self._clock)
        self._watcher.start()
        self._watcher.settled.wait(WAIT_S)

    def read(self) -> Reading:
        """Return the signs of activity so far; counts are never known."""
        watcher = self._watcher
        events = self._events + (watcher.events if watcher is not None else 0)
        is_alive = watcher is not None and watcher.is_seeing(self._clock.boot_ns())
        return Reading(keys=None, clicks=None, scrolls=None, events=events, is_alive=is_alive)

    def stop(self) -> None:
        """Stop looking."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.stop()
            self._events += watcher.events


def idle_ms(bus: Bus) -> int:
    """Return for how long there was no input [ms].

    Raises:
        BusGoneError, CallRefusedError: there is no Mutter that would say it.
    """
    found: int = bus.call(_MONITOR, "GetIdletime", returns="t").body[0]
    return found


class _Watcher(threading.Thread):
    """Looks until it is stopped or the bus or Mutter goes away.

    Attributes:
        settled: Set after the first look.
        events: Looks that found input since the one before.
    """

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        super().__init__(name="worklog-mutter-idle", daemon=True)
        self.settled = threading.Event()
        self.events = 0
        self._environ = environ
        self._clock = clock
        self._ended = threading.Event()
        self._looked_ns: int | None = None
        self._last_ms = 0

    def is_seeing(self, boot_ns: int) -> bool:
        """Return whether Mutter was asked just now, and has answered."""
        looked_ns = self._looked_ns
        return self.is_alive() and looked_ns is not None and boot_ns - looked_ns < STALE_NS

    def run(self) -> None:
        try:
            bus = Bus(session_address(self._environ), limit_s=lambda: LIMIT_S)
        except BusGoneError:
            self.settled.set()
            return
        try:
            while not self._ended.is_set():
                self._look(bus)
                self.settled.set()
                self._clock.wait(LOOK_EVERY_S, wake=self._ended)
        except (BusGoneError, CallRefusedError):
            pass  # who asks `is_alive` finds out
        finally:
            self._looked_ns = None
            bus.close()
            self.settled.set()

    def stop(self) -> None:
        self._ended.set()
        self.join(WAIT_S)

    def _look(self, bus: Bus) -> None:
        """Take it for a sign if the last input is another one than at the last look.

        Mutter's clock stands still in suspend, so ours has to as well.
        """
        rest_ms = idle_ms(bus)
        last_ms = self._clock.awake_ns() // _MS_IN_NS - rest_ms
        if self._looked_ns is not None:
            self.events += last_ms > self._last_ms + SLACK_MS
        self._last_ms = last_ms
        self._looked_ns = self._clock.boot_ns()
