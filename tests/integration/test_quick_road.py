"""Both roads of `memo`, `label`, `pause` and `resume` do the same and say the same.

The quick road may decline whatever it likes; what it does, it has to do as the whole
road would: the same row, the same words, the same exit status.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.architecture.source import ROOT
from tests.support.cache_values import ACME, NINE, ZETA, session
from worklog.cache import schema
from worklog.cache.lock import FileLock
from worklog.cache.mailbox import SqliteMailbox
from worklog.cache.opening import open_cache
from worklog.cli.main import run
from worklog.cli.quick import CACHE_FORMAT, is_plain, quick
from worklog.clock import SystemClock
from worklog.domain.contract import Contract
from worklog.places import Places, places
from worklog.sqlite import connect

WHOLE = "from worklog.cli.main import main; main()"
QUICK = "from worklog.cli.quick import main; main()"
PLAIN = (["memo", "review"], ["label", "dev"], ["pause"], ["resume"])

Letters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one run: what it printed, its status, and what it posted."""

    out: str
    err: str
    status: int
    letters: Letters


@pytest.fixture
def home() -> Places:
    return places(os.environ)


@contextmanager
def tracker(home: Places, contract: Contract = ACME) -> Iterator[None]:
    """A cache with a session that is running, and the lock that its tracker holds."""
    with closing(open_cache(home, clock=SystemClock())) as cache:
        for known in (ACME, ZETA):
            cache.save_contract(known, at=NINE)
        cache.save_session(session(contract=contract))
    lock = FileLock(home.lock)
    assert lock.acquire()
    try:
        yield
    finally:
        lock.release()


def emptied(home: Places) -> Letters:
    """Take what was posted out of the mailbox and return it."""
    with closing(connect(home.database)) as db:
        mailbox = SqliteMailbox(db)
        letters = mailbox.take()
        if letters:
            mailbox.remove(letters[-1].number)
    return [(letter.command, letter.argument) for letter in letters]


def run_as(road: str, argv: Sequence[str], home: Places, **more: str) -> Done:
    """Run *argv* on *road* in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", road, *argv],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **more},
        check=False,
        encoding="utf-8",
        errors="backslashreplace",
    )
    letters = emptied(home) if _is_ours(home) else []
    return Done(done.stdout, done.stderr, done.returncode, letters)


def _is_ours(home: Places) -> bool:
    try:
        with closing(sqlite3.connect(home.database)) as db:
            version: int = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        return False
    return version == CACHE_FORMAT


def test_the_quick_road_knows_the_newest_format() -> None:
    assert len(schema.scripts()) == CACHE_FORMAT


@pytest.mark.parametrize("contract", [ACME, ZETA], ids=["with labels", "without labels"])
def test_any_text_comes_to_the_same_on_both_roads(
    home: Places, contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one process, over many texts; where the quick road declines there is nothing to hold."""
    texts = st.one_of(
        st.text(max_size=40),
        st.text("  \t\n\u200b\u202eáΩ\U0001f600\x1b[31m\x00\x7f-", max_size=12),
        st.sampled_from(["", "dev", " dev ", "Dev", "de", "-x", "--help", "--", "-", "x" * 501]),
        st.text("e\u0301a", min_size=55, max_size=65),
    )

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(command=st.sampled_from(["memo", "label"]), text=texts)
    def both(command: str, text: str) -> None:
        argv = [command, text]
        answer = quick(argv, os.environ) if is_plain(argv) else None
        posted = emptied(home)
        capsys.readouterr()
        status = run(argv)
        out = capsys.readouterr().out
        if answer is None:
            assert posted == []
            emptied(home)
        else:
            assert (answer + "\n", 0, posted) == (out, status, emptied(home))

    with tracker(home, contract):
        both()


@pytest.mark.parametrize("argv", PLAIN, ids=lambda argv: argv[0])
def test_a_plain_command_is_not_declined_while_a_tracker_runs(
    home: Places, argv: list[str]
) -> None:
    with tracker(home):
        assert quick(argv, os.environ) is not None


