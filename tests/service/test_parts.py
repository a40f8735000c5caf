"""Parts arrive exactly once, whoever sends them how often and in which order."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.service.tracker import Account, Tracker, later, problem, proves, receipt
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.canonical import canonical
from worklog.domain.contract import Week
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, DeviceId
from worklog.domain.segment import Reason
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, diary
from worklog.service.store.feed import News
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import API
from worklog.wire.sync.receipts import ReceiptOf
from worklog.wire.sync.uploads import encode_upload

BEFORE = NINE - timedelta(hours=2)


def segments(service: Service, account: Account) -> list[tuple[int, str, int, str]]:
    with service.store.reading(SYSTEM) as scope:
        return [
            (row.segment.key.slot.index, row.segment.memo, row.bill.seconds, row.bill.reason.value)
            for row in diary.segments(scope, account.user, 0, 1 << 40)
        ]


def test_a_part_is_kept_with_a_receipt_that_verifies(service: Service, tracker: Tracker) -> None:
    part = tracker.part(BEFORE)
    record = tracker.seal(part)

    answer = tracker.put(record)

    assert answer.status_code == 201
    assert proves(service, receipt(answer), ReceiptOf.PART, part.part_id, record.digest)
    assert not proves(service, receipt(answer), ReceiptOf.PART, part.part_id, "0" * 64)
    with service.store.reading(SYSTEM) as scope:
        row = diary.part_rows(scope, tracker.account.user, [part.part_id])[part.part_id]
    assert diary.record_of(row) == record
    assert segments(service, tracker.account) == [
        (part.slot.index, "writing", 600, Reason.BILLED.value)
    ]


def test_the_same_part_again_gives_the_same_receipt(
    service: Service, tracker: Tracker, clock: FixedClock
) -> None:
    record = tracker.seal(tracker.part(BEFORE))
    first = tracker.put(record)
    clock.instant += timedelta(hours=1)

    second = tracker.put(record)
    (third,) = tracker.post([record])

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.content == first.content
    assert third.receipt == receipt(first)
    assert len(segments(service, tracker.account)) == 1


def test_other_content_under_a_known_id_is_a_conflict(tracker: Tracker) -> None:
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))

    answer = tracker.put(tracker.seal(replace(part, title="another")))

    assert problem(answer).code == "conflict"
    assert answer.status_code == 409


def test_a_contract_of_somebody_else_does_not_exist(
    tracker: Tracker, ben: Account, web: httpx.Client
) -> None:
    """T1: a foreign contract and one that is nobody's sound alike."""
    foreign = tracker.put(tracker.forged(tracker.part(BEFORE, contract=ben.contract)))
    nobody = tracker.put(tracker.forged(tracker.part(BEFORE, contract=ContractId("nobody"))))

    assert foreign.status_code == nobody.status_code == 404
    assert foreign.content == nobody.content
    assert Tracker(ben, web).get("/changes").integer("next") == 1


def test_a_slot_that_is_still_to_come_is_refused(tracker: Tracker) -> None:
    """T14: five minutes ahead are a clock's error, more is none."""
    ahead = tracker.part(NINE + timedelta(minutes=10))
    close = tracker.part(NINE)

    refused = tracker.put(tracker.forged(ahead))
    taken = tracker.put(tracker.seal(close))

    assert (refused.status_code, problem(refused).code) == (422, "invalid-time")
    assert taken.status_code == 201


def _signature(tracker: Tracker, record: Record) -> Record:
    del tracker
    return replace(record, signature=bytes(64))


def _field(tracker: Tracker, record: Record) -> Record:
    del tracker
    return replace(record, fields=record.fields.replace("main.py", "other.py"))


def _extra_field(tracker: Tracker, record: Record) -> Record:
    del tracker
    extra = '{"zz":{"salt":"00","value":1},' + record.fields[1:]
    return replace(record, fields=extra)


def _other_device(tracker: Tracker, _: Record) -> Record:
    return tracker.forged(replace(tracker.part(BEFORE), device=DeviceId("another")))


def _no_json(tracker: Tracker, record: Record) -> Record:
    del tracker
    return replace(record, fields="nothing")


def _not_canonical(tracker: Tracker, record: Record) -> Record:
    header = record.header.replace(b'"v":1', b'"v": 1')
    return Record(header, tracker.account.key.sign(header), record.fields)


def _far_slot(tracker: Tracker, _: Record) -> Record:
    return tracker.forged(tracker.part(BEFORE), slot=2**53 - 1)


def _long_memo(tracker: Tracker, _: Record) -> Record:
    return tracker.forged(tracker.part(BEFORE, memo="x" * 501))


