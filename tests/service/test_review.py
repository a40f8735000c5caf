"""The review: accepting, reopening, and disputes between both sides (R17, R24, R27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.service.people import Browser, Visit, somebody
from tests.service.tracker import png
from tests.service.weeks import PAID, WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.activity import Activity
from worklog.domain.contract import Policy, Screenshots
from worklog.domain.dispute import Dispute, State
from worklog.domain.grid import Slot
from worklog.domain.segment import Bill, Reason
from worklog.service.chores import Worker
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import audit, diary, disputes
from worklog.service.store.audit import Concern

TEN = timedelta(minutes=10)
LOCKED = NINE + timedelta(days=8)  # Tuesday 24; it locked on Monday at noon
PERIOD_OVER = NINE + timedelta(days=12)


@pytest.fixture
def both(service: Service, web: httpx.Client) -> Pair:
    return pair(service, web)


def slot(number: int) -> str:
    """Return what forms call the segment *number* from Monday nine o'clock on."""
    return str(Slot.containing(NINE + number * TEN).index)


def track(both: Pair, clock: FixedClock, *numbers: int, is_known: bool = True) -> None:
    parts = [both.tracker.part(NINE + number * TEN) for number in numbers]
    if not is_known:
        parts = [replace(part, activity=Activity.of_counts([None] * 10)) for part in parts]
    clock.instant = max(clock.instant, NINE + (max(numbers) + 1) * TEN)
    assert all(one.problem is None for one in both.tracker.post([*map(both.tracker.seal, parts)]))


def bills(service: Service, both: Pair) -> list[Bill]:
    with service.store.reading(SYSTEM) as scope:
        return [row.bill for row in diary.segments(scope, both.account.user, 0, 1 << 40)]


def doubts(service: Service, both: Pair) -> list[Dispute]:
    with service.store.reading(SYSTEM) as scope:
        return disputes.disputes_of(scope, [both.account.contract])


def verbs(service: Service, both: Pair) -> list[str]:
    with service.store.reading(SYSTEM) as scope:
        found = audit.entries(scope, [Concern(contract=both.contract)])
    return [entry.verb for entry in sorted(found, key=lambda entry: entry.number)]


def address(both: Pair) -> str:
    return f"/review/{both.contract}/{WEEK}"


@pytest.fixture
def locked(both: Pair, clock: FixedClock, service: Service) -> Pair:
    """A locked week of six segments, an hour and 60 EUR."""
    track(both, clock, *range(6))
    clock.instant = LOCKED
    Worker(service).run_due()
    return both


def disputed(locked: Pair, visit: Visit, *numbers: int) -> Browser:
    """Let the client dispute segments; return their browser."""
    olga = visit(locked.owner)
    olga.send(
        f"{address(locked)}/dispute",
        slot=[slot(number) for number in numbers],
        dispute_reason="that was a break",
    )
    return olga


# --- Accepting ----------------------------------------------------------------------------


def test_r24_a_late_segment_bills_as_an_adjustment_once_accepted_and_is_frozen(
    visit: Visit, locked: Pair, service: Service, clock: FixedClock
) -> None:
    track(locked, clock, 6, 7)
    olga = visit(locked.owner)
    assert "1 week waits for you" in olga.get("/review").text
    page = olga.get(address(locked)).text
    assert "All of it would bill <b>0:20</b> and <b>20.00 EUR</b>" in page

    page = olga.send(f"{address(locked)}/accept", slot=slot(6)).text

    assert "Accepted: 1 segment." in page
    assert [bill.reason for bill in bills(service, locked)][-2:] == [Reason.BILLED, Reason.LATE]
    with service.store.reading(SYSTEM) as scope:
        frozen = diary.settled(scope, locked.account.user, 0, 1 << 40)
    assert [bill.seconds for bill in frozen.values()] == [600] * 7
    assert "accepted late" in olga.get("/timesheet", week=WEEK).text
    assert verbs(service, locked).count("diary-accept") == 1
    kinds = [item["kind"] for item in locked.tracker.ask("GET", "/changes").json()["items"]]
    assert kinds.count("amendment") == 1


def test_r17_all_that_is_unproven_beyond_the_allowance_is_accepted_at_once(
    visit: Visit, both: Pair, service: Service, clock: FixedClock
) -> None:
    track(both, clock, *range(8), is_known=False)  # six fit the allowance of an hour
    mia = visit(both.member)
    assert "2 unproven segments" in mia.get("/review").text

    page = mia.send(f"{address(both)}/accept", all="yes").text

    assert "Accepted: 2 segments." in page
    assert "Nothing of this week waits to be accepted." in page
    assert sum(bill.seconds for bill in bills(service, both)) == 8 * 600
    assert mia.post(f"{address(both)}/accept", all="yes").status_code == 404


