"""What is stored and sent comes back as it was; what is malformed is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import strategies as known
from tests.support.cache_values import ACME, NINE, SLOT, capture, part, picture, session
from worklog.domain.amendment import Amendment, Stamp, Unknown
from worklog.domain.canonical import parse_json
from worklog.domain.contract import Billing, Contract, Policy, Screenshots, Terms, WeekEvent
from worklog.domain.evidence import encode_fields
from worklog.domain.fold import fold
from worklog.domain.ids import AmendmentId, DeviceId, PartId
from worklog.domain.part import Part
from worklog.domain.session import Ending
from worklog.wire.amendment import decode_amendment, encode_amendment
from worklog.wire.contract import decode_contract, encode_contract
from worklog.wire.part import (
    content_of,
    decode_open_part,
    decode_part,
    encode_open_part,
    fields_of,
    header_of,
)
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.segment import decode_segment, encode_segment
from worklog.wire.session import decode_session, encode_session

DEVICE = DeviceId("d1")


def is_plain(whole: Part) -> bool:
    return not whole.is_erased


@given(known.parts().filter(is_plain))
def test_a_sealed_part_comes_back_as_it_was(whole: Part) -> None:
    fields = fields_of(whole, lambda: bytes(32))
    header = header_of(whole, fields, stream="s", sequence=1, previous="")

    assert decode_part(header, encode_fields(fields)) == whole


@given(known.parts().filter(is_plain))
def test_an_open_part_comes_back_as_it_was(whole: Part) -> None:
    assert decode_open_part(encode_open_part(whole)) == whole
    assert content_of(decode_open_part(encode_open_part(whole))) == content_of(whole)


def test_unknown_fields_do_not_disturb_the_known_ones() -> None:
    """A later version may commit to more; the text with them is kept as it is."""
    whole = part(device=DEVICE)
    fields = fields_of(whole, lambda: bytes(32))
    more = encode_fields(fields | {"camera-mood": fields["title"]})
    header = header_of(whole, fields, stream="s", sequence=1, previous="")

    assert decode_part(header, more) == whole


@given(st.data())
@settings(max_examples=150)
def test_an_amendment_comes_back_as_it_was(data: st.DataObject) -> None:
    parts = data.draw(st.lists(known.parts(), max_size=2))
    change = data.draw(known.changes(parts, []))
    made = Amendment(AmendmentId("a1"), Stamp(5, 2), "freelancer", DEVICE, change)

    text = encode_amendment(made)

    assert decode_amendment(text) == made
    assert encode_amendment(decode_amendment(text)) == text


def test_a_kind_of_a_later_version_is_kept_and_passed_on() -> None:
    text = (
        '{"author":"freelancer","change":{"mood":"good","n":[1,2]},"device":"d1","id":"a1",'
        '"kind":"mood","stamp":[5,2],"v":1}'
    )

    made = decode_amendment(text)

    assert made.change == Unknown("mood", '{"mood":"good","n":[1,2]}')
    assert encode_amendment(made) == text


def test_a_known_kind_of_a_later_format_has_no_effect_here() -> None:
    text = (
        '{"author":"x","change":{"targets":"all"},"device":"d1","id":"a1",'
        '"kind":"describe","stamp":[5,2],"v":2}'
    )

    assert decode_amendment(text).change == Unknown("describe", '{"targets":"all"}')


@given(st.data())
@settings(max_examples=60)
def test_a_segment_comes_back_as_it_was(data: st.DataObject) -> None:
    parts = [
        replace(data.draw(known.parts()), part_id=PartId(f"p{n}"))
        for n in range(data.draw(st.integers(0, 3)))
    ]
    changes = data.draw(st.lists(known.changes(parts, []), max_size=3))
    made = [
        Amendment(AmendmentId(f"a{n}"), Stamp(n), "freelancer", DEVICE, change)
        for n, change in enumerate(changes)
    ]

    for key, segment in fold(parts, made).items():
        text = encode_segment(segment)
        assert decode_segment(key.slot.index, key.contract, text) == segment


FULL_TERMS = Terms(
    since=NINE,
    currency="EUR",
    rate=Decimal("87.50"),
    weekly_limit=timedelta(hours=40),
    billing=Billing.MINUTE,
    week_start=6,
    week_hour=5,
    locks=True,
    manual_time=False,
    memo_required=True,
    label_required=True,
    allowance=timedelta(minutes=30),
    policy=Policy(3, Screenshots.REQUIRED, titles=False, pixelate=8),
    retention=timedelta(days=30),
    dispute_period=timedelta(days=2),
)


@pytest.mark.parametrize(
    "contract",
    [
        ACME,
        Contract(
            ACME.contract_id,
            "acme",
            client="Acme Inc",
            title="Site",
            labels=("dev", "ops"),
            service="https://diary.example",
            terms=(Terms(), FULL_TERMS),
            is_archived=True,
            events=(WeekEvent(NINE, NINE + timedelta(days=8), is_open=True),),
        ),
    ],
)
def test_a_contract_comes_back_as_it_was(contract: Contract) -> None:
    assert decode_contract(encode_contract(contract)) == contract


def test_terms_from_before_there_was_retention_have_the_usual_one() -> None:
    text = encode_contract(ACME)
    older = text.replace('"retention":7776000,', "").replace('"dispute_period":345600,', "")

    assert older != text
    assert decode_contract(older) == ACME


def test_a_session_comes_back_as_it_was() -> None:
    running = session()
    ended = replace(running, ended=NINE + timedelta(hours=1), ending=Ending.HANG_UP)

    for one in (running, ended):
        assert decode_session(Reader(encode_session(one), "session")) == one


# --- what is malformed ----------------------------------------------------------------


def broken(text: str, **members: object) -> str:
    content = json.loads(text) | members
    return json.dumps({name: value for name, value in content.items() if value != "gone"})


OPEN = encode_open_part(part(device=DEVICE, captures=(capture(picture("x")),)))
FIELDS = json.loads(OPEN)["fields"]


@pytest.mark.parametrize(
    "members",
    [
        {"v": 2},
        {"kind": "part"},
        {"part": 5},
        {"part": "gone"},
        {"slot": True},
        {"slot": SLOT.index + 1},
        {"opened": -1},
        {"opened": 10**15},
        {"spans": "x"},
        {"spans": [[0]]},
        {"spans": [[0, True]]},
        {"spans": [[0, 601]]},
        {"marks": [1]},
        {"fields": []},
        {"fields": FIELDS | {"memos": []}},
        {"fields": FIELDS | {"policy": "1"}},
        {"fields": FIELDS | {"counts": {}}},
        {"fields": FIELDS | {"counts": FIELDS["counts"] | {"keys": [True] * 10}}},
        {"fields": FIELDS | {"counts": FIELDS["counts"] | {"active": [1] * 10}}},
        {"fields": FIELDS | {"counts": FIELDS["counts"] | {"keys": [1]}}},
        {"fields": FIELDS | {"clock": FIELDS["clock"] | {"state": "melted"}}},
        {"fields": FIELDS | {"capture.0": FIELDS["capture.0"] | {"state": "painted"}}},
        {"fields": FIELDS | {"capture.0": FIELDS["capture.0"] | {"covered": 1001}}},
        {"fields": FIELDS | {"capture.0": FIELDS["capture.0"] | {"covered": -1}}},
        {"fields": FIELDS | {"capture.x": FIELDS["capture.0"]}},
        {"fields": FIELDS | {"title": 7}},
    ],
)
def test_a_malformed_part_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        decode_open_part(broken(OPEN, **members))


@pytest.mark.parametrize("text", ["", "[]", "{", "1.5", '"x"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        decode_open_part(text)
    with pytest.raises(MalformedError):
        decode_amendment(text)
    with pytest.raises(MalformedError):
        decode_contract(text)


def test_a_sealed_part_with_unreadable_header_or_fields_is_refused() -> None:
    for header, fields in ((b"{", "{}"), (b"\xff", "{}"), (b"{}", "["), (b"{}", "{}")):
        with pytest.raises(MalformedError):
            decode_part(header, fields)


AMENDMENT = (
    '{"author":"x","change":{"start":1,"end":2},"device":"d1","id":"a1","kind":"idle",'
    '"stamp":[5,2],"v":1}'
)


@pytest.mark.parametrize(
    "members",
    [
        {"stamp": [1]},
        {"stamp": ["a", 1]},
        {"change": "gone"},
        {"change": 5},
        {"kind": "choose", "change": {"contract": "c", "slots": "x"}},
        {
            "kind": "manual",
            "change": {
                "contract": "c",
                "spans": [[1, 5, 5]],
                "memo": "",
                "label": "",
                "origin": "manual",
            },
        },
        {"kind": "redact", "change": {"pictures": [1]}},
    ],
)
def test_a_malformed_amendment_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        decode_amendment(broken(AMENDMENT, **members))


CONTRACT = encode_contract(ACME)
TERMS = json.loads(CONTRACT)["terms"][0]


@pytest.mark.parametrize(
    "members",
    [
        {"terms": []},
        {"terms": [TERMS, TERMS]},
        {"terms": [TERMS | {"rate": "cheap"}]},
        {"terms": [TERMS | {"billing": "gut feeling"}]},
        {"archived": 1},
        {"labels": [1]},
    ],
)
def test_a_malformed_contract_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        decode_contract(broken(CONTRACT, **members))


def test_a_session_with_an_unknown_ending_is_refused() -> None:
    content = encode_session(replace(session(), ended=NINE, ending=Ending.STOP))

    with pytest.raises(MalformedError, match="ending"):
        decode_session(Reader({**content, "ending": "boredom"}, "session"))


def test_the_text_of_a_part_is_json_that_anybody_can_read() -> None:
    assert parse_json(OPEN) == json.loads(OPEN)
