"""The client on real sockets, through a proxy that does to it what networks do."""

from __future__ import annotations

import random
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from tests.support.effort import rounds
from tests.support.fake_service import TOKEN, FakeService, serve
from tests.support.fault_proxy import Fault, FaultProxy, html, redirect, response, status
from tests.support.sync_home import Home
from worklog.app.sync_ports import ServiceBusyError
from worklog.clock import SystemClock
from worklog.domain.ids import StreamId
from worklog.errors import (
    NotFoundError,
    ServiceAuthError,
    ServiceProtocolError,
    ServiceRejectedError,
    ServiceUnreachableError,
    VersionRefusedError,
    WorklogError,
)
from worklog.remote.client import DiaryClient, picture_type
from worklog.remote.transport import Transport

REQUESTS = {
    "service": lambda client: client.service(),
    "whoami": lambda client: client.whoami(),
    "changes": lambda client: client.changes(0),
    "parts": lambda client: client.send_parts([]),
    "amendments": lambda client: client.send_amendments([]),
    "picture": lambda client: client.send_picture("p", 0, b"RIFF"),
    "digests": lambda client: client.digests(StreamId("s")),
    "held": lambda client: client.held(StreamId("s"), 1),
}


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def proxy(service: FakeService) -> Iterator[FaultProxy]:
    with serve(service) as target, FaultProxy(target) as made:
        yield made


def client_of(proxy: FaultProxy, *, total_s: float = 10.0, token: str = TOKEN) -> DiaryClient:
    transport = Transport(proxy.url, version="1.0", clock=SystemClock(), total_s=total_s)
    return DiaryClient(transport, token)


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[DiaryClient]:
    made = client_of(proxy)
    yield made
    made.close()


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 507])
def test_f51_trouble_of_the_service_is_passing(
    client: DiaryClient, proxy: FaultProxy, code: int
) -> None:
    proxy.script([status(code)])

    with pytest.raises(ServiceBusyError) as caught:
        client.whoami()

    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("0", 0.0), ("999999999999999999", 999999999.0), ("Mon, 16 Nov 2026", None)],
)
def test_f52_what_a_service_asks_for_is_read(
    client: DiaryClient, proxy: FaultProxy, text: str, seconds: float | None
) -> None:
    proxy.script([status(429, retry_after=text)])

    with pytest.raises(ServiceBusyError) as caught:
        client.whoami()

    if seconds is None:
        assert caught.value.retry_after is None or caught.value.retry_after >= 0
    elif seconds < 10**6:
        assert caught.value.retry_after == seconds
    else:
        assert (caught.value.retry_after or 0) > 10**6


@pytest.mark.parametrize("what", REQUESTS)
@pytest.mark.parametrize("fault", [html(), status(200), status(200, b"null"), status(204)])
def test_f53_a_captive_portal_is_no_service(
    client: DiaryClient, proxy: FaultProxy, what: str, fault: Fault
) -> None:
    proxy.script([fault])

    with pytest.raises(ServiceProtocolError):
        REQUESTS[what](client)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_t12_no_redirect_is_followed_and_the_token_goes_nowhere_else(
    client: DiaryClient, proxy: FaultProxy, code: int
) -> None:
    with FaultProxy(None) as trap:
        proxy.script([redirect(trap.url, code)])

        with pytest.raises(ServiceProtocolError, match="elsewhere"):
            client.whoami()

        assert trap.seen == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(refuse=True),
        Fault(drop_reply=True),
        Fault(cut_reply=10),
        Fault(cut_reply=120),
        Fault(cut_request=0),
        status(200, b"{}" * 10, content_type="application/json", transfer_encoding="chunked"),
        Fault(answer=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Fault(answer=b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
    ],
)
def test_f54_half_an_answer_is_none(client: DiaryClient, proxy: FaultProxy, fault: Fault) -> None:
    proxy.script([fault])

    with pytest.raises((ServiceUnreachableError, ServiceProtocolError)):
        client.whoami()

    assert client.whoami().name == "ada"


