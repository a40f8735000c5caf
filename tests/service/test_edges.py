"""What a request can be wrong in by itself, over a real socket."""

from __future__ import annotations

import json
import socket
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.service.test_parts import BEFORE
from tests.service.tracker import Tracker, png, problem
from worklog.errors import ServiceUnreachableError
from worklog.service.problems import TooManyRequestsError, problem_response
from worklog.service.service import Service
from worklog.wire.sync.messages import API


def raw(web: httpx.Client, request: bytes, *, is_cut: bool = False) -> bytes:
    """Send *request* and return the first line of the answer; cut: hang up behind it."""
    parts = urlsplit(str(web.base_url))
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as stream:
        stream.sendall(request)
        if is_cut:
            stream.shutdown(socket.SHUT_WR)
        with stream.makefile("rb") as answer:
            return answer.readline()


def test_f57_half_a_body_is_no_body(service: Service, tracker: Tracker, web: httpx.Client) -> None:
    """F57: the connection ends before the announced length: nothing is kept."""
    part = tracker.part(BEFORE, pictures=(png(),))
    tracker.put(tracker.seal(part))
    head = (
        f"PUT {API}/parts/{part.part_id}/images/0 HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {tracker.account.token}\r\nContent-Type: image/png\r\n"
        f"Content-Length: {len(png())}\r\n\r\n"
    )

    raw(web, head.encode() + png()[:30], is_cut=True)

    assert service.objects.names() == []
    assert tracker.put_picture(part, 0, png()).status_code == 201


def test_t22_a_giant_body_is_refused_before_it_is_read(tracker: Tracker, web: httpx.Client) -> None:
    head = (
        f"POST {API}/parts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {tracker.account.token}\r\nContent-Length: 9999999999\r\n\r\n"
    )

    assert raw(web, head.encode()).startswith(b"HTTP/1.1 413 ")
    chunks = (b"x" * 65_536 for _ in range(20))
    headers = {"Authorization": f"Bearer {tracker.account.token}"}
    assert web.post(f"{API}/parts", content=chunks, headers=headers).status_code == 413


def test_a_device_is_asked_for_before_its_body_is_read(web: httpx.Client) -> None:
    head = f"POST {API}/parts HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"

    assert raw(web, head.encode()).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc", "%00", "a" * 65, "%20", "C:%5cx", "%e2%80%ae", "<x>"]
)
def test_t5_odd_names_of_parts_are_no_parts(tracker: Tracker, name: str) -> None:
    """T5, T13: names are never paths, and odd ones are refused by their form."""
    answer = tracker.ask("PUT", f"/parts/{name}", b"{}")

    assert answer.status_code in {404, 422}
    assert problem(answer).code in {"not-found", "service-rejected"}


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "\x1b[2J", "\uffff"])
def test_texts_that_no_database_holds_are_no_bug(tracker: Tracker, text: str) -> None:
    """G10: PostgreSQL holds no NUL, and UTF-8 no half of a pair."""
    body = json.dumps({"id": text, "text": text}).encode()
    asked = [
        tracker.ask("GET", "/digests?stream=" + quote(text, errors="surrogatepass")),
        tracker.ask("GET", "/digests?week=3&stream=" + quote(text, errors="surrogatepass")),
        tracker.ask("POST", "/feedback", body),
        tracker.ask(
            "POST",
            "/requests",
            json.dumps({"kind": "manual", "contract": text, "text": text}).encode(),
        ),
        tracker.ask("POST", "/weeks/submit", json.dumps({"contract": text, "week": 1}).encode()),
        tracker.ask(
            "POST",
            "/device/code",
            json.dumps({"device": "d", "key": "0" * 64, "name": text, "host": text}).encode(),
        ),
        tracker.ask("POST", "/device/token", json.dumps({"device_code": text}).encode()),
    ]

    assert [answer.status_code for answer in asked if answer.status_code >= 500] == []


@pytest.mark.parametrize(
    "target",
    [
        "/login?next=%00",
        "/join?code=%00",
        "/device?code=%00",
        "/diary/%00",
        "/diary?on=%00",
        "/w/%00/1",
        "/activity?before=%00",
        "/static/%00",
        "/%00",
    ],
)
def test_addresses_with_a_nul_are_no_bug(web: httpx.Client, target: str) -> None:
    answer = raw(web, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    assert 200 <= int(answer.split()[1]) < 500


@pytest.mark.parametrize("position", ["-1", "x", "1000", "99999999999999999999", "1.5"])
def test_odd_positions_are_refused(tracker: Tracker, position: str) -> None:
    answer = tracker.ask("PUT", f"/parts/p/images/{position}", png(), media_type="image/png")

    assert answer.status_code == 422


def test_a_method_that_is_not_there_is_named(tracker: Tracker) -> None:
    answer = tracker.ask("DELETE", "/parts")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_failure_of_the_service_has_a_number_and_no_details(
    service: Service, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T11: a bug's traceback is in the log and not in the answer."""
    from worklog.failpoints import install  # noqa: PLC0415

    def fail(name: str) -> None:
        if name == "service.parts":
            msg = "secret detail"
            raise RuntimeError(msg)

    del monkeypatch
    record = tracker.seal(tracker.part(BEFORE))
    install(fail)
    try:
        answer = tracker.put(record)
    finally:
        install(None)

    assert (answer.status_code, problem(answer).code) == (500, "error")
    assert "secret" not in answer.text
    assert tracker.put(record).status_code == 201
    del service


def test_too_many_requests_say_when_to_come_back() -> None:
    slow = TooManyRequestsError("Slowly.", retry_after=7)

    answer = problem_response(slow)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert problem_response(ServiceUnreachableError("x")).headers["Retry-After"] == "2"


def test_only_a_device_can_send(service: Service, tracker: Tracker) -> None:
    from worklog.service.scope import SYSTEM, Permit  # noqa: PLC0415
    from worklog.service.store import accounts  # noqa: PLC0415

    with service.store.writing(SYSTEM) as scope:
        bare = accounts.grant_token(scope, tracker.account.user, [Permit.INGEST])
        reader = accounts.grant_token(
            scope, tracker.account.user, [Permit.READ], device=tracker.account.device
        )

    for token in (bare, reader):
        answer = tracker.ask("POST", "/parts", b'{"parts":[]}', token=token)
        assert (answer.status_code, problem(answer).code) == (403, "policy")
