"""A diary service in memory, honest and small: it keeps the promises that matter to a tracker.

`FakeService` is the state; `FakeGateway` speaks to it as one device and passes the suite
of `tests/contract/test_gateway.py`; `serve` puts it behind a real socket, for the client.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from worklog.domain.amendment import Delete
from worklog.domain.canonical import Json, canonical
from worklog.domain.evidence import Record, field_states
from worklog.domain.grid import Slot
from worklog.domain.ids import PartId, StreamId
from worklog.errors import (
    ConflictError,
    ErasedError,
    NotFoundError,
    ServiceAuthError,
    ServiceRejectedError,
    WorklogError,
)
from worklog.wire.amendment import decode_amendment
from worklog.wire.feedback import decode_feedback, encode_feedback, encode_taken
from worklog.wire.part import decode_part
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.account import (
    DeviceCode,
    Service,
    Whoami,
    decode_device_request,
    encode_device_code,
    encode_service,
    encode_whoami,
)
from worklog.wire.sync.changes import Change, ChangesPage, encode_change, encode_changes
from worklog.wire.sync.digests import (
    Digest,
    HeldPart,
    StreamDigests,
    WeekDigest,
    digest_week,
    encode_digests,
    encode_held,
)
from worklog.wire.sync.messages import API, PROBLEM_TYPE, read_message
from worklog.wire.sync.receipts import Receipt, ReceiptOf, SignedReceipt, encode_receipt, key_id
from worklog.wire.sync.results import Problem, Result, encode_problem, encode_results
from worklog.wire.sync.uploads import (
    amendment_digest,
    decode_amendments,
    decode_parts,
    decode_upload,
    picture_name,
)

TOKEN = "token-of-the-first-device"
USER_CODE = "WDJB-MJHT"
DEVICE_CODE = "device-code-of-128-bits"


@dataclass(slots=True)
class FakeService:
    """What a service knows.

    Attributes:
        contracts: Of which it takes parts.
        parts: By id, with the stream and slot of their header.
        pictures: By part and position.
        erased: Ids of parts that are not taken any more.
        feed: Changes that devices read.
        refusal: While set, every request with a token is refused with it.
        polls: Answers to polls of the login, in order: "" for a token, else an error.
        origin: Address that pages of the login are on.
        writes: Everything that was taken in, with doubles, to look for them.
        reports: Of problems, by id.
    """

    contracts: set[str] = field(default_factory=set)
    now: datetime = datetime(2026, 11, 16, 12, tzinfo=UTC)
    epoch: str = "epoch-1"
    signing: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    )
    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: "device-1"})
    parts: dict[str, Record] = field(default_factory=dict)
    pictures: dict[tuple[str, int], bytes] = field(default_factory=dict)
    amendments: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    receipts: dict[tuple[str, str], SignedReceipt] = field(default_factory=dict)
    feed: list[Change] = field(default_factory=list)
    refusal: WorklogError | None = None
    tracker_from: str = "0.1"
    tracker_below: str = ""
    polls: list[str] = field(default_factory=list)
    origin: str = ""
    writes: list[tuple[str, str]] = field(default_factory=list)
    reports: dict[str, Mapping[str, Json]] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        return self.signing.public_key().public_bytes_raw()

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            self.signing.public_key().verify(signature, message)
        except Exception:  # noqa: BLE001 -- InvalidSignature, whatever the version
            return False
        return True

    def copy(self) -> FakeService:
        """Return a backup of what it has now."""
        return FakeService(
            contracts=set(self.contracts),
            now=self.now,
            signing=self.signing,
            tokens=dict(self.tokens),
            parts=dict(self.parts),
            pictures=dict(self.pictures),
            amendments=dict(self.amendments),
            erased=set(self.erased),
            receipts=dict(self.receipts),
            feed=list(self.feed),
        )

    def restore(self, backup: FakeService, epoch: str) -> None:
        """Become *backup*, in a new epoch."""
        self.parts, self.pictures = backup.parts, backup.pictures
        self.amendments, self.erased = backup.amendments, backup.erased
        self.receipts, self.feed, self.epoch = backup.receipts, backup.feed, epoch

    def device_of(self, token: str) -> str:
        if self.refusal is not None:
            raise self.refusal
        if token not in self.tokens:
            msg = "unknown token"
            raise ServiceAuthError(msg)
        return self.tokens[token]

    def description(self) -> Service:
        return Service(
            name="Fake diary",
            epoch=self.epoch,
            key=self.key,
            version="1.0",
            tracker_from=self.tracker_from,
            tracker_below=self.tracker_below,
            now=self.now,
        )

    # --- Ingest -------------------------------------------------------------------------

    def take_part(self, record: Record) -> SignedReceipt:
        part = decode_part(record.header, record.fields)
        if part.part_id in self.erased:
            msg = "erased"
            raise ErasedError(msg)
        if part.contract not in self.contracts:
            msg = "unknown contract"
            raise NotFoundError(msg)
        if "broken" in field_states(record).values():
            msg = "a commitment does not hold"
            raise ServiceRejectedError(msg)
        known = self.parts.get(part.part_id)
        if known is not None and known.header != record.header:
            msg = "other content"
            raise ConflictError(msg)
        if known is None:
            self.parts[part.part_id] = record
            self.writes.append(("part", part.part_id))
        return self._receipt(ReceiptOf.PART, part.part_id, record.digest)

    def take_picture(self, part: str, position: int, data: bytes) -> SignedReceipt:
        if part in self.erased:
            msg = "erased"
            raise ErasedError(msg)
        if part not in self.parts:
            msg = "unknown part"
            raise NotFoundError(msg)
        if not data:
            msg = "an empty picture"
            raise ServiceRejectedError(msg)
        if self.pictures.get((part, position)) != data:
            self.pictures[part, position] = data
            self.writes.append(("image", picture_name(PartId(part), position)))
        digest = hashlib.sha256(data).hexdigest()
        return self._receipt(ReceiptOf.IMAGE, picture_name(PartId(part), position), digest)

    def take_amendment(self, text: str) -> SignedReceipt:
        amendment = decode_amendment(text)
        known = self.amendments.get(amendment.amendment_id)
        if known is not None and known != text:
            msg = "other content"
            raise ConflictError(msg)
        if known is None:
            self.writes.append(("amendment", amendment.amendment_id))
        self.amendments[amendment.amendment_id] = text
        if isinstance(amendment.change, Delete):
            for part in amendment.change.parts:
                self.erased.add(part)
                for key in [key for key in self.pictures if key[0] == part]:
                    del self.pictures[key]
        return self._receipt(ReceiptOf.AMENDMENT, amendment.amendment_id, amendment_digest(text))

    def _receipt(self, of: ReceiptOf, name: str, digest: str) -> SignedReceipt:
        stored = self.receipts.get((of.value, name))
        if stored is not None and stored.receipt.digest == digest:
            return stored
        content = Receipt(of, name, digest, self.now, self.epoch, key_id(self.key)).content
        signed = SignedReceipt(content, self.signing.sign(content.encode()))
        self.receipts[of.value, name] = signed
        return signed

    # --- Looking ------------------------------------------------------------------------

    def page(self, after: int, limit: int = 2) -> ChangesPage:
        items = tuple(self.feed[after : after + limit])
        following = min(max(after, 0), len(self.feed)) + len(items)
        return ChangesPage(self.epoch, following, following < len(self.feed), items)

    def held(self, stream: str, week: int | None = None) -> list[tuple[int, HeldPart]]:
        found = []
        for name, record in sorted(self.parts.items()):
            header = Reader.of_text(record.header.decode(), "header")
            its_week = digest_week(Slot(header.integer("slot")))
            if header.text("stream") == stream and week in (None, its_week):
                pictures = tuple(
                    (position, hashlib.sha256(data).hexdigest())
                    for (part, position), data in sorted(self.pictures.items())
                    if part == name
                )
                found.append((its_week, HeldPart(PartId(name), record.digest, pictures)))
        return found

    def digests(self, stream: str, device: str) -> StreamDigests:
        weeks: dict[int, list[HeldPart]] = {}
        for week, part in self.held(stream):
            weeks.setdefault(week, []).append(part)
        return StreamDigests(
            self.epoch,
            StreamId(stream),
            tuple(
                WeekDigest(
                    week,
                    Digest.of(part.digest for part in parts),
                    Digest.of(digest for part in parts for _, digest in part.pictures),
                )
                for week, parts in sorted(weeks.items())
            ),
            Digest.of(
                amendment_digest(text)
                for text in self.amendments.values()
                if decode_amendment(text).device == device
            ),
        )


class FakeGateway:
    """Implements `worklog.app.sync_ports.Gateway` over a `FakeService`.

    Attributes:
        faults: Called before and after each request reaches the service; what it raises
            is raised, so that a test plays a network.
    """

    def __init__(
        self,
        service: FakeService,
        token: str = TOKEN,
        *,
        faults: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.state = service
        self.token = token
        self.faults = faults

    def service(self) -> Service:
        with self._exchange("service"):
            return self.state.description()

    def whoami(self) -> Whoami:
        with self._exchange("whoami"):
            device = self.state.device_of(self.token)
            return Whoami("u1", "ada", device, "laptop", ("ingest", "read"), self.state.epoch)

    def changes(self, after: int) -> ChangesPage:
        with self._exchange("changes"):
            self.state.device_of(self.token)
            return self.state.page(after)

    def send_parts(self, records: Sequence[Record]) -> tuple[Result, ...]:
        with self._exchange("parts"):
            self.state.device_of(self.token)
            return tuple(_result(record, self.state.take_part, _part_id) for record in records)

    def send_amendments(self, texts: Sequence[str]) -> tuple[Result, ...]:
        with self._exchange("amendments"):
            self.state.device_of(self.token)
            return tuple(_result(text, self.state.take_amendment, _amendment_id) for text in texts)

    def send_picture(self, part: PartId, position: int, data: bytes) -> SignedReceipt:
        with self._exchange("picture"):
            self.state.device_of(self.token)
            return self.state.take_picture(part, position, data)

    def send_report(self, report: Mapping[str, Json]) -> None:
        with self._exchange("report"):
            self.state.device_of(self.token)
            taken = decode_feedback(read_message(encode_feedback(report), "report"))
            self.state.reports[taken.id] = report

    def digests(self, stream: StreamId) -> StreamDigests:
        with self._exchange("digests"):
            return self.state.digests(stream, self.state.device_of(self.token))

    def held(self, stream: StreamId, week: int) -> tuple[HeldPart, ...]:
        with self._exchange("held"):
            self.state.device_of(self.token)
            return tuple(part for _, part in self.state.held(stream, week))

    @contextmanager
    def _exchange(self, what: str) -> Iterator[None]:
        self.faults(f"before {what}")
        yield
        self.faults(f"after {what}")


def _result(item: Any, take: Callable[[Any], SignedReceipt], name: Callable[[Any], str]) -> Result:  # noqa: ANN401 -- a record or a text
    try:
        return Result(name(item), receipt=take(item))
    except WorklogError as error:
        return Result(name(item), problem=Problem.of(error))


def _part_id(record: Record) -> str:
    return Reader.of_text(record.header.decode(), "header").text("part")


def _amendment_id(text: str) -> str:
    return Reader.of_text(text, "amendment").text("id")


# --- Over a socket ----------------------------------------------------------------------


@contextmanager
def serve(state: FakeService) -> Iterator[tuple[str, int]]:  # noqa: C901 -- one handler
    """Serve *state* over HTTP on the loopback; yield host and port."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self._body())

        def do_PUT(self) -> None:
            self._answer(self._body())

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _answer(self, body: bytes) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if len(body) < length:
                self.close_connection = True  # half a request: nothing happened (F57)
                return
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            with lock:
                try:
                    code, content = 200, route(state, self.command, self.path, token, body)
                    kind = "application/json"
                except Poll as poll:
                    code, content, kind = 400, {"error": str(poll)}, PROBLEM_TYPE
                except WorklogError as error:
                    code, kind = error.http_status, PROBLEM_TYPE
                    content = encode_problem(Problem.of(error))
                except MalformedError as error:
                    code, kind = 422, PROBLEM_TYPE
                    content = encode_problem(Problem("service-rejected", 422, str(error)))
            data = canonical(content)
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield "127.0.0.1", server.server_address[1]
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Poll(Exception):  # noqa: N818 -- an answer of RFC 8628 and no failure
    """The login is not confirmed yet, or never will be."""


