"""The pages about people: what owners do, what operators do, and what neither may."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.service.conftest import ACME
from tests.service.people import Somebody, Visit, agree, organisation, somebody
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import organisations
from worklog.service.store.audit import Concern, entries, first_broken

PASSWORD = "four calm words here"
FORM = {"name": "nina", "display": "Nina Novak", "password": PASSWORD}


@pytest.fixture
def olga(service: Service) -> Somebody:
    return somebody(service, "olga")


@pytest.fixture
def acme(service: Service, olga: Somebody) -> str:
    return organisation(service, "Acme", owners=[olga])


@pytest.fixture
def oscar(service: Service) -> Somebody:
    return somebody(service, "oscar", is_operator=True)


def link_in(answer: httpx.Response) -> str:
    """Return address and query of the link that *answer* shows."""
    assert answer.status_code == 201, answer.text
    found = re.search(r'id="made-link">http://[^/]+(/[^<]+)<', answer.text)
    assert found
    return found[1]


def roles(service: Service, acme: str) -> dict[str, bool]:
    with service.store.reading(SYSTEM) as scope:
        return {one.name: one.is_owner for one in organisations.members_of(scope, acme)}


def verbs(service: Service, concern: Concern) -> list[str]:
    with service.store.reading(SYSTEM) as scope:
        assert first_broken(scope) is None
        return [one.verb for one in entries(scope, [concern])]


def test_an_owner_invites_a_freelancer_whose_link_is_shown_once(
    service: Service, visit: Visit, olga: Somebody, acme: str
) -> None:
    owner = visit(olga)

    made = owner.post(f"/people/{acme}/invite", purpose="freelancer", note="Nina & Co")
    link = link_in(made)

    waiting = owner.get(f"/people/{acme}").text
    assert "Nina &amp; Co" in waiting
    assert link.split("code=")[1] not in waiting
    assert visit().post(link, **FORM).status_code == 303
    after = owner.get(f"/people/{acme}").text
    assert "Nina Novak" in after
    assert "No link is waiting to be followed." in after
    assert verbs(service, Concern(organisation=acme)) == ["joined", "invited"]


def test_an_invitation_that_was_taken_back_lets_nobody_in(
    service: Service, visit: Visit, olga: Somebody, acme: str
) -> None:
    owner = visit(olga)
    link = link_in(owner.post(f"/people/{acme}/invite", purpose="owner", note="Eve"))
    form = re.search(r'action="(/people/[^"]+/links/[0-9a-f]+)"', owner.get(f"/people/{acme}").text)
    assert form

    assert "does not work any more" in owner.send(form[1]).text

    assert "This link was taken back." in visit().get(link).text
    assert visit().post(link, **FORM).status_code == 404
    assert owner.post(form[1]).status_code == 404
    assert verbs(service, Concern(organisation=acme)) == ["invitation-revoked", "invited"]


def test_an_owner_makes_others_owners_and_removes_them(
    service: Service, visit: Visit, olga: Somebody, acme: str
) -> None:
    nina = somebody(service, "nina")
    owner = visit(olga)
    visit(nina).post(link_in(owner.post(f"/people/{acme}/invite", purpose="member", note="")))
    address = f"/people/{acme}/members/{nina.user}"

    seen = []
    for what in ("owner", "member", "remove"):
        owner.send(address, what=what)
        seen.append(roles(service, acme))

    assert seen == [
        {"olga": True, "nina": True},
        {"olga": True, "nina": False},
        {"olga": True},
    ]
    assert owner.post(address, what="owner").status_code == 404
    assert owner.post(address, what="king").status_code == 422
    assert visit(nina).get(f"/people/{acme}").status_code == 404


@pytest.mark.parametrize("what", ["member", "remove"])
def test_the_last_owner_stays_one(
    service: Service, visit: Visit, olga: Somebody, acme: str, what: str
) -> None:
    answer = visit(olga).post(f"/people/{acme}/members/{olga.user}", what=what)

    assert answer.status_code == 409
    assert "this is the last one" in answer.text
    assert roles(service, acme) == {"olga": True}


def test_an_owner_who_leaves_is_sent_to_the_first_page(
    service: Service, visit: Visit, olga: Somebody
) -> None:
    acme = organisation(service, "Acme", owners=[olga, somebody(service, "otto")])

    answer = visit(olga).post(f"/people/{acme}/members/{olga.user}", what="remove")

    assert answer.headers["Location"] == "/"
    assert roles(service, acme) == {"otto": True}


def test_a_member_learns_that_only_owners_look_after_people(
    service: Service, visit: Visit, olga: Somebody
) -> None:
    max_ = somebody(service, "max")
    acme = organisation(service, "Acme", owners=[olga], members=[max_])

    answer = visit(max_).get(f"/people/{acme}")

    assert answer.status_code == 403
    assert "Only an owner may do that" in answer.text
    assert visit(max_).get("/people").status_code == 404


def test_a_freelancer_is_removed_once_no_contract_runs(
    service: Service, visit: Visit, olga: Somebody, acme: str
) -> None:
    nina, ann = somebody(service, "nina"), somebody(service, "ann")
    owner = visit(olga)
    visit(nina).post(link_in(owner.post(f"/people/{acme}/invite", purpose="freelancer", note="")))
    agree(service, ACME, freelancer=ann, organisation=acme)

    assert "1 contract" in owner.get(f"/people/{acme}").text
    assert owner.post(f"/people/{acme}/partners/{ann.user}").status_code == 409
    assert "nina was removed." in owner.send(f"/people/{acme}/partners/{nina.user}").text
    assert owner.post(f"/people/{acme}/partners/{nina.user}").status_code == 404


def test_name_and_billing_week_are_kept_and_nonsense_is_not(
    service: Service, visit: Visit, olga: Somebody, acme: str
) -> None:
    owner = visit(olga)
    address = f"/people/{acme}"

    owner.send(address, name="  Acme   & Sons ", week_start="6", week_hour="17")
    wrong = owner.post(address, name="", week_start="7", week_hour="24")

    assert wrong.status_code == 422
    assert "The name is missing." in wrong.text
    with service.store.reading(SYSTEM) as scope:
        found = organisations.organisations(scope, acme)
    assert found == [organisations.Organisation(acme, "Acme & Sons", 6, 17, 1)]
    assert verbs(service, Concern(organisation=acme)) == ["organisation-changed"]


def test_an_invitation_as_nothing_in_particular_is_refused(
    visit: Visit, olga: Somebody, acme: str
) -> None:
    for purpose in ("", "operator", "reset"):
        answer = visit(olga).post(f"/people/{acme}/invite", purpose=purpose, note="x")
        assert answer.status_code == 422, purpose


def test_people_leads_to_what_one_looks_after(
    visit: Visit, olga: Somebody, oscar: Somebody, acme: str
) -> None:
    assert visit(olga).get("/people").headers["Location"] == f"/people/{acme}"
    assert visit(oscar).get("/people").headers["Location"] == "/people/accounts"


def test_an_operator_makes_an_organisation_and_its_owner_joins(
    visit: Visit, oscar: Somebody
) -> None:
    operator = visit(oscar)

    link = link_in(operator.post("/people/accounts/organisations", name="Zeta"))

    assert "No owner yet" in operator.get("/people/accounts").text
    owner = visit()
    owner.post(link, **FORM)
    assert "People of <span" in owner.get(owner.get("/people").headers["Location"]).text
    assert operator.post("/people/accounts/organisations", name=" ").status_code == 422


def test_an_operator_invites_operators_and_owners_and_takes_it_back(
    service: Service, visit: Visit, oscar: Somebody, acme: str
) -> None:
    operator = visit(oscar)
    otto = visit(somebody(service, "otto"))

    otto.post(link_in(operator.post("/people/accounts/invite", note="", organisation=acme)))
    link_in(operator.post("/people/accounts/invite", note="Eve"))
    form = re.search(r'"(/people/accounts/links/[0-9a-f]+)"', operator.get("/people/accounts").text)

    assert roles(service, acme) == {"olga": True, "otto": True}
    assert form
    operator.send(form[1])
    assert operator.post(form[1]).status_code == 404
    unknown = operator.post("/people/accounts/invite", note="", organisation="none")
    assert unknown.status_code == 404


def test_t20_a_closed_account_is_out_at_once_and_comes_back(
    service: Service, visit: Visit, oscar: Somebody, olga: Somebody
) -> None:
    operator, browser = visit(oscar), visit(olga)
    address = f"/people/accounts/{olga.user}"

    assert "olga is closed." in operator.send(address, what="disable").text
    assert browser.get("/").headers["Location"] == "/login"
    assert operator.post(address, what="reset").status_code == 409
    assert "olga is open again." in operator.send(address, what="enable").text
    assert browser.get("/").headers["Location"] == "/diary"

    assert verbs(service, Concern(user=olga.user)) == ["account-opened", "account-closed"]


def test_the_last_operator_is_not_closed(visit: Visit, oscar: Somebody) -> None:
    answer = visit(oscar).post(f"/people/accounts/{oscar.user}", what="disable")

    assert answer.status_code == 409
    assert "Nobody else runs the service." in answer.text


def test_an_operator_gives_a_link_to_a_new_password(
    service: Service, visit: Visit, oscar: Somebody, olga: Somebody
) -> None:
    link = link_in(visit(oscar).post(f"/people/accounts/{olga.user}", what="reset"))

    assert visit().post(link, password=PASSWORD).status_code == 303

    found = verbs(service, Concern(user=olga.user))
    assert found == ["password-renewed", "reset-link-made"]


def test_nobody_but_operators_sees_accounts(visit: Visit, olga: Somebody, acme: str) -> None:
    owner = visit(olga)

    for path in ("invite", "organisations", olga.user):
        answer = owner.post(f"/people/accounts/{path}", what="reset", name="x")
        assert answer.status_code == 404, path
    assert owner.get("/people/accounts").status_code == 404
    assert owner.get(f"/people/{acme}").status_code == 200
