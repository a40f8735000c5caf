"""What an `InputWay` promises that sees activity without counting."""

from __future__ import annotations

import threading
from typing import Protocol

import pytest

from tests.support.until import until
from worklog.app.ports import InputWay


class Bench(Protocol):
    """A way and somebody who plays the user before it."""

    way: InputWay

    def type(self) -> None: ...
    def lose_the_terminal(self) -> None: ...
    def bring_it_back(self) -> None: ...


def _type_until_seen(bench: Bench) -> None:
    """Type until there is a sign more: the kernel moves a terminal's time every 8 s only."""
    before = bench.way.read().events

    def is_seen() -> bool:
        bench.type()
        threading.Event().wait(0.2)
        return bench.way.read().events > before

    until(is_seen, within_s=20)


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


def test_before_its_start_nothing_is_seen_and_nobody_looks(bench: Bench) -> None:
    bench.type()

    reading = bench.way.read()

    assert (reading.events, reading.is_alive) == (0, False)


def test_r8_it_sees_that_there_was_input_and_never_says_how_much(bench: Bench) -> None:
    bench.way.start()
    _type_until_seen(bench)

    reading = bench.way.read()

    assert (reading.keys, reading.clicks, reading.scrolls) == (None, None, None)
    assert reading.is_alive


def test_r8_without_input_there_is_no_sign_of_any(bench: Bench) -> None:
    bench.way.start()

    threading.Event().wait(2.5)

    reading = bench.way.read()
    assert (reading.events, reading.is_alive) == (0, True)


def test_after_its_stop_no_thread_is_left_and_it_can_begin_again(bench: Bench) -> None:
    before = set(threading.enumerate())
    bench.way.start()
    bench.way.start()
    bench.way.stop()
    bench.way.stop()

    is_alive = bench.way.read().is_alive
    left = set(threading.enumerate())
    bench.way.start()

    assert not is_alive
    assert left <= before
    assert bench.way.read().is_alive


def test_f41_without_a_terminal_nobody_can_tell_until_it_is_back(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    """Unknown and not idle: figures stay, and it says that it sees nothing."""
    bench.way.start()
    _type_until_seen(bench)
    before = bench.way.read().events

    bench.lose_the_terminal()
    until(lambda: not bench.way.read().is_alive, within_s=20)
    without = bench.way.read().events
    bench.bring_it_back()
    bench.way.start()
    until(lambda: bench.way.read().is_alive, within_s=20)
    _type_until_seen(bench)

    assert without >= before
    assert bench.way.read().events > without
    assert capfd.readouterr() == ("", "")
