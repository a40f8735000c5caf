"""Whether a screen locker runs, on desktops whose lockers tell nobody else (F45).

swaylock and its like cover the screen by a protocol of their own: no window list has
them, and logind hears of them only where the user set that up. Names of processes are
compared with the few below, and nothing of them is kept. A locker on another compositor of
the same user is none of ours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from worklog.app.ports import Presence
from worklog.capture.wayland_session import refusal, socket_path

LOCKERS: Final = (b"swaylock", b"hyprlock", b"waylock", b"gtklock")
_PROCESSES: Final = Path("/proc")
_ENVIRON_BYTES: Final = 1 << 20  # more than execve lets a program have by default


class WaylandLockers:
    """Looks for lockers among the processes of the user (0.3 ms where there are a hundred)."""

    name = "lockers"

    def __init__(
        self, environ: Mapping[str, str], *, uid: int | None = None, processes: Path = _PROCESSES
    ) -> None:
        self._environ = environ
        self._uid = os.getuid() if uid is None else uid
        self._processes = str(processes)

    def unavailable_reason(self) -> str | None:
        """Return why lockers cannot be looked for, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
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
                # Some distributions wrap programs, and put a dot before the real one.
                if not file.read(16).removeprefix(b".").startswith(LOCKERS):
                    return False
            if os.stat(folder).st_uid != self._uid:  # noqa: PTH116 -- likewise
                return False
            with open(f"{folder}/environ", "rb") as file:  # noqa: PTH123 -- likewise
                return self._is_ours(file.read(_ENVIRON_BYTES))
        except OSError:  # it has ended
            return False

    def _is_ours(self, variables: bytes) -> bool:
        """Return whether a process with *variables* is on our compositor, or may be."""
        pairs = (os.fsdecode(entry).partition("=") for entry in variables.split(b"\0"))
        environ = {name: value for name, _, value in pairs}
        return refusal(environ) is not None or socket_path(environ) == socket_path(self._environ)
