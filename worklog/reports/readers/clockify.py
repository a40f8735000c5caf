"""Clockify: "Detailed" report as CSV.

Columns: Project, Client, Description, Task, User, Group, Email, Tags, Billable, Start Date,
Start Time, End Date, End Time, Duration (h), Duration (decimal). Dates are as the account
shows them. Source: Clockify's help, "Export reports".
"""

from __future__ import annotations

from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers import table
from worklog.reports.readers.reading import Reading, Wants

_WHEN: Final = table.Columns("start date", "start time", "end date", "end time", "duration (h)")


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return {"start date", "start time", "end time", "duration (h)"} <= {*table.columns(text)}


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
