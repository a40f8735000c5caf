"""Windows on Windows: top-level windows, and the program that each belongs to.

What a window says of itself is hostile until it has been cleaned; whose it is comes from
the system. Windows of Store apps belong to a frame of the system's, so there the window
within says whose it is.
"""

from __future__ import annotations

import ntpath
from typing import Final

from worklog.app.ports import Box, Window
from worklog.capture.window_words import clean, program_name
from worklog.capture.windows_api import WindowsApi, refusal

_FRAME: Final = "applicationframehost"
_MOST: Final = 2000  # windows looked at; more than any desktop has


class WindowsWindows:
    """Sees the windows of the desktop that this process belongs to."""

    name = "windows"

    def __init__(self, api: WindowsApi) -> None:
        self._api = api

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        return refusal(self._api)

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one, as while it is locked."""
        try:
            window = self._api.foreground()
            return _Look(self._api).window(window) if window else None
        except OSError:
            return None

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows that may show on a monitor, lowest first."""
        try:
            windows = self._api.top_windows()
            if windows is None:
                return None
            shown = [window for window in windows[:_MOST] if self._api.is_shown(window)]
            look = _Look(self._api)
            seen = [look.window(window) for window in reversed(shown)]
        except OSError:
            return None
        return tuple(window for window in seen if not _is_empty(window.box))


def application_name(program: str) -> str:
    """Return a program's name as people know it, from its path: `firefox.exe` is Firefox."""
    name = ntpath.basename(program)
    if name.lower().endswith(".exe"):
        name = name[:-4]
    return program_name(name)


class _Look:
    """One look at windows; a process is asked for its program once."""

    def __init__(self, api: WindowsApi) -> None:
        self._api = api
        self._programs: dict[int, str] = {}

    def window(self, window: int) -> Window:
        return Window(
            application=self._application(window),
            title=clean(self._api.title(window)),
            box=self._api.box(window),
        )

    def _application(self, window: int) -> str:
        process = self._api.process(window)
        name = self._name(process)
        if name.lower() != _FRAME:
            return name
        within = (self._api.process(child) for child in self._api.children(window)[:_MOST])
        return next((self._name(other) for other in within if other not in (0, process)), name)

    def _name(self, process: int) -> str:
        if process not in self._programs:
            self._programs[process] = application_name(self._api.program(process))
        return self._programs[process]


def _is_empty(box: Box | None) -> bool:
    """Return whether nothing can be seen there; many programs keep windows without a size."""
    return box is not None and (box.width <= 0 or box.height <= 0)
