"""Harvest: "Detailed time" report as CSV.

Columns: Date, Client, Project, Project Code, Task, Notes, Hours, Billable?, Invoiced?, First
Name, Last Name and more, and, where the account tracks start and end, Started At and Ended
At. Hours have the account's decimal sign. Source: Harvest's help, "Detailed time report".
"""

from __future__ import annotations

from typing import Final

from worklog.reports.readers import table
from worklog.reports.readers.reading import Reading, Wants

_COLUMNS: Final = table.Columns(
    start_date=("date",),
    start_time=("started at",),
    end_date=(),
    end_time=("ended at",),
    duration=("hours",),
    description=("notes",),
    tags=(),
    person=("first name", "last name"),
)


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return {"date", "hours", "notes", "task"} <= {*table.columns(text)}


def read(text: str, wants: Wants) -> Reading:
    """Return the time entries of *text*.

    Raises:
        UnreadableError: it is no such report, or does not say when.
    """
    return table.read_rows(text, wants, _COLUMNS)
