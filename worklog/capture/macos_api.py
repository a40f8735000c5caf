"""What the ways of macOS ask of the system: the seam between them and ctypes.

`macos_calls.py` asks the real one. What the system does not say is None. Any call may
raise OSError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from worklog.app.ports import Box

NO_SESSION: Final = "this terminal is not in the session of a desktop"


@dataclass(frozen=True, slots=True)
class DesktopSession:
    """What the window server knows of the session that this process belongs to.

    Attributes:
        is_on_console: Whether it is the one at the desk: False after switching users.
        is_locked: Whether its screen is locked.
    """

    is_on_console: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class ListedWindow:
    """An entry of the window server's list.

    Attributes:
        owner: The application's name, as macOS has it.
        name: The title; None where macOS hides it or there is none.
        layer: The level that it floats at; 0 for ordinary windows.
        alpha: From 0, which cannot be seen, to 1.
        box: Where it lies, in points from the top left of the main monitor.
    """

    owner: str
    name: str | None
    layer: int
    alpha: float
    box: Box | None


class MacApi(Protocol):
    """The calls, one method each; none makes macOS ask the user for a permission."""

    def session(self) -> DesktopSession | None:
        """Return this session; None outside of one, as over SSH."""
        ...

    def may_record_screen(self) -> bool:
        """Return whether Screen Recording is allowed."""
        ...

    def may_listen(self) -> bool:
        """Return whether Input Monitoring is allowed."""
        ...

    def is_trusted(self) -> bool:
        """Return whether Accessibility is allowed."""
        ...

    def windows(self) -> Sequence[ListedWindow] | None:
        """Return the windows on the screen, topmost first, without the desktop itself."""
        ...

    def pointer(self) -> tuple[int, int] | None:
        """Return where the pointer is [points]."""
        ...

    def count(self, kind: int) -> int:
        """Return how many events of *kind* (CGEventType) this session saw, modulo 2**32."""
        ...


def refusal(api: MacApi) -> str | None:
    """Return why there is no desktop in this session, or None."""
    try:
        session = api.session()
    except OSError:
        session = None
    return NO_SESSION if session is None else None
