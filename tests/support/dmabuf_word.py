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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_BIND: Final = 0  # request of wl_registry
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
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    links, threads = [listener], []

    def take() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                links.extend((client, server))
                server.connect(upstream)
                known = _Client()
                for ends, heard in (
                    ((client, server), known.asked),
                    ((server, client), known.answered),
                ):
                    threads.append(threading.Thread(target=_pass, args=(*ends, heard)))
                    threads[-1].start()

    taking = threading.Thread(target=take)
    taking.start()
    try:
        yield
    finally:
        _shut(listener)
        taking.join()
        for link in links:
            _shut(link)
        for thread in threads:
            thread.join()
        for link in links:
            link.close()


class _Client:
    """What is known of one client: its manager of pictures, and the sizes of its frames."""

    def __init__(self) -> None:
        self._manager = 0
        self._frames: dict[int, tuple[int, int]] = {}

    def asked(self, message: bytes) -> bytes:
        thing, opcode = _head(message)
        if opcode == _BIND and message[16 : 16 + len(_MANAGER)] == _MANAGER:
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


def _pass(source: socket.socket, sink: socket.socket, heard: Callable[[bytes], bytes]) -> None:
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
    _shut(source)
    _shut(sink)


def _shut(link: socket.socket) -> None:
    with suppress(OSError):  # it may be down already
        link.shutdown(socket.SHUT_RDWR)


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
    """Send *data* and *descriptors*, which may come before the message that is about them."""
    try:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else []
        sink.sendall(data[sink.sendmsg([data], rights) :])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
