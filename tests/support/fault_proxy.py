"""A TCP proxy that does to HTTP what networks do: the faults F51 to F57 on real sockets.

It runs an asyncio loop in a thread of its own and knows just enough of HTTP/1.1 to tell
one exchange from the next: a fault is for one exchange. Faults are given in order, or by
what is asked; when there are none left, everything passes. With several servers behind it,
it is the balancer too.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one exchange. Without anything set it passes.

    Attributes:
        latency: Before the answer is sent [s].
        refuse: Close the connection before anything is read.
        cut_request: Pass this many bytes of the request, then reset; the server never
            sees the rest.
        drop_reply: The server gets the whole request and answers; the answer is lost.
        cut_reply: Pass this many bytes of the answer, then reset.
        slow: Send the answer in single bytes, one each so many seconds [s].
        answer: Send this in place of asking the server.
        hang: Read the request and never answer.
        rewrite: Change the answer's bytes on the way.
    """

    latency: float = 0.0
    refuse: bool = False
    cut_request: int | None = None
    drop_reply: bool = False
    cut_reply: int | None = None
    slow: float = 0.0
    answer: bytes | None = None
    hang: bool = False
    rewrite: Callable[[bytes], bytes] | None = None


PASS = Fault()


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    """Answer with *code* and not ask the server."""
    return Fault(answer=response(code, body, **headers))


def html(body: bytes = b"<html>Welcome to the hotel. <a href='/'>Log in</a></html>") -> Fault:
    """Be a captive portal (F53)."""
    return Fault(answer=response(200, body, content_type="text/html"))


def redirect(to: str, code: int = 302) -> Fault:
    return Fault(answer=response(code, location=to))


def response(code: int, body: bytes = b"", **headers: str) -> bytes:
    """Return the bytes of a whole HTTP answer."""
    fields = {"content_type": "application/json", **headers, "content_length": str(len(body))}
    lines = [f"HTTP/1.1 {code} Status", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join(lines).encode() + _HEAD_END + body


@dataclass(slots=True)
class Seen:
    """One exchange as the proxy saw it: the request's head and body, as far as they came."""

    head: bytes = b""
    body: bytes = b""

    @property
    def line(self) -> str:
        return self.head.partition(b"\r\n")[0].decode("latin-1")


@dataclass(slots=True)
class FaultProxy:
    """Listens on a free port of the loopback and passes on to *target*.

    Attributes:
        target: Host and port of the server; None for a server that is down.
        others: More servers of the same kind, asked in turn with it.
        faults: For the exchanges to come.
        decide: The fault of an exchange that none was given for, by its request line.
        look: Shown each request with its body, which is then let go of; for long runs.
        seen: Exchanges so far; without their bodies where somebody looks.
    """

    target: tuple[str, int] | None
    others: tuple[tuple[str, int], ...] = ()
    faults: deque[Fault] = field(default_factory=deque)
    decide: Callable[[str], Fault] = field(default=lambda _: PASS)
    look: Callable[[Seen], None] | None = None
    seen: list[Seen] = field(default_factory=list)
    port: int = 0
    _turn: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, faults: Iterable[Fault]) -> None:
        """Let the exchanges to come have *faults*, in order."""
        self.faults.extend(faults)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def begin() -> None:
            self._server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self.port = self._server.sockets[0].getsockname()[1]
            ready.set()

        self._loop.run_until_complete(begin())
        self._loop.run_forever()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        with suppress(OSError, RuntimeError):
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Carry out one exchange; return whether the connection lives on."""
        first = await reader.read(1)
        if not first:
            return False
        fault = self.faults.popleft() if self.faults else PASS
        seen = Seen()
        self.seen.append(seen)
        if fault.refuse:
            _reset(writer)
            return False
        seen.head = first + await reader.readuntil(_HEAD_END)
        if fault is PASS:
            fault = self.decide(seen.line)
        length = _length(seen.head)
        if fault.cut_request is not None:
            seen.body = await reader.readexactly(min(length, fault.cut_request))
            await self._begin_request(seen)
            _reset(writer)
            return False
        seen.body = await reader.readexactly(length)
        if fault.hang:
            await asyncio.Event().wait()
        reply = fault.answer if fault.answer is not None else await self._ask(seen)
        if reply is None:
            _reset(writer)
            return False
        if fault.rewrite is not None:
            # What comes out may have no end but that of the connection.
            reply = fault.rewrite(reply.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        await asyncio.sleep(fault.latency)
        return await self._reply(writer, reply, fault)

    async def _reply(self, writer: asyncio.StreamWriter, reply: bytes, fault: Fault) -> bool:
        if fault.drop_reply or fault.cut_reply is not None:
            writer.write(reply[: fault.cut_reply or 0])
            with suppress(OSError):
                await writer.drain()
            _reset(writer)
            return False
        if fault.slow:
            for position in range(len(reply)):
                writer.write(reply[position : position + 1])
                await writer.drain()
                await asyncio.sleep(fault.slow)
        else:
            writer.write(reply)
            await writer.drain()
        return fault.answer is None and fault.rewrite is None

    async def _begin_request(self, seen: Seen) -> None:
        """Give the server the half of a request that came, and go away."""
        if self.target is None:
            return
        with suppress(OSError):
            _, writer = await asyncio.open_connection(*self.target)
            writer.write(seen.head + seen.body)
            await writer.drain()
            writer.close()

    async def _ask(self, seen: Seen) -> bytes | None:
        """Return the server's whole answer; None if it does not answer."""
        if self.look is not None:
            self.look(seen)
        if self.target is None:
            return None
        servers = (self.target, *self.others)
        self._turn += 1
        try:
            reader, writer = await asyncio.open_connection(*servers[self._turn % len(servers)])
        except OSError:
            return None
        try:
            writer.write(seen.head + seen.body)
            await writer.drain()
            head = await reader.readuntil(_HEAD_END)
            return head + await reader.readexactly(_length(head))
        except (OSError, EOFError):
            return None
        finally:
            if self.look is not None:
                seen.body = b""
            writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a cable that is pulled and put back does to a connection."""
    transport = writer.transport
    transport.abort()
