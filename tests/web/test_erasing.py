"""Erasing one's own account, in a real browser."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest
from sqlalchemy import update

from tests.service.desk import pair, record, ten_minutes
from tests.service.people import Somebody
from tests.service.tracker import png
from tests.support.cache_values import NINE, FixedClock
from tests.web.conftest import Open, accessible, keep_picture
from worklog.service import passwords
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import tables as t

PASSWORD = "four calm words here"


def known(service: Service, who: Somebody, mail: str = "") -> None:
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(
            update(t.users)
            .where(t.users.c.user_id == who.user)
            .values(password=passwords.hashed(PASSWORD), mail=mail)
        )


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_freelancer_reads_what_goes_and_stays_types_two_things_and_is_gone(
    tab: Open,
    *,
    service: Service,
    web: httpx.Client,
    clock: FixedClock,
    width: int,
    scheme: Literal["light", "dark"],
    tmp_path: Path,
) -> None:
    both = pair(service, web)
    known(service, both.freelancer, "fred@example.com")
    clock.instant = NINE + timedelta(hours=2)
    record(both.tracker, ten_minutes(NINE, 6), picture=png())
    page = tab(both.freelancer, width=width, scheme=scheme)
    page.goto("/settings")
    accessible(page)
    keep_picture(page, f"settings-{width}-{scheme}", tmp_path)

    page.get_by_role("link", name="Erase my account").click()
    page.get_by_text("pictures (6)").wait_for()
    accessible(page)
    keep_picture(page, f"erase-{width}-{scheme}", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Your mail address").fill("fred@example.org")
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("That is not the mail address of your account.").wait_for()
    accessible(page)
    keep_picture(page, f"wrong-{width}-{scheme}", tmp_path)
    page.get_by_label("Your mail address").fill("fred@example.com")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Erase my account").click()

    page.get_by_text("Your account is erased.").wait_for()
    accessible(page)
    keep_picture(page, f"gone-{width}-{scheme}", tmp_path)
    other = tab(both.client, width=width, scheme=scheme)
    other.goto("/timesheet?week=2026-W47")
    other.get_by_text("erased person").first.wait_for()
    accessible(other)
    keep_picture(other, f"timesheet-{width}-{scheme}", tmp_path)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_last_owner_reads_what_to_do_first_and_finds_no_form(
    tab: Open,
    *,
    service: Service,
    web: httpx.Client,
    width: int,
    scheme: Literal["light", "dark"],
    tmp_path: Path,
) -> None:
    both = pair(service, web)
    page = tab(both.client, width=width, scheme=scheme)
    page.goto("/settings/erase")

    page.get_by_text("You are the last owner of Acme GmbH").wait_for()
    assert page.get_by_label("Your password").count() == 0
    accessible(page)
    keep_picture(page, f"obstacle-{width}-{scheme}", tmp_path)
    page.get_by_role("link", name="Make somebody else an owner first").click()
    page.get_by_role("heading", name="Acme GmbH").first.wait_for()
