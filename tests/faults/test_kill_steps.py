"""A fault at each named step of the write path, in a tracker that runs (F01, G3)."""

from __future__ import annotations

import signal
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.effort import is_long
from tests.support.tracker_process import (
    ScriptedHome,
    TrackerProcess,
    check_acknowledged,
    parts_of,
)
from tests.support.until import until

# What a tracker passes while it tracks; `test_these_are_all_the_steps` holds it to that.
STEPS = (
    "write.begun",
    "live.sync",
    "apply.open",
    "apply.picture",
    "apply.outbox",
    "apply.stream",
    "apply.seal",
    "apply.session",
    "materialise.begin",
    "materialise.folded",
    "materialise.done",
    "write.applied",
    "write.commit",
    "write.committed",
    "seal.sign",
    *(f"journal.{step}" for step in ("open", "write", "fsync", "fsync-folder", "done")),
    *(
        f"{kind}.{step}"
        for kind in ("image", "thumbnail")
        for step in ("create", "write", "fsync", "rename", "fsync-folder", "done")
    ),
)
# Reached only in an empty home.
FIRST_STEPS = ("apply.contract", "apply.device", "apply.fact", "migrate.begin", "migrate.done")
SAMPLES = 12


def steps_of_a_session() -> list[str]:
    """Return every step of a first session of twelve minutes, in order."""
    with TemporaryDirectory(prefix="worklog-steps-") as folder:
        scripted = ScriptedHome(Path(folder), speed=3000)
        scripted.home.environ["WORKLOG_FAILPOINT"] = "*:1-+=tell"
        done = scripted.home.run("start", "--for", "12m", "-m", "fix", "--json")
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        return [line.removeprefix("step ") for line in lines if line.startswith("step ")]


@cache
def number_of_steps() -> int:
    return len(steps_of_a_session())


def test_these_are_all_the_steps() -> None:
    assert set(steps_of_a_session()) == {*STEPS, *FIRST_STEPS}


@pytest.mark.parametrize("sample", range(SAMPLES))
@pytest.mark.timeout(1200)
def test_f01_a_tracker_killed_at_any_step_of_a_session_loses_nothing_acknowledged(
    tmp_path: Path, sample: int
) -> None:
    """N1: `make long` kills at every single step, from the first start on."""
    every = range(sample + 1, number_of_steps() + 1, SAMPLES)
    chosen = every if is_long() else [every[sample * len(every) // SAMPLES]]
    for count in chosen:
        folder = tmp_path / str(count)
        folder.mkdir()
        scripted = ScriptedHome(folder, speed=3000)
        rule = {"WORKLOG_FAILPOINT": f"*:{count}=abort"}
        with TrackerProcess(scripted.home, "--for", "12m", "-m", "fix", environ=rule) as tracker:
            status = tracker.wait()

        assert status == -signal.SIGKILL
        with TrackerProcess(scripted.home, "--for", "3m") as following:
            assert following.wait() == 0, following.errors
        with scripted.home.cache() as opened:
            check_acknowledged(opened, [*tracker.events, *following.events])
            assert opened.open_parts() == []
        assert scripted.home.findings() == []


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedHome:
    made = ScriptedHome(tmp_path, speed=3000)
    made.home.environ["WORKLOG_TEST_FAULTY"] = str(tmp_path / "faulty")
    return made


@pytest.mark.parametrize("step", STEPS)
def test_f13_f17_a_disk_that_fails_at_a_step_delays_writing_and_nothing_else(
    scripted: ScriptedHome, step: str
) -> None:
    """N3, N7: the fault lasts over a slot's end; then every second and count is written."""
    errors = ("ENOSPC", "EIO") if is_long() else ("EIO" if STEPS.index(step) % 2 else "ENOSPC",)
    for error in errors:
        rule = {"WORKLOG_FAILPOINT": f"{step}:1-+={error}"}
        with TrackerProcess(scripted.home, "-m", error, environ=rule) as tracker:
            tracker.wait_for("started")
            begun = scripted.clock.now
            faulty = Path(scripted.home.environ["WORKLOG_TEST_FAULTY"])
            faulty.touch()
            scripted.await_time(begun + timedelta(minutes=8))
            faulty.unlink()
            scripted.await_time(begun + timedelta(minutes=10))
            tracker.signal(signal.SIGTERM)
            assert tracker.wait() == 0, tracker.errors

        with scripted.home.cache() as opened:
            check_acknowledged(opened, tracker.events)
            assert opened.running_session() is None
            parts = [part for part in parts_of(opened) if part.spans[0].memo == error]
        tracked = sum(part.tracked_seconds for part in parts)
        keys = sum(count or 0 for part in parts for count in part.activity.keys)
        assert abs(tracked - tracker.named("stopped")[0]["tracked_seconds"]) <= 1
        assert tracked >= 10 * 60
        assert keys == scripted.keys()
        assert scripted.home.findings() == []


def test_n7_status_names_a_disk_that_fails(scripted: ScriptedHome) -> None:
    faulty = Path(scripted.home.environ["WORKLOG_TEST_FAULTY"])
    rule = {"WORKLOG_FAILPOINT": "write.commit:1-+=ENOSPC"}
    with TrackerProcess(scripted.home, environ=rule) as tracker:
        tracker.wait_for("started")
        faulty.touch()
        warning = tracker.wait_for("warning")
        until(lambda: "No space left" in Path(scripted.home.places.status_file).read_text())
        faulty.unlink()
        until(lambda: "No space left" not in Path(scripted.home.places.status_file).read_text())

    assert warning["code"] == "cache-unwritable"
    assert "No space left" in warning["message"]
