"""The ten boxes of a segment, and what changes of segments name."""

from __future__ import annotations

from tests.support.fakes import utc
from worklog.domain.activity import Activity
from worklog.domain.amendment import Key, ManualSpan
from worklog.domain.boxes import boxes_of
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.domain.segment import Bill, BilledSegment, ManualTime, Origin, Reason, Segment
from worklog.domain.targets import is_taken, keys_of, manual_of, manual_spans, parts_of

KEY = Key(Slot.containing(utc("2026-11-19 09:00")), ContractId("c"))
BY_HAND = ManualTime(AmendmentId("a"), 300, 600, "call", "", Origin.MANUAL)


def row(segment: Segment) -> BilledSegment:
    return BilledSegment(segment, Bill(0, Reason.BILLED))


def test_each_minute_is_active_idle_unknown_by_hand_or_nothing() -> None:
    counts = [(1, 0, 0), (0, 0, 0), None, (0, 0, 0), None, None, (2, 0, 0), None, None, None]
    segment = Segment(
        KEY, tracked=((0, 240),), manual=(BY_HAND,), activity=Activity.of_counts(counts)
    )

    assert [kind.value for kind in boxes_of(segment)] == ["a", "i", "u", "i", "", *"mammm"]


def test_a_change_names_keys_parts_once_and_manual_time() -> None:
    rows = [
        row(Segment(KEY, parts=(PartId("p"), PartId("q")), manual=(BY_HAND,))),
        row(Segment(KEY, parts=(PartId("q"),))),
    ]

    assert keys_of(rows) == (KEY, KEY)
    assert parts_of(rows) == ("p", "q")
    assert manual_of(rows) == (("a", KEY.slot),)


def test_r25_manual_time_takes_whole_slots_that_are_free_and_covered_by_five_minutes() -> None:
    start, end = utc("2026-11-19 09:04"), utc("2026-11-19 09:35")
    taken = {Slot(KEY.slot.index + 1)}

    spans = manual_spans(start, end, taken)

    assert spans == (
        ManualSpan(KEY.slot),
        ManualSpan(Slot(KEY.slot.index + 2)),
        ManualSpan(Slot(KEY.slot.index + 3)),
    )


def test_r25_a_green_box_or_manual_time_takes_a_slot_and_idle_time_does_not() -> None:
    busy = Segment(KEY, activity=Activity.of_counts([(1, 0, 0)] * 10))
    idle = Segment(KEY, activity=Activity.of_counts([(0, 0, 0)] * 10))

    assert is_taken(row(busy))
    assert is_taken(row(Segment(KEY, manual=(BY_HAND,))))
    assert not is_taken(row(idle))
