"""Watson: its file of frames, `[[start, stop, project, id, tags, updated], …]`.

Source: td-watson 2.1.0, `watson/frames.py`: instants are seconds since the epoch.
"""

from __future__ import annotations

from typing import Final

from worklog.domain.grid import from_epoch_ms
from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.reading import JsonFile, Node, Path, Reading, Wants, seconds_of

_LEAST: Final = 4  # members of a frame; tags and the time of change came later


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return "".join(text[:200].split()).startswith("[[")


def read(text: str, wants: Wants) -> Reading:
    """Return the frames of *text*.

    Raises:
        UnreadableError: it is no file of frames.
    """
    del wants
    file = JsonFile(text)
    if not isinstance(file.root, list):
        file.refuse((), "a list of frames was expected here")
    return Reading([_frame(file, frame, (at,)) for at, frame in enumerate(file.root)])


def _frame(file: JsonFile, frame: Node, path: Path) -> TimeEntry:
    if not isinstance(frame, list) or len(frame) < _LEAST:
        file.refuse(path, "a frame [start, stop, project, id, tags, …] was expected here")
    start, end = (seconds_of(value) for value in frame[:2])
    project, tags = frame[2], frame[4] if len(frame) > _LEAST else []
    if start is None or end is None:
        file.refuse(path, "start and stop of a frame are seconds since 1970")
    if not isinstance(project, str):
        file.refuse(path, "the project of a frame is no text")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        file.refuse(path, "the tags of a frame are no list of texts")
    try:
        return TimeEntry(
            from_epoch_ms(start * 1000), from_epoch_ms(end * 1000), project, tags=tuple(tags)
        )
    except (OverflowError, ValueError):
        file.refuse(path, f"there is no such time: {start} to {end}")
