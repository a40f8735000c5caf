"""`/devices`: what is logged in to an account, and ending it."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
from sqlalchemy import select

from tests.service.people import Visit, session_of, somebody
from tests.service.tracker import Account, Tracker
from tests.support.cache_values import FixedClock
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, audit
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern
from worklog.service.web.agents import browser_in_words


def test_a_revoked_device_is_out_and_its_old_token_stays_worthless_when_it_logs_in_again(
    service: Service, visit: Visit, ann: Account, tracker: Tracker
) -> None:
    browser = visit(session_of(service, ann.user, "ann"))
    assert tracker.ask("GET", "/whoami").status_code == 200
    assert "desk of ann" in browser.get("/devices").text
    asked = browser.get(f"/devices/{ann.device}/revoke").text
    assert "keeps its outbox" in asked

    page = browser.send(f"/devices/{ann.device}/revoke").text

    assert "desk of ann is revoked." in page
    assert "No device is logged in" in page
    assert tracker.ask("GET", "/whoami").status_code == 401
    with service.store.writing(SYSTEM) as scope:
        key = ann.key.public_key().public_bytes_raw()
        accounts.register_device(scope, ann.user, ann.device, key)
        new = accounts.grant_token(scope, ann.user, DEVICE_PERMITS, device=ann.device)
    assert tracker.ask("GET", "/whoami").status_code == 401
    assert tracker.ask("GET", "/whoami", token=new).status_code == 200
    with service.store.reading(SYSTEM) as scope:
        verbs = [entry.verb for entry in audit.entries(scope, [Concern(user=ann.user)])]
    assert verbs == ["device-revoked"]


def test_a_device_of_somebody_else_is_not_there(
    service: Service, visit: Visit, ann: Account, tracker: Tracker
) -> None:
    ben = visit(somebody(service, "ben"))

    assert ben.get(f"/devices/{ann.device}/revoke").status_code == 404
    assert ben.post(f"/devices/{ann.device}/revoke").status_code == 404

    assert tracker.ask("GET", "/whoami").status_code == 200


def test_when_a_device_was_seen_is_noted_every_ten_minutes_and_not_more_often(
    service: Service, clock: FixedClock, ann: Account, tracker: Tracker
) -> None:
    def seen() -> list[int]:
        with service.store.reading(SYSTEM) as scope:
            device = select(t.devices.c.seen_ms).where(t.devices.c.user_id == ann.user)
            token = select(t.tokens.c.seen_ms).where(t.tokens.c.user_id == ann.user)
            return [scope.db.scalar(device) or 0, scope.db.scalar(token) or 0]

    assert seen() == [0, 0]
    tracker.ask("GET", "/whoami")
    first = seen()
    clock.instant += timedelta(minutes=9)
    tracker.ask("GET", "/whoami")
    assert seen() == first
    clock.instant += timedelta(minutes=1)
    tracker.ask("GET", "/whoami")

    assert [now - then for now, then in zip(seen(), first, strict=True)] == [600_000, 600_000]


def test_one_session_or_all_others_are_ended_and_this_one_goes_on(
    service: Service, visit: Visit
) -> None:
    ann = somebody(service, "ann")
    others = [visit(session_of(service, ann.user, "ann")) for _ in range(3)]
    stranger = visit(somebody(service, "ben"))
    browser = visit(ann)
    page = browser.get("/devices").text
    assert page.count("this one") == 1
    names = re.findall(r'name="session" value="([0-9a-f]+)"', page)
    assert len(names) == 3

    stranger.send("/sessions/end", session=names[0])
    assert all(other.get("/devices").status_code == 200 for other in others)
    assert "1 session ended." in browser.send("/sessions/end", session=names[0]).text
    assert sorted(other.get("/devices").status_code for other in others) == [200, 200, 303]
    assert "2 sessions ended." in browser.send("/sessions/end", others="yes").text

    assert [other.get("/devices").status_code for other in others] == [303, 303, 303]
    assert browser.get("/devices").status_code == 200
    assert stranger.get("/devices").status_code == 200


def test_without_a_device_the_command_to_log_one_in_is_shown(
    service: Service, visit: Visit, web: httpx.Client
) -> None:
    page = visit(somebody(service, "ann")).get("/devices").text

    assert f"worklog login {str(web.base_url).rstrip('/')}" in page


def test_browsers_are_told_apart_in_words() -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"

    assert browser_in_words(chrome) == "Chrome on Linux"
    assert browser_in_words(f"{chrome} Edg/140.0") == "Edge on Linux"
    assert browser_in_words(phone) == "Safari on iPhone"
    assert browser_in_words("Firefox/140.0") == "Firefox"
    assert browser_in_words("tests") == "An unknown browser"
