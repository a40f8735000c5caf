"""The one place that reads a clock or waits.

Wall time only names slots; elapsed time comes from the boot clock, which goes on
through suspend and is not moved by clock steps. Loaded by the quick road, so it
imports nothing but the interpreter's own modules.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any


def boot_and_awake(names: Mapping[str, int]) -> tuple[int | None, int | None]:
    """Return which of the clocks *names* count suspended time, and which do not.

    None for one that Python's monotonic clock is. Sources: clock_gettime(2) of Linux, whose
    CLOCK_MONOTONIC stands still in suspend; clock_gettime(3) of macOS, whose one goes on.
    """
    if "CLOCK_BOOTTIME" in names:
        return names["CLOCK_BOOTTIME"], None
    if "CLOCK_UPTIME_RAW" in names:
        return names["CLOCK_MONOTONIC"], names["CLOCK_UPTIME_RAW"]
    return None, None


_BOOT, _AWAKE = boot_and_awake(vars(time))


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
        if sys.platform == "win32":
            import ctypes  # noqa: PLC0415 -- the quick road needs now_ms only

            return unbiased_ns(ctypes.WinDLL("kernel32"))
        return time.clock_gettime_ns(_AWAKE) if _AWAKE is not None else time.monotonic_ns()

    def wait(self, seconds: float, *, wake: threading.Event) -> bool:
        """Wait *seconds*, or until *wake* is set; return whether it was."""
        return wake.wait(max(0.0, seconds))


def unbiased_ns(kernel: Any) -> int:  # noqa: ANN401 -- a library of ctypes
    """Return nanoseconds since boot without suspended time, as Windows counts them.

    Source: QueryUnbiasedInterruptTime of kernel32, in units of 100 ns.
    """
    import ctypes  # noqa: PLC0415 -- the quick road needs now_ms only

    found = ctypes.c_uint64()
    kernel.QueryUnbiasedInterruptTime(ctypes.byref(found))
    return found.value * 100


def boot_id() -> str:
    """Return an id that changes with every boot; empty where the system has none.

    Source: `/proc/sys/kernel/random/boot_id` on Linux.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123 -- quick road: no pathlib
            return file.read().strip()
    except OSError:
        return ""
