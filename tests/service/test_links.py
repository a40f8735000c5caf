"""Links that work once: invitations and new passwords."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.service.people import Somebody, Visit, organisation, somebody
from tests.support.cache_values import FixedClock
from worklog.service.entering import Origin, log_in
from worklog.service.links import LinkUsedUpError, join, join_anew
from worklog.service.problems import TooManyRequestsError
from worklog.service.scope import SYSTEM, Actor
from worklog.service.service import Service
from worklog.service.store import links
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern, entries, first_broken
from worklog.service.store.links import Purpose
from worklog.service.store.people import Person, person_of

PASSWORD = "four calm words here"
HOME = Origin("192.0.2.7", "Firefox")
FORM = {"name": "nina", "display": "Nina Novak", "password": PASSWORD}


@pytest.fixture
def olga(service: Service) -> Somebody:
    return somebody(service, "olga")


@pytest.fixture
def acme(service: Service, olga: Somebody) -> str:
    return organisation(service, "Acme", owners=[olga])


def invite(service: Service, purpose: Purpose, organisation: str | None = None) -> str:
    with service.store.writing(Actor("u", "olga")) as scope:
        return links.make_link(scope, purpose, organisation=organisation, note="Nina")


def reset_of(service: Service, user: str) -> str:
    with service.store.writing(SYSTEM) as scope:
        return links.make_link(scope, Purpose.RESET, user=user)


def person(service: Service, name: str) -> Person:
    with service.store.reading(SYSTEM) as scope:
        user = scope.db.execute(
            select(t.users.c.user_id).where(t.users.c.name == name)
        ).scalar_one()
        found = person_of(scope, user)
    assert found is not None
    return found


def roles(found: Person) -> list[tuple[str, bool]]:
    return [(membership.name, membership.is_owner) for membership in found.memberships]


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (Purpose.FREELANCER, (True, [])),
        (Purpose.MEMBER, (False, [("Acme", False)])),
        (Purpose.OWNER, (False, [("Acme", True)])),
    ],
)
def test_somebody_new_joins_with_the_account_that_the_link_makes(
    service: Service,
    visit: Visit,
    acme: str,
    purpose: Purpose,
    expected: tuple[bool, list[tuple[str, bool]]],
) -> None:
    code = invite(service, purpose, acme)
    browser = visit()

    assert "Acme" in browser.get("/join", code=code).text
    answer = browser.post(f"/join?code={code}", **FORM)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/").headers["Location"] == "/diary"
    nina = person(service, "nina")
    assert (nina.display, nina.is_operator) == ("Nina Novak", False)
    assert (nina.is_freelancer, roles(nina)) == expected


@pytest.mark.usefixtures("acme")
def test_an_operator_joins_the_service_and_no_organisation(service: Service, visit: Visit) -> None:
    code = invite(service, Purpose.OPERATOR)

    assert "Run this service" in visit().get("/join", code=code).text
    assert visit().post(f"/join?code={code}", **FORM).status_code == 303

    nina = person(service, "nina")
    assert (nina.is_operator, roles(nina)) == (True, [])


def test_somebody_who_is_logged_in_joins_with_one_button(
    service: Service, visit: Visit, acme: str
) -> None:
    max_ = somebody(service, "max")
    browser = visit(max_)
    code = invite(service, Purpose.MEMBER, acme)

    assert "Join with this account" in browser.get("/join", code=code).text
    browser.post(f"/join?code={code}")
    browser.post(f"/join?code={invite(service, Purpose.FREELANCER, acme)}")
    browser.post(f"/join?code={invite(service, Purpose.FREELANCER, acme)}")

    assert roles(person(service, "max")) == [("Acme", False)]
    assert person(service, "max").is_freelancer


def test_an_invitation_raises_a_role_and_never_lowers_it(
    service: Service, visit: Visit, acme: str
) -> None:
    browser = visit(somebody(service, "max"))

    seen = []
    for purpose in (Purpose.MEMBER, Purpose.OWNER, Purpose.MEMBER):
        browser.post(f"/join?code={invite(service, purpose, acme)}")
        seen.append(roles(person(service, "max")))

    assert seen == [[("Acme", False)], [("Acme", True)], [("Acme", True)]]


def test_t20_a_link_works_once(service: Service, visit: Visit, acme: str) -> None:
    code = invite(service, Purpose.OWNER, acme)
    visit().post(f"/join?code={code}", **FORM)

    shown = visit().get("/join", code=code)
    again = visit().post(f"/join?code={code}", **{**FORM, "name": "eve"})

    assert (shown.status_code, again.status_code) == (404, 404)
    assert "This link has been used; each works once." in shown.text
    assert "Log in, or ask whoever sent it for another." in again.text


def test_a_name_that_is_taken_does_not_use_the_link_up(
    service: Service, visit: Visit, acme: str
) -> None:
    code = invite(service, Purpose.MEMBER, acme)

    answer = visit().post(f"/join?code={code}", **{**FORM, "name": "OLGA"})

    assert answer.status_code == 422
    assert "That name is taken." in answer.text
    assert 'value="Nina Novak"' in answer.text
    assert visit().post(f"/join?code={code}", **FORM).status_code == 303


def test_a_link_runs_out_after_seven_days(
    service: Service, visit: Visit, clock: FixedClock, acme: str
) -> None:
    code = invite(service, Purpose.MEMBER, acme)

    clock.instant += timedelta(days=7) - timedelta(seconds=1)
    assert visit().get("/join", code=code).status_code == 200
    clock.instant += timedelta(seconds=1)

    assert "This link has run out" in visit().get("/join", code=code).text


def test_a_link_for_one_thing_is_no_link_for_another(
    service: Service, visit: Visit, olga: Somebody, acme: str
) -> None:
    joining, resetting = invite(service, Purpose.MEMBER, acme), reset_of(service, olga.user)

    assert visit().get("/reset", code=joining).status_code == 404
    assert visit().get("/join", code=resetting).status_code == 404
    assert visit().post(f"/reset?code={joining}", password=PASSWORD).status_code == 404


def test_only_the_hash_of_a_link_is_kept(service: Service, acme: str) -> None:
    code = invite(service, Purpose.MEMBER, acme)

    with service.store.reading(SYSTEM) as scope:
        kept = scope.db.execute(select(t.links)).one()

    assert code not in str(kept)
    assert len(kept.link_hash) == 64


def test_a_new_password_ends_all_other_sessions(
    service: Service, visit: Visit, olga: Somebody
) -> None:
    before = visit(olga)
    code, other = reset_of(service, olga.user), reset_of(service, olga.user)
    browser = visit()

    assert "olga" in browser.get("/reset", code=code).text
    assert browser.post(f"/reset?code={code}", password=PASSWORD).headers["Location"] == "/"

    assert browser.get("/").headers["Location"] == "/diary"
    assert before.get("/").headers["Location"] == "/login"
    assert log_in(service, "olga", PASSWORD, HOME)
    assert visit().get("/reset", code=code).status_code == 404
    assert "taken back" in visit().get("/reset", code=other).text


def test_a_weak_new_password_is_refused_and_the_link_goes_on_working(
    service: Service, visit: Visit, olga: Somebody
) -> None:
    code = reset_of(service, olga.user)

    answer = visit().post(f"/reset?code={code}", password="olga-olga-olga")

    assert answer.status_code == 422
    assert "one of the first that anybody would try" in answer.text
    assert visit().get("/reset", code=code).status_code == 200


def test_a_closed_account_gets_no_new_password(
    service: Service, visit: Visit, olga: Somebody
) -> None:
    code = reset_of(service, olga.user)
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(update(t.users).values(disabled_ms=scope.at_ms))

    assert "This account is closed." in visit().get("/reset", code=code).text


def test_whoever_tries_codes_at_random_is_held_up(service: Service, visit: Visit) -> None:
    outcomes = []

    for number in range(52):
        with pytest.raises((LinkUsedUpError, TooManyRequestsError)) as caught:
            join_anew(service, f"x{number}", name="eve", display="", password=PASSWORD, origin=HOME)
        outcomes.append(caught.type)

    assert outcomes.count(TooManyRequestsError) == 2
    assert visit().get("/join", code="guessed").status_code == 404


def test_joining_and_new_passwords_are_in_the_audit_trail(
    service: Service, visit: Visit, acme: str
) -> None:
    visit().post(f"/join?code={invite(service, Purpose.OWNER, acme)}", **FORM)
    nina = person(service, "nina").user
    visit().post(f"/reset?code={reset_of(service, nina)}", password=f"{PASSWORD} anew")

    with service.store.reading(SYSTEM) as scope:
        joined = entries(scope, [Concern(organisation=acme)])
        own = entries(scope, [Concern(user=nina)])
        assert first_broken(scope) is None

    assert [(one.verb, one.actor, one.details) for one in joined] == [
        ("joined", "nina", {"as": "owner", "invited_by": "olga"})
    ]
    assert sorted(one.verb for one in own) == ["account-made", "joined", "password-renewed"]


def test_of_all_who_follow_a_link_at_once_one_gets_in(service: Service, acme: str) -> None:
    code = invite(service, Purpose.MEMBER, acme)
    people = [somebody(service, f"max{number}") for number in range(6)]

    def follow(who: Somebody) -> bool:
        try:
            join(service, Actor(who.user, who.name), code)
        except LinkUsedUpError:
            return False
        return True

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(follow, people))

    assert sorted(outcomes) == [False] * 5 + [True]
    assert sum(bool(roles(person(service, one.name))) for one in people) == 1
