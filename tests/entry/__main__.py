"""Runs the command line with the switches of `tests.entry`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.entry.failing import handler
from tests.entry.scripted import NoiseScreen, ScriptedInput, ScriptedWindows
from tests.entry.virtual import VirtualClock
from worklog import __version__
from worklog.app.ports import Clock
from worklog.capture.select import Ways
from worklog.cli.context import AppContext
from worklog.cli.main import run
from worklog.clock import SystemClock
from worklog.failpoints import install

if TYPE_CHECKING:
    from worklog.remote.transport import Transport

_DRIVERS = ("start", "continue")
_FAILPOINT = "WORKLOG_FAILPOINT"
_FAULTY = "WORKLOG_TEST_FAULTY"
_CLOCK = "WORKLOG_TEST_CLOCK"
_SPEED = "WORKLOG_TEST_SPEED"
_INPUT = "WORKLOG_TEST_INPUT"
_TYPING = "WORKLOG_TEST_TYPING"
_SCREEN = "WORKLOG_TEST_SCREEN"


class ScriptedContext(AppContext):
    """A context whose machine is a script, as far as the switches say."""

    def find_ways(self) -> Ways:
        found = super().find_ways()
        screen, window, listener = found.screen, found.window, found.input
        if size := os.environ.get(_SCREEN):
            width, height = (int(edge) for edge in size.split("x"))
            screen, window = NoiseScreen(width, height), ScriptedWindows()
        if path := os.environ.get(_INPUT):
            minutes = os.environ.get(_TYPING)
            listener = ScriptedInput(
                self.clock, Path(path), minutes=None if minutes is None else int(minutes)
            )
        return Ways(screen, listener, window, found.presence, found.notify, found.rows)

    def transport(self, service: str) -> Transport:
        # A request takes the time it takes, however fast the script's clock goes.
        from worklog.remote.transport import Transport  # noqa: PLC0415 -- as the program

        return Transport(service, version=__version__, clock=SystemClock())


def clock_of(argv: list[str]) -> Clock:
    """Return the clock that the switches ask for; a tracker's drives it."""
    path = os.environ.get(_CLOCK)
    if path is None:
        return SystemClock()
    speed = float(os.environ.get(_SPEED, "600"))
    return VirtualClock(Path(path), speed=speed, drives=bool(argv) and argv[0] in _DRIVERS)


def main() -> int:
    """Run the process's command line and return its exit status."""
    argv = sys.argv[1:]
    if rules := os.environ.get(_FAILPOINT):
        install(handler(rules, switch=os.environ.get(_FAULTY)))
    return run(argv, ScriptedContext(os.environ, clock=clock_of(argv)))


if __name__ == "__main__":
    sys.exit(main())
