"""Timewarrior: lines of a data file, which `timew` reads from its folder `data`.

Tags are the contract, the label and imported tags; the memo is the annotation. Timewarrior
1.4 has no command that imports. Source: timew 1.4.3, `Interval::serialize`.
"""

from __future__ import annotations

from datetime import datetime

from worklog.domain.stretch import Stretch
from worklog.reports.exports.export import Export, described


def write(export: Export) -> bytes:
    """Return the lines, by start."""
    return "".join(_line(export, stretch) for stretch in export.stretches).encode()


def _line(export: Export, stretch: Stretch) -> str:
    memo, tags = described(stretch)
    words = " ".join(_tag(tag) for tag in (export.name(stretch), *tags))
    note = f" # {_quoted(memo)}" if memo else ""
    return f"inc {_instant(stretch.start)} - {_instant(stretch.end)} # {words}{note}\n"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"


def _tag(text: str) -> str:
    return text if text.isascii() and text.isalnum() else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
