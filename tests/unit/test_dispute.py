"""Disputes: who may take one where, and until when one may be opened (R27)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import utc
from worklog.domain.contract import Contract, Terms
from worklog.domain.dispute import (
    Dispute,
    Side,
    State,
    check_period,
    may_dispute_until,
    moved,
    moves,
)
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.errors import ConflictError, PolicyError, WorklogError

OPENED: Final = utc("2026-11-24 09:00")
LATER: Final = utc("2026-11-25 10:00")
SITE: Final = Contract(ContractId("c"), "site", service="https://diary.example")
WEEK: Final = SITE.week_at(utc("2026-11-18 09:00"))  # locks on Monday 23 at noon
FRESH: Final = Dispute("d", SITE.contract_id, Slot.containing(WEEK.start), "too long", OPENED)
ANSWERED: Final = moved(FRESH, Side.FREELANCER, State.ANSWERED, "it was a call", at=OPENED)
ENDS: Final = frozenset({State.WITHDRAWN, State.UPHELD, State.SETTLED})


def test_r27_the_freelancer_answers_and_may_mend_the_answer() -> None:
    assert (ANSWERED.state, ANSWERED.answer, ANSWERED.answered) == (
        State.ANSWERED,
        "it was a call",
        OPENED,
    )
    assert not ANSWERED.is_closed

    again = moved(ANSWERED, Side.FREELANCER, State.ANSWERED, "a call with Ada", at=LATER)

    assert (again.answer, again.answered) == ("a call with Ada", LATER)


def test_r27_the_client_withdraws_before_or_after_an_answer() -> None:
    for dispute in (FRESH, ANSWERED):
        ended = moved(dispute, Side.CLIENT, State.WITHDRAWN, "", at=LATER)

        assert (ended.state, ended.closed, ended.is_closed) == (State.WITHDRAWN, LATER, True)
        assert ended.answer == dispute.answer


def test_r27_the_client_settles_only_what_was_answered() -> None:
    with pytest.raises(ConflictError, match="The dispute is open: it cannot become settled"):
        moved(FRESH, Side.CLIENT, State.SETTLED, "half of it", at=LATER)

    ended = moved(ANSWERED, Side.CLIENT, State.SETTLED, "half of it", at=LATER)

    assert (ended.state, ended.outcome, ended.closed) == (State.SETTLED, "half of it", LATER)


def test_r27_the_freelancer_lets_it_stand_with_or_without_an_answer() -> None:
    for dispute in (FRESH, ANSWERED):
        assert moved(dispute, Side.FREELANCER, State.UPHELD, "", at=LATER).is_closed


@pytest.mark.parametrize(
    ("dispute", "side", "to", "who"),
    [
        (FRESH, Side.FREELANCER, State.WITHDRAWN, "client"),
        (ANSWERED, Side.FREELANCER, State.SETTLED, "client"),
        (FRESH, Side.CLIENT, State.ANSWERED, "freelancer"),
        (ANSWERED, Side.CLIENT, State.UPHELD, "freelancer"),
    ],
)
def test_no_side_makes_the_move_of_the_other(
    dispute: Dispute, side: Side, to: State, who: str
) -> None:
    with pytest.raises(PolicyError, match=f"Only the {who} may do that"):
        moved(dispute, side, to, "", at=LATER)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(Side), st.sampled_from(State), st.text(max_size=3)), max_size=8
    )
)
def test_whatever_both_try_a_closed_dispute_stays_as_it_ended(
    steps: list[tuple[Side, State, str]],
) -> None:
    """Property: only listed moves happen, and none leads out of an end."""
    now = FRESH
    for side, to, words in steps:
        allowed = to in moves(now, side)
        try:
            after = moved(now, side, to, words, at=LATER)
        except WorklogError:
            assert not allowed
            continue
        assert allowed
        assert not now.is_closed
        assert after.is_closed == (after.state in ENDS)
        assert (after.reason, after.slot, after.opened) == (now.reason, now.slot, now.opened)
        now = after


def test_nothing_moves_a_closed_dispute() -> None:
    ended = moved(FRESH, Side.CLIENT, State.WITHDRAWN, "", at=LATER)

    assert moves(ended, Side.CLIENT) == moves(ended, Side.FREELANCER) == frozenset()
    with pytest.raises(ConflictError, match="The dispute is withdrawn"):
        moved(ended, Side.CLIENT, State.WITHDRAWN, "", at=LATER)


def test_r27_a_week_may_be_disputed_from_its_lock_until_four_days_after() -> None:
    lock, end = utc("2026-11-23 12:00"), utc("2026-11-27 12:00")
    second = timedelta(seconds=1)
    assert may_dispute_until(SITE, WEEK) == end

    check_period(SITE, WEEK, lock)
    check_period(SITE, WEEK, end - second)

    with pytest.raises(ConflictError, match="The week is open"):
        check_period(SITE, WEEK, lock - second)
    with pytest.raises(PolicyError, match=r"ended .*27 November 2026"):
        check_period(SITE, WEEK, end)


def test_the_terms_say_how_long_a_week_may_be_disputed() -> None:
    long = Contract(
        ContractId("c"),
        "site",
        service="https://diary.example",
        terms=(Terms(dispute_period=timedelta(days=10)),),
    )

    assert may_dispute_until(long, WEEK) == utc("2026-12-03 12:00")


def test_a_week_that_never_locks_is_never_disputed() -> None:
    local = Contract(ContractId("c"), "mine")

    assert may_dispute_until(local, WEEK) is None
    with pytest.raises(ConflictError, match="The week is open"):
        check_period(local, WEEK, LATER)
