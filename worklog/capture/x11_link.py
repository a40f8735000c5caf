"""A connection to an X server that cannot hang, print or leak.

python-xlib says how requests and replies look on the wire. Its own transport is not
used: it waits for ever on a server that stopped answering, writes to stdout and stderr,
leaves its socket open when a connection fails, and fetches the keyboard map, which
nothing here may know.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from Xlib.protocol import request
from Xlib.protocol.display import ConnectionSetupRequest

from worklog.capture.connection import Connection, ConnectionGoneError

PATIENCE_S: Final = 2.0  # for each answer [s]
ERROR: Final = 0
REPLY: Final = 1
GENERIC_EVENT: Final = 35
PACKET: Final = 32  # bytes of the smallest packet from the server

_DISPLAY: Final = re.compile(
    r"(?:(?:unix|tcp)?/)?(?P<host>[^:/]*):(?P<number>\d+)(?:\.(?P<screen>\d+))?"
)
_COOKIE: Final = b"MIT-MAGIC-COOKIE-1"
_FAMILY_INTERNET, _FAMILY_LOCAL, _FAMILY_WILD = 0, 256, 65535
_LONGEST_REPLY: Final = 1 << 24  # four-byte units would allow 16 GiB
_ORDER: Final = sys.byteorder

# python-xlib has no types: a request class of it, and an answer as one of its structs.
Kind = Any
Answer = Any
Question = tuple[Kind, Mapping[str, object]]
"""A request class and its fields."""


class LinkError(ConnectionGoneError):
    """The X server refused, went away, or did not answer in time."""


class Link(Connection):
    """One connection. Not for use by two threads at once, but for `shut`.

    Args:
        environ: `DISPLAY` names the server, `XAUTHORITY` and `HOME` the cookie's file.
        patience_s: Longest wait for an answer [s].

    Raises:
        LinkError: there is no such server, or it does not let us in.
    """

    def __init__(self, environ: Mapping[str, str], *, patience_s: float = PATIENCE_S) -> None:
        host, number, screen = _parse(environ.get("DISPLAY", ""))
        self.socket = _connect(host, number, patience_s)
        self._sequence = 0
        self._atoms: dict[str, int] = {}
        try:
            self._set_up(_cookie(environ, self.socket, number), screen)
        except BaseException:
            self.socket.close()
            raise

    # --- Asking -----------------------------------------------------------------------

    def tell(self, kind: Kind, **fields: object) -> int:
        """Send a request that has no answer; return its sequence number."""
        return self._send([(kind, fields)])[0]

    def ask(self, kind: Kind, **fields: object) -> Answer | None:
        """Return the answer to one request, or None where the server objects."""
        return self.ask_all([(kind, fields)])[0]

    def ask_all(self, questions: Sequence[Question]) -> list[Answer | None]:
        """Return the answers to many requests in one round trip, None for objections.

        Raises:
            LinkError: the server went away or did not answer in time.
        """
        answers: list[Answer | None] = [None] * len(questions)
        waiting = {number: at for at, number in enumerate(self._send(questions))}
        while waiting:
            packet = self.receive()
            if packet[0] not in (ERROR, REPLY):
                continue  # some events go to everybody
            at = waiting.pop(int.from_bytes(packet[2:4], _ORDER), None)
            if at is not None and packet[0] == REPLY:
                answers[at] = questions[at][0]._reply.parse_binary(packet, self)[0]  # noqa: SLF001 -- the library's only description of it
        return answers

    def receive(self) -> bytes:
        """Return the next whole packet from the server."""
        head = self._read(PACKET)
        if head[0] in (REPLY, GENERIC_EVENT):
            length = int.from_bytes(head[4:8], _ORDER)
            if length > _LONGEST_REPLY:
                msg = "the X server announced an absurdly long answer"
                raise LinkError(msg)
            return head + self._read(4 * length)
        return head

    def atoms(self, *names: str) -> list[int]:
        """Return the numbers of *names*, 0 for those that the server has never heard."""
        new = [name for name in names if name not in self._atoms]
        found = self.ask_all([(request.InternAtom, {"only_if_exists": 1, "name": n}) for n in new])
        self._atoms.update(
            (name, reply.atom if reply is not None else 0)
            for name, reply in zip(new, found, strict=True)
        )
        return [self._atoms[name] for name in names]

    def extension(self, name: str) -> int:
        """Return the major opcode of an extension, 0 where the server lacks it."""
        reply = self.ask(request.QueryExtension, name=name)
        return reply.major_opcode if reply is not None and reply.present else 0

    def new_id(self) -> int:
        """Return an unused resource id: the first of ours, so call it once."""
        return self._id_base

    def get_resource_class(self, _name: str, default: None = None) -> None:
        """Tell python-xlib's parser that windows are plain numbers here."""
        return default

    # --- The wire ---------------------------------------------------------------------

    def _send(self, questions: Sequence[Question]) -> list[int]:
        numbers = [(self._sequence + n) & 0xFFFF for n in range(1, len(questions) + 1)]
        payload = b"".join(kind._request.to_binary(**fields) for kind, fields in questions)  # noqa: SLF001 -- likewise
        try:
            self.socket.sendall(payload)
        except OSError as error:
            raise LinkError(_reason(error)) from error
        self._sequence = numbers[-1] if numbers else self._sequence
        return numbers

    def _read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size > 0:
            try:
                piece = self.socket.recv(size)
            except OSError as error:
                raise LinkError(_reason(error)) from error
            if not piece:
                msg = "the X server closed the connection"
                raise LinkError(msg)
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _set_up(self, cookie: bytes, screen: int) -> None:
        name = _COOKIE if cookie else b""
        order = 0x6C if _ORDER == "little" else 0x42
        hello = struct.pack("=BxHHHHxx", order, 11, 0, len(name), len(cookie))
        try:
            self.socket.sendall(hello + _padded(name) + _padded(cookie))
        except OSError as error:
            raise LinkError(_reason(error)) from error
        head = self._read(8)
        body = self._read(4 * int.from_bytes(head[6:8], _ORDER))
        if head[0] != 1:
            said = body[: head[1]] if head[0] == 0 else body
            reason = said.rstrip(b"\0\n").decode("ascii", "replace")
            msg = f"the X server refused: {reason}"
            raise LinkError(msg)
        setup = ConnectionSetupRequest._success_reply.parse_binary(body, self)[0]  # noqa: SLF001 -- the library's only description of it
        self._id_base: int = setup.resource_id_base
        roots = setup.roots
        self.root: int = roots[screen if screen < len(roots) else 0].root


