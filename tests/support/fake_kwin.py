"""KWin that lists windows by a script, without a KWin and without running scripts.

It reads out of the script whom that would call, and calls them with what a test wants.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from jeepney import DBusAddress, HeaderFields, Message, MessageFlag, new_method_call

from tests.support.dbus import Answer, Refusal, Service
from worklog.app.ports import Box

NAME = "org.kde.KWin"
SCRIPTING = "org.kde.kwin.Scripting"
UNKNOWN = "org.freedesktop.DBus.Error.UnknownObject"
_CALL = re.compile(r'callDBus\("([^"]*)", "/", "", "windows", "([^"]*)"')


class FakeKWin:
    """Runs scripts as Plasma does; the test opens the windows, lowest first.

    Attributes:
        said: What the script would say; a string goes as it is.
        is_silent: The script says nothing.
        number: Of the scripts; -1 where it takes none.
        root: Under which scripts are: `/Scripting/Script`, or `/` before Plasma 5.24.
        loaded: Names of the scripts that are loaded.
        files: Of the scripts so far.
        modes: Who may read those.
        on_run: Done before a script runs.
    """

    def __init__(self, address: str) -> None:
        self.said: list[dict[str, Any]] | str = []
        self.is_silent = False
        self.number = 3
        self.root = "/Scripting/Script"
        self.loaded: dict[str, str] = {}
        self.files: list[Path] = []
        self.on_run: Callable[[], None] = lambda: None
        self.modes: list[int] = []
        self.service = Service(
            address,
            NAME,
            methods={
                f"{SCRIPTING}.loadScript": self._load,
                f"{SCRIPTING}.unloadScript": self._unload,
                "org.kde.kwin.Script.run": self._run,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.service.stop()

    def answers_as(self, service: Service, token: str | None = None) -> None:
        """Let *service*, KWin or not, say what the script would."""
        for source in self.loaded.values():
            found = _CALL.search(source)
            assert found is not None
            text = self.said if isinstance(self.said, str) else json.dumps(self.said)
            where = DBusAddress("/", bus_name=found[1])
            message = new_method_call(where, "windows", "ss", (token or found[2], text))
            message.header.flags |= MessageFlag.no_reply_expected
            service.send(message)

    def _load(self, message: Message) -> Answer:
        path, name = message.body
        self.files.append(Path(path))
        self.modes.append(stat.S_IMODE(Path(path).stat().st_mode))
        self.loaded[name] = Path(path).read_text()
        return "i", (self.number,)

    def _unload(self, message: Message) -> Answer:
        return "b", (self.loaded.pop(message.body[0], None) is not None,)

    def _run(self, message: Message) -> Answer:
        if message.header.fields[HeaderFields.path] != f"{self.root}{self.number}":
            raise Refusal(UNKNOWN)
        self.on_run()
        if not self.is_silent:
            self.answers_as(self.service)
        return None, ()


def said(
    application: str, title: str, box: Box | None = None, *, is_active: bool = False, **more: object
) -> dict[str, Any]:
    """Return what the script says of a window."""
    place = box or Box(0, 0, 10, 10)
    return {
        "application": application,
        "title": title,
        "x": place.left,
        "y": place.top,
        "width": place.width + 0.5,  # halves of pixels come with scales between whole ones
        "height": place.height,
        "order": 0,
        "is_active": is_active,
        "is_elsewhere": False,
        **more,
    }
