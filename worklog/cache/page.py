"""A page of 4 KiB in a file, mapped into memory and whole whatever interrupts its writing.

The kernel keeps what was put into it when the process is killed; `flush` makes it last
through a power cut. Two halves are written in turn, each with a number and a checksum,
so a write that is cut short leaves the other.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
import sys
import zlib
from pathlib import Path
from typing import Final

from worklog.cache.files import create, create_missing, write_all

SIZE: Final = 4096  # [bytes]; one page, so the file is never half there
HALF: Final = SIZE // 2
_HEAD: Final = struct.Struct("<4sIQI")  # magic, CRC-32 of the rest, number, length
_MAGIC: Final = b"WKL1"
_CHECKED_FROM: Final = 8  # what the checksum covers begins after magic and checksum
_OTHERS: Final = 0o077

Record = tuple[int, bytes]  # number and content


class Page:
    """The page at *path*. Its file is made at the first use, in a folder that is there.

    Methods raise OSError where the file cannot be had.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._map: mmap.mmap | None = None
        self._place = (0, 0)  # device and inode
        self._next = 0  # the half that holds the older record

    def make(self) -> None:
        """Make its file.

        Raises:
            FileExistsError: something has the name already.
        """
        os.close(create(self.path))

    def put(self, number: int, content: bytes) -> None:
        """Write *content*, which is newer than all with a smaller *number*."""
        page = self._opened()
        rest = struct.pack("<QI", number, len(content)) + content
        start = HALF * self._next
        # One assignment within one half: never a byte of the other.
        page[start : start + HALF] = (struct.pack("<4sI", _MAGIC, zlib.crc32(rest)) + rest).ljust(
            HALF, b"\0"
        )
        self._next = 1 - self._next

    def flush(self) -> None:
        """Make what was put last through a power cut."""
        self._opened().flush()

    def clear(self) -> None:
        """Overwrite everything."""
        self._opened()[:] = bytes(SIZE)

    def records(self) -> list[Record]:
        """Return what is written, newest first."""
        return _records(self._opened()[:])

    def is_in_place(self) -> bool:
        """Return whether *path* still names the file that is mapped."""
        try:
            found = Path(self.path).stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._place

    def close(self) -> None:
        """Let go of the file; what was written stays."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _opened(self) -> mmap.mmap:
        if self._map is None:
            self._map = self._mapped()
            self._next = _older_half(self._map[:])
        return self._map

    def _mapped(self) -> mmap.mmap:
        descriptor = create_missing(self.path)
        try:
            found = os.fstat(descriptor)
            if found.st_size != SIZE:
                # Real bytes, not a hole: a full disk would kill the process at the first
                # touch of a page that has no place.
                write_all(descriptor, bytes(SIZE))
                os.ftruncate(descriptor, SIZE)
            self._place = (found.st_dev, found.st_ino)
            return mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)


def records_in(path: str) -> list[Record]:
    """Return what is written in the page at *path*, newest first; nothing where there is none."""
    try:
        return _records(Path(path).read_bytes()[:SIZE])
    except OSError:
        return []


def is_sticky(folder: str) -> bool:
    """Return whether *folder* is one that all may write to, each only what is his."""
    try:
        mode = os.stat(folder).st_mode  # noqa: PTH116 -- as it came, even where it is no text
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(mode) and bool(mode & stat.S_ISVTX)


def is_ours(path: str) -> bool:
    """Return whether *path* is a plain file of this process's user that nobody else may use."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return False
    if not stat.S_ISREG(found.st_mode):
        return False
    if sys.platform == "win32":
        return True  # the folder is the user's, and modes say nothing
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS


def _records(data: bytes) -> list[Record]:
    found = [_record(data[start : start + HALF]) for start in (0, HALF)]
    return sorted((record for record in found if record), reverse=True)


def _record(half: bytes) -> Record | None:
    if len(half) < _HEAD.size:
        return None
    magic, checksum, number, length = _HEAD.unpack_from(half)
    content = half[_HEAD.size : _HEAD.size + length]
    if magic != _MAGIC or checksum != zlib.crc32(half[_CHECKED_FROM : _HEAD.size] + content):
        return None
    return number, content


def _older_half(data: bytes) -> int:
    first, second = (_record(data[start : start + HALF]) for start in (0, HALF))
    return 0 if first is None or (second is not None and second > first) else 1
