"""Windows on Hyprland, by `hyprctl -j`, which finds the socket of the running instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from worklog.app.ports import Box, Window
from worklog.capture.child import ChildError, answer
from worklog.capture.json_windows import box_of, parsed, rows, table, window
from worklog.capture.wayland_session import refusal

LIMIT_S: Final = 2.0  # for each question [s]
SIGNATURE: Final = "HYPRLAND_INSTANCE_SIGNATURE"


class HyprlandWindows:
    """Sees the windows of one Hyprland; each question is a process of its own."""

    name = "hyprland"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        if not self._environ.get(SIGNATURE):
            return f"{SIGNATURE} is not set, so this is not Hyprland"
        try:
            if isinstance(self._ask("monitors"), list):
                return None
        except ChildError as error:
            return str(error)
        return "hyprctl says what cannot be read"

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one."""
        client = table(self._told("activewindow"))
        return _window(client) if client.get("address") else None

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows on the workspaces that are shown, floating ones last."""
        monitors, clients = self._told("monitors"), self._told("clients")
        if not isinstance(monitors, list) or not isinstance(clients, list):
            return None
        shown = {
            table(monitor.get(kind)).get("id")
            for monitor in rows(monitors)
            for kind in ("activeWorkspace", "specialWorkspace")
        }
        seen = [client for client in rows(clients) if _is_shown(client, shown)]
        return tuple(map(_window, sorted(seen, key=lambda client: bool(client.get("floating")))))

    def attention(self) -> Box | None:
        """Return the place of the active window, or of the monitor without one."""
        client = table(self._told("activewindow"))
        if client.get("address"):
            return _box(client)
        monitors = rows(self._told("monitors"))
        corner = next(((m.get("x"), m.get("y")) for m in monitors if m.get("focused")), None)
        return None if corner is None else box_of(*corner, 1, 1)

    def _told(self, question: str) -> Any | None:  # noqa: ANN401 -- JSON of any shape
        """Return the answer to *question*; None where there is none."""
        if refusal(self._environ) is not None or not self._environ.get(SIGNATURE):
            return None
        try:
            return self._ask(question)
        except ChildError:
            return None

    def _ask(self, question: str) -> Any | None:  # noqa: ANN401 -- likewise
        return parsed(answer(("hyprctl", "-j", question), self._environ, limit_s=LIMIT_S))


def _is_shown(client: Mapping[str, Any], shown: set[object]) -> bool:
    if client.get("mapped") is False or client.get("hidden") is True:
        return False
    return client.get("pinned") is True or table(client.get("workspace")).get("id") in shown


def _window(client: Mapping[str, Any]) -> Window:
    application = client.get("class") or client.get("initialClass")
    return window(application, client.get("title"), _box(client))


def _box(client: Mapping[str, Any]) -> Box | None:
    corner, size = client.get("at"), client.get("size")
    if not (isinstance(corner, list) and isinstance(size, list)):
        return None
    edges = [*corner, *size]
    return box_of(*edges) if len(edges) == 4 else None  # noqa: PLR2004 -- x, y, width, height
