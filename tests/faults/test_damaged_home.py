"""A home whose database is damaged or of a newer program, met by the whole program."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.tracker_process import ScriptedHome, TrackerHome, TrackerProcess
from worklog.clock import SystemClock
from worklog.domain.part import Part
from worklog.sqlite import connect


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedHome:
    """Give a home with two sealed parts."""
    made = ScriptedHome(tmp_path)
    with TrackerProcess(made.home, "-m", "before", "--for", "9m") as tracker:
        assert tracker.wait() == 0
    return made


def sealed(home: TrackerHome) -> dict[str, Part]:
    return {part.part_id: part for part in home.parts()}


def garbage(database: Path) -> None:
    data = bytearray(database.read_bytes())
    chance = random.Random(7)
    for _ in range(200):
        data[chance.randrange(len(data))] = chance.randrange(256)
    database.write_bytes(data)


def half(database: Path) -> None:
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])


def no_database(database: Path) -> None:
    database.write_bytes(b"this is no database, but it is long enough to look at" * 20)


@pytest.mark.parametrize("damage", [garbage, half, no_database, Path.unlink])
def test_f20_a_tracker_starts_on_a_damaged_database_within_10_s_and_has_all_that_was_sealed(
    scripted: ScriptedHome, damage: Callable[[Path], None]
) -> None:
    home = scripted.home
    before = sealed(home)
    damage(Path(home.places.database))
    begun_ns = SystemClock().boot_ns()

    with TrackerProcess(home, "-m", "after", "--for", "2m") as tracker:
        tracker.wait_for("started")
        took_s = (SystemClock().boot_ns() - begun_ns) / 1e9
        assert tracker.wait() == 0, tracker.errors

    after = sealed(home)
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)
    assert took_s < 10
    assert home.findings() == []


@pytest.mark.parametrize("seed", range(4))
def test_f21_a_rollback_journal_that_a_cleaner_deleted_costs_nothing_sealed(
    scripted: ScriptedHome, seed: int
) -> None:
    """After a kill in the middle of a commit, when the journal is what would undo it."""
    home = scripted.home
    before = sealed(home)
    fault = f"write.commit:{3 + seed}=abort"
    with TrackerProcess(home, environ={"WORKLOG_FAILPOINT": fault}) as tracker:
        tracker.wait()
    for path in Path(home.places.data).glob("worklog.db-*"):
        path.unlink()

    with TrackerProcess(home, "--for", "2m") as following:
        assert following.wait() == 0, following.errors

    after = sealed(home)
    assert {name: after[name] for name in before} == before
    assert home.findings() == []


def test_f22_a_cache_of_a_newer_program_is_left_as_it_is(scripted: ScriptedHome) -> None:
    home = scripted.home
    database = connect(home.places.database)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = {path: path.read_bytes() for path in home.files()}

    for words in (["start"], ["stop"], ["status"], ["memo", "x"], ["check"]):
        refused = home.run(*words)
        assert refused.returncode == 22, (words, refused)
        assert "hint: " in refused.stderr

    assert {path: path.read_bytes() for path in home.files()} == before
