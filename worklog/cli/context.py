"""What a command may use: the only place that builds adapters and hands them in.

Everything is built on first use, so that a command pays for what it needs only. Tests
replace the whole by their own.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from functools import cached_property
from random import SystemRandom
from typing import TYPE_CHECKING

import typer

from worklog.cli.output import Output
from worklog.clock import SystemClock
from worklog.places import Places, places

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from worklog.app.editing import Editing
    from worklog.app.ports import Cache, Clock, LiveCounts, Mailbox, TrackerLock
    from worklog.app.tracking import Tracking
    from worklog.cli.render.look import Look
    from worklog.config import Settings


class SystemChance:
    """Randomness of the operating system. Implements `worklog.app.ports.Chance`."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def uniform(self, low: float, high: float) -> float:
        return SystemRandom().uniform(low, high)


class AppContext:
    """One run of the command line.

    Attributes:
        output: How the command answers; set when the command begins.
        is_interactive: Whether somebody can be asked: stdin and stderr are a terminal.
    """

    def __init__(self, environ: Mapping[str, str], *, clock: Clock | None = None) -> None:
        self.environ = environ
        self.clock: Clock = clock or SystemClock()
        self.chance = SystemChance()
        self.output = Output("")
        self.is_interactive = sys.stdin.isatty() and sys.stderr.isatty()

    @classmethod
    def of(cls, ctx: typer.Context, *, json: bool = False, quiet: bool = False) -> AppContext:
        """Return the context of this run, ready to answer for the command of *ctx*."""
        root = ctx.find_root()
        if not isinstance(root.obj, cls):
            root.obj = cls(os.environ)
        context: AppContext = root.obj
        name = ctx.command_path.partition(" ")[2]
        context.output = Output(name, is_json=json, is_quiet=quiet)
        return context

    # --- Settings ---------------------------------------------------------------------

    @cached_property
    def places(self) -> Places:
        return places(self.environ)

    @cached_property
    def settings(self) -> Settings:
        from worklog.config import load

        return load(self.places, self.environ)

    @cached_property
    def zone(self) -> ZoneInfo:
        from worklog.cli.params import local_zone

        return local_zone(self.settings, self.environ)

    @cached_property
    def look(self) -> Look:
        from worklog.cli.render.look import Look

        return Look.detect(sys.stdout, self.environ, self.settings)

    # --- The cache --------------------------------------------------------------------

    @cached_property
    def cache(self) -> Cache:
        from worklog.cache.opening import open_cache

        return open_cache(self.places, clock=self.clock)

    @cached_property
    def mailbox(self) -> Mailbox:
        from worklog.cache.mailbox import open_mailbox

        return open_mailbox(self.places)

    @cached_property
    def lock(self) -> TrackerLock:
        from worklog.cache.lock import FileLock

        return FileLock(self.places.lock)

    @cached_property
    def live(self) -> LiveCounts:
        from worklog.cache.live import LivePage

        return LivePage(self.places.live)

    # --- Use cases --------------------------------------------------------------------

    @cached_property
    def tracking(self) -> Tracking:
        from worklog.app.tracking import Tracking

        return Tracking(self.cache, self.mailbox, self.lock, self.clock, self.chance)

    @cached_property
    def editing(self) -> Editing:
        from worklog.app.editing import Editing

        return Editing(self.cache, self.clock, self.chance)
