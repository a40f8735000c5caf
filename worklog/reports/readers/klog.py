"""klog files: records of a day with entries below.

    2026-11-16 (8h!)
    Summary of the day
        9:00 - 10:30 #acme fixing the login
        45m #acme review
            that goes on here
        23:00 - 0:30> #acme release

Times are local and of whole minutes. The tag `#project=NAME` or `#contract=NAME` names
the project, else the first tag of the entry, else the first of the day. Tags that an
entry begins with are tags, those inside its text stay there; a `·` ends the tags where the
text begins with one. Source: klog's file format specification 1.4 (CC0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.moments import between, later, offset_of
from worklog.reports.readers.reading import Reading, Wants, lines_of, refuse

_DAY: Final = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)(?:\s+\(\s*\S+!\s*\))?", re.ASCII)
_TIME: Final = r"(<)?(\d{1,2}):(\d\d)(am|pm)?(>)?"
_RANGE: Final = re.compile(rf"{_TIME} *- *(?:{_TIME}|(\?+))(?:[ \t](.*)|)", re.ASCII)
_SPAN: Final = re.compile(r"([+-])?(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:[ \t](.*)|)", re.ASCII)
_TAG: Final = re.compile(r"#([\w-]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([\w-]+)))?")
_LEADING: Final = re.compile(_TAG.pattern + r"(?:\s+|$)")
_INDENTS: Final = ("    ", "   ", "  ", "\t")
_PROJECTS: Final = ("project", "contract")
_WORDED: Final = (*_PROJECTS, "label", "tag")  # tags of which the value is what counts
_OFFSET: Final = "offset"  # tag: from UTC, of both times beside a change of the clock
_BREAK: Final = "·"
_NOON: Final = 12


@dataclass(slots=True)
class _Entry:
    """An entry whose summary may go on.

    Attributes:
        line: On which it begins.
        start: Without a zone; None for a duration, which has no place yet.
        end: Likewise.
        length: Of a duration.
        words: Lines of its summary.
    """

    line: int
    start: datetime | None
    end: datetime | None
    length: timedelta
    words: list[str]


@dataclass(slots=True)
class _Record:
    """A day.

    Attributes:
        day: Which.
        laid: How long the durations of each day are that were laid out; of all records.
        project: That its summary names.
        indent: Of its entries; empty before the first.
        entry: The one that its last lines belong to.
    """

    day: date
    laid: dict[date, timedelta]
    project: str = ""
    indent: str = ""
    entry: _Entry | None = None


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    first = next((line for _, line in lines_of(text[:20_000]) if line.strip()), "")
    return _DAY.fullmatch(first.rstrip()) is not None


def read(text: str, wants: Wants) -> Reading:
    """Return the ranges of *text*; durations only where it is known from when.

    Raises:
        UnreadableError: a line is none of klog's, or a duration has no place.
    """
    reading = Reading()
    laid: dict[date, timedelta] = {}
    record: _Record | None = None
    for number, line in lines_of(text):
        if not line.strip():
            _finish(reading, record, wants)
            record = None
        elif record is None:
            record = _Record(_day(line, number), laid)
        elif record.indent and line.startswith(record.indent * 2):
            if record.entry is not None:
                record.entry.words.append(line.strip())
        elif line.startswith(_INDENTS):
            _finish(reading, record, wants)
            record.entry = _begun(reading, record, line, number)
        elif line[0].isspace():
            refuse(number, "it is not indented by two to four spaces or a tab")
        elif record.indent:
            refuse(number, "a new day needs an empty line before it")
        else:
            record.project = record.project or _project(_tags(line))
    _finish(reading, record, wants)
    return reading


def _day(line: str, number: int) -> date:
    match = _DAY.fullmatch(line.rstrip())
    if match is None:
        refuse(number, f"{line.strip()[:60]!r} is no day like 2026-11-16")
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        refuse(number, f"there is no day {line.strip()[:10]}")


def _begun(reading: Reading, record: _Record, line: str, number: int) -> _Entry | None:
    """Return the entry that begins on *line*; None if it is passed over."""
    record.indent = record.indent or next(one for one in _INDENTS if line.startswith(one))
    text = line.removeprefix(record.indent)
    if not line.startswith(record.indent) or text.startswith((" ", "\t")):
        refuse(number, "it is not indented like the other entries of its day")
    if match := _RANGE.fullmatch(text):
        start = _moment(record.day, match.groups()[0:5], number)
        if match[11]:
            reading.passed_over.append((number, "is still running"))
            return None
        end = _moment(record.day, match.groups()[5:10], number)
        return _Entry(number, start, end, end - start, [match[12] or ""])
    match = _SPAN.fullmatch(text)
    if match is None:
        refuse(number, f"{text[:60]!r} is neither a range of times nor a duration")
    if match[1] == "-":
        reading.passed_over.append((number, "is a break without a time"))
        return None
    length = timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0))
    return _Entry(number, None, None, length, [match[4] or ""])


def _moment(day: date, parts: tuple[str | None, ...], line: int) -> datetime:
    before, hours, minutes, half, after = parts
    hour, minute = int(hours or 0), int(minutes or 0)
    shift = (1 if after else 0) - (1 if before else 0)
    if half:
        # What is no hour of such a clock becomes one that no clock has.
        hour = hour % _NOON + (_NOON if half == "pm" else 0) if 1 <= hour <= _NOON else -1
    elif (hour, minute) == (24, 0) and not after:
        hour, shift = 0, shift + 1
    try:
        return datetime.combine(day + timedelta(days=shift), time(hour, minute))
    except (ValueError, OverflowError):
        refuse(line, f"there is no time {hours}:{minutes}{half or ''}{after or ''}")


def _finish(reading: Reading, record: _Record | None, wants: Wants) -> None:
    """Put the entry of *record* that is whole now into *reading*."""
    if record is None or record.entry is None:
        return
    entry, record.entry = record.entry, None
    tags, description = _leading_tags(" ".join(entry.words).strip())
    offset = next((offset_of(value) for name, value in tags if name == _OFFSET and value), None)
    try:
        start, end = _times(entry, record, wants, offset)
    except ValueError as error:
        refuse(entry.line, str(error))
    if end < start:
        refuse(entry.line, "it ends before it begins")
    if offset is not None:
        tags = [(name, value) for name, value in tags if name != _OFFSET or not value]
    project = _project([*tags, *_tags(description)]) or record.project
    named = [value if name.lower() in _WORDED and value else name for name, value in tags]
    if project in named:
        named.remove(project)
    reading.entries.append(
        TimeEntry(start, end, project, description, tuple(named), line=entry.line)
    )


def _times(
    entry: _Entry, record: _Record, wants: Wants, offset: timedelta | None
) -> tuple[datetime, datetime]:
    if entry.start is not None and entry.end is not None:
        return between(entry.start, entry.end, wants.zone, offset=offset)
    if wants.day_start is None:
        msg = "a duration does not say when; --day-start 9 lays such entries out from 9 o'clock"
        raise ValueError(msg)
    day = datetime.combine(record.day, time())
    before = record.laid.get(record.day, timedelta())
    record.laid[record.day] = before + entry.length
    start = later(day, timedelta(hours=wants.day_start) + before)
    first, _ = between(start, start, wants.zone)
    return first, later(first, entry.length)


_Tags = list[tuple[str, str]]  # name and value


def _project(tags: _Tags) -> str:
    for name, value in tags:
        if name.lower() in _PROJECTS and value:
            return value
    return tags[0][0] if tags else ""


def _leading_tags(words: str) -> tuple[_Tags, str]:
    """Return the tags that *words* begin with, and what follows them."""
    tags, at = [], 0
    while match := _LEADING.match(words, at):
        tags.append(_tag(match))
        at = match.end()
    return tags, words[at:].removeprefix(f"{_BREAK} ")


def _tags(words: str) -> _Tags:
    return [_tag(match) for match in _TAG.finditer(words)]


def _tag(match: re.Match[str]) -> tuple[str, str]:
    return match[1], match[2] or match[3] or match[4] or ""
