"""The promises of an `InputWay` that sees without counting, on a real desktop of Windows.

Real keys are pressed: nobody may type meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.promises.activity import (  # noqa: F401 -- the tests
    Bench,
    test_a_way_that_works_has_no_reason_not_to,
    test_after_its_stop_no_thread_is_left_and_it_can_begin_again,
    test_before_its_start_nothing_is_seen_and_nobody_looks,
    test_r8_it_sees_that_there_was_input_and_never_says_how_much,
    test_r8_without_input_there_is_no_sign_of_any,
)
from tests.contract.ways import DESKTOP_ACTIVITY, here
from tests.support.desktops.here import seeing_way
from tests.support.desktops.real import Hands


class OnDesktop(Hands):
    """Input by pynput on the real desktop."""

    def __init__(self) -> None:
        super().__init__()
        self.way = seeing_way()

    def type(self) -> None:
        self.keys(1)

    def lose_the_terminal(self) -> None:
        raise AssertionError

    def bring_it_back(self) -> None:
        raise AssertionError


@pytest.fixture(params=here(DESKTOP_ACTIVITY), ids=str)
def bench() -> Iterator[Bench]:
    bench = OnDesktop()
    yield bench
    bench.way.stop()
