"""Activity and feedback in a real browser: read at any width, and used by keyboard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.service.people import Visit, somebody
from tests.service.test_activity import happen
from tests.service.weeks import STRICT, pair
from tests.support.cache_values import NINE, FixedClock
from tests.support.real_captures import RealCapture
from tests.web.conftest import Open, accessible, keep_picture
from tests.web.days import hours, work
from worklog.service.service import Service

DAY = NINE.replace(hour=0)


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]
)
def test_activity_says_what_happened_and_who_looked(  # noqa: PLR0917 -- fixtures
    tab: Open,
    visit: Visit,
    service: Service,
    web: httpx.Client,
    clock: FixedClock,
    real_captures: list[RealCapture],
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    both = pair(service, web, STRICT)
    clock.instant = NINE + timedelta(hours=4)
    parts = work(both.tracker, hours(DAY, (540, 720)), real_captures)
    owner = visit(both.owner)
    owner.get(f"/diary/{both.contract}", day="2026-11-16")
    for part in parts[2:8]:
        clock.instant += timedelta(minutes=1)
        owner.get(f"/pictures/{both.contract}/{part.slot.index}/{part.part_id}/0")
    clock.instant = NINE + timedelta(days=1)
    visit(both.freelancer).post(
        f"/diary/{both.contract}/edit", slot=str(parts[0].slot.index), memo="login", label="dev"
    )
    clock.instant = NINE + timedelta(days=7)
    happen(service, both)
    page = tab(both.freelancer, width=width, scheme=scheme)

    page.goto("/activity")

    accessible(page)
    keep_picture(page, f"activity-{width}-{scheme}", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Mon 16 Nov 2026").first.click()
    page.get_by_role("heading", name="acme").first.wait_for()


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]
)
def test_feedback_is_sent_and_worked_off_by_keyboard(  # noqa: PLR0917 -- fixtures and cases
    tab: Open, visit: Visit, service: Service, tmp_path: Path, width: int, scheme: str
) -> None:
    oscar = somebody(service, "oscar", is_operator=True)
    ann = visit(somebody(service, "ann"))
    for number, words in enumerate(
        ("The picture of 10:40 is black.\n\nIt was not this morning.", "Please add a dark mode")
    ):
        ann.send("/feedback", id=f"r-{number}", words=words)
    page = tab(oscar, width=width, scheme=scheme)
    page.goto("/feedback")
    accessible(page)

    page.get_by_label("What happened, or what is missing?").focus()
    page.keyboard.type("the clock is late")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Whoever runs this service has it now.").wait_for()
    close = page.get_by_role("button", name="Close", exact=True)
    assert close.count() == 3
    close.last.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Open again").wait_for()

    page.get_by_text("What came along").first.click()
    accessible(page)
    keep_picture(page, f"feedback-{width}-{scheme}", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
