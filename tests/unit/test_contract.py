"""Dated terms, billing weeks and how terms change (R16, R23, R30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import contracts, terms
from worklog.domain.contract import (
    LOCK_DELAY,
    WEEK_LENGTH,
    Billing,
    Contract,
    Policy,
    Screenshots,
    Terms,
    TermsChanges,
    Week,
    local_terms,
    revised,
)
from worklog.domain.grid import EPOCH, SLOT_LENGTH, Slot
from worklog.domain.ids import ContractId

MONDAY: Final = datetime(2026, 11, 23, tzinfo=UTC)
NOW: Final = MONDAY + timedelta(days=2, hours=10, minutes=4)
NEXT: Final = MONDAY + WEEK_LENGTH
TEN: Final = timedelta(hours=10)
BASE: Final = Terms(currency="EUR", rate=Decimal(50), weekly_limit=TEN)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def contract(*held: Terms) -> Contract:
    return Contract(ContractId("c"), "acme", terms=held or (BASE,))


def test_a_contract_has_terms_in_ascending_order() -> None:
    with pytest.raises(ValueError, match="ascending"):
        contract(replace(BASE, since=NOW), BASE)
    with pytest.raises(ValueError, match="has terms"):
        Contract(ContractId("c"), "acme", terms=())


def test_before_its_first_terms_a_contract_has_its_first_terms() -> None:
    one, two = replace(BASE, since=MONDAY), replace(BASE, since=NOW)
    both = contract(one, two)

    moments = MONDAY - TEN, MONDAY, NOW - timedelta(seconds=1), NOW, NEXT
    assert [both.terms_at(moment) for moment in moments] == [one, one, one, two, two]


@given(contracts(ContractId("a1")), instants)
def test_the_terms_at_an_instant_are_the_last_that_have_begun(
    drawn: Contract, instant: datetime
) -> None:
    begun = [held for held in drawn.terms if held.since <= instant]

    assert drawn.terms_at(instant) == (begun[-1] if begun else drawn.terms[0])


@given(terms(EPOCH), instants)
def test_r23_a_week_has_seven_days_from_its_weekday_and_hour(
    held: Terms, instant: datetime
) -> None:
    week = Week.containing(instant, held)

    assert week.start <= instant < week.end
    assert week.end - week.start == WEEK_LENGTH
    assert (week.start.weekday(), week.start.hour) == (held.week_start, held.week_hour)
    assert week.locks_at == week.end + LOCK_DELAY
    assert len(week.slots()) == 1008
    assert Slot(week.slots()[0]).start == week.start


@pytest.mark.parametrize(
    ("zone", "weekday", "hour"),
    [
        ("UTC", 0, 0),
        ("Europe/Berlin", 6, 23),
        ("America/New_York", 0, 5),
        ("Pacific/Auckland", 6, 11),
        ("Asia/Kathmandu", 6, 18),
    ],
)
def test_r23_a_local_week_begins_at_its_zones_monday_midnight_to_the_hour(
    zone: str, weekday: int, hour: int
) -> None:
    held = local_terms(ZoneInfo(zone), NOW)

    assert (held.week_start, held.week_hour) == (weekday, hour)
    begin = Week.containing(NOW, held).start.astimezone(ZoneInfo(zone))
    assert (begin.weekday(), begin.hour) in {(0, 0), (6, 23)}


def test_r30_a_policy_is_found_by_its_version_else_the_newest_holds() -> None:
    one, two = Policy(1), Policy(2, Screenshots.REQUIRED)
    both = contract(replace(BASE, policy=one), replace(BASE, policy=two, since=NOW))

    assert [both.policy(version) for version in (1, 2, 9)] == [one, two, two]


def test_where_the_billing_week_moves_terms_count_for_the_week_they_draw() -> None:
    low = replace(BASE, weekly_limit=TEN)
    moved = replace(BASE, since=NEXT, week_start=3, rate=Decimal(60), weekly_limit=2 * TEN)
    both = contract(low, moved)
    old, short = both.week_at(NEXT - TEN), both.week_at(NEXT)

    assert short == Week(MONDAY + timedelta(days=3))
    assert (both.price_of(old), both.limit_of(old)) == (low, TEN)
    assert (both.price_of(short), both.limit_of(short)) == (moved, 2 * TEN)


def test_a_week_that_no_terms_draw_has_those_of_its_start() -> None:
    assert contract().price_of(Week(MONDAY + timedelta(hours=1))) == BASE


def dated(changed: Contract) -> list[tuple[datetime, object]]:
    return [(held.since, held.weekly_limit) for held in changed.terms]


def test_r16_a_raised_limit_holds_from_the_start_of_the_week() -> None:
    assert dated(revised(contract(), NOW, weekly_limit=2 * TEN)) == [
        (EPOCH, TEN),
        (MONDAY, 2 * TEN),
    ]
    assert dated(revised(contract(), NOW, weekly_limit=None)) == [(EPOCH, TEN), (MONDAY, None)]


def test_r16_a_lower_limit_waits_for_the_next_week() -> None:
    unlimited = contract(replace(BASE, weekly_limit=None))

    assert dated(revised(contract(), NOW, weekly_limit=TEN / 2)) == [(EPOCH, TEN), (NEXT, TEN / 2)]
    assert dated(revised(unlimited, NOW, weekly_limit=TEN)) == [(EPOCH, None), (NEXT, TEN)]


def test_what_was_scheduled_gives_way_to_what_is_decided_later() -> None:
    scheduled = revised(contract(), NOW, weekly_limit=TEN / 2)

    assert revised(scheduled, NOW, weekly_limit=TEN) == contract()


def test_r16_another_rate_currency_billing_or_week_starts_with_the_next_week() -> None:
    changed = revised(
        contract(),
        NOW,
        rate=Decimal(70),
        currency="USD",
        billing=Billing.MINUTE,
        week_start=6,
        week_hour=5,
    )

    assert changed.terms == (
        BASE,
        replace(
            BASE,
            since=NEXT,
            rate=Decimal(70),
            currency="USD",
            billing=Billing.MINUTE,
            week_start=6,
            week_hour=5,
        ),
    )


def test_the_first_rate_of_a_contract_covers_the_week() -> None:
    free = contract(Terms(since=MONDAY - TEN))

    changed = revised(free, NOW, rate=Decimal(5), currency="EUR")

    week = changed.week_at(NOW)
    assert (changed.price_of(week).rate, changed.price_of(week).currency) == (Decimal(5), "EUR")


def test_other_terms_hold_from_the_current_slot() -> None:
    changed = revised(contract(), NOW, memo_required=True, manual_time=False)

    since = NOW - timedelta(minutes=4)
    assert changed.terms == (
        BASE,
        replace(BASE, since=since, memo_required=True, manual_time=False),
    )


def test_a_change_before_the_first_terms_begin_holds_for_them_too() -> None:
    young = contract(replace(BASE, since=NOW))

    changed = revised(young, NOW, label_required=True)

    assert [held.label_required for held in changed.terms] == [True]
    assert changed.terms_at(NOW - timedelta(minutes=4)).label_required


def test_r30_a_policy_that_changes_gets_the_next_number() -> None:
    strict = Policy(screenshots=Screenshots.REQUIRED)

    once = revised(contract(), NOW, policy=strict)
    twice = revised(once, NOW + SLOT_LENGTH, policy=replace(strict, titles=False))

    assert [held.policy.version for held in twice.terms] == [1, 2, 3]
    assert revised(once, NOW, policy=strict) == once


values: Final = {
    "currency": st.sampled_from(["EUR", "USD"]),
    "rate": st.none() | st.integers(1, 99).map(Decimal),
    "weekly_limit": st.none() | st.integers(0, 40).map(lambda hours: timedelta(hours=hours)),
    "billing": st.sampled_from(Billing),
    "memo_required": st.booleans(),
    "allowance": st.integers(0, 3).map(lambda hours: timedelta(hours=hours)),
    "locks": st.booleans(),
}


@st.composite
def steady(draw: st.DrawFn) -> Contract:
    """Draw a contract whose billing week stays where it is."""
    drawn = draw(contracts(ContractId("a1")))
    same = tuple(replace(held, week_start=0, week_hour=0) for held in drawn.terms)
    return replace(drawn, terms=same)


@given(steady(), st.integers(-9, 2000), st.fixed_dictionaries({}, optional=values))
def test_r16_a_revision_never_touches_the_money_of_what_is_past(
    drawn: Contract, slots: int, changes: TermsChanges
) -> None:
    now = MONDAY + slots * SLOT_LENGTH

    changed = revised(drawn, now, **changes)

    this = drawn.week_at(now)
    last = Week(this.start - WEEK_LENGTH)
    if last.end > drawn.terms[0].since:  # before it began there is no money to touch
        assert price(changed, last) == price(drawn, last)
    if this.end > drawn.terms[0].since:
        before, after = drawn.limit_of(this), changed.limit_of(this)
        assert after is None or (before is not None and after >= before)
        if drawn.price_of(this).rate is not None:
            assert changed.price_of(this).rate == drawn.price_of(this).rate
    far = changed.terms_at(this.end + WEEK_LENGTH + timedelta(days=30))
    assert all(getattr(far, name) == value for name, value in changes.items())


def price(drawn: Contract, week: Week) -> tuple[Decimal | None, str]:
    terms = drawn.price_of(week)
    return terms.rate, terms.currency


@given(steady(), st.integers(-9, 2000), st.fixed_dictionaries({}, optional=values))
def test_a_revision_made_twice_is_made_once(
    drawn: Contract, slots: int, changes: TermsChanges
) -> None:
    now = MONDAY + slots * SLOT_LENGTH

    once = revised(drawn, now, **changes)

    assert revised(once, now, **changes).terms_at(NEXT) == once.terms_at(NEXT)
