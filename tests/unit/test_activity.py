"""Counts and boxes (R2, R7, R8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import activities
from worklog.domain.activity import UNKNOWN, Activity, combine

ZEROS = (0,) * 10


def test_an_activity_has_ten_minutes() -> None:
    with pytest.raises(ValueError, match="10 minutes"):
        Activity(keys=(1, 2))


def test_a_count_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        Activity(keys=(-1, *ZEROS[1:]))


@pytest.mark.parametrize("box", [None, False])
def test_a_minute_with_events_has_a_green_box(box: bool | None) -> None:  # noqa: FBT001 -- a value, no switch
    with pytest.raises(ValueError, match="minute 0 has events"):
        Activity(clicks=(1, *ZEROS[1:]), active=(box, *UNKNOWN[1:]))


def test_n3_zero_is_known_and_none_is_not() -> None:
    activity = Activity.of_counts([None, (0, 0, 0), (1, 0, 0), *[None] * 7])

    assert activity.active == (None, False, True, *UNKNOWN[3:])
    assert (activity.level, activity.is_known) == (1, True)
    assert not Activity().is_known


def test_r2_counts_add_up_and_boxes_or() -> None:
    one = Activity.of_counts([(1, 2, 3), (0, 0, 0), None, None, *[(0, 0, 0)] * 6])
    two = Activity.of_counts([(4, 0, 1), None, (0, 0, 0), None, *[(0, 0, 0)] * 6])

    both = combine([one, two])

    assert both.keys[:4] == (5, 0, 0, None)
    assert both.clicks[:4] == (2, 0, 0, None)
    assert both.scrolls[:4] == (4, 0, 0, None)
    assert both.active[:4] == (True, False, False, None)


@given(st.lists(activities(), max_size=4), st.data())
def test_r2_order_and_grouping_do_not_matter(drawn: list[Activity], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(drawn))
    cut = data.draw(st.integers(0, len(drawn)))

    grouped = combine([combine(shuffled[:cut]), combine(shuffled[cut:])])

    assert combine(drawn) == grouped


def test_nothing_combined_is_unknown() -> None:
    assert combine([]) == Activity()


def test_r8_input_that_was_seen_is_not_yet_counted() -> None:
    seen = Activity(active=(True, False, *UNKNOWN[2:]))

    assert (seen.is_known, seen.is_counted) == (True, False)
    assert combine([seen, Activity.of_counts([(0, 0, 0)] * 10)]).is_counted
    assert not Activity().is_counted
