"""A compositor that speaks just enough Wayland to say who is idle, as newer ones do.

The sway of the tests has only KDE's old idle protocol; this one plays ext-idle-notify-v1
in both versions. Tests play the user: ``key()``; and a film: ``keep_awake()``.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from worklog.clock import SystemClock

NOTIFIER = "ext_idle_notifier_v1"
SEAT = "wl_seat"


@dataclass
class _Notification:
    sees_all: bool
    rest_ns: int
    since_ns: int = 0
    is_idle: bool = False


@dataclass
class FakeCompositor:
    """Listens in *folder* until `kill`, in one thread.

    Attributes:
        version: Of ext-idle-notify.
        offers: The globals, by their number; what is not there cannot be bound.
        torn: Sent to each client in place of any answer.
        asked: How many notifications were asked for.
        told_idle: How often one of them said idle.
    """

    folder: Path
    version: int = 1
    offers: dict[int, tuple[str, int]] = field(default_factory=dict)
    torn: bytes = b""
    asked: int = 0
    told_idle: int = 0
    _clients: dict[socket.socket, dict[int, str]] = field(default_factory=dict)
    _registries: list[tuple[socket.socket, int]] = field(default_factory=list)
    _notifications: dict[tuple[socket.socket, int], _Notification] = field(default_factory=dict)
    _is_kept_awake: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.offers = self.offers or {1: (SEAT, 7), 2: (NOTIFIER, self.version)}
        self._clock = SystemClock()
        self.start()

    @property
    def environ(self) -> dict[str, str]:
        return {"WAYLAND_DISPLAY": str(self.folder / "wayland-9")}

    @property
    def is_at_one(self) -> bool:
        """Whether just one notification is left."""
        return len(self._notifications) == 1

    def start(self) -> None:
        path = self.folder / "wayland-9"
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """Go away, as a compositor that crashed."""
        self._is_over = True
        self._thread.join()
        for link in (self._server, *self._clients):
            link.close()
        self._notifications.clear()
        self._registries.clear()
        self._clients.clear()

    def key(self) -> None:
        """Be the user: one key."""
        with self._lock:
            for at, each in self._notifications.items():
                if not self._is_kept_awake or each.sees_all:
                    self._wake(at, each)

    def keep_awake(self, *, is_kept: bool = True) -> None:
        """Be a film that begins or ends."""
        with self._lock:
            self._is_kept_awake = is_kept
            for at, each in self._notifications.items():
                if not each.sees_all:
                    self._wake(at, each)

    def plug(self, number: int) -> None:
        """Offer another seat."""
        with self._lock:
            self.offers[number] = (SEAT, 1)
            for link, registry in self._registries:
                _send(link, registry, 0, _global(number, SEAT, 1))

    def unplug(self, number: int) -> None:
        """Take a seat away."""
        with self._lock:
            del self.offers[number]
            for link, registry in self._registries:
                _send(link, registry, 1, struct.pack("=I", number))

    # --- Inside -------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_over:
            ready, _, _ = select.select([self._server, *self._clients], [], [], 0.01)
            with self._lock:
                for link in ready:
                    self._serve(link)
                self._rest()

    def _serve(self, link: socket.socket) -> None:
        if link is self._server:
            client, _ = link.accept()
            self._clients[client] = {1: "display"}
            if self.torn:
                client.sendall(self.torn)
            return
        head = _read(link, 8)
        if not head:
            self._forget(link)
            return
        receiver, word = struct.unpack("=II", head)
        self._answer(
            link, self._clients[link], receiver, word & 0xFFFF, _read(link, (word >> 16) - 8)
        )

    def _forget(self, link: socket.socket) -> None:
        del self._clients[link]
        self._registries = [each for each in self._registries if each[0] is not link]
        for at in [at for at in self._notifications if at[0] is link]:
            del self._notifications[at]
        link.close()

    def _wake(self, at: tuple[socket.socket, int], each: _Notification) -> None:
        if each.is_idle:
            each.is_idle = False
            _send(at[0], at[1], 1)
        each.since_ns = self._clock.boot_ns()

    def _rest(self) -> None:
        now_ns = self._clock.boot_ns()
        for at, each in self._notifications.items():
            is_free = not self._is_kept_awake or each.sees_all
            if is_free and not each.is_idle and now_ns - each.since_ns >= each.rest_ns:
                each.is_idle = True
                self.told_idle += 1
                _send(at[0], at[1], 0)

    def _answer(
        self, link: socket.socket, kinds: dict[int, str], receiver: int, opcode: int, body: bytes
    ) -> None:
        kind = kinds.get(receiver, "")
        if kind == "display" and opcode == 0:
            _send(link, int.from_bytes(body, sys.byteorder), 0, bytes(4))
        elif kind == "display":
            (registry,) = struct.unpack("=I", body)
            kinds[registry] = "registry"
            self._registries.append((link, registry))
            for number, (interface, version) in self.offers.items():
                _send(link, registry, 0, _global(number, interface, version))
        elif kind == "registry":
            (number,) = struct.unpack_from("=I", body)
            (made,) = struct.unpack_from("=I", body, len(body) - 4)
            kinds[made] = self.offers[number][0]
        elif kind == NOTIFIER and opcode in (1, 2):
            made, rest_ms, seat = struct.unpack("=III", body)
            assert kinds[seat] == SEAT
            assert opcode <= self.version
            kinds[made] = "notification"
            self.asked += 1
            each = _Notification(opcode == 2, rest_ms * 1_000_000, self._clock.boot_ns())
            self._notifications[link, made] = each
        elif kind == "notification":
            del self._notifications[link, receiver]


def _read(link: socket.socket, size: int) -> bytes:
    """Return *size* bytes; none where the client left."""
    try:
        return link.recv(size, socket.MSG_WAITALL)
    except OSError:
        return b""


def _global(number: int, interface: str, version: int) -> bytes:
    text = interface.encode() + b"\0"
    padded = text + bytes(-len(text) % 4)
    return struct.pack("=II", number, len(text)) + padded + struct.pack("=I", version)


def _send(link: socket.socket, sender: int, opcode: int, body: bytes = b"") -> None:
    try:
        link.sendall(struct.pack("=II", sender, (8 + len(body)) << 16 | opcode) + body)
    except OSError:
        return  # the client left
