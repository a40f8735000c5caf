"""A connection to a Wayland compositor: the little of the protocol that capture needs.

Requests and events are a header (object, size and opcode) and 32-bit words; see the
Wayland book, "Wire format". Nothing is bound here that brings a file descriptor or that
knows of keys. Answers are waited for with patience, never for ever.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from worklog.capture.connection import Connection, ConnectionGoneError
from worklog.capture.wayland_session import socket_path
from worklog.capture.window_words import clean

PATIENCE_S: Final = 2.0  # for each answer [s]
DISPLAY: Final = 1  # the object that is there from the start
REGISTRY: Final = 2  # the first that we make

_GET_REGISTRY, _SYNC = 1, 0  # requests of wl_display
_ERROR = 0  # event of wl_display
_BIND = 0  # request of wl_registry
_GLOBAL, _GLOBAL_REMOVE = 0, 1  # events of wl_registry
_HEAD: Final = struct.Struct("=II")
_ORDER: Final = sys.byteorder
_MOST: Final = 10_000  # events in answer to one question; desktops send dozens


class WireError(ConnectionGoneError):
    """The compositor refused, went away, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Event:
    """What the compositor says of an object.

    Attributes:
        sender: Id of the object.
        opcode: Which event of its interface.
        body: The arguments as they came.
    """

    sender: int
    opcode: int
    body: bytes

    def integers(self, count: int) -> tuple[int, ...]:
        """Return the first *count* arguments as signed numbers.

        Raises:
            WireError: the event is shorter.
        """
        try:
            return struct.unpack_from(f"={count}i", self.body)
        except struct.error as error:
            msg = "the compositor sent a torn event"
            raise WireError(msg) from error

    def text(self, at: int = 0) -> str:
        """Return the string argument that begins at byte *at*."""
        size = int.from_bytes(self.body[at : at + 4], _ORDER)
        return self.body[at + 4 : at + 4 + size].rstrip(b"\0").decode(errors="replace")


class Wire(Connection):
    """One connection. Not for use by two threads at once, but for `shut`.

    Attributes:
        globals: What the compositor offers now: (interface, version) by its name, a number.

    Args:
        environ: `WAYLAND_DISPLAY` and `XDG_RUNTIME_DIR` name the compositor.
        patience_s: Longest wait for an answer [s].

    Raises:
        WireError: nobody answers there.
    """

    def __init__(self, environ: Mapping[str, str], *, patience_s: float = PATIENCE_S) -> None:
        self.globals: dict[int, tuple[str, int]] = {}
        self._last_id = REGISTRY
        self._buffer = bytearray()
        self.socket = _connect(socket_path(environ), patience_s)
        try:
            self.send(DISPLAY, _GET_REGISTRY, REGISTRY)
            self.round_trip()
        except BaseException:
            self.close()
            raise

    def names(self, interface: str) -> list[int]:
        """Return the names of all globals of *interface*, in the compositor's order."""
        return [name for name, (kind, _) in self.globals.items() if kind == interface]

    def new_id(self) -> int:
        """Return an id that no object of this connection had before."""
        self._last_id += 1
        return self._last_id

    def bind(self, name: int, *, version: int) -> int:
        """Make an object of the global *name*, of *version* or what the compositor has of it."""
        interface, offered = self.globals[name]
        made = self.new_id()
        self.send(REGISTRY, _BIND, name, interface, min(version, offered), made)
        return made

    def send(self, receiver: int, opcode: int, *arguments: int | str) -> None:
        """Send a request.

        Raises:
            WireError: the compositor is gone.
        """
        body = b"".join(map(_packed, arguments))
        head = _HEAD.pack(receiver, (_HEAD.size + len(body)) << 16 | opcode)
        try:
            self.socket.sendall(head + body)
        except OSError as error:
            raise WireError(_reason(error)) from error

    def receive(self) -> Event:
        """Return the next event, `globals` being up to date with it.

        Raises:
            WireError: the compositor is gone, objects, or says nothing in time.
        """
        while (event := self._next()) is None:
            try:
                self._fill()
            except TimeoutError as error:
                raise WireError(_reason(error)) from error
        return event

    def within(self, seconds: float) -> list[Event]:
        """Return the events that come together within *seconds* [s]; none if nothing comes.

        Raises:
            WireError: the compositor is gone, or objects.
        """
        events = list(iter(self._next, None))
        if events:
            return events
        patience_s = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            self._fill()
        except TimeoutError:
            return []
        finally:
            self.socket.settimeout(patience_s)
        return list(iter(self._next, None))

    def _fill(self) -> None:
        """Wait for something and keep it."""
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            raise
        except OSError as error:
            raise WireError(_reason(error)) from error
        if not data:
            msg = "the compositor closed the connection"
            raise WireError(msg)
        self._buffer += data

    def _checked(self, event: Event) -> Event:
        """Return *event*, `globals` being up to date with it.

        Raises:
            WireError: it is an objection.
        """
        if event.sender == DISPLAY and event.opcode == _ERROR:
            msg = f"the compositor objects: {clean(event.text(8), 80)}"
            raise WireError(msg)
        if event.sender == REGISTRY:
            self._note(event)
        return event

    def round_trip(self) -> list[Event]:
        """Return the events up to where all requests so far have been worked off.

        Raises:
            WireError: as of `receive`.
        """
        done = self.new_id()
        self.send(DISPLAY, _SYNC, done)
        events: list[Event] = []
        while len(events) < _MOST:
            event = self.receive()
            if event.sender == done:
                return events
            events.append(event)
        msg = "the compositor does not come to an end"
        raise WireError(msg)

    def _next(self) -> Event | None:
        """Take the first event out of what has come; None where it is not whole."""
        if len(self._buffer) < _HEAD.size:
            return None
        sender, word = _HEAD.unpack_from(self._buffer)
        size = word >> 16
        if size < _HEAD.size:
            msg = "the compositor sent an event without a size"
            raise WireError(msg)
        if len(self._buffer) < size:
            return None
        body = bytes(self._buffer[_HEAD.size : size])
        del self._buffer[:size]
        return self._checked(Event(sender, word & 0xFFFF, body))

    def _note(self, event: Event) -> None:
        name = event.integers(1)[0]
        if event.opcode == _GLOBAL:
            version = int.from_bytes(event.body[-4:], _ORDER)
            self.globals[name] = (event.text(4), version)
        elif event.opcode == _GLOBAL_REMOVE:
            self.globals.pop(name, None)


def _packed(argument: int | str) -> bytes:
    if isinstance(argument, int):
        return argument.to_bytes(4, _ORDER)
    text = argument.encode() + b"\0"
    return len(text).to_bytes(4, _ORDER) + text + bytes(-len(text) % 4)


def _connect(path: str, patience_s: float) -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(patience_s)
    try:
        link.connect(path)
    except (OSError, ValueError) as error:  # a path that is too long, or has a null in it
        link.close()
        msg = f"no Wayland compositor answers at {path}: {_reason(error)}"
        raise WireError(msg) from error
    return link


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the compositor does not answer"
    said = error.strerror if isinstance(error, OSError) else str(error)
    return said or str(error)
