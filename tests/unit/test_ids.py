"""Ids are UUIDv7 as text."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, uuid7

entropies = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


@given(st.integers(0, 2**42), entropies)
def test_an_id_is_a_uuid_of_version_7(offset: int, entropy: bytes) -> None:
    instant = MONDAY + timedelta(milliseconds=offset)

    parsed = uuid.UUID(uuid7(instant, entropy))

    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == epoch_ms(instant)


@given(st.integers(0, 10**6), entropies, entropies)
def test_ids_sort_by_their_millisecond(offset: int, one: bytes, two: bytes) -> None:
    instant = MONDAY + timedelta(milliseconds=offset)

    assert uuid7(instant, one) < uuid7(instant + timedelta(milliseconds=1), two)


def test_t3_different_entropy_gives_different_ids() -> None:
    ids = {uuid7(MONDAY, bytes([number] * ENTROPY_BYTES)) for number in range(256)}

    assert len(ids) == 256


def test_an_id_needs_all_its_entropy() -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        uuid7(MONDAY, b"short")
