"""Devices log in by a code that their owner confirms (RFC 8628, T26)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from tests.service.people import Somebody, Visit, somebody
from tests.support.cache_values import FixedClock
from worklog.service.service import Service
from worklog.wire.sync.messages import API

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REQUEST = {"device": "d-1", "key": "ab" * 32, "name": "desk", "host": "box", "version": "0.1.0"}


@pytest.fixture
def ann(service: Service) -> Somebody:
    return somebody(service, "ann")


def ask(web: httpx.Client) -> dict[str, str]:
    answer = web.post(f"{API}/device/code", json=REQUEST)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def poll(web: httpx.Client, code: dict[str, str]) -> httpx.Response:
    return web.post(
        f"{API}/device/token", json={"grant_type": GRANT, "device_code": code["device_code"]}
    )


def test_a_confirmed_device_gets_its_token_once(
    web: httpx.Client, visit: Visit, ann: Somebody, clock: FixedClock
) -> None:
    code = ask(web)
    assert poll(web, code).json()["error"] == "authorization_pending"
    browser = visit(ann)
    shown = urlsplit(code["verification_uri_complete"])

    page = browser.get(f"{shown.path}?{shown.query}").text
    assert all(word in page for word in ("desk", "box", "0.1.0", "127.0.0.1", code["user_code"]))
    answer = browser.post("/device", code=code["user_code"], answer="yes")
    clock.instant += timedelta(seconds=5)
    token = poll(web, code).json()["access_token"]

    assert answer.status_code == 303
    whoami = web.get(f"{API}/whoami", headers={"Authorization": f"Bearer {token}"}).json()
    assert (whoami["name"], whoami["device"], whoami["device_name"]) == ("ann", "d-1", "desk")
    assert poll(web, code).json()["error"] == "expired_token"


def test_a_refused_device_is_told_so(web: httpx.Client, visit: Visit, ann: Somebody) -> None:
    code = ask(web)

    visit(ann).post("/device", code=code["user_code"].lower(), answer="no")

    answer = poll(web, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "access_denied")
    assert answer.json()["code"] == "service-rejected"


def test_a_device_that_asks_too_often_is_slowed_down(web: httpx.Client, clock: FixedClock) -> None:
    code = ask(web)
    poll(web, code)

    assert poll(web, code).json()["error"] == "slow_down"
    clock.instant += timedelta(seconds=6)
    assert poll(web, code).json()["error"] == "slow_down"  # ten seconds apart by now
    clock.instant += timedelta(seconds=16)
    assert poll(web, code).json()["error"] == "authorization_pending"


def test_a_code_holds_for_ten_minutes(
    web: httpx.Client, visit: Visit, ann: Somebody, clock: FixedClock
) -> None:
    code = ask(web)
    clock.instant += timedelta(minutes=10)

    assert visit(ann).get("/device", code=code["user_code"]).status_code == 422
    assert poll(web, code).json()["error"] == "expired_token"


def test_t26_whoever_guesses_codes_is_stopped(
    web: httpx.Client, visit: Visit, ann: Somebody
) -> None:
    code = ask(web)
    browser = visit(ann)

    answers = [browser.get("/device", code=f"BBBB-BBB{letter}") for letter in "BCDFGHJ"]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert browser.get("/device", code=code["user_code"]).status_code == 200


def test_the_code_needs_a_login_and_comes_back_after_it(web: httpx.Client, visit: Visit) -> None:
    code = ask(web)

    answer = visit().get("/device", code=code["user_code"])

    assert answer.headers["Location"].startswith("/login?next=%2Fdevice%3Fcode%3D")


def test_an_address_cannot_ask_for_codes_without_end(web: httpx.Client) -> None:
    answers = [web.post(f"{API}/device/code", json=REQUEST).status_code for _ in range(32)]

    assert answers == [200] * 30 + [429] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**REQUEST, "device": "../x"},
        {**REQUEST, "key": "zz"},
        {**REQUEST, "device": ""},
    ],
)
def test_a_device_that_does_not_say_who_it_is_gets_no_code(
    web: httpx.Client, body: dict[str, str]
) -> None:
    assert web.post(f"{API}/device/code", json=body).status_code == 422


def test_another_kind_of_grant_is_refused(web: httpx.Client) -> None:
    body = {"grant_type": "password", "device_code": "x"}

    assert web.post(f"{API}/device/token", json=body).status_code == 422