@pytest.mark.parametrize("fault", [Fault(slow=0.02), Fault(hang=True), Fault(latency=5)])
def test_f54_a_byte_now_and_then_does_not_hold_the_line(proxy: FaultProxy, fault: Fault) -> None:
    client = client_of(proxy, total_s=0.4)
    proxy.script([fault])
    clock = SystemClock()
    begun = clock.boot_ns()

    with pytest.raises(ServiceUnreachableError, match="in time"):
        client.whoami()

    assert clock.boot_ns() - begun < 3_000_000_000
    client.close()


def test_f58_an_unknown_token_says_to_log_in(client: DiaryClient, service: FakeService) -> None:
    service.tokens.clear()

    with pytest.raises(ServiceAuthError) as caught:
        client.changes(0)

    assert "worklog login" in (caught.value.hint or "")


def test_a_refused_version_is_told(client: DiaryClient, proxy: FaultProxy) -> None:
    proxy.script([status(426)])

    with pytest.raises(VersionRefusedError):
        client.changes(0)


def test_a_problem_keeps_its_code_and_loses_its_escapes(
    client: DiaryClient, proxy: FaultProxy
) -> None:
    body = b'{"code":"not-found","status":404,"detail":"no \\u001b[31mcontract","hint":"Look."}'
    proxy.script([status(404, body)])

    with pytest.raises(NotFoundError) as caught:
        client.send_picture("p", 0, b"\xff\xd8\xff")  # type: ignore[arg-type]  # a name

    assert (str(caught.value), caught.value.hint) == ("no [31mcontract", "Look.")


def test_only_the_right_status_stops_all_syncing(client: DiaryClient, proxy: FaultProxy) -> None:
    body = b'{"code":"service-auth","status":404}'
    proxy.script([status(404, body)])

    with pytest.raises(ServiceRejectedError):
        client.whoami()


def test_an_error_without_a_document_is_not_of_a_diary_service(
    client: DiaryClient, proxy: FaultProxy
) -> None:
    proxy.script([status(404, b"nothing here")])

    with pytest.raises(ServiceProtocolError, match="HTTP 404"):
        client.whoami()


def test_t13_an_answer_has_at_most_one_mebibyte(client: DiaryClient, proxy: FaultProxy) -> None:
    proxy.script([status(200, b" " * (2 << 20))])

    with pytest.raises(ServiceProtocolError, match="1 MiB"):
        client.whoami()


def test_a_picture_that_is_too_large_is_not_sent(client: DiaryClient, proxy: FaultProxy) -> None:
    with pytest.raises(ServiceRejectedError):
        client.send_picture("p", 0, b"R" * (11 << 20))  # type: ignore[arg-type]  # a name

    assert proxy.seen == []


def test_digests_of_another_stream_are_refused(client: DiaryClient, proxy: FaultProxy) -> None:
    proxy.script([Fault(rewrite=lambda reply: reply.replace(b'"stream":"s"', b'"stream":"t"'))])

    with pytest.raises(ServiceProtocolError, match="another stream"):
        client.digests(StreamId("s"))


