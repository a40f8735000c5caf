"""Writes that must happen, in order, however long the disk says no.

The loop must never stop because a disk is full or another process holds the cache:
what cannot be written now stays here, in memory, and is tried again at each tick.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from worklog.errors import CacheBusyError, CacheCorruptError, CacheUnwritableError, WorklogError

Write = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    write: Write
    done: Write


def _nothing() -> None:
    return


class Keeper:
    """A queue of durable writes.

    Attributes:
        trouble: Why the first write waits; None while all is well.
    """

    def __init__(self) -> None:
        self._tasks: deque[_Task] = deque()
        self.trouble: WorklogError | None = None

    def put(self, write: Write, *, done: Write = _nothing, name: str = "") -> None:
        """Queue *write*; *done* runs once it is durable.

        A later write with the same *name* takes the place of one that still waits at
        the end of the queue, so that a hundred flushes of one part are one.
        """
        if name and self._tasks and self._tasks[-1].name == name:
            self._tasks.pop()
        self._tasks.append(_Task(name, write, done))

    def flush(self) -> bool:
        """Write what waits; return whether nothing waits any more."""
        while self._tasks:
            try:
                self._tasks[0].write()
            except (CacheBusyError, CacheUnwritableError, CacheCorruptError) as error:
                self.trouble = error
                return False
            task = self._tasks.popleft()
            self.trouble = None
            task.done()
        return True

    @property
    def waiting(self) -> int:
        """Number of writes that are not durable yet."""
        return len(self._tasks)
