"""The promises of a `ScreenWay`, on a real desktop of macOS or Windows with one monitor."""

from __future__ import annotations

import pytest

from tests.contract.promises.screen import (  # noqa: F401 -- the tests
    Bench,
    test_a_frame_has_three_bytes_for_each_pixel_of_its_box,
    test_a_way_that_works_has_no_reason_not_to,
)
from tests.contract.ways import DESKTOP_SCREEN, here
from tests.support.desktops.here import screen_way


@pytest.fixture(params=here(DESKTOP_SCREEN), ids=str)
def bench() -> Bench:
    return Bench(screen_way(), _never)


def _never() -> None:
    raise AssertionError
