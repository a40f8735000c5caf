"""Toggl Track: "Detailed" report as CSV.

Columns: User, Email, Client, Project, Task, Description, Billable, Start date, Start time,
End date, End time, Duration, Tags. Newer reports say Member, Stop date and Stop time, hold
what the user chose, and have `-` in empty cells. Source: Toggl's help, "Detailed report:
export".
"""

from __future__ import annotations

from typing import Final

from worklog.reports.readers import table
from worklog.reports.readers.reading import Reading, Wants

_COLUMNS: Final = table.Columns(
    start_date=("start date",),
    start_time=("start time",),
    end_date=("end date", "stop date"),
    end_time=("end time", "stop time"),
    duration=("duration",),
    description=("description",),
    tags=("tags",),
    person=("user", "member"),
    nothing="-",
)


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    names = {*table.columns(text)}
    return (
        {"start date", "start time", "description"} <= names
        and bool({"end time", "stop time"} & names)
        and "duration (h)" not in names
    )


def read(text: str, wants: Wants) -> Reading:
    """Return the time entries of *text*.

    Raises:
        UnreadableError: it is no such report.
    """
    return table.read_rows(text, wants, _COLUMNS)
