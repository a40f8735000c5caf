"""Input on Windows without counting: the moment of the last one, as the system keeps it.

For where pynput cannot serve. It also sees input to programs that run as administrator,
which no hook of an ordinary program does; moving the pointer counts here as well.
"""

from __future__ import annotations

import threading

from worklog.app.ports import Reading
from worklog.capture.windows_api import WindowsApi, refusal


class WindowsLastInput:
    """Sees that there was input since the last look. Implements `worklog.app.ports.InputWay`."""

    name = "windows-last-input"

    def __init__(self, api: WindowsApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._last: int | None = None
        self._events = 0

    def unavailable_reason(self) -> str | None:
        """Return why input cannot be seen this way, or None."""
        reason = refusal(self._api)
        if reason is None and self._tick() is None:
            return "Windows does not say when the last input was"
        return reason

    def start(self) -> None:
        """Begin to look, or again after the system did not answer; figures go on."""
        with self._lock:
            if self._last is None:
                self._last = self._tick()

    def read(self) -> Reading:
        """Return the signs of activity so far; one for each look that found any."""
        with self._lock:
            is_alive = self._looked()
            return Reading(None, None, None, self._events, is_alive)

    def stop(self) -> None:
        """Stop looking; there is nothing to release."""
        with self._lock:
            self._last = None

    def _looked(self) -> bool:
        if self._last is None:
            return False
        before, self._last = self._last, self._tick()
        if self._last is None:
            return False
        # Microsoft warns that the tick may step back: any other one is a sign.
        self._events += self._last != before
        return True

    def _tick(self) -> int | None:
        try:
            return self._api.last_input()
        except OSError:
            return None
