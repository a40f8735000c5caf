"""How people come in: the setup link, logins, and how often they may be tried (T8, T19, T21)."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.service.people import Somebody, Visit
from tests.support.cache_values import FixedClock
from worklog.service import passwords
from worklog.service.entering import Origin, log_in, name_problem, set_up
from worklog.service.problems import TooManyRequestsError
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.setup import setup_link
from worklog.service.store.audit import Concern, entries, first_broken
from worklog.service.store.tries import LOGIN_BY_ACCOUNT, count_try
from worklog.service.web.forms import FormError
from worklog.service.web.visiting import safe_target

PASSWORD = "four calm words here"
HOME = Origin("192.0.2.7", "Firefox")


def code_of(service: Service) -> str:
    link = setup_link(service, "http://x")
    assert link is not None
    return link.split("code=")[1]


def first_account(service: Service, name: str = "oscar") -> str:
    token = set_up(
        service,
        code_of(service),
        name=name,
        display="Oscar",
        password=PASSWORD,
        organisation="Acme",
        origin=HOME,
    )
    assert token is not None
    return token


def test_the_setup_link_makes_the_first_account_once(service: Service, visit: Visit) -> None:
    code = code_of(service)
    browser = visit()
    form = {"name": "oscar", "display": "", "password": PASSWORD, "organisation": "Acme"}

    assert "Set up the service" in browser.get("/setup", code=code).text
    answer = browser.post(f"/setup?code={code}", **form)

    assert answer.status_code == 303
    assert browser.get("/").headers["Location"] == "/diary"
    assert setup_link(service, "http://x") is None
    again = visit().post(f"/setup?code={code}", **{**form, "name": "eve"})
    assert again.status_code == 404
    assert visit().get("/setup", code="guessed").status_code == 404


def test_a_form_that_cannot_be_used_keeps_what_was_typed(service: Service, visit: Visit) -> None:
    answer = visit().post(
        f"/setup?code={code_of(service)}", name="os car", password="short", organisation="A & B"
    )

    assert answer.status_code == 422
    assert 'value="os car"' in answer.text
    assert "A &amp; B" in answer.text
    assert "A name has at most 64 letters" in answer.text
    assert "A password has at least 10 characters" in answer.text
    assert "short" not in answer.text


def test_somebody_logs_in_and_comes_back_to_where_they_were_going(
    service: Service, visit: Visit
) -> None:
    first_account(service)
    browser = visit()

    answer = browser.post("/login?next=%2Fdevice%3Fcode%3DX", name="OSCAR", password=PASSWORD)

    assert answer.headers["Location"] == "/device?code=X"
    assert browser.get("/login").headers["Location"] == "/"
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/").headers["Location"] == "/login"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb", ""],
)
def test_a_login_never_leads_to_another_site(target: str) -> None:
    assert safe_target(target) == "/"
    assert safe_target("/diary?day=2026-11-16") == "/diary?day=2026-11-16"


def test_t19_a_wrong_password_and_an_unknown_name_are_told_the_same(
    service: Service, visit: Visit
) -> None:
    first_account(service)

    wrong = visit().post("/login", name="oscar", password="not the right one")
    unknown = visit().post("/login", name="nobody", password="not the right one")

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("oscar", "nobody") == unknown.text


def test_t19_many_wrong_logins_are_held_up_and_the_owner_gets_in_from_elsewhere(
    service: Service, clock: FixedClock
) -> None:
    first_account(service)
    refused = 0

    for _ in range(15):
        with pytest.raises((FormError, TooManyRequestsError)) as caught:
            log_in(service, "oscar", "guess", HOME)
        refused += caught.errisinstance(TooManyRequestsError)

    assert refused == 5
    with pytest.raises(TooManyRequestsError):
        log_in(service, "oscar", PASSWORD, HOME)
    assert log_in(service, "oscar", PASSWORD, Origin("198.51.100.2", ""))
    clock.instant += timedelta(minutes=16)
    assert log_in(service, "oscar", PASSWORD, HOME)


def test_t19_an_address_that_tries_many_names_is_held_up(service: Service) -> None:
    outcomes = []

    for number in range(55):
        with pytest.raises((FormError, TooManyRequestsError)) as caught:
            log_in(service, f"name{number}", "x", HOME)
        outcomes.append(caught.type)

    assert outcomes.count(TooManyRequestsError) == 5


def test_t19_an_account_that_is_guessed_at_from_everywhere_is_held_up(service: Service) -> None:
    with service.store.writing(SYSTEM) as scope:
        for _ in range(200):
            assert count_try(scope, LOGIN_BY_ACCOUNT, "oscar") is None

    with pytest.raises(TooManyRequestsError):
        log_in(service, "Oscar", "guess", Origin("203.0.113.77", ""))
    with pytest.raises(FormError):
        log_in(service, "olga", "guess", Origin("203.0.113.78", ""))


def test_the_login_says_when_to_try_again(visit: Visit) -> None:
    browser = visit()

    answers = [browser.post("/login", name="x", password="y") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in answers[-1].text


def test_logins_are_in_the_audit_trail_and_the_trail_holds(service: Service) -> None:
    first_account(service)
    log_in(service, "oscar", PASSWORD, HOME)

    with service.store.reading(SYSTEM) as scope:
        user = scope.db.exec_driver_sql("SELECT user_id FROM users").scalar_one()
        found = entries(scope, [Concern(user=user)])
        assert first_broken(scope) is None

    assert [entry.verb for entry in found] == ["logged-in", "account-made"]
    assert found[0].details == {"address": "192.0.2.7"}


@pytest.mark.parametrize(
    "forged",
    [
        "content = replace(content, 'logged-in', 'joined')",
        "content = '{}'",
        "fields = replace(fields, '192.0.2.7', '192.0.2.8')",
        "fields = 'nothing'",
        "fields = '{}'",
        "fields = '{}', actor_name = 'erased person'",
        "actor_name = 'somebody else'",
    ],
)
def test_t15_a_record_that_was_changed_is_named(service: Service, forged: str) -> None:
    first_account(service)
    log_in(service, "oscar", PASSWORD, HOME)

    with service.store.writing(SYSTEM) as scope:
        scope.db.exec_driver_sql(f"UPDATE audit SET {forged} WHERE verb = 'logged-in'")
        found = first_broken(scope)

    assert found is not None
    assert found[1] == 2


@pytest.mark.parametrize("name", ["", "a b", "-x", "x" * 65, "freelancer", "Web", "ä", "a/b"])
def test_names_that_nobody_may_have_are_refused_with_a_sentence(name: str) -> None:
    assert (name_problem(name) or "").endswith((".", "missing."))
    assert name_problem("ann.o-k_1@example.org") is None


@pytest.mark.parametrize(
    "password", ["short", "1234567890", "PASSWORD123", "aaaaaaaaaaaa", "oscar-oscar-1", "x" * 600]
)
def test_passwords_that_anybody_would_try_are_refused(password: str) -> None:
    assert passwords.weakness(password, name="oscar")
    assert passwords.weakness(PASSWORD, name="oscar") is None


def test_a_password_is_the_same_however_its_letters_are_written() -> None:
    kept = passwords.hashed("cafe\u0301 with milk")

    assert passwords.is_right(kept, "caf\u00e9 with milk")
    assert not passwords.is_right(kept, "cafe with milk")
    assert not passwords.is_right("no hash", "x")
    assert not passwords.is_right(None, "a password that nobody has")


def test_t8_a_form_that_another_site_sends_is_refused(
    service: Service, address: str, visit: Visit
) -> None:
    token = first_account(service)
    browser = visit(Somebody("", "oscar", token))
    cookies = dict(browser.client.cookies)

    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": address, "Sec-Fetch-Site": "same-site"},
        {},
    ):
        answer = httpx.post(f"{address}/logout", headers=headers, cookies=cookies)
        assert answer.status_code == 403, headers

    assert browser.get("/").headers["Location"] == "/diary"
