"""The promises of an `InputWay` that counts, on a real desktop of macOS or Windows.

Real keys are pressed: nobody may type meanwhile. A desktop that is in use cannot be taken
away, so that promise is held to fakes only.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.promises.input import (  # noqa: F401 -- the tests
    Bench,
    test_a_way_that_works_has_no_reason_not_to,
    test_after_its_stop_nothing_is_counted_and_no_thread_is_left,
    test_before_its_start_nothing_is_counted_and_nobody_listens,
    test_r7_a_held_key_is_one,
    test_r7_a_thousand_pointer_moves_are_nothing,
    test_r7_five_hundred_of_each_are_counted_exactly,
    test_starting_twice_counts_once,
    test_stopping_before_starting_and_twice_is_fine,
)
from tests.contract.ways import DESKTOP_INPUT, here
from tests.support.desktops.here import counting_way
from tests.support.desktops.real import Hands


class OnDesktop(Hands):
    """Input by pynput on the real desktop."""

    def __init__(self) -> None:
        super().__init__()
        self.way = counting_way()

    def lose_the_display(self) -> None:
        raise AssertionError

    def bring_it_back(self) -> None:
        raise AssertionError


@pytest.fixture(params=here(DESKTOP_INPUT), ids=str)
def bench() -> Iterator[Bench]:
    bench = OnDesktop()
    yield bench
    bench.way.stop()
