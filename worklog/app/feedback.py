"""Reports of problems: what goes into one, and nothing else does.

A report is made of what is listed in `Report`, so privacy is a property of its fields:
versions, codes, counts and settings from a closed set of words. No memo, title, name of a
contract or picture has a place in it. What the user writes is shown back before anything
is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from worklog.app.status import instant_text

SCHEMA: Final = 1
LOG_LINES: Final = 40  # the last ones, newest at the end
PRIVATE: Final = "set"  # said of a setting whose value is nobody's business


@dataclass(frozen=True, slots=True)
class WayState:
    """Whether one way to capture works.

    Attributes:
        port: `screen`, `input`, `window`, `presence`, `notify`.
        way: Its name.
        reason: Why it does not work; empty if it does.
    """

    port: str
    way: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a problem.

    Attributes:
        report_id: UUIDv7.
        written: When.
        text: What the user has to say.
        version: Of worklog.
        system: Versions and kinds of what worklog runs on, by name.
        ways: All ways to capture.
        settings: Those that are not at their default, as they may be told.
        cache: Counts and sizes, by name; empty without a cache.
        log: Its last lines.
    """

    report_id: str
    written: datetime
    text: str
    version: str
    system: Mapping[str, str] = field(default_factory=dict)
    ways: tuple[WayState, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    cache: Mapping[str, int] = field(default_factory=dict)
    log: tuple[str, ...] = ()


def document(report: Report) -> dict[str, Any]:
    """Return *report* as the JSON object that is kept, and once sent."""
    return {
        "schema": SCHEMA,
        "id": report.report_id,
        "written": instant_text(report.written),
        "text": report.text,
        "version": report.version,
        "system": dict(report.system),
        "ways": [
            {"port": way.port, "way": way.way, "reason": way.reason or None} for way in report.ways
        ],
        "settings": dict(report.settings),
        "cache": dict(report.cache),
        "log": list(report.log),
    }


def shown(report: Report) -> str:
    """Return all that *report* contains, for the one who is asked whether to keep it."""
    blocks = [
        report.text,
        _block("This machine", {"worklog": report.version, **report.system}),
        _block(
            "Ways to capture",
            {f"{way.port} {way.way}": way.reason or "works" for way in report.ways},
        ),
        _block("Settings of your own", report.settings, none="none"),
        _block("The cache", {name: str(count) for name, count in report.cache.items()}),
        "\n".join(["The log", *(f"  {line}" for line in report.log or ("nothing yet",))]),
    ]
    return "\n\n".join(blocks)


def tail(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the last `LOG_LINES` of *lines*."""
    return tuple(lines)[-LOG_LINES:]


def _block(heading: str, rows: Mapping[str, str], *, none: str = "nothing yet") -> str:
    width = max((len(name) for name in rows), default=0)
    lines = [f"  {name:<{width}}  {value}" for name, value in rows.items()]
    return "\n".join([heading, *(lines or [f"  {none}"])])
