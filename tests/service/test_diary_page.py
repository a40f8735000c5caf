"""The page of the diary: a day of one contract, for both parties and in each zone."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event, update

from tests.service.desk import SHOP, SITE, Pair, pair, record, ten_minutes
from tests.service.people import Browser, Visit, agree, organisation, somebody
from tests.service.tracker import png
from tests.support.cache_values import FixedClock
from tests.support.fakes import utc
from worklog.domain.activity import Activity
from worklog.domain.part import Capture, CaptureState, Role
from worklog.domain.segment_words import UNCOUNTED
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import tables as t

THURSDAY = utc("2026-11-19 09:00")
EVENING = utc("2026-11-19 19:00")


@pytest.fixture
def two(service: Service, web: httpx.Client, clock: FixedClock) -> Pair:
    clock.instant = EVENING
    return pair(service, web)


def test_the_first_page_of_a_person_without_a_contract_says_what_comes_next(
    service: Service, visit: Visit
) -> None:
    page = visit(somebody(service, "nina")).get("/diary")

    assert page.status_code == 200
    assert "You have no contract yet" in page.text


def test_the_first_page_of_a_client_without_a_contract_offers_one(
    service: Service, visit: Visit
) -> None:
    client = somebody(service, "carl")
    organisation(service, "Carl's", owners=[client])

    assert "Offer a contract" in visit(client).get("/diary").text


def test_the_diary_opens_at_the_contract_that_was_worked_for_last(
    service: Service, visit: Visit, two: Pair
) -> None:
    agree(service, SHOP, freelancer=two.freelancer, organisation=two.organisation)
    record(two.tracker, ten_minutes(THURSDAY, 2), contract=SHOP.contract_id)
    record(two.tracker, ten_minutes(THURSDAY - timedelta(days=1), 2))

    answer = visit(two.freelancer).get("/diary")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/diary/{SHOP.contract_id}"


def test_a_day_shows_its_segments_with_hours_and_money(visit: Visit, two: Pair) -> None:
    record(two.tracker, ten_minutes(THURSDAY, 5), memo="fixing login")

    page = visit(two.freelancer).get(two.diary, day="2026-11-19", zone="utc").text

    assert page.count('type="checkbox" name="slot"') == 5
    assert "fixing login · dev" in page
    assert "<b>0:50</b>" in page
    assert "41.67 EUR" in page
    assert "0:50</b> of 40:00" in page
    assert "Locks Mon 23 Nov 2026, 12:00" in page


def test_a_client_sees_the_same_day_and_only_the_change_that_is_theirs(
    visit: Visit, two: Pair
) -> None:
    record(two.tracker, ten_minutes(THURSDAY, 5), memo="fixing login")

    page = visit(two.client).get(two.diary).text

    assert "fixing login · dev" in page
    assert "Set label" in page
    assert "Remove" not in page
    assert "Add manual time" not in page


def test_t1_a_diary_of_others_is_not_there(service: Service, visit: Visit, two: Pair) -> None:
    stranger = somebody(service, "eve")
    (part,) = record(two.tracker, [THURSDAY])

    for path in ("", f"/segments/{part.slot.index}", f"/edit?slot={part.slot.index}", "/add"):
        assert visit(stranger).get(f"{two.diary}{path}").status_code == 404
        assert visit().get(f"{two.diary}{path}").status_code == 303


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        ("2026-11-19", "Asia/Kathmandu", "14:45"),
        ("2026-11-20", "Pacific/Kiritimati", None),
        ("2026-11-19", "America/New_York", "04:00"),
    ],
)
def test_days_are_days_of_the_zone_that_is_shown(  # noqa: PLR0917 -- what pytest gives
    service: Service, visit: Visit, two: Pair, day: str, zone: str, expected: str | None
) -> None:
    record(two.tracker, [THURSDAY])
    live_in(service, two.freelancer.user, zone)

    page = visit(two.freelancer).get(two.diary, day=day).text

    if expected is None:
        assert "Nothing was recorded on this day" in page
    else:
        assert f"Choose {expected}" in page


def test_a_day_has_all_its_hours_where_the_clocks_change(
    service: Service, visit: Visit, web: httpx.Client, clock: FixedClock
) -> None:
    clock.instant = utc("2026-10-25 12:00")
    two = pair(service, web)
    live_in(service, two.freelancer.user, "Europe/Berlin")
    record(two.tracker, ten_minutes(utc("2026-10-24 22:00"), 25 * 6)[: 13 * 6])

    page = visit(two.freelancer).get(two.diary, day="2026-10-25").text

    assert page.count('type="checkbox" name="slot"') == 13 * 6
    assert "2+02" in page
    assert "2+01" in page


def test_each_party_can_see_the_others_zone(service: Service, visit: Visit, two: Pair) -> None:
    record(two.tracker, [THURSDAY])
    live_in(service, two.freelancer.user, "Asia/Kathmandu")
    live_in(service, two.client.user, "America/New_York")

    assert "Choose 04:00" in visit(two.freelancer).get(two.diary, zone="other").text
    page = visit(two.client).get(two.diary, day="2026-11-19", zone="other").text
    assert "Choose 14:45" in page


def test_a_zone_that_nobody_chose_is_not_offered(visit: Visit, two: Pair) -> None:
    page = visit(two.freelancer).get(two.diary, zone="other").text

    assert "zone=other" not in page


def test_a_page_asked_for_in_no_zone_of_the_three_is_refused(visit: Visit, two: Pair) -> None:
    assert visit(two.freelancer).get(two.diary, zone="mars").status_code == 422


def test_a_day_that_is_none_is_today(visit: Visit, two: Pair) -> None:
    for day in ("yesterday", "2026-13-45", "0001-01-01", "9999-12-31"):
        assert "Thu 19 Nov 2026" in visit(two.freelancer).get(two.diary, day=day).text


def test_an_empty_day_leads_to_the_last_one_that_is_not(visit: Visit, two: Pair) -> None:
    record(two.tracker, [THURSDAY])

    page = visit(two.freelancer).get(two.diary, day="2026-11-17").text

    assert "Go to Thu 19 Nov 2026" in page


def test_a_diary_without_anything_says_how_to_begin(visit: Visit, two: Pair) -> None:
    assert "worklog login" in visit(two.freelancer).get(two.diary).text
    assert "Nothing has been recorded" in visit(two.client).get(two.diary).text


def test_a_locked_week_says_so(visit: Visit, two: Pair, clock: FixedClock) -> None:
    record(two.tracker, [THURSDAY])
    clock.instant = utc("2026-11-24 09:00")

    page = visit(two.freelancer).get(two.diary, day="2026-11-19").text

    assert "Locked since Mon 23 Nov 2026, 12:00" in page
    assert "Pictures can still be redacted" in page


def test_a_client_never_learns_of_another_contract(
    service: Service, visit: Visit, two: Pair
) -> None:
    other = organisation(service, "Shop AG", owners=[somebody(service, "sue")])
    agree(service, SHOP, freelancer=two.freelancer, organisation=other)
    record(two.tracker, [THURSDAY], contract=SHOP.contract_id)
    (part,) = record(two.tracker, [THURSDAY + timedelta(seconds=1)])
    browser = visit(two.freelancer)
    browser.send(f"/diary/{SHOP.contract_id}/choose", slot=str(part.slot.index))

    seen = visit(two.client).get(two.diary).text
    large = visit(two.client).get(f"{two.diary}/segments/{part.slot.index}").text

    assert "shared" in browser.get(two.diary).text
    for page in (seen, large):
        assert "shared" not in page
        assert "another contract" not in page
        assert "Shop" not in page
        assert "chosen to bill" not in page
    assert "not billed" in large


def test_a_segment_shows_what_is_known_of_it(visit: Visit, two: Pair) -> None:
    (part,) = record(two.tracker, [THURSDAY], picture=png())

    whole = visit(two.freelancer).get(f"{two.diary}/segments/{part.slot.index}").text

    for words in ("10 of 10 minutes active", "Editor", "main.py", "billed, 0:10 = 8.33 EUR"):
        assert words in whole
    assert "signed, received in time" in whole
    assert "by nobody yet" in whole
    assert f"/pictures/{SITE.contract_id}/{part.slot.index}/{part.part_id}/0" in whole


def test_r6_a_snapshot_stands_beside_the_screen(visit: Visit, two: Pair) -> None:
    shot, face = png(), png((0, 200, 0))
    part = two.tracker.part(THURSDAY, pictures=(shot,), snapshot=face)
    two.tracker.post([two.tracker.seal(part)])
    two.tracker.put_picture(part, 0, shot)
    two.tracker.put_picture(part, 1, face)

    for party in (two.freelancer, two.client):
        whole = visit(party).get(f"{two.diary}/segments/{part.slot.index}").text
        assert '<figcaption class="meta">Screen 1 at ' in whole
        assert '<figcaption class="meta">Camera at ' in whole
        assert "<dt>camera</dt>" not in whole


def test_r6_a_snapshot_that_failed_says_why(visit: Visit, two: Pair) -> None:
    plain = two.tracker.part(THURSDAY)
    failed = Capture(CaptureState.NO_CAMERA, THURSDAY, role=Role.CAMERA)
    part = replace(plain, captures=(failed,))
    two.tracker.post([two.tracker.seal(part)])

    whole = visit(two.freelancer).get(f"{two.diary}/segments/{part.slot.index}").text

    assert "<dt>camera</dt><dd>no camera</dd>" in whole
    assert "no picture" in whole


def test_r8_minutes_that_were_seen_and_not_counted_are_shown_as_such(
    visit: Visit, two: Pair
) -> None:
    counted = two.tracker.part(THURSDAY)
    part = replace(counted, activity=Activity(active=counted.activity.active))
    two.tracker.post([two.tracker.seal(part)])

    whole = visit(two.freelancer).get(f"{two.diary}/segments/{part.slot.index}").text

    assert "10 of 10 minutes active" in whole
    assert f"Keys, clicks and scrolls are {UNCOUNTED}." in whole
    assert 'class="counts"' not in whole


def test_a_segment_that_is_not_there_is_not_found(visit: Visit, two: Pair) -> None:
    assert visit(two.freelancer).get(f"{two.diary}/segments/1").status_code == 404


@pytest.mark.no_cover  # a tracer doubles the time
def test_a_whole_day_takes_as_many_queries_as_a_short_one_and_less_than_100_ms(
    service: Service, visit: Visit, two: Pair
) -> None:
    record(two.tracker, ten_minutes(utc("2026-11-18 00:00"), 144))
    record(two.tracker, [THURSDAY])
    browser = visit(two.freelancer)

    few = queries(service, browser, two.diary, "2026-11-19")
    many = queries(service, browser, two.diary, "2026-11-18")
    effort = min(_effort_s(browser, f"{two.diary}?day=2026-11-18&zone=utc") for _ in range(5))

    assert many == few
    assert effort < 0.1


def _effort_s(browser: Browser, path: str) -> float:
    """Return the processor time that the page takes, asking included [s]."""
    begun = time.process_time()
    assert browser.client.get(path).text.count('name="slot"') == 144
    return time.process_time() - begun


def queries(service: Service, browser: Browser, path: str, day: str) -> int:
    """Return how many statements the page of *day* takes."""
    browser.get(path, day=day, zone="utc")  # what is done once per process is done now
    seen = []

    def note(*what: object) -> None:
        seen.append(what[2])

    event.listen(service.store.engine, "before_cursor_execute", note)
    assert browser.get(path, day=day, zone="utc").status_code == 200
    event.remove(service.store.engine, "before_cursor_execute", note)
    return len(seen)


def live_in(service: Service, user: str, zone: str) -> None:
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(update(t.users).where(t.users.c.user_id == user).values(zone=zone))
