"""Programs that cover the screen until somebody gives the password, among the processes (F45).

Neither a window list nor logind knows of them unless the user set that up. Names of processes
are compared with a few, and nothing of them is kept. Looking takes 0.3 ms where a hundred run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from worklog.app.ports import Presence

PROCESSES: Final = Path("/proc")
_ENVIRON_BYTES: Final = 1 << 20  # more than execve lets a program have by default


class Lockers:
    """Looks for lockers of one user on one screen."""

    def __init__(
        self,
        is_named: Callable[[bytes], bool],
        is_ours: Callable[[Mapping[str, str]], bool],
        *,
        uid: int | None = None,
        processes: Path = PROCESSES,
    ) -> None:
        """Take for a locker what *is_named* so, where its variables say that it *is_ours*."""
        self._is_named = is_named
        self._is_ours = is_ours
        self._uid = os.getuid() if uid is None else uid
        self._processes = str(processes)

    def unavailable_reason(self) -> str | None:
        """Return why processes cannot be looked at, or None."""
        return None if os.access(self._processes, os.R_OK | os.X_OK) else "there is no /proc"

    def presence(self) -> Presence:
        """Return `locked` while a locker runs, `unknown` where nobody can look."""
        try:
            names = os.listdir(self._processes)  # noqa: PTH208 -- every two seconds: no Path each
        except OSError:
            return Presence.UNKNOWN
        is_locked = any(name.isdigit() and self._is_locker(name) for name in names)
        return Presence.LOCKED if is_locked else Presence.PRESENT

    def _is_locker(self, pid: str) -> bool:
        folder = f"{self._processes}/{pid}"
        try:
            with open(f"{folder}/comm", "rb", buffering=0) as file:  # noqa: PTH123 -- likewise
                if not self._is_named(file.read(16).rstrip(b"\n")):
                    return False
            return self._is_of_user(folder) and self._is_ours(_variables(folder))
        except OSError:  # it has ended
            return False

    def _is_of_user(self, folder: str) -> bool:
        """Return whether the user started it, whoever's rights it has to check a password."""
        with open(f"{folder}/status", "rb") as file:  # noqa: PTH123 -- likewise
            owners = next((line for line in file if line.startswith(b"Uid:")), b"")
        return owners.split()[1:2] == [b"%d" % self._uid]


def _variables(folder: str) -> dict[str, str]:
    """Return the variables of a process; none where it hides them, as with rights of its own."""
    try:
        with open(f"{folder}/environ", "rb") as file:  # noqa: PTH123 -- likewise
            found = file.read(_ENVIRON_BYTES)
    except PermissionError:
        return {}
    pairs = (os.fsdecode(entry).partition("=") for entry in found.split(b"\0"))
    return {name: value for name, _, value in pairs}
