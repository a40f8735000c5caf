"""What happens at a named step of the write path, as `WORKLOG_FAILPOINT` says.

    step[:first[-last]]=action[,…]

*step* may hold `*`; *first* and *last* count how often it was reached, and without a *last*
a fault happens once. `+` for *last* means from then on. Actions: `abort` kills the process
as SIGKILL does, `raise` is a bug, `EIO` and `ENOSPC` are what the system says then, `sleep`
waits a second, `tell` names the step on stderr.

With `WORKLOG_TEST_FAULTY` the rules hold only while the file of that name exists.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from worklog.cache.files import unwritable
from worklog.clock import SystemClock

_RULE: Final = re.compile(
    r"([\w.*-]+)(?::(\d+)(?:-(\d+|\+))?)?=(abort|raise|EIO|ENOSPC|sleep|tell)"
)
# Steps at which the code talks to files itself; at all others it is SQLite that does, and
# its errors come translated.
_FILES: Final = ("image.*", "thumbnail.*", "journal.*", "journal-rewrite.*", "rebuild-marker.*")


class Bug(Exception):  # noqa: N818 -- it stands for whatever nobody thought of
    """Raised by `raise`."""


@dataclass
class _Rule:
    step: str
    first: int
    last: float
    action: Callable[[str], None]
    reached: int = 0

    def reach(self, step: str) -> None:
        if fnmatchcase(step, self.step):
            self.reached += 1
            if self.first <= self.reached <= self.last:
                self.action(step)


def handler(text: str, *, switch: str | None = None) -> Callable[[str], None]:
    """Return what `worklog.failpoints.install` is to be given for the rules in *text*.

    They hold only while the file *switch* exists, if one is named.
    """
    rules = [_rule(word) for word in text.split(",")]

    def reach(step: str) -> None:
        if switch is not None and not Path(switch).exists():
            return
        for rule in rules:
            rule.reach(step)

    return reach


def _rule(word: str) -> _Rule:
    found = _RULE.fullmatch(word)
    if found is None:
        message = f"no failpoint: {word!r}"
        raise ValueError(message)
    step, first, last, action = found.groups()
    start = int(first or 1)
    end = start if last is None else float("inf") if last == "+" else int(last)
    return _Rule(step, start, end, _ACTIONS[action])


def _abort(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # the signal may take a moment to arrive


def _raise(step: str) -> None:
    raise Bug(step)


def _sleep(_: str) -> None:
    SystemClock().wait(1.0, wake=threading.Event())


def _tell(step: str) -> None:
    sys.stderr.write(f"step {step}\n")


def _failing(number: int) -> Callable[[str], None]:
    def fail(step: str) -> None:
        error = OSError(number, os.strerror(number))
        if any(fnmatchcase(step, pattern) for pattern in _FILES):
            raise error
        raise unwritable(error) from error

    return fail


_ACTIONS: Final[Mapping[str, Callable[[str], None]]] = {
    "abort": _abort,
    "raise": _raise,
    "sleep": _sleep,
    "tell": _tell,
    "EIO": _failing(errno.EIO),
    "ENOSPC": _failing(errno.ENOSPC),
}
