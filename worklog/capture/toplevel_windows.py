"""Windows on Wayland compositors that list them (wlr-foreign-toplevel-management).

For river, labwc, Wayfire and others without a language of their own that worklog knows.
Places are not told, nor workspaces: every window that is not minimised may be visible,
so rules keep away rather too many pictures than one too few.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from worklog.app.ports import Window
from worklog.capture.wayland_session import refusal
from worklog.capture.wayland_wire import Event, Wire, WireError
from worklog.capture.window_words import clean, program_name

MANAGER: Final = "zwlr_foreign_toplevel_manager_v1"
_TOPLEVEL: Final = 0  # event of the manager
_TITLE, _APP_ID, _STATE, _CLOSED = 0, 1, 4, 6  # events of a window
_MINIMISED, _ACTIVATED = 1, 2  # words of its state


class ToplevelWindows:
    """Sees the windows that a compositor lists, on a fresh connection each time."""

    name = "wlr-toplevel"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            with Wire(self._environ) as wire:
                is_listed = bool(wire.names(MANAGER))
        except WireError as error:
            return str(error)
        return None if is_listed else "the compositor does not list its windows"

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one."""
        listed = self._listed() or []
        return next((one.as_window() for one in listed if _ACTIVATED in one.state), None)

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows that are not minimised, oldest first."""
        listed = self._listed()
        if listed is None:
            return None
        return tuple(one.as_window() for one in listed if _MINIMISED not in one.state)

    def _listed(self) -> list[_Toplevel] | None:
        """Return all windows, oldest first; None where nobody can tell."""
        if refusal(self._environ) is not None:
            return None
        try:
            with Wire(self._environ) as wire:
                return _read(wire)
        except WireError:
            return None


@dataclass(slots=True)
class _Toplevel:
    """What has been said of one window so far."""

    title: str = ""
    app_id: str = ""
    state: tuple[int, ...] = field(default=())

    def as_window(self) -> Window:
        return Window(program_name(self.app_id), clean(self.title))


def _read(wire: Wire) -> list[_Toplevel] | None:
    managers = wire.names(MANAGER)
    if not managers:
        return None
    manager = wire.bind(managers[0], version=1)
    found: dict[int, _Toplevel] = {}
    for event in wire.round_trip():
        if event.sender == manager and event.opcode == _TOPLEVEL:
            found[event.integers(1)[0] & 0xFFFFFFFF] = _Toplevel()
        elif event.sender in found:
            if event.opcode == _CLOSED:
                del found[event.sender]
            else:
                _note(found[event.sender], event)
    return list(found.values())[::-1]  # compositors begin with the newest


def _note(one: _Toplevel, event: Event) -> None:
    if event.opcode == _TITLE:
        one.title = event.text()
    elif event.opcode == _APP_ID:
        one.app_id = event.text()
    elif event.opcode == _STATE:
        words = event.body[4 : len(event.body) // 4 * 4]
        one.state = tuple(word for (word,) in struct.iter_unpack("=I", words))
