"""The command line as a person meets it, in this process, on a cache of its own.

A `Desk` is one home with one clock. Each `run` builds a context anew, as a process would,
and gives back what was printed and the exit status; the cache, the journals and the
pictures are real. `Desk.track` plays what a tracker would have recorded.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.support.fakes import FakeChance, FakeClock, utc
from worklog.app.ports import Box, EncodedPicture, Frame, Gap
from worklog.cache.lock import FileLock
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.capture.picture import WebpCodec
from worklog.capture.select import Ways
from worklog.cli.context import AppContext
from worklog.cli.main import run
from worklog.domain.activity import Activity
from worklog.domain.contract import Contract, local_terms
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, PartId, SessionId, uuid7
from worklog.domain.part import Capture, CaptureState, Part, Role, Span
from worklog.domain.session import Ending, Session
from worklog.places import Places, places

NOW: Final = utc("2026-11-19 16:47:12")  # a Thursday; 17:47 in Berlin
ZONE: Final = "Europe/Berlin"
ID_BYTES: Final = 10
WIDTH, HEIGHT = 160, 120
NO_WAYS: Final = Ways(screen=None, input=None, window=None, presence=None, notify=None, rows=())


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command came to."""

    status: int
    out: str
    err: str

    @property
    def envelope(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (line,) = self.out.splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    @property
    def data(self) -> Any:  # noqa: ANN401 -- whatever JSON holds
        assert self.envelope["status"] == "ok", self.envelope
        return self.envelope["data"]

    @property
    def code(self) -> str:
        """The code of the only error in the envelope."""
        (error,) = self.envelope["errors"]
        return str(error["code"])


class Streams:
    """stdin, stdout and stderr of one run; typed text is a terminal's, None is /dev/null."""

    def __init__(self, typed: str | None) -> None:
        self.out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self.err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self._stdin = io.StringIO(typed or "")

    @contextmanager
    def taken(self) -> Iterator[None]:
        before = sys.stdin
        sys.stdin = self._stdin
        try:
            with redirect_stdout(self.out), redirect_stderr(self.err):
                yield
        finally:
            sys.stdin = before

    def texts(self) -> tuple[str, str]:
        """Return what was written to stdout and stderr."""
        return _text(self.out), _text(self.err)

    @property
    def has_been_read(self) -> bool:
        return self._stdin.tell() > 0


class DeskContext(AppContext):
    """The context of one run, with the machine's capture ways as the test wants them."""

    def __init__(self, desk: Desk, *, is_interactive: bool) -> None:
        super().__init__(desk.environ, clock=desk.clock)
        self.chance = desk.chance  # type: ignore[assignment]  # foretold
        self.is_interactive = is_interactive
        self._ways = desk.ways

    def find_ways(self) -> Ways:
        return self._ways


@dataclass(frozen=True, slots=True)
class Work:
    """What a tracker recorded in one slot; *level* is the number of green boxes."""

    memo: str = "fixing bug"
    label: str = ""
    level: int = 9
    seconds: int = 600
    picture: EncodedPicture | None = None
    camera: EncodedPicture | None = None
    state: CaptureState | None = None
    application: str | None = "Editor"


@dataclass
class Desk:
    """One home, one clock, one person typing."""

    home: Path
    now: datetime = NOW
    zone: str = ZONE
    ways: Ways = NO_WAYS
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = FakeClock(self.now)
        self.chance = FakeChance()
        self._numbers = iter(range(1, 1 << 30))
        self.environ = {
            "HOME": str(self.home),
            "WORKLOG_HOME": str(self.home / "worklog"),
            "TZ": self.zone,
            "LANG": "C.UTF-8",
        } | self.environ

    # --- Typing -----------------------------------------------------------------------

    def run(self, *argv: str, typed: str | None = None) -> Answer:
        """Run a command line; with *typed* on a terminal where that is typed."""
        context = self.context(is_interactive=typed is not None)
        streams = Streams(typed)
        try:
            with streams.taken():
                status = run(list(argv), context)
        finally:
            context.let_go()
        assert typed is not None or not streams.has_been_read, "it read stdin off a terminal"
        return Answer(status, *streams.texts())

    def ok(self, *argv: str, typed: str | None = None) -> str:
        """Run a command that must succeed without a word on stderr; return its output."""
        answer = self.run(*argv, typed=typed)
        assert (answer.status, answer.err) == (0, "") or typed is not None, answer
        assert answer.status == 0, answer
        return answer.out

    def json(self, *argv: str) -> Any:  # noqa: ANN401 -- whatever JSON holds
        """Run a command with --json that must succeed; return its data."""
        answer = self.run(*argv, "--json")
        assert answer.status == 0, answer
        return answer.data

    def context(self, *, is_interactive: bool = False) -> DeskContext:
        return DeskContext(self, is_interactive=is_interactive)

    # --- What is there ----------------------------------------------------------------

    @property
    def places(self) -> Places:
        return places(self.environ)

    @property
    def files(self) -> list[str]:
        """Everything under the home, relative."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))

    @contextmanager
    def cache(self) -> Iterator[SqliteCache]:
        cache = open_cache(self.places, clock=self.clock)
        try:
            yield cache
        finally:
            cache.close()

    def settings(self, text: str) -> None:
        """Write the settings file."""
        file = Path(self.places.config_file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    @contextmanager
    def tracker(self) -> Iterator[FileLock]:
        """Hold the tracker's lock, as another process would."""
        lock = FileLock(self.places.lock)
        assert lock.acquire()
        try:
            yield lock
        finally:
            lock.release()

    # --- What was recorded --------------------------------------------------------------

    def local(self, text: str) -> datetime:
        """Return `09:10` of today, or `2026-11-18 09:10`, local, as UTC."""
        today = self.clock.now().astimezone(ZoneInfo(self.zone)).date()
        stamp = text if "-" in text else f"{today} {text}"
        naive = datetime.fromisoformat(stamp)
        return naive.replace(tzinfo=ZoneInfo(self.zone)).astimezone(self.now.tzinfo)

    def contract(self, name: str = "acme", **changes: Any) -> Contract:  # noqa: ANN401 -- fields
        """Keep a contract and return it; *changes* are fields of it or of its terms."""
        fields = {
            k: changes.pop(k) for k in ("client", "title", "labels", "service") & changes.keys()
        }
        terms = replace(local_terms(ZoneInfo(self.zone), self.now), **changes)
        found = Contract(ContractId(uuid7(self.now, self._token())), name, terms=(terms,), **fields)
        with self.cache() as cache:
            cache.save_contract(found, at=self.now)
        return found

    def track(self, contract: Contract, at: str, *, count: int = 1, **work: Any) -> list[Part]:  # noqa: ANN401 -- fields of Work
        """Keep *count* sealed parts from the local time *at* on; see `Work`."""
        with self.cache() as cache:
            return [
                self._sealed(
                    cache, contract, self.local(at) + timedelta(minutes=10 * number), Work(**work)
                )
                for number in range(count)
            ]

    def record(self, contract: Contract, at: str, **work: Any) -> Part:  # noqa: ANN401 -- as above
        """Keep an open part, as of its last flush."""
        with self.cache() as cache:
            part = self._part(cache, contract, self.local(at), Work(**work))
            cache.save_open(part)
            return part

    def _sealed(self, cache: SqliteCache, contract: Contract, start: datetime, work: Work) -> Part:
        part = self._part(cache, contract, start, work)
        shots = [shot for shot in (work.picture, work.camera) if shot is not None]
        if shots:
            cache.add_pictures(part, dict(enumerate(shots)))
        cache.seal(part)
        return part

    def _part(self, cache: SqliteCache, contract: Contract, start: datetime, work: Work) -> Part:
        slot = Slot.containing(start)
        begin = (start - slot.start) // timedelta(seconds=1)
        end = min(600, begin + work.seconds)
        taken_at = start + timedelta(minutes=4)
        captures = [
            capture_of(shot, taken_at, role)
            for shot, role in ((work.picture, Role.SCREEN), (work.camera, Role.CAMERA))
            if shot is not None
        ]
        if work.state is not None:
            captures.append(Capture(work.state, taken_at))
        minutes = [(20, 3, 2)] * work.level + [(0, 0, 0)] * (10 - work.level)
        return Part(
            part_id=PartId(uuid7(start, self._token())),
            device=cache.device,
            contract=contract.contract_id,
            slot=slot,
            opened=start,
            sealed=slot.start + timedelta(seconds=end),
            spans=(Span(begin, end, work.memo, work.label),),
            activity=Activity.of_counts(minutes),
            application=work.application,
            title="billing.py",
            captures=tuple(captures),
            zone=self.zone,
            utc_offset=3600,
        )

    def session(
        self,
        contract: Contract,
        at: str,
        *,
        until: str | None = None,
        memo: str = "fixing bug",
        label: str = "",
    ) -> Session:
        """Keep a session; without *until* it is the running one."""
        started = self.local(at)
        found = Session(
            SessionId(uuid7(started, self._token())),
            contract.contract_id,
            started,
            memo=memo,
            label=label,
            ended=None if until is None else self.local(until),
            ending=None if until is None else Ending.STOP,
            pid=os.getpid(),
            boot="b00t",
        )
        with self.cache() as cache:
            cache.save_session(found)
        return found

    def gap(self, contract: Contract, start: str, end: str, reason: str = "idle") -> None:
        with self.cache() as cache:
            cache.save_gap(Gap(self.local(start), self.local(end), reason, contract.contract_id))

    def _token(self) -> bytes:
        return (1 << 60 | next(self._numbers)).to_bytes(ID_BYTES)


def _text(stream: io.TextIOWrapper) -> str:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


def picture(seed: int = 1, *, width: int = WIDTH, height: int = HEIGHT) -> EncodedPicture:
    """Return a real WebP with something on it."""
    rgb = random.Random(seed).randbytes(3 * width * height)
    return WebpCodec().encode(Frame(0, Box(0, 0, width, height), rgb))


def capture_of(shot: EncodedPicture, at: datetime, role: Role = Role.SCREEN) -> Capture:
    return Capture(
        CaptureState.TAKEN,
        taken_at=at,
        role=role,
        sha256=sha256(shot.image).hexdigest(),
        thumbnail_sha256=sha256(shot.thumbnail).hexdigest(),
        width=shot.width,
        height=shot.height,
    )


def empty_ways(**ways: Any) -> Ways:  # noqa: ANN401 -- any port's way
    """Return the ways of a machine that has those of *ways* only."""
    return replace(NO_WAYS, **ways)
