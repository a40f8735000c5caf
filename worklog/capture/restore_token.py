"""What the portal remembers the user's yes by, in a file that only its owner may read.

A restore token is good for one session only, whose start gives the next one. So the next
is on the disk before it is of any use: a crash in between costs one more question on the
screen, and nothing else does.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from worklog.errors import CacheUnwritableError
from worklog.places import ensure

_LOG: Final = logging.getLogger(__name__)
_PRIVATE_FILE: Final = 0o600
_OTHERS: Final = 0o077
_LARGEST: Final = 200  # characters; portals give a UUID of 36
_TOKEN: Final = re.compile(rf"[!-~]{{1,{_LARGEST}}}")


class RestoreToken:
    """The file at *path*; None of it raises, as a question more is better than no picture."""

    def __init__(self, path: str) -> None:
        self.path = path

    def read(self) -> str:
        """Return the token; empty where none is kept, or none that is safe to use."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            return ""
        except OSError:
            _LOG.warning("the restore token of the desktop's portal cannot be read")
            return ""
        try:
            if not _is_safe(os.fstat(descriptor)):
                _LOG.warning("the restore token of the desktop's portal is not ours alone")
                return ""
            text = os.read(descriptor, _LARGEST + 1).decode("ascii", errors="replace").strip()
        finally:
            os.close(descriptor)
        return text if _TOKEN.fullmatch(text) else ""

    def keep(self, token: str) -> None:
        """Put *token* in the place of the one before; durable when this returns.

        An empty one, or one that is none, only forgets that.
        """
        try:
            if _TOKEN.fullmatch(token):
                self._write(token)
            else:
                Path(self.path).unlink(missing_ok=True)
        except (OSError, CacheUnwritableError):
            _LOG.warning("the restore token of the desktop's portal cannot be kept")

    def _write(self, token: str) -> None:
        folder = ensure(str(Path(self.path).parent))
        temporary = f"{self.path}.{os.getpid()}.tmp"
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, _PRIVATE_FILE)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{token}\n")
                file.flush()
                os.fsync(descriptor)
            Path(temporary).replace(self.path)
        except OSError:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
        _sync(folder)


def _is_safe(found: os.stat_result) -> bool:
    is_own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1
    return is_own and not found.st_mode & _OTHERS


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
