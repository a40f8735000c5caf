"""The review in a real browser: a week is looked at, accepted, disputed and answered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import expect

from tests.service.desk import Pair, pair
from tests.support.cache_values import FixedClock
from tests.support.fakes import utc
from tests.web.conftest import Open, accessible, keep_picture
from tests.web.days import hours, work
from worklog.service.chores import Worker
from worklog.service.service import Service

THURSDAY = utc("2026-11-19 00:00")
FRIDAY = utc("2026-11-20 00:00")
LOCKED = utc("2026-11-24 09:00")
WEEK = "2026-W47"


@pytest.fixture
def locked(service: Service, web: httpx.Client, clock: FixedClock) -> Pair:
    """A locked week of a day and a half, to which four segments came late."""
    clock.instant = utc("2026-11-21 09:00")
    two = pair(service, web)
    work(two.tracker, hours(THURSDAY, (480, 720), (780, 1020)), [])
    work(two.tracker, hours(FRIDAY, (540, 660)), [])
    clock.instant = LOCKED
    Worker(service).run_due()
    work(two.tracker, hours(FRIDAY, (720, 760)), [])
    return two


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_week_is_reviewed_accepted_disputed_and_answered(
    tab: Open, locked: Pair, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    page = tab(locked.client, width=width, height=844, scheme=scheme)
    page.goto("/review")
    expect(page.get_by_role("heading", level=2).first).to_have_text("1 week waits for you")
    accessible(page)
    keep_picture(page, "review", tmp_path)
    page.get_by_role("link", name="Review Acme site, 2026-W47").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme site, 2026-W47")
    accessible(page)

    # Late time: two by mouse, the sum is said, then only those bill.
    accept = page.get_by_role("button", name="Accept the chosen")
    expect(accept).to_be_disabled()
    late = page.locator("form[action$=accept] .chip input")
    late.nth(0).check()
    late.nth(1).check()
    expect(page.locator("form[action$=accept] [data-sum]")).to_have_text("2 segments chosen")
    accept.click()
    expect(page.get_by_role("status")).to_have_text("Accepted: 2 segments.")
    expect(page.get_by_role("button", name="Accept all 2")).to_be_visible()

    # A dispute by keyboard: the run whole, a reason, and it stands there.
    page.get_by_text("Dispute segments of this week").focus()
    page.keyboard.press("Enter")
    run = page.get_by_role("button", name=re.compile("^Choose all of")).last
    run.focus()
    page.keyboard.press("Enter")
    expect(page.locator("form[action$=dispute] [data-sum]")).to_have_text(
        re.compile(r"^\d segments chosen · 0:\d\d · \d+\.\d\d EUR$")
    )
    page.get_by_label("Reason").first.fill("This was a break, as far as I can see.")
    accessible(page)
    page.get_by_role("button", name="Dispute the chosen").click()
    expect(page.locator(".dispute .tag")).to_have_text("waits for an answer")
    accessible(page)
    keep_picture(page, "week", tmp_path)

    other = tab(locked.freelancer, width=width, height=844, scheme=scheme)
    other.goto("/disputes")
    accessible(other)
    keep_picture(other, "disputes", tmp_path)
    other.get_by_label("Your answer").fill("It was the call with Ada; see the memo.")
    other.get_by_role("button", name="Answer").click()
    expect(other.locator(".dispute .tag")).to_have_text("answered")

    page.reload()
    page.get_by_label("What you agreed on").fill("We pay half of it.")
    page.get_by_role("button", name="Settle").click()
    expect(page.locator(".dispute .tag")).to_have_text("settled")
    width_of_page = page.evaluate("document.documentElement.scrollWidth")
    assert width_of_page <= width
