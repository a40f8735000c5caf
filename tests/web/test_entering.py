"""Coming in, in a real browser: setup, login, and letting a device in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import expect

from tests.service.people import somebody
from tests.web.conftest import Open, accessible, keep_picture
from worklog.service.service import Service
from worklog.service.setup import setup_link
from worklog.wire.sync.messages import API

PASSWORD = "four calm words here"


@pytest.mark.parametrize("width", [390, 1440])
def test_the_service_is_set_up_by_keyboard(
    tab: Open, service: Service, address: str, width: int
) -> None:
    link = setup_link(service, address)
    page = tab(width=width)
    page.goto(str(link))
    accessible(page)

    # The cursor stands in the first field, as anybody would expect.
    page.keyboard.type("olga")
    for words in ("Olga Ortiz", "short", "Acme & Sons"):
        page.keyboard.press("Tab")
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.get_by_text("A password has at least 10 characters").wait_for()
    accessible(page)
    assert page.get_by_label("Your organisation").input_value() == "Acme & Sons"
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_text("The service is yours.").wait_for()
    assert page.get_by_text("Olga Ortiz").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_device_is_let_in_by_somebody_who_logs_in_first(
    tab: Open, service: Service, address: str, scheme: str
) -> None:
    who = somebody(service, "ann")
    device = {"device": "d-1", "key": "ab" * 32, "name": "desk", "host": "box", "version": "0.1.0"}
    code = httpx.post(f"{address}{API}/device/code", json=device).json()
    page = tab(who, scheme=scheme)

    page.goto(f"{address}/device")
    accessible(page)
    page.keyboard.type(code["user_code"].lower().replace("-", ""))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Let this device in?").wait_for()
    accessible(page)

    assert page.get_by_text(code["user_code"]).is_visible()
    assert page.get_by_role("button", name="Refuse it").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_forgotten_password_is_asked_about_on_a_page(
    tab: Open, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    page = tab(width=width, scheme=scheme)

    page.goto("/login")
    page.get_by_role("link", name="Forgotten your password?").click()

    expect(page.get_by_role("heading", name="A new password")).to_be_visible()
    expect(page.get_by_text("worklog admin reset NAME")).to_be_visible()
    accessible(page)
    keep_picture(page, f"forgotten-{width}", tmp_path)
