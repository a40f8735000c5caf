"""Changing the past: what is allowed, what is refused, what is written (R19-R26)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.support.cache_values import capture, part
from tests.support.fake_cache import DEVICE, InMemoryCache
from tests.support.fake_capture import FakeCodec, frame
from tests.support.fakes import FakeChance, FakeClock, utc
from worklog.app.editing import Editing, check_label, touched
from worklog.app.figures import diary_rows
from worklog.app.ports import Box
from worklog.domain.amendment import (
    Accept,
    Amendment,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Redact,
    Revoke,
)
from worklog.domain.contract import Contract, Terms
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId
from worklog.domain.part import Part, Role
from worklog.domain.ranges import Range
from worklog.domain.segment import BilledSegment
from worklog.errors import (
    ConflictError,
    ErasedError,
    InvalidTimeError,
    LockedError,
    NotFoundError,
    PolicyError,
    UsageError,
    WorklogError,
)

NINE = utc("2026-11-16 09:00")  # a Monday
SLOT = Slot.containing(NINE)
NOW = utc("2026-11-16 12:00")
LATER = NOW + timedelta(days=14)  # any week of then is locked, where weeks lock
ACME = Contract(ContractId("c-acme"), "acme", labels=("dev", "review"))
ZETA = Contract(ContractId("c-zeta"), "zeta")
LOCKING = replace(ZETA, terms=(Terms(locks=True),))
STRICT = replace(ZETA, terms=(Terms(manual_time=False),))


@dataclass
class Past:
    """A diary in memory, and the use cases that change it."""

    contracts: tuple[Contract, ...] = (ACME, ZETA)
    cache: InMemoryCache = field(init=False)
    clock: FakeClock = field(init=False)
    editing: Editing = field(init=False)

    def __post_init__(self) -> None:
        self.cache = InMemoryCache(*self.contracts)
        self.clock = FakeClock(NOW)
        self.editing = Editing(self.cache, self.clock, FakeChance())

    def track(self, number: int = 1, *, slot: Slot = SLOT, contract: Contract = ACME) -> Part:
        sealed = part(number, slot=slot, device=DEVICE, contract=contract)
        self.cache.seal(sealed)
        return sealed

    def rows(self) -> list[BilledSegment]:
        return diary_rows(self.cache, NINE - timedelta(days=1), NINE + timedelta(days=1))

    @property
    def memos(self) -> list[str]:
        return [row.segment.memo for row in self.rows()]


def span(start: datetime, minutes: int) -> Range:
    return Range(start, start + timedelta(minutes=minutes), "some time")


@pytest.fixture
def past() -> Past:
    return Past()


# --- Words ------------------------------------------------------------------------------


def test_describe_names_all_segments_in_one_amendment(past: Past) -> None:
    past.track()
    past.track(2, slot=Slot(SLOT.index + 1))

    amendment = past.editing.describe(past.rows(), memo="call", label="review")

    assert past.memos == ["call", "call"]
    keys = (Key(SLOT, ACME.contract_id), Key(Slot(SLOT.index + 1), ACME.contract_id))
    assert amendment.change == Describe(keys, "call", "review")
    assert (amendment.author, amendment.device) == ("freelancer", DEVICE)
    assert amendment.stamp.instant == NOW
    assert past.cache.amendments() == [amendment]


def test_describe_with_a_memo_alone_leaves_the_label(past: Past) -> None:
    past.track()

    past.editing.describe(past.rows(), memo="call")

    assert past.rows()[0].segment.label == "dev"


def test_describe_refuses_a_label_that_the_contract_has_not(past: Past) -> None:
    past.track()

    with pytest.raises(NotFoundError, match="no label 'reviw'"):
        past.editing.describe(past.rows(), label="reviw")
    assert past.cache.amendments() == []


@pytest.mark.parametrize("rows", ["none", "deleted"])
def test_nothing_and_what_was_deleted_cannot_be_described(past: Past, rows: str) -> None:
    if rows == "deleted":
        past.track()
        past.editing.delete(past.rows())

    with pytest.raises(NotFoundError, match="no segments there"):
        past.editing.describe(past.rows(), memo="call")


def test_r23_a_locked_week_keeps_its_words() -> None:
    past = Past((LOCKING,))
    past.track(contract=LOCKING)
    past.clock.set_wall(LATER)

    with pytest.raises(LockedError, match="week of 2026-11-16 is locked for zeta"):
        past.editing.describe(past.rows(), memo="call")
    past.editing.delete(past.rows())
    assert past.rows()[0].segment.is_deleted


def test_a_contract_that_is_gone_locks_nothing_and_asks_for_no_label(past: Past) -> None:
    past.track()
    rows = past.rows()
    bare = Past(())

    bare.editing.describe(rows, label="any")
    bare.editing.undo()

    assert [type(done.change) for done in bare.cache.amendments()] == [Revoke, Describe]


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("reviw", "Did you mean review?"),
        ("xyz", "Did you mean dev or review?"),
    ],
)
def test_a_label_is_refused_with_what_may_have_been_meant(label: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        check_label(ACME, label)
    assert caught.value.hint == hint


def test_a_contract_without_labels_takes_any() -> None:
    check_label(ZETA, "whatever")


# --- Moving (R26) -----------------------------------------------------------------------


def test_move_takes_tracked_and_manual_time_along_and_leaves_a_tombstone(past: Past) -> None:
    """F74: time for the wrong contract is moved, and the trail is kept."""
    sealed = past.track()
    added, _ = past.editing.add(span(NINE + timedelta(hours=1), 10), ACME, memo="call")

    amendment = past.editing.move(past.rows(), ZETA, memo="other", label="any")

    (slot,) = [manual.slot for manual in added.change.spans]  # type: ignore[union-attr]
    assert amendment.change == Move(
        contract=ZETA.contract_id,
        parts=(sealed.part_id,),
        manual=((added.amendment_id, slot),),
        sources=(Key(SLOT, ACME.contract_id), Key(slot, ACME.contract_id)),
        memo="other",
        label="any",
    )
    live = [row.segment for row in past.rows() if not row.segment.is_deleted]
    assert {segment.key.contract for segment in live} == {ZETA.contract_id}


def test_what_is_there_already_is_not_moved(past: Past) -> None:
    past.track(contract=ZETA)

    with pytest.raises(NotFoundError, match="there already"):
        past.editing.move(past.rows(), ZETA)


def test_contracts_of_two_services_do_not_share_time(past: Past) -> None:
    past.track()

    with pytest.raises(PolicyError, match="different services"):
        past.editing.move(past.rows(), replace(ZETA, service="https://diary.example"))


def test_move_refuses_a_label_that_the_target_has_not(past: Past) -> None:
    past.track(contract=ZETA)

    with pytest.raises(NotFoundError):
        past.editing.move(past.rows(), ACME, label="nope")


@pytest.mark.parametrize("side", ["source", "target"])
def test_r23_a_lock_on_either_side_refuses_a_move(side: str) -> None:
    source, target = (LOCKING, ACME) if side == "source" else (ACME, LOCKING)
    past = Past((ACME, LOCKING))
    past.track(contract=source)
    past.clock.set_wall(LATER)

    with pytest.raises(LockedError, match="locked for zeta"):
        past.editing.move(past.rows(), target)


def test_r25_manual_time_stays_out_of_a_contract_that_forbids_it() -> None:
    past = Past((ACME, STRICT))
    past.track(2, slot=Slot(SLOT.index + 12))
    past.editing.add(span(NINE, 10), ACME, memo="call")

    with pytest.raises(PolicyError, match="zeta does not allow manual time"):
        past.editing.move(past.rows(), STRICT)
    past.editing.move(past.rows()[1:], STRICT)


def test_what_is_being_recorded_cannot_move_yet(past: Past) -> None:
    past.cache.save_open(part(contract=ACME, device=DEVICE))

    with pytest.raises(ConflictError, match="being recorded"):
        past.editing.move(past.rows(), ZETA)


# --- Erasing (R6, R20, R21) -------------------------------------------------------------


def test_r20_delete_names_parts_manual_time_and_segments(past: Past) -> None:
    sealed = past.track()
    added, slots = past.editing.add(span(NINE + timedelta(hours=1), 10), ACME, memo="call")

    amendment = past.editing.delete(past.rows())

    assert amendment.change == Delete(
        parts=(sealed.part_id,),
        manual=((added.amendment_id, slots[0]),),
        keys=(Key(SLOT, ACME.contract_id), Key(slots[0], ACME.contract_id)),
    )
    assert all(row.segment.is_deleted for row in past.rows())
    with pytest.raises(NotFoundError):
        past.editing.delete(past.rows())


def test_r20_delete_in_an_open_slot_covers_the_rest_of_it(past: Past) -> None:
    past.clock.set_wall(NINE + timedelta(minutes=5))
    past.cache.save_open(part(contract=ACME, device=DEVICE, seconds=300))

    amendment = past.editing.delete(past.rows())

    assert isinstance(amendment.change, Delete)
    assert amendment.change.rest == (OpenTarget(DEVICE, Key(SLOT, ACME.contract_id)),)


def test_r06_snapshots_go_and_the_segment_stays(past: Past) -> None:
    shot = FakeCodec().encode(frame())
    camera = part(contract=ACME, device=DEVICE, captures=(capture(shot, role=Role.CAMERA),))
    past.cache.add_pictures(camera, {0: shot})
    past.cache.seal(camera)

    amendment = past.editing.delete_snapshots(past.rows())

    assert amendment.change == DropSnapshot((camera.part_id,))
    assert not past.rows()[0].segment.is_deleted
    assert past.cache.files == {}


def test_r06_without_a_snapshot_there_is_none_to_delete(past: Past) -> None:
    past.track()

    with pytest.raises(NotFoundError, match="no camera snapshot"):
        past.editing.delete_snapshots(past.rows())


def two_monitors(past: Past) -> Part:
    shots = [FakeCodec().encode(frame(number, Box(0, 0, 10, 10))) for number in range(2)]
    sealed = part(
        contract=ACME,
        device=DEVICE,
        captures=tuple(capture(shot, monitor=n) for n, shot in enumerate(shots)),
    )
    past.cache.add_pictures(sealed, dict(enumerate(shots)))
    past.cache.seal(sealed)
    return sealed


@pytest.mark.parametrize(
    ("monitor", "boxes", "covered"),
    [
        (None, [Box(0, 0, 5, 10)], [500, 500]),
        (1, [Box(0, 0, 1, 10), Box(9, 0, 1, 10)], [0, 200]),
        (0, [], [1000, 0]),
    ],
    ids=["both", "one", "whole"],
)
def test_r21_redaction_covers_boxes_of_all_monitors_or_of_one(
    past: Past, monitor: int | None, boxes: Sequence[Box], covered: list[int]
) -> None:
    sealed = two_monitors(past)

    amendment = past.editing.redact(past.rows()[0], boxes, codec=FakeCodec(), monitor=monitor)

    assert isinstance(amendment.change, Redact)
    stored = past.cache.pictures([sealed.part_id])
    assert [picture.redacted for picture in stored] == covered
    for picture in stored:
        digest = hashlib.sha256(past.cache.files[picture.file]).hexdigest()
        assert picture.capture.sha256 == digest


def test_r21_a_box_beside_the_picture_changes_nothing(past: Past) -> None:
    two_monitors(past)

    with pytest.raises(ConflictError):
        past.editing.redact(past.rows()[0], [Box(50, 50, 5, 5)], codec=FakeCodec())
    assert past.cache.amendments() == []


def test_what_was_deleted_or_never_taken_cannot_be_redacted(past: Past) -> None:
    past.track()
    with pytest.raises(NotFoundError, match="no picture"):
        past.editing.redact(past.rows()[0], [], codec=FakeCodec())

    past.editing.delete(past.rows())
    with pytest.raises(ErasedError, match="was deleted"):
        past.editing.redact(past.rows()[0], [], codec=FakeCodec())


# --- Manual time (R13, R25) -------------------------------------------------------------


def test_r25_add_fills_the_slots_that_are_covered_by_five_minutes(past: Past) -> None:
    past.track(slot=Slot(SLOT.index + 1))  # has a green box

    amendment, slots = past.editing.add(
        span(NINE - timedelta(minutes=6), 43), ACME, memo="call", label="review"
    )

    wanted = [Slot(SLOT.index + step) for step in (-1, 0, 2, 3)]
    assert slots == wanted
    assert amendment.change == Manual(
        ACME.contract_id, tuple(ManualSpan(slot) for slot in wanted), "call", "review"
    )


def test_r25_a_slot_is_filled_once(past: Past) -> None:
    past.editing.add(span(NINE, 20), ACME, memo="call")

    with pytest.raises(ConflictError, match="No slot of that range is free"):
        past.editing.add(span(NINE, 20), ACME, memo="call again")


@pytest.mark.parametrize(
    ("memo", "label", "start", "error"),
    [
        ("", "", NINE, UsageError),
        ("call", "nope", NINE, NotFoundError),
        ("call", "", NOW - timedelta(minutes=5), InvalidTimeError),
        ("call", "", NINE + timedelta(minutes=6), ConflictError),
    ],
    ids=["no memo", "no such label", "future", "too short"],
)
def test_r25_add_refuses(
    past: Past, memo: str, label: str, start: datetime, error: type[WorklogError]
) -> None:
    with pytest.raises(error):
        past.editing.add(span(start, 8), ACME, memo=memo, label=label)
    assert past.cache.amendments() == []


def test_r25_add_needs_permission_and_an_open_week() -> None:
    with pytest.raises(PolicyError, match="does not allow manual time"):
        Past((STRICT,)).editing.add(span(NINE, 10), STRICT, memo="call")

    past = Past((LOCKING,))
    past.clock.set_wall(LATER)
    with pytest.raises(LockedError):
        past.editing.add(span(NINE, 10), LOCKING, memo="call")


def test_r13_a_gap_can_be_kept_as_a_break(past: Past) -> None:
    amendment = past.editing.keep_idle(span(NINE, 14))

    assert amendment.change == Idle(NINE, NINE + timedelta(minutes=14))


def test_r15_the_winner_of_a_slot_can_be_chosen(past: Past) -> None:
    past.track()
    past.track(2, contract=ZETA)
    rows = [row for row in past.rows() if row.segment.key.contract == ZETA.contract_id]

    amendment = past.editing.choose(rows)

    assert amendment.change == Choose(ZETA.contract_id, (SLOT,))
    assert [row.segment.is_chosen for row in past.rows()] == [False, True]


# --- Undo (R19) -------------------------------------------------------------------------


def test_r19_undo_takes_the_latest_revocable_change_and_then_the_one_before(past: Past) -> None:
    past.track()
    first = past.editing.describe(past.rows(), memo="one")
    second = past.editing.describe(past.rows(), memo="two")

    assert past.editing.undo() == [second]
    assert past.memos == ["one"]
    assert past.editing.undo() == [first]
    assert past.memos == ["fixing bug"]
    with pytest.raises(NotFoundError, match="nothing to undo"):
        past.editing.undo()


def test_r19_undo_by_default_is_of_this_device_and_of_one_self(past: Past) -> None:
    past.track()
    mine = past.editing.describe(past.rows(), memo="mine")
    target = (Key(SLOT, ACME.contract_id),)
    for number, (author, device) in enumerate(
        (("freelancer", DeviceId("d-other")), ("ada@acme.example", DEVICE))
    ):
        past.cache.amend(
            Amendment(
                AmendmentId(f"other-{number}"),
                past.cache.stamp(NOW),
                author,
                device,
                Describe(target, memo=f"other {number}"),
            )
        )

    with pytest.raises(PolicyError, match="Somebody else"):
        past.editing.undo("other-1")
    assert past.editing.undo("other-0")[0].device == "d-other"
    assert past.editing.undo() == [mine]


def test_r19_an_id_may_be_shortened_to_what_makes_it_unique(past: Past) -> None:
    past.track()
    first = past.editing.describe(past.rows(), memo="one")
    past.editing.describe(past.rows(), memo="two")

    assert past.editing.undo(first.amendment_id[-5:]) == [first]
    with pytest.raises(ConflictError, match="undone already"):
        past.editing.undo(first.amendment_id)
    with pytest.raises(NotFoundError, match="More than one change"):
        past.editing.undo(first.amendment_id[:4])


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_r19_an_id_that_names_nothing_is_refused(past: Past, name: str) -> None:
    past.track()
    past.editing.describe(past.rows(), memo="one")

    with pytest.raises(NotFoundError, match=f"No change has the id '{name}'"):
        past.editing.undo(name)


def test_r20_a_deletion_and_an_undo_are_for_good(past: Past) -> None:
    past.track()
    past.editing.describe(past.rows(), memo="one")
    past.editing.undo()
    revocation = past.cache.amendments()[0]
    deletion = past.editing.delete(past.rows())

    for final in (revocation, deletion):
        with pytest.raises(PolicyError, match="for good"):
            past.editing.undo(final.amendment_id)


def test_r20_an_undo_knows_of_the_deletion_that_it_passed_over(past: Past) -> None:
    past.track()
    past.track(2, slot=Slot(SLOT.index + 1))
    described = past.editing.describe(past.rows()[:1], memo="one")
    assert not past.editing.erased_since(described)

    past.editing.delete(past.rows()[1:])

    assert past.editing.erased_since(described)


def test_r23_what_touches_a_locked_week_is_not_undone() -> None:
    past = Past((LOCKING,))
    past.track(contract=LOCKING)
    past.editing.describe(past.rows(), memo="one")
    past.clock.set_wall(LATER)

    with pytest.raises(LockedError):
        past.editing.undo()


def test_the_lock_is_judged_by_every_segment_that_a_change_speaks_of() -> None:
    key, moved = Key(SLOT, ACME.contract_id), Key(SLOT, ZETA.contract_id)

    assert touched(Describe((key,), "x")) == (key,)
    assert touched(Manual(ACME.contract_id, (ManualSpan(SLOT),), "x")) == (key,)
    assert touched(Choose(ACME.contract_id, (SLOT,))) == (key,)
    assert touched(Move(ZETA.contract_id, (), sources=(key,))) == (key, moved)
    assert touched(Idle(NINE, NOW)) == ()
    assert touched(Accept((key,))) == ()
