"""`worklog demo`: a home that every command can be tried in, made by the real use cases."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tests.support.fake_cache import InMemoryCache
from tests.support.fakes import AtOnce, FakeClock, utc
from worklog.app.ports import Box, EncodedPicture, Frame, Window
from worklog.cache.check import check
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.cli.context import AppContext
from worklog.cli.demo.drawing import draw
from worklog.cli.demo.filling import COVERED, Filling, Painted, Shown, StoryChance, StoryClock
from worklog.cli.demo.making import make_demo
from worklog.cli.demo.story import Scene, Task, tell
from worklog.cli.main import run
from worklog.cli.output import Output
from worklog.domain.part import CaptureState
from worklog.domain.segment import Reason
from worklog.errors import ConflictError
from worklog.places import places

NOW = utc("2026-11-20 16:30")  # a Friday
BERLIN = ZoneInfo("Europe/Berlin")


def context() -> AppContext:
    made = AppContext(os.environ, clock=FakeClock(NOW))
    made.output = Output("demo", is_json=True)
    return made


def opened(home: Path) -> SqliteCache:
    return open_cache(places({"WORKLOG_HOME": str(home)}), clock=FakeClock(NOW))


def test_two_days_have_everything_that_can_happen_and_check_finds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_demo(context(), str(tmp_path / "demo"), days=2, seed=1)

    told = json.loads(capsys.readouterr().out)["data"]
    with closing(opened(tmp_path / "demo")) as cache:
        rows = cache.segments(NOW - timedelta(days=3), NOW)
        report = check(cache, evidence=True, pictures=True)
        kinds = [type(amendment.change).__name__ for amendment in cache.amendments()]
        gaps = cache.gaps(NOW - timedelta(days=3), NOW)
        assert cache.running_session() is None
    live = [row for row in rows if not row.segment.is_deleted]
    assert report.findings == ()
    assert told["segments"] == len(live)
    assert told["pictures"] == report.pictures > 20
    assert told["contracts"] == ["acme", "globex", "admin"]
    assert {row.bill.currency for row in live} == {"EUR", "USD", ""}
    assert {row.bill.reason for row in rows} >= {Reason.BILLED, Reason.DELETED}
    assert any(row.segment.manual for row in live)
    assert any(0 < row.segment.activity.level <= 4 for row in live)
    assert sorted(kinds) == ["Delete", "Describe", "Describe", "Idle", "Manual", "Redact", "Revoke"]
    assert [gap.reason for gap in gaps] == ["idle"]


class Digest:
    """A codec that is quick: files are digests of the pixels. Redaction is all or nothing."""

    def encode(self, frame: Frame, *, pixelate: int = 0) -> EncodedPicture:
        digest = hashlib.sha256(frame.rgb).digest()
        return EncodedPicture(digest, digest[: 8 + pixelate], frame.box.width, frame.box.height)

    def is_blank(self, frame: Frame) -> bool:
        return not any(frame.rgb[:300])

    def cover(self, frame: Frame, boxes: Sequence[Box]) -> tuple[Frame, int]:
        raise AssertionError(frame, boxes)  # the demo has no rules

    def redact(self, image: bytes, boxes: Sequence[Box]) -> tuple[EncodedPicture, int]:
        return EncodedPicture(image[:1], image[:1], 960, 600), 250 * len(boxes)


def test_a_fortnight_goes_over_the_limit_and_has_idle_and_unknown_time() -> None:
    """On a cache in memory: three hundred segments take a while on a real one."""
    days = tell(NOW, BERLIN, days=14, seed=1)
    cache, clock, heard = InMemoryCache(), StoryClock(NOW), list[tuple[int, int]]()
    filling = Filling(cache, clock, codec=Digest(), executor=AtOnce(), zone=BERLIN, seed=1)

    filled = filling.fill(days, tell=lambda done, of: heard.append((done, of)))

    rows = cache.segments(days[0].start - timedelta(days=1), NOW)
    boxes = [row.segment.activity for row in rows if not row.segment.manual]
    states = {picture.capture.state for row in rows for picture in row.segment.pictures}
    kinds = sorted(type(amendment.change).__name__ for amendment in cache.amendments())
    pictures = cache.pictures(part for row in rows for part in row.segment.parts)
    assert heard == [(number, 10) for number in range(11)]
    assert filled.segments == sum(not row.segment.is_deleted for row in rows) > 250
    assert filled.pictures == len(pictures)
    assert {row.bill.reason for row in rows} == {
        Reason.BILLED,
        Reason.IDLE,
        Reason.OVER_LIMIT,
        Reason.SHARED,
        Reason.DELETED,
    }
    assert any(not activity.is_known for activity in boxes)
    assert states == {CaptureState.TAKEN, CaptureState.WITHHELD}
    assert sorted(picture.redacted for picture in pictures)[-2:] == [0, 250]
    assert kinds == ["Delete", "Describe", "Describe", "Idle", "Manual", "Redact", "Revoke"]
    assert {gap.reason for gap in cache.gaps(days[0].start, NOW)} == {"idle", "pause"}
    assert (
        max(session.ended for session in cache.sessions(days[0].start, NOW) if session.ended) < NOW
    )


def test_the_same_seed_makes_the_same_diary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the disk and without: where there is no memory to work in it is just slower."""
    make_demo(context(), str(tmp_path / "a"), days=1, seed=5)
    make_demo(context(), str(tmp_path / "b"), days=1, seed=5, memory=str(tmp_path / "none"))

    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["data"]["segments"] == json.loads(second)["data"]["segments"]
    diaries = []
    for name in "ab":
        with closing(opened(tmp_path / name)) as cache:
            diaries.append(cache.segments(NOW - timedelta(days=2), NOW))
    assert [row.segment.activity for row in diaries[0]] == [r.segment.activity for r in diaries[1]]
    assert [row.bill for row in diaries[0]] == [row.bill for row in diaries[1]]
    digests = [
        [picture.capture.sha256 for row in diary for picture in row.segment.pictures]
        for diary in diaries
    ]
    assert digests[0] == digests[1]


