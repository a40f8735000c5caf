"""What the tracking loop is wired to and told: habits, wishes, neighbours, sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final

from worklog.app.capture_desk import CaptureDesk
from worklog.app.capturing import Capturer
from worklog.app.events import Observer
from worklog.app.idle import IdleAction
from worklog.app.keeper import Keeper
from worklog.app.listening import Listener
from worklog.app.open_part import OpenPart
from worklog.app.ports import Cache, Clock, Mailbox, NotifyWay
from worklog.app.reminding import Unsent, Wanted, nothing_unsent
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.session import Ending, Session


@dataclass(frozen=True, slots=True)
class Habits:
    """How the user wants to be tracked; every field is a setting or an option.

    Attributes:
        until: When tracking ends by itself; None if it does not.
        idle_after: Time without input that counts as idle; zero never does.
        idle_action: What happens then.
        idle_resume: How long after that input still resumes tracking.
        remind_after: Time without a new memo after which to remind; zero never does.
        stops_at_limit: End tracking where the weekly limit is used up.
        locks: What to remind of before a week locks.
    """

    until: datetime | None = None
    idle_after: timedelta = timedelta(minutes=10)
    idle_action: IdleAction = IdleAction.PAUSE
    idle_resume: timedelta = timedelta(minutes=30)
    remind_after: timedelta = timedelta(minutes=60)
    stops_at_limit: bool = False
    locks: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is tracked at present.

    Attributes:
        reason: `pause`, `idle`, `suspend` or `lock`; `frozen` where it is over already.
        since: First instant that was not tracked.
        contract: What was being tracked before it.
    """

    reason: str
    since: datetime
    contract: ContractId


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to end that came from outside the mailbox: a signal, a key."""

    ending: Ending
    takes_capture: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loop is wired to."""

    clock: Clock
    cache: Cache
    mailbox: Mailbox
    keeper: Keeper
    listener: Listener
    desk: CaptureDesk
    notify: NotifyWay | None
    observer: Observer
    zone: Callable[[], tzinfo]
    find_contract: Callable[[str], Contract | None]
    capturer_for: Callable[[Contract], Capturer]
    discard: Callable[[OpenPart | None, str], None]
    redact: Callable[[OpenPart | None, str], None]
    begin_anew: Callable[[Session, Contract], None] = lambda *_: None
    free_room: Callable[[], int | None] = lambda: None
    unsent: Unsent = nothing_unsent


PAUSE_SENTENCES: Final = {
    "pause": "Paused.",
    "idle": "Paused: no input for a while. Input goes on with it, so does `worklog resume`.",
    "suspend": "Paused: the machine was asleep. `worklog resume` goes on.",
    "lock": "Paused: the screen is locked. `worklog resume` goes on.",
}
# For who comes back: by then the sentence above was missed, and nothing else would be said.
WELCOMES: Final = {
    "idle": (
        "Not tracking since you were away: `worklog resume` goes on, and `worklog idle` says what "
        "that time was."
    ),
    "suspend": (
        "Not tracking since the machine slept: `worklog resume` goes on, and `worklog idle` says "
        "what that time was."
    ),
    "lock": (
        "Not tracking since the screen was locked: `worklog resume` goes on, and `worklog idle` "
        "says what that time was."
    ),
}
WAITING: Final = {
    "picture": "Waiting for the last picture; Ctrl-C again drops it.",
    "reading": "Reading the last picture for secrets; Ctrl-C again drops it.",
}
ENDING_SENTENCES: Final = {
    Ending.STOP: "Stopped.",
    Ending.SWITCH: "Switched.",
    Ending.HANG_UP: "Stopped: the terminal was closed.",
    Ending.SIGNAL: "Stopped.",
    Ending.IDLE: "Stopped: no input for a while.",
    Ending.TIME_UP: "Stopped: the time is up.",
    Ending.LIMIT: "Stopped: the weekly limit is used up.",
    Ending.CRASH: "Ended by a crash.",
}
