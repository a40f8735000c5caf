"""klog files: records of a day with entries below.

    2026-11-16 (8h!)
    Summary of the day
        9:00 - 10:30 #acme fixing the login
        45m #acme review
        23:00 - 0:30> #acme release

Times are local and of whole minutes. The tag `#project=NAME` or `#contract=NAME` names
the project, else the first tag of the entry, else the first of the day. Tags that an
entry begins with are tags, those inside its text stay there. Source: klog's file format
specification 1.4 (CC0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.moments import between
from worklog.reports.readers.reading import Reading, Wants, refuse

_DAY: Final = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)(?:\s+\(\S+!\))?\s*", re.ASCII)
_TIME: Final = r"(<)?(\d{1,2}):(\d\d)(am|pm)?(>)?"
_RANGE: Final = re.compile(rf"{_TIME}\s*-\s*(?:{_TIME}|(\?+))(?:\s+(.*)|)", re.ASCII)
_SPAN: Final = re.compile(r"([+-])?(?:(\d+)h)?(?:(\d+)m)?(?:\s+(.*)|)", re.ASCII)
_TAG: Final = re.compile(r"#([\w-]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([\w-]+)))?")
_INDENTS: Final = ("    ", "   ", "  ", "\t")
_PROJECTS: Final = ("project", "contract")
_WORDED: Final = (*_PROJECTS, "label", "tag")  # tags of which the value is what counts
_NOON: Final = 12


@dataclass(slots=True)
class _Record:
    """A day.

    Attributes:
        day: Which.
        project: That its summary names.
        laid: Behind the durations that were laid out.
    """

    day: date
    project: str = ""
    laid: timedelta = field(default_factory=timedelta)


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    return bool(lines) and _DAY.fullmatch(lines[0]) is not None


def read(text: str, wants: Wants) -> Reading:
    """Return the ranges of *text*; durations only where it is known from when.

    Raises:
        UnreadableError: a line is none of klog's, or a duration has no place.
    """
    reading = Reading()
    record: _Record | None = None
    has_entries = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            record = None
        elif record is None:
            record, has_entries = _record(line, number), False
        elif not line.startswith(_INDENTS):
            if has_entries:
                refuse(number, "a new day needs an empty line before it")
            record.project = record.project or _project(line)
        elif line.startswith(("        ", "\t\t")) and has_entries:
            _go_on(reading, line.strip())
        else:
            _add(reading, record, line.strip(), number, wants)
            has_entries = True
    return reading


def _record(line: str, number: int) -> _Record:
    match = _DAY.fullmatch(line.rstrip())
    if match is None:
        refuse(number, f"{line.strip()[:60]!r} is no day like 2026-11-16")
    try:
        return _Record(date(int(match[1]), int(match[3]), int(match[4])))
    except ValueError:
        refuse(number, f"there is no day {line.strip()[:10]}")


def _add(reading: Reading, record: _Record, line: str, number: int, wants: Wants) -> None:
    if match := _RANGE.fullmatch(line):
        if match[11]:
            reading.passed_over.append((number, "is still running"))
            return
        start = _moment(record.day, match.groups()[0:5], number)
        end = _moment(record.day, match.groups()[5:10], number)
        first, last = between(start, end, wants.zone)
        if last < first:
            refuse(number, f"{line[:40]!r} ends before it begins")
        reading.entries.append(_entry(first, last, match[12] or "", record, number))
        return
    match = _SPAN.fullmatch(line)
    if match is None or not (match[2] or match[3]):
        refuse(number, f"{line[:60]!r} is neither a range of times nor a duration")
    length = timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0))
    if match[1] == "-":
        reading.passed_over.append((number, "is a break without a time"))
        return
    if wants.day_start is None:
        refuse(number, f"{line[:40]!r} does not say when; --day-start 9 lays such entries out")
    start = datetime.combine(record.day, time()) + timedelta(hours=wants.day_start) + record.laid
    record.laid += length
    first, _ = between(start, start, wants.zone)
    reading.entries.append(_entry(first, first + length, match[4] or "", record, number))


def _moment(day: date, parts: tuple[str | None, ...], line: int) -> datetime:
    before, hours, minutes, half, after = parts
    hour, minute = int(hours or 0), int(minutes or 0)
    if half:
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    shift = (1 if after else 0) - (1 if before else 0)
    if (hour, minute) == (24, 0):
        hour, shift = 0, shift + 1
    try:
        return datetime.combine(day + timedelta(days=shift), time(hour, minute))
    except (ValueError, OverflowError):
        refuse(line, f"there is no time {hours}:{minutes}")


def _entry(start: datetime, end: datetime, words: str, record: _Record, line: int) -> TimeEntry:
    project = _project(words) or record.project
    tags, description = _leading_tags(words.strip())
    named = [value if name in _WORDED and value else name for name, value in tags]
    others = named[:]
    if project in others:
        others.remove(project)
    return TimeEntry(start, end, project, description, tuple(others), line=line)


def _go_on(reading: Reading, words: str) -> None:
    """Add the line of a summary that goes on below its entry."""
    if reading.entries:
        last = reading.entries[-1]
        reading.entries[-1] = replace(last, description=f"{last.description} {words}".strip())


def _project(words: str) -> str:
    tags = [_tag(match) for match in _TAG.finditer(words)]
    for name, value in tags:
        if name.casefold() in _PROJECTS and value:
            return value
    return tags[0][0] if tags else ""


def _leading_tags(words: str) -> tuple[list[tuple[str, str]], str]:
    """Return the tags that *words* begin with, and what follows them."""
    tags = []
    while match := _TAG.match(words):
        tags.append(_tag(match))
        words = words[match.end() :].lstrip()
    return tags, words


def _tag(match: re.Match[str]) -> tuple[str, str]:
    return match[1], match[2] or match[3] or match[4] or ""
