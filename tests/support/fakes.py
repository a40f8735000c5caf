"""Time, chance and watchers for tests. No mocks: these obey the ports."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

from worklog.app.events import Event
from worklog.app.snapshot import Snapshot
from worklog.domain.grid import epoch_ms

P = ParamSpec("P")
T = TypeVar("T")


def utc(text: str) -> datetime:
    """Read ``2026-11-19 09:07`` or ``2026-11-19 09:07:30`` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


class FakeClock:
    """Three clocks that move only when told to, so that no test ever waits."""

    def __init__(self, now: datetime) -> None:
        self._wall = now
        self._boot_ns = 1_000_000_000_000
        self._awake_ns = 900_000_000_000
        self._plan: list[tuple[int, Callable[[], object]]] = []

    def now(self) -> datetime:
        return self._wall

    def now_ms(self) -> int:
        return epoch_ms(self._wall)

    def boot_ns(self) -> int:
        return self._boot_ns

    def awake_ns(self) -> int:
        return self._awake_ns

    def wait(self, seconds: float, *, wake: threading.Event) -> bool:
        """Let the time pass at once, with what was planned for it."""
        until_ns = self._boot_ns + round(seconds * 1e9)
        while self._plan and self._plan[0][0] <= until_ns and not wake.is_set():
            at_ns, action = self._plan.pop(0)
            self._pass(at_ns - self._boot_ns)
            action()
        if not wake.is_set():
            self._pass(max(0, until_ns - self._boot_ns))
        return wake.is_set()

    def advance(self, step: timedelta) -> None:
        """Let *step* pass, awake."""
        self._pass(round(step.total_seconds() * 1e9))

    def suspend(self, step: timedelta) -> None:
        """Let *step* pass asleep: the awake clock stands still."""
        self._wall += step
        self._boot_ns += round(step.total_seconds() * 1e9)

    def set_wall(self, now: datetime) -> None:
        """Set the wall clock, as a person or NTP does; no time passes."""
        self._wall = now

    def after(self, delay: timedelta, action: Callable[[], object]) -> None:
        """Run *action* when a wait comes to *delay* from now."""
        self._plan.append((self._boot_ns + round(delay.total_seconds() * 1e9), action))
        self._plan.sort(key=lambda planned: planned[0])

    def _pass(self, nanoseconds: int) -> None:
        self._wall += timedelta(microseconds=nanoseconds // 1000)
        self._boot_ns += nanoseconds
        self._awake_ns += nanoseconds


class FakeChance:
    """Randomness that a test can foretell: numbered tokens, and a fixed share of a range."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share
        self._number = 0

    def token(self, size: int) -> bytes:
        self._number += 1
        return self._number.to_bytes(size)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.share


class Watcher:
    """Implements `worklog.app.events.Observer`: remembers what it was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.last: Snapshot | None = None

    def event(self, event: Event) -> None:
        self.events.append(event)

    def tick(self, snapshot: Snapshot) -> None:
        self.last = snapshot

    @property
    def kinds(self) -> list[str]:
        return [str(event.kind) for event in self.events]


class AtOnce(Executor):
    """An executor that has done the work when `submit` returns."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Someday(Executor):
    """An executor that does the work when the test says so, or never."""

    def __init__(self) -> None:
        self._work: list[Callable[[], None]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self._work.append(lambda: future.set_result(fn(*args, **kwargs)))
        return future

    def work(self) -> None:
        while self._work:
            self._work.pop(0)()
