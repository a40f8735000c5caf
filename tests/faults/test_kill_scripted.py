"""SIGKILL at random moments, on the whole program with scripted time, input and screen.

One home is used for all kills, so that whatever one of them leaves behind is there at the
next. `make long` kills a thousand times.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.effort import rounds
from tests.support.memory import folder_in_memory
from tests.support.tracker_process import (
    ScriptedHome,
    TrackerProcess,
    check_acknowledged,
    parts_of,
)
from worklog.domain.part import Part

KILLS = rounds(26, long=1_000) // 2  # for each place that the counts of a second may have
LATEST_S = 1.2  # after the first event


@pytest.fixture(params=["all in one folder", "with a login"])
def scripted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScriptedHome]:
    """A home whose counts of the second are on a disk, and one that has them in memory."""
    with folder_in_memory() as memory:
        yield ScriptedHome(tmp_path, login=memory if request.param == "with a login" else None)


@pytest.mark.timeout(30 + 20 * KILLS)
def test_f01_a_killed_tracker_loses_nothing_acknowledged_and_no_count_but_of_a_tick(
    scripted: ScriptedHome,
) -> None:
    """N1, N3, R9, G1: after each kill, and over all of them."""
    chance = random.Random(KILLS)
    events: list[dict[str, object]] = []

    for number in range(KILLS):
        with TrackerProcess(scripted.home, "-m", f"round {number}") as tracker:
            tracker.wait_for("started")
            tracker.is_over_within(chance.uniform(0, LATEST_S))
            tracker.kill()
        events += tracker.events

        if number % 2:  # else the next tracker recovers it
            scripted.home.recover()
            with scripted.home.cache() as cache:
                check_acknowledged(cache, tracker.events)
                memo = f"round {number}"
                assert_counted(scripted, [p for p in parts_of(cache) if has(p, memo)])
        assert scripted.home.findings() == [], f"round {number}"

    with TrackerProcess(scripted.home, "--for", "20m") as last:
        assert last.wait() == 0
    with scripted.home.cache() as cache:
        check_acknowledged(cache, [*events, *last.events])
        assert cache.running_session() is None
        assert cache.open_parts() == []
        named = {name for (name,) in cache.db.execute("SELECT file FROM images")}
        assert {name for name, _ in cache.files.names()} == named
    assert scripted.home.findings() == []
    if scripted.login is not None:  # counts that nobody recovers any more
        assert list(scripted.login.rglob("worklog-live-*")) == []


def has(part: Part, memo: str) -> bool:
    return any(span.memo == memo for span in part.spans)


def assert_counted(scripted: ScriptedHome, parts: list[Part]) -> None:
    """Hold *parts* to the readings: at most the last one may be missing (R9: 5 s)."""
    counted = sum(count or 0 for part in parts for count in part.activity.keys)
    assert scripted.keys(by=scripted.readings.before_last) <= counted <= scripted.keys(), parts
