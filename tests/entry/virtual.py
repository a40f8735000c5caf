"""Time that passes only while the tracker waits, shared by processes over a file.

So an hour takes seconds, and a machine that is slow for a moment does not turn into a
gap: whatever the tracker computes takes no time. The test sets clocks and sends the
machine to sleep through the same file, while the tracker runs.
"""

from __future__ import annotations

import mmap
import struct
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from worklog.clock import SystemClock

_WORD: Final = struct.Struct("<q")
_ELAPSED, _ASLEEP, _WALL = range(3)  # who writes: the tracker, the test, the test
_SIZE: Final = 3 * _WORD.size
_BOOTED_NS: Final = 960_000_000_000  # a whole minute, as scripted input goes by minutes
_PASSIVE_POLL_S: Final = 0.002


class ClockFile:
    """Three numbers in a file [ns]: time awake, time asleep, wall time at the beginning."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)

    @classmethod
    def create(cls, path: Path, now: datetime) -> ClockFile:
        """Make the file of a machine whose wall clock shows *now*."""
        path.write_bytes(bytes(_SIZE))
        made = cls(path)
        made._put(_WALL, (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        return made

    @property
    def awake_ns(self) -> int:
        return _BOOTED_NS + self._get(_ELAPSED)

    @property
    def boot_ns(self) -> int:
        return self.awake_ns + self._get(_ASLEEP)

    @property
    def now(self) -> datetime:
        passed = self._get(_WALL) + (self._get(_ELAPSED) + self._get(_ASLEEP)) // 1000
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=passed)

    def advance(self, nanoseconds: int) -> None:
        """Let time pass awake; only the process that drives the clock may."""
        self._put(_ELAPSED, self._get(_ELAPSED) + nanoseconds)

    def suspend(self, span: timedelta) -> None:
        """Let *span* pass asleep."""
        self._put(_ASLEEP, self._get(_ASLEEP) + span // timedelta(microseconds=1) * 1000)

    def set_wall(self, step: timedelta) -> None:
        """Move the wall clock by *step*, as a person or NTP does."""
        self._put(_WALL, self._get(_WALL) + step // timedelta(microseconds=1))

    def _get(self, word: int) -> int:
        return int(_WORD.unpack_from(self._map, word * _WORD.size)[0])

    def _put(self, word: int, value: int) -> None:
        _WORD.pack_into(self._map, word * _WORD.size, value)


class VirtualClock:
    """Implements `worklog.app.ports.Clock` over a `ClockFile`.

    The process that *drives* lets time pass by waiting, in its main thread; its other
    threads wait for that time to pass, and other processes see it pass.
    """

    def __init__(self, path: Path, *, speed: float, drives: bool) -> None:
        self._file = ClockFile(path)
        self._speed = speed
        self._drives = drives
        self._real = SystemClock()

    def now(self) -> datetime:
        return self._file.now

    def now_ms(self) -> int:
        return (self._file.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    def boot_ns(self) -> int:
        return self._file.boot_ns

    def awake_ns(self) -> int:
        return self._file.awake_ns

    def wait(self, seconds: float, *, wake: threading.Event) -> bool:
        if not self._drives:
            return wake.wait(_PASSIVE_POLL_S)
        if threading.current_thread() is not threading.main_thread():
            until_ns = self.boot_ns() + int(seconds * 1e9)
            while self.boot_ns() < until_ns:
                if wake.wait(_PASSIVE_POLL_S):
                    return True
            return False
        begun = self._real.boot_ns()
        is_woken = wake.wait(max(0.0, seconds) / self._speed)
        if is_woken:
            passed_ns = int((self._real.boot_ns() - begun) * self._speed)
            self._file.advance(min(passed_ns, int(seconds * 1e9)))
        else:
            # Rounded up, or a wait of less than a nanosecond would never end.
            self._file.advance(int(seconds * 1e9) + 1)
        return is_woken
