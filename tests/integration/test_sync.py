"""Syncing a real cache with a service that keeps its promises, and with one that does not."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import NINE, SLOT, amendment, picture
from tests.support.fake_service import FakeGateway, FakeService
from tests.support.sync_home import GLOBEX, LOCAL, REVIEW, SERVICE, Home
from worklog.app.sync_plan import LANES
from worklog.app.sync_ports import Parked, ServiceBusyError
from worklog.cache import rebuild
from worklog.cache.feedback import keep
from worklog.cache.opening import open_cache
from worklog.cache.outbox import Outbox
from worklog.domain.amendment import (
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Key,
    Manual,
    ManualSpan,
    Move,
    Redact,
    RedactedPicture,
)
from worklog.domain.canonical import Json
from worklog.domain.contract import Contract, Policy, Screenshots, Terms, WeekEvent
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, PartId
from worklog.domain.part import Part
from worklog.domain.segment import BilledSegment
from worklog.errors import (
    CacheBusyError,
    CacheCorruptError,
    ConflictError,
    ErasedError,
    NotFoundError,
    ServiceAuthError,
    ServiceProtocolError,
    ServiceRejectedError,
    ServiceUnreachableError,
    VersionRefusedError,
    WorklogError,
)
from worklog.wire.amendment import encode_amendment
from worklog.wire.sync.account import Service
from worklog.wire.sync.changes import (
    AmendmentChange,
    ChangesPage,
    ContractChange,
    Erased,
    ErasureChange,
    UnknownChange,
)
from worklog.wire.sync.receipts import SignedReceipt
from worklog.wire.sync.results import Result


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def home(tmp_path: Path, service: FakeService) -> Home:
    return Home(tmp_path / "home", service)


def amend(home: Home, change: Change, number: int = 1) -> None:
    home.cache.amend(
        amendment(change, device=home.cache.device, at=home.clock.instant, number=number)
    )


def delete(home: Home, part: Part, number: int = 1) -> None:
    keys = (Key(part.slot, part.contract),)
    amend(home, Delete(parts=(part.part_id,), keys=keys), number)


def describe(home: Home, slot: int, memo: str, number: int = 1) -> None:
    key = Key(Slot(SLOT.index + slot), GLOBEX.contract_id)
    amend(home, Describe((key,), memo=memo), number)


# --- What leaves --------------------------------------------------------------------------


def test_parts_pictures_and_amendments_arrive_once_and_nothing_waits_any_more(
    home: Home, service: FakeService
) -> None:
    parts = [home.pictured(0), home.record(1)]
    describe(home, 0, "better")

    outcome = home.sync()
    again = home.sync()

    assert (outcome.parts, outcome.pictures, outcome.amendments) == (2, 1, 1)
    assert (again.parts, again.pictures, again.amendments) == (0, 0, 0)
    assert set(service.parts) == {part.part_id for part in parts}
    assert len(service.writes) == len(set(service.writes)) == 4
    assert home.waiting == 0
    image = parts[0].captures[0].sha256
    assert hashlib.sha256(service.pictures[parts[0].part_id, 0]).hexdigest() == image


def test_r28_t16_no_part_leaves_before_its_review_window_has_ended(
    home: Home, service: FakeService
) -> None:
    part = home.record()
    home.clock.instant = part.sealed + timedelta(minutes=10) - timedelta(milliseconds=1)

    early = home.syncer(FakeGateway(service, home.token)).run(threading.Event())

    assert (service.parts, early.rest) == ({}, part.sealed + timedelta(minutes=10))
    home.clock.instant += timedelta(milliseconds=1)
    home.syncer(FakeGateway(service, home.token)).run(threading.Event())
    assert set(service.parts) == {part.part_id}


def test_nothing_of_a_local_contract_ever_leaves(home: Home, service: FakeService) -> None:
    local = home.record(0, contract=LOCAL)
    here = home.record(1)
    keys = (Key(local.slot, LOCAL.contract_id), Key(here.slot, GLOBEX.contract_id))
    amend(home, Describe(keys, memo="both"))
    amend(home, Describe(keys[:1], memo="the secret client"), 2)

    home.sync()

    everything = "".join(
        [*service.amendments.values(), *(record.fields for record in service.parts.values())]
    )
    assert set(service.parts) == {here.part_id}
    assert LOCAL.contract_id not in everything
    assert "secret" not in everything
    assert len(service.amendments) == 1


def test_f62_a_part_deleted_before_it_was_sent_is_never_sent(
    home: Home, service: FakeService
) -> None:
    part = home.pictured()
    delete(home, part)

    home.sync()

    assert (service.parts, service.pictures) == ({}, {})
    assert service.erased == {part.part_id}
    assert home.waiting == 0


@pytest.mark.parametrize("moment", ["before parts", "after parts", "before picture"])
def test_f62_a_part_deleted_while_its_upload_is_in_flight_is_gone_on_the_service(
    home: Home, service: FakeService, moment: str
) -> None:
    part = home.pictured()
    moments = [moment]

    def faults(now: str) -> None:
        if moments and now == moments[0]:
            moments.pop()
            delete(home, part)

    home.sync(faults=faults)
    home.sync()

    assert (service.pictures, service.erased) == ({}, {part.part_id})
    assert home.waiting == 0


def test_erasures_go_before_everything_else(home: Home, service: FakeService) -> None:
    sent = home.record(0)
    home.sync()
    home.record(1)
    describe(home, 0, "later")
    delete(home, sent, 2)

    home.sync()

    kinds = [kind for kind, _ in service.writes]
    assert kinds == ["part", "amendment", "amendment", "part"]
    assert '"delete"' in list(service.amendments.values())[0]  # noqa: RUF015 -- reads better


def test_a_picture_redacted_after_its_upload_takes_the_place_of_the_original(
    home: Home, service: FakeService
) -> None:
    part = home.pictured()
    home.sync()
    new = picture("covered")
    digests = [hashlib.sha256(data).hexdigest() for data in (new.image, new.thumbnail)]
    change = Redact((RedactedPicture(part.part_id, 0, digests[0], digests[1], 500),))
    home.cache.amend(
        amendment(change, device=home.cache.device, at=home.clock.instant),
        pictures={(part.part_id, 0): new},
    )

    home.sync()

    assert service.pictures == {(part.part_id, 0): new.image}
    assert home.waiting == 0
    receipts = home.cache.db.execute("SELECT content FROM receipts WHERE kind = 'image'").fetchall()
    assert len(receipts) == 1
    assert part.captures[0].sha256 not in receipts[0][0]
    journals = b"".join(path.read_bytes() for path in Path(home.cache.places.journal).iterdir())
    assert part.captures[0].sha256.encode() not in journals


def test_a_stopped_run_ends_between_two_steps_and_the_next_one_goes_on(
    home: Home, service: FakeService
) -> None:
    for slot in range(3):
        home.pictured(slot)
    stop = threading.Event()

    outcome = home.sync(stop=stop, tell=lambda _: stop.set())
    home.sync()

    assert outcome.was_stopped
    assert (len(service.parts), len(service.pictures), home.waiting) == (3, 3, 0)


# --- Faults -------------------------------------------------------------------------------


def test_f55_a_lost_reply_leaves_one_copy_and_a_receipt(home: Home, service: FakeService) -> None:
    home.pictured()
    for moment in ("after parts", "after picture"):

        def faults(now: str, moment: str = moment) -> None:
            if now == moment:
                msg = "cut"
                raise ServiceUnreachableError(msg)

        with pytest.raises(ServiceUnreachableError):
            home.sync(faults=faults)
    home.sync()

    assert [kind for kind, _ in service.writes] == ["part", "image"]
    assert home.waiting == 0


def test_f58_an_unknown_token_is_remembered_and_everything_drains_after_a_new_login(
    home: Home, service: FakeService
) -> None:
    home.record()
    del service.tokens[home.token]

    with pytest.raises(ServiceAuthError):
        home.sync()

    assert home.outbox.standing().problem == "service-auth"
    service.tokens[home.token] = home.cache.device
    home.sync()
    assert (home.waiting, home.outbox.standing().problem) == (0, "")


def test_f59_what_the_service_refuses_is_parked_with_its_reason_and_tried_the_next_day(
    home: Home, service: FakeService
) -> None:
    part = home.record()
    service.contracts.clear()

    outcome = home.sync()

    (parked,) = home.outbox.parts()
    assert parked.parked == Parked("not-found", "unknown contract", home.clock.instant)
    assert [(name, type(error)) for name, error in outcome.parked] == [
        (part.part_id, NotFoundError)
    ]
    assert outcome.rest == home.clock.instant + timedelta(days=1)
    service.contracts.add(GLOBEX.contract_id)
    assert home.sync().parts == 0
    home.clock.instant += timedelta(days=1)
    assert home.sync().parts == 1


def test_n7_a_part_whose_key_is_gone_is_parked_and_the_others_go(
    home: Home, service: FakeService
) -> None:
    home.cache.key.encrypts = lambda: True
    locked = home.record()
    key = Path(home.cache.places.picture_key)
    key.rename(f"{key}.away")
    other = home.record(1)

    outcome = home.sync()
    sent = set(service.parts)
    Path(f"{key}.away").rename(key)
    home.outbox.unpark()
    home.sync()

    assert [(name, type(error)) for name, error in outcome.parked] == [
        (locked.part_id, CacheCorruptError)
    ]
    assert (sent, home.waiting) == ({other.part_id}, 0)
    assert set(service.parts) == {locked.part_id, other.part_id}


def test_what_is_parked_can_be_tried_at_once(home: Home, service: FakeService) -> None:
    home.record()
    service.contracts.clear()
    home.sync()
    service.contracts.add(GLOBEX.contract_id)

    assert home.outbox.unpark() == 1
    assert home.sync().parts == 1


def test_f61_a_refused_amendment_is_parked_by_itself(home: Home, service: FakeService) -> None:
    describe(home, 0, "first")
    (waiting,) = home.outbox.amendments()
    service.amendments[waiting.amendment] = "{}"

    outcome = home.sync()

    assert [type(error) for _, error in outcome.parked] == [ConflictError]
    (parked,) = home.outbox.amendments()
    assert parked.parked is not None
    assert outcome.rest == parked.parked.at + timedelta(days=1)


@pytest.mark.parametrize("damage", [b"", b"half"])
def test_f04_f19_a_damaged_picture_is_never_sent_and_its_row_is(
    home: Home, service: FakeService, damage: bytes
) -> None:
    part = home.pictured()
    (stored,) = home.cache.pictures([part.part_id])
    Path(stored.file).write_bytes(damage)

    outcome = home.sync()

    assert (set(service.parts), service.pictures) == ({part.part_id}, {})
    assert [error.code for _, error in outcome.parked] == ["cache-corrupt"]


def test_f25_a_picture_removed_by_hand_is_told(home: Home, service: FakeService) -> None:
    part = home.pictured()
    (stored,) = home.cache.pictures([part.part_id])
    Path(stored.file).unlink()

    outcome = home.sync()

    assert [error.code for _, error in outcome.parked] == ["not-found"]
    assert service.pictures == {}


@pytest.mark.parametrize("code", [503, 429])
def test_f51_an_item_that_is_put_off_stays_queued_and_the_others_are_kept(
    home: Home, service: FakeService, code: int
) -> None:
    parts = [home.record(0), home.record(1)]

    class Halting(FakeGateway):
        def send_parts(self, records: object) -> tuple[Result, ...]:
            from worklog.wire.sync.results import Problem  # noqa: PLC0415

            first, second = super().send_parts(records)  # type: ignore[arg-type]
            assert first.receipt is not None
            return first, Result(second.id, problem=Problem("cache-busy", code, "full"))

    with pytest.raises(ServiceBusyError):
        home.sync(Halting(service, home.token))

    assert [waiting.part for waiting in home.outbox.parts()] == [parts[1].part_id]


@pytest.mark.parametrize(
    "forge",
    [
        lambda signed: SignedReceipt(signed.content, b"\0" * 64),
        lambda signed: SignedReceipt(signed.content.replace('"part"', '"image"'), signed.signature),
        lambda signed: SignedReceipt("{}", signed.signature),
    ],
)
def test_f53_a_receipt_that_does_not_hold_is_none(
    home: Home, service: FakeService, forge: Callable[[SignedReceipt], SignedReceipt]
) -> None:
    home.record()

    class Forging(FakeGateway):
        def send_parts(self, records: object) -> tuple[Result, ...]:
            (result,) = super().send_parts(records)  # type: ignore[arg-type]
            assert result.receipt is not None
            return (replace(result, receipt=forge(result.receipt)),)

    with pytest.raises(ServiceProtocolError):
        home.sync(Forging(service, home.token))

    assert home.waiting == 1
    assert home.outbox.standing().problem == "service-protocol"


def test_f53_a_receipt_of_another_picture_is_none(home: Home, service: FakeService) -> None:
    home.pictured()

    class Mixing(FakeGateway):
        def send_picture(self, part: PartId, position: int, data: bytes) -> SignedReceipt:
            return super().send_picture(part, position, data + b"!")

    with pytest.raises(ServiceProtocolError):
        home.sync(Mixing(service, home.token))

    assert home.waiting == 1


def test_f53_as_many_results_as_things_sent_or_none_counts(
    home: Home, service: FakeService
) -> None:
    home.record()

    class Short(FakeGateway):
        def send_parts(self, records: object) -> tuple[Result, ...]:
            del records
            return ()

    with pytest.raises(ServiceProtocolError):
        home.sync(Short(service, home.token))


@pytest.mark.parametrize(
    ("error", "is_parked"), [(ErasedError("gone"), False), (ConflictError("other"), True)]
)
def test_a_refused_picture_does_not_hold_up_the_others(
    home: Home, service: FakeService, error: WorklogError, *, is_parked: bool
) -> None:
    first, second = home.pictured(0), home.pictured(1)

    def faults(now: str) -> None:
        if now == "before picture" and not service.pictures:
            raise_once()

    errors = [error]

    def raise_once() -> None:
        if errors:
            raise errors.pop()

    outcome = home.sync(faults=faults)

    assert set(service.pictures) == {(second.part_id, 0)}
    assert [name for name, _ in outcome.parked] == ([first.part_id] if is_parked else [])


@pytest.mark.parametrize("error", [ServiceUnreachableError("x"), ServiceAuthError("x")])
def test_a_picture_that_meets_no_service_ends_the_run(
    home: Home, service: FakeService, error: WorklogError
) -> None:
    home.pictured()

    def faults(now: str) -> None:
        if now == "before picture":
            raise error

    with pytest.raises(type(error)):
        home.sync(faults=faults)

    assert (home.waiting, service.pictures) == (1, {})


def test_a_batch_item_that_says_who_are_you_ends_the_run(home: Home, service: FakeService) -> None:
    home.record()

    class Doubting(FakeGateway):
        def send_parts(self, records: object) -> tuple[Result, ...]:
            from worklog.wire.sync.results import Problem  # noqa: PLC0415

            del records
            return (Result("", problem=Problem("service-auth", 401, "who are you?")),)

    with pytest.raises(ServiceAuthError):
        home.sync(Doubting(service, home.token))

    assert home.waiting == 1


# --- The service itself -------------------------------------------------------------------


def test_a_version_that_is_refused_keeps_its_outbox(home: Home, service: FakeService) -> None:
    home.record()
    service.tracker_from, service.tracker_below = "2.0", "3.0"

    with pytest.raises(VersionRefusedError, match=r"2\.0 to below 3\.0"):
        home.sync()

    assert (home.waiting, home.outbox.standing().problem) == (1, "version-refused")


def test_an_interface_that_is_not_spoken_is_refused(home: Home, service: FakeService) -> None:
    class Later(FakeGateway):
        def service(self) -> Service:
            return replace(super().service(), api=(2,))

    with pytest.raises(VersionRefusedError):
        home.sync(Later(service, home.token))


def test_another_key_than_at_login_gets_nothing(home: Home, service: FakeService) -> None:
    home.record()

    class Impostor(FakeGateway):
        def service(self) -> Service:
            return replace(super().service(), key=b"x" * 32)

    with pytest.raises(ServiceAuthError):
        home.sync(Impostor(service, home.token))

    assert service.parts == {}


def test_f38_a_clock_that_was_set_right_is_told_no_more(home: Home, service: FakeService) -> None:
    service.now = home.clock.now() + timedelta(hours=2)
    home.sync()
    apart = home.outbox.standing().skew
    service.now = home.clock.now() - timedelta(minutes=9)
    home.clock.instant = service.now

    with_skew = home.syncer(FakeGateway(service, home.token)).run(threading.Event())

    assert apart == timedelta(hours=2) - REVIEW
    assert with_skew.notes == []
    assert home.outbox.standing().skew is None


def test_f38_clocks_that_disagree_are_told(home: Home, service: FakeService) -> None:
    service.now = NINE + timedelta(hours=3)

    assert any("clock" in note for note in home.sync().notes)


def test_f49_a_service_restored_from_an_older_backup_gets_everything_back(
    home: Home, service: FakeService
) -> None:
    kept = home.pictured(0)
    home.sync()
    backup = service.copy()
    lost = [home.pictured(slot) for slot in range(1, 5)]
    describe(home, 1, "lost too")
    home.sync()
    service.restore(backup, "epoch-2")

    home.sync()

    assert set(service.parts) == {kept.part_id, *(part.part_id for part in lost)}
    assert len(service.pictures) == 5
    assert len(service.amendments) == 1
    assert home.waiting == 0
    proofs = home.cache.db.execute("SELECT kind, count(*) FROM lost_receipts GROUP BY kind")
    assert dict(proofs.fetchall()) == {"part": 4, "image": 4, "amendment": 1}


def test_f49_what_was_deleted_since_the_backup_does_not_come_back(
    home: Home, service: FakeService
) -> None:
    part = home.pictured()
    home.sync()
    backup = service.copy()
    delete(home, part)
    home.sync()
    service.restore(backup, "epoch-2")

    home.sync()

    assert service.pictures == {}
    assert service.erased == {part.part_id}


def test_a_picture_that_the_service_lost_alone_comes_back_within_a_day(
    home: Home, service: FakeService
) -> None:
    part = home.pictured()
    home.sync()
    service.pictures.clear()
    service.receipts.clear()

    home.sync()
    assert service.pictures == {}
    home.clock.instant += timedelta(days=1)
    home.sync()

    assert set(service.pictures) == {(part.part_id, 0)}


def test_what_the_service_erased_by_itself_is_not_sent_again(
    home: Home, service: FakeService
) -> None:
    part, other = home.pictured(0), home.pictured(1)
    home.sync()
    service.pictures.clear()
    service.feed += [
        ErasureChange(part.part_id, Erased.PICTURES),
        ErasureChange(other.part_id, Erased.ALL),
    ]
    home.clock.instant += timedelta(days=2)

    home.sync()

    assert service.pictures == {}
    assert len(home.cache.pictures([part.part_id, other.part_id])) == 2


def test_a_database_that_changes_with_each_answer_ends_the_run(
    home: Home, service: FakeService
) -> None:
    class Fickle(FakeGateway):
        number = 0

        def changes(self, after: int) -> ChangesPage:
            self.number += 1
            return replace(super().changes(after), epoch=f"epoch-{self.number + 1}")

    with pytest.raises(ServiceProtocolError, match="another database"):
        home.sync(Fickle(service, home.token))


def test_a_feed_that_does_not_move_on_ends_the_run(home: Home, service: FakeService) -> None:
    class Stuck(FakeGateway):
        def changes(self, after: int) -> ChangesPage:
            return ChangesPage(self.state.epoch, after, has_more=True)

    with pytest.raises(ServiceProtocolError, match="does not move on"):
        home.sync(Stuck(service, home.token))


def test_a_rebuilt_cache_keeps_its_receipts_and_sends_nothing_twice(home: Home) -> None:
    home.pictured(0)
    describe(home, 0, "better")
    home.sync()
    last = home.record(1)
    home.cache.close()
    rebuild.rebuild(home.cache.places, now_ms=0)

    home.cache = open_cache(home.cache.places, clock=home.clock)
    home.outbox = Outbox(home.cache, SERVICE)
    home.outbox.queue_amendments(again=False)

    assert [waiting.part for waiting in home.outbox.parts()] == [last.part_id]
    assert home.outbox.amendments() == []
    assert home.sync().parts == 1


# --- What comes back ----------------------------------------------------------------------

INITECH = Contract(ContractId("01932b00-0000-7000-8000-0000000000aa"), "initech")


def test_contracts_of_the_service_become_known(home: Home, service: FakeService) -> None:
    service.feed.append(ContractChange(INITECH))

    home.sync()

    assert replace(INITECH, service=SERVICE) in home.cache.contracts()


def test_a_name_that_is_taken_gets_a_number(home: Home, service: FakeService) -> None:
    service.feed.append(ContractChange(replace(INITECH, name="ZETA\x1b[31m")))
    service.feed.append(ContractChange(replace(INITECH, name="zeta")))

    home.sync()

    names = {contract.contract_id: contract.name for contract in home.cache.contracts()}
    assert names[INITECH.contract_id] == "zeta-2"
    assert names[LOCAL.contract_id] == "zeta"


def test_t13_a_contract_that_is_not_the_services_own_is_left_alone(
    home: Home, service: FakeService
) -> None:
    service.feed.append(ContractChange(replace(LOCAL, name="taken over")))

    outcome = home.sync()

    assert LOCAL in home.cache.contracts()
    assert any("not its own" in note for note in outcome.notes)


def test_a_contract_that_ended_is_archived_and_told(home: Home, service: FakeService) -> None:
    service.feed.append(ContractChange(replace(GLOBEX, service=""), is_member=False))

    outcome = home.sync()

    assert any("acme has ended" in note for note in outcome.notes)
    assert [c.is_archived for c in home.cache.contracts() if c.name == "acme"] == [True]


def policy(
    version: int, screenshots: Screenshots, *, titles: bool = True, pixelate: int = 0
) -> Contract:
    terms = Terms(
        currency="EUR",
        policy=Policy(version, screenshots=screenshots, titles=titles, pixelate=pixelate),
    )
    return replace(GLOBEX, service="", terms=(terms,))


def test_r30_a_narrower_policy_holds_at_once_and_a_wider_one_waits_for_a_yes(
    home: Home, service: FakeService
) -> None:
    service.feed.append(ContractChange(policy(2, Screenshots.FORBIDDEN)))
    home.sync()
    narrow = {c.name: c for c in home.cache.contracts()}["acme"].terms[-1].policy
    service.feed.append(ContractChange(policy(3, Screenshots.REQUIRED)))

    outcome = home.sync()

    assert narrow.version == 2
    assert {c.name: c for c in home.cache.contracts()}["acme"].terms[-1].policy == narrow
    (offer,) = home.outbox.offers()
    assert offer.terms[-1].policy.screenshots is Screenshots.REQUIRED
    assert any("say yes" in note for note in outcome.notes)
    service.feed.append(ContractChange(policy(4, Screenshots.FORBIDDEN)))
    home.sync()
    assert home.outbox.offers() == []


def test_kinds_of_a_later_version_are_passed_over(home: Home, service: FakeService) -> None:
    outcome = home.sync(Passing(service, home.token))

    assert outcome.taken == 1


def diary(home: Home) -> list[BilledSegment]:
    return home.cache.segments(NINE, NINE + timedelta(days=1))


def test_r23_a_week_that_is_submitted_or_reopened_is_told_and_changes_what_holds(
    home: Home, service: FakeService
) -> None:
    part = home.record()
    key = Key(part.slot, GLOBEX.contract_id)
    week = GLOBEX.week_at(part.slot.start).start
    submitted = WeekEvent(week, home.clock.now(), is_open=False)
    home.clock.instant += timedelta(minutes=1)
    describe(home, 0, "too late")
    amend(home, Manual(GLOBEX.contract_id, (ManualSpan(Slot(SLOT.index + 2), 0, 600),), "x"), 2)
    service.feed.append(ContractChange(replace(GLOBEX, events=(submitted,))))

    locked = home.sync()
    memos = {row.segment.key: row.segment.memo for row in diary(home)}
    reopened = WeekEvent(week, home.clock.now(), is_open=True)
    home.clock.instant += timedelta(minutes=1)
    describe(home, 0, "in time again", 3)
    service.feed.append(ContractChange(replace(GLOBEX, events=(submitted, reopened))))
    opened = home.sync()

    assert memos == {key: "fixing bug"}
    assert "acme: the week of Mon 16 Nov 2026 was submitted; its words and money stand." in (
        locked.notes
    )
    assert any("was reopened" in note for note in opened.notes)
    found = {row.segment.key: row.segment.memo for row in diary(home)}
    assert found == {key: "in time again"}


class Passing(FakeGateway):
    def changes(self, after: int) -> ChangesPage:
        page = super().changes(after)
        items = page.items if page.has_more else (*page.items, UnknownChange("feast"))
        return replace(page, items=items)


def foreign(change: Change, number: int = 7, **members: object) -> AmendmentChange:
    made = amendment(change, device=GLOBEX.contract_id, at=NINE, number=number)  # type: ignore[arg-type]  # a device of another name
    return AmendmentChange(encode_amendment(replace(made, **members)))  # type: ignore[arg-type]  # by name


def test_amendments_of_others_change_the_diary_here(home: Home, service: FakeService) -> None:
    part = home.record()
    key = Key(part.slot, GLOBEX.contract_id)
    service.feed += [foreign(Describe((key,), memo="from the web"))] * 2

    home.sync()

    rows = home.cache.segments(part.slot.start, part.slot.end)
    assert [row.segment.memo for row in rows] == ["from the web"]
    assert home.outbox.amendments() == []


def test_t13_the_service_cannot_change_or_delete_what_is_not_its_own(
    home: Home, service: FakeService
) -> None:
    local = home.record(0, contract=LOCAL)
    keys = (Key(local.slot, LOCAL.contract_id),)
    service.feed += [
        foreign(Describe(keys, memo="gotcha"), 1),
        foreign(Delete(parts=(local.part_id,), keys=keys), 2),
    ]

    home.sync()

    rows = home.cache.segments(local.slot.start, local.slot.end)
    assert [(row.segment.memo, row.segment.is_deleted) for row in rows] == [("fixing bug", False)]


def test_t13_the_service_cannot_delete_what_it_never_acknowledged(
    home: Home, service: FakeService
) -> None:
    home.record(0)
    home.sync()
    fresh = home.pictured(5)
    home.clock.instant -= timedelta(minutes=10)
    keys = (Key(fresh.slot, GLOBEX.contract_id),)
    redacted = RedactedPicture(fresh.part_id, 0, "0" * 64, "0" * 64, 1000)
    service.feed += [
        foreign(Delete(parts=(fresh.part_id,), keys=keys), 1),
        foreign(Redact((redacted,)), 2),
    ]

    home.sync()

    assert len(home.cache.pictures([fresh.part_id])) == 1


def test_a_deletion_on_the_web_erases_here_what_was_sent(home: Home, service: FakeService) -> None:
    part = home.pictured()
    home.sync()
    keys = (Key(part.slot, GLOBEX.contract_id),)
    service.feed.append(foreign(Delete(parts=(part.part_id,), keys=keys)))

    home.sync()

    assert home.cache.pictures([part.part_id]) == []


def test_a_change_from_the_future_waits_until_the_clock_is_right(
    home: Home, service: FakeService
) -> None:
    key = Key(SLOT, GLOBEX.contract_id)
    from worklog.domain.amendment import Stamp  # noqa: PLC0415

    for stamp in (Stamp(2**52), Stamp(253_000_000_000_000)):
        service.feed[:] = [foreign(Describe((key,), memo="2999"), stamp=stamp)]

        outcome = home.sync()

        assert any("future" in note for note in outcome.notes)
        assert home.cache.amendments() == []
        assert home.outbox.standing().cursor == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"v":1}',
        encode_amendment(
            amendment(
                Describe((Key(Slot(2**50), GLOBEX.contract_id),), memo="x"),
                device=GLOBEX.contract_id,  # type: ignore[arg-type]
            )
        ),
    ],
)
def test_a_change_that_cannot_be_read_is_left_out_and_told(
    home: Home, service: FakeService, text: str
) -> None:
    service.feed.append(AmendmentChange(text))

    outcome = home.sync()

    assert any("cannot be read" in note for note in outcome.notes)


# --- Between two steps --------------------------------------------------------------------


def test_a_busy_cache_is_not_held_against_the_service(home: Home) -> None:
    home.record()

    def faults(now: str) -> None:
        if now == "after service":
            msg = "busy"
            raise CacheBusyError(msg)

    with pytest.raises(CacheBusyError):
        home.sync(faults=faults)

    assert home.outbox.standing().problem == ""


def test_f50_what_is_sealed_meanwhile_goes_before_the_pictures_of_old_weeks(
    home: Home, service: FakeService
) -> None:
    for slot in range(LANES + 1):
        home.pictured(slot)
    fresh: list[Part] = []

    def faults(now: str) -> None:
        if now == "after picture":
            if not fresh:
                fresh.append(home.record(2_000))
            home.clock.instant += timedelta(minutes=11)

    home.sync(faults=faults)

    kinds = [kind for kind, _ in service.writes]
    assert kinds == ["part"] * (LANES + 1) + ["image"] * LANES + ["part", "image"]


def test_a_change_that_concerns_the_service_no_more_is_let_go(
    home: Home, service: FakeService
) -> None:
    describe(home, 0, "better")
    home.cache.save_contract(replace(GLOBEX, service=""), at=NINE)

    home.sync()

    assert (service.amendments, home.outbox.amendments()) == ({}, [])


def test_f62_a_part_deleted_between_plan_and_sending_is_not_sent(
    home: Home, service: FakeService
) -> None:
    part = home.record()
    deleted: list[Part] = []

    def tell(_: object) -> None:
        if not deleted:
            deleted.append(part)
            delete(home, part)

    home.sync(tell=tell)

    assert service.parts == {}
    assert home.sync().amendments == 1


def test_f62_a_part_that_the_service_erased_is_let_go(home: Home, service: FakeService) -> None:
    service.erased.add(home.record().part_id)

    outcome = home.sync()

    assert (outcome.parked, home.waiting) == ([], 0)


def test_f62_a_second_picture_deleted_during_the_first_is_not_sent(
    home: Home, service: FakeService
) -> None:
    part = home.record(pictures=(picture("one"), picture("two")))

    def faults(now: str) -> None:
        if now == "after picture" and home.cache.pictures([part.part_id]):
            delete(home, part)

    home.sync(faults=faults)
    assert len(service.pictures) == 1
    home.sync()

    assert service.pictures == {}


def test_a_result_that_says_nothing_is_no_receipt(home: Home, service: FakeService) -> None:
    home.record()

    class Mute(FakeGateway):
        def send_parts(self, records: object) -> tuple[Result, ...]:
            del records
            return (Result(""),)

    with pytest.raises(ServiceProtocolError):
        home.sync(Mute(service, home.token))


def test_an_endless_feed_does_not_keep_a_run_for_ever(home: Home, service: FakeService) -> None:
    home.record()

    class Endless(FakeGateway):
        def changes(self, after: int) -> ChangesPage:
            return ChangesPage(self.state.epoch, after + 1, has_more=True)

    assert home.sync(Endless(service, home.token)).parts == 1
    assert home.outbox.standing().cursor == 100


def test_a_restore_between_two_questions_begins_anew(home: Home, service: FakeService) -> None:
    home.record()
    home.sync()
    home.clock.instant += timedelta(days=2)
    moments = ["before digests"]

    def faults(now: str) -> None:
        if now in moments:
            moments.remove(now)
            service.restore(FakeService(), "epoch-2")

    home.sync(faults=faults)

    assert (len(service.parts), home.outbox.standing().compared_epoch) == (1, "epoch-2")


def test_the_next_try_is_remembered(home: Home, service: FakeService) -> None:
    home.syncer(FakeGateway(service, home.token)).put_off(NINE)

    assert home.outbox.standing().retry_at == NINE


def test_changes_of_every_kind_come_in_page_by_page(home: Home, service: FakeService) -> None:
    part = home.pictured()
    home.sync()
    slot, ours = part.slot, GLOBEX.contract_id
    changes: list[Change] = [
        Manual(ours, (ManualSpan(Slot(slot.index + 1)),), "by hand"),
        Choose(ours, (slot,)),
        Move(ours, (part.part_id,), sources=(Key(slot, ours),)),
        DropSnapshot((part.part_id,)),
        DropSnapshot((PartId("unknown"),)),
        Redact((RedactedPicture(part.part_id, 0, "0" * 64, "0" * 64, 1000),)),
    ]
    service.feed += [foreign(change, n + 10) for n, change in enumerate(changes)]
    service.feed.append(ContractChange(replace(INITECH, terms=(Terms(week_hour=99),))))

    outcome = home.sync()

    assert outcome.taken == 7
    assert len(home.cache.amendments()) == 5
    assert any("makes no sense" in note for note in outcome.notes)
    assert home.cache.pictures([part.part_id]) == []


# --- Reports of problems ------------------------------------------------------------------


def report(home: Home, name: str = "report-1", **members: str) -> None:
    keep(home.cache.places, {"schema": 1, "id": name, "text": "it flickers"}, **members)


def test_a_report_goes_to_the_service_that_it_is_for(home: Home, service: FakeService) -> None:
    report(home)
    report(home, "report-2", service=SERVICE)
    report(home, "report-3", service="https://other.example")

    outcome = home.sync()

    assert outcome.reports == 2
    assert set(service.reports) == {"report-1", "report-2"}
    assert "for" not in service.reports["report-2"]
    assert home.outbox.reports() == []
    assert home.sync().reports == 0


class Unwilling(FakeGateway):
    """Refuses reports."""

    def __init__(self, service: FakeService, token: str, error: WorklogError) -> None:
        super().__init__(service, token)
        self.error = error

    def send_report(self, report: Mapping[str, Json]) -> None:
        del report
        raise self.error


def test_a_report_that_is_refused_is_set_aside_and_told(home: Home, service: FakeService) -> None:
    report(home)

    outcome = home.sync(Unwilling(service, home.token, ServiceRejectedError("too long")))

    note = outcome.notes[-1]
    (path,) = Path(home.cache.places.data, "feedback").iterdir()
    assert note == f"The service refused a report (too long); it is in {path}."
    assert path.name == "report-1.refused"
    assert home.outbox.reports() == []


def test_a_service_of_before_there_were_reports_gets_them_after_its_update(
    home: Home, service: FakeService
) -> None:
    report(home)

    outcome = home.sync(Unwilling(service, home.token, NotFoundError("no such page")))

    assert (outcome.reports, any("report" in note for note in outcome.notes)) == (0, False)
    assert home.outbox.reports() == ["report-1"]


def test_a_report_that_meets_no_service_stays(home: Home, service: FakeService) -> None:
    report(home)

    with pytest.raises(ServiceUnreachableError):
        home.sync(Unwilling(service, home.token, ServiceUnreachableError("away")))

    assert home.outbox.reports() == ["report-1"]


def test_a_report_removed_meanwhile_is_not_sent(home: Home, service: FakeService) -> None:
    report(home)

    def remove_it(step: str) -> None:
        if step == "after changes":
            home.outbox.forget_report("report-1")

    assert home.sync(faults=remove_it).reports == 0
    assert service.reports == {}


# --- Several pictures at once -------------------------------------------------------------


def test_pictures_of_several_parts_are_on_the_way_at_once(home: Home, service: FakeService) -> None:
    parts = [home.pictured(slot) for slot in range(2 * LANES + 1)]
    meeting = threading.Barrier(LANES, timeout=10)

    class Waiting(FakeGateway):
        """Answers once all lanes have asked."""

        def send_picture(self, part: PartId, position: int, data: bytes) -> SignedReceipt:
            if part != parts[-1].part_id:
                meeting.wait()
            return super().send_picture(part, position, data)

    outcome = home.sync(
        Waiting(service, home.token),
        more=lambda: [Waiting(service, home.token) for _ in range(LANES - 1)],
    )

    assert outcome.pictures == len(parts)
    assert set(service.pictures) == {(part.part_id, 0) for part in parts}
    assert home.waiting == 0


def test_f55_what_the_other_lanes_brought_is_kept_when_one_breaks(
    home: Home, service: FakeService
) -> None:
    for slot in range(LANES):
        home.pictured(slot)

    class Broken(FakeGateway):
        def send_picture(self, part: PartId, position: int, data: bytes) -> SignedReceipt:
            del part, position, data
            msg = "reset"
            raise ServiceUnreachableError(msg)

    with pytest.raises(ServiceUnreachableError):
        home.sync(
            more=lambda: [
                Broken(service, home.token),
                *(FakeGateway(service, home.token) for _ in range(LANES - 2)),
            ]
        )

    assert len(service.pictures) == LANES - 1
    assert home.waiting == 1
