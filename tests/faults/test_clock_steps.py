"""Clocks that jump, sleep and lie, under the whole program (F07, F10, F28 to F31, F35, F71)."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.fakes import utc
from tests.support.tracker_process import ScriptedHome, TrackerProcess
from worklog.app.ports import Gap
from worklog.cli.json import instant
from worklog.domain.part import ClockState, Part

START = utc("2026-11-19 10:03")


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedHome:
    return ScriptedHome(tmp_path, START)


def elapsed(scripted: ScriptedHome, minutes: float) -> None:
    """Return once the tracker has lived *minutes* more."""
    scripted.await_awake(timedelta(minutes=minutes))


def gaps(scripted: ScriptedHome) -> list[Gap]:
    with scripted.home.cache() as cache:
        return cache.gaps(utc("2026-01-02 00:00"), utc("2030-01-01 00:00"))


def tracked(parts: list[Part]) -> int:
    return sum(part.tracked_seconds for part in parts)


def assert_no_second_is_twice(parts: list[Part]) -> None:
    seconds = [
        part.slot.start + timedelta(seconds=second)
        for part in parts
        for span in part.spans
        for second in range(span.start, span.end)
    ]
    assert len(seconds) == len(set(seconds))


@pytest.mark.parametrize(
    "step",
    [timedelta(hours=2), timedelta(days=3), timedelta(days=366), timedelta(hours=-2)],
    ids=["f28-2h", "f28-3d", "f28-1y", "f29-back-2h"],
)
def test_a_clock_that_is_set_invents_no_time(scripted: ScriptedHome, step: timedelta) -> None:
    """G14: elapsed time is the boot clock's; the parts beside the step are marked."""
    with TrackerProcess(scripted.home, "-m", "fix") as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 4)
        scripted.clock.set_wall(step)
        elapsed(scripted, 4)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0, tracker.errors

    parts = scripted.home.parts()
    lived = tracker.named("stopped")[0]["tracked_seconds"]
    assert abs(tracked(parts) - lived) <= 2
    assert 8 * 60 <= lived <= scripted.awake_s
    assert_no_second_is_twice(parts)
    assert [part.clock for part in parts].count(ClockState.STEPPED) == 2
    assert {part.slot.start.date() for part in parts} == {START.date(), (START + step).date()}
    assert scripted.home.findings() == []


def test_f29_a_clock_set_back_a_little_bills_no_second_twice(scripted: ScriptedHome) -> None:
    """N4: both parts are of one segment, which is ten minutes at most."""
    with TrackerProcess(scripted.home) as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 3)
        scripted.clock.set_wall(timedelta(minutes=-2))
        elapsed(scripted, 3)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0

    with scripted.home.cache() as cache:
        (row,) = cache.segments(START - timedelta(minutes=10), START + timedelta(minutes=10))
    assert len(row.segment.parts) == 2
    assert row.segment.tracked_seconds <= tracked(scripted.home.parts())
    assert row.segment.tracked_seconds <= 600
    assert scripted.home.findings() == []


def test_f30_time_before_the_clock_was_ever_set_is_placed_once_it_is(tmp_path: Path) -> None:
    scripted = ScriptedHome(tmp_path, utc("1970-01-01 00:02"))
    with TrackerProcess(scripted.home, "-m", "early") as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 4)
        before = scripted.home.parts()
        scripted.clock.set_wall(START - utc("1970-01-01 00:02"))
        elapsed(scripted, 3)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0, tracker.errors

    parts = scripted.home.parts()
    assert before == []
    assert 7 * 60 <= tracked(parts) <= scripted.awake_s + 1
    assert {part.slot.start.date() for part in parts} == {START.date()}
    assert scripted.home.findings() == []


@pytest.mark.parametrize("span", [timedelta(hours=8), timedelta(minutes=2)])
def test_f31_a_suspend_is_a_gap_to_the_second_and_no_burst_of_captures(
    scripted: ScriptedHome, span: timedelta
) -> None:
    """F33: also where another system set the clock meanwhile, below."""
    with TrackerProcess(scripted.home) as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 2)
        scripted.clock.suspend(span)
        awake = scripted.clock.now - span
        paused = tracker.wait_for("paused")
        elapsed(scripted, 2)
        captured = len(tracker.named("captured"))
        assert scripted.home.run("resume").returncode == 0
        resumed = tracker.wait_for("resumed")
        elapsed(scripted, 1)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0

    (gap,) = gaps(scripted)
    assert gap.reason == "suspend"
    assert captured <= 1
    assert gap.end - gap.start >= span + timedelta(minutes=2)
    assert gap.start <= awake
    assert (instant(gap.start), instant(gap.end)) == (paused["at"], resumed["at"])
    assert abs(tracked(scripted.home.parts()) - tracker.named("stopped")[0]["tracked_seconds"]) <= 2
    assert scripted.home.findings() == []


