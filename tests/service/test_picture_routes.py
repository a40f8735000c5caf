"""Pictures in the browser: for the two parties, opened as they go, each view by a client noted."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.service.desk import SHOP, Pair, pair, record, slots_of
from tests.service.people import Visit, agree, organisation, somebody
from tests.service.tracker import png
from tests.support.cache_values import FixedClock
from tests.support.fakes import utc
from worklog.domain.part import Part
from worklog.service.service import Service

THURSDAY = utc("2026-11-19 09:00")


@pytest.fixture
def two(service: Service, web: httpx.Client, clock: FixedClock) -> Pair:
    clock.instant = utc("2026-11-19 19:00")
    return pair(service, web)


@pytest.fixture
def part(two: Pair) -> Part:
    return record(two.tracker, [THURSDAY], picture=png())[0]


def address(part: Part) -> str:
    return f"/pictures/{part.contract}/{part.slot.index}/{part.part_id}/0"


def test_both_parties_see_picture_and_thumbnail(visit: Visit, two: Pair, part: Part) -> None:
    for who in (two.freelancer, two.client):
        whole = visit(who).get(address(part))
        small = visit(who).get(f"{address(part)}/thumbnail")

        assert whole.content == png()
        assert whole.headers["Content-Type"] == "image/png"
        assert small.content[:4] == b"RIFF"
        assert small.headers["Content-Type"] == "image/webp"


def test_t3_a_picture_goes_out_with_headers_that_keep_it_from_caches_and_other_sites(
    visit: Visit, two: Pair, part: Part
) -> None:
    for path in (address(part), f"{address(part)}/thumbnail"):
        headers = visit(two.freelancer).get(path).headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Content-Disposition"] == "inline"
        assert "sandbox" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_range_of_a_picture_is_the_whole_of_it(visit: Visit, two: Pair, part: Part) -> None:
    answer = visit(two.freelancer).client.get(address(part), headers={"Range": "bytes=0-3"})

    assert answer.status_code == 200
    assert answer.content == png()


def test_t1_nobody_else_sees_a_picture_by_any_address(
    service: Service, visit: Visit, part: Part
) -> None:
    stranger = somebody(service, "eve")
    evil = organisation(service, "Evil Inc", owners=[stranger])
    agree(service, SHOP, freelancer=stranger, organisation=evil)

    for path in (
        address(part),
        f"{address(part)}/thumbnail",
        address(part).replace(part.contract, SHOP.contract_id),
    ):
        assert visit(stranger).get(path).status_code == 404
        assert visit().get(path).status_code == 303


def test_a_picture_that_never_was_is_not_found(visit: Visit, two: Pair, part: Part) -> None:
    browser = visit(two.freelancer)

    assert browser.get(f"{address(part)[:-1]}7").status_code == 404
    assert browser.get(address(part).replace(part.part_id, "nobody")).status_code == 404
    other = record(two.tracker, [THURSDAY + timedelta(hours=1)])[0]
    assert browser.get(address(other)).status_code == 404


def test_a_picture_that_is_still_to_come_is_not_found_yet(visit: Visit, two: Pair) -> None:
    part = two.tracker.part(THURSDAY, pictures=(png(),))
    two.tracker.post([two.tracker.seal(part)])

    assert visit(two.freelancer).get(address(part)).status_code == 404
    assert "picture to follow" in visit(two.freelancer).get(two.diary).text


def test_t17_a_removed_picture_is_gone(visit: Visit, two: Pair, part: Part) -> None:
    browser = visit(two.freelancer)
    browser.send(f"{two.diary}/remove", slot=slots_of([part]))

    for who in (two.freelancer, two.client):
        assert visit(who).get(address(part)).status_code == 410
        assert visit(who).get(f"{address(part)}/thumbnail").status_code == 410


def test_the_freelancer_sees_who_of_the_client_looked(visit: Visit, two: Pair, part: Part) -> None:
    client = visit(two.client)
    client.get(two.diary, day="2026-11-19")
    client.get(f"{address(part)}/thumbnail")
    client.get(address(part))
    client.get(address(part))

    seen = visit(two.freelancer).get(f"{two.diary}/segments/{part.slot.index}").text

    assert two.client.name in seen
    assert "large, 2 times" in seen
    assert "small, 1 time<" in seen


def test_a_thumbnail_that_is_asked_for_by_itself_is_noted_as_well(
    visit: Visit, two: Pair, part: Part, clock: FixedClock
) -> None:
    visit(two.client).get(f"{address(part)}/thumbnail")
    clock.instant += timedelta(minutes=11)
    visit(two.client).get(f"{address(part)}/thumbnail")

    seen = visit(two.freelancer).get(f"{two.diary}/segments/{part.slot.index}").text

    assert "small, 2 times" in seen


def test_what_the_freelancer_looks_at_is_nobodys_business(
    visit: Visit, two: Pair, part: Part
) -> None:
    browser = visit(two.freelancer)
    browser.get(two.diary)
    browser.get(address(part))

    assert "by nobody yet" in browser.get(f"{two.diary}/segments/{part.slot.index}").text
    assert "looked at" not in visit(two.client).get(f"{two.diary}/segments/{part.slot.index}").text
