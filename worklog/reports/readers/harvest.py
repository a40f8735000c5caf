"""Harvest: "Detailed time" report as CSV.

Columns: Date, Client, Project, Project Code, Task, Notes, Hours, and, where the account
tracks start and end, Started At and Ended At. Source: Harvest's help, "Detailed time report".
"""

from __future__ import annotations

from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers import table
from worklog.reports.readers.reading import Reading, Wants

_WHEN: Final = table.Columns("date", "started at", "", "ended at", "hours")


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return {"date", "hours", "notes", "task"} <= {*table.columns(text)}


def read(text: str, wants: Wants) -> Reading:
    """Return the time entries of *text*.

    Raises:
        UnreadableError: it is no such report, or does not say when.
    """
    return table.read_rows(text, wants, _WHEN, _words)


def _words(row: table.Row) -> TimeEntry:
    return table.words(
        row,
        project=row.get("project"),
        description=row.get("notes"),
        tags=[row.get("task")],
        client=row.get("client"),
    )
