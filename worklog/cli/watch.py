"""Who watches a running tracker: plain lines, JSON lines, hooks, status file, log.

Observers run in the loop's thread, so none of them may wait or raise. A terminal that
goes away takes its observer out of the round and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TextIO

from worklog.app.events import Event, EventKind, Observer
from worklog.app.snapshot import Snapshot
from worklog.domain.text import printable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

# A sealed segment every ten minutes is what a log wants to see; a memo that the user
# typed a moment ago in the same words is not.
QUIET_KINDS: Final = frozenset({EventKind.STARTED})


@dataclass(slots=True)
class Round:
    """Tells several observers; one that fails to write is left out from then on."""

    members: list[Observer] = field(default_factory=list)

    def event(self, event: Event) -> None:
        self._each(lambda member: member.event(event))

    def tick(self, snapshot: Snapshot) -> None:
        self._each(lambda member: member.tick(snapshot))

    def _each(self, tell: Callable[[Observer], None]) -> None:
        for member in list(self.members):
            try:
                tell(member)
            except OSError:  # the terminal or the pipe is gone (EIO, EPIPE), or a disk is full
                self.members.remove(member)


@dataclass(slots=True)
class PlainLines:
    """One line per event on stderr, for logs and pipes."""

    zone: ZoneInfo
    stream: TextIO = field(default_factory=lambda: sys.stderr)

    def event(self, event: Event) -> None:
        if event.kind in QUIET_KINDS:
            return
        at = event.at.astimezone(self.zone)
        self.stream.write(f"{at:%H:%M:%S} {printable(event.message)}{_detail(event)}\n")
        self.stream.flush()

    def tick(self, snapshot: Snapshot) -> None:
        """Lines tell what happened, not what stands."""


@dataclass(slots=True)
class JsonLines:
    """One JSON object per event on stdout, for programs (`start --json`)."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)

    def event(self, event: Event) -> None:
        from worklog.cli.json import dumps, instant

        facts = dict(event.facts)
        self.stream.write(
            dumps(
                {
                    "event": str(event.kind),
                    "at": instant(event.at),
                    "message": event.message,
                    **facts,
                }
            )
            + "\n"
        )
        self.stream.flush()

    def tick(self, snapshot: Snapshot) -> None:
        """Programs read the status file for this."""


def _detail(event: Event) -> str:
    """Return the figures of *event* that a line needs to be worth reading."""
    facts = event.facts
    match event.kind:
        case EventKind.SEALED:
            minutes = int(facts.get("tracked_seconds") or 0) // 60
            return f" {minutes} min tracked, {facts.get('active_minutes')} of 10 boxes green."
        case EventKind.MEMO | EventKind.LABEL:
            return f" {printable(str(facts.get(str(event.kind)) or '-'))}"
        case EventKind.SWITCHED:
            return f" {printable(str(facts.get('contract')))}"
        case _:
            return ""


def joined(members: Iterable[Observer | None]) -> Round:
    """Return the round of those of *members* that are there."""
    return Round([member for member in members if member is not None])
