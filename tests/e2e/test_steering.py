"""A real tracker, steered, stopped and started from other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.effort import rounds
from tests.support.tracker_process import TEST_ENTRY, ScriptedHome, TrackerHome, TrackerProcess
from tests.support.until import until
from worklog.clock import SystemClock
from worklog.domain.session import Ending

RACES = rounds(1, long=100)


@pytest.fixture
def home(tmp_path: Path) -> TrackerHome:
    return TrackerHome(tmp_path / "home")


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedHome:
    return ScriptedHome(tmp_path, speed=60)


def ending_of(home: TrackerHome) -> str:
    with home.cache() as cache:
        session = cache.last_session()
        assert cache.open_parts() == []
    assert session is not None
    assert session.ending is not None
    return session.ending


def test_stop_returns_once_the_last_part_is_sealed(scripted: ScriptedHome) -> None:
    with TrackerProcess(scripted.home, "-m", "fix") as tracker:
        tracker.wait_for("started")
        scripted.await_time(scripted.start + timedelta(seconds=40))
        answer = scripted.home.answer("stop")
        with scripted.home.cache() as cache:
            open_at_answer = cache.open_parts()
        assert tracker.wait() == 0

    assert open_at_answer == []
    assert answer["tracked_seconds"] >= 39
    assert tracker.named("captured")  # the one that was still to come (R3)
    assert ending_of(scripted.home) == Ending.STOP


def test_memo_label_pause_and_resume_from_elsewhere_take_effect(scripted: ScriptedHome) -> None:
    home = scripted.home
    with TrackerProcess(home, "-m", "one") as tracker:
        tracker.wait_for("started")
        assert home.run("memo", "two").stdout == "memo: two\n"
        tracker.wait_for("memo")
        assert home.run("label", "dev").stdout == "label: dev\n"
        tracker.wait_for("label")
        assert home.run("pause").returncode == 0
        tracker.wait_for("paused")
        paused_at = scripted.clock.now
        scripted.await_time(paused_at + timedelta(seconds=90))
        assert home.run("resume").returncode == 0
        tracker.wait_for("resumed")
        scripted.await_time(scripted.clock.now + timedelta(seconds=20))
        home.answer("stop")
        assert tracker.wait() == 0

    spans = [span for part in home.parts() for span in part.spans]
    words = list(dict.fromkeys((span.memo, span.label) for span in spans))
    assert words == [("one", ""), ("two", ""), ("two", "dev")]
    with home.cache() as cache:
        (gap,) = cache.gaps(scripted.start, scripted.clock.now)
    assert gap.reason == "pause"
    assert gap.end - gap.start >= timedelta(seconds=90)


def test_switch_from_elsewhere_goes_on_for_another_contract(scripted: ScriptedHome) -> None:
    home = scripted.home
    home.answer("contract", "add", "acme")
    home.answer("contract", "add", "globex")
    with TrackerProcess(home, "acme", "-m", "for acme") as tracker:
        tracker.wait_for("started")
        scripted.await_time(scripted.start + timedelta(seconds=30))
        answer = home.answer("switch", "globex", "-m", "for globex")
        tracker.wait_for("switched")
        scripted.await_time(scripted.clock.now + timedelta(seconds=30))
        home.answer("stop")

    with home.cache() as cache:
        names = {contract.contract_id: contract.name for contract in cache.contracts()}
    seen = {(names[part.contract], span.memo) for part in home.parts() for span in part.spans}
    assert answer["contract"] == "globex"
    assert seen == {("acme", "for acme"), ("globex", "for globex")}


@pytest.mark.parametrize(
    ("number", "ending", "takes_capture"),
    [
        (signal.SIGTERM, Ending.SIGNAL, False),
        (signal.SIGINT, Ending.STOP, True),
        (signal.SIGHUP, Ending.HANG_UP, False),
    ],
)
def test_f06_a_signal_ends_with_everything_sealed_within_two_seconds(
    scripted: ScriptedHome, number: signal.Signals, ending: Ending, *, takes_capture: bool
) -> None:
    """A logout gives five seconds at most; R3: only a person's Ctrl-C takes the picture."""
    with TrackerProcess(scripted.home, environ={"WORKLOG_TEST_SCREEN": "1920x1080"}) as tracker:
        tracker.wait_for("started")
        scripted.await_time(scripted.start + timedelta(seconds=5))
        asked_ns = SystemClock().boot_ns()
        tracker.signal(number)
        assert tracker.wait() == 0
        took_ns = SystemClock().boot_ns() - asked_ns

    (part,) = scripted.home.parts()
    assert ending_of(scripted.home) == ending
    assert part.tracked_seconds >= 5
    # The random moment of the slot may have come before the signal, which then took nothing.
    was_taken = part.has_picture and part.sealed - part.captures[0].taken_at > timedelta(seconds=1)
    assert part.has_picture is (takes_capture or was_taken)
    assert took_ns < 2_000_000_000
    assert scripted.home.findings() == []


