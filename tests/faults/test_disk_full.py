"""A disk that is full, read-only, or taken away from under a tracker that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.disk import Disk, small_disk
from tests.support.tracker_process import (
    ScriptedHome,
    TrackerHome,
    TrackerProcess,
    check_acknowledged,
)
from tests.support.until import until
from worklog.domain.part import Part


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path) as made:
        yield made


@pytest.fixture
def scripted(tmp_path: Path, disk: Disk) -> ScriptedHome:
    made = ScriptedHome(tmp_path)
    made.home.folder = disk.folder / "home"
    made.home.environ.update(disk.environ)
    made.home.environ["WORKLOG_TEST_SCREEN"] = "640x480"
    return made


def total(parts: list[Part]) -> tuple[int, int]:
    """Return tracked seconds and keys of *parts*."""
    keys = sum(count or 0 for part in parts for count in part.activity.keys)
    return sum(part.tracked_seconds for part in parts), keys


def test_f12_f13_on_a_full_disk_counting_goes_on_and_all_is_written_once_there_is_room(
    scripted: ScriptedHome, disk: Disk
) -> None:
    """N3, N7: over two slot ends, with pictures that have no room."""
    home = scripted.home
    with TrackerProcess(home, "-m", "fix") as tracker:
        tracker.wait_for("sealed")
        disk.fill()
        filled = scripted.clock.now
        warning = tracker.wait_for("warning", code="cache-unwritable")
        until(lambda: "cannot be written" in Path(home.places.status_file).read_text())
        told = home.run("status", "--json")
        disk.fill()  # the tracker has given its reserve back meanwhile
        refused = home.run("memo", "no room for this")
        scripted.await_time(filled + timedelta(minutes=22))
        sealed_before = len(tracker.named("sealed"))
        disk.empty()
        tracker.wait_for("sealed", sealed_before + 2)
        until(lambda: "cannot be written" not in Path(home.places.status_file).read_text())
        home.answer("stop")
        assert tracker.wait() == 0, tracker.errors

    parts = home.parts()
    seconds, keys = total(parts)
    assert "No space" in warning["message"] or "disk is full" in warning["message"]
    assert told.returncode == 0
    assert "cannot be written" in json.dumps(json.loads(told.stdout)["data"]["warnings"])
    assert refused.returncode == 23
    assert "hint: " in refused.stderr
    assert abs(seconds - tracker.named("stopped")[0]["tracked_seconds"]) <= 1
    assert keys == scripted.keys()
    with home.cache() as cache:
        check_acknowledged(cache, tracker.events)
    assert home.findings() == []


@pytest.mark.parametrize(
    ("fault", "width", "mark"),
    [("image.write:1-2=ENOSPC", 480, ()), ("image.write:1-+=ENOSPC", 0, ("disk-full",))],
)
def test_f12_a_picture_without_room_becomes_a_thumbnail_or_a_mark(
    tmp_path: Path, fault: str, width: int, mark: tuple[str, ...]
) -> None:
    scripted = ScriptedHome(tmp_path)
    scripted.home.environ |= {"WORKLOG_TEST_SCREEN": "960x640", "WORKLOG_FAILPOINT": fault}

    with TrackerProcess(scripted.home, "--for", "3m") as tracker:
        assert tracker.wait() == 0

    (part,) = scripted.home.parts()
    assert [capture.width for capture in part.captures] == [width]
    assert part.marks == mark
    assert len(tracker.named("captured")) == bool(width)
    assert scripted.home.findings() == []


def test_f13_a_full_disk_loses_nothing_acknowledged_to_a_kill(
    scripted: ScriptedHome, disk: Disk
) -> None:
    home = scripted.home
    with TrackerProcess(home) as tracker:
        tracker.wait_for("sealed")
        disk.fill()
        tracker.wait_for("warning", code="cache-unwritable")
        tracker.kill()
    full = home.run("start", "--for", "1m")
    disk.empty()
    home.recover()

    assert full.returncode == 23
    assert "hint: " in full.stderr
    assert "Traceback" not in full.stderr
    with home.cache() as cache:
        check_acknowledged(cache, tracker.events)
    assert home.findings() == []


def test_f14_a_disk_with_little_room_is_said_once_and_stands_in_the_status(
    scripted: ScriptedHome,
) -> None:
    """N7: the small disk of these tests has little from the start."""
    home = scripted.home
    with TrackerProcess(home) as tracker:
        tracker.wait_for("sealed")
        told = home.answer("status")["warnings"]
        home.answer("stop")

    sentence = "Less than 100 MB are left on the disk of the diary: make room."
    assert [event["message"] for event in tracker.named("warning")] == [sentence]
    assert told == [sentence]


def test_f15_a_read_only_disk_is_refused_at_the_start_and_can_be_read(
    scripted: ScriptedHome, disk: Disk
) -> None:
    home = scripted.home
    with TrackerProcess(home, "--for", "2m") as tracker:
        assert tracker.wait() == 0

    with disk.read_only():
        refused = home.run("start", "--for", "1m", "--json")
        read = [home.run(*words) for words in (["status"], ["diary", "2026-11-19"])]
    error = json.loads(refused.stdout)["errors"][0]

    assert refused.returncode == 23
    assert error["code"] == "cache-unwritable"
    assert "writable" in error["hint"] or "WORKLOG_HOME" in error["hint"]
    assert [done.returncode for done in read] == [0, 0], read
    assert home.findings() == []


def test_f15_a_home_that_cannot_be_made_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = TrackerHome(tmp_path / "file" / "home").run("start", "--for", "1s", "--json")
    error = json.loads(done.stdout)["errors"][0]

    assert done.returncode == 23
    assert error["code"] == "cache-unwritable"
    assert "WORKLOG_HOME" in error["hint"]


def test_f16_a_folder_moved_away_is_made_anew_within_a_minute_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """N7: said; what was kept before is where the folder went, the open part and the rest are
    in the new one."""
    scripted = ScriptedHome(tmp_path)
    home = scripted.home
    with TrackerProcess(home, "-m", "fix") as tracker:
        tracker.wait_for("sealed")
        moved_at = scripted.clock.now
        home.folder.rename(tmp_path / "moved")
        warning = until(
            lambda: [event for event in tracker.named("warning") if "moved" in event["message"]]
        )[0]
        sealed = len(tracker.named("sealed"))
        tracker.wait_for("sealed", sealed + 1)
        home.answer("stop")
        assert tracker.wait() == 0, tracker.errors

    old = TrackerHome(tmp_path / "moved", home.environ, home.program)
    kept = {part.part_id: part for part in (*old.parts(), *home.parts())}  # the newer wins
    seconds, keys = total(list(kept.values()))
    noticed = datetime.fromisoformat(warning["at"])
    assert noticed - moved_at <= timedelta(seconds=61)
    assert abs(seconds - tracker.named("stopped")[0]["tracked_seconds"]) <= 1
    assert keys == scripted.keys()
    assert {part.device for part in kept.values()} == {home.parts()[0].device}
    assert home.findings() == []
    assert old.findings() == []
    with TrackerProcess(home, "--for", "2m") as following:
        assert following.wait() == 0
