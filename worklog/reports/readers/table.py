"""CSV files: rows by the names of their columns, with their lines; times of several columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.cells import guarded
from worklog.reports.readers import moments
from worklog.reports.readers.reading import Reading, Wants, refuse

_DELIMITERS: Final = ",;\t"
_LONGEST_CELL: Final = 100_000  # characters
_MOST_NAMED: Final = 3  # people that a refusal names
_LONGEST_HEAD: Final = 100_000  # characters

Names = tuple[str, ...]  # of one column: a program changes them over the years


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by the name of the column in lower case, and its line."""

    line: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """Return the first of the columns *names* that has something."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")


def columns(text: str) -> list[str]:
    """Return the names of the columns of *text*, in lower case; none where it is no table."""
    head = _head(text)
    try:
        names = next(csv.reader([head], delimiter=_delimiter(head)), [])
    except csv.Error:
        return []
    return [name.strip().lower() for name in names]


def rows(text: str, *, needed: Sequence[str], nothing: str = "") -> Iterator[Row]:
    """Yield the rows of *text*.

    Args:
        text: The table.
        needed: Columns that it must have.
        nothing: What stands in a cell that is empty.

    Raises:
        UnreadableError: it is no CSV, or lacks a column.
    """
    names = columns(text)
    for name in needed:
        if name not in names:
            refuse(1, f"there is no column {name!r}")
    records = _records(text)
    next(records)
    for line, record in records:
        cells = ["" if cell == nothing else cell for cell in map(_plain, record)]
        if any(cells[len(names) :]):
            refuse(line, f"{len(cells)} cells under {len(names)} columns")
        if any(cells):
            yield Row(line, dict(zip(names, cells, strict=False)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table say what, each by all the names that it has had.

    Attributes:
        start_date: Day of the beginning.
        start_time: Time of the beginning.
        end_date: Day of the end; none or empty: that of the beginning.
        end_time: Time of the end; empty while a timer runs.
        duration: As `1:30:00` or as hours, `1.5`.
        description: What was done.
        tags: Tags with commas between them.
        kind: Sort of time: a `Break` is no work.
        person: Whose time it is; several are parts of one name.
        nothing: What stands in an empty cell.
    """

    start_date: Names
    start_time: Names
    end_date: Names
    end_time: Names
    duration: Names
    description: Names
    tags: Names
    kind: Names = ()
    person: Names = ()
    nothing: str = ""


@dataclass(slots=True)
class _Calendar:
    """How the dates of a table are meant.

    Attributes:
        order: Of their numbers.
        wants: What the table does not say.
        laid: Seconds of a day that durations without a start fill already.
    """

    order: str
    wants: Wants
    laid: dict[date, int] = field(default_factory=dict)


def read_rows(text: str, wants: Wants, of: Columns) -> Reading:
    """Return the entries of a table.

    Args:
        text: The table.
        wants: What it does not say.
        of: Its columns.

    Raises:
        UnreadableError: a row is wrong, or dates can be read in two ways.
    """
    found = list(rows(text, needed=of.start_date, nothing=of.nothing))
    calendar = _Calendar(_order(found, of, wants), wants)
    reading = Reading()
    mine = {row.line for row in _mine(found, of, wants)}
    for row in found:
        why = _why_not(row, of) if row.line in mine else "is somebody else's"
        if why:
            reading.passed_over.append((row.line, why))
            continue
        try:
            start, end = _times(row, of, calendar)
        except ValueError as error:
            refuse(row.line, str(error))
        reading.entries.append(_entry(row, of, start, end))
    return reading


def _mine(found: list[Row], of: Columns, wants: Wants) -> list[Row]:
    """Return the rows of the one person whose time is read.

    A report of a team would else come in as the time of whoever imports it.
    """
    people = {_person(row, of): row.line for row in reversed(found)}
    names = sorted(filter(None, people))
    if wants.user is None:
        if len(names) > 1:
            line = sorted(people[name] for name in names)[1]
            told = f"{', '.join(names[:_MOST_NAMED])}{', …' if len(names) > _MOST_NAMED else ''}"
            refuse(line, f"it holds the time of {told}; say whose with --user")
        return found
    wanted = wants.user.casefold()
    mine = [
        row for row in found if wanted in (_person(row, of).casefold(), row.get("email").casefold())
    ]
    if not mine:
        refuse(1, f"nobody in it is called {wants.user!r}")
    return mine


