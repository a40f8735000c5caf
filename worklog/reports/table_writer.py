"""A timesheet as a table in any format that tabulate knows, for terminals and documents.

Groups stand in the order they were asked for; a name is not repeated below itself. The
last line has the sums, and each currency its own column.
"""

from __future__ import annotations

from decimal import Decimal

from worklog.domain.grouping import Totals
from worklog.reports.cells import cell
from worklog.reports.content import figures_of
from worklog.reports.report import Report, amount, currencies, hours

DEFAULT = "simple"


def write(report: Report, form: str = DEFAULT) -> bytes:
    """Return *report* as a table in tabulate's format *form*, in UTF-8."""
    return f"{table(report, form)}\n".encode()


def table(report: Report, form: str) -> str:
    """Return *report* as a table in tabulate's format *form*."""
    from tabulate import tabulate  # noqa: PLC0415 -- 65 ms

    header = heads(report)
    return tabulate(
        body(report, form),
        headers=header,
        tablefmt=form,
        disable_numparse=True,
        colalign=["left"] * len(report.by) + ["right"] * (len(header) - len(report.by)),
    )


def heads(report: Report) -> list[str]:
    """Return the titles of the columns; those of manual and late time only where there is any."""
    return [*(str(dimension) for dimension in report.by), *figures_of(report)]


def body(report: Report, form: str = DEFAULT) -> list[list[str]]:
    """Return the lines of the table, the sums last."""
    rows: list[list[str]] = []
    before: list[str] = []
    for values, figures in report.rows():
        names = [cell(report.name(value) or "-", form) for value in values]
        shown = _unrepeated(names, before)
        before = names
        rows.append([*shown, *_figures(report, figures)])
    rest = [""] * (len(report.by) - 1)
    rows.append([*(["total"] if report.by else []), *rest, *_figures(report, report.totals)])
    return rows


def _unrepeated(names: list[str], before: list[str]) -> list[str]:
    """Return *names*, empty as long as they are those of the line above; the last always."""
    shown = list(names)
    for number, name in enumerate(names[:-1]):
        if number >= len(before) or before[number] != name:
            break
        shown[number] = ""
    return shown


def _figures(report: Report, figures: Totals) -> list[str]:
    return [
        hours(figures.billed_seconds),
        hours(figures.tracked_seconds),
        *([hours(figures.manual_seconds)] if report.has_manual() else []),
        *([hours(figures.late_seconds)] if report.has_late() else []),
        *(_money(amount(figures, currency)) for currency in currencies(report)),
    ]


def _money(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,}"