def _odd_stream(tracker: Tracker, _: Record) -> Record:
    return tracker.forged(tracker.part(BEFORE), stream="../..\0")


def _no_place(tracker: Tracker, _: Record) -> Record:
    return tracker.forged(tracker.part(BEFORE), sequence=0)


def _no_previous(tracker: Tracker, _: Record) -> Record:
    return tracker.forged(tracker.part(BEFORE), sequence=7)


@pytest.mark.parametrize(
    "spoil",
    [
        _signature,
        _field,
        _extra_field,
        _other_device,
        _no_json,
        _not_canonical,
        _far_slot,
        _long_memo,
        _odd_stream,
        _no_place,
        _no_previous,
    ],
)
def test_what_does_not_hold_is_refused(service: Service, tracker: Tracker, spoil: object) -> None:
    """R32, T14: wrong signature, commitment, device, form: 422, and nothing is kept."""
    assert callable(spoil)
    record = tracker.seal(tracker.part(BEFORE))
    tracker.sequence, tracker.head = 0, ""

    answer = tracker.put(spoil(tracker, record))

    assert (answer.status_code, problem(answer).code) == (422, "service-rejected")
    assert segments(service, tracker.account) == []


def test_a_part_under_the_id_of_another_is_refused(tracker: Tracker) -> None:
    record = tracker.seal(tracker.part(BEFORE))

    assert tracker.put(record, name=tracker.part(BEFORE).part_id).status_code == 422


def test_the_chain_must_fit_whatever_comes_first(tracker: Tracker) -> None:
    """R32: neighbours are held to each other from both sides; gaps are no trouble."""
    parts = [tracker.part(later(BEFORE, 10 * number)) for number in range(4)]
    records = [tracker.seal(part) for part in parts]
    stray = Tracker(tracker.account, tracker.web, stream=tracker.stream)
    stray.sequence, stray.head = 2, "f" * 64
    wrong_third = stray.seal(parts[2])
    stray.sequence, stray.head = 1, records[0].digest
    wrong_second = stray.seal(parts[1])

    assert tracker.put(records[3]).status_code == 201
    assert problem(tracker.put(wrong_third)).detail.endswith("does not follow it.")
    assert tracker.put(records[0]).status_code == 201
    assert tracker.put(records[2]).status_code == 201
    assert problem(tracker.put(wrong_second)).detail.endswith("does not follow it.")
    assert tracker.put(records[1]).status_code == 201
    stray.sequence, stray.head = 1, records[0].digest
    assert problem(tracker.put(stray.seal(tracker.part(BEFORE)))).detail.endswith(
        "has its place in the stream."
    )
    stray.sequence, stray.head = 4, "e" * 64
    assert problem(tracker.put(stray.seal(tracker.part(BEFORE)))).detail.endswith(
        "does not follow the part before it."
    )


def test_a_stream_stays_with_its_key(service: Service, tracker: Tracker) -> None:
    tracker.put(tracker.seal(tracker.part(BEFORE)))
    old = tracker.account.key
    tracker.account.key = Ed25519PrivateKey.generate()
    with service.store.writing(SYSTEM) as scope:
        accounts.register_device(
            scope,
            tracker.account.user,
            tracker.account.device,
            tracker.account.key.public_key().public_bytes_raw(),
        )
    fresh = Tracker(tracker.account, tracker.web)

    in_old_stream = tracker.put(tracker.forged(tracker.part(BEFORE)))
    in_new_stream = fresh.put(fresh.seal(tracker.part(BEFORE)))
    tracker.account.key = old
    of_old_key = tracker.put(tracker.seal(tracker.part(BEFORE)))

    assert problem(in_old_stream).detail.endswith("its stream was begun with another key.")
    assert (in_new_stream.status_code, of_old_key.status_code) == (201, 201)


def test_a_batch_answers_for_each_part_by_itself(
    service: Service, tracker: Tracker, ben: Account
) -> None:
    first = tracker.seal(tracker.part(BEFORE))
    foreign = Tracker(tracker.account, tracker.web).seal(
        tracker.part(BEFORE, contract=ben.contract)
    )
    broken = replace(first, signature=bytes(64))
    second = tracker.seal(tracker.part(later(BEFORE, 10)))

    results = tracker.post([first, foreign, broken, second, second])

    codes = [result.problem.code if result.problem else "" for result in results]
    assert codes == ["", "not-found", "service-rejected", "", ""]
    assert results[3] == results[4]
    assert results[0].id == Reader.of_text(first.header.decode(), "h").text("part")
    assert len(segments(service, tracker.account)) == 2


