"""Billing, held to its reference and to the sentences of R14 to R18."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.support.reference import EXPONENTS, ReferenceBill, verdicts
from tests.support.strategies import MONDAY, SERVICES, all_contracts, folded
from worklog.domain.activity import Activity
from worklog.domain.amendment import Key
from worklog.domain.billing import bill, billable_seconds, is_unproven
from worklog.domain.contract import Billing, Contract, Policy, Screenshots, Terms, Week
from worklog.domain.grid import SLOT_LENGTH, Slot
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.domain.part import Capture, CaptureState, Role
from worklog.domain.segment import Bill, ManualTime, Origin, Picture, Reason, Segment

A1: Final = ContractId("a1")
A2: Final = ContractId("a2")
HOME: Final = ContractId("l1")
GREEN: Final = Activity.of_counts([(3, 1, 0)] * 10)
THREE: Final = Activity.of_counts([(1, 0, 0)] * 3 + [(0, 0, 0)] * 7)
QUIET: Final = Activity.of_counts([(0, 0, 0)] * 10)
BLIND: Final = Activity()
TERMS: Final = Terms(currency="EUR", rate=Decimal(60))

Contracts = Mapping[ContractId, Contract]


def contract(
    *terms: Terms, contract_id: ContractId = A1, service: str = "https://a.example"
) -> dict[ContractId, Contract]:
    return {
        contract_id: Contract(contract_id, contract_id, service=service, terms=terms or (TERMS,))
    }


def slot(number: int) -> Slot:
    """Return a slot of the week that begins on MONDAY."""
    return Slot(Slot.containing(MONDAY).index + number)


def segment(
    number: int = 0, contract_id: ContractId = A1, activity: Activity = GREEN, seconds: int = 600
) -> Segment:
    tracked = ((0, seconds),) if seconds else ()
    return Segment(Key(slot(number), contract_id), tracked=tracked, activity=activity, policy=1)


def by_hand(number: int = 0, contract_id: ContractId = A1, end: int = 600) -> Segment:
    time = ManualTime(AmendmentId("m"), 0, end, "call", "", Origin.MANUAL)
    return Segment(Key(slot(number), contract_id), origin=Origin.MANUAL, manual=(time,))


def told(bills: Mapping[Key, Bill]) -> list[tuple[int, str]]:
    return [(b.seconds // 60, b.reason.value) for b in bills.values()]


# --- Properties -----------------------------------------------------------------------


@given(folded(), all_contracts)
def test_billing_agrees_with_its_reference(
    segments: tuple[Segment, ...], contracts: Contracts
) -> None:
    bills = bill(segments, contracts)

    reference = ReferenceBill(segments, contracts)
    assert verdicts(bills) == {
        key: (reference.seconds[key], reference.reasons[key]) for key in reference.segments
    }
    money: defaultdict[tuple[ContractId, Week], list[Bill]] = defaultdict(list)
    for key, one in bills.items():
        money[key.contract, reference.week(key)].append(one)
    for (contract_id, week), lines in money.items():
        total = reference.amount(contract_id, week)
        _check_amounts(lines, total, reference.terms_of(contract_id, week)[0])


def _check_amounts(lines: list[Bill], total: int | None, price: Terms) -> None:
    """R18: lines add up to the week's rounding, each within a minor unit of its share."""
    if total is None:
        assert {(line.amount, line.currency) for line in lines} == {(None, "")}
        return
    unit = Fraction(1, 10 ** EXPONENTS[price.currency])
    amounts = [Fraction(line.amount) for line in lines if line.amount is not None]
    assert len(amounts) == len(lines)
    assert sum(amounts) == total * unit
    seconds = sum(line.seconds for line in lines)
    for line, amount in zip(lines, amounts, strict=True):
        share = total * unit * line.seconds / seconds if seconds else Fraction()
        assert abs(amount - share) < unit
        assert line.currency == price.currency


@given(folded(), all_contracts, st.randoms(use_true_random=False))
def test_billing_does_not_ask_in_which_order_segments_come(
    segments: tuple[Segment, ...], contracts: Contracts, random: Random
) -> None:
    shuffled = list(segments)
    random.shuffle(shuffled)

    assert bill(shuffled, contracts) == bill(segments, contracts)


@given(folded(), all_contracts)
def test_n4_t14_no_slot_bills_twice_within_a_service(
    segments: tuple[Segment, ...], contracts: Contracts
) -> None:
    bills = bill(segments, contracts)

    places = [(key.slot, SERVICES[key.contract]) for key, one in bills.items() if one.seconds]
    assert len(places) == len(set(places))


