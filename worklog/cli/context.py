"""What a command may use: the only place that builds adapters and hands them in.

Everything is built on first use, so that a command pays for what it needs only. Tests
replace the whole by their own.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from random import SystemRandom
from typing import TYPE_CHECKING, TextIO

import typer

from worklog.cli.output import Output
from worklog.clock import SystemClock
from worklog.places import Places, places

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from worklog.app.editing import Editing
    from worklog.app.ports import Clock, Mailbox, TrackerLock
    from worklog.app.tracking import Tracking
    from worklog.cache.live import LivePage
    from worklog.cache.storage_key import Keyring
    from worklog.cache.store import SqliteCache
    from worklog.capture.select import Ways
    from worklog.cli.render.look import Look
    from worklog.config import Settings
    from worklog.domain.contract import Contract, Week
    from worklog.domain.grid import Slot
    from worklog.domain.part import Part
    from worklog.domain.segment import BilledSegment
    from worklog.domain.session import Session
    from worklog.remote.transport import Transport


def _is_terminal(stream: TextIO | None) -> bool:
    """Return whether *stream* is a terminal; it is None where the descriptor is closed."""
    return stream is not None and stream.isatty()


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
        heals: Whether a damaged cache is rebuilt on opening; the tracker's does.
        only_reads: Where there is no cache yet, none is made: there is nothing to see.
    """

    def __init__(self, environ: Mapping[str, str], *, clock: Clock | None = None) -> None:
        self.environ = environ
        self.clock: Clock = clock or SystemClock()
        self.chance = SystemChance()
        self.output = Output("")
        self.heals = False
        self.only_reads = False
        self.is_interactive = _is_terminal(sys.stdin) and _is_terminal(sys.stderr)

    @classmethod
    def of(
        cls,
        ctx: typer.Context,
        *,
        json: bool = False,
        quiet: bool = False,
        only_reads: bool = False,
    ) -> AppContext:
        """Return the context of this run, ready to answer for the command of *ctx*."""
        root = ctx.find_root()
        if not isinstance(root.obj, cls):
            root.obj = cls(os.environ)
        context: AppContext = root.obj
        name = ctx.command_path.partition(" ")[2]
        context.output = Output(name, is_json=json, is_quiet=quiet)
        context.only_reads = only_reads
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

    def week_of(self, contract: Contract | None) -> Callable[[datetime], Week]:
        """Return how to find a billing week: that of *contract*, else of the usual contract."""
        from worklog.domain.contract import Week, local_terms

        usual = contract or self.tracking.default_contract()
        if usual is not None:
            return usual.week_at
        terms = local_terms(self.zone, self.clock.now())
        return lambda instant: Week.containing(instant, terms)

    def slot_of(self, instant: datetime) -> Slot:
        """Return the slot that *instant* falls in."""
        from worklog.domain.grid import Slot

        return Slot.containing(instant)

    @property
    def can_ask(self) -> bool:
        """Whether somebody can be asked now: on a terminal, and not for a program."""
        return self.is_interactive and not self.output.is_json

    @property
    def has_desktop(self) -> bool:
        """Whether a browser or a viewer could be opened."""
        return bool(self.environ.get("DISPLAY") or self.environ.get("WAYLAND_DISPLAY"))

    # --- Looks ------------------------------------------------------------------------

    @cached_property
    def look(self) -> Look:
        from worklog.cli.render.look import Look

        return Look.detect(sys.stdout, self.environ, self.settings)

    # --- The cache --------------------------------------------------------------------

    @cached_property
    def cache(self) -> SqliteCache:
        from worklog.cache.opening import empty_cache, is_there, open_cache

        if self.only_reads and not is_there(self.places):
            return empty_cache(self.places, clock=self.clock)
        found = open_cache(self.places, clock=self.clock, heal=self.heals)
        self.equip(found)
        return found

    def equip(self, cache: SqliteCache) -> None:
        """Let *cache* know whether and with which key it encrypts; asked when it writes."""
        from worklog.cache.storage_key import KeyPlace

        cache.key.encrypts = lambda: self.settings.storage.encrypt
        cache.key.place = lambda: KeyPlace(self.settings.storage.key)
        cache.key.keyring = lambda: self.keyring

    @cached_property
    def keyring(self) -> Keyring:
        """The keyring of the desktop, for keys; loads it."""
        from worklog.remote.vault import find_keyring

        return find_keyring(self.clock)

    @property
    def mailbox(self) -> Mailbox:
        return self.cache.mailbox

    @cached_property
    def lock(self) -> TrackerLock:
        from worklog.cache.lock import FileLock

        return FileLock(self.places.lock)

    @cached_property
    def live(self) -> LivePage:
        from worklog.cache.live import SHARED_MEMORY, LivePage

        return LivePage(self.places.live, memory=(self.places.runtime, SHARED_MEMORY))

    def transport(self, service: str) -> Transport:
        """Return the way to *service*; loads httpx."""
        from worklog import __version__
        from worklog.remote.transport import Transport

        return Transport(service, version=__version__, clock=self.clock)

    def find_ways(self) -> Ways:
        """Return the capture ways that work on this machine; who asks closes them."""
        from worklog.cli.machine import find_ways

        return find_ways(self)

    def begin_anew(self) -> None:
        """Make lock, live page and cache anew, after their folder was moved or deleted (F16).

        Raises:
            CacheBusyError: another tracker was first there.
            CacheUnwritableError: the folder cannot be made.
        """
        from worklog.cache.lock import FileLock
        from worklog.cache.opening import open_cache
        from worklog.errors import CacheBusyError

        lock = FileLock(self.places.lock)
        if not lock.acquire():
            msg = "Another tracker has begun where the folder was."
            raise CacheBusyError(msg, hint="End one of them.")
        try:
            fresh = open_cache(self.places, clock=self.clock, heal=True)
            self.cache.go_on_in(fresh)
        except BaseException:
            lock.release()
            raise
        self.lock.release()
        self.__dict__["lock"] = lock
        self.live.close()

    def let_go(self) -> None:
        """Close what is open, before the process divides: SQLite must not cross a fork."""
        if "cache" in self.__dict__:
            self.cache.close()
        for name in ("cache", "lock", "live", "tracking", "editing", "keyring"):
            self.__dict__.pop(name, None)

    def recover(self) -> Session | None:
        """Close what a tracker that died left behind; return its session, None without one."""
        from worklog.app.recovery import recover
        from worklog.clock import boot_id

        return recover(self.cache, self.live, self.lock, self.clock, boot=boot_id())

    def open_parts(self) -> list[Part]:
        """Return what is being recorded at this moment, to the second."""
        from worklog.app.recovery import last_known

        counts = self.live.read()
        session = self.cache.running_session()
        return [last_known(part, counts, session) for part in self.cache.open_parts()]

    def rows(
        self, start: datetime, end: datetime, contract: Contract | None = None
    ) -> list[BilledSegment]:
        """Return the segments of ``[start, end)``, what is being recorded included."""
        from worklog.app.figures import diary_rows

        wanted = contract.contract_id if contract is not None else None
        return diary_rows(self.cache, start, end, contract=wanted, open_parts=self.open_parts())

    # --- Use cases --------------------------------------------------------------------

    @cached_property
    def tracking(self) -> Tracking:
        from worklog.app.tracking import PATIENCE, Tracking

        patience = PATIENCE
        if self.settings.redact.secrets:
            from worklog.app.secret_covering import READING_S

            patience += timedelta(seconds=READING_S)
        return Tracking(self.cache, self.mailbox, self.lock, self.clock, self.chance, patience)

    @cached_property
    def editing(self) -> Editing:
        from worklog.app.editing import Editing

        return Editing(self.cache, self.clock, self.chance)
