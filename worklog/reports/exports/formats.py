"""The formats that can be written, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from worklog.reports.exports import (
    activitywatch,
    hledger,
    klog,
    stretch_csv,
    stretch_json,
    timeclock,
    timewarrior,
    watson,
)
from worklog.reports.exports.export import Export

FORMATS: Final[Mapping[str, Callable[[Export], bytes]]] = {
    "timewarrior": timewarrior.write,
    "watson": watson.write,
    "klog": klog.write,
    "timeclock": timeclock.write,
    "hledger": hledger.write,
    "activitywatch": activitywatch.write,
    "csv": stretch_csv.write,
    "json": stretch_json.write,
}


def write(export: Export, form: str) -> bytes:
    """Return *export* in the format *form*, one of `FORMATS`."""
    return FORMATS[form](export)
