"""Writes that must happen, in order, however long the disk says no.

The loop must never stop because a disk is full or another process holds the cache:
what cannot be written now stays here, in memory, and is tried again at each tick.
Writes that wait beside each other share a transaction where they may: a slot's end is
one commit and not two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum, auto

from worklog.errors import CacheBusyError, CacheCorruptError, CacheUnwritableError, WorklogError

Write = Callable[[], None]


class Bond(Enum):
    """Which writes may share a transaction."""

    ALONE = auto()
    FIRST = auto()  # with those that come after it
    ANY = auto()  # with the one before it too


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    write: Write
    done: Write
    bond: Bond


def _nothing() -> None:
    return


class Keeper:
    """A queue of durable writes.

    Attributes:
        trouble: Why the first write waits; None while all is well.
    """

    def __init__(self, together: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        """Make an empty queue; *together* makes the writes of a block one transaction."""
        self._together = together
        self._tasks: deque[_Task] = deque()
        self.trouble: WorklogError | None = None

    def put(
        self, write: Write, *, done: Write = _nothing, name: str = "", bond: Bond = Bond.ALONE
    ) -> None:
        """Queue *write*; *done* runs once it is durable.

        A later write with the same *name* takes the place of one that still waits at
        the end of the queue, so that a hundred flushes of one part are one.
        """
        if name and self._tasks and self._tasks[-1].name == name:
            self._tasks.pop()
        self._tasks.append(_Task(name, write, done, bond))

    def flush(self) -> bool:
        """Write what waits; return whether nothing waits any more."""
        while self._tasks:
            group = self._first_group()
            try:
                self._write(group)
            except (CacheBusyError, CacheUnwritableError, CacheCorruptError) as error:
                self.trouble = error
                return False
            for _ in group:
                self._tasks.popleft()
            self.trouble = None
            for task in group:
                task.done()
        return True

    @property
    def waiting(self) -> int:
        """Number of writes that are not durable yet."""
        return len(self._tasks)

    def _first_group(self) -> list[_Task]:
        """Return the first write that waits, with those that may share its transaction."""
        first, *others = self._tasks
        group = [first]
        for task in others:
            if first.bond is Bond.ALONE or task.bond is not Bond.ANY:
                break
            group.append(task)
        return group

    def _write(self, group: list[_Task]) -> None:
        if len(group) == 1:
            group[0].write()
            return
        with self._together():
            for task in group:
                task.write()
