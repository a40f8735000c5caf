"""Whether a screen locker runs, on Wayland desktops whose lockers tell nobody else (F45).

swaylock and its like cover the screen by a protocol of their own: no window list has
them. A locker on another compositor of the same user is none of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from worklog.app.ports import Presence
from worklog.capture.lockers import PROCESSES, Lockers
from worklog.capture.wayland_session import refusal, socket_path

LOCKERS: Final = (b"swaylock", b"hyprlock", b"waylock", b"gtklock")


class WaylandLockers:
    """Looks for lockers among the processes of the user."""

    name = "lockers"

    def __init__(
        self, environ: Mapping[str, str], *, uid: int | None = None, processes: Path = PROCESSES
    ) -> None:
        self._environ = environ
        self._lockers = Lockers(_is_named, self._is_ours, uid=uid, processes=processes)

    def unavailable_reason(self) -> str | None:
        """Return why lockers cannot be looked for, or None."""
        return refusal(self._environ) or self._lockers.unavailable_reason()

    def presence(self) -> Presence:
        """Return `locked` while a locker runs, `unknown` where nobody can look."""
        return self._lockers.presence()

    def _is_ours(self, environ: Mapping[str, str]) -> bool:
        """Return whether a process with *environ* is on our compositor, or may be."""
        return refusal(environ) is not None or socket_path(environ) == socket_path(self._environ)


def _is_named(name: bytes) -> bool:
    # Some distributions wrap programs, and put a dot before the real one.
    return name.removeprefix(b".").startswith(LOCKERS)
