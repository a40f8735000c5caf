"""A timesheet as an Excel workbook: typed cells, so that a client can go on calculating.

Days are dates, durations are parts of a day shown as `[h]:mm`, money is a number in the
format of its currency. Nothing of it is a formula, the sums neither: text goes through
`write_string` alone, so a memo that looks like one stays text (T7, CWE-1236).
"""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter import Workbook

from worklog.domain.contract import Week
from worklog.domain.grouping import Dimension, Totals, Value
from worklog.domain.money import exponent
from worklog.domain.text import printable
from worklog.reports.content import TITLE, figures_of, made, parties, period
from worklog.reports.report import Report, currencies

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

DAY_SECONDS: Final = 86_400
_HEAD_ROW: Final = 2
_PAPER_A4: Final = 9
_WIDTHS: Final = {Dimension.MEMO: 52, Dimension.CONTRACT: 26}
_NOT_XML: Final = re.compile("[\ufffe\uffff]")


def write(report: Report, form: str = "xlsx") -> bytes:
    """Return *report* as a workbook of two sheets: the lines, and the contracts."""
    del form
    stream = io.BytesIO()
    # Off as well, should a later hand write a cell without saying of which kind it is.
    quiet = {f"strings_to_{kind}": False for kind in ("formulas", "numbers", "urls")}
    book = Workbook(stream, {"in_memory": True, **quiet})
    book.set_properties({"title": f"{TITLE}: {period(report)}", "created": _naive(report.made_at)})
    styles = _Styles(book)
    _lines(_Sheet(book.add_worksheet(TITLE), styles), report)
    _contracts(_Sheet(book.add_worksheet("Contracts"), styles), report)
    book.close()
    return stream.getvalue()


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        @cache
        def made_once(form: str, *, is_strong: bool = False, is_head: bool = False) -> Format:
            wanted: dict[str, Any] = {"num_format": form, "bold": is_strong or is_head}
            wanted |= {"valign": "top", "text_wrap": form == "@"}
            wanted |= {"bottom": 1, "bg_color": "#E7F0EB"} if is_head else {}
            wanted |= {"top": 1} if is_strong else {}
            return book.add_format(wanted)

        self.of: Callable[..., Format] = made_once
        self.title = book.add_format({"bold": True, "font_size": 16})


class _Sheet:
    """A sheet that is filled row by row, each cell by what its value is."""

    def __init__(self, sheet: Worksheet, styles: _Styles) -> None:
        self.sheet = sheet
        self.styles = styles
        self.row = 0

    def add(self, *cells: _Cell, **style: bool) -> None:
        """Write *cells* into the next row."""
        for column, (value, form) in enumerate(cells):
            shown = self.styles.of(form, **style)
            if value == "":
                self.sheet.write_blank(self.row, column, None, shown)
            elif isinstance(value, str):
                self.sheet.write_string(self.row, column, _text(value), shown)
            elif isinstance(value, date):
                noon = datetime.combine(value, time())
                self.sheet.write_datetime(self.row, column, noon, shown)
            else:
                self.sheet.write_number(self.row, column, float(value), shown)
        self.row += 1

    def head(self, *titles: str) -> None:
        """Write the line of titles, which stays while one scrolls and on every page."""
        self.add(*((title, "@") for title in titles), is_head=True)
        self.sheet.freeze_panes(self.row, 0)
        self.sheet.repeat_rows(self.row - 1)
        self.sheet.set_landscape()
        self.sheet.set_paper(_PAPER_A4)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer("&C&P / &N")


_Cell = tuple[str | date | Decimal | float, str]


def _lines(sheet: _Sheet, report: Report) -> None:
    sheet.sheet.write_string(0, 0, _text(f"{TITLE}: {period(report)}"), sheet.styles.title)
    sheet.row = _HEAD_ROW
    for column, dimension in enumerate(report.by):
        sheet.sheet.set_column(column, column, _WIDTHS.get(dimension, 18))
    figures = figures_of(report)
    sheet.sheet.set_column(len(report.by), len(report.by) + len(figures), 13)
    sheet.head(*report.by, *figures)
    for values, sums in report.rows():
        sheet.add(*(_value(report, value) for value in values), *_figures(report, sums))
    rest = [("", "@")] * (len(report.by) - 1)
    sheet.add(("total", "@"), *rest, *_figures(report, report.totals), is_strong=True)
    sheet.row += 1
    sheet.sheet.write_string(sheet.row, 0, made(report))


def _contracts(sheet: _Sheet, report: Report) -> None:
    sheet.sheet.set_column(0, 3, 26)
    sheet.sheet.set_column(4, 12, 13)
    sheet.head("contract", "client", "title", "rate", *figures_of(report))
    for party in parties(report):
        words = (party.contract.name, party.contract.client, party.contract.title, party.rate)
        sheet.add(*((word, "@") for word in words), *_figures(report, party.totals))


def _figures(report: Report, sums: Totals) -> list[_Cell]:
    times = [
        sums.billed_seconds,
        sums.tracked_seconds,
        *([sums.manual_seconds] if report.has_manual() else []),
        *([sums.late_seconds] if report.has_late() else []),
    ]
    shown: list[_Cell] = [(seconds / DAY_SECONDS, "[h]:mm") for seconds in times]
    for code in currencies(report):
        amount = sums.amounts.get(code)
        shown.append(("", "@") if amount is None else (amount, _money_form(code)))
    return shown


def _money_form(currency: str) -> str:
    digits = exponent(currency)
    name = re.sub(r"[^A-Za-z]", "", currency)
    return f"#,##0{'.' if digits else ''}{'0' * digits} [${name}]"


def _value(report: Report, value: Value) -> _Cell:
    if isinstance(value, Week):
        return value.start.astimezone(report.zone).date(), "yyyy-mm-dd"
    if isinstance(value, date):
        return value, "yyyy-mm-dd"
    return report.name(value), "@"


def _text(text: str) -> str:
    return _NOT_XML.sub("", printable(text))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