@pytest.mark.parametrize(
    "argv",
    [
        *PLAIN,
        ["memo", ""],
        ["memo", "größer\u202e\x1b[31m"],
        ["memo", "x" * 501],
        ["memo", "-20m"],
        ["memo", "--", "-20m"],
        ["memo", "two", "words"],
        ["memo"],
        ["label", "nope"],
        ["label", ""],
        ["pause", "now"],
        ["pause", "--quiet"],
        ["resume", "--json"],
    ],
    ids=lambda argv: " ".join(argv)[:20],
)
def test_processes_on_both_roads_end_alike(home: Places, argv: list[str]) -> None:
    with tracker(home):
        assert run_as(QUICK, argv, home) == run_as(WHOLE, argv, home)


def _nobody(home: Places) -> None:
    """No cache, no tracker: the first thing that somebody types."""


def _no_tracker(home: Places) -> None:
    """A session that is open; whether somebody tracks it is the lock's business."""
    with tracker(home):
        pass


def _newer(home: Places) -> None:
    _no_tracker(home)
    with closing(sqlite3.connect(home.database)) as db:
        db.execute(f"PRAGMA user_version = {CACHE_FORMAT + 1}")


def _older(home: Places) -> None:
    """An empty database, as of a version before the first."""
    Path(home.data).mkdir(parents=True, mode=0o700)
    connect(home.database).close()


def _corrupt(home: Places) -> None:
    _no_tracker(home)
    Path(home.database).write_bytes(b"no database at all" * 1_000)


def _no_session(home: Places) -> None:
    open_cache(home, clock=SystemClock()).close()


@pytest.mark.parametrize(
    "make",
    [_nobody, _no_tracker, _newer, _older, _corrupt, _no_session],
    ids=lambda make: make.__name__,
)
@pytest.mark.parametrize("is_locked", [False, True], ids=["free", "locked"])
def test_every_state_of_the_cache_is_answered_alike(
    home: Places, make: Callable[[Places], None], *, is_locked: bool
) -> None:
    make(home)
    held = _locked(home) if is_locked else None

    ends = [run_as(road, ["memo", "review"], home) for road in (QUICK, WHOLE)]

    if held is not None:
        os.close(held)
    assert ends[0] == ends[1]
    assert ends[0].letters == ([] if ends[0].status else [("memo", "review")])
    assert (ends[0].status == 0) == (is_locked and make is _no_tracker)


def _locked(home: Places) -> int:
    Path(home.data).mkdir(parents=True, mode=0o700, exist_ok=True)
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def test_f23_a_busy_cache_is_answered_alike(home: Places) -> None:
    with tracker(home), closing(sqlite3.connect(home.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        results = []
        for road in (QUICK, WHOLE):
            done = subprocess.run(
                [sys.executable, "-c", road, "memo", "review"],
                capture_output=True,
                cwd=ROOT,
                check=False,
            )
            results.append((done.stdout, done.stderr, done.returncode))
        other.execute("ROLLBACK")
        assert emptied(home) == []
    assert results[0] == results[1]
    assert results[0][2] == 21


@pytest.mark.parametrize("argv", [["memo", "größer"], ["memo"]], ids=["set", "show"])
def test_an_output_that_lacks_a_character_gets_a_question_mark(
    home: Places, argv: list[str]
) -> None:
    with tracker(home):
        done = run_as(QUICK, argv, home, PYTHONIOENCODING="ascii")

    assert (done.err, done.status) == ("", 0)
    assert done.out in ("memo: gr??er\n", "memo: fixing bug\n")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("command", ["memo review", "memo", "memo --wrong"])
def test_a_closed_output_costs_nobody_the_change(
    home: Places, redirection: str, command: str
) -> None:
    """As a job of cron or a key binding of a window manager may start us."""
    with tracker(home):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -c "$1" {command} {redirection}', sys.executable, QUICK],
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        posted = emptied(home)

    assert b"Traceback" not in done.stderr
    assert done.returncode == (2 if "wrong" in command else 0)
    assert posted == ([("memo", "review")] if "review" in command else [])
