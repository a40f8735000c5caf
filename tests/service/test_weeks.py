"""Weeks: submitting, reopening, settling, and the timesheet that shows them."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.service.people import Visit, somebody
from tests.service.scratch import scratch
from tests.service.tracker import png
from tests.service.weeks import WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.amendment import Delete, Describe, Key
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.segment import Bill
from worklog.service.chores import Worker
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import diary

OVER = NINE + timedelta(days=7)  # Monday 23, 09:00: ended, not locked
LOCKED = NINE + timedelta(days=8)


@pytest.fixture
def both(service: Service, web: httpx.Client) -> Pair:
    return pair(service, web)


def track(both: Pair, clock: FixedClock, segments: int, *, first: int = 0) -> list[str]:
    """Send *segments* from Monday nine o'clock on; return the names of the parts."""
    parts = [both.tracker.part(NINE + timedelta(minutes=10 * (first + n))) for n in range(segments)]
    clock.instant = max(clock.instant, NINE + timedelta(minutes=10 * (first + segments)))
    both.tracker.post([both.tracker.seal(part) for part in parts])
    return [part.part_id for part in parts]


def bills(service: Service, both: Pair) -> dict[Key, Bill]:
    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, both.account.user, 0, 1 << 40)
    return {row.segment.key: row.bill for row in rows}


def settled(service: Service, both: Pair) -> dict[Key, Bill]:
    with service.store.reading(SYSTEM) as scope:
        return diary.settled(scope, both.account.user, 0, 1 << 40)


def test_the_timesheet_shows_hours_money_and_the_lock_to_both(
    visit: Visit, both: Pair, clock: FixedClock
) -> None:
    track(both, clock, 6)

    for person in (both.freelancer, both.member):
        page = visit(person).get("/timesheet", week=WEEK).text
        assert "60.00 EUR" in page
        assert "39:00 of 40:00 left" in page
        assert f"/diary/{both.contract}?day=2026-11-16" in page
        assert "locks Mon 23 Nov 2026, 12:00" in page


def test_a_stranger_sees_nothing_of_a_week(
    visit: Visit, both: Pair, service: Service, clock: FixedClock
) -> None:
    track(both, clock, 1)
    stranger = somebody(service, "zoe")

    assert "Nothing was recorded" in visit(stranger).get("/timesheet", week=WEEK).text
    answer = visit(stranger).post(f"/timesheet/{both.contract}/{WEEK}/submit")
    assert answer.status_code == 404


def test_a_name_that_is_no_week_is_refused(visit: Visit, both: Pair) -> None:
    for name in ("2026-W54", "nonsense", "2026-11-16", "2026-W٣"):
        assert visit(both.freelancer).get("/timesheet", week=name).status_code == 422


def test_r23_a_freelancer_submits_an_ended_week_and_its_bills_freeze(
    visit: Visit, both: Pair, service: Service, clock: FixedClock
) -> None:
    track(both, clock, 3)
    ann = visit(both.freelancer)
    assert ann.post(f"/timesheet/{both.contract}/{WEEK}/submit").status_code == 409
    clock.instant = OVER

    page = ann.send(f"/timesheet/{both.contract}/{WEEK}/submit")

    assert "locked" in page.text
    assert "submitted" in page.text
    assert settled(service, both) == bills(service, both)
    assert ann.post(f"/timesheet/{both.contract}/{WEEK}/submit").status_code == 409
    feed = both.tracker.ask("GET", "/changes").json()["items"]
    assert [len(item["contract"].get("events", [])) for item in feed if "contract" in item][-1] == 1


def test_r23_the_client_cannot_submit(visit: Visit, both: Pair, clock: FixedClock) -> None:
    track(both, clock, 1)
    clock.instant = OVER

    assert visit(both.owner).post(f"/timesheet/{both.contract}/{WEEK}/submit").status_code == 403


def test_words_of_a_submitted_week_stand(both: Pair, visit: Visit, clock: FixedClock) -> None:
    track(both, clock, 1)
    clock.instant = OVER
    visit(both.freelancer).send(f"/timesheet/{both.contract}/{WEEK}/submit")
    key = Key(Slot.containing(NINE), ContractId(both.contract))

    (result,) = both.tracker.amend(both.tracker.amendment(Describe((key,), memo="new"), OVER))

    assert result.problem is not None
    assert result.problem.code == "locked"


def test_r23_deleting_after_the_lock_erases_and_leaves_the_bill(
    both: Pair, service: Service, clock: FixedClock
) -> None:
    (name, *_) = track(both, clock, 2)
    before = bills(service, both)
    clock.instant = LOCKED

    (result,) = both.tracker.amend(both.tracker.amendment(Delete(parts=(name,)), LOCKED))  # type: ignore[arg-type]  # a part's id

    assert result.problem is None
    assert bills(service, both) == before


def test_settling_in_the_background_freezes_what_people_saw(
    both: Pair, service: Service, clock: FixedClock
) -> None:
    track(both, clock, 5)
    before = bills(service, both)
    clock.instant = LOCKED

    assert Worker(service).run_due()["settle"] == 1
    assert settled(service, both) == before
    clock.instant += timedelta(hours=1)
    assert Worker(service).run_due()["settle"] == 0