def test_what_bills_already_cannot_be_accepted_and_nothing_chosen_is_said(
    visit: Visit, locked: Pair, clock: FixedClock
) -> None:
    olga = visit(locked.owner)
    assert olga.post(f"{address(locked)}/accept", slot=slot(0)).status_code == 409
    track(locked, clock, 6)

    answer = olga.post(f"{address(locked)}/accept")

    assert answer.status_code == 422
    assert "Choose what to accept first" in answer.text


# --- Reopening ----------------------------------------------------------------------------


def test_r23_a_reopened_week_takes_words_again_and_settles_anew(
    visit: Visit, locked: Pair, service: Service, clock: FixedClock
) -> None:
    olga, ann = visit(locked.owner), visit(locked.freelancer)
    edit = f"/diary/{locked.contract}/edit"
    words = {"slot": slot(0), "memo": "the login page", "label": "dev"}
    assert "is locked" in ann.post(edit, **words).text
    refused = olga.post(f"{address(locked)}/reopen", reopen_reason=" ")
    assert refused.status_code == 422
    assert "The reason is missing." in refused.text

    page = olga.send(f"{address(locked)}/reopen", reopen_reason="Wrong memos on Monday").text

    assert "Opened again" in page
    assert "Wrong memos on Monday" in page
    assert olga.post(f"{address(locked)}/reopen", reopen_reason="again").status_code == 409
    assert ann.post(edit, **words).status_code == 303
    clock.instant += timedelta(hours=73)
    assert Worker(service).run_due()["settle"] == 1
    assert "is locked" in ann.post(edit, **words).text
    assert sum(bill.seconds for bill in bills(service, locked)) == 3600
    assert "week-reopened" in verbs(service, locked)


def test_r23_what_was_redacted_after_the_lock_proves_nothing_once_the_week_is_reopened(
    visit: Visit, service: Service, web: httpx.Client, clock: FixedClock
) -> None:
    strict = replace(
        PAID.terms[0], allowance=timedelta(), policy=Policy(screenshots=Screenshots.REQUIRED)
    )
    both = pair(service, web, replace(PAID, terms=(strict,)))
    part = both.tracker.part(NINE, pictures=(png(),))
    clock.instant = NINE + TEN
    both.tracker.post([both.tracker.seal(part)])
    both.tracker.put_picture(part, 0, png())
    clock.instant = LOCKED
    Worker(service).run_due()
    ann, olga = visit(both.freelancer), visit(both.owner)
    ann.send(f"/diary/{both.contract}/redact", slot=slot(0))
    assert [bill.seconds for bill in bills(service, both)] == [600]

    olga.send(f"{address(both)}/reopen", reopen_reason="Look at Monday again")

    assert [bill.reason for bill in bills(service, both)] == [Reason.UNPROVEN]


# --- Disputes -----------------------------------------------------------------------------


def test_r27_a_dispute_leaves_the_rest_payable_and_moves_no_bill(
    visit: Visit, locked: Pair, service: Service
) -> None:
    before = bills(service, locked)

    page = disputed(locked, visit, 2, 3).get(address(locked)).text

    assert bills(service, locked) == before
    figures = " ".join(page.split())
    assert "<dt>in dispute</dt><dd><b>0:20</b> <span>20.00 EUR</span>" in figures
    assert "<dt>payable</dt><dd><b>0:40</b> <span>40.00 EUR</span>" in figures
    assert "that was a break" in page
    assert "2 segments disputed" in visit(locked.freelancer).get("/timesheet", week=WEEK).text
    assert verbs(service, locked)[-1] == "dispute-open"


def test_r27_the_freelancer_answers_and_the_client_settles(
    visit: Visit, locked: Pair, service: Service
) -> None:
    olga, ann = disputed(locked, visit, 2, 3), visit(locked.freelancer)
    names = [one.dispute_id for one in doubts(service, locked)]
    assert "that was a break" in ann.get("/disputes").text
    assert olga.post("/disputes/settle", dispute=names, words="half").status_code == 409

    page = ann.send("/disputes/answer", dispute=names, words="a call with Ada").text

    assert "a call with Ada" in page
    assert "2 answered disputes" in olga.get("/review").text
    page = olga.send("/disputes/settle", dispute=names, words="we pay the half").text
    assert "settled, as agreed" in page
    assert "we pay the half" in ann.get("/disputes").text
    assert {one.state for one in doubts(service, locked)} == {State.SETTLED}
    assert ann.post("/disputes/uphold", dispute=names).status_code == 409
    assert [verb for verb in verbs(service, locked) if verb.startswith("dispute-")] == [
        "dispute-open",
        "dispute-answered",
        "dispute-settled",
    ]


