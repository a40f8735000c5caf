"""Stretches: the diary as other trackers would have it, no second lost and none twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

from hypothesis import given

from tests.support.strategies import MONDAY, folded
from worklog.domain.amendment import Key
from worklog.domain.fold import elected
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId
from worklog.domain.segment import ManualTime, Origin, Segment
from worklog.domain.stretch import Stretch, free, stretches
from worklog.domain.timesheet import live_seconds

A: Final = ContractId("a")
B: Final = ContractId("b")
FIRST: Final = Slot.containing(MONDAY).index


def segment(
    number: int = 0,
    *spans: tuple[int, int, str],
    contract: ContractId = A,
    manual: tuple[ManualTime, ...] = (),
    memo: str | None = None,
) -> Segment:
    words = [(start, end, text, "") for start, end, text in spans]
    votes = [*words, *((time.start, time.end, time.memo, "") for time in manual)]
    named = elected(votes)[0] if memo is None else memo
    return Segment(
        Key(Slot(FIRST + number), contract),
        named,
        spans=tuple(words),
        tracked=tuple((start, end) for start, end, _ in spans),
        manual=manual,
    )


def by_hand(
    start: int, end: int, memo: str = "call", *, name: str = "m", origin: Origin = Origin.MANUAL
) -> ManualTime:
    return ManualTime(AmendmentId(name), start, end, memo, "", origin)


def told(found: list[Stretch]) -> list[tuple[int, int, str]]:
    start = Slot(FIRST).start
    return [
        (
            int((one.start - start).total_seconds()),
            int((one.end - start).total_seconds()),
            one.memo,
        )
        for one in found
    ]


@given(folded())
def test_r1_stretches_add_up_to_the_live_time_and_never_overlap(
    segments: tuple[Segment, ...],
) -> None:
    found = stretches(segments)

    for contract in {segment.key.contract for segment in segments}:
        mine = [stretch for stretch in found if stretch.contract == contract]
        wanted = sum(live_seconds(one) for one in segments if one.key.contract == contract)
        assert sum(stretch.seconds for stretch in mine) == wanted
        assert all(before.end <= after.start for before, after in pairwise(mine))
    assert found == sorted(found, key=lambda one: (one.start, one.contract, one.end))


@given(folded())
def test_neighbours_with_the_same_words_are_one(segments: tuple[Segment, ...]) -> None:
    found = stretches(segments)

    for before, after in pairwise(sorted(found, key=lambda one: (one.contract, one.start))):
        is_same = replace(before, start=after.start, end=after.end) == after
        assert not (is_same and before.end == after.start)


def test_work_goes_on_over_the_end_of_a_slot() -> None:
    found = stretches([segment(0, (30, 600, "fix")), segment(1, (0, 120, "fix"))])

    assert told(found) == [(30, 720, "fix")]


def test_a_pause_another_memo_and_another_contract_part_stretches() -> None:
    found = stretches(
        [
            segment(0, (0, 100, "fix"), (100, 200, "test"), (300, 600, "test")),
            segment(1, (0, 600, "fix")),
            segment(0, (0, 600, "fix"), contract=B),
        ]
    )

    assert told([one for one in found if one.contract == A]) == [
        (0, 100, "fix"),
        (100, 200, "test"),
        (300, 600, "test"),
        (600, 1200, "fix"),
    ]
    assert told([one for one in found if one.contract == B]) == [(0, 600, "fix")]


def test_an_edit_of_the_whole_segment_names_all_of_it() -> None:
    found = stretches([segment(0, (0, 400, "fix"), (400, 600, "test"), memo="review")])

    assert told(found) == [(0, 600, "review")]


def test_a_memo_that_was_taken_away_is_away_everywhere() -> None:
    found = stretches([segment(0, (0, 400, "fix"), (400, 600, "test"), memo="")])

    assert told(found) == [(0, 600, "")]


def test_r25_manual_time_is_beside_tracked_time_and_entries_stay_apart() -> None:
    manual = (
        by_hand(300, 450, name="one", origin=Origin.IMPORTED),
        by_hand(450, 600, name="two", origin=Origin.IMPORTED),
    )
    found = stretches([segment(0, (100, 400, "fix"), manual=manual)])

    assert told(found) == [(100, 400, "fix"), (400, 450, "call"), (450, 600, "call")]
    assert [one.origin for one in found] == [Origin.TRACKED, Origin.IMPORTED, Origin.IMPORTED]


def test_words_of_deleted_parts_name_nothing() -> None:
    """Their spans stay in the segment, wordless, and may lie over those of another device."""
    deleted = Segment(
        Key(Slot(FIRST), A),
        "fix",
        spans=((0, 600, "", ""), (100, 300, "fix", "")),
        tracked=((100, 300),),
    )

    assert told(stretches([deleted])) == [(100, 300, "fix")]


def test_what_is_free_lies_between_what_is_taken() -> None:
    assert list(free(0, 600, [])) == [(0, 600)]
    assert list(free(0, 600, [(500, 700), (100, 200), (150, 250)])) == [(0, 100), (250, 500)]
    assert list(free(100, 200, [(0, 600)])) == []
    assert list(free(100, 200, [(0, 100), (200, 300)])) == [(100, 200)]


def test_a_stretch_knows_its_length() -> None:
    stretch = Stretch(A, MONDAY, MONDAY + timedelta(seconds=61))

    assert stretch.seconds == 61
