"""Counting input on X11 through the RECORD extension, without ever knowing a key (R7).

The server sends events as they come from the devices; of each only the type is read,
and of a released button whether it was one of the wheel's. Releases are counted: a held
key repeats its press but is released once. Pointer movement is not asked for, so it
costs nothing here. The buffer is wiped after each reading, so that not even a memory
dump holds what was typed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from Xlib.ext import record

from worklog.app.ports import Reading
from worklog.capture.connection import Listener
from worklog.capture.x11_link import GENERIC_EVENT, PACKET, REPLY, Link, LinkError
from worklog.capture.x11_session import refusal

KEY_RELEASE: Final = 3  # core protocol event types
BUTTON_RELEASE: Final = 5
START_OF_DATA: Final = 4  # categories of what RECORD sends
END_OF_DATA: Final = 5
WHEEL: Final = range(4, 8)  # buttons: up, down, left, right

_BUFFER: Final = 1 << 16  # a packet of RECORD is 1 KiB and a little (xserver, record.c)
_EVENT: Final = 32  # bytes of an event inside a packet
_NOTHING: Final = (0, 0)
_ORDER: Final = sys.byteorder


class XRecordInput:
    """Counts key presses, clicks and wheel notches of one X server."""

    name = "x11-record"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._tally = Tally()
        self._listener: _Listener | None = None

    def unavailable_reason(self) -> str | None:
        """Return why input cannot be counted this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            with Link(self._environ) as link:
                has_record = link.extension(record.extname)
        except LinkError as error:
            return str(error)
        return None if has_record else "the X server has no RECORD extension"

    def start(self) -> None:
        """Begin to listen, or again after the server went away; figures go on.

        Waits shortly for the server; one that does not answer is waited for in the
        background, by one thread however often this is called.
        """
        if self._listener is not None and self._listener.is_alive():
            return
        self._listener = _Listener(self._environ, self._tally)
        self._listener.begin()

    def read(self) -> Reading:
        """Return the figures so far."""
        keys, clicks, scrolls = self._tally.keys, self._tally.clicks, self._tally.scrolls
        listener = self._listener
        return Reading(
            keys=keys,
            clicks=clicks,
            scrolls=scrolls,
            events=keys + clicks + scrolls,
            is_alive=listener is not None and listener.is_listening and listener.is_alive(),
        )

    def stop(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None


class Tally:
    """Three counters and the little that has to be known of the wire to raise them."""

    def __init__(self) -> None:
        self.keys = 0
        self.clicks = 0
        self.scrolls = 0

    def feed(self, buffer: bytearray, size: int) -> int:
        """Count what is in the first *size* bytes; return how many were whole packets.

        Raises:
            LinkError: the recording ended.
        """
        start = 0
        while size - start >= PACKET:
            end = start + PACKET
            if buffer[start] in (REPLY, GENERIC_EVENT):
                end += 4 * int.from_bytes(buffer[start + 4 : start + 8], _ORDER)
            if end > size:
                break
            if buffer[start] == REPLY:
                if buffer[start + 1] == END_OF_DATA:
                    msg = "somebody switched the recording off"
                    raise LinkError(msg)
                for event in range(start + PACKET, end, _EVENT):
                    self.count(buffer, event)
            start = end
        return start

    def count(self, buffer: bytearray, event: int) -> None:
        """Count the event that begins at *event*."""
        kind = buffer[event]
        if kind == KEY_RELEASE:
            self.keys += 1
        elif kind == BUTTON_RELEASE:
            if buffer[event + 1] in WHEEL:
                self.scrolls += 1
            else:
                self.clicks += 1


class _Listener(Listener[Link]):
    """Counts what one recording of the server tells."""

    def __init__(self, environ: Mapping[str, str], tally: Tally) -> None:
        super().__init__("x11-input")
        self._environ = environ
        self._tally = tally

    def connect(self) -> Link:
        return Link(self._environ)

    def ask(self, connection: Link) -> bool:
        """Switch recording on; return whether the server does it."""
        link = connection
        opcode = link.extension(record.extname)
        if not opcode:
            return False
        context = link.new_id()
        link.tell(
            record.CreateContext,
            opcode=opcode,
            context=context,
            element_header=0,
            clients=(record.AllClients,),
            ranges=(_range(KEY_RELEASE), _range(BUTTON_RELEASE)),
        )
        number = link.tell(record.EnableContext, opcode=opcode, context=context)
        while True:
            packet = link.receive()
            is_answer = int.from_bytes(packet[2:4], _ORDER) == number
            if packet[0] == REPLY and is_answer:
                return packet[1] == START_OF_DATA
            if packet[0] == 0:  # an objection to one of the two
                return False

    def listen(self, connection: Link) -> None:
        connection.socket.settimeout(None)
        buffer = bytearray(_BUFFER)
        view, kept = memoryview(buffer), 0
        blank = bytes(_BUFFER)
        while kept < _BUFFER:
            got = connection.socket.recv_into(view[kept:])
            if got == 0:
                return
            size = kept + got
            used = self._tally.feed(buffer, size)
            kept = size - used
            view[:kept] = view[used:size]
            view[kept:size] = blank[kept:size]


def _range(kind: int) -> dict[str, object]:
    """Return a RECORD range of one kind of device event and nothing else."""
    return {
        "core_requests": _NOTHING,
        "core_replies": _NOTHING,
        "ext_requests": (0, 0, 0, 0),
        "ext_replies": (0, 0, 0, 0),
        "delivered_events": _NOTHING,
        "device_events": (kind, kind),
        "errors": _NOTHING,
        "client_started": False,
        "client_died": False,
    }
