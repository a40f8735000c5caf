"""Real trackers in processes of their own, and what they acknowledged before they died.

    with TrackerProcess(home) as tracker:
        tracker.wait_for("sealed")
        tracker.kill()
    acknowledged(home, tracker.events)

A line of `start --json` is an acknowledgement: what it speaks of must be there whatever
happens to the process or the machine afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self

from tests.entry.scripted import Note, ReadingFile
from tests.entry.virtual import ClockFile
from tests.support.fakes import utc
from tests.support.until import until
from worklog.app.recovery import recover
from worklog.cache.check import check
from worklog.cache.live import LivePage
from worklog.cache.lock import FileLock
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.clock import SystemClock, boot_id
from worklog.domain.ids import PartId
from worklog.domain.part import Part
from worklog.places import Places, places

INSTALLED = (str(Path(sys.executable).with_name("worklog")),)
TEST_ENTRY = (sys.executable, "-m", "tests.entry")
CHECKOUT = Path(__file__).parents[2]

Event = dict[str, Any]


@dataclass
class TrackerHome:
    """A home for trackers, with the variables they are started with.

    Attributes:
        folder: What WORKLOG_HOME names.
        environ: Variables on top of the test's own.
        program: The installed command, or the test entry point.
        login: Runtime folder of a login session, by which everything then has its usual
            place; without it WORKLOG_HOME puts all under *folder*.
    """

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    program: Sequence[str] = INSTALLED
    login: Path | None = None

    @property
    def places(self) -> Places:
        return places(self._roots)

    @property
    def _roots(self) -> dict[str, str]:
        if self.login is None:
            return {"WORKLOG_HOME": str(self.folder)}
        return {
            "WORKLOG_HOME": "",
            "HOME": str(self.folder),
            "XDG_DATA_HOME": f"{self.folder}/data",
            "XDG_CONFIG_HOME": f"{self.folder}/config",
            "XDG_STATE_HOME": f"{self.folder}/state",
            "XDG_RUNTIME_DIR": str(self.login),
        }

    @property
    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            **self._roots,
            "WORKLOG_CAPTURE_CONSENT": "yes",
            "PYTHONPATH": str(CHECKOUT),
            **self.environ,
        }

    def run(
        self, *words: str, within_s: float = 30, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as from another terminal."""
        return subprocess.run(
            [*self.program, *words],
            env={**self.variables, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )

    def answer(self, *words: str, within_s: float = 30) -> Any:  # noqa: ANN401 -- whatever it is
        """Return the data of a command's JSON answer; fail if it fails."""
        done = self.run(*words, "--json", within_s=within_s)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)["data"]

    @contextmanager
    def cache(self) -> Iterator[SqliteCache]:
        """Open the cache as the next `start` would, damage healed."""
        cache = open_cache(self.places, clock=SystemClock(), heal=True)
        try:
            yield cache
        finally:
            cache.close()

    def recover(self) -> None:
        """Do what the next command that may does after a crash."""
        with self.cache() as cache:
            lock = FileLock(self.places.lock)
            live = LivePage(self.places.live)
            recover(cache, live, lock, SystemClock(), boot=boot_id())
            live.close()

    def parts(self) -> list[Part]:
        """Return all parts, open ones as of their last flush included, oldest first."""
        with self.cache() as cache:
            return parts_of(cache)

    def findings(self) -> list[str]:
        """Return what `check --evidence --pictures` finds; removes orphans."""
        with self.cache() as cache:
            return [str(found) for found in check(cache, evidence=True, pictures=True).findings]

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


def parts_of(cache: SqliteCache) -> list[Part]:
    """Return all parts of *cache*, oldest first."""
    names = cache.db.execute("SELECT part_id FROM parts ORDER BY slot, part_id").fetchall()
    return [part for (name,) in names if (part := cache.part(PartId(name))) is not None]


