"""Waiting for another process or thread: polls with a deadline, never just sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from worklog.clock import SystemClock

T = TypeVar("T")

_PAUSE_S = 0.005
_NEVER_SET = threading.Event()


def until(look: Callable[[], T], *, within_s: float = 10.0) -> T:
    """Return what *look* returns as soon as it is truthy; fail after *within_s* [s]."""
    clock = SystemClock()
    deadline_ns = clock.boot_ns() + int(within_s * 1e9)
    while clock.boot_ns() < deadline_ns:
        if found := look():
            return found
        clock.wait(_PAUSE_S, wake=_NEVER_SET)
    message = f"nothing came within {within_s} s"
    raise AssertionError(message)
