"""Review: what will not hold, as facts (R33 and the command `review`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given

from tests.support.strategies import MONDAY, all_contracts, folded
from worklog.domain.activity import Activity
from worklog.domain.amendment import Key
from worklog.domain.billing import bill
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.domain.part import Capture, CaptureState
from worklog.domain.review import (
    Finding,
    Grade,
    Kind,
    Thresholds,
    Verdict,
    grade,
    is_vague,
    review,
    verdict,
)
from worklog.domain.segment import (
    Bill,
    BilledSegment,
    ManualTime,
    Origin,
    Picture,
    Reason,
    Segment,
)

A: Final = ContractId("a")
B: Final = ContractId("b")
CONTRACTS: Final = {A: Contract(A, "acme"), B: Contract(B, "beta")}
FIRST: Final = Slot.containing(MONDAY).index
GREEN: Final = Activity.of_counts([(3, 1, 0)] * 10)
FOUR: Final = Activity.of_counts([(3, 1, 0)] * 4 + [(0, 0, 0)] * 6)


def row(
    number: int = 0,
    contract: ContractId = A,
    *,
    memo: str = "fix the login form",
    activity: Activity = GREEN,
    sha256: str = "",
    reason: Reason = Reason.BILLED,
) -> BilledSegment:
    key = Key(Slot(FIRST + number), contract)
    capture = Capture(CaptureState.TAKEN, key.slot.start, sha256=sha256 or f"{number}{contract}")
    segment = Segment(
        key,
        memo,
        tracked=((0, 600),),
        activity=activity,
        pictures=(Picture(PartId("p"), capture),),
        policy=1,
    )
    return BilledSegment(segment, Bill(600 if reason is Reason.BILLED else 0, reason))


def by_hand(number: int, *, memo: str = "call with Ann about the login") -> BilledSegment:
    time = ManualTime(AmendmentId("m"), 0, 600, memo, "", Origin.MANUAL)
    plain = row(number, memo=memo)
    segment = replace(
        plain.segment,
        origin=Origin.MANUAL,
        manual=(time,),
        tracked=(),
        activity=Activity(),
        pictures=(),
    )
    return replace(plain, segment=segment)


def why(one: BilledSegment) -> tuple[Kind, ...]:
    return verdict(one, CONTRACTS[A]).why


def kinds(*rows: BilledSegment, thresholds: Thresholds | None = None) -> list[tuple[Kind, int]]:
    found = review(rows, CONTRACTS, thresholds=thresholds or Thresholds())
    return [(finding.kind, len(finding.keys)) for finding in found]


# --- One segment ----------------------------------------------------------------------


def test_a_good_segment_would_hold() -> None:
    assert verdict(row(), CONTRACTS[A]) == Verdict(row().segment.key, holds=True)


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (row(memo=""), Kind.NO_MEMO),
        (row(memo="work"), Kind.VAGUE_MEMO),
        (row(activity=FOUR), Kind.LOW_ACTIVITY),
        (row(reason=Reason.IDLE), Kind.IDLE),
        (row(activity=Activity()), Kind.UNPROVEN),
        (by_hand(0), Kind.MANUAL),
        (row(reason=Reason.SHARED), Kind.SHARED),
        (row(reason=Reason.OVER_LIMIT), Kind.OVER_LIMIT),
    ],
)
def test_a_verdict_says_why_a_segment_would_not_hold(one: BilledSegment, kind: Kind) -> None:
    assert verdict(one, CONTRACTS[A]) == Verdict(one.segment.key, holds=False, why=(kind,))


def test_five_boxes_are_enough() -> None:
    five = Activity.of_counts([(3, 1, 0)] * 5 + [(0, 0, 0)] * 5)

    assert why(row(activity=five)) == ()
    lower = Thresholds(low_boxes=5)
    assert verdict(row(activity=five), CONTRACTS[A], thresholds=lower).why == (Kind.LOW_ACTIVITY,)


@pytest.mark.parametrize(
    ("thresholds", "kinds_named"),
    [
        (Thresholds(low_boxes=3), ()),
        (Thresholds(low_boxes=4), (Kind.LOW_ACTIVITY,)),
        (Thresholds(low_boxes=0), ()),
    ],
)
def test_how_many_boxes_are_few_can_be_chosen(
    thresholds: Thresholds, kinds_named: tuple[Kind, ...]
) -> None:
    assert verdict(row(activity=FOUR), CONTRACTS[A], thresholds=thresholds).why == kinds_named


@pytest.mark.parametrize(
    ("memo", "thresholds", "is_so"),
    [
        ("login form", Thresholds(memo_words=2), False),
        ("login form", Thresholds(memo_words=3), True),
        ("login form", Thresholds(memo_words=3, memo_characters=10), False),
        ("login form", Thresholds(memo_words=3, memo_characters=11), True),
        ("allerlei Arbeit", Thresholds(), False),
        ("Allerlei, Arbeit!", Thresholds(vague=frozenset({"allerlei", "arbeit"})), True),
        ("misc stuff", Thresholds(vague=frozenset({"misc"})), False),
        ("misc stuff", Thresholds(vague=frozenset()), False),
    ],
)
def test_what_is_vague_can_be_chosen(memo: str, thresholds: Thresholds, *, is_so: bool) -> None:
    assert is_vague(memo, thresholds) is is_so


def test_a_blank_capture_is_named() -> None:
    blank = Picture(PartId("p"), Capture(CaptureState.BLANK, MONDAY))
    one = replace(row(), segment=replace(row().segment, pictures=(blank,)))

    assert why(one) == (Kind.BLANK_PICTURE,)


def test_late_time_holds_once_it_is_accepted() -> None:
    late = replace(row(), segment=replace(row().segment, is_late=True))
    accepted = replace(late, segment=replace(late.segment, is_accepted=True))

    assert why(late) == (Kind.LATE,)
    assert why(accepted) == ()


@pytest.mark.parametrize("memo", ["work", "Fixing", "wip.", "misc stuff", "x", "…"])
def test_a_memo_that_says_nothing_is_vague(memo: str) -> None:
    assert is_vague(memo)


@pytest.mark.parametrize(
    "memo", ["login form", "Internationalisation", "fix ACME-12", "問い合わせ対応の文面を書く"]
)
def test_a_memo_that_says_something_is_not(memo: str) -> None:
    assert not is_vague(memo)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (row().segment, Grade.A),
        (replace(row().segment, marks=("crash",)), Grade.A),
        (replace(row().segment, marks=("late",)), Grade.B),
        (replace(row().segment, marks=("crash", "stepped")), Grade.B),
        (by_hand(0).segment, Grade.C),
        (replace(row().segment, origin=Origin.IMPORTED), Grade.C),
    ],
)
def test_r33_a_grade_says_what_the_evidence_proves(segment: Segment, expected: Grade) -> None:
    assert grade(segment, is_receipted=True) == expected
    assert grade(segment, is_receipted=False) is None


# --- Many -----------------------------------------------------------------------------


def test_a_good_week_has_no_findings() -> None:
    assert review([row(number) for number in range(6)], CONTRACTS) == ()


def test_neighbours_with_the_same_trouble_are_one_finding() -> None:
    rows = [row(0, memo=""), row(1, memo=""), row(2), row(3, memo="")]

    first, second = review(rows, CONTRACTS)

    assert first == Finding(
        Kind.NO_MEMO,
        A,
        (rows[0].segment.key, rows[1].segment.key),
        {
            "segments": 2,
            "start": MONDAY,
            "end": MONDAY + timedelta(minutes=20),
            "seconds": 1200,
        },
    )
    assert second.keys == (rows[3].segment.key,)


def test_different_vague_memos_are_different_findings_that_name_them() -> None:
    found = review([row(0, memo="work"), row(1, memo="wip"), row(2, memo="wip")], CONTRACTS)

    assert [(finding.facts["memo"], len(finding.keys)) for finding in found] == [
        ("work", 1),
        ("wip", 2),
    ]


def test_low_activity_says_how_many_boxes_were_green() -> None:
    (found,) = review([row(0, activity=FOUR), row(1, activity=FOUR)], CONTRACTS)

    assert (found.facts["boxes"], found.facts["of_boxes"]) == (8, 20)


def test_equal_pictures_are_named_wherever_they_are() -> None:
    rows = [row(0, sha256="same"), row(1), row(2, sha256="same"), row(0, B, sha256="same")]

    assert [(f.kind, f.contract) for f in review(rows, CONTRACTS)] == [
        (Kind.DUPLICATE_PICTURE, A),
        (Kind.DUPLICATE_PICTURE, A),
        (Kind.DUPLICATE_PICTURE, B),
    ]


def test_a_week_with_much_manual_time_says_how_much() -> None:
    rows = [row(0), row(1), by_hand(2)]

    found = [f for f in review(rows, CONTRACTS) if f.kind is Kind.MANUAL_SHARE]

    assert [(f.keys, f.facts["permille"], f.facts["seconds"]) for f in found] == [
        ((rows[2].segment.key,), 333, 600)
    ]
    assert (Kind.MANUAL_SHARE, 1) not in kinds(*rows, thresholds=Thresholds(manual_permille=334))


@pytest.mark.parametrize(("permille", "is_named"), [(500, False), (499, True), (1000, False)])
def test_how_much_manual_time_is_much_can_be_chosen(permille: int, *, is_named: bool) -> None:
    found = kinds(row(0), by_hand(1), thresholds=Thresholds(manual_permille=permille))

    assert ((Kind.MANUAL_SHARE, 1) in found) is is_named


@pytest.mark.parametrize(
    ("least", "most", "is_named"),
    [(20, 120, True), (21, 120, False), (10, 20, True), (10, 19, False), (1, 0, False)],
)
def test_how_long_a_gap_is_can_be_chosen(least: int, most: int, *, is_named: bool) -> None:
    thresholds = Thresholds(
        gap_at_least=timedelta(minutes=least), gap_at_most=timedelta(minutes=most)
    )

    found = kinds(row(0), row(3), thresholds=thresholds)

    assert found == ([(Kind.GAP, 2)] if is_named else [])


def test_a_gap_between_segments_is_named_unless_it_was_answered() -> None:
    rows = [row(0), row(3, B)]
    start, end = MONDAY + timedelta(minutes=10), MONDAY + timedelta(minutes=30)

    (gap,) = review(rows, CONTRACTS)

    assert gap == Finding(
        Kind.GAP,
        A,
        (rows[0].segment.key, rows[1].segment.key),
        {"start": start, "end": end, "seconds": 1200},
    )
    assert review(rows, CONTRACTS, explained=[(start, end)]) == ()
    assert review(rows, CONTRACTS, explained=[(end, end + timedelta(hours=1))]) == (gap,)


def test_a_short_break_and_a_night_are_no_gaps() -> None:
    brief = replace(row(1), segment=replace(row(1).segment, tracked=((300, 600),)))

    assert kinds(row(0), brief, row(2), row(16)) == []


def test_a_segment_without_time_does_not_end_a_gap() -> None:
    empty = replace(row(1), segment=replace(row(1).segment, tracked=()))

    assert (Kind.GAP, 2) in kinds(row(0), empty, row(3))


def test_a_gap_of_one_contract_in_which_another_was_tracked_is_none() -> None:
    long = replace(row(0, B), segment=replace(row(0, B).segment, tracked=((0, 600),)))
    brief = replace(row(0), segment=replace(row(0).segment, tracked=((0, 10),)))

    assert kinds(brief, long, row(1)) == []
    swapped = [
        replace(row(0), segment=replace(row(0).segment, tracked=((0, 600),))),
        replace(row(0, B), segment=replace(row(0, B).segment, tracked=((0, 10),))),
    ]
    later = replace(row(1), segment=replace(row(1).segment, tracked=((10, 600),)))
    assert kinds(*swapped, later) == []


def test_deleted_segments_are_left_out() -> None:
    gone = replace(row(memo=""), segment=replace(row(memo="").segment, is_deleted=True))

    assert review([gone], CONTRACTS) == ()


@given(folded(), all_contracts)
def test_every_reason_of_a_verdict_is_in_a_finding(
    segments: tuple[Segment, ...], contracts: dict[ContractId, Contract]
) -> None:
    bills = bill(segments, contracts)
    rows = [BilledSegment(one, bills[one.key]) for one in segments if not one.is_deleted]

    found = review(rows, contracts)

    named = {(finding.kind, key) for finding in found for key in finding.keys}
    for one in rows:
        reasons = verdict(one, contracts[one.segment.key.contract]).why
        assert {(kind, one.segment.key) for kind in reasons} <= named
