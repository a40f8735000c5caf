"""ActivityWatch: the export of all buckets or of one.

What says most about work is taken, in this order: buckets that worklog wrote, the
stopwatch, editors (their project), and windows while somebody was there. Events that
follow each other within a minute with the same words are one entry. Titles and addresses
stay out. Source: ActivityWatch's documentation, "Buckets and Events".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from worklog.domain.grid import EPOCH
from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.moments import iso
from worklog.reports.readers.reading import JsonFile, Node, Path, Reading, Wants

OWN: Final = "app.worklog.stretch"
_STOPWATCH: Final = "general.stopwatch"
_EDITOR: Final = "app.editor.activity"
_WINDOW: Final = "currentwindow"
_PRESENCE: Final = "afkstatus"
_GAP: Final = timedelta(minutes=1)  # that does not part two events of the same words
_LONGEST: Final = timedelta(days=366)

_Make = Callable[[Mapping[str, Node]], TimeEntry | None]


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    begin = text.lstrip()[:400]
    return begin.startswith("{") and (
        '"buckets"' in begin or ('"type"' in begin and '"events"' in text)
    )


def read(text: str, wants: Wants) -> Reading:
    """Return the work in the buckets of *text*.

    Raises:
        UnreadableError: it is no such export.
    """
    del wants
    file = JsonFile(text)
    buckets = _buckets(file)
    kinds = {bucket.get("type") for _, bucket in buckets}
    kind = next((kind for kind in _MAKERS if kind in kinds), None)
    if kind is None:
        file.refuse((), "none of its buckets holds work: no stopwatch, no editor, no windows")
    chosen = [(path, bucket) for path, bucket in buckets if bucket.get("type") == kind]
    make = _MAKERS[kind]
    found = [entry for path, bucket in chosen for entry in _entries(file, path, bucket, make)]
    if kind == OWN:
        return Reading(found)
    merged = _merged(found)
    return Reading(_while_present(file, buckets, merged) if kind == _WINDOW else merged)


def _buckets(file: JsonFile) -> list[tuple[Path, Mapping[str, Node]]]:
    root = file.root
    if not isinstance(root, dict):
        file.refuse((), "an object of buckets was expected here")
    buckets = root.get("buckets", {"": root} if "events" in root else None)
    if not isinstance(buckets, dict):
        file.refuse((), "there are no buckets in it")
    found: list[tuple[Path, Mapping[str, Node]]] = []
    for name, bucket in buckets.items():
        path: Path = ("buckets", name) if "buckets" in root else ()
        if not isinstance(bucket, dict):
            file.refuse(path, f"the bucket {name!r} is no object")
        found.append((path, bucket))
    return found


def _entries(
    file: JsonFile, path: Path, bucket: Mapping[str, Node], make: _Make
) -> list[TimeEntry]:
    found = []
    for place, event in file.objects(bucket.get("events"), (*path, "events")):
        start, end = _times(file, event, place)
        data = event.get("data")
        if not isinstance(data, dict):
            file.refuse(place, "an event has no data")
        made = make(data)
        if made is not None and end > start:
            found.append(replace(made, start=start, end=end))
    return sorted(found, key=lambda entry: (entry.start, entry.end))


def _times(file: JsonFile, event: Mapping[str, Node], path: Path) -> tuple[datetime, datetime]:
    """Return both ends of *event*, each to the whole second that it falls in."""
    stamp, duration = event.get("timestamp"), event.get("duration")
    if isinstance(duration, bool) or not isinstance(duration, int | Decimal) or duration < 0:
        file.refuse(path, "an event has no duration")
    if duration > _LONGEST.total_seconds():
        file.refuse(path, f"no event takes {duration} seconds")
    try:
        start = iso(str(stamp), UTC)
        fraction = _fraction(str(stamp))
        return start, start + timedelta(seconds=int(fraction + duration))
    except (ValueError, OverflowError) as error:
        file.refuse(path, str(error))


def _fraction(text: str) -> Decimal:
    """Return the fraction of a second of an instant."""
    _, point, rest = text.partition(".")
    digits = ""
    for char in rest[:12]:
        if not char.isdecimal():
            break
        digits += char
    return Decimal(f"0.{digits}") if point and digits else Decimal(0)


def _word(data: Mapping[str, Node], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _own(data: Mapping[str, Node]) -> TimeEntry:
    label = _word(data, "label")
    return _words(_word(data, "contract"), _word(data, "memo"), (label,) if label else ())


def _stopwatch(data: Mapping[str, Node]) -> TimeEntry | None:
    return None if data.get("running") else _words("", _word(data, "label"))


def _editor(data: Mapping[str, Node]) -> TimeEntry:
    project = _word(data, "project").replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _words(project, "")


def _window(data: Mapping[str, Node]) -> TimeEntry:
    return _words("", _word(data, "app"))


def _words(project: str, description: str, tags: tuple[str, ...] = ()) -> TimeEntry:
    return TimeEntry(EPOCH, EPOCH, project, description, tags)


_MAKERS: Final[Mapping[str, _Make]] = {
    OWN: _own,
    _STOPWATCH: _stopwatch,
    _EDITOR: _editor,
    _WINDOW: _window,
}


def _merged(entries: Sequence[TimeEntry]) -> list[TimeEntry]:
    found: list[TimeEntry] = []
    for entry in sorted(entries, key=lambda entry: (entry.start, entry.end)):
        before = found[-1] if found else None
        if (
            before is not None
            and entry.start - before.end <= _GAP
            and replace(entry, start=before.start, end=before.end) == before
        ):
            found[-1] = replace(before, end=max(before.end, entry.end))
        else:
            found.append(entry)
    return found


def _while_present(
    file: JsonFile, buckets: Sequence[tuple[Path, Mapping[str, Node]]], entries: list[TimeEntry]
) -> list[TimeEntry]:
    """Return what of *entries* lies where somebody was there, if that is known."""
    chosen = [(path, bucket) for path, bucket in buckets if bucket.get("type") == _PRESENCE]
    if not chosen:
        return entries
    present = _merged(
        [
            entry
            for path, bucket in chosen
            for entry in _entries(
                file,
                path,
                bucket,
                lambda data: _words("", "") if data.get("status") == "not-afk" else None,
            )
        ]
    )
    found, first = [], 0
    for entry in entries:
        while first < len(present) and present[first].end <= entry.start:
            first += 1
        for span in present[first:]:
            if span.start >= entry.end:
                break
            start, end = max(span.start, entry.start), min(span.end, entry.end)
            if start < end:
                found.append(replace(entry, start=start, end=end))
    return found