def test_a_home_with_a_diary_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as cache:
        cache.remember("consent", "yes")
    before = sorted(path.name for path in (tmp_path / "data").iterdir())

    with pytest.raises(ConflictError, match="has a diary already"):
        make_demo(context(), str(tmp_path), days=1, seed=1)

    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == before


def test_a_file_in_the_place_of_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")

    with pytest.raises(ConflictError):
        make_demo(context(), str(tmp_path), days=1, seed=1)

    assert (tmp_path / "data").read_text() == "mine"


def test_what_fails_leaves_no_half_demo_and_nothing_of_others(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "data").mkdir()

    class Broken(FakeClock):
        def now(self) -> datetime:
            raise KeyError  # a bug somewhere within

    broken = context()
    broken.clock = Broken(NOW)
    with pytest.raises(KeyError):
        make_demo(broken, str(tmp_path), days=1, seed=1)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_without_a_home_it_makes_a_private_one_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown = context()
    shown.output = Output("demo")
    shown.is_interactive = True

    make_demo(shown, None, days=1, seed=1)

    (home,) = tmp_path.iterdir()
    out, err = capsys.readouterr()
    assert home.stat().st_mode & 0o777 == 0o700
    assert f"export WORKLOG_HOME={home}" in out
    assert "Making up work: day 1 of 1" in err
    assert not Path(os.environ["WORKLOG_HOME"]).exists()


def test_the_command_runs_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["demo", "--home", str(tmp_path / "demo"), "--days", "1", "--quiet"])

    assert status == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "demo" / "data" / "worklog.db").stat().st_mode & 0o777 == 0o600


def test_the_story_is_told_by_a_clock_and_a_chance_that_obey_their_ports() -> None:
    clock, chance = StoryClock(NOW), StoryChance(1)
    never = threading.Event()

    assert not clock.wait(2.0, wake=never)
    assert clock.now() == NOW + timedelta(seconds=2)
    assert clock.boot_ns() == clock.awake_ns() == clock.now_ms() * 1_000_000
    assert chance.token(10) == StoryChance(1).token(10)
    assert 2.0 <= chance.uniform(2.0, 3.0) < 3.0


def test_the_painted_screen_and_its_window_obey_their_ports() -> None:
    frame = draw(Task("fix", "", Scene.EDITOR, "Code", "main.py"), "fix", NOW, Random(1))
    window = Window("Code", "main.py")
    screen, windows = Painted(frame), Shown(window)

    assert (screen.unavailable_reason(), windows.unavailable_reason()) == (None, None)
    assert screen.grab(active_only=True) == screen.grab(active_only=False) == (frame,)
    assert (windows.active(), windows.visible()) == (window, (window,))
    assert COVERED.left + COVERED.width <= frame.box.width