@given(folded(), all_contracts)
def test_r16_billed_time_never_exceeds_the_limit(
    segments: tuple[Segment, ...], contracts: Contracts
) -> None:
    billed: defaultdict[tuple[ContractId, Week], timedelta] = defaultdict(timedelta)
    for key, one in bill(segments, contracts).items():
        week = contracts[key.contract].week_at(key.slot.start)
        billed[key.contract, week] += timedelta(seconds=one.seconds)

    for (contract_id, week), time in billed.items():
        limit = contracts[contract_id].limit_of(week)
        assert limit is None or time <= limit


@given(folded(), all_contracts)
def test_seconds_are_billed_exactly_where_the_reason_says_so(
    segments: tuple[Segment, ...], contracts: Contracts
) -> None:
    for one in bill(segments, contracts).values():
        assert (one.seconds > 0) == (one.reason is Reason.BILLED)
        assert 0 <= one.seconds <= 600


@given(folded(), all_contracts)
def test_r23_bills_that_are_settled_stand_and_the_rest_is_as_it_was(
    segments: tuple[Segment, ...], contracts: Contracts
) -> None:
    once = bill(segments, contracts)

    assert bill(segments, contracts, settled=once) == once


# --- R14 ------------------------------------------------------------------------------


def test_r14_an_eligible_segment_bills_ten_minutes_however_short() -> None:
    assert told(bill([segment(seconds=1, activity=THREE)], contract())) == [(10, "billed")]


def test_r14_or_its_green_minutes() -> None:
    terms = replace(TERMS, billing=Billing.MINUTE)

    assert told(bill([segment(activity=THREE)], contract(terms))) == [(3, "billed")]


def test_r14_time_without_boxes_bills_the_minutes_that_it_touches() -> None:
    terms = replace(TERMS, billing=Billing.MINUTE)

    assert billable_seconds(segment(activity=BLIND, seconds=61), terms) == 120
    assert billable_seconds(by_hand(end=300), terms) == 300


def test_r14_known_zeros_without_a_green_box_are_idle() -> None:
    assert told(bill([segment(activity=QUIET)], contract())) == [(0, "idle")]


def test_r14_a_deleted_segment_does_not_bill() -> None:
    assert told(bill([replace(segment(), is_deleted=True)], contract())) == [(0, "deleted")]


def test_no_time_at_all_bills_nothing_even_where_input_is_unknown() -> None:
    assert told(bill([segment(activity=BLIND, seconds=0)], contract())) == [(0, "idle")]


def test_r24_f61_late_time_bills_once_accepted() -> None:
    late = replace(segment(), is_late=True)

    assert told(bill([late], contract())) == [(0, "late")]
    assert told(bill([replace(late, is_accepted=True)], contract())) == [(10, "billed")]


# --- R15 ------------------------------------------------------------------------------


def winner(one: Segment, other: Segment) -> str:
    """Return which of two segments of one slot and service bills."""
    contracts = contract() | contract(contract_id=A2)
    bills = bill([one, other], contracts)
    assert sorted(b.reason for b in bills.values()) == ["billed", "shared"]
    return next(key.contract for key, b in bills.items() if b.seconds)


def test_r15_proven_goes_before_unproven() -> None:
    assert winner(segment(activity=BLIND), segment(contract_id=A2, seconds=1)) == "a2"


def test_r15_tracked_goes_before_manual() -> None:
    assert winner(by_hand(), segment(contract_id=A2, activity=BLIND, seconds=1)) == "a2"


def test_r15_longer_tracked_time_goes_first() -> None:
    assert winner(segment(seconds=300), segment(contract_id=A2, seconds=301)) == "a2"


def test_r15_then_the_earlier_first_instant() -> None:
    early, late = slot(0).start, slot(0).start + timedelta(seconds=1)
    one = replace(segment(), first=late)

    assert winner(one, replace(segment(contract_id=A2), first=early)) == "a2"


def test_r15_then_the_contract_id() -> None:
    assert winner(segment(contract_id=A2), segment()) == "a1"


def test_r15_a_choice_beats_everything_that_is_eligible() -> None:
    chosen = replace(segment(contract_id=A2, activity=BLIND, seconds=1), is_chosen=True)

    assert winner(segment(), chosen) == "a2"


def test_r15_a_choice_of_what_cannot_bill_changes_nothing() -> None:
    chosen = replace(segment(contract_id=A2, activity=QUIET), is_chosen=True)

    bills = bill([segment(), chosen], contract() | contract(contract_id=A2))

    assert told(bills) == [(10, "billed"), (0, "idle")]


