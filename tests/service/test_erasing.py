"""Erasing one's own account: what goes, what stays, and what stands against it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert, select, update

from tests.entry.failing import handler
from tests.service.conftest import Backend
from tests.service.people import Browser, Visit, session_of, somebody
from tests.service.tracker import png
from tests.service.weeks import WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.amendment import Describe, Key, Manual, ManualSpan, Unknown
from worklog.domain.canonical import canonical
from worklog.domain.evidence import FieldState, field_states
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.part import Part
from worklog.errors import ServiceAuthError
from worklog.failpoints import install
from worklog.service import operating, passwords
from worklog.service.chores import Worker
from worklog.service.entering import Origin, log_in
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, audit, diary, links, people, requests
from worklog.service.store import tables as t
from worklog.service.store.links import Purpose
from worklog.service.web.forms import FormError
from worklog.wire.feedback import encode_feedback
from worklog.wire.reader import Reader
from worklog.wire.sync.uploads import encode_upload

PASSWORD = "four calm words here"
MEMO, TITLE, LOGIN = "canary-memo-7f3a", "canary-title-91bd", "canary-login-20c4"
DISPLAY, MAIL, HOST = "Canary Display-88e1", "canary-mail@example.com", "canary-host-55c1"
ADDRESS, WORDS = "canary-address-3b", "canary-words-6d2f"
CANARIES = (MEMO, TITLE, LOGIN, DISPLAY, MAIL, HOST, ADDRESS, WORDS)
LOCKED = NINE + timedelta(days=8)
NOBODY = "erased person"


def known(service: Service, user: str, **values: str) -> None:
    """Give *user* a password and *values*."""
    columns = {"password": passwords.hashed(PASSWORD), **values}
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(update(t.users).where(t.users.c.user_id == user).values(**columns))


@pytest.fixture
def both(service: Service, web: httpx.Client) -> Pair:
    """Two parties; the freelancer is called by words that are looked for afterwards."""
    made = pair(service, web)
    known(service, made.account.user, name=LOGIN, display=DISPLAY, mail=MAIL)
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(update(t.devices).values(host=HOST))
    log_in(service, LOGIN, PASSWORD, Origin(ADDRESS, "a browser"))
    return replace(made, freelancer=session_of(service, made.account.user, LOGIN))


def recorded(both: Pair, clock: FixedClock, segments: int, shot: bytes) -> list[Part]:
    """Send *segments* with words, the first with a picture."""
    parts = []
    for number in range(segments):
        pictures = (shot,) if number == 0 else ()
        start = NINE + timedelta(minutes=10 * number)
        part = both.tracker.part(start, memo=f"{MEMO} {number} " + "w" * 200, pictures=pictures)
        parts.append(replace(part, title=f"{TITLE} {number}"))
    clock.instant = max(clock.instant, NINE + timedelta(minutes=10 * segments))
    results = both.tracker.post([both.tracker.seal(part) for part in parts])
    assert all(result.problem is None for result in results)
    assert both.tracker.put_picture(parts[0], 0, shot).status_code == 201
    return parts


def erase(browser: Browser, mail: str = MAIL) -> None:
    answer = browser.post("/settings/erase", mail=mail, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == "/login"


def bills(service: Service, user: str) -> dict[Key, object]:
    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, user, 0, 1 << 40)
    return {row.segment.key: row.bill for row in rows}


def dump(service: Service) -> str:
    """Return all rows of all tables as text."""
    with service.store.reading(SYSTEM) as scope:
        return "\n".join(
            repr(row)
            for table in t.metadata.sorted_tables
            for row in scope.db.execute(table.select())
        )


def test_the_page_says_what_goes_what_stays_and_what_will_not_be_paid(
    visit: Visit, both: Pair, clock: FixedClock
) -> None:
    recorded(both, clock, 3, png())
    ann = visit(both.freelancer)

    assert 'href="/settings/erase"' in ann.get("/settings").text
    page = " ".join(ann.get("/settings/erase").text.split())

    assert "All 3 segments of your diary: pictures (1)" in page
    assert "<b>0:30 and 30.00 EUR</b> of weeks that are not locked yet will not be billed" in page
    assert "bill of locked weeks" in page
    assert f"Type {MAIL}" in page
    clock.instant = LOCKED
    assert "all that bills is in locked weeks" in ann.get("/settings/erase").text


def test_r20_all_words_and_pictures_go_and_headers_and_frozen_bills_stay(
    service: Service, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    shot = png()
    parts = recorded(both, clock, 4, shot)
    olga = visit(both.owner)
    clock.instant = LOCKED
    Worker(service).run_due()
    before = bills(service, both.account.user)
    sheet = olga.get("/timesheet", week=WEEK).text
    assert DISPLAY in sheet

    erase(visit(both.freelancer))

    assert bills(service, both.account.user) == before
    assert service.objects.names() == []
    rows = dump(service)
    assert [canary for canary in CANARIES if canary in rows] == []
    with service.store.reading(SYSTEM) as scope:
        found = diary.part_rows(scope, both.account.user, [part.part_id for part in parts])
        assert len(found) == 4
        states = [field_states(diary.record_of(row)) for row in found.values()]
        assert {state for one in states for state in one.values()} == {FieldState.ERASED}
        assert scope.db.execute(select(t.pictures)).all() == []
        assert scope.db.execute(select(t.picture_keys)).all() == []
        assert audit.first_broken(scope) is None
    after = olga.get("/timesheet", week=WEEK).text
    assert NOBODY in after
    assert _billed(after) == _billed(sheet)
    assert "<b>0:40</b>" in _billed(after)
    assert "40.00 EUR" in _billed(after)
    day = olga.get(f"/diary/{both.contract}", day="2026-11-16").text
    assert NOBODY in day
    assert MEMO not in day
    trail = olga.get("/activity").text
    assert NOBODY in trail
    assert "erased the account" in trail


def _billed(page: str) -> list[str]:
    """Return the hours that bill and the money on a timesheet, in order."""
    return re.findall(r"<b>\d+:\d\d</b>|[\d.]+ EUR", page)


def test_time_of_weeks_that_are_not_locked_bills_no_more(
    service: Service, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    recorded(both, clock, 2, png())
    start = NINE + timedelta(hours=5)
    clock.instant = start + timedelta(hours=1)
    contract = ContractId(both.contract)
    span = ManualSpan(Slot.containing(start))
    both.tracker.amend(both.tracker.amendment(Manual(contract, (span,), WORDS, "dev"), start))
    key = Key(Slot.containing(NINE), contract)
    both.tracker.amend(both.tracker.amendment(Describe((key,), memo=WORDS), start))
    both.tracker.amend(
        both.tracker.amendment(Unknown("later", canonical({"says": WORDS}).decode()), start)
    )
    assert len(bills(service, both.account.user)) == 3

    erase(visit(both.freelancer))

    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, both.account.user, 0, 1 << 40)
    assert [(row.bill.seconds, row.segment.is_deleted) for row in rows] == [(0, True)] * 3
    assert {(row.segment.memo, row.segment.label, row.segment.title) for row in rows} == {
        ("", "", None)
    }
    assert WORDS not in dump(service)


def test_devices_and_sessions_are_out_and_nobody_logs_in_again(
    service: Service, visit: Visit, both: Pair
) -> None:
    part = both.tracker.part(NINE, memo=MEMO)
    record = both.tracker.seal(part)
    browser, other = visit(both.freelancer), visit(session_of(service, both.account.user, LOGIN))
    body = encode_feedback({"schema": 1, "id": "report-0", "text": WORDS})
    assert both.tracker.ask("POST", "/feedback", content=body).status_code == 201
    with service.store.writing(SYSTEM) as scope:
        requests.put_request(scope, both.account.user, ContractId(both.contract), WORDS)

    erase(browser)

    assert [one.get("/settings").status_code for one in (browser, other)] == [303, 303]
    assert both.tracker.put(record).status_code == 401
    assert both.tracker.ask("GET", "/changes").status_code == 401
    with pytest.raises(FormError):
        log_in(service, LOGIN, PASSWORD, Origin("192.0.2.1", ""))
    assert WORDS not in dump(service)
    with service.store.reading(SYSTEM) as scope:
        assert both.account.user not in {one.user for one in operating.accounts_of(scope)}
        assert people.person_of(scope, both.account.user) is None
    again = somebody(service, LOGIN)  # the name is free
    assert again.user != both.account.user


def test_what_was_on_its_way_meanwhile_is_not_taken_in(
    service: Service, visit: Visit, both: Pair
) -> None:
    """A device whose token was looked at just before finds the account gone."""
    with service.store.reading(SYSTEM) as scope:
        found = accounts.actor_of_token(scope, both.account.token)
    assert found is not None
    part = both.tracker.part(NINE, memo=MEMO)
    upload = canonical(encode_upload(both.tracker.seal(part))).decode()
    key = Key(part.slot, part.contract)
    text = both.tracker.amendment(Describe((key,), memo=MEMO), NINE)
    erase(visit(both.freelancer))

    with pytest.raises(ServiceAuthError, match="was erased"):
        service.ingest.put_part(found[0], part.part_id, Reader.of_text(upload, "upload"))
    with pytest.raises(ServiceAuthError, match="was erased"):
        service.ingest.put_amendments(found[0], [text])
    assert MEMO not in dump(service)


def test_mail_and_password_must_be_typed_and_guessing_is_stopped(visit: Visit, both: Pair) -> None:
    ann = visit(both.freelancer)
    nothing = ann.post("/settings/erase")
    wrong = ann.post("/settings/erase", mail="somebody@example.com", password=PASSWORD)
    guesses = [ann.post("/settings/erase", mail=MAIL, password="guess") for _ in range(9)]

    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert "That is not your password." in nothing.text
    assert "That is not the mail address of your account." in wrong.text
    assert [answer.status_code for answer in guesses] == [422] * 8 + [429]
    assert int(guesses[-1].headers["Retry-After"]) > 0
    assert ann.get("/settings").status_code == 200


def test_without_a_mail_address_the_login_name_is_typed(service: Service, visit: Visit) -> None:
    ben = somebody(service, "ben")
    known(service, ben.user)
    browser = visit(ben)
    assert "The name you log in with" in browser.get("/settings/erase").text

    erase(browser, " BEN ")

    assert browser.get("/settings").status_code == 303


def test_an_erasure_that_fails_in_the_middle_has_erased_nothing(
    service: Service, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    recorded(both, clock, 3, png())
    browser = visit(both.freelancer)
    assert browser.get("/settings").status_code == 200  # notes when the session was seen
    before = _without_tries(dump(service))

    install(handler("service.materialise=raise"))
    try:
        answer = browser.post("/settings/erase", mail=MAIL, password=PASSWORD)
    finally:
        install(None)

    assert answer.status_code == 500
    assert _without_tries(dump(service)) == before
    assert len(service.objects.names()) == 2
    erase(browser)
    assert MEMO not in dump(service)


def _without_tries(rows: str) -> list[str]:
    return sorted(row for row in rows.splitlines() if not row.startswith("('password:"))


# --- What stands against it -----------------------------------------------------------


def refusal(browser: Browser, mail: str) -> str:
    shown = browser.get("/settings/erase").text
    answer = browser.post("/settings/erase", mail=mail, password=PASSWORD)
    assert answer.status_code == 409, answer.text
    assert "Not yet" in answer.text
    assert "Not yet" in shown
    assert 'name="password"' not in answer.text
    return " ".join(answer.text.split())


def test_r31_nothing_is_erased_while_a_dispute_is_open(
    service: Service, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    recorded(both, clock, 1, png())
    clock.instant = NINE + timedelta(days=7, hours=5)
    slot = str(Slot.containing(NINE).index)
    olga, ann = visit(both.owner), visit(both.freelancer)
    known(service, both.owner.user)
    olga.send(f"/review/{both.contract}/{WEEK}/dispute", slot=slot, dispute_reason="too long")

    assert "1 segment of yours is in dispute" in refusal(ann, MAIL)

    assert MEMO in dump(service)
    assert len(service.objects.names()) == 2
    olga.send(f"/contracts/{both.contract}/end")
    assert "which has an open dispute" in refusal(olga, "olga")


def test_the_last_owner_of_running_contracts_is_told_what_to_do_first(
    service: Service, visit: Visit, both: Pair
) -> None:
    olga = visit(both.owner)
    known(service, both.owner.user)

    said = refusal(olga, "olga")

    assert "You are the last owner of client of ann, which has 1 running contract." in said
    assert f'href="/people/{both.account.organisation}"' in said
    assert "Make somebody else an owner first" in said
    address = f"/people/{both.account.organisation}/members/{both.member.user}"
    olga.send(address, what="owner")
    erase(olga, "olga")


def test_the_only_operator_stays_until_there_is_another(service: Service, visit: Visit) -> None:
    oscar = somebody(service, "oscar", is_operator=True)
    known(service, oscar.user)
    browser = visit(oscar)

    assert "Nobody else runs this service." in refusal(browser, "oscar")

    closed = somebody(service, "paul", is_operator=True)
    operating.set_disabled(service.store, operating.MACHINE, closed.user, is_disabled=True)
    assert "Invite another operator first." in refusal(browser, "oscar")
    operating.set_disabled(service.store, operating.MACHINE, closed.user, is_disabled=False)
    erase(browser, "oscar")


# --- Clients --------------------------------------------------------------------------


def test_a_client_who_goes_is_nobody_in_the_trail_the_history_and_among_those_who_looked(
    service: Service, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    shot = png()
    (part,) = recorded(both, clock, 1, shot)
    known(service, both.member.user, name=f"mia-{WORDS}", display=f"Mia {WORDS}")
    mia = visit(session_of(service, both.member.user, f"mia-{WORDS}"))
    slot = str(part.slot.index)
    picture = f"/pictures/{both.contract}/{slot}/{part.part_id}/0"
    assert mia.get(picture).status_code == 200
    mia.send(f"/diary/{both.contract}/edit", slot=slot, label="dev")
    assert WORDS in json.dumps(both.tracker.ask("GET", "/changes").json())
    ann = visit(both.freelancer)

    erase(mia, f"mia-{WORDS}")

    assert WORDS not in dump(service)
    told = json.dumps(both.tracker.ask("GET", "/changes").json())
    assert WORDS not in told
    assert NOBODY in told
    assert WORDS not in ann.get("/activity").text
    assert NOBODY in ann.get("/activity").text
    segment = ann.get(f"/diary/{both.contract}/segments/{slot}").text
    assert segment.count(NOBODY) >= 2  # who labelled it, and who looked
    with service.store.reading(SYSTEM) as scope:
        assert audit.first_broken(scope) is None
        assert (
            MEMO in diary.segments_at(scope, both.account.user, [part.slot.index])[0].segment.memo
        )


def test_invitations_of_whoever_goes_are_revoked_and_name_nobody(
    service: Service, visit: Visit, both: Pair
) -> None:
    olga = session_of(service, both.owner.user, f"olga-{WORDS}")
    known(service, olga.user, name=olga.name)
    browser = visit(olga)
    where = f"/people/{both.account.organisation}"
    page = browser.post(f"{where}/invite", purpose="member", note="for Zoe").text
    (code,) = set(re.findall(r"/join\?code=([\w-]+)", page))
    with service.store.writing(SYSTEM) as scope:
        other = links.make_link(
            scope, Purpose.MEMBER, organisation=both.account.organisation, note="of the operator"
        )
    browser.send(f"/contracts/{both.contract}/end")

    erase(browser, olga.name)

    with service.store.reading(SYSTEM) as scope:
        found = [links.link_of(scope, one) for one in (code, other)]
    assert [link.state for link in found if link] == ["revoked", "revoked"]
    assert [link.note for link in found if link] == ["", "of the operator"]
    assert WORDS not in dump(service)


# --- Not a byte -----------------------------------------------------------------------


def _contents(backend: Backend) -> bytes:
    files = [path for path in backend.settings.data.rglob("*") if path.is_file()]
    return b"\0".join(path.read_bytes() for path in files)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_file_of_the_service_has_a_byte_of_it_afterwards(
    service: Service, backend: Backend, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    shot = png()
    recorded(both, clock, 60, shot)
    for number in range(40):  # rows that come and go between others
        key = Key(Slot.containing(NINE), ContractId(both.contract))
        change = Describe((key,), memo=f"{MEMO} again {number} " + "v" * number * 7)
        both.tracker.amend(both.tracker.amendment(change, NINE))
    other = somebody(service, "ben")
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(
            insert(t.feedback).values(
                feedback_id="f", user_id=other.user, at_ms=0, words="stays", content="{}"
            )
        )
        secrets = [bytes(row.secret) for row in scope.db.execute(select(t.picture_keys))]
        sealed = [service.objects.get(name)[-64:] for name in service.objects.names()]
    before = _contents(backend)
    assert all(canary.encode() in before for canary in CANARIES if canary != WORDS)
    assert all(one in before for one in [*secrets, *sealed])

    erase(visit(both.freelancer))
    service.store.close()

    after = _contents(backend)
    assert [canary for canary in CANARIES if canary.encode() in after] == []
    assert not any(one in after for one in [*secrets, *sealed, shot])
    assert b"stays" in after
