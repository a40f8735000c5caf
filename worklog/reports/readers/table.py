"""CSV files: rows by the names of their columns, with their lines; times of several columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from worklog.domain.grid import EPOCH
from worklog.domain.time_entry import TimeEntry
from worklog.reports.cells import guarded
from worklog.reports.readers import moments
from worklog.reports.readers.reading import Reading, Wants, refuse

_DELIMITERS: Final = ",;\t"
_LONGEST_CELL: Final = 100_000  # characters


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
    head = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    try:
        names = next(csv.reader([head], delimiter=_delimiter(head)), [])
    except csv.Error:
        return []
    return [name.strip().lower() for name in names]


def rows(text: str, *, needed: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of *text*.

    Raises:
        UnreadableError: it is no CSV, or lacks one of the columns *needed*.
    """
    names = columns(text)
    for name in needed:
        if name not in names:
            refuse(1, f"there is no column {name!r}")
    delimiter = _delimiter(text.split("\n", 1)[0])
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        next(reader, None)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > len(names):
                    refuse(line, f"{len(cells)} cells under {len(names)} columns")
                found = dict(zip(names, (_plain(cell) for cell in cells), strict=False))
                yield Row(line, found)
            line = reader.line_num + 1
    except csv.Error as error:
        refuse(line, f"this is no CSV: {error}")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table say when.

    Attributes:
        start_date: Day of the beginning.
        start_time: Time of the beginning; may be empty in a row.
        end_date: Day of the end; empty: that of the beginning.
        end_time: Time of the end.
        duration: As `1:30:00` or `1.5` hours.
    """

    start_date: str
    start_time: str
    end_date: str
    end_time: str
    duration: str


def read_rows(text: str, wants: Wants, when: Columns, entry: Callable[[Row], TimeEntry]) -> Reading:
    """Return the entries of a table.

    Args:
        text: The table.
        wants: What it does not say.
        when: Its columns of times.
        entry: Makes an entry of a row; its times are put in here.

    Raises:
        UnreadableError: a row is wrong, or dates can be read in two ways.
    """
    found = list(rows(text, needed=[when.start_date]))
    order = _order(found, when, wants)
    reading = Reading()
    laid: dict[datetime, timedelta] = {}
    for row in found:
        words = entry(row)
        try:
            times = _times(row, when, order, wants)
            if times is None:
                times = _laid_out(row, when, order, wants, laid)
        except ValueError as error:
            refuse(row.line, str(error))
        if times is None:
            reading.passed_over.append((row.line, "has no time"))
            continue
        reading.entries.append(
            TimeEntry(
                *times,
                project=words.project,
                description=words.description,
                tags=words.tags,
                client=words.client,
                line=row.line,
            )
        )
    return reading


def words(
    row: Row, *, project: str, description: str, tags: Sequence[str] = (), client: str = ""
) -> TimeEntry:
    """Return an entry of words only; `read_rows` puts its times in."""
    kept = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    return TimeEntry(EPOCH, EPOCH, project, description, kept, client, row.line)


def _times(row: Row, when: Columns, order: str, wants: Wants) -> tuple[datetime, datetime] | None:
    start_time, end_time = row.get(when.start_time), row.get(when.end_time)
    if not start_time or not end_time:
        return None
    first = moments.day(row.get(when.start_date), order)
    last = moments.day(row.get(when.end_date), order) if row.get(when.end_date) else first
    start = datetime.combine(first, moments.clock(start_time))
    end = datetime.combine(last, moments.clock(end_time))
    if end < start and not row.get(when.end_date):
        end += timedelta(days=1)  # over midnight
    seconds = moments.duration(row.get(when.duration))
    found = moments.between(start, end, wants.zone, seconds=seconds)
    if found[1] < found[0]:
        msg = "it ends before it begins"
        raise ValueError(msg)
    return found


def _laid_out(
    row: Row, when: Columns, order: str, wants: Wants, laid: dict[datetime, timedelta]
) -> tuple[datetime, datetime] | None:
    """Return where a duration without a start lies: behind those of its day before it."""
    seconds = moments.duration(row.get(when.duration))
    if seconds is None:
        msg = f"{row.get(when.duration)!r} is no duration"
        raise ValueError(msg)
    if not seconds:
        return None
    if wants.day_start is None:
        msg = "it does not say when; --day-start 9 lays such entries out from 9 o'clock"
        raise ValueError(msg)
    day = datetime.combine(moments.day(row.get(when.start_date), order), time())
    start = day + timedelta(hours=wants.day_start) + laid.get(day, timedelta())
    laid[day] = laid.get(day, timedelta()) + timedelta(seconds=seconds)
    first, _ = moments.between(start, start, wants.zone)
    return first, first + timedelta(seconds=seconds)


def _order(found: list[Row], when: Columns, wants: Wants) -> str:
    dates = []
    for row in found:
        for name in (when.start_date, when.end_date):
            if text := row.get(name):
                try:
                    moments.numbers_of_date(text)
                except ValueError as error:
                    refuse(row.line, str(error))
                dates.append(text)
    order = moments.order_of(dates)
    if order is not None or not dates:
        return order or "ymd"
    if wants.dates is None:
        refuse(
            found[0].line,
            f"{dates[0]!r} can be read in two ways; say --dates dmy or --dates mdy",
        )
    return wants.dates


def _delimiter(head: str) -> str:
    return max(_DELIMITERS, key=head.count)


def _plain(cell: str) -> str:
    """Return *cell* without what a careful writer put before a formula."""
    is_guarded = cell.startswith("'") and guarded(cell[1:]) == cell
    return (cell[1:] if is_guarded else cell).strip()