def test_for_until_and_at_hold_the_times_that_were_named(scripted: ScriptedHome) -> None:
    home = scripted.home
    first = TrackerProcess(home, "--for", "90s")
    assert first.wait() == 0
    assert home.parts()[-1].sealed == scripted.start + timedelta(seconds=90)

    until_ = scripted.clock.now.replace(microsecond=0) + timedelta(minutes=2)
    second = TrackerProcess(home, "--until", until_.isoformat())
    assert second.wait() == 0
    assert home.parts()[-1].sealed == until_
    assert ending_of(home) == Ending.TIME_UP


def test_started_earlier_is_manual_time_up_to_now(home: TrackerHome) -> None:
    with TrackerProcess(home, "--at", "30m ago", "-m", "before") as tracker:
        tracker.wait_for("started")
        now = SystemClock().now()
        home.answer("stop")

    with home.cache() as cache:
        rows = cache.segments(now - timedelta(hours=1), now + timedelta(minutes=20))
    manual = [row for row in rows if row.segment.manual]
    assert len(manual) in (2, 3)


def test_a_tracker_in_the_background_outlives_its_terminal_and_can_be_stopped(
    home: TrackerHome,
) -> None:
    started = home.answer("start", "--background", "-m", "alone")
    pid = started["pid"]
    assert os.getsid(pid) == pid
    assert home.answer("status")["memo"] == "alone"
    second = home.run("start", "--json")
    stopped = home.answer("stop")
    until(lambda: not Path(f"/proc/{pid}").exists())

    assert second.returncode == 11
    assert str(pid) in json.loads(second.stdout)["errors"][0]["message"]
    assert stopped["ended"] is not None
    assert home.findings() == []


def test_f08_a_second_tracker_is_refused_with_the_pid_of_the_first(home: TrackerHome) -> None:
    with TrackerProcess(home) as tracker:
        tracker.wait_for("started")
        second = home.run("start")
        silent = home.run("start", "--if-stopped")
        home.answer("stop")

    assert second.returncode == 11
    assert f"pid {tracker.process.pid}" in second.stderr
    assert "hint: " in second.stderr
    assert silent.returncode == 0


@pytest.mark.timeout(60 + 30 * RACES)
def test_f08_of_twenty_trackers_started_at_once_one_runs(tmp_path: Path) -> None:
    """F11: a newer program beside a running one is refused like any other.

    G16: through two spellings of one folder."""
    for race in range(RACES):
        home = TrackerHome(tmp_path / f"home{race}")
        home.folder.mkdir()
        (tmp_path / f"link{race}").symlink_to(home.folder)
        other = TrackerHome(tmp_path / f"link{race}")
        racers = [TrackerProcess(home if n % 2 else other) for n in range(20)]
        until(lambda: sum(r.process.poll() is None for r in racers) == 1, within_s=60)  # noqa: B023 -- waited for here
        (winner,) = [racer for racer in racers if racer.process.poll() is None]
        winner.wait_for("started")
        home.answer("stop")

        assert winner.wait() == 0
        assert {racer.wait() for racer in racers if racer is not winner} == {11}
        assert home.findings() == []


def test_f72_a_hung_tracker_is_named_within_5_s_and_forced_to_an_end(home: TrackerHome) -> None:
    with TrackerProcess(home, "-m", "hangs") as tracker:
        tracker.wait_for("started")
        # The stopwatch runs up to now; what is kept is up to a second old, and the ends of a
        # span are rounded down.
        until(lambda: home.answer("status")["session_seconds"] >= 4)
        tracker.signal(signal.SIGSTOP)
        begun_ns = SystemClock().boot_ns()
        refused = home.run("stop", "--json")
        waited_s = (SystemClock().boot_ns() - begun_ns) / 1e9
        forced = home.run("stop", "--force", "--json")

    (part,) = home.parts()
    error = json.loads(refused.stdout)["errors"][0]
    assert refused.returncode == 21
    assert f"pid {tracker.process.pid}" in error["message"]
    assert "--force" in error["hint"]
    assert waited_s < 8
    assert forced.returncode == 0, forced.stderr
    assert tracker.process.returncode == -signal.SIGKILL
    assert part.tracked_seconds >= 2
    assert part.marks == ("crash",)
    assert home.findings() == []


def test_f08_a_lock_file_that_a_dead_tracker_left_is_no_obstacle(home: TrackerHome) -> None:
    with TrackerProcess(home) as tracker:
        tracker.wait_for("started")
        tracker.kill()
    assert Path(home.places.lock).read_text() == str(tracker.process.pid)

    with TrackerProcess(home) as following:
        following.wait_for("started")
        assert home.run("stop").returncode == 0
        assert following.wait() == 0


def test_the_switches_of_the_tests_mean_nothing_to_the_installed_command(tmp_path: Path) -> None:
    home = TrackerHome(tmp_path / "home", {"WORKLOG_FAILPOINT": "*:1-+=abort"})
    done = home.run("start", "--for", "1s", "--json")
    helped = subprocess.run(
        [*home.program, "start", "--help"],
        env=home.variables,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.returncode == 0, done.stderr
    assert "failpoint" not in helped.stdout.lower()
    assert TrackerHome(tmp_path / "other", home.environ, TEST_ENTRY).run("start").returncode < 0
