"""Changing a diary in the browser: as amendments that trackers learn of, within R19 to R26."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from tests.service.desk import SHOP, SITE, Pair, pair, record, slot_at, slots_of, ten_minutes
from tests.service.people import Browser, Visit, agree, organisation, somebody
from tests.service.tracker import png
from tests.support.cache_values import FixedClock
from tests.support.fakes import utc
from worklog.domain.amendment import Amendment, Redact
from worklog.domain.contract import Policy, Screenshots
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import audit
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern
from worklog.wire.amendment import decode_amendment
from worklog.wire.sync.changes import AmendmentChange, decode_changes

THURSDAY = utc("2026-11-19 09:00")
LOCKED = utc("2026-11-24 09:00")


@pytest.fixture
def two(service: Service, web: httpx.Client, clock: FixedClock) -> Pair:
    clock.instant = utc("2026-11-19 19:00")
    return pair(service, web)


def heard(two: Pair) -> list[Amendment]:
    """Return the amendments that the tracker is told of."""
    page = decode_changes(two.tracker.get("/changes?after=0"))
    return [
        decode_amendment(change.text)
        for change in page.items
        if isinstance(change, AmendmentChange)
    ]


def day(browser: Browser, two: Pair) -> str:
    return browser.get(two.diary, day="2026-11-19", zone="utc").text


# --- Words --------------------------------------------------------------------------------


def test_memo_and_label_of_several_segments_change_at_once(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, ten_minutes(THURSDAY, 3))
    browser = visit(two.freelancer)

    browser.send(
        f"{two.diary}/edit", slot=slots_of(parts)[:2], memo="  new \t words ", label="review"
    )

    page = day(browser, two)
    assert "new words · review" in page
    assert "writing · dev" in page
    (amendment,) = heard(two)
    assert amendment.author == "freelancer"
    assert amendment.device == "web"


def test_an_empty_memo_leaves_each_as_it_is_unless_it_is_to_go(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, [THURSDAY])
    browser = visit(two.freelancer)

    browser.send(f"{two.diary}/edit", slot=slots_of(parts), memo="", label="review")
    kept = day(browser, two)
    browser.send(f"{two.diary}/edit", slot=slots_of(parts), memo="", label="", erase="yes")
    gone = day(browser, two)

    assert "writing · review" in kept
    assert "no memo · review" in gone


def test_a_change_of_nothing_is_refused_beside_its_field(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, [THURSDAY])

    answer = visit(two.freelancer).post(
        f"{two.diary}/edit", slot=slots_of(parts), memo="", label=""
    )

    assert answer.status_code == 422
    assert "Write a memo, choose a label, or take the memo away." in answer.text


def test_a_refused_form_keeps_what_was_typed(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, [THURSDAY])
    browser = visit(two.freelancer)

    unknown = browser.post(f"{two.diary}/edit", slot=slots_of(parts), memo="kept words", label="x")
    long = browser.post(f"{two.diary}/edit", slot=slots_of(parts), memo="w" * 501, label="dev")

    assert unknown.status_code == 404
    assert "has no such label" in unknown.text
    assert 'value="kept words"' in unknown.text
    assert long.status_code == 422
    assert "has more than 500 characters" in long.text
    assert "w" * 501 in long.text


def test_after_the_lock_words_are_refused_with_the_rule_and_what_to_do(
    visit: Visit, two: Pair, clock: FixedClock
) -> None:
    parts = record(two.tracker, [THURSDAY])
    clock.instant = LOCKED

    answer = visit(two.freelancer).post(
        f"{two.diary}/edit", slot=slots_of(parts), memo="too late", label="dev"
    )

    assert answer.status_code == 409
    assert "is locked: its words and its time stand" in answer.text
    assert "Ask the client to reopen it" in answer.text
    assert "(locked)" in answer.text
    assert 'value="too late"' in answer.text


def test_r22_a_client_labels_and_the_freelancer_is_told(
    service: Service, visit: Visit, two: Pair
) -> None:
    parts = record(two.tracker, [THURSDAY])
    browser = visit(two.client)

    browser.send(f"{two.diary}/edit", slot=slots_of(parts), memo="not mine to say", label="review")

    assert "writing · review" in day(browser, two)
    (amendment,) = heard(two)
    assert amendment.author == two.client.name
    with service.store.reading(SYSTEM) as scope:
        (entry,) = audit.entries(scope, [Concern(contract=SITE.contract_id)])
    assert (entry.verb, entry.actor) == ("diary-describe", two.client.name)


@pytest.mark.parametrize("what", ["remove", "redact", "move", "add", "choose"])
def test_r22_a_client_changes_nothing_else(visit: Visit, two: Pair, what: str) -> None:
    parts = record(two.tracker, [THURSDAY])

    answer = visit(two.client).post(f"{two.diary}/{what}", slot=slots_of(parts), day="2026-11-19")

    assert answer.status_code == 403
    assert heard(two) == []


@pytest.mark.parametrize("what", ["edit", "remove", "redact", "move", "add", "choose", "undo"])
def test_t1_a_stranger_changes_nothing(
    service: Service, visit: Visit, two: Pair, what: str
) -> None:
    parts = record(two.tracker, [THURSDAY])
    stranger = somebody(service, "eve")
    fields: dict[str, str | list[str]] = {"slot": slots_of(parts), "memo": "mine", "label": "dev"}

    assert visit(stranger).post(f"{two.diary}/{what}", **fields).status_code == 404
    assert visit().post(f"{two.diary}/{what}", **fields).status_code == 303
    assert heard(two) == []


def test_segments_that_are_not_there_cannot_be_changed(visit: Visit, two: Pair) -> None:
    browser = visit(two.freelancer)

    for what in ("edit", "remove", "redact", "move"):
        assert browser.get(f"{two.diary}/{what}", slot="1").status_code == 404
        assert (
            browser.post(f"{two.diary}/{what}", slot=["1", "x"], sure="yes", memo="m").status_code
            == 404
        )


# --- Removing -----------------------------------------------------------------------------


def test_removing_says_first_what_it_costs(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, ten_minutes(THURSDAY, 5))

    form = visit(two.freelancer).client.get(f"{two.diary}/remove", params={"slot": slots_of(parts)})

    assert "This removes 5 segments with 0:50 of billed time, worth 41.67 EUR." in form.text
    assert "It cannot be undone." in form.text


def test_removed_segments_leave_a_trace_and_no_time(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, ten_minutes(THURSDAY, 2))
    browser = visit(two.freelancer)

    browser.send(f"{two.diary}/remove", slot=slots_of(parts)[:1])

    page = day(browser, two)
    assert page.count('name="slot"') == 1
    assert "removed" in page
    assert "<b>0:10</b>" in page
    assert two.tracker.put(two.tracker.seal(replace(parts[1]))).status_code in {200, 409, 422}


def test_after_the_lock_removing_works_and_the_bill_stands(
    visit: Visit, two: Pair, clock: FixedClock
) -> None:
    parts = record(two.tracker, [THURSDAY])
    clock.instant = LOCKED
    browser = visit(two.freelancer)

    browser.send(f"{two.diary}/remove", slot=slots_of(parts))

    page = browser.get(f"{two.diary}/segments/{parts[0].slot.index}").text
    assert "removed" in page
    assert "0:10 = 8.33 EUR" in page


def test_a_segment_that_is_being_recorded_goes_with_its_rest(
    visit: Visit, two: Pair, clock: FixedClock
) -> None:
    parts = record(two.tracker, [THURSDAY])
    clock.instant = THURSDAY + timedelta(minutes=5)
    visit(two.freelancer).send(f"{two.diary}/remove", slot=slots_of(parts))

    late = two.tracker.part(THURSDAY + timedelta(minutes=8))
    answer = two.tracker.put(two.tracker.seal(late))

    assert answer.status_code == 410


# --- Redacting ----------------------------------------------------------------------------


def test_r21_a_box_of_a_picture_is_covered_for_good(visit: Visit, two: Pair) -> None:
    plain = png((200, 30, 30))
    (part,) = record(two.tracker, [THURSDAY], picture=plain)
    browser = visit(two.freelancer)
    path = f"/pictures/{part.contract}/{part.slot.index}/{part.part_id}/0"

    browser.send(f"{two.diary}/redact", slot=slots_of([part]), boxes="0,0,32,48")

    with Image.open(io.BytesIO(browser.get(path).content)) as image:
        red = image.convert("RGB").getchannel("R")
    assert max(red.crop((0, 0, 30, 48)).tobytes()) < 40
    assert min(red.crop((50, 0, 64, 48)).tobytes()) > 150
    (amendment,) = heard(two)
    assert isinstance(amendment.change, Redact)
    (covered,) = amendment.change.pictures
    assert covered.permille == 500
    assert covered.sha256 == hashlib.sha256(browser.get(path).content).hexdigest()
    thumbnail = browser.get(f"{path}/thumbnail").content
    assert covered.thumbnail_sha256 == hashlib.sha256(thumbnail).hexdigest()
    assert "redacted" in day(browser, two)


def test_t17_of_a_redacted_picture_no_key_and_no_object_is_left(
    service: Service, visit: Visit, two: Pair
) -> None:
    (part,) = record(two.tracker, [THURSDAY], picture=png())
    before = set(service.objects.names())

    visit(two.freelancer).send(f"{two.diary}/redact", slot=slots_of([part]))

    after = set(service.objects.names())
    assert len(after) == 2
    assert not before & after
    with service.store.reading(SYSTEM) as scope:
        keys = list(scope.db.scalars(select(t.picture_keys.c.object_key)))
        assert list(scope.db.scalars(select(t.doomed.c.object_key))) == []
    assert len(keys) == 1
    assert not before & set(keys)


def test_what_is_covered_stays_covered_by_a_second_box(visit: Visit, two: Pair) -> None:
    (part,) = record(two.tracker, [THURSDAY], picture=png((200, 30, 30)))
    browser = visit(two.freelancer)

    browser.send(f"{two.diary}/redact", slot=slots_of([part]), boxes="0,0,60,48")
    browser.send(f"{two.diary}/redact", slot=slots_of([part]), boxes="0,0,8,8 62,40,2,8")

    last = heard(two)[-1].change
    assert isinstance(last, Redact)
    assert last.pictures[0].permille == 938


@pytest.mark.parametrize(
    ("boxes", "status", "says"),
    [("all", 422, "Write each box as"), ("900,900,10,10", 409, "No box touches the picture")],
)
def test_boxes_that_cover_nothing_are_refused_with_what_was_typed(
    visit: Visit, two: Pair, boxes: str, status: int, says: str
) -> None:
    (part,) = record(two.tracker, [THURSDAY], picture=png())

    answer = visit(two.freelancer).post(f"{two.diary}/redact", slot=slots_of([part]), boxes=boxes)

    assert answer.status_code == status
    assert says in answer.text
    assert f'value="{boxes}"' in answer.text
    assert heard(two) == []


def test_a_segment_without_a_picture_has_nothing_to_redact(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, [THURSDAY])

    answer = visit(two.freelancer).post(f"{two.diary}/redact", slot=slots_of(parts))

    assert answer.status_code == 404
    assert "There is no picture to redact here." in answer.text


def test_after_the_lock_redacting_works(visit: Visit, two: Pair, clock: FixedClock) -> None:
    parts = record(two.tracker, ten_minutes(THURSDAY, 3), picture=png())
    clock.instant = LOCKED

    visit(two.freelancer).send(f"{two.diary}/redact", slot=slots_of(parts))

    (amendment,) = heard(two)
    assert isinstance(amendment.change, Redact)
    assert [picture.permille for picture in amendment.change.pictures] == [1000] * 3


# --- Time by hand ---------------------------------------------------------------------------


def test_r25_manual_time_fills_what_is_free(visit: Visit, two: Pair) -> None:
    record(two.tracker, [THURSDAY])
    browser = visit(two.freelancer)

    browser.send(
        f"{two.diary}/add",
        day="2026-11-19",
        zone="utc",
        start="9:00",
        end="9:26",
        memo="call with Ada",
        label="meeting",
    )

    page = day(browser, two)
    assert "call with Ada · meeting" in page
    assert page.count('name="slot"') == 3
    assert '<b>0:20</b> <span class="muted">manual</span>' in page


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"start": "9:00", "end": "9:30", "memo": ""}, 422, "needs a memo"),
        ({"start": "nine", "end": "9:30", "memo": "m"}, 422, "Write a time as"),
        ({"start": "9:30", "end": "9:00", "memo": "m"}, 422, "It ends before it begins"),
        ({"start": "18:00", "end": "23:00", "memo": "m"}, 422, "cannot lie in the future"),
        ({"start": "9:00", "end": "9:10", "memo": "m"}, 409, "No ten minutes"),
        ({"start": "10:00", "end": "10:10", "memo": "m", "label": "no"}, 404, "no such label"),
    ],
)
def test_manual_time_that_does_not_fit_is_refused_with_what_was_typed(
    visit: Visit, two: Pair, fields: dict[str, str], status: int, says: str
) -> None:
    record(two.tracker, [THURSDAY])

    answer = visit(two.freelancer).post(f"{two.diary}/add", day="2026-11-19", zone="utc", **fields)

    assert answer.status_code == status
    assert says in answer.text
    assert f'value="{fields["end"]}"' in answer.text


def test_manual_time_is_neither_offered_nor_taken_where_the_terms_forbid_it(
    service: Service, web: httpx.Client, visit: Visit, clock: FixedClock
) -> None:
    clock.instant = utc("2026-11-19 19:00")
    terms = (replace(SITE.terms[0], manual_time=False),)
    two = pair(service, web, replace(SITE, terms=terms))
    browser = visit(two.freelancer)

    answer = browser.post(
        f"{two.diary}/add", day="2026-11-19", zone="utc", start="9:00", end="9:30", memo="m"
    )

    assert answer.status_code == 403
    assert "does not allow manual time" in answer.text
    assert "Add manual time" not in day(browser, two)


# --- Another contract -----------------------------------------------------------------------


def test_r26_segments_move_after_a_yes_and_their_words_stay(
    service: Service, visit: Visit, two: Pair
) -> None:
    agree(service, SHOP, freelancer=two.freelancer, organisation=two.organisation)
    parts = record(two.tracker, [THURSDAY], picture=png())
    browser = visit(two.freelancer)
    fields: dict[str, str | list[str]] = {"slot": slots_of(parts), "to": SHOP.contract_id}

    unsure = browser.post(f"{two.diary}/move", **fields)
    browser.send(f"{two.diary}/move", sure="yes", memo="for the shop", **fields)

    assert unsure.status_code == 422
    assert "Say yes to this" in unsure.text
    there = browser.get(f"/diary/{SHOP.contract_id}", day="2026-11-19", zone="utc").text
    assert "for the shop" in there
    assert "writing" not in there
    assert "moved" in day(browser, two)
    picture = f"/pictures/{SHOP.contract_id}/{parts[0].slot.index}/{parts[0].part_id}/0"
    assert browser.get(picture).content == png()
    assert visit(two.client).get(picture).content == png()


def test_r26_what_the_other_contract_forbids_does_not_move(
    service: Service, visit: Visit, two: Pair
) -> None:
    policy = Policy(screenshots=Screenshots.FORBIDDEN)
    shop = replace(SHOP, terms=(replace(SHOP.terms[0], policy=policy),))
    agree(service, shop, freelancer=two.freelancer, organisation=two.organisation)
    parts = record(two.tracker, [THURSDAY], picture=png())

    answer = visit(two.freelancer).post(
        f"{two.diary}/move", slot=slots_of(parts), to=shop.contract_id, sure="yes"
    )

    assert answer.status_code == 403
    assert "does not allow pictures" in answer.text


def test_nothing_moves_to_a_contract_of_somebody_else(
    service: Service, visit: Visit, two: Pair
) -> None:
    eve = somebody(service, "eve")
    agree(service, SHOP, freelancer=eve, organisation=organisation(service, "Evil", owners=[eve]))
    parts = record(two.tracker, [THURSDAY])

    answer = visit(two.freelancer).post(
        f"{two.diary}/move", slot=slots_of(parts), to=SHOP.contract_id, sure="yes"
    )

    assert answer.status_code == 404
    assert heard(two) == []


def test_r15_the_freelancer_chooses_which_contract_bills(
    service: Service, visit: Visit, two: Pair
) -> None:
    agree(service, SHOP, freelancer=two.freelancer, organisation=two.organisation)
    (part,) = record(two.tracker, [THURSDAY])
    record(two.tracker, [THURSDAY], contract=SHOP.contract_id)
    browser = visit(two.freelancer)
    where = {
        f"/diary/{one}/segments/{part.slot.index}" for one in (SITE.contract_id, SHOP.contract_id)
    }
    (loser,) = (path for path in where if "bills for another contract" in browser.get(path).text)

    browser.send(loser.replace("segments/", "choose?").split("?")[0], slot=slot_at(THURSDAY))

    assert "billed, 0:10" in browser.get(loser).text


# --- Undo -----------------------------------------------------------------------------------


def test_one_undoes_ones_own_last_change(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, [THURSDAY])
    browser, client = visit(two.freelancer), visit(two.client)
    browser.send(f"{two.diary}/edit", slot=slots_of(parts), memo="new words", label="")
    client.send(f"{two.diary}/edit", slot=slots_of(parts), label="review")

    browser.send(f"{two.diary}/undo", day="2026-11-19")
    mine = day(browser, two)
    client.send(f"{two.diary}/undo", day="2026-11-19")

    assert "writing · review" in mine
    assert "Undo my last change" not in mine
    assert "writing · dev" in day(browser, two)
    assert browser.post(f"{two.diary}/undo").status_code == 404


def test_after_the_lock_nothing_can_be_undone(visit: Visit, two: Pair, clock: FixedClock) -> None:
    parts = record(two.tracker, [THURSDAY])
    browser = visit(two.freelancer)
    browser.send(f"{two.diary}/edit", slot=slots_of(parts), memo="new words", label="")
    clock.instant = LOCKED

    assert "Undo my last change" not in day(browser, two)
    assert browser.post(f"{two.diary}/undo").status_code == 404


def test_a_script_is_told_where_to_go(visit: Visit, two: Pair) -> None:
    parts = record(two.tracker, [THURSDAY])
    browser = visit(two.freelancer)
    headers = {"HX-Request": "true"}

    form = browser.client.get(
        f"{two.diary}/edit", params={"slot": slots_of(parts)}, headers=headers
    )
    answer = browser.client.post(
        f"{two.diary}/edit",
        data={"slot": slots_of(parts), "memo": "x", "day": "2026-11-19", "zone": "utc"},
        headers=headers,
    )

    assert form.text.startswith("<form") or "<html" not in form.text
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"{two.diary}?day=2026-11-19&zone=utc"
