"""Timesheets: hours and money in groups that add up (R1, R16, R18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY, all_contracts, folded
from worklog.domain.amendment import Key
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Terms, Week
from worklog.domain.grid import Slot
from worklog.domain.grouping import Dimension, Line, NoApp, Totals, Value, leaves
from worklog.domain.ids import AmendmentId, ContractId
from worklog.domain.segment import Bill, BilledSegment, ManualTime, Origin, Reason, Segment
from worklog.domain.timesheet import WeekSummary, days, grouped, live_seconds, totals, weeks

A: Final = ContractId("a")
B: Final = ContractId("b")
LIMIT: Final = timedelta(minutes=30)
CONTRACTS: Final = {
    A: Contract(A, "zebra", terms=(Terms(currency="EUR", rate=Decimal(10), weekly_limit=LIMIT),)),
    B: Contract(B, "acme", service="https://b.example", terms=(Terms(),)),
}
FIRST: Final = Slot.containing(MONDAY).index


def row(
    number: int,
    contract: ContractId = A,
    *,
    memo: str = "",
    label: str = "",
    application: str | None = None,
    origin: Origin = Origin.TRACKED,
    amount: str | None = "1.66",
    currency: str = "EUR",
) -> BilledSegment:
    key = Key(Slot(FIRST + number), contract)
    segment = Segment(key, memo, label, origin, tracked=((0, 540),), application=application)
    priced = Bill(600, Reason.BILLED, Decimal(amount), currency) if amount else None
    return BilledSegment(segment, priced or Bill(600, Reason.BILLED))


def figures(lines: Iterable[Line]) -> dict[object, Decimal]:
    return {line.value: line.totals.amounts["EUR"] for line in lines}


def test_totals_add_up_hours_and_never_currencies() -> None:
    late = row(1, currency="JPY", amount="7")
    late = replace(late, segment=replace(late.segment, is_late=True))

    assert totals([row(0), late, row(2, B, amount=None)]) == Totals(
        billed_seconds=1800,
        tracked_seconds=1620,
        late_seconds=540,
        amounts={"EUR": Decimal("1.66"), "JPY": Decimal(7)},
    )


def test_nothing_totals_nothing() -> None:
    assert totals([]) == Totals()


def test_totals_can_be_members_of_sets() -> None:
    assert len({totals([]), Totals(), totals([row(0)])}) == 2


def test_time_by_hand_counts_beside_tracked_time() -> None:
    times = (ManualTime(AmendmentId("m"), 500, 600, "x", "", Origin.MANUAL),)
    mixed = replace(row(0), segment=replace(row(0).segment, manual=times))

    assert totals([mixed]).manual_seconds == 100
    assert live_seconds(mixed.segment) == 600


def test_r18_lines_of_a_label_get_the_money_of_their_hours_not_of_their_roundings() -> None:
    # 1.66, 1.67, 1.67: each segment's share is right, and yet two of the same label
    # may be a cent off the label's share of 5.00.
    rows = [
        row(0, label="dev", amount="1.67"),
        row(1, label="ops", amount="1.66"),
        row(2, label="dev", amount="1.67"),
        row(3, label="ops", amount="1.67"),
    ]

    found = grouped(rows, [Dimension.LABEL], CONTRACTS)

    assert figures(found) == {"dev": Decimal("3.33"), "ops": Decimal("3.34")}


def test_labels_and_memos_come_by_alphabet_with_the_empty_one_last() -> None:
    rows = [row(0, memo=""), row(1, memo="b"), row(2, memo="a")]

    assert [line.value for line in grouped(rows, [Dimension.MEMO], CONTRACTS)] == ["a", "b", ""]


def test_r31_applications_come_by_alphabet_with_what_has_none_last() -> None:
    rows = [
        row(0, application="Firefox", origin=Origin.IMPORTED),
        row(1),
        row(2, application=" "),
        row(3, application="Firefox", origin=Origin.MANUAL),
        row(4, application="Firefox"),
        row(5, application="Editor "),
        row(6, application="Editor"),
    ]

    found = grouped(rows, [Dimension.APP], CONTRACTS)

    assert [(line.value, line.totals.billed_seconds) for line in found] == [
        ("Editor", 1200),
        ("Firefox", 600),
        (NoApp.IMPORTED, 600),
        (NoApp.MANUAL, 600),
        (NoApp.UNKNOWN, 1200),
    ]


def test_an_application_that_is_called_like_none_has_a_line_of_its_own() -> None:
    rows = [row(0, application="(manual)"), row(1, origin=Origin.MANUAL)]

    found = grouped(rows, [Dimension.APP], CONTRACTS)

    assert [line.value for line in found] == ["(manual)", NoApp.MANUAL]


def test_r18_money_of_applications_is_split_by_largest_remainder() -> None:
    rows = [
        row(0, application="Code", amount="1.67"),
        row(1, application="Firefox", amount="1.66"),
        row(2, application="Code", amount="1.67"),
        row(3, application="Firefox", amount="1.67"),
    ]

    (line,) = grouped(rows, [Dimension.CONTRACT, Dimension.APP], CONTRACTS)

    assert line.totals.amounts == {"EUR": Decimal("6.67")}
    assert figures(line.lines) == {"Code": Decimal("3.33"), "Firefox": Decimal("3.34")}


def test_contracts_come_by_name_and_one_without_a_rate_has_no_money() -> None:
    rows = [row(0), row(0, B, amount=None)]

    acme, zebra = grouped(rows, [Dimension.CONTRACT], CONTRACTS)

    assert (acme.value, acme.totals.amounts) == (B, {})
    assert (zebra.value, zebra.totals.amounts) == (A, {"EUR": Decimal("1.66")})


def test_r1_the_day_of_a_segment_is_that_of_its_slots_start_in_the_zone() -> None:
    rows = [row(-1), row(0)]
    zone = ZoneInfo("Asia/Kathmandu")

    found = grouped(rows, [Dimension.DAY], CONTRACTS, zone=UTC)

    assert [line.value for line in found] == [date(2026, 11, 22), date(2026, 11, 23)]
    assert list(days(rows, zone)) == [date(2026, 11, 23)]
    assert days(rows, zone)[date(2026, 11, 23)].billed_seconds == 1200


def test_groups_lie_inside_groups_in_the_order_asked_for() -> None:
    rows = [row(-1, memo="x"), row(0, memo="x"), row(1, memo="y")]

    found = grouped(rows, [Dimension.WEEK, Dimension.MEMO], CONTRACTS)

    last, this = Week(MONDAY - timedelta(days=7)), Week(MONDAY)
    assert [values for values, _ in leaves(found)] == [(last, "x"), (this, "x"), (this, "y")]


def test_a_deleted_segment_has_no_line() -> None:
    gone = replace(row(0), segment=replace(row(0).segment, is_deleted=True))

    assert grouped([gone], [Dimension.DAY], CONTRACTS) == ()


def test_r16_a_week_says_what_is_left_of_its_limit_and_when_it_locks() -> None:
    rows = [row(0), row(1), row(0, B, amount=None)]

    assert weeks(rows, CONTRACTS) == (
        WeekSummary(
            contract=B,
            week=Week(MONDAY),
            totals=totals(rows[2:]),
            limit=None,
            limit_left=None,
            locks_at=MONDAY + timedelta(days=7, hours=12),
        ),
        WeekSummary(
            contract=A,
            week=Week(MONDAY),
            totals=totals(rows[:2]),
            limit=LIMIT,
            limit_left=timedelta(minutes=10),
            locks_at=None,
        ),
    )


def test_no_less_than_nothing_is_left_of_a_limit() -> None:
    (summary,) = weeks([row(number) for number in range(5)], CONTRACTS)

    assert summary.limit_left == timedelta()


@given(
    folded(),
    all_contracts,
    st.lists(st.sampled_from(Dimension), min_size=1, unique=True),
)
def test_r18_lines_add_up_to_their_group_and_groups_to_the_week(
    segments: tuple[Segment, ...],
    contracts: dict[ContractId, Contract],
    by: list[Dimension],
) -> None:
    bills = bill(segments, contracts)
    rows = [BilledSegment(segment, bills[segment.key]) for segment in segments]

    found = grouped(rows, by, contracts)

    whole = [one for one in rows if not one.segment.is_deleted]
    assert _sum(line.totals for line in found) == totals(whole)
    for line in _all(found):
        assert not line.lines or _sum(inner.totals for inner in line.lines) == line.totals
    assert _sum(figures for _, figures in leaves(found)) == totals(whole)
    assert all(len(values) == len(by) for values, _ in leaves(found))
    assert _sum(one.totals for one in weeks(whole, contracts)) == totals(whole)


@given(folded(), all_contracts, st.permutations([Dimension.CONTRACT, Dimension.APP]))
def test_r18_applications_add_up_to_their_contracts(
    segments: tuple[Segment, ...],
    contracts: dict[ContractId, Contract],
    by: list[Dimension],
) -> None:
    bills = bill(segments, contracts)
    rows = [BilledSegment(segment, bills[segment.key]) for segment in segments]

    of_contract = grouped(rows, [Dimension.CONTRACT], contracts)
    inner = list(leaves(grouped(rows, by, contracts)))

    place = by.index(Dimension.CONTRACT)
    for line in of_contract:
        shares = [figures for values, figures in inner if values[place] == line.value]
        assert _sum(shares) == line.totals
    alone = grouped(rows, [Dimension.APP], contracts)
    assert _sum(line.totals for line in alone) == _sum(line.totals for line in of_contract)


def _all(lines: Iterable[Line]) -> Iterable[Line]:
    for line in lines:
        yield line
        yield from _all(line.lines)


def _sum(several: Iterable[Totals]) -> Totals:
    listed = list(several)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in listed:
        for currency, amount in one.amounts.items():
            amounts[currency] += amount
    return Totals(
        billed_seconds=sum(one.billed_seconds for one in listed),
        tracked_seconds=sum(one.tracked_seconds for one in listed),
        manual_seconds=sum(one.manual_seconds for one in listed),
        late_seconds=sum(one.late_seconds for one in listed),
        amounts=dict(amounts),
    )


def test_the_values_of_a_line_are_of_its_dimension() -> None:
    by = list(Dimension)

    ((values, _),) = leaves(
        grouped([row(0, memo="m", label="l", application="Code")], by, CONTRACTS)
    )

    expected: tuple[Value, ...] = (A, "l", "m", date(2026, 11, 23), Week(MONDAY), "Code")
    assert values == expected
