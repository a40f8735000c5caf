"""Amendments arrive exactly once, in any order, and change only what they may."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import httpx
import pytest

from tests.service.conftest import ACME
from tests.service.test_parts import BEFORE, check_materialised, segments
from tests.service.tracker import (
    Account,
    Tracker,
    account,
    later,
    png,
    problem,
    proves,
    renamed,
)
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.amendment import (
    Accept,
    Change,
    Delete,
    Describe,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Revoke,
    Unknown,
)
from worklog.domain.contract import Contract, Terms, Week
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import diary
from worklog.wire.sync.receipts import ReceiptOf
from worklog.wire.sync.uploads import amendment_digest, amendment_id

SHOT = png()


def key(tracker: Tracker, slot: Slot) -> Key:
    return Key(slot, tracker.account.contract)


def code(tracker: Tracker, *texts: str) -> list[str]:
    return [result.problem.code if result.problem else "" for result in tracker.amend(*texts)]


def test_an_edit_is_kept_with_a_receipt_and_shown(service: Service, tracker: Tracker) -> None:
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    text = tracker.amendment(Describe((key(tracker, part.slot),), memo="better"), NINE)

    first, again = tracker.amend(text), tracker.amend(text)

    assert first == again
    signed = first[0].receipt
    assert signed is not None
    assert proves(service, signed, ReceiptOf.AMENDMENT, amendment_id(text), amendment_digest(text))
    assert [memo for _, memo, _, _ in segments(service, tracker.account)] == ["better"]
    check_materialised(service, tracker.account)


def test_a_batch_answers_for_each_amendment_by_itself(
    service: Service, tracker: Tracker, ben: Account
) -> None:
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    mine = key(tracker, part.slot)
    edit = tracker.amendment(Describe((mine,), memo="one"), NINE)
    other = Tracker(Account(**{**vars(tracker.account), "device": DeviceId("d9")}), tracker.web)

    codes = code(
        tracker,
        edit,
        edit.replace("one", "two"),
        tracker.amendment(Describe((Key(part.slot, ben.contract),), memo="x"), NINE),
        tracker.amendment(Describe((Key(part.slot, ContractId("none")),), memo="x"), NINE),
        tracker.amendment(Accept((mine,)), NINE),
        tracker.amendment(Describe((mine,), memo="x" * 501), NINE),
        tracker.amendment(Describe((mine,), memo="x"), NINE + timedelta(hours=1)),
        tracker.amendment(Describe((mine,), memo="x"), NINE, author="somebody"),
        other.amendment(Describe((mine,), memo="x"), NINE),
        tracker.amendment(Describe((Key(Slot(2**52), mine.contract),), memo="x"), NINE),
        tracker.amendment(Describe((Key(Slot(-5), mine.contract),), memo="x"), NINE),
        tracker.amendment(Delete(parts=(PartId("../../etc"),)), NINE),
        "no amendment",
        tracker.amendment(Unknown("later", '{"a":1}'), NINE),
        tracker.amendment(Idle(BEFORE, NINE), NINE),
        tracker.amendment(Describe((mine,), memo="mine"), NINE, author="ann"),
    )

    assert codes == [
        "",
        "conflict",
        "not-found",
        "not-found",
        "policy",
        "service-rejected",
        "invalid-time",
        "service-rejected",
        "service-rejected",
        "invalid-time",
        "service-rejected",
        "service-rejected",
        "service-rejected",
        "",
        "",
        "",
    ]
    assert segments(service, Account(**vars(ben))) == []


def test_r23_after_the_lock_only_erasure_writes(
    service: Service, tracker: Tracker, clock: FixedClock
) -> None:
    """R23: judged by when it was received, so that a back-dated change is refused too."""
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    mine = key(tracker, part.slot)
    edit = tracker.amendment(Describe((mine,), memo="in time"), NINE)
    assert code(tracker, edit) == [""]
    clock.instant = Week.containing(NINE, Terms()).locks_at

    codes = code(
        tracker,
        tracker.amendment(Describe((mine,), memo="back-dated"), NINE),
        tracker.amendment(Describe((mine,), memo="now"), clock.instant),
        tracker.amendment(Revoke((amendment_id(edit),)), NINE),
        tracker.amendment(
            Describe((mine, key(tracker, Slot.containing(clock.instant))), memo="both"), NINE
        ),
        tracker.amendment(Manual(mine.contract, (ManualSpan(part.slot),), "late"), clock.instant),
        tracker.amendment(Delete(parts=(part.part_id,)), clock.instant),
    )

    assert codes == ["locked", "locked", "locked", "", "locked", ""]
    ((_, memo, seconds, reason), *rest) = segments(service, tracker.account)
    assert (memo, seconds, reason) == ("in time", 600, "billed")
    assert [memo for _, memo, _, _ in rest] == []


def test_r24_manual_time_of_before_the_lock_is_late_and_not_refused(
    service: Service, tracker: Tracker, clock: FixedClock
) -> None:
    slot = Slot.containing(BEFORE)
    text = tracker.amendment(Manual(tracker.account.contract, (ManualSpan(slot),), "by hand"), NINE)
    clock.instant = Week.containing(NINE, Terms()).locks_at

    assert code(tracker, text) == [""]

    ((_, memo, seconds, reason),) = segments(service, tracker.account)
    assert (memo, seconds, reason) == ("by hand", 0, "late")


def test_r25_a_contract_without_time_by_hand_takes_none(
    service: Service, web: httpx.Client
) -> None:
    strict = Contract(ACME.contract_id, "strict", terms=(Terms(manual_time=False),))
    tracker = Tracker(account(service, "eve", renamed(strict, "strict")), web)
    span = ManualSpan(Slot.containing(BEFORE))

    refused = code(tracker, tracker.amendment(Manual(ContractId("strict"), (span,), "x"), NINE))

    assert refused == ["policy"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_f62_a_deletion_wins_in_every_order(
    service: Service, tracker: Tracker, order: tuple[int, ...]
) -> None:
    """F62, N5: deletion, part and picture in any order: the same state, 410 on retry."""
    part = tracker.part(BEFORE, pictures=(SHOT,))
    record = tracker.seal(part)
    deletion = tracker.amendment(
        Delete(parts=(part.part_id,), keys=(key(tracker, part.slot),)), NINE
    )
    steps = (
        lambda: tracker.put(record),
        lambda: tracker.put_picture(part, 0, SHOT),
        lambda: tracker.amend(deletion),
    )

    for step in order:
        steps[step]()

    assert tracker.put(record).status_code == 410
    assert tracker.put_picture(part, 0, SHOT).status_code == 410
    assert service.objects.names() == []
    with service.store.reading(SYSTEM) as scope:
        row = diary.part_rows(scope, tracker.account.user, [part.part_id])[part.part_id]
        assert (bytes(row.header), row.fields) == (record.header, "{}")
        (shown,) = diary.segments(scope, tracker.account.user, 0, 1 << 40)
        assert shown.segment.is_deleted
        assert shown.bill.reason.value == "deleted"
    check_materialised(service, tracker.account)


def test_r20_the_rest_of_an_open_slot_is_deleted_too(service: Service, tracker: Tracker) -> None:
    part = tracker.part(NINE)
    rest = OpenTarget(tracker.account.device, key(tracker, part.slot))
    before = tracker.part(NINE)
    tracker.put(tracker.seal(before))

    assert code(tracker, tracker.amendment(Delete(rest=(rest,)), NINE)) == [""]

    late = tracker.put(tracker.seal(part))
    assert (late.status_code, problem(late).code) == (410, "erased")
    with service.store.reading(SYSTEM) as scope:
        parts, _ = diary.parts_in(scope, tracker.account.user, [part.slot.index])
    assert [found.is_erased for found in parts] == [True, True]


def test_r26_a_move_within_the_service_leaves_a_tombstone(
    service: Service, tracker: Tracker
) -> None:
    from worklog.service.store import accounts  # noqa: PLC0415
    from worklog.service.store.feed import News  # noqa: PLC0415

    second = renamed(ACME, "second")
    with service.store.writing(SYSTEM) as scope:
        accounts.create_contract(
            scope,
            second,
            freelancer=tracker.account.user,
            organisation=tracker.account.organisation,
            news=News(),
        )
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    move = Move(second.contract_id, (part.part_id,), sources=(key(tracker, part.slot),))

    assert code(tracker, tracker.amendment(move, NINE)) == [""]

    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, tracker.account.user, 0, 1 << 40)
    assert {row.segment.key.contract: row.bill.seconds for row in rows} == {
        "second": 600,
        tracker.account.contract: 0,
    }
    check_materialised(service, tracker.account)


def test_r19_an_undo_holds_whatever_comes_first(service: Service, tracker: Tracker) -> None:
    part = tracker.part(BEFORE)
    edit = tracker.amendment(Describe((key(tracker, part.slot),), memo="edited"), NINE)
    undo = tracker.amendment(Revoke((AmendmentId(amendment_id(edit)),)), NINE)

    assert code(tracker, undo) == [""]
    assert code(tracker, edit) == [""]
    tracker.put(tracker.seal(part))

    assert [memo for _, memo, _, _ in segments(service, tracker.account)] == ["writing"]
    check_materialised(service, tracker.account)


def test_f56_amendments_and_parts_in_any_order_end_alike(
    service: Service, web: httpx.Client
) -> None:
    """F56: six shuffles of the same uploads give six equal diaries."""
    ends = []
    for number, order in enumerate(itertools.islice(itertools.permutations(range(5)), 0, 120, 20)):
        its = renamed(ACME, f"c{number}")
        tracker = Tracker(account(service, f"user{number}", its), web)
        parts = [tracker.part(later(BEFORE, 10 * n)) for n in range(2)]
        records = [tracker.seal(part) for part in parts]
        edit: Change = Describe((key(tracker, parts[0].slot),), memo="edited")
        texts = [
            tracker.amendment(edit, NINE),
            tracker.amendment(Describe((key(tracker, parts[0].slot),), memo="old"), BEFORE),
            tracker.amendment(Delete(parts=(parts[1].part_id,)), NINE),
        ]
        steps: list[Callable[[], object]] = [
            *(partial(tracker.put, record) for record in records),
            *(partial(tracker.amend, text) for text in texts),
        ]
        for step in order:
            steps[step]()
        ends.append(segments(service, tracker.account))

    assert all(end == ends[0] for end in ends)