def test_r15_services_do_not_contest_each_other_and_local_contracts_are_one() -> None:
    contracts = (
        contract()
        | contract(contract_id=HOME, service="")
        | contract(contract_id=ContractId("l2"), service="")
    )
    rows = [segment(), segment(contract_id=HOME), segment(contract_id=ContractId("l2"))]

    assert told(bill(rows, contracts)) == [(10, "billed"), (10, "billed"), (0, "shared")]


def test_r15_only_the_winner_uses_the_limit() -> None:
    limited = contract(replace(TERMS, weekly_limit=timedelta(minutes=10)))
    contracts = limited | contract(contract_id=A2)
    rows = [segment(0, seconds=1), segment(0, A2), segment(1)]

    assert told(bill(rows, contracts)) == [(0, "shared"), (10, "billed"), (10, "billed")]


# --- R17 ------------------------------------------------------------------------------


def test_r17_unproven_time_bills_within_the_weekly_allowance_in_time_order() -> None:
    terms = replace(TERMS, allowance=timedelta(minutes=25))
    rows = [segment(number, activity=BLIND) for number in (3, 2, 1, 0)]

    assert told(bill(rows, contract(terms))) == [
        (10, "billed"),
        (10, "billed"),
        (5, "billed"),
        (0, "unproven"),
    ]


def test_r17_the_allowance_is_an_hour_by_default() -> None:
    rows = [segment(number, activity=BLIND) for number in range(7)]

    assert [minutes for minutes, _ in told(bill(rows, contract()))] == [10] * 6 + [0]


def test_r17_accepted_unproven_time_bills_beyond_the_allowance_and_leaves_it_alone() -> None:
    terms = replace(TERMS, allowance=timedelta(minutes=10))
    rows = [segment(number, activity=BLIND) for number in range(3)]
    rows[0] = replace(rows[0], is_accepted=True)

    reasons = [reason for _, reason in told(bill(rows, contract(terms)))]

    assert reasons == ["billed", "billed", "unproven"]


def test_r17_local_contracts_bill_it() -> None:
    terms = replace(TERMS, allowance=timedelta())
    local = contract(terms, service="")

    assert told(bill([segment(activity=BLIND)], local)) == [(10, "billed")]


def test_r17_manual_time_needs_no_allowance() -> None:
    terms = replace(TERMS, allowance=timedelta())

    assert told(bill([by_hand()], contract(terms))) == [(10, "billed")]


def shot(*redacted: int, role: Role = Role.SCREEN) -> Segment:
    pictures = tuple(
        Picture(PartId("p"), Capture(CaptureState.TAKEN, slot(0).start, role=role), permille)
        for permille in redacted
    )
    return replace(segment(), pictures=pictures)


def test_r17_where_pictures_are_required_none_or_a_covered_one_is_unproven() -> None:
    policy = Policy(screenshots=Screenshots.REQUIRED)
    (strict,) = contract(replace(TERMS, policy=policy)).values()
    denied = Picture(PartId("p"), Capture(CaptureState.DENIED, slot(0).start))

    assert is_unproven(shot(), strict)
    assert is_unproven(replace(segment(), pictures=(denied,)), strict)
    assert is_unproven(shot(0, role=Role.CAMERA), strict)
    assert is_unproven(shot(0, 501), strict)
    assert not is_unproven(shot(500), strict)


def test_r30_a_part_is_judged_by_the_version_accepted_when_it_opened() -> None:
    strict = replace(TERMS, policy=Policy(2, Screenshots.REQUIRED), since=slot(5).start)
    (both,) = contract(TERMS, strict).values()

    assert not is_unproven(shot(), both)
    assert is_unproven(replace(shot(), policy=2), both)


# --- R16 ------------------------------------------------------------------------------


def test_r16_under_the_limit_count_tracked_then_accepted_late_then_manual() -> None:
    terms = replace(TERMS, weekly_limit=timedelta(minutes=25))
    late = replace(segment(1), is_late=True, is_accepted=True)
    rows = [by_hand(0), late, segment(2), segment(3)]

    assert told(bill(rows, contract(terms))) == [
        (0, "over-limit"),
        (5, "billed"),
        (10, "billed"),
        (10, "billed"),
    ]


def test_r16_a_raised_limit_covers_the_whole_week_and_a_lower_one_waits() -> None:
    low = replace(TERMS, weekly_limit=timedelta(minutes=10))
    high = replace(low, weekly_limit=timedelta(minutes=30), since=slot(2).start)
    lowered = replace(low, weekly_limit=timedelta(), since=slot(4).start)
    rows = [segment(number) for number in (0, 1, 2, 5, 1008)]

    minutes = [m for m, _ in told(bill(rows, contract(low, high, lowered)))]

    assert minutes == [10, 10, 10, 0, 0]


