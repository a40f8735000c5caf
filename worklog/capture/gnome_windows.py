"""Windows on GNOME, where its extension "Window Calls" is installed.

GNOME Shell tells no program of the windows of others; the extension does, over the
session bus. It says neither where a window lies nor whether it is minimised: every window
of the workspace may be visible, so rules keep away rather too many pictures than one too
few.

This module loads jeepney (17 ms).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from worklog.app.ports import Window
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote, session_address
from worklog.capture.json_windows import parsed, rows, window
from worklog.capture.wayland_session import refusal

LIMIT_S: Final = 1.0  # for each answer [s]
MISSING: Final = "GNOME's extension Window Calls is not there"
UNREADABLE: Final = "GNOME's extension Window Calls says what cannot be read"

_WINDOWS: Final = Remote(
    "org.gnome.Shell", "/org/gnome/Shell/Extensions/Windows", "org.gnome.Shell.Extensions.Windows"
)


class GnomeWindows:
    """Sees the windows that the extension lists, on a fresh connection each time."""

    name = "gnome"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            with self._bus() as bus:
                return UNREADABLE if _listed(bus) is None else None
        except CallRefusedError:
            return MISSING
        except BusGoneError:
            return "the session bus does not answer"

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one."""
        for row, seen in self._windows() or ():
            if row.get("focus") is True:
                return seen
        return None

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows of the workspace that is shown, the uppermost last."""
        found = self._windows()
        if found is None:
            return None
        return tuple(seen for row, seen in found if row.get("in_current_workspace") is not False)

    def _windows(self) -> list[tuple[Mapping[str, Any], Window]] | None:
        """Return all windows with what is said of them; None where nobody can tell."""
        if refusal(self._environ) is not None:
            return None
        try:
            with self._bus() as bus:
                listed = _listed(bus)
                if listed is None:
                    return None
                return [
                    (row, window(row.get("wm_class"), _title(bus, row), None)) for row in listed
                ]
        except (BusGoneError, CallRefusedError):
            return None

    @contextmanager
    def _bus(self) -> Iterator[Bus]:
        bus = Bus(session_address(self._environ), limit_s=lambda: LIMIT_S)
        try:
            yield bus
        finally:
            bus.close()


def _listed(bus: Bus) -> list[Mapping[str, Any]] | None:
    """Return what the extension says of each window; None where it says no list."""
    said = parsed(bus.call(_WINDOWS, "List", returns="s").body[0].encode())
    return rows(said) if isinstance(said, list) else None


def _window(bus: Bus, row: Mapping[str, Any]) -> Window:
    return window(row.get("wm_class"), _title(bus, row), None)


def _title(bus: Bus, row: Mapping[str, Any]) -> object:
    """Return the title of a window, which older versions of the extension do not list.

    Raises:
        CallRefusedError: it cannot be had, so nobody knows whether a rule matches.
    """
    if "title" in row:
        return row["title"]
    number = row.get("id")
    if not isinstance(number, int) or not 0 <= number < 1 << 32:
        return ""
    return bus.call(_WINDOWS, "GetTitle", (number,), takes="u", returns="s").body[0]