def _person(row: Row, of: Columns) -> str:
    return " ".join(filter(None, (row.cells.get(name, "") for name in of.person)))


def _why_not(row: Row, of: Columns) -> str:
    """Return why *row* is no time entry; empty for one that is."""
    if row.get(*of.kind).casefold() == "break":
        return "is a break"
    if row.get(*of.end_time):
        return ""
    if row.get(*of.start_time):
        return "is still running"
    return "has no time" if moments.duration(row.get(*of.duration)) == 0 else ""


def _times(row: Row, of: Columns, calendar: _Calendar) -> tuple[datetime, datetime]:
    first = moments.day(row.get(*of.start_date), calendar.order)
    seconds = moments.duration(row.get(*of.duration))
    start_time, end_time = row.get(*of.start_time), row.get(*of.end_time)
    if not (start_time and end_time):
        return _laid_out(row.get(*of.duration), first, seconds, calendar)
    end_date = row.get(*of.end_date)
    last = moments.day(end_date, calendar.order) if end_date else first
    start = datetime.combine(first, moments.clock(start_time))
    end = datetime.combine(last, moments.clock(end_time))
    if end < start and not end_date:
        end = moments.later(end, timedelta(days=1))  # over midnight
    found = moments.between(start, end, calendar.wants.zone, seconds=seconds)
    if found[1] < found[0]:
        msg = "it ends before it begins"
        raise ValueError(msg)
    return found


def _laid_out(
    text: str, day: date, seconds: int | None, calendar: _Calendar
) -> tuple[datetime, datetime]:
    """Return where a duration without a start lies: behind those of its day before it."""
    if seconds is None:
        msg = f"{text[:60]!r} is no duration"
        raise ValueError(msg)
    if calendar.wants.day_start is None:
        msg = "it does not say when; --day-start 9 lays such entries out from 9 o'clock"
        raise ValueError(msg)
    before = calendar.laid.get(day, 0)
    calendar.laid[day] = before + seconds
    local = datetime.combine(day, time())
    start = moments.later(local, timedelta(hours=calendar.wants.day_start, seconds=before))
    first, _ = moments.between(start, start, calendar.wants.zone)
    return first, moments.later(first, timedelta(seconds=seconds))


def _entry(row: Row, of: Columns, start: datetime, end: datetime) -> TimeEntry:
    tags = [row.get("task", "activity"), *row.get(*of.tags).split(",")]
    return TimeEntry(
        start,
        end,
        project=row.get("project"),
        description=row.get(*of.description),
        tags=tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip())),
        client=row.get("client"),
        line=row.line,
    )


def _order(found: list[Row], of: Columns, wants: Wants) -> str:
    dates: dict[str, int] = {}
    for row in found:
        for text in (row.get(*of.start_date), row.get(*of.end_date)):
            if text and text not in dates:
                dates[text] = row.line
    for text, line in dates.items():
        try:
            moments.numbers_of_date(text)
        except ValueError as error:
            refuse(line, str(error))
    if not dates:
        return "ymd"
    order = moments.order_of(list(dates)) or wants.dates
    if order is None:
        text, line = next(iter(dates.items()))
        refuse(line, f"{text!r} can be read in two ways; say --dates dmy or --dates mdy")
    return order


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of *text* with the lines on which they begin."""
    file = io.StringIO(text, newline="")
    reader = csv.reader(file, delimiter=_delimiter(_head(text)), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            refuse(line, f"this is no CSV: {error}")
        if record is None:
            return
        if any(len(cell) > _LONGEST_CELL for cell in record):
            refuse(line, f"a cell has more than {_LONGEST_CELL:,} characters")
        yield line, record


def _head(text: str) -> str:
    end = text.find("\n", 0, _LONGEST_HEAD)
    return text[: _LONGEST_HEAD if end < 0 else end].rstrip("\r")


def _delimiter(head: str) -> str:
    return max(_DELIMITERS, key=head.count)


def _plain(cell: str) -> str:
    """Return *cell* without what a careful writer put before a formula."""
    if cell.startswith("'"):
        bare = cell.lstrip("'")
        if guarded(bare) != bare:
            cell = cell[1:]
    return cell.strip()
