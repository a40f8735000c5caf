"""Timesheets as tables, CSV and JSON: golden files, and what no format may do."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.golden import check
from tests.support.sheets import ROWS, late_rows, sheet
from worklog.cli.render.line import cells
from worklog.cli.render.look import Look
from worklog.cli.render.report import report as shown_report
from worklog.domain.text import printable
from worklog.domain.timesheet import totals
from worklog.errors import UsageError
from worklog.reports import USUAL_TABLES, forms, table_forms, write
from worklog.reports.cells import guarded
from worklog.reports.report import decimal_hours


@pytest.mark.parametrize("form", ["simple", "github", "unsafehtml", "csv", "json", "ndjson", "md"])
def test_a_week_is_written_like_this(form: str) -> None:
    text = write(sheet("contract", "label", "memo"), form).decode().replace("\r\n", "\n")

    check(f"report-week.{form}", text)


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("report-week.txt", Look()),
        ("report-week-50-ascii.txt", Look(width=50, unicode=False)),
        ("report-week-110.txt", Look(width=110)),
    ],
)
def test_a_week_looks_like_this_on_a_terminal(name: str, look: Look) -> None:
    check(name, shown_report(sheet("contract", "label", "memo"), look))


def test_days_and_weeks_are_named_for_people_and_dated_for_programs() -> None:
    by_day = sheet("week", "day")

    table = write(by_day, "simple").decode()
    rows = list(csv.reader(io.StringIO(write(by_day, "csv").decode())))

    assert "week of Mon 16 Nov 2026" in table
    assert "Thu 19 Nov 2026" in table
    assert rows[1][:2] == ["2026-11-15T23:00:00Z", "2026-11-16"]


def test_late_time_has_a_column_where_there_is_any() -> None:
    late = sheet("day", rows=late_rows())

    for text in (write(late, "simple").decode(), shown_report(late, Look())):
        assert "late" in text.splitlines()[0 if "----" in text.splitlines()[1] else 2]
        assert "0:30" in text


def test_currencies_are_never_added_up() -> None:
    by_label = sheet("day")

    rows = list(csv.DictReader(io.StringIO(write(by_label, "csv").decode())))

    assert {row["currency"] for row in rows} == {"EUR", "USD"}
    assert sum(int(row["billed_seconds"]) for row in rows) == totals(ROWS).billed_seconds
    document = json.loads(write(by_label, "json"))
    assert [entry["currency"] for entry in document["totals"]["amounts"]] == ["EUR", "USD"]


@pytest.mark.parametrize("form", forms())
def test_every_format_says_something(form: str) -> None:
    assert write(sheet("contract"), form).strip()


def test_an_empty_report_says_so() -> None:
    empty = sheet("contract", rows=[])

    assert "there is nothing to report" in shown_report(empty, Look())
    assert write(empty, "csv").count(b"\r\n") == 1
    assert "Nothing was tracked in this time." in write(empty, "md").decode()


def test_an_unknown_format_is_a_usage_error_that_names_near_ones() -> None:
    with pytest.raises(UsageError, match="no report format 'ndjsn'") as near:
        write(sheet("contract"), "ndjsn")
    with pytest.raises(UsageError) as far:
        write(sheet("contract"), "zzzzzz")

    assert near.value.hint == "Did you mean ndjson or json?"
    assert (
        far.value.hint
        == "There are: csv, json, ndjson, md, html, pdf, xlsx, ics, github, grid, pipe, rst,"
        " simple, tsv, and all other tables that tabulate knows."
    )
    assert set(USUAL_TABLES) <= set(table_forms())


PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x","y")',
    "\uff1d1+1",
    "%0A=1",
    "|x",
    "\u200b=1",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_t7_no_cell_of_a_csv_is_a_formula(payload: str) -> None:
    text = write(sheet("memo", memo=payload), "csv").decode()

    row = list(csv.reader(io.StringIO(text)))[1]
    assert row[0] == guarded(printable(payload))
    assert row[0].startswith("'") or payload == "\u200b=1"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=200)
def test_t7_a_guarded_text_never_begins_like_a_formula(text: str) -> None:
    assert not guarded(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert guarded(text).removeprefix("'") in (text, text.removeprefix("'"))


@pytest.mark.parametrize("form", ["html", "unsafehtml"])
def test_t6_markup_in_a_memo_is_text_in_a_table(form: str) -> None:
    text = write(sheet("memo", memo="<script>alert(1)</script>"), form).decode()

    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_bar_in_a_memo_does_not_end_a_cell() -> None:
    assert "a \\| b" in write(sheet("memo", memo="a | b"), "github").decode()


@pytest.mark.parametrize(
    ("seconds", "hours"), [(0, "0.00"), (600, "0.17"), (1800, "0.50"), (18, "0.01"), (17, "0.00")]
)
def test_decimal_hours_are_rounded_half_up(seconds: int, hours: str) -> None:
    assert decimal_hours(seconds) == hours


@pytest.mark.parametrize("width", [24, 40, 60, 80, 99, 100, 160])
def test_a_report_fits_its_width(width: int) -> None:
    shown = shown_report(sheet("contract", "memo"), Look(width=width))

    assert max(cells(line) for line in shown.splitlines()) <= width
