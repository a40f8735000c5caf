"""The page for a client: what it says, and that it needs nothing else."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from tests.support.example_diary import ACME, GLOBEX, MONDAY
from tests.support.golden import check
from tests.support.sheets import ROWS, changed, late_rows, sheet
from worklog.domain.grid import Slot
from worklog.reports import Report, write
from worklog.reports.charts import Bar, chart, heat
from worklog.reports.report import Letterhead
from worklog.reports.svg import bars

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer"),
    *("h1", "h2", "p", "div", "span", "b", "bdi", "address", "img", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "rect", "line", "text"),
}


class Elements(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def page(report: Report) -> str:
    return write(report, "html").decode()


def shown(report: Report) -> str:
    """Return the words of the page, single spaces between them."""
    return " ".join(re.sub(r"<[^>]*>", " ", page(report).partition("<body>")[2]).split())


def test_a_week_looks_like_this_as_a_page() -> None:
    text = page(sheet("contract", "label", "memo", rows=late_rows()))

    text = re.sub(r"<style>.*</style>", "<style/>", text, flags=re.DOTALL)
    check("report-week.html", re.sub(r"sha256-[^&]+", "sha256-of-the-style", text))


def test_billed_and_tracked_stand_beside_each_other_and_manual_and_late_apart() -> None:
    words = shown(sheet("contract", rows=late_rows()))

    assert "Timesheet Mon 16 Nov 2026 to Sun 22 Nov 2026" in words
    assert "billed 26:00 tracked 25:49 manual 0:20 late 0:30 EUR 972.30 USD 253.33" in words
    assert "Acme Corporation · Relaunch of the web shop 41.67 EUR an hour 23:20 23:09" in words
    assert "Total 26:00 25:49 0:20 0:30 972.30 253.33" in words
    assert "Manual time was added by hand." in words
    assert "Amounts in different currencies are not added up." in words


def test_a_quiet_week_has_no_columns_of_what_did_not_happen() -> None:
    quiet = [row for row in ROWS if row.segment.key.contract == GLOBEX.contract_id]

    words = shown(sheet("day", rows=quiet))

    assert "manual" not in words
    assert "late" not in words
    assert "not added up" not in words


def test_a_letterhead_has_a_logo_and_addresses() -> None:
    paper = Letterhead(b"\x89PNG...", ("Ada Berg", "<Berlin>"), ("Acme",))

    text = page(replace(sheet(), letterhead=paper))

    found = re.search(r'src="data:image/png;base64,([^"]+)"', text)
    assert found is not None
    assert b64decode(found[1]) == paper.logo
    assert "&lt;Berlin&gt;" in text


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    report = replace(sheet(rows=late_rows()), letterhead=Letterhead(b"x", ("a",), ("b",)))

    found = Elements(page(report))

    assert found.names <= ALLOWED
    assert not [name for name in found.attributes if name.startswith("on")]
    assert found.attributes & {"href", "style", "srcset", "action"} == set()
    assert "default-src &#x27;none&#x27;" in page(report)


@pytest.mark.parametrize("memo", ['"><script>x</script>', "<img src=x>", "'; --", "&lt;b&gt;"])
def test_t6_a_memo_is_no_markup(memo: str) -> None:
    assert Elements(page(sheet(memo=memo))).names <= ALLOWED


def test_an_empty_report_says_so_on_a_page() -> None:
    assert "Nothing was tracked in this time." in shown(sheet(rows=[]))


# --- What the pictures show ---------------------------------------------------------------


def test_bars_are_days_stacked_of_contracts() -> None:
    found = chart(sheet(), (ACME.contract_id, GLOBEX.contract_id))

    assert [bar.label for bar in found.bars][:3] == ["Mon 16", "Tue 17", "Wed 18"]
    assert found.bars[2] == Bar("Wed 18", "Wed 18 Nov 2026", (9000, 9600))
    assert (found.top, found.step, found.has_figures, len(found.bars)) == (8, 2, True, 7)


def test_a_month_has_a_bar_a_day_and_a_word_a_week() -> None:
    month = replace(sheet(), start=MONDAY, end=MONDAY + timedelta(days=30))

    found = chart(month, (ACME.contract_id,))

    assert len(found.bars) == 30
    assert [bar.label for bar in found.bars if bar.label] == [
        *("16 Nov", "23 Nov", "30 Nov", "7 Dec", "14 Dec"),
    ]
    assert not found.has_figures


def test_a_fortnight_has_a_word_for_every_other_bar() -> None:
    fortnight = replace(sheet(), end=MONDAY + timedelta(days=14))

    labels = [bar.label for bar in chart(fortnight, (ACME.contract_id,)).bars]

    assert labels[:4] == ["16 Nov", "", "18 Nov", ""]


def test_a_year_begins_with_the_first_work_and_has_bars_of_weeks() -> None:
    far = replace(ROWS[0].segment, key=replace(ROWS[0].segment.key, slot=Slot(2_960_000)))
    rows = [replace(ROWS[0], segment=far), *ROWS]
    year = replace(sheet(rows=rows), start=MONDAY - timedelta(days=300))

    whole = chart(replace(year, segments=tuple(ROWS)), (ACME.contract_id,))
    long = chart(replace(year, start=MONDAY - timedelta(days=9999)), (ACME.contract_id,))

    assert len(whole.bars) == 4
    assert long.bars[-1].name == "week of Mon 16 Nov 2026"
    assert len([bar for bar in long.bars if bar.label]) <= 8


def test_the_heat_map_is_of_all_time_by_weekday_and_hour() -> None:
    found = heat(sheet())

    assert (found.first, len(found.rows), len(found.rows[0])) == (8, 7, 10)
    assert found.rows[1][0] == 1800
    assert [found.level(seconds) for seconds in (0, 1, 1800, 3600)] == [0, 1, 2, 4]
    assert heat(sheet(rows=[])).level(0) == 0


def test_work_late_at_night_keeps_the_map_eight_hours_wide() -> None:
    first = Slot.containing(MONDAY).index + 138  # 23:00
    nights = changed(
        lambda number: {"key": replace(ROWS[number].segment.key, slot=Slot(first + number % 6))}
    )

    found = heat(sheet(rows=nights))

    assert (found.first, len(found.rows[0])) == (16, 8)


def test_a_chart_of_nothing_is_drawn_too() -> None:
    drawn = bars(chart(sheet(rows=[]), ()), [])

    assert drawn.startswith("<svg")
    assert "rect" not in drawn


def test_a_month_of_bars_has_no_room_for_figures() -> None:
    month = replace(sheet(), end=MONDAY + timedelta(days=30))

    drawn = bars(chart(month, (ACME.contract_id,)), ["Acme site"])

    assert 'class="figure"' not in drawn
    assert drawn.count("<rect") == 4
    assert 'class="scale end" x="100.000%" y="188">14 Dec<' in drawn
    assert 'class="scale mid" x="73.650%" y="188">7 Dec<' in drawn
