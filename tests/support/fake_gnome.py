"""GNOME Shell with the extension Window Calls, without a GNOME Shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self

from jeepney import Message

from tests.support.dbus import Answer, Refusal, Service

NAME = "org.gnome.Shell"
WINDOWS = "org.gnome.Shell.Extensions.Windows"
FAILED = "org.gnome.gjs.JSError.Error"


class FakeGnome:
    """Answers as the extension does; the test opens the windows, lowest first.

    Attributes:
        said: What `List` says; whatever cannot be written as JSON goes as text.
        titles: What `GetTitle` says, by window.
    """

    def __init__(self, address: str, *, has_extension: bool = True) -> None:
        self.said: list[dict[str, Any]] | str = []
        self.titles: dict[int, str] = {}
        methods: dict[str, Callable[[Message], Answer]] = {
            f"{WINDOWS}.List": self._list,
            f"{WINDOWS}.GetTitle": self._title,
        }
        self._service = Service(address, NAME, methods=methods if has_extension else {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._service.stop()

    def _list(self, _: Message) -> Answer:
        return "s", (self.said if isinstance(self.said, str) else json.dumps(self.said),)

    def _title(self, message: Message) -> Answer:
        (number,) = message.body
        if number not in self.titles:
            raise Refusal(FAILED)
        return "s", (self.titles[number],)


def shown(
    application: str | None, title: str | None, *, focus: bool = False, **more: object
) -> dict[str, Any]:
    """Return a window as the extension of 2024 lists it; without *title* as one of 2021."""
    named = {} if title is None else {"title": title}
    return {
        "wm_class": application,
        "wm_class_instance": application,
        "pid": 4242,
        "id": 7,
        "frame_type": 0,
        "window_type": 0,
        "focus": focus,
        "in_current_workspace": True,
        "workspace": 0,
        **named,
        **more,
    }
