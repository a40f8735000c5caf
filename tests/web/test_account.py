"""Devices and sessions, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from tests.service.conftest import ACME
from tests.service.people import Somebody, session_of
from tests.service.tracker import account
from tests.web.conftest import Open, accessible, keep_picture
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, sessions

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36"


@pytest.fixture
def ann(service: Service) -> Somebody:
    made = account(service, "ann", ACME)
    with service.store.writing(SYSTEM) as scope:
        accounts.register_device(
            scope, made.user, made.device, b"k" * 32, name="desk", host="atlas", version="0.1.0"
        )
        sessions.begin_session(scope, made.user, agent=CHROME, address="198.51.100.7")
    return session_of(service, made.user, "ann")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_a_device_is_revoked_after_a_page_that_says_what_it_means(
    tab: Open, ann: Somebody, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    page = tab(ann, width=width, scheme=scheme)
    page.goto("/devices")
    accessible(page)
    keep_picture(page, f"devices-{width}-{scheme}", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("link", name="Revoke desk").click()
    page.get_by_text("keeps its outbox").wait_for()
    accessible(page)
    keep_picture(page, f"revoke-{width}-{scheme}", tmp_path)
    page.get_by_role("button", name="Revoke it").click()
    page.get_by_text("desk is revoked.").wait_for()
    page.get_by_role("button", name="End Chrome on Linux from 198.51.100.7").click()
    page.get_by_text("1 session ended.").wait_for()
    accessible(page)
    keep_picture(page, f"empty-{width}-{scheme}", tmp_path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_settings_are_kept_by_keyboard(
    tab: Open, ann: Somebody, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    page = tab(ann, width=width, scheme=scheme)
    page.goto("/settings")
    accessible(page)
    keep_picture(page, f"settings-{width}-{scheme}", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_label("Name that others see").fill("Ann Ames")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Mars/Olympus")
    page.keyboard.press("Enter")
    page.get_by_text("There is no such zone").wait_for()
    accessible(page)
    keep_picture(page, f"wrong-{width}-{scheme}", tmp_path)
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.keyboard.press("Enter")

    page.get_by_text("Your settings are kept.").wait_for()
    assert page.locator("summary").inner_text() == "Ann Ames"
