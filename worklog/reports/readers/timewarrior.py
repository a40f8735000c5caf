"""Timewarrior: `timew export`, and the lines of its data files.

Source: timew 1.4.3, `Interval::json` and `Interval::serialize`. The first tag that is not
one of the contract's labels names the project; an annotation is the description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.moments import compact
from worklog.reports.readers.reading import (
    JsonFile,
    Node,
    Path,
    Reading,
    Wants,
    lines_of,
    refuse,
)

_LINE: Final = re.compile(r"inc(?:\s+(\d+T\d+Z))?(?:\s+-\s+(\d+T\d+Z))?\s*(?:#\s*(.*))?", re.ASCII)
# A quote that nothing closes ends with its line, so that no line is looked at twice.
_WORD: Final = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?$)|([^\s"]+)')
_ESCAPED: Final = re.compile(r"\\(.)")


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    begin = text[:200].lstrip()
    return begin.startswith("inc ") or (
        begin.startswith("[") and '"start":"' in "".join(begin.split())
    )


def read(text: str, wants: Wants) -> Reading:
    """Return the intervals of *text*.

    Raises:
        UnreadableError: it is neither an export nor a data file.
    """
    del wants
    return _export(text) if text[:200].lstrip().startswith("[") else _lines(text)


def _export(text: str) -> Reading:
    file = JsonFile(text)
    reading = Reading()
    for path, item in file.objects(file.root):
        start = _instant(file, item, "start", path)
        if "end" not in item:
            reading.passed_over.append((file.line(path), "is still running"))
            continue
        end = _instant(file, item, "end", path)
        tags = file.texts(item, "tags", path)
        note = file.text(item, "annotation", path)
        reading.entries.append(_entry(start, end, tags, note))
    return reading


def _instant(file: JsonFile, item: Mapping[str, Node], name: str, path: Path) -> datetime:
    try:
        return compact(file.text(item, name, path))
    except ValueError as error:
        file.refuse(path, f"{name}: {error}")


def _lines(text: str) -> Reading:
    reading = Reading()
    for number, line in lines_of(text):
        if not line.strip() or line.startswith(("exc", "#")):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None or match[1] is None:
            refuse(number, f"{line.strip()[:60]!r} is no interval")
        if match[2] is None:
            reading.passed_over.append((number, "is still running"))
            continue
        try:
            start, end = compact(match[1]), compact(match[2])
        except ValueError as error:
            refuse(number, str(error))
        tags, note = _words(match[3] or "")
        reading.entries.append(_entry(start, end, tags, note, line=number))
    return reading


def _words(text: str) -> tuple[tuple[str, ...], str]:
    """Return tags and annotation of a line, which a `#` of its own parts."""
    tags: list[str] = []
    note: list[str] = []
    words = tags
    for match in _WORD.finditer(text):
        if match[2] == "#" and words is tags:
            words = note
        else:
            words.append(_ESCAPED.sub(r"\1", match[1]) if match[2] is None else match[2])
    return tuple(tags), " ".join(note)


def _entry(
    start: datetime, end: datetime, tags: tuple[str, ...], note: str, *, line: int = 0
) -> TimeEntry:
    return TimeEntry(start, end, tags[0] if tags else "", note, tags[1:], line=line)
