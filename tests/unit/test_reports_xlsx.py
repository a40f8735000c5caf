"""A workbook, opened again by another library."""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from tests.support.sheets import ROWS, late_rows, sheet
from worklog.domain.timesheet import totals
from worklog.errors import ConfigInvalidError
from worklog.reports import Report, write


def opened(report: Report) -> Any:  # noqa: ANN401 -- a workbook, whose cells are of any type
    return openpyxl.load_workbook(io.BytesIO(write(report, "xlsx")))


def seconds(value: object) -> int:
    """Return the duration that openpyxl read out of a cell shown as hours."""
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    assert isinstance(value, timedelta)
    return round(value.total_seconds())


def test_cells_have_the_type_of_what_they_hold() -> None:
    page = opened(sheet("contract", "day", "memo"))["Timesheet"]

    assert page["A1"].value == "Timesheet: Mon 16 Nov 2026 to Sun 22 Nov 2026"
    assert [cell.value for cell in page[3]] == [
        *("contract", "day", "memo", "billed", "tracked", "manual", "EUR", "USD"),
    ]
    first = page[4]
    assert [cell.value for cell in first[:3]] == [
        "Acme site",
        datetime(2026, 11, 16),
        "fixing login redirect",
    ]
    assert (first[1].number_format, first[3].number_format) == ("yyyy-mm-dd", "[h]:mm")
    assert seconds(first[3].value) == 3 * 3600
    assert (first[6].value, first[6].number_format) == (125.01, "#,##0.00 [$EUR]")
    assert first[7].value is None
    assert page.freeze_panes == "A4"
    assert page.print_title_rows == "$3:$3"


def test_lines_add_up_to_the_sums_below_them() -> None:
    page = opened(sheet("day"))["Timesheet"]
    rows = list(page.iter_rows(min_row=4, values_only=True))
    end = next(number for number, row in enumerate(rows) if row[0] == "total")

    billed = sum(seconds(row[1]) for row in rows[:end])
    euros = sum(Decimal(str(row[4])) for row in rows[:end] if row[4] is not None)

    assert billed == seconds(rows[end][1]) == totals(ROWS).billed_seconds
    assert euros == Decimal(str(rows[end][4])) == totals(ROWS).amounts["EUR"]


def test_weeks_are_dated_and_late_time_has_its_column() -> None:
    page = opened(sheet("week", rows=late_rows()))["Timesheet"]

    assert [cell.value for cell in page[3]][-3:] == ["late", "EUR", "USD"]
    assert page["A4"].value == datetime(2026, 11, 16)
    assert seconds(page["E4"].value) == 1800


def test_contracts_have_a_sheet_with_their_rates() -> None:
    page = opened(sheet("day"))["Contracts"]

    assert [cell.value for cell in page[2][:4]] == [
        *("Acme site", "Acme Corporation", "Relaunch of the web shop", "41.67 EUR an hour"),
    ]
    assert page["I3"].value == 253.33


@pytest.mark.parametrize(
    "memo", ["=1+1", "@SUM(A1)", "+1", "{=1}", "http://evil.example", "1.5", "_x0041_", "a\uffffb"]
)
def test_t7_no_cell_is_a_formula_or_a_link(memo: str) -> None:
    content = write(sheet("memo", memo=memo), "xlsx")

    cell = openpyxl.load_workbook(io.BytesIO(content))["Timesheet"]["A4"]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        source = b"".join(book.read(name) for name in book.namelist())
    assert (cell.data_type, cell.value) == ("s", memo.replace("\uffff", ""))
    assert b"<f>" not in source
    assert b"hyperlink" not in source


def test_the_same_report_is_the_same_file() -> None:
    assert write(sheet("memo"), "xlsx") == write(sheet("memo"), "xlsx")


def test_an_empty_report_is_a_workbook_too() -> None:
    page = opened(sheet("day", rows=[]))["Timesheet"]

    assert [page["A4"].value, seconds(page["B4"].value)] == ["total", 0]


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.delitem(sys.modules, "worklog.reports.xlsx_writer", raising=False)

    with pytest.raises(ConfigInvalidError, match="xlsx is not installed: xlsxwriter") as failed:
        write(sheet("memo"), "xlsx")

    assert failed.value.hint == "Install it with `pip install 'worklog-diary[reports]'`."