@dataclass
class ScriptedHome:
    """A home whose trackers live by a script: see `tests.entry`.

    Attributes:
        folder: Holds the home and the script's files.
        start: What the wall clock shows at first; a whole minute.
        speed: How many times faster time passes.
        login: As of `TrackerHome`.
    """

    folder: Path
    start: datetime = field(default_factory=lambda: utc("2026-11-19 10:03"))
    speed: int = 600
    login: Path | None = None

    def __post_init__(self) -> None:
        self.clock = ClockFile.create(self.folder / "clock", self.start)
        self._begun_ns = self.clock.awake_ns
        self.readings = ReadingFile(self.folder / "readings")
        self.home = TrackerHome(
            self.folder / "home",
            {
                "WORKLOG_TEST_CLOCK": str(self.folder / "clock"),
                "WORKLOG_TEST_SPEED": str(self.speed),
                "WORKLOG_TEST_INPUT": str(self.folder / "readings"),
                "WORKLOG_TEST_SCREEN": "64x48",
                "WORKLOG_IDLE_ACTION": "keep",
            },
            TEST_ENTRY,
            self.login,
        )

    def await_time(self, instant: datetime, *, within_s: float = 60) -> None:
        """Return once the wall clock of the script shows *instant*."""
        until(lambda: self.clock.now >= instant, within_s=within_s)

    @property
    def awake_s(self) -> float:
        """Time that trackers have lived awake [s]."""
        return (self.clock.awake_ns - self._begun_ns) / 1e9

    def await_awake(self, span: timedelta, *, within_s: float = 60) -> None:
        """Return once *span* has passed awake, whatever the wall clock shows."""
        until_ns = self.clock.awake_ns + span // timedelta(microseconds=1) * 1000
        until(lambda: self.clock.awake_ns >= until_ns, within_s=within_s)

    def keys(self, *, by: Note | None = None) -> int:
        """Return how many keys the tracker that ran last was told of, up to a reading."""
        return (by or self.readings.last).keys - self.readings.first.keys


class TrackerProcess:
    """A tracker in a process of its own, its events as they come.

    Attributes:
        events: What it has told so far; complete once the process has ended.
        process: The process.
    """

    def __init__(
        self, home: TrackerHome, *words: str, environ: Mapping[str, str] | None = None
    ) -> None:
        self.events: list[Event] = []
        self._told = threading.Condition()
        self._is_over = False
        self.process = subprocess.Popen(
            [*home.program, "start", "--json", *words],
            env={**home.variables, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=self._note, args=(self.process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def errors(self) -> str:
        """What it wrote to stderr so far."""
        return "".join(self._errors)

    def named(self, kind: str, **facts: str) -> list[Event]:
        """Return its events of *kind* with *facts* so far."""
        wanted = {"event": kind, **facts}
        return [event for event in list(self.events) if wanted.items() <= event.items()]

    def wait_for(self, kind: str, count: int = 1, *, within_s: float = 30, **facts: str) -> Event:
        """Return the *count*-th event of *kind* with *facts* as soon as it is told."""
        with self._told:
            self._told.wait_for(
                lambda: self._is_over or len(self.named(kind, **facts)) >= count, within_s
            )
        found = self.named(kind, **facts)
        assert len(found) >= count, f"no {kind}: {self.events} {self.errors}"
        return found[count - 1]

    def is_over_within(self, seconds: float) -> bool:
        """Wait for its end; return whether it came."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            return True
        return False

    def wait(self, within_s: float = 30) -> int:
        """Wait for its end and return its exit status."""
        status = self.process.wait(within_s)
        self._read_on()
        return status

    def kill(self) -> None:
        """Kill it as the kernel would; everything it had told is read afterwards."""
        self.signal(signal.SIGKILL)
        self.process.wait()
        self._read_on()

    def signal(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def _read_on(self) -> None:
        for reader in self._readers:
            reader.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            if line.endswith("\n"):  # the last one may be torn by a kill
                with self._told:
                    self.events.append(json.loads(line))
                    self._told.notify_all()
        with self._told:
            self._is_over = True
            self._told.notify_all()

    def _note(self, stream: IO[str]) -> None:
        for line in stream:
            self._errors.append(line)


def check_acknowledged(cache: SqliteCache, events: Sequence[Event]) -> None:
    """Hold *cache* to everything that *events* acknowledged (N1).

    Every part that was called sealed is sealed, with the time it was said to have, and
    every picture that was called taken is there, its bytes those of the digest.
    """
    open_ids = {part.part_id for part in cache.open_parts()}
    for event in events:
        if event.get("event") == "sealed":
            part = cache.part(event["part"])
            assert part is not None, event
            assert part.part_id not in open_ids, event
            assert part.tracked_seconds == event["tracked_seconds"], (event, part)
            assert part.activity.level == event["active_minutes"], (event, part)
        elif event.get("event") == "captured":
            stored = cache.pictures([event["part"]])
            assert event["sha256"] in [row.capture.sha256 for row in stored], (event, stored)
            for row in stored:
                assert cache.image(row)  # raises if its bytes have another digest
            part = cache.part(event["part"])
            assert part is not None
            assert event["sha256"] in [capture.sha256 for capture in part.captures], (event, part)
