"""What a gateway to a diary service promises: the fake one, and the client over a socket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import NINE, amendment
from tests.support.fake_service import TOKEN, FakeGateway, FakeService, serve
from tests.support.sync_home import GLOBEX, Home
from worklog.app.sync_ports import Gateway
from worklog.clock import SystemClock
from worklog.domain.amendment import Delete, Describe, Key
from worklog.domain.canonical import Json
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot
from worklog.domain.part import Part
from worklog.errors import ErasedError, NotFoundError, ServiceAuthError
from worklog.remote.client import DiaryClient
from worklog.remote.transport import Transport
from worklog.wire.amendment import encode_amendment
from worklog.wire.sync.changes import ContractChange
from worklog.wire.sync.digests import digest_week
from worklog.wire.sync.receipts import ReceiptOf
from worklog.wire.sync.uploads import amendment_digest, picture_name


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def home(tmp_path: Path, service: FakeService) -> Home:
    return Home(tmp_path / "home", service, token=TOKEN)


@pytest.fixture(params=["fake", "http"])
def gateway(request: pytest.FixtureRequest, service: FakeService) -> Iterator[Gateway]:
    if request.param == "fake":
        yield FakeGateway(service)
        return
    with serve(service) as (host, port):
        transport = Transport(f"http://{host}:{port}", version="1.0", clock=SystemClock())
        client = DiaryClient(transport, TOKEN)
        yield client
        client.close()


def record(home: Home, part: Part) -> Record:
    found = home.outbox.record(part.part_id)
    assert found is not None
    return found


def test_a_service_says_what_it_is(gateway: Gateway, service: FakeService) -> None:
    found = gateway.service()

    assert (found.epoch, found.key) == ("epoch-1", service.key)
    assert found.accepts("1.0")


def test_a_token_belongs_to_a_device(gateway: Gateway, home: Home) -> None:
    assert gateway.whoami().device == home.cache.device


def test_an_unknown_token_is_refused(gateway: Gateway, service: FakeService) -> None:
    service.tokens.clear()

    with pytest.raises(ServiceAuthError):
        gateway.whoami()


def test_a_part_gets_a_receipt_that_holds_and_the_same_one_again(
    gateway: Gateway, home: Home, service: FakeService
) -> None:
    part = home.record()
    sent = record(home, part)

    (first,) = gateway.send_parts([sent])
    (again,) = gateway.send_parts([sent])

    assert first.receipt is not None
    assert first.receipt.proves(ReceiptOf.PART, part.part_id, sent.digest, service.verify)
    assert again == first
    assert service.writes == [("part", part.part_id)]


def test_one_bad_part_of_a_batch_is_its_own_affair(
    gateway: Gateway, home: Home, service: FakeService
) -> None:
    good, erased = home.record(0), home.record(1)
    service.erased.add(erased.part_id)

    results = gateway.send_parts([record(home, erased), record(home, good)])

    assert [result.receipt is not None for result in results] == [False, True]
    assert results[0].problem is not None
    assert isinstance(results[0].problem.error, ErasedError)


def test_a_picture_gets_a_receipt_for_its_bytes(
    gateway: Gateway, home: Home, service: FakeService
) -> None:
    part = home.pictured()
    gateway.send_parts([record(home, part)])

    receipt = gateway.send_picture(part.part_id, 0, b"RIFF picture")

    digest = hashlib.sha256(b"RIFF picture").hexdigest()
    name = picture_name(part.part_id, 0)
    assert receipt.proves(ReceiptOf.IMAGE, name, digest, service.verify)


def test_a_picture_of_an_unknown_part_is_refused(gateway: Gateway, home: Home) -> None:
    part = home.pictured()

    with pytest.raises(NotFoundError):
        gateway.send_picture(part.part_id, 0, b"RIFF picture")


def test_a_report_of_a_problem_is_kept_once(gateway: Gateway, service: FakeService) -> None:
    report: dict[str, Json] = {"schema": 1, "id": "report-1", "text": "it flickers"}

    gateway.send_report(report)
    gateway.send_report(report)

    assert service.reports == {"report-1": report}


def test_an_amendment_gets_a_receipt_for_its_text(
    gateway: Gateway, home: Home, service: FakeService
) -> None:
    change = Describe((Key(Slot.containing(NINE), GLOBEX.contract_id),), memo="better")
    text = encode_amendment(amendment(change, device=home.cache.device))

    (result,) = gateway.send_amendments([text])

    assert result.receipt is not None
    assert result.receipt.proves(
        ReceiptOf.AMENDMENT, result.id, amendment_digest(text), service.verify
    )


def test_a_deleted_part_is_refused_from_then_on(gateway: Gateway, home: Home) -> None:
    part = home.record()
    change = Delete(parts=(part.part_id,), keys=(Key(part.slot, part.contract),))
    gateway.send_amendments([encode_amendment(amendment(change, device=home.cache.device))])

    (result,) = gateway.send_parts([record(home, part)])

    assert result.problem is not None
    assert isinstance(result.problem.error, ErasedError)


def test_changes_come_page_by_page(gateway: Gateway, service: FakeService) -> None:
    service.feed += [ContractChange(GLOBEX)] * 3

    first = gateway.changes(0)
    second = gateway.changes(first.next)

    assert (len(first.items), first.has_more) == (2, True)
    assert (len(second.items), second.has_more, second.next) == (1, False, 3)


def test_digests_name_what_is_there(gateway: Gateway, home: Home) -> None:
    parts = [home.record(0), home.pictured(1)]
    gateway.send_parts([record(home, part) for part in parts])
    gateway.send_picture(parts[1].part_id, 0, b"RIFF picture")
    (stream,) = home.outbox.streams()
    week = digest_week(Slot.containing(NINE + timedelta(0)))

    digests = gateway.digests(stream)
    held = gateway.held(stream, week)

    assert [(of.week, of.parts.count, of.pictures.count) for of in digests.weeks] == [(week, 2, 1)]
    assert {of.part: len(of.pictures) for of in held} == {
        parts[0].part_id: 0,
        parts[1].part_id: 1,
    }
