"""worklog's own CSV, as `worklog export --format csv` writes it."""

from __future__ import annotations

from datetime import UTC

from worklog.domain.time_entry import TimeEntry
from worklog.reports.exports.stretch_csv import COLUMNS
from worklog.reports.readers import table
from worklog.reports.readers.moments import iso
from worklog.reports.readers.reading import Reading, Wants, refuse


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return tuple(table.columns(text)) == COLUMNS


def read(text: str, wants: Wants) -> Reading:
    """Return the stretches of *text*.

    Raises:
        UnreadableError: it is no such file.
    """
    del wants
    return Reading([_entry(row) for row in table.rows(text, needed=COLUMNS)])


def _entry(row: table.Row) -> TimeEntry:
    try:
        start, end = (iso(row.get(name), UTC) for name in ("start", "end"))
    except ValueError as error:
        refuse(row.line, str(error))
    label = row.get("label")
    return TimeEntry(
        start,
        end,
        project=row.get("contract"),
        description=row.get("memo"),
        tags=(label,) if label else (),
        client=row.get("client"),
        line=row.line,
    )
