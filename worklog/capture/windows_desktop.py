"""The desktop of Windows, as a picture needs to know it. It asks for no permission."""

from __future__ import annotations

from worklog.capture.windows_api import WindowsApi, refusal


class WindowsDesktop:
    """Implements `worklog.capture.desktop_screen.Desktop`."""

    name = "windows"

    def __init__(self, api: WindowsApi) -> None:
        self._api = api

    def refusal(self) -> str | None:
        """Return why there is no desktop here to picture, or None."""
        return refusal(self._api)

    def denial(self) -> str | None:
        """Return None: whoever is at the desktop may picture it."""
        return None

    def attention(self) -> tuple[int, int]:
        """Return the active window's middle, else the pointer, else the main monitor's corner."""
        try:
            window = self._api.foreground()
            box = self._api.box(window) if window else None
            if box is not None:
                return box.left + box.width // 2, box.top + box.height // 2
            return self._api.pointer() or (0, 0)
        except OSError:
            return 0, 0
