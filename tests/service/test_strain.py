"""What a `worklog serve` stands while a tracker sends to it: slow and greedy clients (T22)."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import httpx
import pytest

from tests.service.conftest import ACME, Backend
from tests.service.test_processes import Worker, serving
from tests.service.tracker import Tracker, account, later, png
from tests.support.until import until
from worklog.clock import SystemClock
from worklog.service.connections import HEAD_S
from worklog.service.service import Service
from worklog.wire.sync.messages import API

SLOW = 200
GIANTS = 50
GOOD = 60
_MEGABYTE = b"x" * 1_000_000


@pytest.fixture
def here(backend: Backend) -> Iterator[Service]:
    """The same service in this process, by the real clock."""
    opened = Service.open(backend.settings, clock=SystemClock())
    yield opened
    opened.close()


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)


@contextmanager
def dawdling(address: str, number: int) -> Iterator[list[socket.socket]]:
    """Give connections of which each sends a byte of its head a second and never ends it."""
    is_over = Event()
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        slow = [stack.enter_context(connected(address)) for _ in range(number)]
        for one in slow:
            one.sendall(b"GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: ")

        def drip() -> None:
            while not is_over.wait(1):
                for one in slow:
                    with suppress(OSError):
                        one.sendall(b"x")

        pool.submit(drip)
        try:
            yield slow
        finally:
            is_over.set()


def send_giant(address: str, token: str, number: int) -> bytes:
    """Send far more than anybody may, as fast as it goes; return the first line of the answer."""
    length = b"Content-Length: 99000000" if number % 2 else b"Transfer-Encoding: chunked"
    with connected(address) as one:
        one.sendall(
            f"POST {API}/parts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n".encode()
            + length
            + b"\r\n\r\n"
        )
        with suppress(OSError):
            for _ in range(99):
                one.sendall(_MEGABYTE if number % 2 else b"f4240\r\n" + _MEGABYTE + b"\r\n")
        with suppress(OSError):
            return one.makefile("rb").readline()
    return b""


def peak_kb(worker: Worker) -> int:
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1])


def is_let_go(one: socket.socket) -> bool:
    one.settimeout(0.01)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_t22_slow_and_giant_requests_hold_no_tracker_up(here: Service, backend: Backend) -> None:
    """T22: 200 connections that dawdle and 50 giant bodies; a tracker goes on meanwhile."""
    ann = account(here, "ann", ACME)
    clock = SystemClock()
    start = clock.now() - timedelta(days=1)
    seconds = []
    with (
        serving(backend) as worker,
        httpx.Client(base_url=worker.address, timeout=30) as web,
        dawdling(worker.address, SLOW) as slow,
        ThreadPoolExecutor(5) as pool,
    ):
        tracker = Tracker(ann, web)
        giants = [
            pool.submit(send_giant, worker.address, ann.token, number) for number in range(GIANTS)
        ]
        for number in range(GOOD):
            part = tracker.part(later(start, 10 * number), pictures=(png(),))
            record = tracker.seal(part)
            before_ns = clock.boot_ns()
            answers = [tracker.put(record), tracker.put_picture(part, 0, png())]
            seconds.append((clock.boot_ns() - before_ns) / 1e9)
            assert [answer.status_code for answer in answers] == [201, 201]

        answered = [giant.result() for giant in giants]
        until(lambda: all(map(is_let_go, slow)), within_s=HEAD_S + 20)
        assert web.get("/login").status_code == 200
        peak = peak_kb(worker)

    assert sorted(seconds)[int(GOOD * 0.95)] < 1
    assert peak < 400_000
    # A connection that was cut while it still sent may lose the answer to it.
    assert {line[:13] for line in answered if line} == {b"HTTP/1.1 413 "}
