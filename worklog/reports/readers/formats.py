"""The formats that can be read, and which of them a file is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from worklog.reports.readers import (
    activitywatch,
    clockify,
    harvest,
    ical,
    klog,
    timeclock,
    timewarrior,
    toggl,
    watson,
    worklog_csv,
    worklog_json,
)
from worklog.reports.readers.reading import (
    LARGEST_FILE,
    MOST_ENTRIES,
    Reading,
    Wants,
    refuse,
    text_of,
)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: whether a text looks like one, and its reader."""

    is_one: Callable[[str], bool]
    read: Callable[[str, Wants], Reading]


# The surer a look is, the earlier it is taken.
FORMATS: Final[Mapping[str, Format]] = {
    "json": Format(worklog_json.is_one, worklog_json.read),
    "csv": Format(worklog_csv.is_one, worklog_csv.read),
    "ics": Format(ical.is_one, ical.read),
    "watson": Format(watson.is_one, watson.read),
    "timewarrior": Format(timewarrior.is_one, timewarrior.read),
    "activitywatch": Format(activitywatch.is_one, activitywatch.read),
    "clockify": Format(clockify.is_one, clockify.read),
    "toggl": Format(toggl.is_one, toggl.read),
    "harvest": Format(harvest.is_one, harvest.read),
    "klog": Format(klog.is_one, klog.read),
    "timeclock": Format(timeclock.is_one, timeclock.read),
}


def read(data: bytes, wants: Wants, name: str | None = None) -> tuple[str, Reading]:
    """Return the format of *data* and what it holds.

    Args:
        data: A whole file.
        wants: What it does not say by itself.
        name: Its format; None finds out.

    Raises:
        UnreadableError: it is none of the formats, or broken.
    """
    if len(data) > LARGEST_FILE:
        refuse(0, f"it has more than {LARGEST_FILE >> 20} MiB; export it in pieces")
    text = text_of(data)
    if name is None:
        name = next((one for one, known in FORMATS.items() if known.is_one(text)), None)
        if name is None:
            refuse(1, "this is none of the known formats; name it with --format")
    reading = FORMATS[name].read(text, wants)
    if len(reading.entries) > MOST_ENTRIES:
        refuse(0, f"it has more than {MOST_ENTRIES:,} entries; export it in pieces")
    return name, reading
