"""What every `InputWay` promises: run against XRecord, pynput and the fake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest

from tests.support.fake_capture import FakeInput
from tests.support.until import until
from tests.support.x11 import XServer, run, window, xdotool, xvfb
from worklog.app.ports import InputWay, Reading
from worklog.capture.pynput_input import PynputInput
from worklog.capture.x11_input import XRecordInput


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


class OnX:
    """Input by xdotool on a real X server."""

    def __init__(self, server: XServer, way: InputWay) -> None:
        self._server = server
        self.way = way

    def keys(self, count: int) -> None:
        xdotool(self._server, "key", "--delay", "0", *["a"] * count)

    def clicks(self, count: int) -> None:
        for button in ("1", "2", "3", "8", "9"):  # left, middle, right, back, forward
            self._click(button, count // 5)
        if count % 5:
            self._click("1", count % 5)

    def notches(self, count: int) -> None:
        for button in ("4", "5", "6", "7"):  # up, down, left, right
            self._click(button, count // 4)
        if count % 4:
            self._click("4", count % 4)

    def hold_a_key(self) -> None:
        """Hold a key until the server has repeated it twenty times."""
        run(self._server, "xset", "r", "rate", "100", "100")
        with window(self._server) as focused:
            focused.focus()
            xdotool(self._server, "keydown", "b")
            presses = 0

            def is_repeated() -> bool:
                nonlocal presses
                presses += focused.key_presses()
                return presses > 20

            until(is_repeated)
            xdotool(self._server, "keyup", "b")

    def move(self, count: int) -> None:
        words = [w for n in range(count) for w in ("mousemove", str(n % 640), str(n % 480))]
        xdotool(self._server, *words)

    def lose_the_display(self) -> None:
        self._server.kill()

    def bring_it_back(self) -> None:
        assert self._server.start()

    def _click(self, button: str, count: int) -> None:
        if count:
            xdotool(self._server, "click", "--delay", "0", "--repeat", str(count), button)


class OnNothing:
    """Input by word of mouth."""

    def __init__(self) -> None:
        self._fake = FakeInput()
        self.way: InputWay = self._fake

    def keys(self, count: int) -> None:
        self._fake.press(count)

    def clicks(self, count: int) -> None:
        self._fake.click(count)

    def notches(self, count: int) -> None:
        self._fake.scroll(count)

    def hold_a_key(self) -> None:
        self._fake.press()

    def move(self, count: int) -> None:
        """Movement is no sign of anything here either."""

    def lose_the_display(self) -> None:
        self._fake.die()
        self._fake.is_dead_for_good = True

    def bring_it_back(self) -> None:
        self._fake.is_dead_for_good = False


@contextmanager
def _bench(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if kind == "fake":
        yield OnNothing()
        return
    with xvfb((640, 480)) as server:
        for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DISPLAY", server.display)  # pynput looks nowhere else
        way: InputWay = (
            XRecordInput(server.environ) if kind == "x11-record" else PynputInput(server.environ)
        )
        yield OnX(server, way)


@pytest.fixture(params=["x11-record", "pynput", "fake"])
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with _bench(request.param, monkeypatch) as bench:
        yield bench
        bench.way.stop()


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