def test_r27_the_freelancer_lets_one_stand_and_the_client_withdraws_the_other(
    visit: Visit, locked: Pair, service: Service
) -> None:
    olga, ann = disputed(locked, visit, 2, 3), visit(locked.freelancer)
    first, second = (one.dispute_id for one in doubts(service, locked))

    ann.send("/disputes/uphold", dispute=first)
    page = olga.send("/disputes/withdraw", dispute=second).text

    figures = " ".join(page.split())
    assert "<dt>upheld, not payable</dt><dd><b>0:10</b>" in figures
    assert "<dt>payable</dt><dd><b>0:50</b>" in figures
    again = {"dispute_reason": "still"}
    assert olga.post(f"{address(locked)}/dispute", slot=slot(2), **again).status_code == 409
    assert olga.post(f"{address(locked)}/dispute", slot=slot(3), **again).status_code == 303


def test_all_of_a_move_happens_or_nothing(visit: Visit, locked: Pair, service: Service) -> None:
    olga = disputed(locked, visit, 2, 3)
    first, second = (one.dispute_id for one in doubts(service, locked))
    olga.send("/disputes/withdraw", dispute=first)

    assert olga.post("/disputes/withdraw", dispute=[first, second]).status_code == 409
    assert olga.post("/disputes/withdraw", dispute=[second, "none"]).status_code == 404
    assert [one.state for one in doubts(service, locked)] == [State.WITHDRAWN, State.OPEN]


def test_r27_a_week_is_disputed_between_its_lock_and_four_days_after_only(
    visit: Visit, both: Pair, clock: FixedClock
) -> None:
    track(both, clock, 0)
    olga = visit(both.owner)
    form = {"slot": slot(0), "dispute_reason": "too long"}
    assert olga.post(f"{address(both)}/dispute", **form).status_code == 409
    clock.instant = PERIOD_OVER

    refused = olga.post(f"{address(both)}/dispute", **form)

    assert refused.status_code == 403
    assert "The time to dispute this week ended on 27 November 2026" in refused.text
    assert "The time to dispute it ended" in olga.get(address(both)).text


def test_a_dispute_needs_a_reason_and_segments_that_bill(
    visit: Visit, locked: Pair, clock: FixedClock
) -> None:
    track(locked, clock, 6)
    olga = visit(locked.owner)
    send = f"{address(locked)}/dispute"

    bare = olga.post(send, dispute_reason="")
    assert bare.status_code == 422
    assert "The reason is missing." in bare.text
    assert "Choose the segments that you dispute." in bare.text
    kept = olga.post(send, dispute_reason="why so long")
    assert ">why so long</textarea>" in kept.text
    assert olga.post(send, dispute_reason="x", slot=slot(6)).status_code == 409
    assert olga.post(send, dispute_reason="x", slot=slot(90)).status_code == 404


def test_an_answer_needs_words_and_segments(visit: Visit, locked: Pair, service: Service) -> None:
    disputed(locked, visit, 2)
    ann = visit(locked.freelancer)
    name = doubts(service, locked)[0].dispute_id

    wordless = ann.post("/disputes/answer", dispute=name, words="")
    assert wordless.status_code == 422
    assert "The answer is missing." in wordless.text
    unchosen = ann.post("/disputes/answer", words="a call")
    assert unchosen.status_code == 422
    assert "Choose the segments that this is about." in unchosen.text


def test_each_empty_page_says_what_comes_next(visit: Visit, both: Pair, service: Service) -> None:
    zoe = somebody(service, "zoe")

    assert (
        "No time was recorded for your organisation yet." in visit(both.owner).get("/review").text
    )
    assert "Only clients review weeks." in visit(zoe).get("/review").text
    assert "Nothing is disputed." in visit(both.freelancer).get("/disputes").text
    assert "Nothing of this week is disputed." in visit(both.owner).get(address(both)).text


def test_what_was_recorded_as_words_is_shown_as_words(visit: Visit, locked: Pair) -> None:
    markup = "<img src=x onerror=alert(1)>"
    olga = visit(locked.owner)
    form = {"slot": slot(1), "dispute_reason": markup}

    page = olga.send(f"{address(locked)}/dispute", **form).text

    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "<img" not in visit(locked.freelancer).get("/disputes").text


def test_a_contract_without_a_rate_is_reviewed_in_hours(
    visit: Visit, service: Service, web: httpx.Client, clock: FixedClock
) -> None:
    free = replace(PAID, terms=tuple(replace(one, rate=None, currency="") for one in PAID.terms))
    both = pair(service, web, free)
    track(both, clock, 0, 1)
    clock.instant = LOCKED

    page = disputed(both, visit, 0).get(address(both)).text

    assert "<dt>payable</dt><dd><b>0:10</b></dd>" in " ".join(page.split())
