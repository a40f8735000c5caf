"""worklog's own JSON, as `worklog export --format json` writes it."""

from __future__ import annotations

from datetime import UTC

from worklog.domain.time_entry import TimeEntry
from worklog.reports.exports.stretch_json import KIND
from worklog.reports.readers.moments import iso
from worklog.reports.readers.reading import JsonFile, Reading, Wants


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    begin = text[:200].lstrip()
    return begin.startswith("{") and f'"{KIND}"' in begin


def read(text: str, wants: Wants) -> Reading:
    """Return the stretches of *text*.

    Raises:
        UnreadableError: it is no such file.
    """
    del wants
    file = JsonFile(text)
    root = file.root
    if not isinstance(root, dict) or root.get("kind") != KIND:
        file.refuse((), f"this is no file of the kind {KIND}")
    reading = Reading()
    for path, item in file.objects(root.get("stretches"), ("stretches",)):
        label = file.text(item, "label", path)
        try:
            start, end = (iso(file.text(item, name, path), UTC) for name in ("start", "end"))
        except ValueError as error:
            file.refuse(path, str(error))
        reading.entries.append(
            TimeEntry(
                start,
                end,
                project=file.text(item, "contract", path),
                description=file.text(item, "memo", path),
                tags=(label,) if label else (),
                client=file.text(item, "client", path),
            )
        )
    return reading
