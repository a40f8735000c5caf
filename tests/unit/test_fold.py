"""The fold, held to its reference and to its promises (R2, R10, R19 to R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.support.reference import ReferenceFold, shown
from tests.support.strategies import (
    CONTRACTS,
    SERVICES,
    SLOTS,
    World,
    amendments,
    changes,
    parts,
    worlds,
)
from worklog.domain.activity import Activity
from worklog.domain.amendment import (
    REVOCABLE,
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Redact,
    RedactedPicture,
    Revoke,
    Stamp,
    Unknown,
)
from worklog.domain.fold import fold, late_manual
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.part import Capture, CaptureState, ClockState, Part, Role, Span
from worklog.domain.segment import ManualTime, Origin, Segment

SLOT: Final = SLOTS[0]
A1: Final = ContractId("a1")
A2: Final = ContractId("a2")
HERE: Final = Key(SLOT, A1)
THERE: Final = Key(SLOT, A2)
PHONE: Final = DeviceId("d2")
GREEN: Final = Activity.of_counts([(3, 1, 0)] * 10)
QUIET: Final = Activity.of_counts([(0, 0, 0)] * 10)


def part(name: str = "p1", *spans: Span, contract: ContractId = A1) -> Part:
    return Part(
        part_id=PartId(name),
        device=DeviceId("d1"),
        contract=contract,
        slot=SLOT,
        opened=SLOT.start,
        sealed=SLOT.end,
        spans=spans or (Span(0, 600, "alpha", "dev"),),
        activity=GREEN,
    )


def amendment(name: str, change: Change, *, at: int = 0) -> Amendment:
    return Amendment(AmendmentId(name), Stamp(at), "freelancer", DeviceId("d1"), change)


def only(found: dict[Key, Segment]) -> Segment:
    (segment,) = found.values()
    return segment


def picture(*, monitor: int = 0, role: Role = Role.SCREEN) -> Capture:
    return Capture(CaptureState.TAKEN, SLOT.start, role=role, monitor=monitor, sha256="old")


# --- Properties -----------------------------------------------------------------------


@given(worlds())
def test_the_fold_agrees_with_its_reference(world: World) -> None:
    found = fold(world.parts, world.amendments, late=world.late, services=SERVICES)

    expected = ReferenceFold(world.parts, world.amendments, world.late, SERVICES).all()
    assert {key: shown(segment) for key, segment in found.items()} == expected


@given(worlds(), st.randoms(use_true_random=False))
def test_r2_the_order_of_arrival_and_doubles_do_not_matter(world: World, random: Random) -> None:
    shuffled = [*world.parts, *world.parts[:2]]
    changed = [*world.amendments, *world.amendments[:2]]
    random.shuffle(shuffled)
    random.shuffle(changed)

    again = fold(shuffled, changed, late=world.late)

    assert again == fold(world.parts, world.amendments, late=world.late)


@given(worlds())
def test_n4_time_is_conserved(world: World) -> None:
    found = fold(world.parts, world.amendments)

    live = {name for segment in found.values() for name in _live(segment, world)}
    recorded = {
        (p.slot, p.device, p.part_id, second)
        for p in world.parts
        if p.part_id in live
        for span in p.spans
        for second in range(span.start, span.end)
    }
    shown_seconds = {
        (segment.key.slot, p.device, p.part_id, second)
        for segment in found.values()
        for p in world.parts
        if p.part_id in _live(segment, world)
        for start, end in segment.tracked
        for second in range(start, end)
        if any(span.start <= second < span.end for span in p.spans)
    }
    assert shown_seconds == recorded
    places = [name for segment in found.values() for name in segment.parts]
    assert sorted(places) == sorted(p.part_id for p in world.parts)


def _live(segment: Segment, world: World) -> set[PartId]:
    """Return the parts of *segment* that no deletion names."""
    deletions = [a.change for a in world.amendments if isinstance(a.change, Delete)]
    return {
        p.part_id
        for p in world.parts
        if p.part_id in segment.parts
        and not p.is_erased
        and not any(p.part_id in d.parts for d in deletions)
        and not any(
            (target.device, target.key) == (p.device, Key(p.slot, p.contract))
            for d in deletions
            for target in d.rest
        )
    }


@given(st.data(), worlds())
def test_r19_undo_restores_exactly(data: st.DataObject, world: World) -> None:
    change = data.draw(
        changes(world.parts, world.amendments).filter(lambda c: isinstance(c, REVOCABLE))
    )
    done = replace(amendment("x", change, at=data.draw(st.integers(0, 5))), author="someone")
    undone = replace(amendment("y", Revoke((done.amendment_id,)), at=9), author="someone")

    after = fold(world.parts, [*world.amendments, undone, done], late=world.late)

    assert after == fold(world.parts, world.amendments, late=world.late)


@given(st.data(), worlds())
def test_r20_n5_a_deletion_wins_in_every_order(data: st.DataObject, world: World) -> None:
    gone = data.draw(st.sampled_from([*(p.part_id for p in world.parts), PartId("none")]))
    moment = data.draw(st.integers(-1, 9))
    deletion = amendment("x", Delete(parts=(gone,)), at=moment)

    found = fold(world.parts, [deletion, *world.amendments])

    erased = [
        replace(p, spans=p.spans, is_erased=True) if p.part_id == gone else p for p in world.parts
    ]
    bare = fold(erased, world.amendments)
    assert found.keys() == bare.keys()
    assert all(shown(found[k]) | {"history": 0} == shown(bare[k]) | {"history": 0} for k in bare)


@given(worlds(), st.integers(0, 9))
def test_an_unknown_kind_changes_nothing(world: World, at: int) -> None:
    unknown = amendment("x", Unknown("praise", '{"of": "p0"}'), at=at)

    assert fold(world.parts, [unknown, *world.amendments]) == fold(world.parts, world.amendments)


@given(worlds(), st.sampled_from(SLOTS))
def test_one_slot_folds_by_itself_as_it_does_among_all(world: World, slot: object) -> None:
    found = fold(world.parts, world.amendments, late=world.late)

    alone = fold(world.parts, world.amendments, late=world.late, slots={slot})  # type: ignore[arg-type]

    assert alone == {key: segment for key, segment in found.items() if key.slot == slot}


@given(parts(), st.data())
def test_an_edit_without_values_leaves_the_words(drawn: Part, data: st.DataObject) -> None:
    world = data.draw(amendments([drawn]))
    nothing = amendment("x", Describe((Key(drawn.slot, drawn.contract),)), at=9)

    found, before = fold([drawn], [*world, nothing]), fold([drawn], world)

    assert {k: (s.memo, s.label) for k, s in found.items()} == {
        k: (s.memo, s.label) for k, s in before.items()
    }


# --- Words ----------------------------------------------------------------------------


def elected(*spans: Span) -> tuple[str, str]:
    segment = only(fold([part("p1", *spans)], []))
    return segment.memo, segment.label


def test_r10_the_largest_sum_of_seconds_names_the_segment() -> None:
    spans = Span(0, 100, "one"), Span(100, 250, "other"), Span(250, 310, "one")

    assert elected(*spans, Span(400, 405, "last")) == ("one", "")


def test_r10_a_written_memo_beats_an_empty_one_of_more_seconds() -> None:
    assert elected(Span(0, 599), Span(599, 600, "fix login")) == ("fix login", "")


def test_r10_a_written_memo_beats_a_label_alone() -> None:
    assert elected(Span(0, 599, "", "dev"), Span(599, 600, "fix")) == ("fix", "")


def test_r10_a_label_beats_nothing_at_all() -> None:
    assert elected(Span(0, 599), Span(599, 600, "", "dev")) == ("", "dev")


def test_r10_a_tie_goes_to_the_later() -> None:
    assert elected(Span(0, 300, "zeta"), Span(300, 600, "alpha")) == ("alpha", "")


def test_r10_a_second_seen_by_two_devices_counts_once() -> None:
    """F09: two computers of one person add no time."""
    one = part("p1", Span(0, 200, "both"), Span(200, 500, "alone"))
    two = replace(part("p2", Span(0, 200, "both")), device=PHONE)

    segment = only(fold([one, two], []))

    assert segment.memo == "alone"
    assert segment.tracked == ((0, 500),)


def test_r19_the_last_writer_wins_field_by_field() -> None:
    edits = [
        amendment("b", Describe((HERE,), memo="second", label="two"), at=2),
        amendment("c", Describe((HERE,), label="three"), at=3),
        amendment("a", Describe((HERE,), memo="first"), at=1),
    ]

    segment = only(fold([part()], edits))

    assert (segment.memo, segment.label) == ("second", "three")
    assert segment.history == ("a", "b", "c")


def test_an_edit_of_a_segment_that_is_not_there_shows_nothing() -> None:
    assert fold([], [amendment("a", Describe((HERE,), memo="x"))]) == {}


# --- Deletion -------------------------------------------------------------------------


def test_r20_a_deleted_part_leaves_its_seconds_and_no_words() -> None:
    deletion = amendment("d", Delete(parts=(PartId("p1"),), keys=(HERE,)))

    segment = only(fold([part()], [deletion]))

    assert segment == Segment(
        key=HERE,
        spans=((0, 600, "", ""),),
        parts=(PartId("p1"),),
        devices=(DeviceId("d1"),),
        marks=("deleted",),
        first=SLOT.start,
        is_deleted=True,
        history=(AmendmentId("d"),),
    )


def test_r20_an_unseen_part_of_another_device_stays_and_is_flagged() -> None:
    deletion = amendment("d", Delete(parts=(PartId("p1"),), keys=(HERE,)))
    other = replace(part("p2", Span(0, 60, "beta")), device=PHONE)

    segment = only(fold([part(), other], [deletion]))

    assert segment.marks == ("partly-deleted",)
    assert (segment.memo, segment.tracked) == ("beta", ((0, 60),))
    assert segment.spans == ((0, 60, "beta", ""), (0, 600, "", ""))


def test_r20_a_tombstone_shows_where_the_part_was_never_seen() -> None:
    segment = only(fold([], [amendment("d", Delete(parts=(PartId("p9"),), keys=(HERE,)))]))

    assert (segment.is_deleted, segment.marks) == (True, ("deleted",))


def test_r20_a_deletion_in_an_open_slot_covers_what_that_device_seals_later() -> None:
    deletion = amendment("d", Delete(rest=(OpenTarget(DeviceId("d1"), HERE),)))
    other = replace(part("p2"), device=PHONE)

    segment = only(fold([part(), part("p3"), other], [deletion]))

    assert segment.marks == ("partly-deleted",)
    assert segment.activity == GREEN


def test_r20_a_copy_that_is_erased_wins_over_one_that_is_not() -> None:
    erased = replace(part("p1", Span(0, 600)), is_erased=True, activity=Activity())

    assert fold([part(), erased], []) == fold([erased, part()], []) == fold([erased], [])


def test_a_deleted_part_lies_where_it_was_recorded_even_after_a_move() -> None:
    move = amendment("m", Move(A2, (PartId("p1"),), sources=(HERE,)), at=1)
    deletion = amendment("d", Delete(parts=(PartId("p1"),), keys=(THERE,)), at=2)

    found = fold([part()], [move, deletion])

    assert {key: (s.marks, s.parts) for key, s in found.items()} == {
        HERE: (("deleted",), ("p1",)),
        THERE: (("deleted",), ()),
    }


def test_r20_deleted_manual_time_is_gone_with_its_words() -> None:
    added = amendment("a", Manual(A1, (ManualSpan(SLOT),), "call"))
    deletion = amendment("d", Delete(manual=((AmendmentId("a"), SLOT),)), at=1)

    segment = only(fold([], [added, deletion]))

    assert (segment.is_deleted, segment.memo, segment.manual) == (True, "", ())
    assert segment.history == ("a", "d")


# --- Manual time and moves ------------------------------------------------------------


def test_r25_manual_time_beside_idle_tracking_makes_the_segment_manual() -> None:
    added = amendment("a", Manual(A1, (ManualSpan(SLOT, 60, 600),), "call", "dev"))

    segment = only(fold([replace(part("p1", Span(0, 30)), activity=QUIET)], [added]))

    assert segment.origin is Origin.MANUAL
    assert segment.manual == (ManualTime(AmendmentId("a"), 60, 600, "call", "dev", Origin.MANUAL),)
    assert (segment.memo, segment.first) == ("call", SLOT.start)


def test_r25_manual_time_beside_a_green_box_leaves_the_segment_tracked() -> None:
    added = amendment("a", Manual(A1, (ManualSpan(SLOT),), "call"))

    assert only(fold([part()], [added])).origin is Origin.TRACKED


def test_imported_time_is_shown_as_such_unless_some_is_by_hand() -> None:
    imported = amendment("a", Manual(A1, (ManualSpan(SLOT, 0, 60),), "x", origin="imported"))
    added = amendment("b", Manual(A1, (ManualSpan(SLOT, 60, 90),), "y"))

    assert only(fold([], [imported])).origin is Origin.IMPORTED
    assert only(fold([], [imported, added])).origin is Origin.MANUAL


def test_r26_r10_a_move_leaves_a_tombstone_and_takes_no_words_along() -> None:
    edit = amendment("e", Describe((HERE,), memo="edited"), at=1)
    move = amendment("m", Move(A2, (PartId("p1"),), sources=(HERE,)), at=2)

    found = fold([part()], [edit, move])

    assert found[HERE] == Segment(
        key=HERE,
        memo="edited",
        marks=("moved",),
        first=SLOT.start,
        is_deleted=True,
        history=(AmendmentId("e"), AmendmentId("m")),
    )
    assert (found[THERE].memo, found[THERE].label) == ("", "")
    assert (found[THERE].parts, found[THERE].tracked) == (("p1",), ((0, 600),))
    assert found[THERE].spans == ((0, 600, "", ""),)


def test_r26_a_move_may_write_new_words() -> None:
    move = amendment("m", Move(A2, (PartId("p1"),), memo="new", label="ops"))

    segment = fold([part()], [move])[THERE]

    assert (segment.memo, segment.label) == ("new", "ops")


def test_r10_what_comes_home_has_its_own_words_again() -> None:
    away = amendment("m", Move(A2, (PartId("p1"),), sources=(HERE,), memo="new"), at=1)
    back = amendment("n", Move(A1, (PartId("p1"),), sources=(THERE,)), at=2)

    found = fold([part()], [away, back])

    assert (found[HERE].memo, found[HERE].marks) == ("alpha", ())
    assert (found[THERE].is_deleted, found[THERE].marks) == (True, ("moved",))


def test_r26_every_contract_on_the_way_says_that_something_moved_on() -> None:
    further = ContractId("b1")
    own = part("p2", contract=A2)
    moves = [
        amendment("m", Move(A2, (PartId("p1"),)), at=1),
        amendment("n", Move(further, (PartId("p1"),)), at=2),
    ]

    found = fold([part(), own], moves)

    assert {key.contract: (s.marks, s.parts) for key, s in found.items()} == {
        A1: (("moved",), ()),
        A2: (("moved",), ("p2",)),
        further: ((), ("p1",)),
    }


def test_r26_manual_time_moves_too() -> None:
    added = amendment("a", Manual(A1, (ManualSpan(SLOT, 0, 90),), "call"))
    move = amendment("m", Move(A2, (), ((AmendmentId("a"), SLOT),), memo="theirs"), at=1)

    found = fold([], [added, move])

    assert found[HERE].marks == ("moved",)
    assert [m.memo for m in found[THERE].manual] == ["theirs"]


def test_r26_a_tombstone_shows_where_the_moved_part_was_never_seen() -> None:
    move = amendment("m", Move(A2, (PartId("p9"),), sources=(HERE,)))

    segment = only(fold([], [move]))

    assert (segment.key, segment.is_deleted, segment.marks) == (HERE, True, ("moved",))


# --- Pictures, windows, marks ---------------------------------------------------------


def test_r21_a_redaction_replaces_the_picture_and_says_so() -> None:
    shot = replace(part(), captures=(picture(), picture(monitor=1)))
    new = RedactedPicture(PartId("p1"), 1, "new", "thumb", 300)

    segment = only(fold([shot], [amendment("r", Redact((new,)))]))

    assert [(p.capture.sha256, p.redacted) for p in segment.pictures] == [("old", 0), ("new", 300)]
    assert segment.marks == ("redacted",)


def test_r21_what_a_rule_covered_is_redacted_and_counts_beside_what_is_covered_later() -> None:
    shot = replace(
        part(), captures=(replace(picture(), covered=400), replace(picture(monitor=1), covered=90))
    )
    new = RedactedPicture(PartId("p1"), 1, "new", "thumb", 300)

    before = only(fold([shot], []))
    after = only(fold([shot], [amendment("r", Redact((new,)))]))

    assert [p.redacted for p in before.pictures] == [400, 90]
    assert before.marks == ("redacted",)
    assert [p.redacted for p in after.pictures] == [400, 300]


def test_r21_what_was_covered_stays_covered_after_a_smaller_redaction() -> None:
    shot = replace(part(), captures=(picture(),))
    large = amendment("a", Redact((RedactedPicture(PartId("p1"), 0, "x", "t", 700),)), at=1)
    small = amendment("b", Redact((RedactedPicture(PartId("p1"), 0, "y", "t", 100),)), at=2)

    (found,) = only(fold([shot], [small, large])).pictures

    assert (found.capture.sha256, found.redacted) == ("y", 700)


def test_r21_a_capture_without_a_picture_cannot_be_redacted() -> None:
    locked = replace(part(), captures=(Capture(CaptureState.LOCKED, SLOT.start),))
    new = RedactedPicture(PartId("p1"), 0, "new", "thumb", 300)

    assert only(fold([locked], [amendment("r", Redact((new,)))])).marks == ()


def test_r6_dropping_a_snapshot_leaves_the_screen() -> None:
    shot = replace(part(), captures=(picture(), picture(role=Role.CAMERA)))

    segment = only(fold([shot], [amendment("s", DropSnapshot((PartId("p1"),)))]))

    assert [p.capture.role for p in segment.pictures] == [Role.SCREEN]


def test_the_window_is_that_of_the_latest_part_that_has_one() -> None:
    early = replace(part("p9"), application="Editor", title="main.py")
    later = replace(
        part("p2"), opened=SLOT.start + timedelta(minutes=5), application="Shell", title=None
    )
    last = replace(part("p3"), opened=SLOT.start + timedelta(minutes=8))

    segment = only(fold([last, later, early], []))

    assert (segment.application, segment.title) == ("Shell", None)


def test_marks_say_how_the_parts_came_to_be() -> None:
    crashed = replace(part(), marks=("crash",), clock=ClockState.STEPPED)

    assert only(fold([crashed], [])).marks == ("crash", "stepped")


def test_r24_a_segment_is_late_when_all_of_it_is() -> None:
    both = [part("p1"), part("p2")]

    some, whole = frozenset({"p1"}), frozenset({"p1", "p2"})

    assert [only(fold(both, [], late=late)).is_late for late in (some, whole)] == [False, True]
    assert only(fold(both, [], late=some)).marks == ("late",)


def test_r24_manual_time_is_late_slot_by_slot() -> None:
    added = amendment("a", Manual(A1, (ManualSpan(SLOTS[0]), ManualSpan(SLOTS[1])), "call"))
    late = frozenset({late_manual(AmendmentId("a"), SLOTS[0])})

    found = fold([], [added], late=late)

    assert [segment.is_late for segment in found.values()] == [True, False]


# --- Choice and acceptance ------------------------------------------------------------


def chosen(found: dict[Key, Segment]) -> list[ContractId]:
    return [key.contract for key, segment in found.items() if segment.is_chosen]


def test_r15_the_latest_choice_names_the_one_winner_of_each_service() -> None:
    all_of_them = [part(f"p{c}", contract=c) for c in CONTRACTS]
    order: Sequence[str] = ("a1", "b1", "a2", "l1")
    choices = [
        amendment(f"c{at}", Choose(ContractId(name), (SLOT,)), at=at)
        for at, name in enumerate(order)
    ]

    assert chosen(fold(all_of_them, choices, services=SERVICES)) == ["a2", "b1", "l1"]


def test_an_acceptance_counts_for_the_segments_it_names() -> None:
    found = fold([part(), part("p2", contract=A2)], [amendment("x", Accept((HERE,)))])

    assert [segment.is_accepted for segment in found.values()] == [True, False]
