"""A compositor's socket once more, on which each picture could be had by a graphics card.

xdg-desktop-portal-wlr 0.7.0 refuses a compositor that offers plain memory alone, as one
without a graphics card does, although plain memory is what it takes then. So the missing
word, `linux_dmabuf`, is put before each `buffer_done` of zwlr_screencopy_frame_v1.
Everything else passes as it is, in both directions, descriptors too.
"""

from __future__ import annotations

import array
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_REGISTRY_BIND: Final = 0  # request of wl_registry
_MANAGER: Final = b"zwlr_screencopy_manager_v1\0"
_CAPTURES: Final = (0, 1)  # requests of the manager that make a frame
_BUFFER, _DMABUF, _DONE = 0, 5, 6  # events of a frame
_XRGB8888: Final = 0x34325258  # fourcc of drm_fourcc.h
_LARGEST: Final = 65536
_DESCRIPTORS: Final = socket.CMSG_SPACE(28 * 4)
_HEAD: Final = struct.Struct("=II")


@contextmanager
def with_dmabuf_word(upstream: str, path: Path) -> Iterator[None]:
    """Serve the compositor at the socket *upstream* at *path* too."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        links: list[socket.socket] = [listener]
        taking = threading.Thread(target=_take, args=(listener, upstream, links), daemon=True)
        taking.start()
        try:
            yield
        finally:
            for link in links:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
            taking.join(5)


def _take(listener: socket.socket, upstream: str, links: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(upstream)
            links += [client, server]
            told = _Client()
            asking = threading.Thread(target=_pass, args=(client, server, told.asked), daemon=True)
            telling = threading.Thread(
                target=_pass, args=(server, client, told.answered), daemon=True
            )
            asking.start()
            telling.start()


class _Client:
    """What is known of one client: its manager of pictures, and the sizes of its frames."""

    def __init__(self) -> None:
        self._manager = 0
        self._frames: dict[int, tuple[int, int]] = {}

    def asked(self, message: bytes) -> bytes:
        thing, opcode = _head(message)
        if opcode == _REGISTRY_BIND and message[16 : 16 + len(_MANAGER)] == _MANAGER:
            self._manager = int(struct.unpack("=I", message[-4:])[0])
        elif thing == self._manager and opcode in _CAPTURES:
            self._frames[struct.unpack_from("=I", message, 8)[0]] = (0, 0)
        return message

    def answered(self, message: bytes) -> bytes:
        thing, opcode = _head(message)
        if thing not in self._frames:
            return message
        if opcode == _BUFFER:
            self._frames[thing] = struct.unpack_from("=II", message, 12)
        if opcode != _DONE:
            return message
        word = struct.pack("=IIIII", thing, 20 << 16 | _DMABUF, _XRGB8888, *self._frames.pop(thing))
        return word + message


def _head(message: bytes) -> tuple[int, int]:
    thing, size_and_opcode = _HEAD.unpack_from(message)
    return thing, size_and_opcode & 0xFFFF


def _pass(source: socket.socket, sink: socket.socket, heard) -> None:
    waiting = b""
    with suppress(OSError):
        while True:
            data, ancillary, _, _ = source.recvmsg(_LARGEST, _DESCRIPTORS)
            descriptors = array.array("i")
            for _, _, found in ancillary:
                descriptors.frombytes(found)
            if not data:
                break
            messages, waiting = _split(waiting + data)
            _send(sink, b"".join(map(heard, messages)), descriptors)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the whole messages in *data*, and what is left of it."""
    messages, end = [], 0
    while len(data) - end >= _HEAD.size:
        size = _HEAD.unpack_from(data, end)[1] >> 16
        if len(data) - end < size:
            break
        messages.append(data[end : end + size])
        end += size
    return messages, data[end:]


def _send(sink: socket.socket, data: bytes, descriptors: array.array[int]) -> None:
    """Send *data*; the descriptors go with its first byte, which may be too early only."""
    try:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else []
        sink.sendall(data[sink.sendmsg([data], rights) :])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
