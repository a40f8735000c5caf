"""Looking after people, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.service.conftest import ACME
from tests.service.people import Somebody, agree, organisation, somebody
from tests.web.conftest import Open, accessible, keep_picture
from worklog.service import operating
from worklog.service.scope import Actor
from worklog.service.service import Service
from worklog.service.store import links
from worklog.service.store.links import Purpose


@pytest.fixture
def olga(service: Service) -> Somebody:
    """An owner of Acme who runs the service too, among a few people."""
    olga = somebody(service, "olga", is_operator=True)
    acme = organisation(service, "Acme", owners=[olga], members=[somebody(service, "max")])
    agree(service, ACME, freelancer=somebody(service, "ann"), organisation=acme)
    with service.store.writing(operating.MACHINE) as scope:
        links.make_link(scope, Purpose.FREELANCER, organisation=acme, note="Nina, for the site")
    operating.make_organisation(service.store, operating.MACHINE, "Zeta Studios")
    return olga


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_owner_makes_a_member_an_owner_and_invites_somebody(
    tab: Open, olga: Somebody, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = tab(olga, width=width, scheme=scheme)
    page.goto("/people")
    accessible(page)

    page.get_by_label("Change max").click()
    page.get_by_role("button", name="Make an owner").click()
    page.get_by_text("max is an owner now.").wait_for()
    page.get_by_label("Whom it is for").fill("Eve, accounting")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("heading", name="An invitation for Eve, accounting").wait_for()

    accessible(page)
    assert "/join?code=" in page.locator("#made-link").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert keep_picture(page, f"people-{width}-{scheme}", tmp_path).exists()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_operator_closes_an_account(
    tab: Open, olga: Somebody, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = tab(olga, width=width, scheme=scheme)
    page.goto("/people/accounts")
    accessible(page)

    page.get_by_label("Change ann").click()
    page.get_by_role("button", name="Close it").click()
    page.get_by_text("ann is closed.").wait_for()

    accessible(page)
    assert page.get_by_text("No owner yet").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert keep_picture(page, f"accounts-{width}-{scheme}", tmp_path).exists()


@pytest.mark.parametrize("width", [390, 1440])
def test_an_invited_person_sees_who_invites_them(
    tab: Open, service: Service, width: int, tmp_path: Path
) -> None:
    olga = somebody(service, "olga")
    acme = organisation(service, "Acme", owners=[olga])
    with service.store.writing(Actor(olga.user, olga.name)) as scope:
        code = links.make_link(scope, Purpose.FREELANCER, organisation=acme)
    page = tab(width=width)

    page.goto(f"/join?code={code}")
    expect(page.get_by_text("olga invites you as a freelancer.")).to_be_visible()
    accessible(page)
    keep_picture(page, "join", tmp_path)
    page.keyboard.type("nina")
    page.get_by_label("Password").fill("four calm words here")
    page.keyboard.press("Enter")

    page.get_by_text("Acme can offer you contracts now.").wait_for()
