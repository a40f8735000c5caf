"""Whether a screen locker runs, on X11 with lockers that tell nobody else (F45).

They are the ones that run only while the screen is locked; xscreensaver and light-locker
always run, and are asked by the ways of the screen saver and of logind. A locker on another
display of the same user is none of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from worklog.app.ports import Presence
from worklog.capture.lockers import PROCESSES, Lockers
from worklog.capture.x11_session import refusal

LOCKERS: Final = frozenset(
    {b"i3lock", b"slock", b"xlock", b"xtrlock", b"xsecurelock", b"alock", b"sxlock", b"physlock"}
)


class X11Lockers:
    """Looks for lockers among the processes of the user."""

    name = "x11-lockers"

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
        """Return whether a process with *environ* is on our display, or may be."""
        display = environ.get("DISPLAY")
        return not display or _screenless(display) == _screenless(self._environ["DISPLAY"])


def _is_named(name: bytes) -> bool:
    return name.removeprefix(b".") in LOCKERS


def _screenless(display: str) -> str:
    return display.rpartition(":")[2].partition(".")[0]
