"""Evidence: commitments, chains, and what erasing leaves (R20, R21, R32)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.cache_values import SLOT, capture, part, picture
from worklog.domain.amendment import Key
from worklog.domain.canonical import Json, canonical
from worklog.domain.evidence import (
    Broken,
    Erasures,
    Field,
    FieldState,
    Record,
    decode_fields,
    encode_fields,
    field_states,
    strip,
    verify_chain,
    without,
)
from worklog.domain.grid import Slot
from worklog.domain.ids import DeviceId, PartId
from worklog.domain.part import Part, Role
from worklog.wire.part import decode_part, erased_fields, fields_of, header_of

DEVICE = DeviceId("d1")
STREAM = "01932b00-0000-7000-8000-000000000055"


def sign(message: bytes) -> bytes:
    """Stand in for Ed25519: chains only ask whether a signature holds."""
    return hmac.digest(b"key", message, "sha256")


def verify(message: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(sign(message), signature)


def salts() -> Callable[[], bytes]:
    numbers = iter(range(1000))
    return lambda: next(numbers).to_bytes(32)


def sealed(whole: Part, sequence: int = 1, previous: str = "", stream: str = STREAM) -> Record:
    fields = fields_of(whole, salts())
    header = header_of(whole, fields, stream=stream, sequence=sequence, previous=previous)
    return Record(header, sign(header), encode_fields(fields))


def chain(count: int) -> list[Record]:
    records: list[Record] = []
    for number in range(1, count + 1):
        whole = part(number, slot=Slot(SLOT.index + number), device=DEVICE)
        previous = records[-1].digest if records else ""
        records.append(sealed(whole, number, previous))
    return records


def with_header(record: Record, **changes: Json) -> Record:
    header = canonical({**json.loads(record.header), **changes})
    return replace(record, header=header, signature=sign(header))


# --- commitments ----------------------------------------------------------------------


def test_r32_the_commitment_is_what_the_format_says() -> None:
    """Frozen: prefix, name, NUL, salt, canonical value, in SHA-256."""
    salt = bytes(range(32))

    commitment = Field(salt, {"zone": "UTC"}).commitment("clock")

    content = b"worklog part field 1\0clock\0" + salt + b'{"zone":"UTC"}'
    assert commitment == hashlib.sha256(content).hexdigest()


def test_r32_the_header_of_a_part_is_pinned() -> None:
    """Frozen: people's evidence is in this form for years."""
    shot = picture("screen")
    record = sealed(part(device=DEVICE, captures=(capture(shot),), marks=("crash",)))

    header = json.loads(record.header)
    assert header == {
        "v": 1,
        "kind": "part",
        "part": part(device=DEVICE).part_id,
        "device": "d1",
        "contract": "01932b00-0000-7000-8000-00000000ac3e",
        "slot": SLOT.index,
        "opened": 1794819600000,
        "sealed": 1794820200000,
        "spans": [[0, 600]],
        "marks": ["crash"],
        "stream": STREAM,
        "sequence": 1,
        "previous": "",
        "commitments": header["commitments"],
    }
    assert sorted(header["commitments"]) == [
        "application",
        "capture.0",
        "clock",
        "counts",
        "memos",
        "picture.0",
        "policy",
        "title",
    ]
    assert json.loads(record.fields)["memos"] == {
        "salt": header_salt(record, "memos"),
        "value": [["fixing bug", "dev"]],
    }
    assert b"fixing bug" not in record.header


def header_salt(record: Record, name: str) -> str:
    return decode_fields(record.fields)[name].salt.hex()


def test_the_same_value_commits_differently_each_time() -> None:
    one, other = (Field(bytes([n]) * 32, "x").commitment("title") for n in (1, 2))

    assert one != other


def test_the_name_is_part_of_the_commitment() -> None:
    field = Field(bytes(32), "x")

    assert field.commitment("title") != field.commitment("application")


def test_fields_survive_being_written() -> None:
    text = encode_fields(fields_of(part(device=DEVICE), salts()))

    assert encode_fields(decode_fields(text)) == text


@pytest.mark.parametrize("text", ["[]", '{"title":1}', '{"title":{"salt":"zz"}}', "{", "{1:2}"])
def test_damaged_fields_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- several reasons
        decode_fields(text)


# --- states and chains ----------------------------------------------------------------


def test_every_field_holds_until_it_is_erased() -> None:
    record = sealed(part(device=DEVICE))
    states = field_states(record)
    assert set(states.values()) == {FieldState.HOLDS}

    erased = replace(record, fields=without(record.fields, {"title"}.__contains__))

    assert field_states(erased) == {**states, "title": FieldState.ERASED}
    assert verify_chain([erased], verify, stream=STREAM) is None


