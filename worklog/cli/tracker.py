"""Wires the tracking loop to this machine and runs it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any

from worklog.app.capture_desk import CaptureDesk, Taste
from worklog.app.capturing import Capturer
from worklog.app.disposal import Disposal
from worklog.app.events import Event, EventKind, Observer
from worklog.app.idle import IdleAction
from worklog.app.keeper import Keeper
from worklog.app.listening import Listener
from worklog.app.loop import Tracker
from worklog.app.recorder import Home, Hooks, Recorder
from worklog.app.surroundings import Habits, Surroundings
from worklog.app.tracking import Plan
from worklog.app.withholding import DEFAULT_RULES
from worklog.cli.reviewing import unsent_of, wanted_reminders
from worklog.clock import boot_id
from worklog.domain.contract import Contract, Policy, Screenshots
from worklog.domain.session import Ending, Session
from worklog.errors import CaptureUnavailableError

if TYPE_CHECKING:
    from worklog.app.ports import (
        CameraWay,
        InputWay,
        NotifyWay,
        PictureCodec,
        PresenceWay,
        ScreenWay,
        SecretFinder,
        WindowWay,
    )
    from worklog.cli.context import AppContext


@dataclass(frozen=True, slots=True)
class Ways:
    """The capture ways that were chosen for this machine; None where none works."""

    screen: ScreenWay | None
    input: InputWay | None
    window: WindowWay | None
    presence: PresenceWay | None
    notify: NotifyWay | None
    codec: PictureCodec
    tidy: Callable[[], None]
    secrets: SecretFinder | None = None
    camera: CameraWay | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks of one run.

    Attributes:
        until: When to end by itself; None for never.
        has_pictures: Whether pictures may be taken at all.
        has_snapshots: Whether the camera may be used.
    """

    until: datetime | None
    has_pictures: bool
    has_snapshots: bool = False


class Assembly:
    """A tracker with everything it needs, ready to run."""

    def __init__(
        self, context: AppContext, plan: Plan, ways: Ways, wanted: Wanted, observer: Observer
    ) -> None:
        self._context = context
        self._ways = ways
        self._wanted = wanted
        self._executor: Executor = ThreadPoolExecutor(1, thread_name_prefix="worklog-capture")
        self._observer = observer
        session = context.tracking.session(plan, pid=os.getpid(), boot=boot_id())
        keeper = Keeper(context.cache.together)
        desk = self._desk(plan.contract, keeper)
        disposal = Disposal(
            context.cache, context.editing, ways.codec, keeper, desk, warn=self._warn
        )
        recorder = Recorder(
            Home(context.cache, context.live, keeper, context.chance, lambda: context.zone),
            Hooks(
                opened=lambda part: desk.opened(part, until=self.tracker.until),
                closing=lambda part, at: self.tracker.closing(part, at),  # noqa: PLW0108 -- made below
                tell=observer.event,
            ),
            session=session,
            contract=plan.contract,
        )
        self.tracker = Tracker(
            Surroundings(
                clock=context.clock,
                cache=context.cache,
                mailbox=context.mailbox,
                keeper=keeper,
                listener=Listener(context.clock, ways.input, ways.presence),
                desk=desk,
                notify=ways.notify,
                observer=observer,
                zone=lambda: context.zone,
                find_contract=context.tracking.by_id,
                capturer_for=self._capturer,
                discard=disposal.discard,
                redact=disposal.redact,
                begin_anew=self._begin_anew,
                free_room=self._free_room,
                unsent=unsent_of(context),
            ),
            recorder,
            _habits(context, wanted),
        )

    def run(self) -> Session:
        """Track until something ends it, obeying signals; return the session."""
        _keep_memory_private()
        with Signals(self.tracker, goes_on=self._context.settings.hangup == "continue"):
            try:
                return self.tracker.run()
            finally:
                self._executor.shutdown(wait=False, cancel_futures=True)
                if self._ways.notify is not None:
                    self._ways.notify.close()

    def _desk(self, contract: Contract, keeper: Keeper) -> CaptureDesk:
        capture = self._context.settings.capture
        return CaptureDesk(
            capturer=self._capturer(contract),
            executor=self._executor,
            cache=self._context.cache,
            keeper=keeper,
            chance=self._context.chance,
            notify=self._ways.notify,
            taste=Taste(notifies=capture.notify, review=capture.review),
            tell=self._observer.event,
            wake=lambda: self.tracker.wake(),  # noqa: PLW0108 -- made later
            is_local=contract.is_local,
        )

    def _capturer(self, contract: Contract) -> Capturer:
        return capturer_of(
            self._context,
            self._ways,
            contract,
            has_pictures=self._wanted.has_pictures,
            has_snapshots=self._wanted.has_snapshots,
        )

    def _begin_anew(self, session: Session, contract: Contract) -> None:
        """Make the home anew, with what the running session needs in it."""
        self._context.begin_anew()
        self._context.cache.save_contract(contract, at=self._context.clock.now())
        self._context.cache.save_session(session)

    def _free_room(self) -> int | None:
        try:
            return shutil.disk_usage(self._context.places.data).free
        except OSError:
            return None  # the folder is gone, which is another matter

    def _warn(self, message: str) -> None:
        self._observer.event(Event(EventKind.WARNING, self._context.clock.now(), message))


