"""iCalendar files (RFC 5545): an entry for each event that has a beginning and an end.

The first category is the project; whole days, cancelled events and series are passed over,
as nobody can say what of them was work. Only the properties that count reach the library:
the rest is most of a calendar, and often broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.moments import later, utc
from worklog.reports.readers.reading import Reading, Wants, lines_of, refuse

_PROPERTY: Final = re.compile(r"([A-Za-z0-9-]+)(?=[;:])", re.ASCII)
_COUNTING: Final = frozenset(
    {
        *("BEGIN", "END", "DTSTART", "DTEND", "DURATION", "SUMMARY", "CATEGORIES", "STATUS"),
        *("RRULE", "RDATE", "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO"),
    }
)
_SINGLE: Final = ("dtstart", "dtend", "duration", "summary", "status")
# As clocks change. Another rule could go off every second for a century.
_CHANGE: Final = re.compile(
    r"RRULE:(?:(?:FREQ=YEARLY|(?:BYMONTH|BYDAY|BYMONTHDAY|INTERVAL|COUNT|UNTIL|WKST)=[\w,+-]+)"
    r"(?:;|$))+",
    re.ASCII | re.IGNORECASE,
)
_DEEPEST: Final = 8  # components in each other


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return text[:200].lstrip()[:15].upper() == "BEGIN:VCALENDAR"


def read(text: str, wants: Wants) -> Reading:
    """Return the events of *text*.

    Raises:
        UnreadableError: it is no calendar.
    """
    from icalendar import Calendar  # noqa: PLC0415 -- an extra

    scan = _Scan()
    for number, content in _unfolded(text):
        scan.take(number, content)
    scan.end()
    try:
        calendars = Calendar.from_ical("\r\n".join([*scan.kept, ""]), multiple=True)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        refuse(0, f"this is no calendar: {str(error)[:120]}")
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    reading = Reading()
    for line, event in zip(scan.events, events, strict=True):
        _add(reading, event, line, wants)
    return reading


@dataclass(slots=True)
class _Scan:
    """A calendar on its way to the library.

    Attributes:
        kept: Lines that count.
        events: Lines on which events begin.
        open: Components that have begun, each with its line.
        drops: The property before does not count, nor does what goes on below it.
    """

    kept: list[str] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    open: list[tuple[str, int]] = field(default_factory=list)
    drops: bool = False

    def take(self, number: int, line: str) -> None:
        match = _PROPERTY.match(line)
        if match is None and self.drops:
            return
        if match is None:
            refuse(number, f"{line[:60]!r} is no line of a calendar")
        name = match[1].upper()
        self.drops = name not in _COUNTING
        if self.drops:
            return
        if name == "BEGIN":
            self._begin(number, line)
        elif not self.open:
            refuse(number, "it stands outside of a calendar")
        elif name == "END":
            self._end(number, line)
        elif name == "RRULE" and self._is_in_zone() and not _CHANGE.fullmatch(line.strip()):
            refuse(number, "no clock changes by such a rule")
        self.kept.append(line)

    def end(self) -> None:
        if self.open:
            name, number = self.open[-1]
            refuse(number, f"nothing ends this {name}")

    def _is_in_zone(self) -> bool:
        return any(name == "VTIMEZONE" for name, _ in self.open)

    def _begin(self, number: int, line: str) -> None:
        name = line.partition(":")[2].strip().upper()
        if len(self.open) == _DEEPEST or bool(self.open) == (name == "VCALENDAR"):
            refuse(number, f"a {name[:60]} cannot begin here")
        self.open.append((name, number))
        if name == "VEVENT":
            self.events.append(number)

    def _end(self, number: int, line: str) -> None:
        name = line.partition(":")[2].strip().upper()
        if self.open.pop()[0] != name:
            refuse(number, f"no {name[:60]} begins before it")


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of *text*, each with those that go on from it, and its number."""
    first, parts = 0, [""]
    for number, line in lines_of(text):
        if line.startswith((" ", "\t")) and first:
            parts.append(line[1:])
            continue
        if first:
            yield first, "".join(parts)
        first, parts = (number, [line]) if line.strip() else (0, [""])
    if first:
        yield first, "".join(parts)


def _add(reading: Reading, event: Any, line: int, wants: Wants) -> None:  # noqa: ANN401 -- of icalendar
    for name, message in event.errors:
        refuse(line, f"its {name} is wrong: {str(message)[:120]}")
    for name in _SINGLE:
        if isinstance(event.get(name), list):
            refuse(line, f"it has more than one {name.upper()}")
    if reason := _why_not(event):
        reading.passed_over.append((line, reason))
        return
    try:
        start = _instant(event["dtstart"], wants)
        end = start
        if "dtend" in event:
            end = _instant(event["dtend"], wants)
        elif "duration" in event:
            end = later(start, event.decoded("duration"))
    except (AttributeError, TypeError, ValueError) as error:
        refuse(line, f"an event has no time: {str(error)[:120]}")
    words = _categories(event)
    reading.entries.append(
        TimeEntry(
            start,
            end.replace(microsecond=0),
            project=words[0] if words else "",
            description=str(event.get("summary", "")),
            tags=tuple(words[1:]),
            line=line,
        )
    )


def _why_not(event: Any) -> str:  # noqa: ANN401 -- of icalendar
    if str(event.get("status", "")).upper() == "CANCELLED":
        return "is cancelled"
    if "rrule" in event or "rdate" in event:
        return "is a series"
    if "dtstart" not in event:
        return "has no beginning"
    begin = getattr(event["dtstart"], "dt", None)
    return "" if begin is None or isinstance(begin, datetime) else "is a whole day"


def _instant(value: Any, wants: Wants) -> datetime:  # noqa: ANN401 -- of icalendar
    moment = value.dt
    if not isinstance(moment, datetime):
        msg = "it begins at a time and ends at a day"
        raise TypeError(msg)
    if moment.tzinfo is None:
        if name := value.params.get("TZID"):
            msg = f"nobody knows the time zone {str(name)[:60]!r}"
            raise ValueError(msg)
        moment = moment.replace(tzinfo=wants.zone)
    return utc(moment).replace(microsecond=0)


def _categories(event: Any) -> list[str]:  # noqa: ANN401 -- of icalendar
    found = event.get("categories", [])
    lists = found if isinstance(found, list) else [found]
    return [str(word) for one in lists for word in one.cats]
