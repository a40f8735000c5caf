"""Messages of sync come back as they were; what is malformed or too much is refused."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklog.domain.canonical import Json, canonical
from worklog.domain.contract import Contract
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, PartId, StreamId
from worklog.errors import (
    LockedError,
    ServiceProtocolError,
    ServiceRejectedError,
    ServiceUnreachableError,
    registry,
)
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.account import (
    DeviceCode,
    DeviceRequest,
    Service,
    Whoami,
    decode_device_code,
    decode_device_request,
    decode_service,
    decode_whoami,
    encode_device_code,
    encode_device_request,
    encode_service,
    encode_whoami,
)
from worklog.wire.sync.changes import (
    AmendmentChange,
    Change,
    ChangesPage,
    ContractChange,
    Erased,
    ErasureChange,
    UnknownChange,
    decode_change,
    decode_changes,
    encode_change,
    encode_changes,
)
from worklog.wire.sync.digests import (
    Digest,
    HeldPart,
    StreamDigests,
    WeekDigest,
    decode_digests,
    decode_held,
    digest_week,
    encode_digests,
    encode_held,
    slots_of_week,
)
from worklog.wire.sync.messages import (
    DEEPEST,
    LARGEST_MESSAGE,
    protocol_error,
    read_hex,
    read_message,
)
from worklog.wire.sync.receipts import (
    Receipt,
    ReceiptOf,
    SignedReceipt,
    decode_receipt,
    encode_receipt,
    key_id,
)
from worklog.wire.sync.results import (
    Problem,
    Result,
    decode_problem,
    decode_results,
    encode_problem,
    encode_results,
)
from worklog.wire.sync.uploads import (
    amendment_digest,
    amendment_id,
    decode_amendments,
    decode_parts,
    decode_upload,
    encode_amendments,
    encode_parts,
    packed,
    picture_name,
)

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DIGEST = hashlib.sha256(b"x").hexdigest()
RECEIPT = Receipt(ReceiptOf.PART, "p", DIGEST, NOON, "e", "k")
SIGNED = SignedReceipt(RECEIPT.content, bytes(64))


def read(value: Json) -> Reader:
    return read_message(canonical(value), "message")


# --- Reading ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff{}",
        b'{"a":1.5}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b"[" * 33 + b"]" * 33,
        b"[" * 200_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b" " * LARGEST_MESSAGE + b"{}",
        b'"\\"' * 300_000,
        b'{"a":"\\',
    ],
)
def test_what_is_no_message_is_refused_quickly(data: bytes) -> None:
    """T13, T22: size and depth are looked at before anything is built."""
    with pytest.raises(MalformedError):
        read_message(data, "message")


def test_brackets_inside_of_text_are_no_nesting() -> None:
    text = '[{"\\' * 100

    assert read({"a": text}).text("a") == text
    assert read({"a": [[[]]] * 50}).items("a")


def test_depth_is_allowed_up_to_its_limit() -> None:
    most = b'{"a":' * DEEPEST + b"1" + b"}" * DEEPEST

    assert "a" in read_message(most, "message")


@given(st.binary(max_size=60))
def test_hex_is_read_as_written(data: bytes) -> None:
    assert read_hex(read({"a": data.hex()}), "a", len(data)) == data


@pytest.mark.parametrize("text", ["", "0", "000", "zz", "AB", "0x"])
def test_other_hex_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        read_hex(read({"a": text}), "a", 1)


# --- Uploads ----------------------------------------------------------------------------


def test_uploads_come_back_as_they_were() -> None:
    records = [Record(b'{"v":1}', bytes(range(64)), '{"ä":1}'), Record(b"{}", bytes(64), "{}")]

    read_back = decode_parts(read_message(encode_parts(records), "parts"))

    assert [decode_upload(reader) for reader in read_back] == records


def test_text_that_is_no_text_is_refused() -> None:
    lone = Reader({"header": "\ud800", "signature": "00" * 64, "fields": ""}, "part")

    with pytest.raises(MalformedError):
        decode_upload(lone)


def test_batches_have_limits() -> None:
    with pytest.raises(MalformedError):
        decode_parts(Reader({"parts": [{}] * 201}, "parts"))
    with pytest.raises(MalformedError):
        decode_amendments(Reader({"amendments": [""] * 501}, "amendments"))
    texts = ("a", "b")
    message = read_message(encode_amendments(texts), "amendments")
    assert decode_amendments(message) == texts


@given(st.lists(st.integers(1, 600_000), max_size=40), st.integers(1, 9))
def test_packing_keeps_everything_in_order_and_within_the_limits(
    sizes: list[int], most: int
) -> None:
    runs = list(packed(sizes, most=most))

    assert [n for run in runs for n in run] == list(range(len(sizes)))
    assert all(1 <= len(run) <= most for run in runs)
    assert all(len(run) == 1 or sum(sizes[n] for n in run) < LARGEST_MESSAGE for run in runs)


def test_an_item_that_is_too_large_goes_alone() -> None:
    assert list(packed([10, 2 << 20, 10], most=9)) == [range(1), range(1, 2), range(2, 3)]


# --- Receipts ---------------------------------------------------------------------------


def test_a_receipt_proves_what_it_names_and_nothing_else() -> None:
    part = ReceiptOf.PART

    assert decode_receipt(read(encode_receipt(SIGNED))) == SIGNED
    assert SIGNED.receipt == RECEIPT
    assert SIGNED.proves(part, "p", DIGEST, lambda *_: True)
    assert not SIGNED.proves(part, "p", DIGEST, lambda *_: False)
    assert not SIGNED.proves(part, "q", DIGEST, lambda *_: True)
    assert not SIGNED.proves(ReceiptOf.IMAGE, "p", DIGEST, lambda *_: True)
    broken = SignedReceipt("{}", bytes(64))
    assert not broken.proves(part, "p", DIGEST, lambda *_: True)
    assert picture_name(PartId("p"), 2) == "p/2"
    assert len(key_id(bytes(32))) == 32


@pytest.mark.parametrize(
    ("name", "value"), [("v", 2), ("kind", "x"), ("of", "x"), ("digest", "00"), ("received", -1)]
)
def test_a_receipt_of_another_form_is_none(name: str, value: Json) -> None:
    reader = Reader.of_text(RECEIPT.content, "receipt")
    content = canonical({**{n: reader.value(n) for n in reader.names()}, name: value}).decode()

    with pytest.raises(MalformedError):
        decode_receipt(read({"receipt": content, "signature": "00" * 64}))


# --- Problems ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", registry())
def test_an_error_comes_out_on_the_other_side_as_itself(kind: type[Exception]) -> None:
    error = kind("what", hint="do it")  # type: ignore[call-arg]

    problem = Problem.of(error)  # type: ignore[arg-type]
    back = decode_problem(read(encode_problem(problem))).error

    assert type(back) is kind
    assert (str(back), back.hint) == ("what", "do it")


def test_a_code_of_a_later_version_is_a_refusal_or_passing() -> None:
    refusal = Problem("later", 422, "")
    passing = Problem("later", 503, "", title="Busy")

    assert isinstance(refusal.error, ServiceRejectedError)
    assert str(refusal.error) == "HTTP 422"
    assert isinstance(passing.error, ServiceUnreachableError)
    assert str(passing.error) == "Busy"
    assert (refusal.is_passing, passing.is_passing) == (False, True)


# --- Results ----------------------------------------------------------------------------


def test_results_come_back_as_they_were() -> None:
    results = (
        Result("a", receipt=SIGNED),
        Result("b", problem=Problem.of(LockedError("no", hint=None))),
    )

    assert decode_results(read(encode_results(results))) == results
    with pytest.raises(ValueError, match="a receipt or a problem"):
        encode_results([Result("c")])


# --- Changes ----------------------------------------------------------------------------

CHANGES: tuple[Change, ...] = (
    ContractChange(Contract(ContractId("c"), "acme"), is_member=False),
    AmendmentChange('{"v":1}'),
    ErasureChange(PartId("p"), Erased.TITLE),
)


def test_changes_come_back_as_they_were() -> None:
    items = [encode_change(change) for change in CHANGES]
    page = encode_changes(epoch="e", following=9, has_more=True, items=items)

    assert decode_changes(read(page)) == ChangesPage("e", 9, True, CHANGES)


def test_a_change_of_a_later_version_is_passed_over() -> None:
    assert decode_change(read({"kind": "later"})) == UnknownChange("later")
    with pytest.raises(ValueError, match="later"):
        encode_change(UnknownChange("later"))


def test_known_changes_are_read_strictly() -> None:
    erasure = encode_change(CHANGES[2])
    with pytest.raises(MalformedError):
        decode_change(read({**erasure, "what": "everything"}))
    with pytest.raises(MalformedError):
        decode_changes(read({"epoch": "e", "next": -1, "more": False, "items": []}))


# --- Digests ----------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=4), unique=True, max_size=8), st.randoms())
def test_equal_sets_have_equal_digests(names: list[bytes], random: object) -> None:
    digests = [hashlib.sha256(name).hexdigest() for name in names]
    shuffled = sorted(digests)

    assert Digest.of(digests) == Digest.of(shuffled)
    assert not names or Digest.of(digests[1:]) != Digest.of(digests)
    del random


def test_weeks_of_digests_are_monday_to_sunday() -> None:
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    week = digest_week(Slot.containing(monday))

    assert digest_week(Slot.containing(monday - timedelta(seconds=1))) == week - 1
    assert digest_week(Slot.containing(monday + timedelta(days=6, hours=23))) == week
    assert slots_of_week(week).start == Slot.containing(monday).index
    assert len(slots_of_week(week)) == 7 * 144


def test_digests_come_back_as_they_were() -> None:
    digests = StreamDigests(
        "e",
        StreamId("s"),
        (WeekDigest(3, Digest.of([DIGEST])),),
        Digest.of([DIGEST, "0" * 64]),
    )
    held = (HeldPart(PartId("p"), DIGEST, ((0, DIGEST), (2, DIGEST))),)

    assert decode_digests(read(encode_digests(digests))) == digests
    assert decode_held(read(encode_held("e", held))) == ("e", held)


# --- The service and the account --------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "is_accepted"),
    [
        ("0.1", True),
        ("0.1.0", True),
        ("0.9.9.dev1", True),
        ("1.9", True),
        ("2.0", False),
        ("2", False),
        ("10", False),
        ("0.0.9", False),
        ("", False),
        ("x", False),
    ],
)
def test_a_service_accepts_a_range_of_trackers(version: str, *, is_accepted: bool) -> None:
    service = Service("n", "e", bytes(32), "1", "0.1", "2", NOON)

    assert service.accepts(version) is is_accepted


def test_a_service_without_an_upper_end_accepts_what_is_to_come() -> None:
    assert Service("n", "e", bytes(32), "1", "", "", NOON).accepts("99.1")


def test_what_is_said_of_service_and_account_comes_back() -> None:
    service = Service("n", "e", bytes(32), "1", "0.1", "", NOON, (1, 2))
    who = Whoami("u", "ann", "d", "desk", ("ingest",), "e")
    code = DeviceCode("d", "u", "https://x", "https://x?c", 600, 5)
    request = DeviceRequest("d", bytes(32), "desk", "host", "0.1")

    assert decode_service(read(encode_service(service))) == service
    assert decode_whoami(read(encode_whoami(who))) == who
    assert decode_device_code(read(encode_device_code(code))) == code
    assert decode_device_request(read(encode_device_request(request))) == request


def test_amendments_are_known_by_id_and_digest() -> None:
    assert amendment_id('{"id":"a"}') == "a"
    assert amendment_digest("x") == DIGEST
    with pytest.raises(ServiceProtocolError):
        protocol_error("receipt", ValueError("x"))
