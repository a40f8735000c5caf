"""What every `InputWay` promises that counts."""

from __future__ import annotations

import threading
from typing import Protocol

import pytest

from tests.support.until import until
from worklog.app.ports import InputWay, Reading


class Bench(Protocol):
    """A way and somebody who plays the user before it."""

    way: InputWay

    def keys(self, count: int) -> None: ...
    def clicks(self, count: int) -> None: ...
    def notches(self, count: int) -> None: ...
    def hold_a_key(self) -> None: ...
    def move(self, count: int) -> None: ...
    def lose_the_display(self) -> None: ...
    def bring_it_back(self) -> None: ...


def _settled(bench: Bench) -> Reading:
    """Return the figures once all input sent so far has been counted.

    A last key and a last click travel behind it, and are taken off again.
    """
    before = bench.way.read()
    assert before.keys is not None
    bench.keys(1)
    bench.clicks(1)
    until(lambda: _has(bench.way, keys=1, clicks=1))
    last = bench.way.read()
    while True:  # whatever is still under way raises a figure within a tenth of a second
        threading.Event().wait(0.1)
        now = bench.way.read()
        if now == last:
            break
        last = now
    assert last.keys is not None
    assert last.clicks is not None
    return Reading(last.keys - 1, last.clicks - 1, last.scrolls, last.events - 2, last.is_alive)


def _has(way: InputWay, *, keys: int = 0, clicks: int = 0, scrolls: int = 0) -> bool:
    seen = way.read()
    figures = (seen.keys or 0, seen.clicks or 0, seen.scrolls or 0)
    return all(have >= want for have, want in zip(figures, (keys, clicks, scrolls), strict=True))


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


def test_before_its_start_nothing_is_counted_and_nobody_listens(bench: Bench) -> None:
    bench.keys(3)

    assert bench.way.read() == Reading(0, 0, 0, 0, is_alive=False)


def test_r7_five_hundred_of_each_are_counted_exactly(bench: Bench) -> None:
    bench.way.start()

    bench.keys(500)
    bench.clicks(500)
    bench.notches(500)

    until(lambda: _has(bench.way, keys=500, clicks=500, scrolls=500))
    assert _settled(bench) == Reading(500, 500, 500, 1500, is_alive=True)


def test_r7_a_held_key_is_one(bench: Bench) -> None:
    bench.way.start()

    bench.hold_a_key()

    assert _settled(bench) == Reading(1, 0, 0, 1, is_alive=True)


def test_r7_a_thousand_pointer_moves_are_nothing(bench: Bench) -> None:
    bench.way.start()

    bench.move(1000)

    assert _settled(bench) == Reading(0, 0, 0, 0, is_alive=True)


def test_starting_twice_counts_once(bench: Bench) -> None:
    bench.way.start()
    bench.way.start()

    bench.keys(10)

    assert _settled(bench) == Reading(10, 0, 0, 10, is_alive=True)


def test_after_its_stop_nothing_is_counted_and_no_thread_is_left(bench: Bench) -> None:
    before = set(threading.enumerate())
    bench.way.start()
    bench.keys(10)
    until(lambda: _has(bench.way, keys=10))

    bench.way.stop()
    bench.keys(5)

    assert bench.way.read() == Reading(10, 0, 0, 10, is_alive=False)
    assert set(threading.enumerate()) <= before


def test_stopping_before_starting_and_twice_is_fine(bench: Bench) -> None:
    bench.way.stop()
    bench.way.start()
    bench.way.stop()
    bench.way.stop()

    assert not bench.way.read().is_alive


def test_f41_it_says_when_the_display_went_away_and_counts_on_when_it_is_back(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    """F41, F42: dead is said as dead, figures never fall, and nothing is printed."""
    bench.way.start()
    bench.keys(7)
    until(lambda: _has(bench.way, keys=7))

    bench.lose_the_display()
    until(lambda: not bench.way.read().is_alive)
    bench.way.start()
    without_display = bench.way.read()
    bench.bring_it_back()
    bench.way.start()
    bench.keys(5)

    assert without_display == Reading(7, 0, 0, 7, is_alive=False)
    until(lambda: _has(bench.way, keys=12))
    assert _settled(bench) == Reading(12, 0, 0, 12, is_alive=True)
    assert capfd.readouterr() == ("", "")
