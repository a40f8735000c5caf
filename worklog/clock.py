"""The one place that reads a clock or waits.

Wall time only names slots; elapsed time comes from the boot clock, which goes on
through suspend and is not moved by clock steps. Loaded by the quick road, so it
imports nothing but the interpreter's own modules.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from datetime import datetime
    from typing import Final

# Linux counts suspended time in CLOCK_BOOTTIME only. Elsewhere the monotonic clock
# is the nearest thing, and suspend is found through the wall clock.
_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The operating system's clocks. Implements `worklog.app.ports.Clock`."""

    def now(self) -> datetime:
        """Return the wall clock, in UTC and aware."""
        from datetime import UTC, datetime  # noqa: PLC0415 -- the quick road needs now_ms only

        return datetime.now(UTC)

    def now_ms(self) -> int:
        """Return the wall clock in whole milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    def boot_ns(self) -> int:
        """Return nanoseconds since boot, suspended time included."""
        return time.clock_gettime_ns(_BOOT) if _BOOT is not None else time.monotonic_ns()

    def awake_ns(self) -> int:
        """Return nanoseconds since boot without suspended time."""
        return time.monotonic_ns()

    def wait(self, seconds: float, *, wake: threading.Event) -> bool:
        """Wait *seconds*, or until *wake* is set; return whether it was."""
        return wake.wait(max(0.0, seconds))


def boot_id() -> str:
    """Return an id that changes with every boot; empty where the system has none.

    Source: `/proc/sys/kernel/random/boot_id` on Linux.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123 -- quick road: no pathlib
            return file.read().strip()
    except OSError:
        return ""
