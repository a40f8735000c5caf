"""Input by a script and a screen of noise, in place of a desktop.

What the input has told the tracker is noted in a file that outlives it, so that a test
knows after a SIGKILL which counts the tracker had been given.
"""

from __future__ import annotations

import mmap
import random
import struct
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from worklog.app.ports import Box, Clock, Frame, Reading, Window

_NOTE: Final = struct.Struct("<qqqq")
_SIZE: Final = 8 + 3 * _NOTE.size
_FEWEST: Final = 2  # readings, before there is one before the last
_SECOND_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _SECOND_NS
# One minute of four is without any input, so that there are idle boxes too.
_PATTERN: Final = (True, True, False, True)
_KEY_EVERY_NS, _CLICK_EVERY_NS, _SCROLL_EVERY_NS = 700_000_000, 5_300_000_000, 11_700_000_000


@dataclass(frozen=True, slots=True)
class Note:
    """A reading that the tracker was given: when, and the figures so far."""

    boot_ns: int
    keys: int
    clicks: int
    scrolls: int


class ReadingFile:
    """The first reading and the last two of the tracker that ran last, in a file."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)

    def begin(self) -> None:
        """Forget the readings of the tracker before."""
        self._put(0)

    def add(self, note: Note) -> None:
        count = self._count()
        # Written beside the one before, and valid only once it is counted.
        at = 0 if count == 0 else 1 + count % 2
        _NOTE.pack_into(self._map, 8 + at * _NOTE.size, *astuple(note))
        self._put(count + 1)

    @property
    def first(self) -> Note:
        """What the tracker began from."""
        return self._note(0)

    @property
    def last(self) -> Note:
        return self._note(1 + (self._count() - 1) % 2)

    @property
    def before_last(self) -> Note:
        return self._note(1 + self._count() % 2) if self._count() > _FEWEST else self.first

    def _note(self, at: int) -> Note:
        return Note(*_NOTE.unpack_from(self._map, 8 + at * _NOTE.size))

    def _count(self) -> int:
        return int.from_bytes(self._map[:8], "little")

    def _put(self, count: int) -> None:
        self._map[:8] = count.to_bytes(8, "little")


class ScriptedInput:
    """Types, clicks and scrolls by the boot clock, always in the same rhythm."""

    name = "scripted"

    def __init__(self, clock: Clock, readings: Path, *, minutes: int | None = None) -> None:
        """Type for so many *minutes* from now; without end if that is None."""
        self._clock = clock
        self._end_ns = None if minutes is None else clock.boot_ns() + minutes * _MINUTE_NS
        self._file = ReadingFile(readings)
        self._file.begin()

    def unavailable_reason(self) -> str | None:
        return None

    def start(self) -> None:
        """It listens as soon as it is there."""

    def read(self) -> Reading:
        boot_ns = self._clock.boot_ns()
        active_ns = _active_ns(boot_ns if self._end_ns is None else min(boot_ns, self._end_ns))
        keys, clicks, scrolls = (
            active_ns // every for every in (_KEY_EVERY_NS, _CLICK_EVERY_NS, _SCROLL_EVERY_NS)
        )
        self._file.add(Note(boot_ns, keys, clicks, scrolls))
        return Reading(keys, clicks, scrolls, keys + clicks + scrolls, is_alive=True)

    def stop(self) -> None:
        """Nothing to release."""


def _active_ns(boot_ns: int) -> int:
    """Return how much of the time until *boot_ns* somebody was typing."""
    minutes, rest = divmod(boot_ns, _MINUTE_NS)
    rounds, position = divmod(minutes, len(_PATTERN))
    whole = rounds * sum(_PATTERN) + sum(_PATTERN[:position])
    return whole * _MINUTE_NS + (rest if _PATTERN[position] else 0)


@dataclass(slots=True)
class NoiseScreen:
    """One monitor that never looks the same twice."""

    width: int
    height: int
    name: str = "noise"

    def unavailable_reason(self) -> str | None:
        return None

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        del active_only  # there is only one
        box = Box(0, 0, self.width, self.height)
        return (Frame(0, box, random.randbytes(3 * self.width * self.height)),)


@dataclass(slots=True)
class ScriptedWindows:
    """One window."""

    name: str = "scripted"

    def unavailable_reason(self) -> str | None:
        return None

    def active(self) -> Window | None:
        return Window("Editor", "main.py")

    def visible(self) -> tuple[Window, ...] | None:
        return (Window("Editor", "main.py"),)
