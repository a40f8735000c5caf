"""Past weeks under other terms: equal terms change nothing, and what would lack is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import all_contracts, folded
from tests.unit.test_billing import A1, GREEN, TERMS, by_hand, contract, segment
from worklog.domain.billing import bill
from worklog.domain.contract import Billing, Contract, Policy, Screenshots, TermsChanges
from worklog.domain.ids import ContractId
from worklog.domain.rehearsal import proposed, rehearse
from worklog.domain.segment import BilledSegment, Segment
from worklog.domain.timesheet import totals

Contracts = Mapping[ContractId, Contract]


@given(folded(), all_contracts, st.data())
def test_equal_terms_change_nothing(
    segments: tuple[Segment, ...], contracts: Contracts, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(contracts)))

    result = rehearse(segments, contracts, proposed(contracts[name], TermsChanges()))

    assert result.before == result.after
    for week in result.weeks:
        assert week.before == week.after
        assert week.unproven == week.by_hand == ()


@given(folded(), all_contracts, st.data())
def test_what_was_is_what_bills_and_weeks_add_up(
    segments: tuple[Segment, ...], contracts: Contracts, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(contracts)))
    live = [one for one in segments if not one.is_deleted]
    bills = bill(live, contracts)

    result = rehearse(
        segments, contracts, proposed(contracts[name], TermsChanges(billing=Billing.MINUTE))
    )

    own = [one for one in live if one.key.contract == name]
    assert result.before == totals(BilledSegment(one, bills[one.key]) for one in own)
    for side in ("before", "after"):
        seconds = [getattr(week, side).billed_seconds for week in result.weeks]
        assert getattr(result, side).billed_seconds == sum(seconds)


def test_another_rate_and_limit_are_told_in_money_and_hours() -> None:
    known = contract()
    changes = TermsChanges(rate=Decimal(90), weekly_limit=timedelta(minutes=20))

    (week,) = rehearse([segment(n) for n in range(6)], known, proposed(known[A1], changes)).weeks

    assert (week.before.billed_seconds, week.before.amounts) == (3600, {"EUR": Decimal("60.00")})
    assert (week.after.billed_seconds, week.after.amounts) == (1200, {"EUR": Decimal("30.00")})


def test_segments_without_a_picture_would_lack_their_proof() -> None:
    known = contract(replace(TERMS, allowance=timedelta()))
    policy = Policy(9, Screenshots.REQUIRED)

    (week,) = rehearse([segment()], known, proposed(known[A1], TermsChanges(policy=policy))).weeks

    assert week.unproven == (segment().key,)
    assert (week.before.billed_seconds, week.after.billed_seconds) == (600, 0)


def test_time_by_hand_would_not_have_been_allowed() -> None:
    known = contract()

    (week,) = rehearse(
        [segment(), by_hand(1)], known, proposed(known[A1], TermsChanges(manual_time=False))
    ).weeks

    assert week.by_hand == (by_hand(1).key,)


def test_dated_terms_stay_dated_and_a_policy_keeps_its_versions() -> None:
    later = replace(TERMS, since=TERMS.since + timedelta(days=7), policy=Policy(2, titles=False))
    known = contract(TERMS, later)[A1]

    found = proposed(known, TermsChanges(rate=Decimal(1), policy=Policy(7, Screenshots.FORBIDDEN)))

    assert [terms.since for terms in found.terms] == [TERMS.since, later.since]
    assert [terms.policy for terms in found.terms] == [
        Policy(1, Screenshots.FORBIDDEN),
        Policy(2, Screenshots.FORBIDDEN),
    ]
    assert {terms.rate for terms in found.terms} == {Decimal(1)}


def test_other_contracts_are_only_rivals() -> None:
    other = ContractId("a2")
    known = {**contract(), **contract(contract_id=other)}
    rival = segment(contract_id=other, activity=GREEN, seconds=300)

    result = rehearse([segment(), rival], known, proposed(known[other], TermsChanges()))

    assert result.before.billed_seconds == 0
    assert [week.before.billed_seconds for week in result.weeks] == [0]
