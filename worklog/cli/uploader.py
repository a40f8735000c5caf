"""The thread that syncs while the tracker runs: own connections, and nothing that blocks.

Capture never waits for it: it has its own connection to the cache, and each of its
writes is one short transaction. Whatever goes wrong here is remembered in the cache for
`status`; the tracker asks nobody anything and goes on. What a person should know is told
once, as an event. When tracking ends, what is on the network is cut off: the next run
goes on where this one was.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from worklog.app.events import Event, EventKind
from worklog.app.ports import Chance, Clock
from worklog.app.sync import Outcome, Syncer
from worklog.app.sync_plan import delay_after
from worklog.errors import CacheBusyError, ServiceUnreachableError, WorklogError

if TYPE_CHECKING:
    from worklog.app.snapshot import Snapshot

LONGEST_REST_S: Final = 300.0  # so that changes made elsewhere come within five minutes
END_S: Final = 0.5  # how long an end waits for a write that is under way
_WAKING: Final = frozenset({EventKind.SEALED, EventKind.STOPPED})
_LOG: Final = logging.getLogger(__name__)


class Line(Protocol):
    """One service, ready to be synced with in this thread."""

    syncer: Syncer

    def abort(self) -> None:
        """End what is under way on the network; called from another thread."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _State:
    """How it went with one service so far."""

    failures: int = 0
    due_ns: int = 0


class Uploader:
    """Syncs with every service that this user is logged in to. An `Observer` of the tracker.

    Args:
        services: Returns the services; called in the thread, each round.
        open_line: Opens one of them; likewise. Raises WorklogError where it cannot.
    """

    def __init__(
        self,
        services: Callable[[], list[str]],
        open_line: Callable[[str], Line],
        *,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._services = services
        self._open_line = open_line
        self._clock = clock
        self._chance = chance
        self._end = threading.Event()
        self._wake = threading.Event()
        self._states: dict[str, _State] = {}
        self._lines: dict[str, Line] = {}
        self._news: deque[str] = deque()  # to be told in the loop's thread
        self._told: set[str] = set()
        self._tell: Callable[[Event], None] = lambda _: None
        # A daemon: a server that hangs cannot hold up the end of the process.
        self._thread = threading.Thread(target=self._run, name="worklog-upload", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._wake.set()
        for line in list(self._lines.values()):
            line.abort()
        self._thread.join(END_S)

    @property
    def has_ended(self) -> bool:
        """Whether the thread is gone."""
        return not self._thread.is_alive()

    def attach(self, tell: Callable[[Event], None]) -> None:
        """Tell everyone who watches through *tell*, from the loop's thread."""
        self._tell = tell

    def event(self, event: Event) -> None:
        """Look again once something was sealed."""
        if event.kind in _WAKING:
            self._wake.set()

    def tick(self, snapshot: Snapshot) -> None:
        """Pass on what the thread has to say."""
        while self._news:
            self._tell(Event(EventKind.WARNING, snapshot.now, self._news.popleft()))

    def _run(self) -> None:
        try:
            while not self._end.is_set():
                self._wake.clear()
                rest = self.round()
                if not self._end.is_set():
                    self._clock.wait(rest, wake=self._wake)
        except Exception:
            # A bug here must not look like a tracker that syncs.
            _LOG.exception("uploader ended")
            raise
        finally:
            for line in self._lines.values():
                line.close()

    def round(self) -> float:
        """Sync with each service that is due; return how long to rest [s]."""
        try:
            services = self._services()
        except WorklogError as error:
            _LOG.warning("uploader in trouble", extra={"code": error.code})
            return LONGEST_REST_S
        return min((self._one(service) for service in services), default=LONGEST_REST_S)

    def _one(self, service: str) -> float:
        state = self._states.setdefault(service, _State())
        left = (state.due_ns - self._clock.boot_ns()) / 1e9
        if state.failures and left > 0:
            return left  # a failure is not tried again before its time, whatever was sealed
        try:
            line = self._lines.get(service) or self._open_line(service)
            self._lines[service] = line
            rest = self._sync(line.syncer, state)
            state.failures = 0
        except WorklogError as error:
            if self._end.is_set():
                return LONGEST_REST_S  # our own hanging up
            state.failures += 1
            rest = delay_after(error, state.failures, self._chance)
            self._put_off(service, rest, error)
        state.due_ns = self._clock.boot_ns() + round(rest * 1e9)
        return rest

    def _sync(self, syncer: Syncer, state: _State) -> float:
        def hear(outcome: Outcome) -> None:
            if outcome.parts or outcome.pictures or outcome.amendments:
                state.failures = 0  # a line that drops now and then is not one that is down

        outcome = syncer.run(self._end, tell=hear)
        for note in outcome.notes:
            self._say(note)
        if outcome.rest is None:
            return LONGEST_REST_S
        until = (outcome.rest - self._clock.now()).total_seconds()
        return min(LONGEST_REST_S, max(1.0, until))

    def _say(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._news.append(sentence)

    def _put_off(self, service: str, rest: float, error: WorklogError) -> None:
        _LOG.warning("sync put off", extra={"code": error.code, "seconds": round(rest)})
        if not isinstance(error, ServiceUnreachableError | CacheBusyError):
            # A network that is away comes back by itself; this wants a person, later.
            self._say(f"Syncing waits: {error} {error.hint or ''}".strip())
        line = self._lines.pop(service, None)
        if line is None:
            return
        try:
            line.syncer.put_off(self._clock.now() + timedelta(seconds=rest))
        except WorklogError as trouble:
            _LOG.warning("uploader in trouble", extra={"code": trouble.code})
        line.close()  # a new login, a new address: everything is opened anew
