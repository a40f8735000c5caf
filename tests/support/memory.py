"""A folder in memory, where this machine has one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SHARED = Path("/dev/shm")


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Give a private folder that is on no disk, as a login session's runtime folder is."""
    place = _SHARED if _SHARED.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="worklog-", dir=place) as folder:
        yield Path(folder)
