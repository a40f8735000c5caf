"""A timesheet as CSV (RFC 4180): one line a group and currency, figures for programs.

The first line names the columns. A cell that a spreadsheet would run as a formula gets a
quote before it, and what a terminal would obey is gone, as memos and titles are anybody's
text (T7, CWE-1236).
"""

from __future__ import annotations

import csv
import io
from typing import Final

from worklog.domain.grouping import Totals
from worklog.domain.text import printable
from worklog.reports.cells import guarded
from worklog.reports.report import Report, decimal_hours

FIGURES: Final = (
    "billed_hours",
    "billed_seconds",
    "tracked_seconds",
    "manual_seconds",
    "late_seconds",
    "amount",
    "currency",
)


def write(report: Report, form: str = "csv") -> bytes:
    """Return *report* as CSV in UTF-8, lines ended by CRLF."""
    del form
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([*(str(dimension) for dimension in report.by), *FIGURES])
    for values, figures in report.rows():
        names = [guarded(printable(report.key(value))) for value in values]
        for row in _figures(figures):
            writer.writerow([*names, *row])
    return stream.getvalue().encode()


def _figures(figures: Totals) -> list[list[str]]:
    """Return one row a currency; time only stands in the first, so that columns add up."""
    time = [
        decimal_hours(figures.billed_seconds),
        str(figures.billed_seconds),
        str(figures.tracked_seconds),
        str(figures.manual_seconds),
        str(figures.late_seconds),
    ]
    money = [[f"{figures.amounts[code]:f}", code] for code in sorted(figures.amounts)]
    first, *others = money or [["", ""]]
    return [[*time, *first], *([*["0.00", "0", "0", "0", "0"], *other] for other in others)]
