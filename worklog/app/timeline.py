"""Two clocks made into one line of time.

The boot clock says how long something took, the wall clock only names the slot it
took place in. Where both disagree the wall clock was set; where the boot clock runs
ahead of the awake clock the machine slept; where a tick is far too late the process
was frozen. Pure: readings in, passages of time out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

STEP_TOLERANCE: Final = timedelta(seconds=2)  # R2
SUSPEND_TOLERANCE_NS: Final = 2_000_000_000
# The loop ticks every second. Half a minute without a tick is no busy machine: the
# process was stopped (Ctrl-Z, a debugger, SIGSTOP), and nobody knows what happened.
FROZEN_AFTER_NS: Final = 30_000_000_000
# No tracker of this project ran before; a wall clock that says so was never set.
PLAUSIBLE_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Passage(StrEnum):
    """What the machine did since the tick before."""

    AWAKE = "awake"
    SUSPENDED = "suspend"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Reading:
    """All three clocks at one moment."""

    wall: datetime
    boot_ns: int
    awake_ns: int


@dataclass(frozen=True, slots=True)
class Advance:
    """The time from one tick to the next.

    Attributes:
        start: Where the line stood.
        end: Where it stands now; ``end - start`` is time by the boot clock.
        passage: What the machine did meanwhile.
        resumed_at: Where the line goes on: *end*, or after a clock step the wall
            clock's new reading.
    """

    start: datetime
    end: datetime
    passage: Passage
    resumed_at: datetime

    @property
    def is_step(self) -> bool:
        return self.resumed_at != self.end

    def is_before_sleep(self, instant: datetime) -> bool:
        """Return whether *instant* lies before the machine fell asleep in this time.

        It was awake for a tick at most before and after, and asleep for longer than that.
        """
        is_first_half = instant - self.start < (self.end - self.start) / 2
        return self.passage is Passage.SUSPENDED and is_first_half


class Timeline:
    """Keeps the anchor between boot clock and wall clock."""

    __slots__ = ("_anchor", "_last")

    def __init__(self, first: Reading) -> None:
        self._anchor = first
        self._last = first

    @property
    def now(self) -> datetime:
        """Return where the line stands: anchored wall time of the last reading."""
        return self.at(self._last.boot_ns)

    @property
    def is_plausible(self) -> bool:
        """Whether the wall clock can have been set at all (F30)."""
        return self.now >= PLAUSIBLE_SINCE

    def at(self, boot_ns: int) -> datetime:
        """Return the instant at *boot_ns* under the present anchor."""
        return self._anchor.wall + timedelta(microseconds=(boot_ns - self._anchor.boot_ns) // 1000)

    def advance(self, reading: Reading, *, waited_ns: int = 0) -> Advance:
        """Move the line to *reading* and say what kind of time has passed.

        For *waited_ns* of it the loop itself has waited for something: that is not frozen.
        """
        start, end = self.now, self.at(reading.boot_ns)
        elapsed_ns = reading.boot_ns - self._last.boot_ns
        slept_ns = elapsed_ns - (reading.awake_ns - self._last.awake_ns)
        if slept_ns > SUSPEND_TOLERANCE_NS:
            passage = Passage.SUSPENDED
        elif elapsed_ns - waited_ns > FROZEN_AFTER_NS:
            passage = Passage.FROZEN
        else:
            passage = Passage.AWAKE
        self._last = reading
        if abs(reading.wall - end) > STEP_TOLERANCE:
            self._anchor = reading
        return Advance(start, end, passage, self.now)
