"""A desktop's portal without a desktop: it puts a picture where a test wants it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from jeepney import DBusAddress, HeaderFields, Message, new_signal
from PIL import Image

from tests.support.dbus import Answer, Refusal, Service

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
REQUEST = "org.freedesktop.portal.Request"
STORE = "org.freedesktop.impl.portal.PermissionStore"
NOT_FOUND = "org.freedesktop.portal.Error.NotFound"
BROKEN = "org.example.Error.Broken"


def picture(size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    """Return a file with a picture of *size* [px], red on the left and blue on the right."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (size[0] // 2, 0, *size))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


class FakePortal:
    """Takes pictures as xdg-desktop-portal does; the test is the user.

    Attributes:
        data: What it writes; None to write nothing.
        uri: What it says of it; `file://` and the path where it is empty.
        version: Of its screenshots; None where it has none.
        response: 0 it is done, 1 the user said no, 2 something else did.
        answer: What the user once said, by program; None where there is no such row.
        is_silent: It never tells the outcome.
        error: D-Bus error with which it refuses the call; empty to take it.
        on_call: Done before a call is answered.
        outcome: Signature and body of the outcome, where it is to be another.
        asked: Options of the calls so far.
        senders: Who asked, and the handle that they were given.
        closed: Handles of the requests that were given up.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self.file = folder / "Screenshot.png"
        self.data: bytes | None = picture()
        self.uri = ""
        self.response = 0
        self.outcome: tuple[str, tuple[object, ...]] | None = None
        self.answer: dict[str, list[str]] | None = None
        self.is_silent = False
        self.error = ""
        self.on_call: Callable[[], None] = lambda: None
        self.asked: list[dict[str, Any]] = []
        self.senders: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.changed = threading.Condition()
        self.version: int | None = 2
        self._service = Service(
            address,
            NAME,
            STORE,
            methods={
                "org.freedesktop.DBus.Properties.Get": self._get,
                "org.freedesktop.portal.Screenshot.Screenshot": self._screenshot,
                f"{REQUEST}.Close": self._close,
                f"{STORE}.Lookup": self._lookup,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._service.stop()

    def respond(self, to: str, handle: str, signature: str, body: tuple[object, ...]) -> None:
        """Tell *to* an outcome, well-formed or not."""
        respond_as(self._service, to, handle, signature, body)

    def _get(self, _: Message) -> Answer:
        if self.version is None:
            raise Refusal(BROKEN)
        return "v", (("u", self.version),)

    def _lookup(self, _: Message) -> Answer:
        if self.answer is None:
            raise Refusal(NOT_FOUND)
        return "a{sas}v", (self.answer, ("b", False))

    def _screenshot(self, message: Message) -> Answer:
        self.on_call()
        if self.error:
            raise Refusal(self.error)
        options = message.body[1]
        sender = message.header.fields[HeaderFields.sender]
        own = sender.removeprefix(":").replace(".", "_")
        handle = f"{PATH}/request/{own}/{options['handle_token'][1]}"
        with self.changed:
            self.asked.append(options)
            self.senders.append((sender, handle))
            self.changed.notify_all()
        if self.data is not None:
            self.file.write_bytes(self.data)
        if not self.is_silent:
            uri = {"uri": ("s", self.uri or f"file://{self.file}")}
            usual = ("ua{sv}", (self.response, uri if self.response == 0 else {}))
            # Before the answer, as happens where a portal is quick.
            self.respond(sender, handle, *(self.outcome or usual))
        return "o", (handle,)

    def _close(self, message: Message) -> Answer:
        self.closed.append(message.header.fields[HeaderFields.path])
        return None, ()


def respond_as(
    service: Service, to: str, handle: str, signature: str, body: tuple[object, ...]
) -> None:
    """Let *service*, the portal or not, tell *to* an outcome."""
    where = DBusAddress(handle, interface=REQUEST)
    message = new_signal(where, "Response", signature or None, body)
    message.header.fields[HeaderFields.destination] = to
    service.send(message)
