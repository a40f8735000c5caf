"""The timesheet on a terminal: groups indented below each other, hours, money, a bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from worklog.cli.render.line import Ink, Line, cells, clip, left, paint_all, spread, words
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, Column, table
from worklog.domain.grouping import Line as Group
from worklog.domain.grouping import NoApp, Totals
from worklog.domain.times import day_in_words
from worklog.domain.wording import hours, zone_name

if TYPE_CHECKING:
    from worklog.reports import Report

_BAR = 12  # cells
_WIDE = 100
_NAME = 24  # cells that names keep
_FIGURE = 7  # cells of most figures
NOTHING = "Nothing was tracked in this time, so there is nothing to report."


def report(sheet: Report, look: Look) -> str:
    """Return *sheet* as `worklog report` shows it."""
    first = sheet.start.astimezone(sheet.zone).date()
    last = (sheet.end - timedelta(microseconds=1)).astimezone(sheet.zone).date()
    title = (
        day_in_words(first) if first == last else f"{day_in_words(first)} to {day_in_words(last)}"
    )
    head = spread([(title, Ink.STRONG)], [(zone_name(sheet.zone), Ink.DIM)], look.width, look)
    if not sheet.lines:
        return paint_all([head, (), clip([(NOTHING, Ink.TEXT)], look.width, look)], look)
    most = max(line.totals.billed_seconds for line in sheet.lines)
    has_bar = look.width >= _WIDE
    rows = [
        _row(sheet, group, depth, most, look, has_bar=has_bar)
        for group, depth in _flat(sheet.lines)
    ]
    total: list[Cell] = [("total", Ink.STRONG), *_figures(sheet, sheet.totals, Ink.STRONG)]
    if has_bar:
        total.append(("", Ink.TEXT))
    by = " > ".join(sheet.by)
    columns = [
        Column(by, is_flexible=True),
        *(Column(name, is_figure=True) for name in _figure_heads(sheet)),
    ]
    if has_bar:
        columns.append(Column(""))
    columns, rows = _fitting(columns, [*rows, total], look)
    body = table(columns, rows, look)
    return paint_all([head, (), *body[:-1], _rule(body, look), body[-1]], look)


def _fitting(
    columns: list[Column], rows: list[list[Cell]], look: Look
) -> tuple[list[Column], list[list[Cell]]]:
    """Return what fits: names keep some room, and what is not billed goes first."""
    for name in ("late", "manual", "tracked"):
        figures = sum(max(len(column.title), _FIGURE) + 2 for column in columns[1:])
        titles = [column.title for column in columns]
        if _NAME + figures > look.width and name in titles:
            number = titles.index(name)
            columns = columns[:number] + columns[number + 1 :]
            rows = [row[:number] + row[number + 1 :] for row in rows]
    return columns, rows


def _rule(body: list[Line], look: Look) -> Line:
    width = max(sum(cells(text) for text, _ in line) for line in body)
    return ((look.of("─", "-") * width, Ink.DIM),)


def _flat(groups: Iterable[Group], depth: int = 0) -> Iterator[tuple[Group, int]]:
    for group in groups:
        yield group, depth
        yield from _flat(group.lines, depth + 1)


def _row(
    sheet: Report, group: Group, depth: int, most: int, look: Look, *, has_bar: bool
) -> list[Cell]:
    name = words(sheet.name(group.value)) or f"no {group.dimension}"
    is_named = bool(group.value) and not isinstance(group.value, NoApp)
    ink = Ink.STRONG if group.lines else Ink.TEXT if is_named else Ink.DIM
    row: list[Cell] = [("  " * depth + name, ink), *_figures(sheet, group.totals, ink)]
    if has_bar:
        full = round(_BAR * group.totals.billed_seconds / most) if most else 0
        shown = left(look.of("▇", "#") * full, _BAR)
        row.append((shown, Ink.ACTIVE if depth == 0 else Ink.DIM))
    return row


def _figure_heads(sheet: Report) -> list[str]:
    return [
        "billed",
        "tracked",
        *(["manual"] if sheet.has_manual() else []),
        *(["late"] if sheet.has_late() else []),
        *sorted(sheet.totals.amounts),
    ]


def _figures(sheet: Report, figures: Totals, ink: Ink) -> list[Cell]:
    shown: list[Cell] = [
        (hours(figures.billed_seconds), ink if ink is Ink.STRONG else Ink.TEXT),
        (hours(figures.tracked_seconds), Ink.DIM),
    ]
    if sheet.has_manual():
        shown.append((hours(figures.manual_seconds) if figures.manual_seconds else "", Ink.MANUAL))
    if sheet.has_late():
        shown.append((hours(figures.late_seconds) if figures.late_seconds else "", Ink.DOUBT))
    for code in sorted(sheet.totals.amounts):
        amount = figures.amounts.get(code)
        shown.append(("" if amount is None else f"{amount:,}", Ink.TEXT))
    return shown
