"""Clockify: "Detailed" report as CSV.

Columns: Project, Client, Description, Task (or Activity), User, Group, Email, Tags, Type,
Billable, Start Date, Start Time, End Date, End Time, Duration (h), Duration (decimal), Date
of creation. Dates and times are as the account shows them; of the types, `Break` is no
work. Source: Clockify's help, "Export reports".
"""

from __future__ import annotations

from typing import Final

from worklog.reports.readers import table
from worklog.reports.readers.reading import Reading, Wants

_COLUMNS: Final = table.Columns(
    start_date=("start date",),
    start_time=("start time",),
    end_date=("end date",),
    end_time=("end time",),
    duration=("duration (h)", "duration (decimal)"),
    description=("description",),
    tags=("tags", "tag"),
    person=("user",),
    kind=("type",),
)


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return {"start date", "start time", "end time", "duration (h)"} <= {*table.columns(text)}


def read(text: str, wants: Wants) -> Reading:
    """Return the time entries of *text*.

    Raises:
        UnreadableError: it is no such report.
    """
    return table.read_rows(text, wants, _COLUMNS)
