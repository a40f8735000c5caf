"""Which clocks go on while the machine sleeps, by system (R13)."""

from __future__ import annotations

import ctypes

import pytest

from worklog.clock import SystemClock, boot_and_awake, unbiased_ns

LINUX = {"CLOCK_REALTIME": 0, "CLOCK_MONOTONIC": 1, "CLOCK_BOOTTIME": 7}
MACOS = {"CLOCK_REALTIME": 0, "CLOCK_MONOTONIC": 6, "CLOCK_UPTIME_RAW": 8}
WINDOWS = {"monotonic_ns": 0}


@pytest.mark.parametrize(
    ("names", "clocks"),
    [(LINUX, (7, None)), (MACOS, (6, 8)), (WINDOWS, (None, None))],
    ids=["linux", "macos", "windows"],
)
def test_f31_each_system_has_a_clock_that_sleeps_and_one_that_does_not(
    names: dict[str, int], clocks: tuple[int | None, int | None]
) -> None:
    assert boot_and_awake(names) == clocks


class Kernel:
    """The one call of kernel32 that is made, as Windows documents it."""

    def QueryUnbiasedInterruptTime(self, time: object) -> int:  # noqa: N802 -- its name
        ctypes.cast(time, ctypes.POINTER(ctypes.c_uint64))[0] = 12_345  # type: ignore[arg-type]  # byref
        return 1


def test_f31_windows_counts_in_units_of_a_hundred_nanoseconds() -> None:
    assert unbiased_ns(Kernel()) == 1_234_500


def test_the_boot_clock_is_never_behind_the_one_that_sleeps() -> None:
    clock = SystemClock()
    awake = clock.awake_ns()

    assert clock.boot_ns() >= awake
