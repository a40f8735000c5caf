"""Parts, spans and intervals (R2)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY, parts
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, DeviceId, PartId
from worklog.domain.part import Capture, CaptureState, Part, Role, Span, per_minute, union
from worklog.domain.segment_words import what_became

SLOT = Slot.containing(MONDAY)
intervals = st.lists(
    st.tuples(st.integers(0, 599), st.integers(1, 600)).filter(lambda pair: pair[0] < pair[1]),
    max_size=8,
)


def part(*spans: Span, late_by: int = 0, captures: tuple[Capture, ...] = ()) -> Part:
    return Part(
        PartId("p"),
        DeviceId("d"),
        ContractId("c"),
        SLOT,
        SLOT.start,
        SLOT.end + timedelta(seconds=late_by),
        spans,
        captures=captures,
    )


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5), (0, 601)])
def test_a_span_is_an_interval_of_its_slot(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no span"):
        Span(start, end)


def test_a_part_stays_within_its_slot() -> None:
    with pytest.raises(ValueError, match="out of its slot"):
        part(late_by=1)


def test_spans_of_a_part_do_not_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        part(Span(0, 10), Span(9, 20))

    assert part(Span(0, 10), Span(10, 20), Span(30, 31)).tracked_seconds == 21


def test_only_a_picture_of_the_screen_is_a_picture_of_the_part() -> None:
    camera = Capture(CaptureState.TAKEN, SLOT.start, role=Role.CAMERA)
    denied = Capture(CaptureState.DENIED, SLOT.start)
    taken = Capture(CaptureState.TAKEN, SLOT.start)

    assert not part(captures=(camera, denied)).has_picture
    assert part(captures=(camera, denied, taken)).has_picture


@given(intervals)
def test_a_union_has_the_same_seconds_in_disjoint_order(drawn: list[tuple[int, int]]) -> None:
    merged = union(drawn)

    assert {s for a, b in merged for s in range(a, b)} == {s for a, b in drawn for s in range(a, b)}
    assert all(one[1] < two[0] for one, two in pairwise(merged))


@given(intervals)
def test_seconds_per_minute_add_up(drawn: list[tuple[int, int]]) -> None:
    merged = union(drawn)

    minutes = per_minute(merged)

    assert len(minutes) == 10
    assert sum(minutes) == sum(end - start for start, end in merged)
    assert all(0 <= seconds <= 60 for seconds in minutes)


@given(parts())
def test_the_strategies_draw_parts_that_hold(drawn: Part) -> None:
    assert drawn.tracked_seconds == sum(per_minute(union([(s.start, s.end) for s in drawn.spans])))


@pytest.mark.parametrize(
    ("role", "state", "words"),
    [
        (Role.SCREEN, CaptureState.BLANK, "blank screen"),
        (Role.CAMERA, CaptureState.BLANK, "nothing to see"),
        (Role.CAMERA, CaptureState.BUSY, "in use by another program"),
    ],
)
def test_a_capture_says_in_words_what_became_of_it(
    role: Role, state: CaptureState, words: str
) -> None:
    assert what_became(Capture(state, SLOT.start, role=role)) == words
