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
from worklog.reports.readers.reading import JsonFile, Node, Path, Reading, Wants, refuse

_LINE: Final = re.compile(r"inc(?:\s+(\d+T\d+Z))?(?:\s+-\s+(\d+T\d+Z))?\s*(?:#\s*(.*))?", re.ASCII)
_WORD: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    begin = text.lstrip()[:200]
    return begin.startswith("inc ") or (begin.startswith("[") and '"start":"' in begin)


def read(text: str, wants: Wants) -> Reading:
    """Return the intervals of *text*.

    Raises:
        UnreadableError: it is neither an export nor a data file.
    """
    del wants
    return _lines(text) if text.lstrip().startswith("inc") else _export(text)


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
    for number, line in enumerate(text.splitlines(), 1):
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
        tags, note = _parted(match[3] or "")
        reading.entries.append(_entry(start, end, _words(tags), note, line=number))
    return reading


def _parted(text: str) -> tuple[str, str]:
    """Return tags and annotation of a line, which a `#` between words parts."""
    in_quotes = False
    for position, char in enumerate(text):
        if char == '"' and (position == 0 or text[position - 1] != "\\"):
            in_quotes = not in_quotes
        elif char == "#" and not in_quotes and (position == 0 or text[position - 1] == " "):
            note = text[position + 1 :].strip()
            return text[:position].strip(), " ".join(_words(note))
    return text.strip(), ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(
        match[1].replace('\\"', '"').replace("\\\\", "\\") if match[1] is not None else match[2]
        for match in _WORD.finditer(text)
    )


def _entry(
    start: datetime, end: datetime, tags: tuple[str, ...], note: str, *, line: int = 0
) -> TimeEntry:
    return TimeEntry(start, end, tags[0] if tags else "", note, tags[1:], line=line)
