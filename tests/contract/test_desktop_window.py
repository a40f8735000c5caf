"""The promises of a `WindowWay`, on a real desktop of macOS or Windows.

A desktop that is in use cannot be taken away, so that promise is held to fakes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from tests.contract.promises.window import (  # noqa: F401 -- the tests
    FORM,
    TOOL,
    Bench,
    test_a_way_that_works_has_no_reason_not_to,
    test_r4_the_active_window_is_the_one_with_the_keyboard,
    test_r29_a_window_says_where_it_lies,
    test_r29_all_windows_are_seen_not_just_the_active_one,
    test_titles_are_printable_and_short,
)
from tests.contract.ways import DESKTOP_WINDOW, here
from tests.support.desktops.here import window_way
from tests.support.desktops.real import Ours, shown
from tests.support.until import until
from worklog.app.ports import WindowWay


@pytest.fixture(params=here(DESKTOP_WINDOW), ids=str)
def bench() -> Iterator[Bench]:
    way = Ours(window_way(), {title: application for application, title, _ in (FORM, TOOL)})
    with ExitStack() as stack:
        for _, title, box in (FORM, TOOL):
            stack.enter_context(shown(title, box))
            until(partial(_is_active, way, title))
        yield Bench(way, _never)


def _is_active(way: WindowWay, title: str) -> bool:
    active = way.active()
    return active is not None and active.title == title


def _never() -> None:
    raise AssertionError
