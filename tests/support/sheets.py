"""Reports of the example week, for the tests of the formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support.example_diary import BERLIN, CONTRACTS, MONDAY, NEXT_MONDAY, NOW, week_rows
from worklog.domain.grouping import Dimension
from worklog.domain.segment import BilledSegment
from worklog.domain.timesheet import grouped, totals
from worklog.reports import Report

ROWS = [row for row in week_rows() if not row.segment.is_deleted]


def late_rows(count: int = 3) -> list[BilledSegment]:
    """Return the week with its first *count* segments late."""
    return changed(lambda number: {"is_late": True} if number < count else {})


def changed(fields: Callable[[int], dict[str, Any]]) -> list[BilledSegment]:
    """Return the week with other *fields* in the segment of each number."""
    return [
        replace(row, segment=replace(row.segment, **fields(number)))
        for number, row in enumerate(ROWS)
    ]


def sheet(*by: str, memo: str | None = None, rows: list[BilledSegment] | None = None) -> Report:
    """Return the week, or other *rows*, grouped *by*; with *memo* half an hour of that."""
    dimensions = tuple(Dimension(word) for word in by or ("contract", "day", "memo"))
    found = ROWS if rows is None else rows
    if memo is not None:
        found = [replace(row, segment=replace(row.segment, memo=memo)) for row in ROWS[:3]]
    return Report(
        start=MONDAY,
        end=NEXT_MONDAY,
        zone=BERLIN,
        by=dimensions,
        lines=grouped(found, dimensions, CONTRACTS, zone=BERLIN),
        totals=totals(found),
        contracts=CONTRACTS,
        made_at=NOW,
        segments=tuple(found),
    )
