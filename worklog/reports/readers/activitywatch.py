"""ActivityWatch: the export of all buckets or of one.

What says most about work is taken, in this order: buckets that worklog wrote, the
stopwatch, editors (their project), and windows while somebody was there. Events that
follow each other within a minute with the same words are one entry. Titles and addresses
stay out. Empty buckets count for nothing. Source: ActivityWatch's documentation, "Buckets and
Events".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from worklog.domain.grid import EPOCH
from worklog.domain.time_entry import TimeEntry
from worklog.reports.exports.activitywatch import KIND as OWN
from worklog.reports.readers.moments import fraction, iso, later
from worklog.reports.readers.reading import (
    MOST_ENTRIES,
    JsonFile,
    Node,
    Path,
    Reading,
    Wants,
    refuse,
)

_STOPWATCH: Final = "general.stopwatch"
_EDITOR: Final = "app.editor.activity"
_WINDOW: Final = "currentwindow"
_PRESENCE: Final = "afkstatus"
_GAP: Final = timedelta(minutes=1)  # that does not part two events of the same words
_LONGEST: Final = timedelta(days=366)

_Make = Callable[[Mapping[str, Node]], TimeEntry | None]
_Buckets = Sequence[tuple[Path, Mapping[str, Node]]]


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
    kinds = [kind for kind in _MAKERS if any(bucket.get("type") == kind for _, bucket in buckets)]
    if not kinds:
        file.refuse((), "none of its buckets holds work: no stopwatch, no editor, no windows")
    reading = Reading()
    for kind in kinds:
        reading = _of_kind(file, buckets, kind)
        if reading.entries or reading.passed_over:
            break
    return reading


def _of_kind(file: JsonFile, buckets: _Buckets, kind: str) -> Reading:
    reading = Reading()
    found = _entries(file, buckets, kind, _MAKERS[kind], reading.passed_over)
    if kind != OWN:
        found = _merged(found)
    reading.entries = _while_present(file, buckets, found) if kind == _WINDOW else found
    return reading


def _buckets(file: JsonFile) -> _Buckets:
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
            file.refuse(path, f"the bucket {name[:60]!r} is no object")
        found.append((path, bucket))
    return found


def _entries(
    file: JsonFile, buckets: _Buckets, kind: str, make: _Make, running: list[tuple[int, str]]
) -> list[TimeEntry]:
    """Return the events of the buckets of *kind*, by bucket and start; adds those that run."""
    found: list[TimeEntry] = []
    for path, bucket in buckets:
        if bucket.get("type") != kind:
            continue
        of_it = []
        for place, event in file.objects(bucket.get("events"), (*path, "events")):
            data = event.get("data")
            if not isinstance(data, dict):
                file.refuse(place, "an event has no data")
            if kind == _STOPWATCH and data.get("running"):
                running.append((file.line(place), "is still running"))
                continue
            start, end = _times(file, event, place)
            made = make(data)
            if made is not None and end > start:
                of_it.append(replace(made, start=start, end=end))
        found += sorted(of_it, key=_by_time)
    return found


def _by_time(entry: TimeEntry) -> tuple[datetime, datetime]:
    return entry.start, entry.end


def _times(file: JsonFile, event: Mapping[str, Node], path: Path) -> tuple[datetime, datetime]:
    """Return both ends of *event*, each to the whole second that it falls in."""
    stamp, duration = event.get("timestamp"), event.get("duration")
    if isinstance(duration, bool) or not isinstance(duration, int | Decimal) or duration < 0:
        file.refuse(path, "an event has no duration")
    if duration > _LONGEST.total_seconds():
        file.refuse(path, f"no event takes {duration} seconds")
    try:
        start = iso(str(stamp), UTC)
        return start, later(start, timedelta(seconds=int(fraction(str(stamp)) + duration)))
    except ValueError as error:
        file.refuse(path, str(error))


def _word(data: Mapping[str, Node], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _own(data: Mapping[str, Node]) -> TimeEntry:
    label = _word(data, "label")
    return _words(_word(data, "contract"), _word(data, "memo"), (label,) if label else ())


def _stopwatch(data: Mapping[str, Node]) -> TimeEntry:
    return _words("", _word(data, "label"))


def _editor(data: Mapping[str, Node]) -> TimeEntry:
    project = _word(data, "project").replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _words(project, "")


def _window(data: Mapping[str, Node]) -> TimeEntry:
    return _words("", _word(data, "app"))


def _presence(data: Mapping[str, Node]) -> TimeEntry | None:
    return _words("", "") if data.get("status") == "not-afk" else None


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
    for entry in sorted(entries, key=_by_time):
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


def _while_present(file: JsonFile, buckets: _Buckets, entries: list[TimeEntry]) -> list[TimeEntry]:
    """Return what of *entries* lies where somebody was there, if that is known."""
    if not any(bucket.get("type") == _PRESENCE for _, bucket in buckets):
        return entries
    present = _merged(_entries(file, buckets, _PRESENCE, _presence, []))
    found: list[TimeEntry] = []
    first = 0
    for entry in entries:
        while first < len(present) and present[first].end <= entry.start:
            first += 1
        at = first
        while at < len(present) and present[at].start < entry.end:
            span = present[at]
            found.append(
                replace(entry, start=max(span.start, entry.start), end=min(span.end, entry.end))
            )
            at += 1
        if len(found) > MOST_ENTRIES:
            refuse(0, f"it has more than {MOST_ENTRIES:,} entries; export it in pieces")
    return found