def test_a_batch_that_is_too_large_is_refused_whole(tracker: Tracker) -> None:
    record = tracker.seal(tracker.part(BEFORE))
    upload = encode_upload(record)

    too_many = tracker.ask("POST", "/parts", canonical({"parts": [upload] * 201}))
    too_long = tracker.ask("POST", "/parts", b" " * (1 << 20) + b"{}")
    too_deep = tracker.ask("POST", "/parts", b"[" * 40)
    no_batch = tracker.ask("POST", "/parts", b"{}")

    assert [a.status_code for a in (too_many, too_long, too_deep, no_batch)] == [
        422,
        413,
        422,
        422,
    ]


def test_f56_any_order_and_eight_threads_end_alike(service: Service, tracker: Tracker) -> None:
    """F56: set semantics: every part three times, shuffled, over eight threads."""
    records = [tracker.seal(tracker.part(later(BEFORE, 10 * n - 600))) for n in range(24)]
    jobs = records * 3
    random.Random(56).shuffle(jobs)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(tracker.put, jobs))

    assert {answer.status_code for answer in answers} == {200, 201}
    assert sum(answer.status_code == 201 for answer in answers) == len(records)
    by_part: dict[str, set[bytes]] = {}
    for job, answer in zip(jobs, answers, strict=True):
        by_part.setdefault(job.digest, set()).add(answer.content)
    assert all(len(contents) == 1 for contents in by_part.values())
    shown = segments(service, tracker.account)
    assert [seconds for _, _, seconds, _ in shown] == [600] * 24
    check_materialised(service, tracker.account)


def check_materialised(service: Service, account: Account) -> None:
    """Fold and bill everything anew and compare."""
    from worklog.domain.billing import bill  # noqa: PLC0415
    from worklog.service.materialise import fold_slots  # noqa: PLC0415

    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, account.user, 0, 1 << 40)
        contracts = accounts.contracts_of(scope, account.user)
        slots = {row.segment.key.slot.index for row in rows}
        folded = fold_slots(scope, account.user, slots, contracts)
    assert {row.segment.key: row.segment for row in rows} == folded
    bills = bill(folded.values(), contracts)
    assert {row.segment.key: row.bill for row in rows} == bills


def test_r24_what_comes_after_the_lock_is_kept_as_late(
    service: Service, tracker: Tracker, clock: FixedClock
) -> None:
    """R24, F61: nothing is refused for lateness."""
    part = tracker.part(BEFORE)
    clock.instant = Week(NINE - timedelta(hours=9)).locks_at

    answer = tracker.put(tracker.seal(part))

    assert answer.status_code == 201
    ((slot, _, seconds, reason),) = segments(service, tracker.account)
    assert (Slot(slot), seconds, reason) == (part.slot, 0, "late")


def test_f59_an_ended_contract_takes_what_was_recorded_before(
    service: Service, tracker: Tracker, clock: FixedClock
) -> None:
    news = News()
    with service.store.writing(SYSTEM) as scope:
        accounts.end_contract(scope, tracker.account.contract, news=news)
        news.publish(scope)
    clock.instant += timedelta(hours=1)

    before = tracker.put(tracker.seal(tracker.part(BEFORE)))
    after = tracker.put(tracker.forged(tracker.part(NINE)))

    assert before.status_code == 201
    assert (after.status_code, problem(after).code) == (403, "policy")


def test_without_a_good_token_nothing_is_taken(
    service: Service, tracker: Tracker, web: httpx.Client
) -> None:
    """F58: a revoked device gets 401 and keeps its outbox."""
    body = canonical(encode_upload(tracker.seal(tracker.part(BEFORE))))
    none = web.request("PUT", f"{API}/parts/x", content=body)
    wrong = tracker.ask("PUT", "/parts/x", body, token="wrong")
    with service.store.writing(SYSTEM) as scope:
        accounts.revoke_device(scope, tracker.account.user, tracker.account.device)
    revoked = tracker.ask("PUT", "/parts/x", body)

    for answer in (none, wrong, revoked):
        assert (answer.status_code, problem(answer).code) == (401, "service-auth")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_tracker_of_another_age_is_refused_by_its_version(
    tracker: Tracker, web: httpx.Client
) -> None:
    """F68: 426, and nothing but the header decides it."""
    headers = {"Authorization": f"Bearer {tracker.account.token}", "Worklog-Version": "0.0.9"}

    answer = web.request("GET", f"{API}/whoami", headers=headers)

    assert (answer.status_code, problem(answer).code) == (426, "version-refused")
