"""Connections that do not wait for ever: who sends a request slowly is let go (T22).

uvicorn bounds how long a connection may idle between two requests, and not how long a
request may take to arrive. Without that a few hundred connections that send a byte now
and then would use up all that the service may have.
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S: Final = 10  # for the head of a request to be there whole [s]
# For its body: a picture of 10 MiB, the largest there is, at 35 kB a second [s].
BODY_S: Final = 300

_PATIENCE: Final[dict[object, int]] = {h11.IDLE: HEAD_S, h11.SEND_BODY: BODY_S}


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with an end to each wait for what the other side sends."""

    _waits_for: object = None  # the state of the other side that is timed; h11 names no type
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take in *data*, and go on waiting for what is not there yet."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_for(None)
        super().connection_lost(exc)

    def _watch(self) -> None:
        state = self.conn.their_state
        self._wait_for(state if state in _PATIENCE else None)

    def _wait_for(self, state: object) -> None:
        if state is self._waits_for:
            return
        if self._end is not None:
            self._end.cancel()
        self._waits_for = state
        self._end = (
            None if state is None else self.loop.call_later(_PATIENCE[state], self.transport.abort)
        )