@settings(max_examples=12, deadline=None)
@given(
    timely=st.integers(1, 12),
    late=st.lists(st.integers(0, 30), max_size=4, unique=True),
    is_by_chore=st.booleans(),
    deleted=st.integers(0, 11),
)
def test_settled_bills_are_those_at_the_lock_whatever_arrives_later(
    timely: int,
    late: list[int],
    is_by_chore: bool,  # noqa: FBT001 -- drawn
    deleted: int,
) -> None:
    """Property: late parts, deletions and late settling move nothing."""

    with scratch() as (service, clock, web):
        both = pair(service, web)
        names = track(both, clock, timely)
        before = bills(service, both)
        clock.instant = LOCKED
        if is_by_chore:
            Worker(service).run_due()

        for number in late:
            track(both, clock, 1, first=number)
        if deleted < timely:
            both.tracker.amend(
                both.tracker.amendment(Delete(parts=(names[deleted],)), LOCKED)  # type: ignore[arg-type]  # a part's id
            )
        Worker(service).run_due()

        frozen = settled(service, both)
        assert {key: frozen[key] for key in before} == before
        assert {key: bills(service, both)[key] for key in before} == before


def test_a_chore_is_done_by_one_worker_and_taken_over_from_one_that_died(
    service: Service, clock: FixedClock
) -> None:
    first, second = Worker(service), Worker(service)

    assert first.claim("settle")
    assert not second.claim("settle")  # and the first one is killed
    clock.instant += timedelta(minutes=10)
    assert second.claim("settle")


def test_a_contract_that_is_changed_says_from_when_each_change_holds(
    visit: Visit, both: Pair, clock: FixedClock
) -> None:
    olga = visit(both.owner)
    address = f"/contracts/{both.contract}"
    fields = {
        "name": "acme",
        "title": "website",
        "labels": "dev, review",
        "rate": "75",
        "currency": "eur",
        "weekly_limit": "45",
        "billing": "slot",
        "manual_time": "yes",
        "allowance": "60",
        "screenshots": "required",
        "titles": "yes",
        "pixelate": "0",
        "retention": "90",
        "dispute_period": "4",
    }
    track(both, clock, 1)

    checked = olga.post(f"{address}/edit", **fields)

    assert checked.status_code == 200
    assert "75 EUR an hour" in checked.text
    assert "Mon 23 Nov 2026, 00:00" in checked.text  # another rate: from the next week
    assert "Mon 16 Nov 2026, 00:00" in checked.text  # a raised limit: all of this week
    assert "waits for the freelancer" in checked.text
    assert "60 EUR an hour" in olga.get(address).text

    saved = olga.send(f"{address}/edit", sure="yes", **fields)

    assert "scheduled" in saved.text
    assert "44:50 of 45:00 left" in visit(both.freelancer).get("/timesheet", week=WEEK).text
    told = both.tracker.ask("GET", "/changes").json()["items"]
    assert told[-1]["kind"] == "contract"


def test_only_an_owner_changes_a_contract_and_what_was_typed_is_kept(
    visit: Visit, both: Pair, service: Service
) -> None:
    edit = f"/contracts/{both.contract}/edit"

    assert visit(both.member).get(edit).status_code == 403
    assert visit(both.freelancer).get(edit).status_code == 403
    assert visit(somebody(service, "zoe")).get(edit).status_code == 404
    assert visit(both.owner).get(edit).status_code == 200
    answer = visit(both.owner).post(edit, name="", rate="many", weekly_limit="400")
    assert answer.status_code == 422
    assert "Name is missing." in answer.text
    assert 'value="many"' in answer.text


def test_an_owner_offers_a_contract_to_a_partner_and_ends_it(visit: Visit, both: Pair) -> None:
    olga = visit(both.owner)
    fields = {
        "with": f"{both.account.organisation}/{both.account.user}",
        "name": "second",
        "billing": "slot",
        "allowance": "60",
        "screenshots": "optional",
        "pixelate": "0",
        "retention": "90",
        "dispute_period": "4",
    }
    assert "second" not in olga.get("/contracts").text

    page = olga.send("/contracts/new", **fields)

    assert "second" in page.text
    assert "no rate" in page.text
    assert olga.post("/contracts/new", **fields).status_code == 422  # the name is taken
    assert visit(both.member).get("/contracts/new").status_code == 403
    assert "second" in visit(both.freelancer).get("/contracts").text
    address = str(page.url.path)
    assert visit(both.freelancer).post(f"{address}/end").status_code == 403
    assert "ended" in olga.send(f"{address}/end").text
    assert olga.post(f"{address}/end").status_code == 409


def test_r31_pictures_and_titles_go_ninety_days_after_the_lock(
    both: Pair, service: Service, clock: FixedClock
) -> None:
    shot = png()
    part = both.tracker.part(NINE, pictures=(shot,))
    clock.instant = NINE + timedelta(minutes=10)
    both.tracker.put(both.tracker.seal(part))
    both.tracker.put_picture(part, 0, shot)
    before = bills(service, both)
    clock.instant = LOCKED + timedelta(days=89)
    Worker(service).run_due()
    assert len(service.objects.names()) == 2
    clock.instant = LOCKED + timedelta(days=90)

    done = Worker(service).run_due()

    assert done["retention"] == 1
    assert service.objects.names() == []
    with service.store.reading(SYSTEM) as scope:
        (found,), _ = diary.parts_in(scope, both.account.user, [part.slot.index])
    assert found.title is None
    assert found.application == "Editor"
    assert bills(service, both) == before
    kinds = [item["kind"] for item in both.tracker.ask("GET", "/changes").json()["items"]]
    assert kinds.count("erasure") == 2
    clock.instant += timedelta(days=1)
    assert Worker(service).run_due()["retention"] == 0
