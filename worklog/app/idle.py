"""When nobody is there: idle time and what ends it (R13).

Only a listener that was alive all the while can say that there was no input; where
input cannot be known, nothing is called idle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class IdleAction(StrEnum):
    """What to do after `idle.after` without input."""

    PAUSE = "pause"
    STOP = "stop"
    KEEP = "keep"


@dataclass(slots=True)
class IdleWatch:
    """Measures the time since the last sign of input, by the boot clock.

    Attributes:
        after: Time without input that counts as idle; zero never does.
        since_ns: Boot time from which on there was known to be no input [ns]; None
            while nobody can tell.
    """

    after: timedelta
    since_ns: int | None = None

    def see(self, boot_ns: int, *, events: int, is_known: bool) -> None:
        """Take in what one tick saw."""
        if not is_known:
            self.since_ns = None
        elif events or self.since_ns is None:
            self.since_ns = boot_ns

    def reset(self, boot_ns: int) -> None:
        """Start over, as a command from the user does."""
        if self.since_ns is not None:
            self.since_ns = boot_ns

    def is_idle(self, boot_ns: int) -> bool:
        """Return whether it has been quiet for as long as *after*."""
        if self.since_ns is None or not self.after:
            return False
        return boot_ns - self.since_ns >= self.after // timedelta(microseconds=1) * 1000
