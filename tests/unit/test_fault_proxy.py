"""The fault proxy does what its faults say; else the tests behind it would prove nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.support.fake_service import FakeService, serve
from tests.support.fault_proxy import Fault, FaultProxy, html, redirect, response, status

GET = b"GET /api/v1/service HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with serve(FakeService()) as target, FaultProxy(target) as made:
        yield made


def ask(proxy: FaultProxy, request: bytes = GET) -> bytes:
    """Return all bytes that come back until the connection ends or an answer is whole."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as sock:
        found = b""
        try:
            sock.sendall(request)
            while chunk := sock.recv(65536):
                found += chunk
                head, end, body = found.partition(b"\r\n\r\n")
                for line in head.lower().split(b"\r\n") if end else ():
                    if line.startswith(b"content-length:") and int(line[15:]) <= len(body):
                        return found
        except ConnectionResetError:
            return found + b"<reset>"
        return found


def test_without_a_fault_everything_passes(proxy: FaultProxy) -> None:
    answer = ask(proxy)

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"epoch-1" in answer
    assert [seen.line for seen in proxy.seen] == ["GET /api/v1/service HTTP/1.1"]


def test_a_fault_is_for_one_exchange(proxy: FaultProxy) -> None:
    proxy.script([status(503, retry_after="7"), html(), redirect("http://elsewhere")])

    answers = [ask(proxy).partition(b"\r\n")[0] for _ in range(4)]

    assert [answer.split()[1] for answer in answers] == [b"503", b"200", b"302", b"200"]


def test_headers_of_a_scripted_answer_have_their_names() -> None:
    assert b"\r\nretry-after: 7\r\n" in response(429, b"x", retry_after="7")


def test_a_refused_connection_brings_nothing(proxy: FaultProxy) -> None:
    proxy.script([Fault(refuse=True)])

    assert ask(proxy) in (b"", b"<reset>")


def test_a_dropped_reply_reached_the_server(proxy: FaultProxy) -> None:
    proxy.script([Fault(drop_reply=True)])

    assert ask(proxy) in (b"", b"<reset>")
    assert len(proxy.seen) == 1


def test_a_cut_reply_is_half_there(proxy: FaultProxy) -> None:
    proxy.script([Fault(cut_reply=20)])

    assert len(ask(proxy).removesuffix(b"<reset>")) <= 20


def test_a_slow_reply_comes_byte_by_byte_and_whole(proxy: FaultProxy) -> None:
    proxy.script([Fault(slow=0.0001, latency=0.001)])

    assert b"epoch-1" in ask(proxy)


def test_a_cut_request_never_reaches_the_server_whole(proxy: FaultProxy) -> None:
    proxy.script([Fault(cut_request=3)])
    body = b'POST /api/v1/parts HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n{"parts":[]}'

    assert ask(proxy, body) in (b"", b"<reset>")
    assert proxy.seen[0].body == b'{"p'


def test_a_rewritten_reply_is_another(proxy: FaultProxy) -> None:
    proxy.script([Fault(rewrite=lambda reply: reply.replace(b"epoch-1", b"epoch-9"))])

    assert b"epoch-9" in ask(proxy)


def test_a_server_that_is_down_is_a_reset() -> None:
    with FaultProxy(None) as proxy:
        assert ask(proxy) in (b"", b"<reset>")
        proxy.target = ("127.0.0.1", 1)
        assert ask(proxy) in (b"", b"<reset>")
        proxy.target = None
        proxy.script([Fault(cut_request=0)])
        assert ask(proxy) in (b"", b"<reset>")
