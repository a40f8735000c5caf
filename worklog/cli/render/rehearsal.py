"""Past weeks under other terms, each beside what it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from worklog.cli.render.line import Ink, Line, paint_all, wrapped
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, Column, table
from worklog.domain.amendment import Key
from worklog.domain.grouping import Totals
from worklog.domain.rehearsal import Rehearsal
from worklog.domain.text import printable
from worklog.domain.times import day_in_words
from worklog.domain.wording import amounts, clock, count, hours

_NAMED: Final = 6  # segments; the others are counted


def rehearsal(result: Rehearsal, *, title: str, zone: tzinfo, look: Look) -> str:
    """Return *result* as a table of weeks, with what would not hold below it."""
    has_money = bool(result.before.amounts or result.after.amounts)
    columns = [
        Column("week of"),
        Column("billed", is_figure=True),
        Column("proposed", is_figure=True),
        *([Column("money", is_figure=True), Column("proposed", is_figure=True)] * has_money),
    ]

    def row(name: str, before: Totals, after: Totals, ink: Ink = Ink.TEXT) -> list[Cell]:
        sums = [hours(before.billed_seconds), hours(after.billed_seconds)]
        money = [amounts(before.amounts), amounts(after.amounts)] if has_money else []
        return [(text, ink) for text in (name, *sums, *money)]

    rows = [
        row(day_in_words(week.week.start.astimezone(zone).date()), week.before, week.after)
        for week in result.weeks
    ]
    rows.append(row("total", result.before, result.after, Ink.STRONG))
    lines: list[Line] = [((printable(title), Ink.STRONG),), (), *table(columns, rows, look)]
    unproven = [key for week in result.weeks for key in week.unproven]
    by_hand = [key for week in result.weeks for key in week.by_hand]
    if unproven:
        lines += ((), *_note(unproven, "would have no proof", zone, look))
    if by_hand:
        lines += ((), *_note(by_hand, "of time by hand could not be added", zone, look))
    return paint_all(lines, look)


def _note(keys: Sequence[Key], what: str, zone: tzinfo, look: Look) -> list[Line]:
    named = ", ".join(
        f"{day_in_words(key.slot.start.astimezone(zone).date(), with_year=False)} "
        f"{clock(key.slot.start, zone)}"
        for key in keys[:_NAMED]
    )
    rest = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return wrapped(f"{count(len(keys), 'segment')} {what}: {named}{rest}", Ink.DOUBT, look)
