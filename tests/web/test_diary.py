"""The diary in a real browser: 144 real captures, edited by keyboard, mouse and thumb."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.service.desk import Pair, pair, record, slots_of, ten_minutes
from tests.service.people import Visit
from tests.support.cache_values import FixedClock
from tests.support.fakes import utc
from tests.support.real_captures import RealCapture
from tests.unit.test_render_page import PAYLOADS
from tests.web.conftest import Open, accessible
from tests.web.days import hours, work
from tests.web.pictures import kept
from worklog.domain.part import Part
from worklog.service.service import Service

THURSDAY = utc("2026-11-19 00:00")
MONDAY = utc("2026-11-16 00:00")
_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def two(service: Service, web: httpx.Client, clock: FixedClock) -> Pair:
    clock.instant = utc("2026-11-20 09:00")
    return pair(service, web)


@pytest.fixture
def whole_day(two: Pair, real_captures: list[RealCapture]) -> Pair:
    """A day from midnight to midnight, each segment with its capture."""
    work(two.tracker, hours(THURSDAY, (0, 1440)), real_captures)
    return two


def opened(page: Page, two: Pair, day: str = "2026-11-19") -> Page:
    page.goto(f"{two.diary}?day={day}&zone=utc")
    expect(page.locator("[data-grid]")).to_be_visible()
    return page


def chosen(page: Page) -> int:
    return page.locator(".segment.chosen").count()


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (390, "dark"), (390, "light"), (1440, "dark")]
)
def test_a_day_of_144_real_captures_is_edited_by_keyboard_alone(
    tab: Open, whole_day: Pair, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = opened(tab(whole_day.freelancer, width=width, height=844, scheme=scheme), whole_day)

    page.keyboard.press("ArrowRight")  # the first segment has the keyboard
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-sum]")).to_have_text(
        re.compile(r"^4 segments · 0:40 · 33\.3\d EUR$")
    )
    page.keyboard.press("Escape")
    assert chosen(page) == 0
    page.keyboard.press("a")
    assert chosen(page) == 144
    page.keyboard.press("Space")  # all but this one
    assert chosen(page) == 143
    page.keyboard.press("e")
    expect(page.get_by_label("Memo optional")).to_be_focused()
    page.keyboard.type("edited by keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("rev")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").first).to_have_text("Saved.")
    bars = page.locator(".memo .words")
    assert bars.filter(has_text="edited by keyboard · review").count() >= 24
    assert page.locator(".segment.chosen").count() == 0
    accessible(page)


def test_nothing_moves_while_the_thumbnails_load(tab: Open, whole_day: Pair) -> None:
    for width in (390, 1440):
        page = tab(whole_day.freelancer, width=width, height=844)
        page.add_init_script(_SHIFTS)
        opened(page, whole_day)

        page.evaluate(
            "document.querySelectorAll('.shot img').forEach((each) => each.loading = 'eager')"
        )
        page.wait_for_load_state("networkidle")

        broken = "[...document.querySelectorAll('.shot img')].filter((i) => !i.naturalWidth).length"
        assert page.evaluate(broken) == 0
        assert page.evaluate("window.shifts") == 0


def test_a_picture_opens_large_and_arrows_walk_the_day(tab: Open, whole_day: Pair) -> None:
    page = opened(tab(whole_day.freelancer), whole_day)

    page.locator(".segment .open").nth(60).click()
    box = page.get_by_role("dialog")
    expect(box.get_by_role("heading")).to_have_text("Thu 19 Nov 2026, 10:00 to 10:10")
    accessible(page)
    page.keyboard.press("ArrowRight")
    expect(box.get_by_role("heading")).to_have_text("Thu 19 Nov 2026, 10:10 to 10:20")
    expect(box.get_by_alt_text(re.compile("Screen 1 at"))).to_be_visible()
    page.keyboard.press("Escape")

    expect(box).to_be_hidden()
    expect(page.locator(".segment .open").nth(61)).to_be_focused()
    assert page.get_by_role("dialog").count() == 0


def test_segments_are_chosen_by_box_by_shift_and_by_dragging(tab: Open, two: Pair) -> None:
    record(two.tracker, ten_minutes(THURSDAY + timedelta(hours=9), 12))
    page = opened(tab(two.freelancer), two)
    boxes = page.locator(".segment input")
    shots = page.locator(".segment .shot")

    page.locator(".segment").nth(0).hover()
    boxes.nth(0).check()
    boxes.nth(3).click(modifiers=["Shift"])
    assert chosen(page) == 4
    page.get_by_role("button", name="Clear").click()
    assert chosen(page) == 0
    shots.nth(6).hover()
    page.mouse.down()
    shots.nth(8).hover()
    shots.nth(10).hover()
    page.mouse.up()

    assert chosen(page) == 5
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_on_a_phone_a_long_press_chooses_and_taps_go_on(tab: Open, two: Pair) -> None:
    record(two.tracker, ten_minutes(THURSDAY + timedelta(hours=9), 6))
    page = opened(tab(two.freelancer, width=390, height=844, touch=True), two)
    first = page.locator(".segment .open").first

    first.dispatch_event("pointerdown", {"pointerType": "touch", "button": 0, "bubbles": True})
    expect(page.locator(".segment.chosen")).to_have_count(1)
    first.dispatch_event("pointerup", {"pointerType": "touch", "bubbles": True})
    first.dispatch_event("click")
    page.locator(".segment .open").nth(2).tap()

    expect(page.locator("[data-sum]")).to_have_text(
        re.compile(r"^2 segments · 0:20 · 16\.6\d EUR$")
    )
    bar = page.locator("[data-selection]").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == 844
    accessible(page)


def test_a_box_is_drawn_on_the_picture_and_covered(
    tab: Open, two: Pair, visit: Visit, real_captures: list[RealCapture]
) -> None:
    work(two.tracker, hours(THURSDAY, (540, 560)), real_captures[:2])
    page = opened(tab(two.freelancer), two)
    before = visit(two.freelancer).get(_picture(page)).content

    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    canvas = page.locator("[data-canvas]")
    canvas.wait_for()
    page.wait_for_load_state("networkidle")
    place = canvas.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 20, place["y"] + 20)
    page.mouse.down()
    page.mouse.move(place["x"] + 220, place["y"] + 120, steps=4)
    page.mouse.up()
    expect(page.get_by_label("What to cover")).to_have_value(re.compile(r"^\d+,\d+,\d+,\d+$"))
    accessible(page)
    page.get_by_role("button", name="Cover for good").click()

    expect(page.get_by_role("status").first).to_have_text("Covered for good.")
    expect(page.locator(".segment").first).to_have_class(re.compile("redacted"))
    assert visit(two.freelancer).get(_picture(page)).content != before


def test_removing_says_what_it_costs_before_it_happens(tab: Open, two: Pair) -> None:
    record(two.tracker, ten_minutes(THURSDAY + timedelta(hours=9), 6))
    page = opened(tab(two.freelancer), two)

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Delete")
    box = page.get_by_role("dialog")
    expect(box).to_contain_text(
        "This removes 2 segments with 0:20 of billed time, worth 16.66 EUR."
    )
    accessible(page)
    page.get_by_role("button", name="Remove for good").click()

    expect(page.locator(".segment.deleted")).to_have_count(2)


def test_a_refused_form_stays_open_with_what_was_typed(
    tab: Open, two: Pair, clock: FixedClock
) -> None:
    record(two.tracker, ten_minutes(THURSDAY + timedelta(hours=9), 6))
    page = opened(tab(two.freelancer), two)
    page.keyboard.press("m")
    page.get_by_label("From").fill("9:00")
    page.get_by_label("To").fill("9:30")
    page.get_by_label("Memo").fill("call with Ada")

    page.get_by_role("button", name="Add", exact=True).click()

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("No ten minutes of that time are free")
    expect(page.get_by_label("Memo")).to_have_value("call with Ada")
    clock.instant = utc("2026-11-24 09:00")
    page.get_by_label("From").fill("11:00")
    page.get_by_label("To").fill("11:30")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(alert).to_contain_text("is locked")


def test_the_keys_are_told_on_a_question_mark(tab: Open, two: Pair) -> None:
    page = opened(tab(two.freelancer), two)

    page.keyboard.press("?")

    expect(page.get_by_role("dialog")).to_contain_text("walk the segments")
    accessible(page)


def test_without_a_script_the_same_is_done_with_boxes_and_forms(two: Pair, visit: Visit) -> None:
    parts = record(two.tracker, ten_minutes(THURSDAY + timedelta(hours=9), 2))
    browser = visit(two.freelancer)
    form = browser.client.get(f"{two.diary}/edit", params={"slot": slots_of(parts), "zone": "utc"})

    assert "<html" in form.text
    assert form.text.count('name="slot"') == 2


def test_t6_hostile_words_come_out_as_text_and_do_nothing(tab: Open, two: Pair) -> None:
    payloads = PAYLOADS[:150]
    starts = ten_minutes(MONDAY, len(payloads))
    parts = [_hostile(two, start, payload) for start, payload in zip(starts, payloads, strict=True)]
    for first in range(0, len(parts), 50):
        two.tracker.post([two.tracker.seal(part) for part in parts[first : first + 50]])
    page = tab(two.client)
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)

    shown: list[str] = []
    for day in ("2026-11-16", "2026-11-17"):
        opened(page, two, day)
        shown += page.locator(".memo .words").all_text_contents()
    opened(page, two, "2026-11-16")
    for number in range(0, 144, 12):
        page.goto(f"{two.diary}/segments/{parts[number].slot.index}?zone=utc")
        facts = page.locator("dd.words").all_text_contents()
        assert payloads[number] in facts

    assert dialogs == []
    assert {text.removesuffix(" · dev") for text in shown} == {*payloads}


def test_the_pictures_of_the_readme_show_the_real_page(
    tab: Open, two: Pair, real_captures: list[RealCapture], tmp_path: Path
) -> None:
    for number in range(3):
        work(
            two.tracker,
            hours(
                MONDAY + timedelta(days=number), (480 + 30 * number, 720), (780, 960 + 40 * number)
            ),
            [],
        )
    work(two.tracker, hours(THURSDAY, (490, 530), (540, 720), (790, 1000)), real_captures)

    wide = opened(tab(two.freelancer, height=1000), two)
    wide.wait_for_load_state("networkidle")
    wide.keyboard.press("ArrowDown")
    for _ in range(4):
        wide.keyboard.press("Shift+ArrowRight")
    kept(wide, "work-diary.png", tmp_path)
    phone = opened(tab(two.freelancer, width=390, height=844, scheme="dark", touch=True), two)
    phone.wait_for_load_state("networkidle")
    phone.screenshot(path=tmp_path / "work-diary-phone.png")

    assert wide.locator("[data-selection]").is_visible()


def _hostile(two: Pair, start: datetime, payload: str) -> Part:
    part = two.tracker.part(start, memo=payload)
    return replace(part, title=payload, application=payload[:100])


def _picture(page: Page) -> str:
    address = page.locator(".shot img").first.get_attribute("src")
    assert address is not None
    return address.removesuffix("/thumbnail")
