"""Signals to a tracker: passed on whatever the main thread is doing."""

from __future__ import annotations

import os
import signal
import threading
from typing import cast

import pytest

from tests.support.until import until
from worklog.app.loop import Tracker
from worklog.cli.tracker import Signals
from worklog.domain.session import Ending


class Asked:
    """Remembers what it was asked for, under a lock as the real one does."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests: list[tuple[Ending, bool]] = []

    def request_stop(self, ending: Ending, *, takes_capture: bool) -> None:
        with self.lock:
            self.requests.append((ending, takes_capture))


def signals(asked: Asked, *, goes_on: bool = False) -> Signals:
    return Signals(cast("Tracker", asked), goes_on=goes_on)


@pytest.mark.parametrize(
    ("number", "request_"),
    [
        (signal.SIGINT, (Ending.STOP, True)),
        (signal.SIGTERM, (Ending.SIGNAL, False)),
        (signal.SIGHUP, (Ending.HANG_UP, False)),
    ],
)
def test_each_signal_asks_for_its_ending(
    number: signal.Signals, request_: tuple[Ending, bool]
) -> None:
    asked = Asked()

    with signals(asked):
        os.kill(os.getpid(), number)
        until(lambda: asked.requests)

    assert asked.requests == [request_]


def test_a_signal_that_interrupts_the_loop_at_its_lock_is_passed_on_all_the_same() -> None:
    """A handler that took the lock itself would wait for its own thread for ever."""
    asked = Asked()

    with signals(asked):
        with asked.lock:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.sigtimedwait([], 0.05)  # the handler has run here, with the lock held
            assert asked.requests == []
        until(lambda: asked.requests)

    assert asked.requests == [(Ending.SIGNAL, False)]


def test_after_a_hang_up_it_may_go_on() -> None:
    asked = Asked()

    with signals(asked, goes_on=True):
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        until(lambda: asked.requests)

    assert asked.requests == [(Ending.SIGNAL, False)]


def test_the_handlers_from_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with signals(Asked()):
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before
