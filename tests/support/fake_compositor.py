"""A compositor that speaks just enough Wayland to say who is idle, as newer ones do.

The sway of the tests has only KDE's old idle protocol; this one plays ext-idle-notify-v1
in both versions. Tests play the user: ``act()``; and a film: ``keep_awake()``.
"""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path

NOTIFIER = "ext_idle_notifier_v1"
SEAT = "wl_seat"


@dataclass
class _Notification:
    link: socket.socket
    sees_all: bool
    rest_s: float
    is_idle: bool = False
    timer: threading.Timer | None = None


@dataclass
class FakeCompositor:
    """Listens in *folder* until `kill`.

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
    _links: list[socket.socket] = field(default_factory=list)
    _registries: list[tuple[socket.socket, int]] = field(default_factory=list)
    _notifications: dict[tuple[socket.socket, int], _Notification] = field(default_factory=dict)
    _is_kept_awake: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.offers = self.offers or {1: (SEAT, 7), 2: (NOTIFIER, self.version)}
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
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def kill(self) -> None:
        """Go away, as a compositor that crashed."""
        with self._lock:
            for each in self._notifications.values():
                self._stop(each)
            self._notifications.clear()
            self._registries.clear()
            self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            for link in self._links:
                link.close() if link.fileno() < 0 else link.shutdown(socket.SHUT_RDWR)
            self._links.clear()

    def act(self) -> None:
        """Be the user: one key."""
        with self._lock:
            for key, each in list(self._notifications.items()):
                if not self._is_kept_awake or each.sees_all:
                    self._wake(key, each)

    def keep_awake(self, *, is_kept: bool = True) -> None:
        """Be a film that begins or ends."""
        with self._lock:
            self._is_kept_awake = is_kept
            for key, each in list(self._notifications.items()):
                if not each.sees_all:
                    self._wake(key, each)

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

    def _wake(self, key: tuple[socket.socket, int], each: _Notification) -> None:
        if each.is_idle:
            each.is_idle = False
            _send(*key, 1)
        self._stop(each)
        if not self._is_kept_awake or each.sees_all:
            each.timer = threading.Timer(each.rest_s, self._rest, [key, each])
            each.timer.daemon = True
            each.timer.start()

    def _rest(self, key: tuple[socket.socket, int], each: _Notification) -> None:
        with self._lock:
            if self._notifications.get(key) is each and not each.is_idle:
                each.is_idle = True
                _send(*key, 0)
                self.told_idle += 1

    def _stop(self, each: _Notification) -> None:
        if each.timer is not None:
            each.timer.cancel()
            each.timer = None

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            self._links.append(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        kinds: dict[int, str] = {1: "display"}
        if self.torn:
            link.sendall(self.torn)
        with link, link.makefile("rb") as requests:
            while True:
                try:
                    head = requests.read(8)
                except OSError:
                    return
                if len(head) < 8:
                    return
                receiver, word = struct.unpack("=II", head)
                body = requests.read((word >> 16) - 8)
                with self._lock:
                    self._answer(link, kinds, receiver, word & 0xFFFF, body)

    def _answer(
        self, link: socket.socket, kinds: dict[int, str], receiver: int, opcode: int, body: bytes
    ) -> None:
        kind = kinds.get(receiver, "")
        if kind == "display" and opcode == 0:
            _send(link, *struct.unpack("=I", body), 0, bytes(4))
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
            each = _Notification(link, opcode == 2, rest_ms / 1000)
            self._notifications[link, made] = each
            self._wake((link, made), each)
        elif kind == "notification":
            self._stop(self._notifications.pop((link, receiver)))


def _global(number: int, interface: str, version: int) -> bytes:
    text = interface.encode() + b"\0"
    padded = text + bytes(-len(text) % 4)
    return struct.pack("=II", number, len(text)) + padded + struct.pack("=I", version)


def _send(link: socket.socket, sender: int, opcode: int, body: bytes = b"") -> None:
    try:
        link.sendall(struct.pack("=II", sender, (8 + len(body)) << 16 | opcode) + body)
    except OSError:
        return  # the client left