def test_a_changed_or_foreign_field_is_broken() -> None:
    record = sealed(part(device=DEVICE))
    fields = decode_fields(record.fields)
    fields["title"] = replace(fields["title"], value="other.py")
    fields["extra"] = Field(bytes(32), 1)

    states = field_states(replace(record, fields=encode_fields(fields)))

    assert (states["title"], states["extra"]) == (FieldState.BROKEN, FieldState.BROKEN)


def test_a_chain_of_sealed_records_holds() -> None:
    assert verify_chain(chain(5), verify, stream=STREAM) is None
    assert verify_chain([], verify, stream=STREAM) is None


@pytest.mark.parametrize("position", [0, 1, 4])
def test_the_first_record_that_does_not_hold_is_named(position: int) -> None:
    records = chain(5)
    bad = records[position]
    records[position] = replace(bad, signature=bytes(32))

    assert verify_chain(records, verify, stream=STREAM) == Broken(
        json.loads(bad.header)["part"], position + 1, "its signature does not hold"
    )


def test_a_missing_record_is_noticed() -> None:
    records = chain(4)
    del records[1]

    broken = verify_chain(records, verify, stream=STREAM)

    assert broken is not None
    assert (broken.sequence, broken.reason) == (2, "record 2 is missing")


def test_records_of_two_histories_do_not_follow_each_other() -> None:
    one, other = chain(2), chain(1)
    other[0] = with_header(other[0], marks=["crash"])

    broken = verify_chain([other[0], one[1]], verify, stream=STREAM)

    assert broken is not None
    assert broken.reason == "it does not follow the record before it"


def test_a_record_of_another_stream_is_noticed() -> None:
    broken = verify_chain(chain(1), verify, stream="another")

    assert broken is not None
    assert broken.reason == "it belongs to another stream"


def test_a_changed_field_is_named() -> None:
    record = chain(1)[0]
    fields = decode_fields(record.fields)
    fields["counts"] = replace(fields["counts"], value={})
    fields["title"] = replace(fields["title"], value="other.py")

    broken = verify_chain([replace(record, fields=encode_fields(fields))], verify, stream=STREAM)

    assert broken is not None
    assert broken.reason == "changed since it was signed: counts, title"


@pytest.mark.parametrize(
    "header", [b"{", b"[]", b'{"part": 1}', b'{"part":"p1"}', b'{"part":"p1","v":1}']
)
def test_an_unreadable_header_does_not_hold(header: bytes) -> None:
    broken = verify_chain([Record(header, sign(header), "{}")], verify, stream=STREAM)

    assert broken is not None
    assert broken.reason.startswith("it cannot be read")


# --- erasing --------------------------------------------------------------------------

SCREEN, FACE = picture("screen"), picture("face")
FULL = part(
    device=DEVICE,
    captures=(capture(FACE, role=Role.CAMERA), capture(SCREEN), capture(SCREEN, monitor=1)),
)


@pytest.mark.parametrize(
    "erasures",
    [
        Erasures(),
        Erasures(parts=frozenset([FULL.part_id])),
        Erasures(rest=frozenset([(DEVICE, Key(SLOT, FULL.contract))])),
        Erasures(snapshots=frozenset([FULL.part_id])),
        Erasures(pictures=frozenset([(FULL.part_id, 1)])),
        Erasures(snapshots=frozenset([FULL.part_id]), pictures=frozenset([(FULL.part_id, 0)])),
        Erasures(parts=frozenset([PartId("another")])),
    ],
)
def test_erasing_fields_gives_the_stripped_part_and_the_chain_still_holds(
    erasures: Erasures,
) -> None:
    record = sealed(FULL)

    left = replace(record, fields=without(record.fields, erased_fields(record, erasures)))

    assert decode_part(left.header, left.fields) == strip(FULL, erasures)
    assert verify_chain([left], verify, stream=STREAM) is None
    again = without(left.fields, erased_fields(left, erasures))
    assert again == left.fields


def test_n5_a_deleted_part_keeps_neither_value_nor_salt() -> None:
    record = sealed(FULL)
    erasures = Erasures(parts=frozenset([FULL.part_id]))

    assert without(record.fields, erased_fields(record, erasures)) == "{}"


def test_a_redaction_destroys_the_digests_of_the_original() -> None:
    record = sealed(FULL)
    erasures = Erasures(pictures=frozenset([(FULL.part_id, 0)]))

    left = decode_fields(without(record.fields, erased_fields(record, erasures)))

    assert "picture.1" not in left
    assert "capture.1" in left
