"""What happens while tracking, for whoever watches: display, JSON lines, hooks.

An event is told after what it speaks of is durable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from worklog.app.snapshot import Snapshot

Fact = str | int | None


class EventKind(StrEnum):
    """The kinds of events, in the order in which a session usually meets them."""

    STARTED = "started"
    CAPTURED = "captured"
    NOT_CAPTURED = "not-captured"
    SEALED = "sealed"
    MEMO = "memo"
    LABEL = "label"
    PAUSED = "paused"
    RESUMED = "resumed"
    SWITCHED = "switched"
    REMINDER = "reminder"
    LIMIT = "limit"
    WARNING = "warning"
    WAITING = "waiting"
    RECOVERED = "recovered"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: What.
        at: When.
        message: One sentence for a person; without memo and title where *kind* does
            not speak of them.
        facts: Names and figures for programs.
    """

    kind: EventKind
    at: datetime
    message: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Observer(Protocol):
    """Watches the tracker. Runs in the loop's thread: must be quick, must not raise."""

    def event(self, event: Event) -> None: ...

    def tick(self, snapshot: Snapshot) -> None:
        """Take in how things stand; called after every tick."""
        ...