def _keep_memory_private() -> None:
    """Let no crash leave a file with screen contents in it (T10)."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def capturer_of(
    context: AppContext,
    ways: Ways,
    contract: Contract | None,
    *,
    has_pictures: bool = True,
    has_snapshots: bool = True,
) -> Capturer:
    """Return the capturer for what *contract* allows and the settings want; the less wins."""
    policy = contract.terms_at(context.clock.now()).policy if contract is not None else Policy()
    capture = context.settings.capture
    return Capturer(
        screen=ways.screen,
        window=ways.window,
        presence=ways.presence,
        codec=ways.codec,
        rules=capture.withhold.rules(DEFAULT_RULES),
        cover_rules=context.settings.redact.apps.rules(DEFAULT_RULES),
        secrets=ways.secrets,
        has_pictures=has_pictures
        and capture.screenshots
        and policy.screenshots is not Screenshots.FORBIDDEN,
        has_titles=policy.titles,
        active_only=capture.monitors == "active",
        pixelate=max(policy.pixelate, capture.pixelate),
        tidy=ways.tidy,
        camera=ways.camera if has_snapshots else None,
        asleep_ns=lambda: context.clock.boot_ns() - context.clock.awake_ns(),
    )


def check_pictures(contract: Contract, ways: Ways, now: datetime) -> None:
    """Refuse to track where pictures are required and cannot be taken.

    Raises:
        CaptureUnavailableError: naming what to do.
    """
    policy = contract.terms_at(now).policy
    if policy.screenshots is Screenshots.REQUIRED and ways.screen is None:
        msg = f"{contract.name} requires screenshots, and none can be taken here."
        raise CaptureUnavailableError(msg, hint="`worklog doctor` says why and what helps.")


def _habits(context: AppContext, wanted: Wanted) -> Habits:
    settings = context.settings
    return Habits(
        until=wanted.until,
        idle_after=settings.idle.after,
        idle_action=IdleAction(settings.idle.action),
        idle_resume=settings.idle.resume,
        remind_after=settings.memo.remind,
        stops_at_limit=settings.limit.stop,
        locks=wanted_reminders(settings),
    )


class Signals:
    """Turns signals into requests while the tracker runs.

    Ctrl-C is a stop like any other and takes the picture that is still to come. SIGTERM
    may come from a logout or a shutdown, and a hang-up from a terminal that somebody
    closed: neither captures (R3).

    A handler runs in the main thread between any two instructions, perhaps while that
    holds the lock which waking the loop needs. So it only puts the request into a queue
    that is made for that, and a thread of its own passes it on.
    """

    def __init__(self, tracker: Tracker, *, goes_on: bool) -> None:
        """Pass signals on to *tracker*, which *goes_on* after a hang-up."""
        self._tracker = tracker
        self._requests: SimpleQueue[tuple[Ending, bool] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._pass_on, name="signals", daemon=True)
        self._before: dict[int, Any] = {}  # whatever signal() returned
        stop, term = (Ending.STOP, True), (Ending.SIGNAL, False)
        self._wanted: dict[signal.Signals, tuple[Ending, bool] | None] = {
            signal.SIGINT: stop,
            signal.SIGTERM: term,
        }
        if hasattr(signal, "SIGHUP"):
            self._wanted[signal.SIGHUP] = None if goes_on else (Ending.HANG_UP, False)

    def __enter__(self) -> None:
        self._thread.start()
        for number in self._wanted:
            self._before[number] = signal.signal(number, self._handle)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._requests.put(None)
        self._thread.join()

    def _handle(self, number: int, _: FrameType | None) -> None:
        request = self._wanted[signal.Signals(number)]
        if request is not None:
            self._requests.put(request)

    def _pass_on(self) -> None:
        while (request := self._requests.get()) is not None:
            ending, takes_capture = request
            self._tracker.request_stop(ending, takes_capture=takes_capture)
