"""The part that is being recorded (R2, R8, R10)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import utc
from worklog.app.open_part import OpenPart, Seen
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, DeviceId, PartId
from worklog.domain.part import Span

SLOT = Slot.containing(utc("2026-11-19 10:00"))
KEY = Seen(keys=1, clicks=0, scrolls=0, events=1)
NOTHING = Seen(keys=0, clicks=0, scrolls=0, events=0)


def open_part(memo: str = "fix", label: str = "") -> OpenPart:
    return OpenPart(
        part_id=PartId("p1"),
        device=DeviceId("d1"),
        contract=ContractId("c1"),
        slot=SLOT,
        opened=SLOT.start,
        memo=memo,
        label=label,
        zone="Europe/Berlin",
        utc_offset=3600,
        policy=1,
    )


def track(part: OpenPart, start: float, end: float) -> None:
    part.track(SLOT.start + timedelta(seconds=start), SLOT.start + timedelta(seconds=end))


def count(part: OpenPart, second: float, seen: Seen | None) -> None:
    part.count(SLOT.start + timedelta(seconds=second), seen)


def spans(part: OpenPart) -> tuple[Span, ...]:
    return part.as_part(SLOT.end).spans


def test_seconds_one_after_the_other_make_one_span() -> None:
    part = open_part()

    for second in range(60):
        track(part, second, second + 1)

    assert spans(part) == (Span(0, 60, "fix"),)


def test_fractions_of_seconds_add_up() -> None:
    part = open_part()

    for tenth in range(605):
        track(part, tenth / 10, (tenth + 1) / 10)

    assert spans(part) == (Span(0, 60, "fix"),)


def test_another_memo_begins_another_span() -> None:
    part = open_part()
    track(part, 0, 30)
    part.memo = "call"
    track(part, 30, 45)

    assert spans(part) == (Span(0, 30, "fix"), Span(30, 45, "call"))


def test_a_pause_leaves_a_hole() -> None:
    part = open_part()
    track(part, 0, 30)
    track(part, 90, 100)

    assert spans(part) == (Span(0, 30, "fix"), Span(90, 100, "fix"))


def test_a_clock_that_noises_backwards_doubles_nothing() -> None:
    part = open_part()
    track(part, 0, 30)
    track(part, 29, 31)
    track(part, 10, 20)

    assert spans(part) == (Span(0, 31, "fix"),)


def test_a_cut_takes_time_back() -> None:
    part = open_part()
    track(part, 0, 30)
    track(part, 60, 90)

    part.cut(SLOT.start + timedelta(seconds=70))

    assert spans(part) == (Span(0, 30, "fix"), Span(60, 70, "fix"))
    assert part.end == 70


def test_a_cut_before_everything_leaves_an_empty_part() -> None:
    part = open_part()
    track(part, 30, 60)

    part.cut(SLOT.start)

    assert part.is_empty


def test_zero_is_only_where_somebody_looked() -> None:
    """R8: an untracked minute and a missed one are unknown; a quiet one is zero."""
    part = open_part()
    track(part, 0, 180)
    count(part, 10, NOTHING)
    count(part, 70, None)
    count(part, 130, KEY)

    activity = part.activity
    assert activity.active[:4] == (False, None, True, None)
    assert activity.keys[:4] == (0, None, 1, None)


def test_f42_what_was_seen_in_a_partly_missed_minute_counts() -> None:
    part = open_part()
    track(part, 0, 60)
    count(part, 10, KEY)
    count(part, 20, None)

    assert (part.activity.active[0], part.activity.keys[0]) == (True, 1)


@pytest.mark.parametrize(("events", "box"), [(3, True), (0, False)])
def test_a_way_that_cannot_count_knows_the_box_only(events: int, box: bool) -> None:  # noqa: FBT001
    part = open_part()
    track(part, 0, 60)
    count(part, 10, Seen(keys=None, clicks=None, scrolls=None, events=events))

    assert (part.activity.active[0], part.activity.keys[0]) == (box, None)


def test_words_of_marks_are_sorted_and_once() -> None:
    part = open_part()
    for word in ("stepped", "crash", "stepped"):
        part.mark(word)

    assert part.as_part(SLOT.end).marks == ("crash", "stepped")


TIMES = st.floats(-100, 700)


@given(st.lists(st.tuples(TIMES, TIMES, st.sampled_from(["a", "b"])), max_size=30))
def test_whatever_is_tracked_makes_a_valid_part(steps: list[tuple[float, float, str]]) -> None:
    """A part is in order and inside its slot, for any clock."""
    part = open_part()

    for start, end, memo in steps:
        part.memo = memo
        track(part, start, end)

    assert 0 <= part.as_part(SLOT.end).tracked_seconds <= 600
