"""SIGKILL of the installed tracker on a real X server, while somebody types (F01, G1)."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.effort import rounds
from tests.support.memory import folder_in_memory
from tests.support.tracker_process import (
    TrackerHome,
    TrackerProcess,
    check_acknowledged,
    parts_of,
)
from tests.support.x11 import XServer, window, xdotool, xvfb
from worklog.clock import SystemClock

KILLS = rounds(4, long=50)
LENGTH_S = 9  # of a session; its capture falls somewhere into it
PROMISED_NS = 5_000_000_000  # R9


class Typist:
    """Types three keys at a time and notes when it had typed how many."""

    def __init__(self, server: XServer) -> None:
        self._server = server
        self._clock = SystemClock()
        self.begun: list[tuple[int, int]] = []  # boot time, keys typed or under way
        self.typed: list[tuple[int, int]] = []  # boot time, keys surely typed

    @contextmanager
    def typing(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._type, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _type(self, stop: threading.Event) -> None:
        count = 0
        while not stop.wait(0.2):
            self.begun.append((self._clock.boot_ns(), count + 3))
            xdotool(self._server, "key", "--delay", "10", "a", "b", "c")
            count += 3
            self.typed.append((self._clock.boot_ns(), count))


def latest(notes: list[tuple[int, int]], boot_ns: int) -> int:
    return max((count for at, count in notes if at <= boot_ns), default=0)


@pytest.mark.timeout(60 + 30 * KILLS)
def test_f01_a_killed_tracker_on_x_loses_no_count_older_than_5_s(tmp_path: Path) -> None:
    """N1, R9: nor anything acknowledged; all kills in one home."""
    chance = random.Random(KILLS)
    clock = SystemClock()
    events: list[dict[str, object]] = []
    with (
        folder_in_memory() as login,
        xvfb() as server,
        window(server, application="Editor", title="a.py") as editor,
    ):
        editor.focus()
        home = TrackerHome(tmp_path / "home", {"DISPLAY": server.display}, login=login)
        for number in range(KILLS):
            memo = f"round {number}"
            words = ("-m", memo, "--for", f"{LENGTH_S}s")
            with TrackerProcess(home, *words) as tracker:
                tracker.wait_for("started")
                typist = Typist(server)
                with typist.typing():
                    tracker.is_over_within(chance.uniform(0.3, LENGTH_S - 0.5))
                    killed_ns = clock.boot_ns()
                    tracker.kill()

            events += tracker.events
            if number % 2:  # else the next one recovers it
                home.recover()
                with home.cache() as cache:
                    parts = [p for p in parts_of(cache) if any(s.memo == memo for s in p.spans)]
                    check_acknowledged(cache, tracker.events)
                counted = sum(count or 0 for part in parts for count in part.activity.keys)
                least = latest(typist.typed, killed_ns - PROMISED_NS)
                assert least <= counted <= latest(typist.begun, killed_ns), f"round {number}"
            assert home.findings() == [], f"round {number}"

        with TrackerProcess(home, "--for", "3s") as last:
            assert last.wait() == 0
        with home.cache() as cache:
            check_acknowledged(cache, [*events, *last.events])
            assert cache.open_parts() == []
        assert home.findings() == []
    assert [event for event in events if event.get("event") == "captured"] or KILLS < 10
