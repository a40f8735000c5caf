"""The reminder before the lock: which weeks need one, and what it says (R23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY, SLOTS, all_contracts, folded
from worklog.domain.amendment import Key
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Terms, Week, WeekEvent
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.lock import is_locked, locks_at, near_locks
from worklog.domain.ranges import parse_range
from worklog.domain.reminder import Reminder, reminders, sentence, spelt
from worklog.domain.review import Thresholds, review
from worklog.domain.segment import Bill, BilledSegment, Reason, Segment

A: Final = ContractId("a")
B: Final = ContractId("b")
L: Final = ContractId("l")
SERVICE: Final = "https://a.example"
ACME: Final = Contract(A, "acme", service=SERVICE)
BETA: Final = Contract(B, "beta site", service=SERVICE)
LOCAL: Final = Contract(L, "own")
ALL: Final = {A: ACME, B: BETA, L: LOCAL}
HOUR: Final = timedelta(hours=1)
HALF_A_DAY: Final = 12 * HOUR
LAST: Final = Week(MONDAY - timedelta(days=7))
LOCK: Final = MONDAY + HALF_A_DAY
MORNING: Final = MONDAY + 7 * HOUR
BERLIN: Final = ZoneInfo("Europe/Berlin")
FRIDAY: Final = Slot.containing(MONDAY - timedelta(days=3)).index

moments = st.integers(-80 * 60, 80 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
windows = st.integers(0, 72).map(lambda number: number * HOUR)


def row(number: int = 0, contract: ContractId = A, *, memo: str = "") -> BilledSegment:
    key = Key(Slot(FRIDAY + number), contract)
    segment = Segment(key, memo, tracked=((0, 600),))
    return BilledSegment(segment, Bill(600, Reason.BILLED))


def found(
    *rows: BilledSegment,
    now: datetime = MORNING,
    within: timedelta = HALF_A_DAY,
    unsent: tuple[Key, ...] = (),
    contracts: dict[ContractId, Contract] = ALL,
) -> tuple[Reminder, ...]:
    return reminders(contracts, rows, now, within=within, unsent=unsent)


# --- Which ------------------------------------------------------------------------------


@given(folded(), all_contracts, moments, windows, st.sampled_from(["sent", "waits"]))
def test_r23_exactly_the_open_weeks_near_their_lock_with_something_to_do_are_named(
    segments: tuple[Segment, ...],
    contracts: dict[ContractId, Contract],
    now: datetime,
    within: timedelta,
    state: str,
) -> None:
    bills = bill(segments, contracts)
    rows = [BilledSegment(one, bills[one.key]) for one in segments]
    unsent = set() if state == "sent" else {one.key for one in segments}

    named = {
        (contract, reminder.week)
        for reminder in reminders(contracts, rows, now, within=within, unsent=unsent)
        for contract in reminder.contracts
    }

    expected = set()
    for contract_id, contract in contracts.items():
        for slot in SLOTS:
            week, at = contract.week_at(slot.start), locks_at(contract, slot)
            if at is None or is_locked(contract, slot, now) or not now < at <= now + within:
                continue
            inside = [one for one in rows if week.start <= one.segment.key.slot.start < week.end]
            about = {
                (finding.contract, contract.week_at(key.slot.start))
                for finding in review(inside, contracts)
                for key in finding.keys
            }
            waits = {(key.contract, contract.week_at(key.slot.start)) for key in unsent}
            if (contract_id, week) in (about | waits if week.end <= now else about):
                expected.add((contract_id, week))
    assert named == expected


@given(st.sampled_from([HOUR, HALF_A_DAY, 72 * HOUR]), moments)
def test_a_reminder_comes_within_the_window_only(within: timedelta, now: datetime) -> None:
    is_named = bool(found(row(), now=now, within=within))

    assert is_named is (LOCK - within <= now < LOCK)


def test_no_window_is_no_reminder() -> None:
    assert found(row(), within=timedelta(0)) == ()


def test_a_reminder_counts_what_a_review_finds_and_what_is_not_uploaded() -> None:
    keys = (row(4).segment.key, row(5).segment.key, row(900).segment.key)

    assert found(row(), row(3, memo="work"), unsent=keys) == (
        Reminder(LAST, LOCK, (A,), findings=5, unsent=2),
    )


def test_contracts_that_lock_together_are_one_reminder() -> None:
    (both,) = found(row(0, A), row(1, B), row(2, L))

    assert (both.contracts, both.locks_at) == ((A, B), LOCK)


def test_a_week_that_is_ready_is_not_named() -> None:
    good = BilledSegment(
        replace(row(memo="fixing the login form").segment, is_accepted=True),
        Bill(600, Reason.BILLED),
    )

    assert found(good) == ()
    assert found(good, row(1, B))[0].contracts == (B,)


def test_what_is_not_uploaded_does_not_count_before_the_week_has_ended() -> None:
    key = row().segment.key

    assert found(now=MONDAY - HOUR, within=24 * HOUR, unsent=(key,)) == ()
    assert found(now=MONDAY, within=24 * HOUR, unsent=(key,)) != ()


def test_a_local_contract_reminds_only_where_its_weeks_lock() -> None:
    told = replace(LOCAL, terms=(Terms(locks=True),))

    assert found(row(0, L)) == ()
    assert found(row(0, L), contracts={L: told})[0].contracts == (L,)


def test_thresholds_and_answered_gaps_are_those_of_review() -> None:
    rows = [
        BilledSegment(
            replace(row(number, memo="fixing the login form").segment, is_accepted=True),
            Bill(600, Reason.BILLED),
        )
        for number in (0, 3)
    ]
    start = rows[0].segment.key.slot.end
    gap = (start, start + timedelta(minutes=20))
    patient = Thresholds(gap_at_least=HOUR)

    assert reminders(ALL, rows, MORNING, within=HALF_A_DAY)[0].findings == 1
    assert reminders(ALL, rows, MORNING, within=HALF_A_DAY, explained=[gap]) == ()
    assert reminders(ALL, rows, MORNING, within=HALF_A_DAY, thresholds=patient) == ()


def test_time_of_a_contract_that_is_gone_is_left_out() -> None:
    assert found(row(), contracts={B: BETA}) == ()


def test_a_submitted_week_is_done_and_a_reopened_one_is_not() -> None:
    submitted = WeekEvent(LAST.start, MONDAY + HOUR, is_open=False)
    reopened = WeekEvent(LAST.start, LOCK + HOUR, is_open=True)
    late = LOCK + 70 * HOUR

    assert found(row(), contracts={A: replace(ACME, events=(submitted,))}) == ()
    assert found(row(), now=late) == ()
    (again,) = found(row(), now=late, contracts={A: replace(ACME, events=(reopened,))})
    assert again.locks_at == LOCK + 73 * HOUR


def test_a_week_that_other_terms_cut_short_is_found() -> None:
    first = MONDAY - timedelta(days=1)
    terms = (Terms(), Terms(since=first, week_start=6, week_hour=0))
    moved = Contract(A, "acme", service=SERVICE, terms=terms)

    near = near_locks([moved], MONDAY + HOUR, within=HALF_A_DAY)

    assert [one.week for one in near] == [LAST]


# --- Words --------------------------------------------------------------------------------


def said(
    reminder: Reminder,
    *,
    now: datetime = LOCK - timedelta(hours=5, minutes=10),
    contracts: dict[ContractId, Contract] = ALL,
) -> str:
    return sentence(reminder, contracts, now=now, zone=BERLIN, usual=ACME.week_at)


def test_a_reminder_says_when_how_much_and_what_helps() -> None:
    only = {A: ACME}

    assert said(Reminder(LAST, LOCK, (A,), findings=3, unsent=0), contracts=only) == (
        'Last week locks in 5 h 10 min: 3 findings, `worklog review "last week"`'
    )
    assert said(Reminder(LAST, LOCK, (A,), findings=0, unsent=12), contracts=only) == (
        "Last week locks in 5 h 10 min: 12 segments not uploaded yet, `worklog sync`"
    )
    assert said(Reminder(LAST, LOCK, (A,), findings=1, unsent=1), contracts=only) == (
        'Last week locks in 5 h 10 min: 1 finding, `worklog review "last week"`; '
        "1 segment not uploaded yet, `worklog sync`"
    )


def test_a_reminder_names_the_contracts_where_there_are_several() -> None:
    assert said(Reminder(LAST, LOCK, (B,), findings=1, unsent=0)) == (
        "Last week of beta site locks in 5 h 10 min: 1 finding, "
        "`worklog review \"last week\" -c 'beta site'`"
    )
    assert said(Reminder(LAST, LOCK, (A, B), findings=2, unsent=0)) == (
        "Last week of acme and beta site locks in 5 h 10 min: 2 findings, "
        '`worklog review "last week"`'
    )
    told = replace(LOCAL, terms=(Terms(locks=True),))
    three = said(Reminder(LAST, LOCK, (A, B, L), findings=2, unsent=0), contracts={**ALL, L: told})
    assert three.startswith("Last week of acme, beta site and own locks")


def test_an_archived_contract_is_not_asked_for_by_name() -> None:
    done = {**ALL, B: replace(BETA, is_archived=True)}

    told = said(Reminder(LAST, LOCK, (B,), findings=1, unsent=0), contracts=done)

    assert told.endswith('`worklog review "last week"`')


def test_this_week_and_older_weeks_are_named() -> None:
    reminder = Reminder(LAST, LOCK, (A,), findings=1, unsent=0)
    only = {A: ACME}

    assert said(reminder, now=MONDAY - HOUR, contracts=only) == (
        "This week locks in 13 h: 1 finding, `worklog review`"
    )
    again = replace(reminder, locks_at=MONDAY + timedelta(days=8))
    assert said(again, now=MONDAY + timedelta(days=7, hours=1), contracts=only) == (
        "The week of Mon 16 Nov 2026 locks in 23 h: 1 finding, `worklog review 2026-W47`"
    )


@given(
    st.integers(0, 6),
    st.integers(0, 23),
    st.integers(0, 5),
    st.integers(0, 7 * 24 * 60 - 1),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]),
)
def test_a_spelt_week_is_read_as_that_week(
    weekday: int, hour: int, back: int, minutes: int, zone: str
) -> None:
    contract = Contract(A, "acme", terms=(Terms(week_start=weekday, week_hour=hour),))
    now = MONDAY + timedelta(minutes=minutes)
    week = contract.week_at(now - back * timedelta(days=7))

    text = spelt(week, now=now, zone=ZoneInfo(zone), week_of=contract.week_at)

    read = parse_range(text, now=now, zone=ZoneInfo(zone), week=contract.week_at)
    assert (read.start, read.end) == (week.start, week.end)


def test_a_week_that_the_usual_contract_does_not_have_is_spelt_in_days() -> None:
    usual = Contract(B, "beta", terms=(Terms(week_start=2),))
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)

    assert spelt(LAST, now=now, zone=BERLIN, week_of=usual.week_at) == "2026-11-16..2026-11-22"
