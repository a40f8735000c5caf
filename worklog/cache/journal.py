"""Per-day journals: JSON lines that hold everything needed to make the database again.

One file per UTC day, named by what a record is about and not by when it was written:
all lines of a part are in the file of its slot, so an erasure rewrites one file. A line
carries its own digest. Only who holds the database's write lock may append.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from worklog.cache.files import create, sync_folder, unwritable, write_all, write_durably
from worklog.domain.canonical import Json, canonical, parse_json
from worklog.failpoints import reach
from worklog.places import ensure
from worklog.wire.reader import Reader

FORMAT: Final = 1
SUFFIX: Final = ".jsonl"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SUM: Final = "sum"
_SUM_DIGITS: Final = 16  # hex digits of SHA-256; against damage, not against people


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of the cache.

    Attributes:
        day: File that it belongs to.
        kind: `seal`, `amendment`, `session`…
        content: Its members; unknown ones are kept.
        is_fleeting: It is applied, but not worth a line: the next one replaces it.
    """

    day: str
    kind: str
    content: Mapping[str, Json]
    is_fleeting: bool = False

    @property
    def reader(self) -> Reader:
        return Reader(self.content, self.kind)

    def encode(self) -> bytes:
        """Return the line, line feed included."""
        members: dict[str, Json] = {"v": FORMAT, "kind": self.kind, **self.content}
        digest = hashlib.sha256(canonical(members)).hexdigest()[:_SUM_DIGITS]
        return canonical({**members, _SUM: digest}) + b"\n"


def day_of(instant: datetime) -> str:
    """Return the UTC day of *instant*, as journal files are named."""
    return instant.date().isoformat()


def decode_line(day: str, line: bytes) -> Entry | None:
    """Return the entry of *line*; None if it is torn or damaged."""
    try:
        members = parse_json(line.decode())
        if not isinstance(members, Mapping) or not isinstance(members.get("kind"), str):
            return None
        rest = {name: value for name, value in members.items() if name != _SUM}
        digest = hashlib.sha256(canonical(rest)).hexdigest()[:_SUM_DIGITS]
    except ValueError:
        return None
    if members.get(_SUM) != digest:
        return None
    content = {name: value for name, value in rest.items() if name not in ("v", "kind")}
    return Entry(day, str(members["kind"]), content)


class Journal:
    """The journal files of one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def days(self) -> list[str]:
        """Return the days that have a file, ascending."""
        try:
            names = [path.name for path in Path(self._folder).iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unwritable(error) from error
        days = [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]
        return sorted(day for day in days if _DAY.fullmatch(day))

    def path(self, day: str) -> str:
        return f"{self._folder}/{day}{SUFFIX}"

    def size(self, day: str) -> int:
        """Return the length of a day's file [bytes]; 0 where there is none."""
        try:
            return Path(self.path(day)).stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise unwritable(error) from error

    def append(self, entries: Iterable[Entry]) -> dict[str, int]:
        """Append *entries* durably; return the new size of each file [bytes].

        On a failure the files are as they were.

        Raises:
            CacheUnwritableError: they could not be written.
        """
        lines: dict[str, list[bytes]] = {}
        for entry in entries:
            if not entry.is_fleeting:
                lines.setdefault(entry.day, []).append(entry.encode())
        before = {day: self.size(day) for day in lines}
        sizes = {}
        try:
            ensure(self._folder)
            for day, texts in lines.items():
                sizes[day] = self._append(day, b"".join(texts))
        except OSError as error:
            self.cut(before)
            raise unwritable(error) from error
        return sizes

    def cut(self, sizes: Mapping[str, int]) -> None:
        """Take back what was appended after *sizes*, as far as the disk lets us.

        What stays is adopted by the next writer: whole or absent, never half.
        """
        for day, size in sizes.items():
            try:
                if self.size(day) > size:
                    os.truncate(self.path(day), size)
            except OSError:
                continue

    def read(self, day: str, *, start: int = 0) -> Iterator[tuple[int, Entry | None]]:
        """Yield the end of each line from offset *start* on, with its entry [bytes].

        A damaged line comes as None, a last one without its end does not come at all.
        """
        try:
            with Path(self.path(day)).open("rb") as file:
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise unwritable(error) from error
        end = start
        for line in data.splitlines(keepends=True):
            if not line.endswith(b"\n"):
                return
            end += len(line)
            if line.strip():
                yield end, decode_line(day, line)

    def rewrite(self, day: str, change: Callable[[Entry], Entry | None]) -> int:
        """Replace each entry of *day* by what *change* returns; return the new size [bytes].

        Entries for which it returns None go; so do damaged lines, which might hold
        what must be erased.
        """
        kept = [change(entry) for _, entry in self.read(day) if entry is not None]
        data = b"".join(entry.encode() for entry in kept if entry is not None)
        write_durably(self.path(day), data, step="journal-rewrite")
        return len(data)

    def _append(self, day: str, data: bytes) -> int:
        path = self.path(day)
        reach("journal.open")
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            is_new = False
        except FileNotFoundError:
            os.close(create(path))
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            is_new = True
        try:
            start = _whole_size(descriptor)
            os.lseek(descriptor, start, os.SEEK_SET)
            reach("journal.write")
            write_all(descriptor, data)
            reach("journal.fsync")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            reach("journal.fsync-folder")
            sync_folder(self._folder)
        reach("journal.done")
        return start + len(data)


def _whole_size(descriptor: int) -> int:
    """Cut a torn last line off, which nobody was told of; return the size then."""
    size = os.fstat(descriptor).st_size
    position = size
    while position:
        step = min(position, 65_536)
        os.lseek(descriptor, position - step, os.SEEK_SET)
        block = os.read(descriptor, step)
        if (found := block.rfind(b"\n")) >= 0:
            position += found + 1 - step
            break
        position -= step
    if position != size:
        os.ftruncate(descriptor, position)
    return position
