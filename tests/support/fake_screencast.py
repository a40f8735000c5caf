"""A portal that shows screens, without a desktop: what it shows is up to the test.

Its streams are real ones of a private PipeWire where a test gives it a connection there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, Self

from jeepney import DBusAddress, HeaderFields, Message, new_signal

from tests.support.dbus import Answer, Refusal, Service
from tests.support.fake_portal import NAME, PATH, REQUEST, respond_as

SCREENCAST = "org.freedesktop.portal.ScreenCast"
SESSION = "org.freedesktop.portal.Session"
INVALID = "org.freedesktop.portal.Error.InvalidArgument"
STREAMS = "a(ua{sv})"
Streams = list[tuple[int, dict[str, tuple[str, object]]]]


def stream(node: int, *box: int) -> Streams:
    """Return the streams of one monitor: its *node*, and left, top, width and height."""
    left, top, width, height = box
    return [(node, {"position": ("(ii)", (left, top)), "size": ("(ii)", (width, height))})]


def _nothing() -> int:
    return os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


class FakeScreenCast:
    """Shows screens as xdg-desktop-portal does; the test is the user.

    Attributes:
        facts: Its properties; one that is not there is an error.
        streams: What it shows.
        is_forgetful: It gives no restore token.
        takes_tokens: It takes a token that it has given; else it is an error.
        responses: By method: 0 it is done, 1 the user said no, 2 something else did.
        outcomes: By method: signature and body, where they are to be others.
        errors: By method: the D-Bus error with which it refuses.
        silent: Methods of which it never tells the outcome.
        ends: Methods at which it closes the session instead.
        on_call: Done before each call is answered, with its method.
        connect: Gives what `OpenPipeWireRemote` hands out, and is closed after.
        opens_as: The signature of that, a letter for each.
        calls: The methods so far.
        options: Of the calls, by method, the last one's.
        questions: How often somebody had to answer on the screen.
        given: The tokens so far.
        senders: Who asked, and the handles that they were given.
        closed: Sessions and requests that were closed.
    """

    def __init__(self, address: str) -> None:
        self.facts: dict[str, int] = {"version": 4, "AvailableSourceTypes": 3}
        self.streams: Streams = stream(1, 0, 0, 640, 400)
        self.is_forgetful = False
        self.takes_tokens = True
        self.responses: dict[str, int] = {}
        self.outcomes: dict[str, tuple[str, tuple[object, ...]]] = {}
        self.errors: dict[str, str] = {}
        self.silent: set[str] = set()
        self.ends: set[str] = set()
        self.on_call: Callable[[str], None] = lambda _: None
        self.connect: Callable[[], int] = _nothing
        self.opens_as = "h"
        self.calls: list[str] = []
        self.options: dict[str, dict[str, Any]] = {}
        self.questions = 0
        self.given: list[str] = []
        self.senders: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.changed = threading.Condition()
        self._session = ""
        self._is_known = False
        methods = ("CreateSession", "SelectSources", "Start")
        self._service = Service(
            address,
            NAME,
            methods={
                "org.freedesktop.DBus.Properties.Get": self._get,
                **{f"{SCREENCAST}.{name}": self._ask for name in methods},
                f"{SCREENCAST}.OpenPipeWireRemote": self._open,
                f"{SESSION}.Close": self._close,
                f"{REQUEST}.Close": self._close,
            },
            has_descriptors=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._service.stop()

    def _get(self, message: Message) -> Answer:
        interface, name = message.body
        found = self.facts.get(name) if interface == SCREENCAST else None
        if found is None:
            raise Refusal(INVALID)
        return "v", (("u", found),)

    def _ask(self, message: Message) -> Answer:
        method = message.header.fields[HeaderFields.member]
        sender, handle = self._take(message)
        results: dict[str, tuple[str, object]] = {}
        if method == "CreateSession":
            own = handle.split("/")[-2]
            token = self.options[method]["session_handle_token"][1]
            self._session = f"{PATH}/session/{own}/{token}"
            results["session_handle"] = ("s", self._session)
        elif method == "SelectSources":
            self._remember()
        else:
            results["streams"] = (STREAMS, self.streams)
            self._start(results)
        if method in self.ends:
            closed = new_signal(DBusAddress(self._session, interface=SESSION), "Closed")
            closed.header.fields[HeaderFields.destination] = sender
            self._service.send(closed)
        elif method not in self.silent:
            usual = ("ua{sv}", (self.responses.get(method, 0), results))
            # Before the answer, as happens where a portal is quick.
            respond_as(self._service, sender, handle, *self.outcomes.get(method, usual))
        return "o", (handle,)

    def _remember(self) -> None:
        """Look at the token, which is good for once, as the real one does."""
        token = self.options["SelectSources"].get("restore_token", ("s", ""))[1]
        if token and not self.takes_tokens:
            raise Refusal(INVALID)
        self._is_known = bool(self.given) and token == self.given[-1]

    def _start(self, results: dict[str, tuple[str, object]]) -> None:
        self.questions += not self._is_known
        if not self.is_forgetful and self.responses.get("Start", 0) == 0:
            self.given.append(f"token-{len(self.given) + 1}")
            results["restore_token"] = ("s", self.given[-1])

    def _open(self, message: Message) -> Answer:
        self._take(message)
        return self.opens_as, tuple(_Handed(self.connect()) for _ in self.opens_as)

    def _take(self, message: Message) -> tuple[str, str]:
        """Write down a call; return who made it, and the handle of its outcome."""
        method = message.header.fields[HeaderFields.member]
        self.on_call(method)
        options = message.body[-1]
        sender = message.header.fields[HeaderFields.sender]
        own = sender.removeprefix(":").replace(".", "_")
        handle = f"{PATH}/request/{own}/{options.get('handle_token', ('s', ''))[1]}"
        with self.changed:
            self.calls.append(method)
            self.options[method] = options
            self.senders.append((sender, handle))
            self.changed.notify_all()
        if method in self.errors:
            raise Refusal(self.errors[method])
        return sender, handle

    def _close(self, message: Message) -> Answer:
        self.closed.append(message.header.fields[HeaderFields.path])
        return None, ()


class _Handed:
    """A descriptor that is closed once it is sent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def __del__(self) -> None:
        os.close(self._descriptor)
