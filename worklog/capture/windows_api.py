"""What the ways of Windows ask of the system: the seam between them and ctypes.

`windows_calls.py` asks the real one. Handles and process ids are numbers, 0 is none, and
what the system does not say is None or empty. Any call may raise OSError, as ctypes turns
a fault inside the system into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from worklog.app.ports import Box

# WTS_CONNECTSTATE_CLASS and WTSINFOEX_LEVEL1_W.SessionFlags of <wtsapi32.h>
DISCONNECTED: Final = 4
LOCKED: Final = 0
UNLOCKED: Final = 1


@dataclass(frozen=True, slots=True)
class SessionState:
    """What Remote Desktop Services know of this session, the one at the desk included.

    Attributes:
        connection: 0 is active, 4 disconnected.
        flags: 0 is locked, 1 unlocked, anything else unknown.
    """

    connection: int
    flags: int


class WindowsApi(Protocol):
    """The calls, one method each."""

    def session_id(self) -> int | None:
        """Return the number of this process's session; 0 is that of services."""
        ...

    def session_state(self) -> SessionState | None: ...

    def has_screen_saver(self) -> bool | None:
        """Return whether a screen saver runs."""
        ...

    def last_input(self) -> int | None:
        """Return the tick of the session's last input [ms], which wraps and may step back."""
        ...

    def pointer(self) -> tuple[int, int] | None:
        """Return where the pointer is [px]."""
        ...

    def foreground(self) -> int:
        """Return the window that has the keyboard."""
        ...

    def top_windows(self) -> Sequence[int] | None:
        """Return the windows of this desktop, topmost first."""
        ...

    def children(self, window: int) -> Sequence[int]: ...

    def is_shown(self, window: int) -> bool:
        """Return whether it is visible, not minimised, and not cloaked."""
        ...

    def title(self, window: int) -> str: ...

    def box(self, window: int) -> Box | None:
        """Return where it lies without its shadow [px]."""
        ...

    def process(self, window: int) -> int: ...

    def program(self, process: int) -> str:
        """Return the path of the process's program; empty where it may not be asked."""
        ...


def refusal(api: WindowsApi) -> str | None:
    """Return why there is no desktop in this session, or None."""
    try:
        session = api.session_id()
    except OSError:
        session = None
    if session is None:
        return "Windows does not say which session this is"
    return None if session else "a session of services, which has no desktop"
