"""Canonical JSON, held to an independent implementation of RFC 8785."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from worklog.domain.canonical import (
    LARGEST_INTEGER,
    Json,
    canonical,
    parse,
    parse_json,
    printable,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
INTEGERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=300)
def test_the_form_is_that_of_rfc_8785(value: Json) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_was_written_is_read_back(value: Json) -> None:
    assert parse(canonical(value)) == value


def test_keys_are_in_the_order_of_utf_16() -> None:
    """An emoji is two units from D800 on, so it comes before U+FB33."""
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"😀":2,"\ufb33":1}'.encode()


def test_tuples_are_lists() -> None:
    assert canonical({"a": (1, (2,))}) == b'{"a":[1,[2]]}'


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1, "\ud800", {"\udfff": 1}, b"x"],
)
def test_what_other_readers_would_read_otherwise_is_refused(value: Json) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- several reasons
        canonical([value])


def test_a_key_is_text() -> None:
    with pytest.raises(ValueError, match="key"):
        canonical({1: 2})  # type: ignore[dict-item]  # what is refused


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"[1.0]",
        b"[1e2]",
        b"[NaN]",
        b'["\\u0061"]',
        b"[",
        b"\xff",
        b"[9007199254740992]",
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- several reasons
        parse(data)


def test_nesting_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="nested"):
        parse_json("[" * 100_000)


@pytest.mark.parametrize("text", [r'"\ud800"', r'{"a\uDFFF": 1}', r'["\ude00\ud83d"]'])
def test_lone_surrogates_are_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="surrogate"):
        parse_json(text)


def test_pairs_and_their_spelling_as_text_are_read() -> None:
    assert parse_json(r'"\ud83d\ude00 \\ud800"') == "😀 \\ud800"


def test_lone_surrogates_become_replacement_characters_and_pairs_are_joined() -> None:
    assert printable("caf\udce9 \ud83d\ude00 ok") == "caf\ufffd 😀 ok"
