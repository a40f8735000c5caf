"""A `hyprctl` that answers from files, because Debian has no Hyprland to ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from worklog.app.ports import Box

_SCRIPT = """#!/bin/sh
[ "$1" = -j ] && [ -e "{folder}/$2" ] || {{ echo "Couldn't connect" >&2; exit 1; }}
exec cat "{folder}/$2"
"""


class FakeHyprctl:
    """Answers `monitors`, `clients` and `activewindow`.

    Attributes:
        environ: Of a session in which it is found.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        script = folder / "hyprctl"
        script.write_text(_SCRIPT.format(folder=folder))
        script.chmod(0o755)
        self.environ = {
            "PATH": f"{folder}:/usr/bin:/bin",
            "WAYLAND_DISPLAY": str(folder / "wayland-1"),
            "HYPRLAND_INSTANCE_SIGNATURE": "fake",
        }
        self.say("monitors", [monitor(1)])
        self.say("clients", [])
        self.say("activewindow", {})

    def say(self, question: str, answer: object) -> None:
        """Answer *question* with *answer*; bytes as they are."""
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        (self._folder / question).write_bytes(data)

    def show(self, *clients: dict[str, Any]) -> None:
        """Show *clients*, the last of which is active."""
        self.say("clients", list(clients))
        self.say("activewindow", clients[-1])

    def kill(self) -> None:
        """Go away, as Hyprland does when it crashed."""
        for question in ("monitors", "clients", "activewindow"):
            (self._folder / question).unlink(missing_ok=True)


def monitor(workspace: int, *, left: int = 0, is_focused: bool = True) -> dict[str, Any]:
    """Return a monitor that shows *workspace*, as Hyprland 0.45 describes it."""
    return {
        "id": 0,
        "name": f"DP-{workspace}",
        "width": 1920,
        "height": 1080,
        "x": left,
        "y": 0,
        "activeWorkspace": {"id": workspace, "name": str(workspace)},
        "specialWorkspace": {"id": 0, "name": ""},
        "scale": 1.0,
        "focused": is_focused,
    }


def client(
    application: str, title: str, box: Box, *, workspace: int = 1, **more: object
) -> dict[str, Any]:
    """Return a window, as Hyprland 0.45 describes it."""
    return {
        "address": f"0x{abs(hash(title)):x}",
        "mapped": True,
        "hidden": False,
        "at": [box.left, box.top],
        "size": [box.width, box.height],
        "workspace": {"id": workspace, "name": str(workspace)},
        "floating": False,
        "pinned": False,
        "class": application,
        "title": title,
        **more,
    }
