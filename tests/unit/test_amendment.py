"""Amendments: order, revocation, what is kept (R19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY
from worklog.domain.amendment import (
    FROZEN_BY_LOCK,
    REVOCABLE,
    Accept,
    Amendment,
    Change,
    Delete,
    Describe,
    DropSnapshot,
    ManualSpan,
    Redact,
    Revoke,
    Stamp,
    in_force,
)
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, DeviceId

DESCRIBE: Final = Describe((), memo="x")
NOW: Final = epoch_ms(MONDAY)


def amendment(name: str, change: Change = DESCRIBE, *, at: int = 0, counter: int = 0) -> Amendment:
    return Amendment(AmendmentId(name), Stamp(at, counter), "freelancer", DeviceId("d1"), change)


def revoke(name: str, *targets: str) -> Amendment:
    return amendment(name, Revoke(tuple(AmendmentId(target) for target in targets)))


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (0, 601)])
def test_manual_time_is_an_interval_of_its_slot(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no time of a slot"):
        ManualSpan(Slot(0), start, end)


def test_f29_a_stamp_never_falls_behind_even_if_the_wall_clock_does() -> None:
    stamp = Stamp(NOW, 3)

    assert stamp.next(MONDAY + timedelta(seconds=1)) == Stamp(NOW + 1000)
    assert stamp.next(MONDAY) == Stamp(NOW, 4)
    assert stamp.next(MONDAY - timedelta(hours=2)) == Stamp(NOW, 4)
    assert stamp.instant == MONDAY


@given(st.lists(st.integers(-5, 5), max_size=20))
def test_stamps_ascend_whatever_the_clock_does(steps: list[int]) -> None:
    stamps = [Stamp(NOW)]
    for step in steps:
        stamps.append(stamps[-1].next(MONDAY + timedelta(milliseconds=step)))

    assert all(one < two for one, two in pairwise(stamps))
    assert stamps == sorted(stamps)


def test_order_is_stamp_then_id() -> None:
    late, tied, first = amendment("a", at=2), amendment("c", at=1), amendment("b", at=1)
    counted = amendment("a2", at=1, counter=1)

    assert in_force([late, tied, counted, first]) == [first, tied, counted, late]


def test_doubles_of_an_id_count_once() -> None:
    assert in_force([amendment("a"), amendment("a")]) == [amendment("a")]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_revocation_holds_whichever_arrives_first(is_first: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    pair = [revoke("r", "a"), amendment("a")]

    assert in_force(pair if is_first else pair[::-1]) == []


def test_only_the_author_may_revoke() -> None:
    theirs = replace(revoke("r", "a"), author="client")

    assert in_force([amendment("a"), theirs]) == [amendment("a")]


@pytest.mark.parametrize("change", [Delete(), Redact(()), DropSnapshot(()), Accept(())])
def test_r20_erasure_cannot_be_revoked(change: Change) -> None:
    done = amendment("a", change)

    assert in_force([done, revoke("r", "a", "unseen")]) == [done]
    assert not isinstance(change, REVOCABLE)


def test_a_revocation_cannot_be_revoked() -> None:
    assert in_force([amendment("a"), revoke("r", "a"), revoke("s", "r")]) == []


def test_r23_the_lock_freezes_all_that_can_be_undone() -> None:
    assert set(FROZEN_BY_LOCK) == {*REVOCABLE, Revoke}
