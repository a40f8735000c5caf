"""The file `status.json`, by which prompts and bars see the tracker without starting a process.

It is a copy for readers and never a source: it may be lost or fail to be written at any
moment, and tracking goes on. The fields are documented in `worklog.app.status`.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worklog.app.status import TrackerStatus, has_news, status_document, status_of

if TYPE_CHECKING:
    from worklog.app.events import Event
    from worklog.app.snapshot import Snapshot

_LOG: Final = logging.getLogger(__name__)

FILE_MODE: Final = 0o600  # it holds the memo
FOLDER_MODE: Final = 0o700
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)  # not on Windows


class StatusFile:
    """Keeps one status file. For the one tracker that holds the cache's lock."""

    def __init__(self, path: str | Path, *, pid: int, boot: str) -> None:
        self._path = Path(path)
        self._temporary = self._path.with_name(f".{self._path.name}.new")
        self._pid = pid
        self._boot = boot
        self._written: TrackerStatus | None = None
        self._is_failing = False

    def event(self, event: Event) -> None:
        """Do nothing: the tick that follows tells more. As `worklog.app.events.Observer`."""

    def tick(self, snapshot: Snapshot) -> None:
        """Let the file say how *snapshot* stands. As `worklog.app.events.Observer`."""
        self.write(status_of(snapshot))

    def write(self, status: TrackerStatus) -> bool:
        """Let the file say *status*; return whether it does. Never raises.

        Touches nothing where it says so already, so it may be called every second.
        """
        if self._written is not None and not has_news(self._written, status):
            return True
        document = status_document(status, pid=self._pid, boot=self._boot)
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            try:
                self._replace(text)
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                self._overwrite(text)
        except OSError as error:
            if not self._is_failing:
                _LOG.warning("status file not written", extra={"errno": error.errno})
            self._is_failing = True
            return False
        self._written = status
        self._is_failing = False
        return True

    def remove(self) -> None:
        """Take the file away at the end of tracking. Never raises."""
        self._written = None
        for path in (self._path, self._temporary):
            with suppress(OSError):
                path.unlink()

    def _replace(self, text: str) -> None:
        # The runtime folder goes away when the user logs out, and the tracker may stay.
        self._path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self._temporary.unlink(missing_ok=True)  # of a tracker that was killed
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS
        descriptor = os.open(self._temporary, flags, FILE_MODE)
        # Not synced: after a power cut there is no tracker that it could speak of.
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        self._temporary.replace(self._path)

    def _overwrite(self, text: str) -> None:
        """Say it in the file that is there: a full disk still has the room which that takes.

        Not atomic, but one small write; and a disk that is full is what `status` must tell.
        """
        with suppress(OSError):
            self._temporary.unlink()
        data = text.encode(errors="replace")
        descriptor = os.open(self._path, os.O_WRONLY | _NO_LINKS)
        try:
            room = os.fstat(descriptor).st_size
            if os.write(descriptor, data.ljust(room)) >= len(data):
                os.ftruncate(descriptor, len(data))
        finally:
            os.close(descriptor)


def read_status(path: str | Path) -> dict[str, Any] | None:
    """Return the object in the status file; None where there is none that can be read."""
    try:
        document = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def is_alive(document: Mapping[str, Any], *, boot: str) -> bool:
    """Return whether the tracker that wrote *document* still lives, in this boot."""
    pid = document.get("pid")
    if document.get("boot") != boot or not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM  # it lives, and belongs to another user
    except OverflowError:
        return False
    return True
