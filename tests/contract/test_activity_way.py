"""What an `InputWay` that cannot count promises: run against sway, newer protocols and the fake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.fake_capture import FakeInput
from tests.support.fake_compositor import FakeCompositor
from tests.support.sway import sway
from tests.support.until import until
from worklog.app.ports import InputWay, Reading
from worklog.capture.idle_notify import REST_MS, IdleNotifyInput
from worklog.clock import SystemClock


@dataclass
class Bench:
    """A way and somebody who plays the user before it."""

    way: InputWay
    key: Callable[[], None]
    lose_the_display: Callable[[], None]
    bring_it_back: Callable[[], None]

    def rest(self) -> None:
        """Do nothing for so long that every way takes it for a rest."""
        threading.Event().wait(REST_MS / 1000 + 0.3)

    def press(self) -> None:
        """Press a key, and rest before it so that it can be told from the one before."""
        self.rest()
        seen = self.way.read().events
        self.key()
        until(lambda: self.way.read().events > seen)


@contextmanager
def _bench(kind: str, folder: Path) -> Iterator[Bench]:
    if kind == "fake":
        fake = FakeInput(counts=False)

        def lose() -> None:
            fake.die()
            fake.is_dead_for_good = True

        def bring_back() -> None:
            fake.is_dead_for_good = False

        yield Bench(fake, fake.press, lose, bring_back)
    elif kind == "kde-on-sway":
        with sway() as desktop:
            way = IdleNotifyInput(desktop.environ, clock=SystemClock())
            yield Bench(way, desktop.key, desktop.kill, desktop.start)
    else:
        compositor = FakeCompositor(folder, version=int(kind[-1]))
        way = IdleNotifyInput(compositor.environ, clock=SystemClock())
        yield Bench(way, compositor.act, compositor.kill, compositor.start)
        compositor.kill()


@pytest.fixture(params=["kde-on-sway", "ext-1", "ext-2", "fake"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with _bench(request.param, tmp_path) as bench:
        yield bench
        bench.way.stop()


def _known(events: int, *, is_alive: bool) -> Reading:
    return Reading(keys=None, clicks=None, scrolls=None, events=events, is_alive=is_alive)


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


def test_before_its_start_nothing_is_seen_and_nobody_listens(bench: Bench) -> None:
    bench.key()

    assert bench.way.read() == _known(0, is_alive=False)


def test_r8_a_quiet_time_is_known_to_be_quiet(bench: Bench) -> None:
    bench.way.start()

    bench.rest()
    bench.rest()

    assert bench.way.read() == _known(0, is_alive=True)


def test_r7_a_key_is_a_sign_of_activity_and_no_count(bench: Bench) -> None:
    bench.way.start()

    bench.press()
    bench.press()
    bench.rest()

    assert bench.way.read() == _known(2, is_alive=True)


def test_after_its_stop_nothing_is_seen_and_no_thread_is_left(bench: Bench) -> None:
    before = {thread.name for thread in threading.enumerate() if "worklog" in thread.name}
    bench.way.start()
    bench.press()

    bench.way.stop()
    bench.key()

    assert bench.way.read() == _known(1, is_alive=False)
    left = {thread.name for thread in threading.enumerate() if "worklog" in thread.name}
    assert left == before


def test_starting_and_stopping_twice_is_fine(bench: Bench) -> None:
    bench.way.stop()
    bench.way.start()
    bench.way.start()
    bench.press()
    bench.way.stop()
    bench.way.stop()

    assert bench.way.read() == _known(1, is_alive=False)


def test_f41_it_says_when_the_display_went_away_and_goes_on_when_it_is_back(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.way.start()
    bench.press()

    bench.lose_the_display()
    until(lambda: not bench.way.read().is_alive)
    bench.way.start()
    without_display = bench.way.read()
    bench.bring_it_back()
    bench.way.start()
    bench.press()
    bench.rest()

    assert without_display == _known(1, is_alive=False)
    assert bench.way.read() == _known(2, is_alive=True)
    assert capfd.readouterr() == ("", "")
