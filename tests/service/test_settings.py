"""`/settings`: name, mail, time zone and password of one's own account."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest
from sqlalchemy import select, update

from tests.service.conftest import ACME
from tests.service.people import Browser, Somebody, Visit, session_of, somebody
from tests.service.tracker import Tracker, account, png
from tests.support.cache_values import NINE
from worklog.service import passwords
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import tables as t

OLD, NEW = "four calm words here", "five other calm words here"


@pytest.fixture
def ann(service: Service) -> Somebody:
    made = somebody(service, "ann")
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(
            update(t.users)
            .where(t.users.c.user_id == made.user)
            .values(password=passwords.hashed(OLD))
        )
    return made


@pytest.fixture
def browser(visit: Visit, ann: Somebody) -> Browser:
    return visit(ann)


def test_name_mail_and_zone_are_kept(service: Service, browser: Browser, ann: Somebody) -> None:
    fields = {"display": "Ann Ames", "mail": "ann@example.com", "zone": "Asia/Tokyo"}

    page = browser.send("/settings", **fields).text

    assert "Your settings are kept." in page
    assert all(f'value="{value}"' in page for value in fields.values())
    with service.store.reading(SYSTEM) as scope:
        row = scope.db.execute(select(t.users).where(t.users.c.user_id == ann.user)).one()
    assert (row.display, row.mail, row.zone) == tuple(fields.values())


def test_what_cannot_be_kept_is_shown_again_with_what_is_wrong(browser: Browser) -> None:
    answer = browser.post("/settings", display="Ann", mail="nobody", zone="Mars/Olympus")

    assert answer.status_code == 422
    assert "looks like ann@example.com" in answer.text
    assert "no such zone" in answer.text
    assert 'value="Mars/Olympus"' in answer.text


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(
    service: Service, visit: Visit, browser: Browser, ann: Somebody
) -> None:
    other = visit(session_of(service, ann.user, "ann"))
    wrong = browser.post("/settings/password", old="not the password", new=NEW)
    weak = browser.post("/settings/password", old=OLD, new="short")
    assert (wrong.status_code, weak.status_code) == (422, 422)
    assert "That is not your password." in wrong.text
    assert "at least 10 characters" in weak.text
    assert other.get("/settings").status_code == 200

    page = browser.send("/settings/password", old=OLD, new=NEW).text

    assert "1 other session ended." in page
    assert "Your password is changed." in page
    assert other.get("/settings").status_code == 303
    assert browser.get("/settings").status_code == 200
    login = visit()
    assert login.post("/login", name="ann", password=OLD).status_code == 422
    assert login.post("/login", name="ann", password=NEW).status_code == 303


def test_guessing_the_password_is_stopped_after_ten_tries(browser: Browser) -> None:
    answers = [
        browser.post("/settings/password", old="not the password", new=NEW) for _ in range(11)
    ]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_the_export_has_parts_as_they_were_signed_and_pictures_and_nothing_of_others(
    service: Service, visit: Visit, web: httpx.Client
) -> None:
    ann = account(service, "ann", ACME)
    tracker = Tracker(ann, web)
    part = tracker.part(NINE, memo="../canary", pictures=(png(),))
    record = tracker.seal(part)
    assert tracker.put(record).status_code == 201
    assert tracker.put_picture(part, 0, png()).status_code == 201

    answer = visit(session_of(service, ann.user, "ann")).get("/settings/export")

    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    folder = f"parts/{part.part_id}"
    assert found[f"{folder}/header"] == record.header
    assert found[f"{folder}/signature"] == record.signature
    assert found[f"pictures/{part.part_id}-0.png"] == png()
    assert {"account.json", "audit.json", "views.json", "contracts/1.json"} <= found.keys()
    assert not any("canary" in name or ".." in name for name in found)

    strangers = visit(somebody(service, "ben")).get("/settings/export")
    with zipfile.ZipFile(io.BytesIO(strangers.content)) as archive:
        assert sorted(archive.namelist()) == ["account.json", "audit.json", "views.json"]