def route(state: FakeService, method: str, target: str, token: str, body: bytes) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 -- JSON by route
    """Return the JSON that answers a request."""
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    path = parts.path.removeprefix(API)
    gateway = FakeGateway(state, token)
    match method, path.strip("/").split("/"):
        case "GET", ["service"]:
            return encode_service(gateway.service())
        case "GET", ["whoami"]:
            return encode_whoami(gateway.whoami())
        case "GET", ["changes"]:
            page = gateway.changes(int(query["after"]))
            items = [encode_change(item) for item in page.items]
            return encode_changes(
                epoch=page.epoch, following=page.next, has_more=page.has_more, items=items
            )
        case "GET", ["digests"] if "week" in query:
            held = gateway.held(StreamId(query["stream"]), int(query["week"]))
            return encode_held(state.epoch, held)
        case "GET", ["digests"]:
            return encode_digests(gateway.digests(StreamId(query["stream"])))
        case "POST", ["parts"]:
            uploads = [decode_upload(item) for item in decode_parts(read_message(body, "batch"))]
            return encode_results(gateway.send_parts(uploads))
        case "POST", ["amendments"]:
            texts = decode_amendments(read_message(body, "batch"))
            return encode_results(gateway.send_amendments(texts))
        case "PUT", ["parts", part, "images", position]:
            return encode_receipt(gateway.send_picture(PartId(part), int(position), body))
        case "POST", ["feedback"]:
            gateway.send_report(json.loads(body))
            return encode_taken(str(json.loads(body)["id"]))
        case "POST", ["device", "code"]:
            request = decode_device_request(read_message(body, "request"))
            state.tokens["new-token-of-192-random-bits"] = request.device
            form = f"{state.origin}/device"
            return encode_device_code(
                DeviceCode(DEVICE_CODE, USER_CODE, form, f"{form}?code={USER_CODE}", 600, 5)
            )
        case "POST", ["device", "token"]:
            assert json.loads(body)["device_code"] == DEVICE_CODE
            if state.polls and (error := state.polls.pop(0)):
                raise Poll(error)
            return {"access_token": "new-token-of-192-random-bits", "token_type": "Bearer"}
        case _:
            msg = "no such page"
            raise NotFoundError(msg)
