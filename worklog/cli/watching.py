"""Puts together who watches a running tracker, and takes them down after it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from worklog.app.events import Event, EventKind, Observer
from worklog.app.snapshot import Snapshot
from worklog.cli.hooks import Hooks
from worklog.cli.logs import open_log
from worklog.cli.status_file import StatusFile
from worklog.cli.watch import JsonLines, PlainLines, Round, joined
from worklog.clock import boot_id

if TYPE_CHECKING:
    from worklog.app.loop import Tracker
    from worklog.app.ports import NotifyWay
    from worklog.cli.context import AppContext
    from worklog.cli.keyboard import Keyboard

_LOG: Final = logging.getLogger(__name__)
LOGGED: Final = frozenset(
    {
        *("session", "part", "state", "reason", "code", "ending"),
        *("covered", "covered_windows", "covered_secrets"),  # how much, never what
    }
)


@dataclass(slots=True)
class Watch:
    """The watchers of one run.

    Attributes:
        round: What the tracker tells.
        keyboard: Keys of the live display; None without one.
        notices: Where notices go that only this terminal could show; None without a
            live display.
    """

    round: Round = field(default_factory=Round)
    keyboard: Keyboard | None = None
    notices: NotifyWay | None = None

    def tell(self, event: Event) -> None:
        """Tell all of the round of *event*."""
        self.round.event(event)

    def attach(self, tracker: Tracker) -> None:
        """Let keys reach *tracker*."""
        if self.keyboard is not None:
            self.keyboard.attach(tracker)


class LogLines:
    """Notes each event in the log, without words."""

    def event(self, event: Event) -> None:
        facts = {name: fact for name, fact in event.facts.items() if name in LOGGED}
        _LOG.info("event", extra={"event": str(event.kind), **facts})

    def tick(self, snapshot: Snapshot) -> None:
        """The log holds what happened, not what stands."""


class HookTroubles:
    """Tells everyone who watches of a hook that failed, was too slow or cannot run."""

    def __init__(self, hooks: Hooks, tell: Callable[[Event], None]) -> None:
        self._hooks = hooks
        self._tell = tell

    def event(self, event: Event) -> None:
        """Hooks are told of events by themselves."""

    def tick(self, snapshot: Snapshot) -> None:
        for trouble in self._hooks.troubles():
            facts = {"hook": str(trouble.hook), "code": trouble.code}
            self._tell(Event(EventKind.WARNING, snapshot.now, trouble.message, facts))


@contextmanager
def observers(context: AppContext) -> Iterator[Watch]:
    """Open display, log, status file and hooks; close them when tracking is over."""
    places = context.places
    level = logging.getLevelNamesMapping()[context.settings.log.level.upper()]
    hooks = Hooks(places.hooks, limit_s=context.settings.hooks.timeout.total_seconds())
    status = StatusFile(places.status_file, pid=os.getpid(), boot=boot_id())
    watch = Watch()
    with ExitStack() as stack:
        stack.callback(open_log(places.log_file, level=level))
        stack.callback(hooks.close)
        stack.callback(status.remove)
        shown: Observer | None
        if context.output.is_json:
            shown = JsonLines()
        elif context.output.is_quiet:
            shown = None
        elif sys.stdout.isatty():
            shown = stack.enter_context(_live(context, watch))
        else:
            shown = PlainLines(context.zone)
        watch.round = joined([shown, LogLines(), status, hooks, HookTroubles(hooks, watch.tell)])
        yield watch


@contextmanager
def _live(context: AppContext, watch: Watch) -> Iterator[Observer]:
    from worklog.cli.live import LiveDisplay
    from worklog.cli.notices import DisplayNotices

    display = LiveDisplay(context.look, context.zone)
    if sys.platform == "win32":  # its consoles give no single keys to a program like this
        with display:
            watch.notices = DisplayNotices(display)
            yield display
        return
    from worklog.cli.keyboard import Keyboard

    with display, Keyboard(display) as keyboard:
        watch.keyboard = keyboard
        watch.notices = DisplayNotices(display)
        yield display
