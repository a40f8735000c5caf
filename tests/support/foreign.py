"""Files of other time trackers as those write them, and how to read them in a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.formats import FORMATS
from worklog.reports.readers.formats import read as read_data
from worklog.reports.readers.reading import Reading, UnreadableError, Wants

BERLIN: Final = ZoneInfo("Europe/Berlin")


def _file(name: str) -> str:
    return (Path(__file__).with_name("foreign_files") / name).read_bytes().decode()


TOGGL: Final = _file("toggl.csv")
TOGGL_NEW: Final = _file("toggl-new.csv")
CLOCKIFY: Final = _file("clockify.csv")
HARVEST: Final = _file("harvest.csv")
HARVEST_HOURS: Final = _file("harvest-hours.csv")
TIMEWARRIOR: Final = _file("2026-11.data")
TIMEWARRIOR_EXPORT: Final = _file("timewarrior.json")
WATSON: Final = _file("frames")
KLOG: Final = _file("times.klg")
TIMECLOCK: Final = _file("hours.timeclock")
ACTIVITYWATCH: Final = _file("aw-buckets-export.json")
ICAL: Final = _file("calendar.ics")
WORKLOG_CSV: Final = _file("worklog.csv")
WORKLOG_JSON: Final = _file("worklog.json")
# Of each format, in the order of `FORMATS`.
SAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "json": (WORKLOG_JSON,),
    "csv": (WORKLOG_CSV,),
    "ics": (ICAL,),
    "watson": (WATSON,),
    "timewarrior": (TIMEWARRIOR, TIMEWARRIOR_EXPORT),
    "activitywatch": (ACTIVITYWATCH,),
    "clockify": (CLOCKIFY,),
    "toggl": (TOGGL, TOGGL_NEW),
    "harvest": (HARVEST, HARVEST_HOURS),
    "klog": (KLOG,),
    "timeclock": (TIMECLOCK,),
}


def read(
    form: str,
    text: str,
    *,
    zone: tzinfo = BERLIN,
    dates: str | None = None,
    day_start: int | None = None,
    user: str | None = None,
) -> Reading:
    """Return what *text* holds, read as *form*."""
    return FORMATS[form].read(text, Wants(zone, dates, day_start, user))


def refused(form: str, text: str, **wants: int | str) -> tuple[int, str]:
    """Return the line for which *text* is refused, and what is said about it."""
    with pytest.raises(UnreadableError) as caught:
        read(form, text, **wants)  # type: ignore[arg-type]
    return caught.value.line, str(caught.value)


def recognised(data: bytes) -> str:
    """Return the format that *data* is taken for."""
    return read_data(data, Wants(BERLIN, dates="mdy", day_start=9))[0]


def told(reading: Reading) -> list[tuple[str, str, str]]:
    """Return beginning and end (UTC, day and time) and project of each entry of *reading*."""
    return [
        (f"{entry.start:%d %H:%M:%S}", f"{entry.end:%d %H:%M:%S}", entry.project)
        for entry in reading.entries
    ]


def utc(text: str) -> datetime:
    """Return the instant of `11-16 08:00` or `11-16 08:00:30` of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}").replace(tzinfo=UTC)


def entry(
    start: str,
    end: str,
    project: str = "",
    description: str = "",
    *tags: str,
    client: str = "",
) -> TimeEntry:
    return TimeEntry(utc(start), utc(end), project, description, tags, client)
