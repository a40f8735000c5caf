"""Toggl Track: "Detailed" report as CSV.

Columns: User, Email, Client, Project, Task, Description, Billable, Start date, Start time,
End date, End time, Duration, Tags. Source: Toggl's help, "Detailed report: export".
"""

from __future__ import annotations

from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers import table
from worklog.reports.readers.reading import Reading, Wants

_WHEN: Final = table.Columns("start date", "start time", "end date", "end time", "duration")


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    names = table.columns(text)
    return {"start date", "start time", "end date", "end time", "tags"} <= {*names} and (
        "duration (h)" not in names
    )


def read(text: str, wants: Wants) -> Reading:
    """Return the time entries of *text*.

    Raises:
        UnreadableError: it is no such report.
    """
    return table.read_rows(text, wants, _WHEN, _words)


def _words(row: table.Row) -> TimeEntry:
    return table.words(
        row,
        project=row.get("project"),
        description=row.get("description"),
        tags=[row.get("task"), *row.get("tags").split(",")],
        client=row.get("client"),
    )