def _parse(display: str) -> tuple[str, int, int]:
    found = _DISPLAY.fullmatch(display)
    if found is None:
        msg = f"DISPLAY={display!r} names no X server"
        raise LinkError(msg)
    return found["host"], int(found["number"]), int(found["screen"] or 0)


def _connect(host: str, number: int, patience_s: float) -> socket.socket:
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 -- where X servers listen
    addresses: list[tuple[int, str | tuple[str, int]]] = (
        [(socket.AF_INET, (host, 6000 + number))]
        if host and host != "unix"
        else [(socket.AF_UNIX, path), (socket.AF_UNIX, f"\0{path}")]
    )
    reason = ""
    for family, address in addresses:
        link = socket.socket(family, socket.SOCK_STREAM)
        link.settimeout(patience_s)
        try:
            link.connect(address)
        except (OSError, OverflowError, UnicodeError) as error:  # a port or host that cannot be
            link.close()
            reason = reason or _reason(error)
        else:
            return link
    msg = f"no X server answers at {host}:{number}: {reason}"
    raise LinkError(msg)


def _cookie(environ: Mapping[str, str], link: socket.socket, number: int) -> bytes:
    """Return the MIT cookie for this server; empty without one."""
    file = environ.get("XAUTHORITY") or f"{environ.get('HOME', '')}/.Xauthority"
    try:
        data = Path(file).read_bytes()
    except OSError:
        return b""
    families = {_FAMILY_WILD: b"", _FAMILY_LOCAL: os.uname().nodename.encode()}
    if link.family == socket.AF_INET:
        families[_FAMILY_INTERNET] = socket.inet_aton(link.getpeername()[0])
    for family, address, display, name, cookie in _entries(data):
        is_ours = family == _FAMILY_WILD or families.get(family) == address
        if is_ours and display in (b"", str(number).encode()) and name == _COOKIE:
            return cookie
    return b""


def _entries(data: bytes) -> list[tuple[int, bytes, bytes, bytes, bytes]]:
    """Return the entries of an .Xauthority file, up to where it is broken.

    Layout as in Xau(3): a family, then four counted fields, big-endian.
    """
    entries, at = [], 0
    while at + 2 <= len(data):
        family = int.from_bytes(data[at : at + 2], "big")
        at += 2
        fields = []
        for _ in range(4):
            size = int.from_bytes(data[at : at + 2], "big")
            fields.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        if at > len(data):
            break
        entries.append((family, fields[0], fields[1], fields[2], fields[3]))
    return entries


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the X server does not answer"
    said = error.strerror if isinstance(error, OSError) else str(error)
    return said or type(error).__name__
