"""The page of a timesheet in a browser: wide, narrow, dark, on paper."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.sheets import ROWS, late_rows, sheet
from tests.web.conftest import accessible, keep_picture
from worklog.reports import write

LONG = [
    replace(row, segment=replace(row.segment, memo=f"{number} x" + "y" * 300))
    for number, row in enumerate(ROWS)
]


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def leaf(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab that notes every complaint and every request."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: complaints.append(request.url))
    yield page
    context.close()


def at(page: Page, file: Path, *, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("rows", [late_rows(), LONG], ids=["usual", "long-memos"])
def test_a_page_fits_its_width_and_asks_for_nothing(
    leaf: Page, complaints: list[str], tmp_path: Path, width: int, rows: list[object]
) -> None:
    file = tmp_path / "week.html"
    file.write_bytes(write(sheet(rows=rows), "html"))  # type: ignore[arg-type]  # of ROWS

    at(leaf, file, width=width)

    assert leaf.evaluate("document.documentElement.scrollWidth") <= width
    accessible(leaf)
    assert keep_picture(leaf, f"report-{width}", tmp_path).stat().st_size
    assert [one for one in complaints if one != file.as_uri()] == []


def test_a_page_is_light_or_dark_as_its_reader_likes(leaf: Page, tmp_path: Path) -> None:
    file = tmp_path / "week.html"
    file.write_bytes(write(sheet(), "html"))
    at(leaf, file, width=1200)
    colour = "getComputedStyle(document.documentElement).backgroundColor"

    light = leaf.evaluate(colour)
    leaf.emulate_media(color_scheme="dark")
    dark = leaf.evaluate(colour)
    accessible(leaf)
    leaf.emulate_media(media="print")

    assert (light, dark) == ("rgb(251, 250, 247)", "rgb(20, 23, 21)")
    assert leaf.evaluate(colour) == "rgb(255, 255, 255)"


def test_on_paper_every_page_repeats_the_head_and_is_numbered(leaf: Page, tmp_path: Path) -> None:
    file = tmp_path / "week.html"
    file.write_bytes(write(sheet("day", "memo", rows=LONG), "html"))
    at(leaf, file, width=1200)

    leaf.pdf(path=tmp_path / "week.pdf", prefer_css_page_size=True)

    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "week.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pages = text.rstrip("\f").split("\f")
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert re.search(rf"{number} / {len(pages)}\s*$", page)
    assert all("Tracked" in page for page in pages[1:-1])
