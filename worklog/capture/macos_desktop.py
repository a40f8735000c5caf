"""The desktop of macOS, as a picture needs to know it: pictures need Screen Recording."""

from __future__ import annotations

from worklog.capture.macos_api import MacApi, refusal
from worklog.capture.macos_permission import Permission
from worklog.capture.macos_window import front


class MacDesktop:
    """Implements `worklog.capture.desktop_screen.Desktop`."""

    name = "macos"

    def __init__(self, api: MacApi) -> None:
        self._api = api

    def refusal(self) -> str | None:
        """Return why there is no desktop here to picture, or None."""
        return refusal(self._api)

    def denial(self) -> str | None:
        """Return that Screen Recording is missing, or None."""
        return Permission.SCREEN.denial(self._api)

    def attention(self) -> tuple[int, int]:
        """Return the active window's middle, else the pointer, else the main monitor's corner."""
        found = front(self._api)
        if found is not None and found.box is not None:
            box = found.box
            return box.left + box.width // 2, box.top + box.height // 2
        try:
            return self._api.pointer() or (0, 0)
        except OSError:
            return 0, 0
