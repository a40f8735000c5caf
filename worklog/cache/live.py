"""The live page: counts of the open part in a memory-mapped file of 4 KiB (R9).

Written every second, and on the disk within the minute: the kernel keeps the page when the
process is killed, the disk keeps it when the power is cut. Two halves are written in turn, each
with a number and a checksum, so that a kill in the middle of a write leaves the other.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from worklog.app.ports import Live
from worklog.cache.files import create, unwritable
from worklog.domain.canonical import canonical
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import PartId
from worklog.errors import CacheMovedError, WorklogError
from worklog.failpoints import reach
from worklog.places import ensure
from worklog.wire.part import decode_activity, encode_activity
from worklog.wire.reader import Reader

SIZE: Final = 4096  # [bytes]; one page, so the file is never half there
HALF: Final = SIZE // 2
_HEAD: Final = struct.Struct("<4sIQI")  # magic, CRC-32 of the rest, number, length
_MAGIC: Final = b"WKL1"
CENTISECONDS_AT_MOST: Final = 6_000  # what a power cut may cost (R9)
_CHECKED_FROM: Final = 8  # what the checksum covers begins after magic and checksum


class LivePage:
    """Implements `worklog.app.ports.LiveCounts`. The file is made at the first write."""

    def __init__(self, path: str, *, sysctl: str = "/proc/sys/vm") -> None:
        self._path = path
        self._is_written_by_itself = writes_by_itself(sysctl)
        self._map: mmap.mmap | None = None
        self._inode = 0
        self._number = 0

    def write(self, live: Live) -> None:
        content = canonical(
            {
                "part": live.part_id,
                "at": epoch_ms(live.at),
                "end": live.end,
                **({} if live.since is None else {"since": live.since}),
                "running": live.is_running,
                "counts": encode_activity(live.activity),
            }
        )
        page = self._opened()
        self._number += 1
        rest = struct.pack("<QI", self._number, len(content)) + content
        half = HALF * (self._number % 2)
        page[half : half + _CHECKED_FROM + len(rest)] = (
            struct.pack("<4sI", _MAGIC, zlib.crc32(rest)) + rest
        )

    def sync(self) -> None:
        if self._map is None:
            return
        try:
            if Path(self._path).stat().st_ino != self._inode:
                raise moved(self._path)
            reach("live.sync")
            if not self._is_written_by_itself:
                self._map.flush()
        except FileNotFoundError as error:
            raise moved(self._path) from error
        except OSError as error:
            raise unwritable(error) from error

    def read(self) -> Live | None:
        try:
            data = Path(self._path).read_bytes()
        except OSError:
            return None
        halves = (_half(data, 0), _half(data, HALF))
        found = [(number, content) for half in halves if half for number, content in [half]]
        for _, content in sorted(found, reverse=True):
            try:
                return _live(content)
            except ValueError:
                continue
        return None

    def clear(self) -> None:
        if self._map is None and not Path(self._path).exists():
            return
        page = self._opened()
        page[:] = bytes(SIZE)
        with suppress(OSError):
            page.flush()

    def close(self) -> None:
        """Let go of the file; what was written stays."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _opened(self) -> mmap.mmap:
        if self._map is None:
            try:
                self._map = self._mapped()
            except OSError as error:
                raise unwritable(error) from error
            self._number = max(
                (half[0] for half in (_half(self._map[:], 0), _half(self._map[:], HALF)) if half),
                default=0,
            )
        return self._map

    def _mapped(self) -> mmap.mmap:
        ensure(str(Path(self._path).parent))
        os.close(create_missing(self._path))
        with Path(self._path).open("r+b") as file:
            if os.fstat(file.fileno()).st_size != SIZE:
                # Real bytes, not a hole: a full disk would kill the process at the first
                # touch of a page that has no place.
                file.write(bytes(SIZE))
                file.truncate(SIZE)
                file.flush()
            self._inode = os.fstat(file.fileno()).st_ino
            return mmap.mmap(file.fileno(), SIZE)


def writes_by_itself(sysctl: str) -> bool:
    """Return whether the kernel writes a changed page to the disk within the minute of R9.

    It does so when the page has been dirty for `dirty_expire_centisecs`, at the next of
    its rounds, which come every `dirty_writeback_centisecs`; 35 s where nobody changed
    that. A sync of our own would then only be one more write a minute. Source:
    Documentation/admin-guide/sysctl/vm.rst of Linux.
    """
    try:
        expire, rounds = (
            int(Path(sysctl, name).read_text(encoding="ascii"))
            for name in ("dirty_expire_centisecs", "dirty_writeback_centisecs")
        )
    except (OSError, ValueError):
        return False
    return rounds > 0 and expire + 2 * rounds <= CENTISECONDS_AT_MOST


def moved(path: str) -> CacheMovedError:
    """Return the error for a live page that is not where it was (F16)."""
    msg = f"The local cache in {Path(path).parent} was moved or deleted."
    return CacheMovedError(msg, hint="Put the folder back, or start again.")


def create_missing(path: str) -> int:
    """Open *path* for writing, made private if it is new."""
    try:
        return create(path)
    except FileExistsError:
        return os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))


def _half(data: bytes, start: int) -> tuple[int, bytes] | None:
    half = data[start : start + HALF]
    if len(half) < _HEAD.size:
        return None
    magic, checksum, number, length = _HEAD.unpack_from(half)
    content = half[_HEAD.size : _HEAD.size + length]
    if magic != _MAGIC or checksum != zlib.crc32(half[_CHECKED_FROM : _HEAD.size] + content):
        return None
    return number, content


def _live(content: bytes) -> Live:
    reader = Reader.of_text(content.decode(), "live page")
    return Live(
        part_id=PartId(reader.text("part")),
        at=reader.instant("at"),
        end=reader.integer("end"),
        is_running=reader.boolean("running"),
        activity=decode_activity(reader.object("counts")),
        since=reader.integer("since") if "since" in reader else None,
    )


def clear_if(path: str, parts: frozenset[PartId]) -> None:
    """Zero the page at *path* if it has the counts of one of *parts*, which were erased."""
    counts = LivePage(path)
    live = counts.read()
    if live is not None and live.part_id in parts:
        with suppress(WorklogError):
            counts.clear()
    counts.close()