def test_pictures_are_named_by_what_they_are() -> None:
    kinds = [picture_type(data) for data in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")]

    assert kinds == ["image/png", "image/jpeg", "image/webp"]


def test_t11_the_token_is_in_a_header_and_never_in_an_address(
    client: DiaryClient, proxy: FaultProxy
) -> None:
    client.whoami()
    client.service()

    assert TOKEN.encode() in proxy.seen[0].head
    assert TOKEN not in proxy.seen[0].line
    assert TOKEN.encode() not in proxy.seen[1].head


def test_f53_a_name_that_does_not_resolve_is_out_of_reach() -> None:
    transport = Transport("https://nowhere.invalid", version="1.0", clock=SystemClock())

    with pytest.raises(ServiceUnreachableError, match="cannot be reached"):
        DiaryClient(transport, TOKEN).service()


def test_f70_a_dead_address_of_a_host_costs_little(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server is outside of the process; what it answers is played here."""
    with serve(service) as (host, port):
        found = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("100::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", 1)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)),
        ]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda name, *rest, **more: found if name == "localhost" else real(name, *rest, **more),
        )
        clock = SystemClock()
        begun = clock.boot_ns()

        transport = Transport(f"http://localhost:{port}", version="1.0", clock=clock)
        assert DiaryClient(transport, TOKEN).whoami().name == "ada"

        assert clock.boot_ns() - begun < 3_000_000_000
        transport.close()


# --- TLS (F60, T12, G20) ------------------------------------------------------------------


class TlsServer:
    """Speaks TLS with the certificate it is given and keeps what it was told."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.heard = b""
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            raw, _ = self._socket.accept()
            with raw:
                raw.settimeout(5)
                if self._context is None:
                    raw.sendall(b"plain text\r\n\r\n")
                    self.heard = raw.recv(1)
                    return
                with self._context.wrap_socket(raw, server_side=True) as secure:
                    self.heard = secure.recv(65536)
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()
        self._thread.join(10)


@pytest.mark.parametrize("case", ["expired", "not-yet", "wrong-host", "unknown-authority", "plain"])
def test_f60_t12_without_a_certificate_that_holds_no_byte_is_sent(case: str) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    authority, other = trustme.CA(), trustme.CA()
    now = datetime.now(UTC)  # noqa: TID251 -- what OpenSSL goes by
    certificate = {
        "expired": lambda: authority.issue_cert(
            "localhost", not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)
        ),
        "not-yet": lambda: authority.issue_cert(
            "localhost", not_before=now + timedelta(days=1), not_after=now + timedelta(days=9)
        ),
        "wrong-host": lambda: authority.issue_cert("other.example"),
        "unknown-authority": lambda: other.issue_cert("localhost"),
        "plain": lambda: authority.issue_cert("localhost"),
    }[case]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    server = TlsServer(None if case == "plain" else context)
    transport = Transport(
        f"https://localhost:{server.port}", version="1.0", clock=SystemClock(), tls=trust
    )

    with pytest.raises(ServiceUnreachableError) as caught:
        DiaryClient(transport, TOKEN).whoami()

    server.close()
    transport.close()
    assert TOKEN.encode() not in server.heard
    assert "clock" in (caught.value.hint or "")


# --- Hostile answers (G13) ----------------------------------------------------------------


def hostile(chance: random.Random, honest: bytes) -> bytes:  # noqa: PLR0911 -- one a kind
    """Return bytes that a service would not answer, most of them near to what it would."""
    kind = chance.randrange(7)
    body = honest.partition(b"\r\n\r\n")[2]
    if kind == 0:
        return chance.randbytes(chance.randrange(400))
    if kind == 1:
        depth = chance.randrange(1, 50_000)
        return response(200, b'{"a":' * depth + b"1" + b"}" * depth)
    if kind == 2:
        number = str(10 ** chance.randrange(1, 400)).encode()
        return response(200, body.replace(b"1", number))
    if kind == 3:
        return response(200, body.replace(b'"', b"\x1b[2J\x00", chance.randrange(4)))
    if kind == 4:
        return response(chance.choice([200, 201, 400, 404, 409, 410, 422, 500, 599]), body[:-1])
    if kind == 5:
        spot = chance.randrange(len(body) + 1)
        return response(200, body[:spot] + chance.randbytes(3) + body[spot:])
    return response(200, body.replace(b":", b":[", 1))


def test_g13_whatever_a_hostile_service_answers_is_an_error_of_ours_or_a_value(
    client: DiaryClient, proxy: FaultProxy
) -> None:
    chance = random.Random(13)
    names = [name for name in REQUESTS if name != "picture"]
    said = []
    for number in range(rounds(1_000, long=10_000)):
        proxy.script([Fault(rewrite=lambda reply: hostile(chance, reply))])
        try:
            REQUESTS[names[number % len(names)]](client)
        except WorklogError as error:
            said.append(str(error))

    assert len(said) > 500
    assert all(text.isprintable() for text in said)


def test_g9_lost_replies_leave_one_copy_of_each(
    tmp_path: Path, service: FakeService, proxy: FaultProxy
) -> None:
    home = Home(tmp_path / "home", service)
    for slot in range(4):
        home.pictured(slot)
    chance = random.Random(9)
    faults = [Fault(drop_reply=True), Fault(cut_reply=40), Fault(cut_request=50), Fault()]
    client = client_of(proxy, token=home.token)
    lost = 0
    while home.waiting or lost < rounds(25, long=1_000):
        if not home.waiting:
            home.pictured(home.number)
        proxy.script(chance.choices(faults, k=4))
        try:
            home.sync(client)
        except ServiceUnreachableError:
            lost += 1

    assert len(service.writes) == len(set(service.writes)) == 2 * home.number
    client.close()
