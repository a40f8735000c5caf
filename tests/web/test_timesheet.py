"""The timesheet and the contracts as people see them."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest

from tests.service.people import Visit
from tests.service.weeks import WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from tests.web.conftest import Open, accessible, keep_picture
from worklog.domain.amendment import Manual, ManualSpan
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.service.service import Service

IMAGES = Path(__file__).parents[2] / "docs" / "images"


@pytest.fixture
def both(service: Service, address: str, clock: FixedClock) -> Pair:
    """A week of work: five days, some of it by hand."""
    with httpx.Client(base_url=address, timeout=30) as web:
        made = pair(service, web)
        clock.instant = NINE + timedelta(days=4, hours=9)
        records = [
            made.tracker.seal(made.tracker.part(NINE + timedelta(days=day, minutes=10 * slot)))
            for day, slots in enumerate((38, 42, 31, 44, 24))
            for slot in range(slots)
            if slot not in {18, 19, 20, 21}
        ]
        for first in range(0, len(records), 50):
            made.tracker.post(records[first : first + 50])
        noon = NINE + timedelta(days=2, hours=3)
        spans = tuple(ManualSpan(Slot.containing(noon + timedelta(minutes=n))) for n in (0, 10, 20))
        change = Manual(ContractId(made.contract), spans, "call with Ada about scope")
        made.tracker.amend(made.tracker.amendment(change, clock.instant))
    return made


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_timesheet_is_readable_at_each_width_and_scheme(
    tab: Open, both: Pair, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = tab(both.freelancer, width=width, scheme=scheme)

    page.goto(f"/timesheet?week={WEEK}")

    keep_picture(page, f"timesheet-{width}-{scheme}", tmp_path)
    accessible(page)
    assert page.get_by_text("locks Mon 23 Nov 2026").is_visible()
    assert page.locator("svg.heat rect").count() == 168
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

    assert page.evaluate(overflow) <= 0  # the gutter of the scroll bar stays free
    if os.environ.get("UPDATE_PICTURES") and (width, scheme) == (1440, "light"):
        keep_picture(page, "timesheet", IMAGES)


@pytest.mark.parametrize("width", [390, 1440])
def test_contracts_are_readable_and_changed_by_keyboard(
    tab: Open, both: Pair, tmp_path: Path, width: int
) -> None:
    page = tab(both.owner, width=width)
    page.goto("/contracts")
    accessible(page)
    keep_picture(page, f"contracts-{width}", tmp_path)
    page.get_by_role("link", name="acme").press("Enter")
    page.get_by_role("heading", name="Terms").wait_for()
    accessible(page)
    keep_picture(page, f"contract-{width}", tmp_path)
    page.get_by_role("link", name="Change").press("Enter")
    page.get_by_label("Rate an hour").fill("75")
    page.get_by_label("Rate an hour").press("Enter")
    page.get_by_role("button", name="Save the changes").wait_for()
    accessible(page)
    keep_picture(page, f"contract-edit-{width}", tmp_path)
    page.get_by_role("button", name="Save the changes").press("Enter")

    assert page.get_by_role("status").inner_text().startswith("Saved.")
    assert page.get_by_text("scheduled").is_visible()


def test_a_week_is_submitted_by_keyboard(
    tab: Open, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    clock.instant = NINE + timedelta(days=7)
    page = tab(both.freelancer)
    page.goto(f"/timesheet?week={WEEK}")

    page.get_by_role("button", name="Submit the week").press("Enter")

    assert page.get_by_role("status").inner_text() == "Submitted: the week is locked."
    assert "submitted" in visit(both.member).get("/timesheet", week=WEEK).text