def test_f33_a_clock_set_while_asleep_is_both_a_suspend_and_a_step(
    scripted: ScriptedHome,
) -> None:
    with TrackerProcess(scripted.home) as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 2)
        scripted.clock.set_wall(timedelta(hours=1))
        scripted.clock.suspend(timedelta(hours=8))
        tracker.wait_for("paused")
        scripted.home.run("resume")
        tracker.wait_for("resumed")
        elapsed(scripted, 2)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0

    parts = scripted.home.parts()
    lived = tracker.named("stopped")[0]["tracked_seconds"]
    assert abs(tracked(parts) - lived) <= 2
    assert lived <= scripted.awake_s
    assert_no_second_is_twice(parts)
    assert scripted.home.findings() == []


def test_f07_a_process_that_was_frozen_worked_no_second_of_it(tmp_path: Path) -> None:
    """Half an hour without a tick, the machine awake: the clock of the script goes on alone."""
    scripted = ScriptedHome(tmp_path, START)
    with TrackerProcess(scripted.home) as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 2)
        tracker.signal(signal.SIGSTOP)
        scripted.clock.advance(30 * 60 * 1_000_000_000)
        tracker.signal(signal.SIGCONT)
        elapsed(scripted, 2)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0

    (gap,) = gaps(scripted)
    assert gap.reason == "frozen"
    assert timedelta(minutes=30) <= gap.end - gap.start <= timedelta(minutes=30, seconds=2)
    assert tracked(scripted.home.parts()) <= scripted.awake_s - 30 * 60 + 1
    assert scripted.home.findings() == []


def test_f10_after_a_reboot_the_session_ends_at_its_last_second_and_a_gap_says_so(
    scripted: ScriptedHome,
) -> None:
    home = scripted.home
    with TrackerProcess(home) as tracker:
        tracker.wait_for("started")
        elapsed(scripted, 2.5)
        tracker.kill()
    with home.cache() as cache:
        session = cache.running_session()
        assert session is not None
        cache.db.execute("UPDATE sessions SET boot = 'another'")  # as if the machine had restarted
    killed = scripted.clock.now
    scripted.clock.set_wall(timedelta(minutes=20))

    with TrackerProcess(home, "--for", "1m") as following:
        assert following.wait() == 0

    (gap,) = gaps(scripted)
    assert gap.reason == "reboot"
    assert timedelta(0) <= killed - gap.start <= timedelta(seconds=60)
    assert home.findings() == []


def test_f35_each_part_has_the_zone_that_its_tracker_was_started_in(
    scripted: ScriptedHome,
) -> None:
    for zone in ("Europe/Berlin", "Asia/Kathmandu"):
        with TrackerProcess(scripted.home, "--for", "2m", environ={"TZ": zone}) as tracker:
            assert tracker.wait() == 0

    parts = scripted.home.parts()
    found = {(part.zone, part.utc_offset) for part in parts}
    assert found == {("Europe/Berlin", 3600), ("Asia/Kathmandu", 20_700)}


def test_f71_whoever_forgets_to_stop_is_paused_and_not_billed_for_it(tmp_path: Path) -> None:
    scripted = ScriptedHome(tmp_path, datetime(2026, 11, 19, 10, 0, tzinfo=START.tzinfo))
    scripted.home.environ["WORKLOG_IDLE_ACTION"] = "pause"
    scripted.home.environ["WORKLOG_TEST_TYPING"] = "2"
    with TrackerProcess(scripted.home) as tracker:
        paused = tracker.wait_for("paused")
        elapsed(scripted, 25)
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0

    minutes = (datetime.fromisoformat(paused["at"]) - scripted.start) / timedelta(minutes=1)
    assert paused["reason"] == "idle"
    assert 11.9 <= minutes <= 12.2  # two of typing and ten without
    assert tracked(scripted.home.parts()) <= 14 * 60
    with scripted.home.cache() as cache:
        rows = cache.segments(scripted.start, scripted.start + timedelta(hours=1))
    assert sum(row.bill.seconds for row in rows) == 600
