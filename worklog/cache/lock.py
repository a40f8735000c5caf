"""The tracker lock: a kernel lock, so it is gone when its process is, however that died.

The pid inside the file is for messages only; the lock alone decides. The file is never
removed: a second one of the same name would be a second lock.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from worklog.cache.files import create_missing, unwritable
from worklog.flock import lock
from worklog.places import ensure

_PID_DIGITS = 20


class FileLock:
    """Implements `worklog.app.ports.TrackerLock` with a lock of the kernel."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        if self._descriptor is not None:
            return True
        try:
            ensure(str(Path(self._path).parent))
            descriptor = self._locked()
            if descriptor is None:
                return False
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, str(os.getpid()).encode())
        except OSError as error:
            raise unwritable(error) from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        if self._descriptor is not None:
            return os.getpid()
        try:
            descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return None
        try:
            if lock(descriptor, is_shared=True):
                return None
            digits = os.read(descriptor, _PID_DIGITS).strip()
        except OSError:
            return None  # a file system without locks
        finally:
            os.close(descriptor)
        return int(digits) if digits.isdigit() else 0

    def _locked(self) -> int | None:
        """Return a descriptor that has the lock; None where another process has it."""
        while True:
            descriptor = create_missing(self._path)
            try:
                is_ours = lock(descriptor)
            except OSError:
                os.close(descriptor)
                raise
            if not is_ours:
                os.close(descriptor)
                return None
            if _is_at(self._path, descriptor):
                return descriptor
            os.close(descriptor)  # the file was replaced meanwhile: that lock is no lock


def _is_at(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(Path(path).stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
