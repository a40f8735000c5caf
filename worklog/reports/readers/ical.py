"""iCalendar files (RFC 5545): an entry for each event that has a beginning and an end.

The first category is the project where worklog did not write the file; whole days,
cancelled events and series are passed over, as nobody can say what of them was work.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.reading import Reading, Wants, refuse


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return text.lstrip()[:15].upper() == "BEGIN:VCALENDAR"


def read(text: str, wants: Wants) -> Reading:
    """Return the events of *text*.

    Raises:
        UnreadableError: it is no calendar.
    """
    from icalendar import Calendar  # noqa: PLC0415 -- an extra

    lines = _lines_of_events(text)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        refuse(_broken_line(text), f"this is no calendar: {str(error)[:120]}")
    reading = Reading()
    for at, event in enumerate(events):
        line = lines[at] if at < len(lines) else 0
        _add(reading, event, line, wants)
    return reading


def _add(reading: Reading, event: Any, line: int, wants: Wants) -> None:  # noqa: ANN401 -- of icalendar
    reason = _why_not(event)
    if reason:
        reading.passed_over.append((line, reason))
        return
    try:
        start = _instant(event.decoded("dtstart"), wants)
        if "dtend" in event:
            end = _instant(event.decoded("dtend"), wants)
        elif "duration" in event:
            end = start + event.decoded("duration")
        else:
            end = start
    except (ValueError, TypeError, OverflowError) as error:
        refuse(line, f"an event has no time: {str(error)[:120]}")
    categories = event.get("categories")
    words = [str(word) for word in getattr(categories, "cats", [])] if categories else []
    reading.entries.append(
        TimeEntry(
            start,
            end,
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
    begin = getattr(event.get("dtstart"), "dt", None)
    if begin is None:
        return "has no beginning"
    return "" if isinstance(begin, datetime) else "is a whole day"


def _instant(value: datetime, wants: Wants) -> datetime:
    if not isinstance(value, datetime):
        msg = "begins at a time and ends at a day"
        raise TypeError(msg)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=wants.zone)
    return aware.astimezone(UTC).replace(microsecond=0)


def _lines_of_events(text: str) -> list[int]:
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().upper() == "BEGIN:VEVENT"
    ]


def _broken_line(text: str) -> int:
    """Return the first line that is no property, 0 where all look like some."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and ":" not in line and not line.startswith((" ", "\t")):
            return number
    return 0
