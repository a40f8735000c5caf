"""The status file: what it says, when it is written, who may read it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from worklog.app.status import (
    Figures,
    OpenSegment,
    TrackerStatus,
    has_news,
    instant_text,
    status_document,
)
from worklog.cli.status_file import StatusFile, is_alive, read_status
from worklog.domain.cover_tally import CoverTally

START = datetime(2026, 11, 19, 10, 3, tzinfo=UTC)
BOXES = (True, False, None, None, None, None, None, None, None, None)
STATUS = TrackerStatus(
    since=START,
    as_of=START + timedelta(minutes=37),
    contract="Acme site",
    session="01",
    memo="fixing login",
    label="dev",
    session_seconds=2000,
    today=Figures(1800, 1900),
    week=Figures(36000, 37000),
    limit_seconds=144_000,
    segment=OpenSegment(START + timedelta(minutes=37), BOXES),
    captured_at=START + timedelta(minutes=30),
)
SECOND = timedelta(seconds=1)


def later(status: TrackerStatus, seconds: int) -> TrackerStatus:
    """Return the status of the same tracker *seconds* of tracking later."""
    return replace(
        status,
        as_of=status.as_of + seconds * SECOND,
        session_seconds=status.session_seconds + seconds,
        today=replace(status.today, tracked_seconds=status.today.tracked_seconds + seconds),
        week=replace(status.week, tracked_seconds=status.week.tracked_seconds + seconds),
    )


def test_the_document_is_what_is_documented() -> None:
    assert status_document(STATUS, pid=77, boot="b") == {
        "schema": 1,
        "pid": 77,
        "boot": "b",
        "tracking": True,
        "paused": None,
        "paused_since": None,
        "since": "2026-11-19T10:03:00Z",
        "session": "01",
        "contract": "Acme site",
        "memo": "fixing login",
        "label": "dev",
        "as_of": "2026-11-19T10:40:00Z",
        "session_seconds": 2000,
        "stopwatch_from": "2026-11-19T10:06:40Z",
        "today": {"billed_seconds": 1800, "tracked_seconds": 1900},
        "week": {"billed_seconds": 36000, "tracked_seconds": 37000},
        "limit_seconds": 144_000,
        "segment": {"slot": "2026-11-19T10:40:00Z", "boxes": list(BOXES)},
        "capture": {"health": "ok", "taken_at": "2026-11-19T10:33:00Z", "covered": None},
        "warnings": [],
        "waits_for": None,
    }


def test_in_a_pause_the_stopwatch_stands() -> None:
    paused = replace(STATUS, paused="lock", segment=None, capture="locked", captured_at=None)
    paused = replace(paused, paused_since=STATUS.as_of, waits_for="reading")

    document = status_document(paused, pid=1, boot="b")

    assert (document["tracking"], document["paused"]) == (False, "lock")
    assert (document["paused_since"], document["waits_for"]) == ("2026-11-19T10:40:00Z", "reading")
    assert (document["stopwatch_from"], document["session_seconds"]) == (None, 2000)
    assert document["segment"] is None
    assert document["capture"] == {"health": "locked", "taken_at": None, "covered": None}


def test_what_was_covered_is_news_and_stands_in_the_document() -> None:
    covered = replace(STATUS, covered=CoverTally(windows=1, secrets=2, permille=250))

    document = status_document(covered, pid=1, boot="b")

    assert has_news(STATUS, covered)
    assert document["capture"]["covered"] == {"windows": 1, "secrets": 2, "permille": 250}


def test_time_that_passes_is_no_news() -> None:
    assert not any(has_news(STATUS, later(STATUS, seconds)) for seconds in (0, 1, 59, 3600))


def test_time_that_passes_in_a_pause_is_no_news_either() -> None:
    paused = replace(STATUS, paused="idle")

    assert not has_news(paused, replace(paused, as_of=paused.as_of + 600 * SECOND))


@pytest.mark.parametrize(
    "now",
    [
        replace(STATUS, memo="other"),
        replace(STATUS, paused="idle"),
        replace(STATUS, warnings=("The disk is full.",)),
        replace(STATUS, today=replace(STATUS.today, billed_seconds=2400)),
        replace(STATUS, segment=OpenSegment(START, BOXES)),
        replace(STATUS, today=replace(STATUS.today, tracked_seconds=1300)),
        replace(STATUS, as_of=STATUS.as_of + 60 * SECOND),
    ],
    ids=["memo", "pause", "warning", "bill", "segment", "deleted time", "clock"],
)
def test_anything_else_is_news(now: TrackerStatus) -> None:
    assert has_news(STATUS, now)


def test_an_instant_without_a_zone_is_a_bug() -> None:
    with pytest.raises(TypeError, match="datetime"):
        instant_text(START.replace(tzinfo=None))
    with pytest.raises(TypeError, match="str"):
        instant_text("now")


def test_the_file_is_replaced_whole_and_only_on_change(tmp_path: Path) -> None:
    path = tmp_path / "run" / "status.json"
    file = StatusFile(path, pid=7, boot="b")

    assert file.write(STATUS)
    first = path.stat().st_ino
    assert file.write(later(STATUS, 5))
    unchanged = path.stat().st_ino
    assert file.write(replace(STATUS, memo="ünïcode \x1b"))

    assert (unchanged, path.stat().st_ino != first) == (first, True)
    found = read_status(path)
    assert found is not None
    assert found["memo"] == "ünïcode \x1b"
    assert os.listdir(path.parent) == ["status.json"]  # noqa: PTH208 -- names are wanted


def test_t10_only_its_user_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "run" / "status.json"
    before = os.umask(0)
    try:
        StatusFile(path, pid=7, boot="b").write(STATUS)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_a_killed_tracker_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    target = tmp_path / "target"
    target.write_text("untouched")
    (tmp_path / ".status.json.new").symlink_to(target)

    assert StatusFile(path, pid=7, boot="b").write(STATUS)

    assert target.read_text() == "untouched"
    assert json.loads(path.read_text())["pid"] == 7


def test_f15_a_file_that_cannot_be_written_is_told_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "run"
    folder.write_text("a file is in the way")
    file = StatusFile(folder / "status.json", pid=7, boot="b")

    assert not file.write(STATUS)
    assert not file.write(STATUS)
    assert [record.message for record in caplog.records] == ["status file not written"]

    folder.unlink()
    assert file.write(STATUS)


def test_f16_a_runtime_folder_that_went_away_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "run" / "status.json"
    file = StatusFile(path, pid=7, boot="b")
    file.write(STATUS)
    path.unlink()
    path.parent.rmdir()

    assert file.write(replace(STATUS, memo="other"))


def test_after_the_end_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    file = StatusFile(path, pid=7, boot="b")
    file.write(STATUS)

    file.remove()
    file.remove()

    assert read_status(path) is None
    assert file.write(STATUS)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_status_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "status.json"
    path.write_bytes(content)

    assert read_status(path) is None


def test_a_dead_tracker_can_be_told_from_a_living_one() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    alive = status_document(STATUS, pid=os.getpid(), boot="now")
    dead = status_document(STATUS, pid=process.pid, boot="now")

    assert is_alive(alive, boot="now")
    assert not is_alive(alive, boot="another")
    assert not is_alive(dead, boot="now")
    assert not is_alive({"boot": "now", "pid": "x"}, boot="now")
    assert not is_alive({"boot": "now", "pid": 2**80}, boot="now")
