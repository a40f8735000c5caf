"""A file of 4 MB that is given back to the disk when it is full (F13).

It buys what is being recorded some hours of room, and the user time to make more.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage
from typing import Final

from worklog.cache.files import create

SIZE: Final = 4_000_000  # [bytes]
_NEEDED: Final = 25 * SIZE  # free space below which no room is taken for a reserve [bytes]


class Reserve:
    """The reserve at *path*."""

    def __init__(self, path: str) -> None:
        self._path = path

    def release(self) -> bool:
        """Give the room back; return False where there was none."""
        try:
            Path(self._path).unlink()
        except OSError:
            return False
        return True

    def fill(self) -> None:
        """Take the room again where the disk has plenty; never raises."""
        path = Path(self._path)
        with suppress(OSError):
            if path.exists() or disk_usage(path.parent).free < _NEEDED:
                return
            descriptor = create(self._path)
            try:
                # Booked and not written, so it costs nothing but a note of the file system.
                getattr(os, "posix_fallocate", _truncate)(descriptor, 0, SIZE)
            finally:
                os.close(descriptor)


def _truncate(descriptor: int, start: int, size: int) -> None:
    os.ftruncate(descriptor, start + size)
