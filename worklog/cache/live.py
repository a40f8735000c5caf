"""The live page: counts of the open part, for when the tracker dies without a word (R9).

Written every second, which is what SIGKILL may cost, and on the disk within the minute,
which is what a power cut may cost. Where the machine has a folder in memory, the seconds go
to a page there, the *swift* one, and the *kept* one beside the database gets a copy of it
at each `sync`: a page on a disk that changes every second is written there, with its
inode, every half minute. The kept page names the swift one, so whoever has the former
finds the latter, whatever its environment says of folders.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from worklog.app.ports import Live
from worklog.cache.files import unwritable
from worklog.cache.medium import is_in_memory, writes_by_itself
from worklog.cache.page import HALF, Page, Record, is_ours, is_sticky, records_in
from worklog.domain.canonical import Json, canonical
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import PartId
from worklog.errors import CacheMovedError, WorklogError
from worklog.failpoints import reach
from worklog.places import ensure
from worklog.wire.part import decode_activity, encode_activity
from worklog.wire.reader import Reader

SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108 -- made for this; see `_is_fit`
PREFIX: Final = "worklog-live-"
NAME_BYTES: Final = 8
_PATH_AT_MOST: Final = HALF // 4  # [characters]; the rest of a half is for the counts


class LivePage:
    """Implements `worklog.app.ports.LiveCounts`. Files are made at the first write."""

    def __init__(
        self,
        path: str,
        *,
        memory: Sequence[str] = (),
        is_in_memory: Callable[[str], bool] = is_in_memory,
        writes_by_itself: Callable[[], bool] = writes_by_itself,
    ) -> None:
        """Keep the page at *path*, its seconds in the first folder of *memory* that is in it.

        The other two ask this machine what lies under a folder and what its kernel does.
        """
        self._kept = Page(path)
        self._swift: Page | None = None
        self._memory = memory
        self._is_in_memory = is_in_memory
        self._number = 0  # of the last record; none is written while it is 0
        self._needs_flush = not writes_by_itself()

    def write(self, live: Live) -> None:
        try:
            if self._number == 0 or (self._swift and not self._swift.is_in_place()):
                self._begin()
            self._number += 1
            (self._swift or self._kept).put(self._number, _encode(live, self._swift))
        except OSError as error:
            raise unwritable(error) from error

    def sync(self) -> None:
        if self._number == 0:
            return
        if not self._kept.is_in_place():
            raise moved(self._kept.path)
        try:
            reach("live.sync")
            if self._swift is not None:
                # What is there now and not what was written: somebody may have blanked it.
                for record in self._swift.records()[:1]:
                    self._kept.put(*record)
                    self._kept.flush()
            elif self._needs_flush:
                self._kept.flush()
        except OSError as error:
            raise unwritable(error) from error

    def read(self) -> Live | None:
        for _, content in _records(self._kept.path):
            try:
                return _decode(content)
            except ValueError:
                continue
        return None

    def clear(self) -> None:
        """Overwrite what is written, as nothing is being recorded any more."""
        swift = self._overwrite()
        if swift is not None:
            _remove(swift)
        self._swift = None
        self._number = 0

    def blank(self) -> None:
        """Overwrite what is written; a tracker that runs goes on writing where it did."""
        swift = self._overwrite()
        if swift is not None:
            self._point_to(swift)
            swift.close()

    def close(self) -> None:
        """Let go of the files; what was written stays."""
        for page in (self._kept, self._swift):
            if page is not None:
                page.close()
        self._swift = None
        self._number = 0

    # --- Inside -------------------------------------------------------------------------

    def _begin(self) -> None:
        """Choose where the seconds go. The swift page goes with the login, the tracker may not."""
        if self._swift is not None:
            self._swift.close()
        beside = ensure(str(Path(self._kept.path).parent))
        self._number = max((number for number, _ in _records(self._kept.path)), default=0)
        self._swift = None
        if not self._is_in_memory(beside):
            places = (folder for folder in self._memory if self._is_fit(folder))
            self._swift = next(filter(None, map(self._made_swift, places)), None)

    def _made_swift(self, folder: str) -> Page | None:
        swift = Page(f"{folder}/{PREFIX}{secrets.token_hex(NAME_BYTES)}")
        try:
            swift.make()
            swift.clear()
            self._number += 1
            self._point_to(swift)
        except (OSError, WorklogError, ValueError):  # the last: a path that is no text
            _remove(swift)
            return None
        return swift

    def _is_fit(self, folder: str) -> bool:
        """Return whether a page in *folder* lies in memory and nobody else can replace it."""
        if len(folder) > _PATH_AT_MOST:
            return False
        try:
            if not is_sticky(folder):
                ensure(folder)
        except WorklogError:
            return False
        return self._is_in_memory(folder)

    def _point_to(self, swift: Page) -> None:
        self._kept.put(self._number, canonical({"page": swift.path}))
        self._kept.flush()

    def _overwrite(self) -> Page | None:
        """Overwrite both pages; return the swift one if there is one."""
        if self._number == 0 and not Path(self._kept.path).exists():
            return None
        swift = self._swift or _named(records_in(self._kept.path))
        try:
            if swift is not None:
                swift.clear()
            self._kept.clear()
        except OSError as error:
            raise unwritable(error) from error
        with suppress(OSError):
            self._kept.flush()
        return swift


def moved(path: str) -> CacheMovedError:
    """Return the error for a live page that is not where it was (F16)."""
    msg = f"The local cache in {Path(path).parent} was moved or deleted."
    return CacheMovedError(msg, hint="Put the folder back, or start again.")


def blank_if(path: str, parts: frozenset[PartId]) -> None:
    """Overwrite the page at *path* if it has the counts of one of *parts*, which were erased."""
    counts = LivePage(path)
    live = counts.read()
    if live is not None and live.part_id in parts:
        with suppress(WorklogError):
            counts.blank()
    counts.close()


def _records(path: str) -> list[Record]:
    """Return what is written in the kept page at *path* and in the swift one, newest first."""
    kept = records_in(path)
    swift = _named(kept)
    return sorted([*kept, *(records_in(swift.path) if swift else [])], reverse=True)


def _named(kept: list[Record]) -> Page | None:
    """Return the swift page that the newest of *kept* names, if it is there and ours."""
    for _, content in kept[:1]:
        try:
            path = Reader.of_text(content.decode(), "live page").text("page", "")
        except ValueError:
            return None
        return Page(path) if path and is_ours(path) else None
    return None


def _remove(swift: Page) -> None:
    swift.close()
    with suppress(OSError):
        os.unlink(swift.path)  # noqa: PTH108 -- as it came, even where it is no text


def _encode(live: Live, swift: Page | None) -> bytes:
    content: dict[str, Json] = {
        "part": live.part_id,
        "at": epoch_ms(live.at),
        "end": live.end,
        "running": live.is_running,
        "counts": encode_activity(live.activity),
    }
    if live.since is not None:
        content["since"] = live.since
    if swift is not None:
        content["page"] = swift.path
    return canonical(content)


def _decode(content: bytes) -> Live:
    reader = Reader.of_text(content.decode(), "live page")
    return Live(
        part_id=PartId(reader.text("part")),
        at=reader.instant("at"),
        end=reader.integer("end"),
        is_running=reader.boolean("running"),
        activity=decode_activity(reader.object("counts")),
        since=reader.integer("since") if "since" in reader else None,
    )