def test_r16_a_raise_to_no_limit_lifts_it_for_the_week() -> None:
    low = replace(TERMS, weekly_limit=timedelta())
    free = replace(TERMS, since=slot(900).start)

    assert told(bill([segment(0)], contract(low, free))) == [(10, "billed")]


def test_r16_another_rate_starts_with_the_next_week() -> None:
    dear = replace(TERMS, rate=Decimal(120), since=slot(1).start)

    bills = bill([segment(2), segment(1008)], contract(TERMS, dear))

    assert [b.amount for b in bills.values()] == [Decimal("10.00"), Decimal("20.00")]


def test_r16_a_contract_begun_mid_week_has_its_first_rate() -> None:
    late_start = replace(TERMS, since=slot(100).start)

    bills = bill([segment(3), segment(200)], contract(late_start))

    assert [b.amount for b in bills.values()] == [Decimal("10.00"), Decimal("10.00")]


def test_r16_billing_follows_the_terms_of_each_slot() -> None:
    fine = replace(TERMS, billing=Billing.MINUTE, since=slot(1).start)
    rows = [segment(0, activity=THREE), segment(1, activity=THREE)]

    assert [m for m, _ in told(bill(rows, contract(TERMS, fine)))] == [10, 3]


def test_f39_the_week_splits_at_its_border_to_the_slot() -> None:
    terms = replace(TERMS, weekly_limit=timedelta(minutes=10))

    assert [m for m, _ in told(bill([segment(-1), segment(0)], contract(terms)))] == [10, 10]


# --- R18, R23 -------------------------------------------------------------------------


def test_r18_money_is_rounded_once_a_week_and_split_by_largest_remainder() -> None:
    terms = replace(TERMS, rate=Decimal("10.00"))

    bills = bill([segment(0), segment(1), segment(2)], contract(terms))

    assert [b.amount for b in bills.values()] == [
        Decimal("1.66"),
        Decimal("1.67"),
        Decimal("1.67"),
    ]


def test_r18_a_contract_without_a_rate_has_no_amount() -> None:
    (one,) = bill([segment()], contract(Terms())).values()

    assert one == Bill(600, Reason.BILLED)


def test_r18_what_does_not_bill_is_worth_zero_in_the_contracts_currency() -> None:
    terms = replace(TERMS, currency="JPY")

    (one,) = bill([segment(activity=QUIET)], contract(terms)).values()

    assert one == Bill(0, Reason.IDLE, Decimal(0), "JPY")


def test_r23_a_settled_bill_stands_after_a_deletion_and_still_holds_its_slot() -> None:
    contracts = contract() | contract(contract_id=A2)
    before = bill([segment()], contracts)
    gone = replace(segment(), is_deleted=True)

    bills = bill([gone, segment(contract_id=A2)], contracts, settled=before)

    assert bills == before | {
        Key(slot(0), A2): Bill(0, Reason.SHARED, Decimal("0.00"), "EUR"),
    }


def test_r24_an_adjustment_uses_what_the_settled_week_left() -> None:
    terms = replace(TERMS, rate=Decimal("10.01"), weekly_limit=timedelta(minutes=15))
    before = bill([segment(0)], contract(terms))
    late = replace(segment(1), is_late=True, is_accepted=True)

    bills = bill([segment(0), late], contract(terms), settled=before)

    assert list(bills.values()) == [
        Bill(600, Reason.BILLED, Decimal("1.67"), "EUR"),
        Bill(300, Reason.BILLED, Decimal("0.83"), "EUR"),
    ]


def test_r17_settled_unproven_time_has_used_its_allowance() -> None:
    terms = replace(TERMS, rate=None, currency="", allowance=timedelta(minutes=10))
    before = bill([segment(0, activity=BLIND)], contract(terms))
    late = replace(segment(1, activity=BLIND), is_late=True)

    bills = bill([segment(0, activity=BLIND), late], contract(terms), settled=before)
    accepted = replace(late, is_accepted=True)

    assert told(bills) == [(10, "billed"), (0, "late")]
    again = bill([segment(0, activity=BLIND), accepted], contract(terms), settled=before)
    assert told(again) == [(10, "billed"), (10, "billed")]
    timely = segment(1, activity=BLIND)
    third = bill([segment(0, activity=BLIND), timely], contract(terms), settled=before)
    assert told(third) == [(10, "billed"), (0, "unproven")]


def test_the_slot_length_is_what_a_slot_bills() -> None:
    assert timedelta(seconds=billable_seconds(segment(), TERMS)) == SLOT_LENGTH
