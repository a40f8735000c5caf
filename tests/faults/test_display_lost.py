"""The installed tracker while its X server dies and returns (F41)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.until import until
from tests.support.x11 import XServer, xdotool, xvfb
from worklog.cache.live import LivePage
from worklog.cli.status_file import read_status
from worklog.clock import SystemClock
from worklog.domain.grid import Slot

PROMISED_NS = 10_000_000_000
BEFORE, ROUNDS = 7, 2
ROOM = timedelta(seconds=60)


@pytest.mark.timeout(180)
def test_f41_a_tracker_outlives_its_x_server_and_counts_on_when_it_is_back(tmp_path: Path) -> None:
    with xvfb((640, 480)) as server:
        home = TrackerHome(tmp_path / "home", {"DISPLAY": server.display})
        with TrackerProcess(home) as tracker:
            tracker.wait_for("started")
            until(_has_room_in_its_slot, within_s=ROOM.total_seconds() + 1)
            xdotool(server, "key", "--delay", "5", *["a"] * BEFORE)
            until(lambda: _keys(home) == BEFORE)
            waited_ns = [_after_its_death(home, server) for _ in range(ROUNDS)]
            assert home.run("stop").returncode == 0
            assert tracker.wait() == 0

        counted = sum(count or 0 for part in home.parts() for count in part.activity.keys)
        findings = home.findings()

    assert counted == BEFORE + ROUNDS
    assert findings == []
    assert max(waited_ns) < PROMISED_NS


def _has_room_in_its_slot() -> bool:
    """A new part counts from nothing."""
    now = SystemClock().now()
    return Slot.containing(now).end - now > ROOM


def _after_its_death(home: TrackerHome, server: XServer) -> int:
    """Kill *server* and start it again; return how long its input went unseen [ns]."""
    clock = SystemClock()
    server.kill()
    until(lambda: _warnings(home) != [])
    assert server.start()
    back_ns = clock.boot_ns()
    until(lambda: _warnings(home) == [], within_s=20)
    waited_ns = clock.boot_ns() - back_ns
    before = _keys(home)
    xdotool(server, "key", "b")
    until(lambda: _keys(home) == before + 1)
    return waited_ns


def _keys(home: TrackerHome) -> int:
    """Return how many keys the running tracker has counted in its open part."""
    page = LivePage(str(home.places.live))
    live = page.read()
    page.close()
    return sum(count or 0 for count in live.activity.keys) if live is not None else 0


def _warnings(home: TrackerHome) -> list[str]:
    told = read_status(home.places.status_file)
    return [] if told is None else list(told["warnings"])
