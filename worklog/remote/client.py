"""The diary service over HTTP. Implements `worklog.app.sync_ports.Gateway`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from worklog.domain.canonical import Json
from worklog.domain.evidence import Record
from worklog.domain.ids import PartId, StreamId
from worklog.errors import ServiceProtocolError, ServiceRejectedError
from worklog.remote.transport import PICTURE_TOTAL_S, Answer, Transport
from worklog.wire.feedback import check_taken, encode_feedback
from worklog.wire.handing import (
    PermissionRequest,
    Submission,
    decode_done,
    encode_permission_request,
    encode_submission,
)
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.account import Service, Whoami, decode_service, decode_whoami
from worklog.wire.sync.changes import ChangesPage, decode_changes
from worklog.wire.sync.digests import HeldPart, StreamDigests, decode_digests, decode_held
from worklog.wire.sync.messages import (
    API,
    LARGEST_PICTURE,
    MOST_CHANGES,
    protocol_error,
    read_message,
)
from worklog.wire.sync.receipts import SignedReceipt, decode_receipt
from worklog.wire.sync.results import Result, decode_results
from worklog.wire.sync.uploads import encode_amendments, encode_parts

T = TypeVar("T")

# First bytes of a file and what it is then; worklog itself writes WebP.
_TYPES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


class DiaryClient:
    """Speaks to one service with one token; use it in one thread."""

    def __init__(self, transport: Transport, token: str) -> None:
        self._transport = transport
        self._token = token

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def abort(self) -> None:
        """End the request that is under way, and any later one; from any thread."""
        self._transport.abort()

    def service(self) -> Service:
        # Without the token: anybody may ask, so nothing is given away before it is known.
        answer = self._transport.check(self._transport.send("GET", f"{API}/service"))
        return understood(answer, "description", decode_service)

    def whoami(self) -> Whoami:
        return understood(self._get("/whoami"), "account", decode_whoami)

    def changes(self, after: int) -> ChangesPage:
        answer = self._get("/changes", after=after, limit=MOST_CHANGES)
        return understood(answer, "changes", decode_changes)

    def send_parts(self, records: Sequence[Record]) -> tuple[Result, ...]:
        answer = self._post("/parts", encode_parts(records))
        return understood(answer, "results", decode_results)

    def send_amendments(self, texts: Sequence[str]) -> tuple[Result, ...]:
        answer = self._post("/amendments", encode_amendments(texts))
        return understood(answer, "results", decode_results)

    def send_picture(self, part: PartId, position: int, data: bytes) -> SignedReceipt:
        if len(data) > LARGEST_PICTURE:
            msg = f"The picture {position} of {part} is larger than the service takes."
            raise ServiceRejectedError(msg, hint="Delete the picture, or keep it here.")
        answer = self._transport.send(
            "PUT",
            f"{API}/parts/{part}/images/{position}",
            token=self._token,
            body=data,
            content_type=picture_type(data),
            total_s=PICTURE_TOTAL_S,
        )
        return understood(self._transport.check(answer), "receipt", decode_receipt)

    def send_report(self, report: Mapping[str, Json]) -> None:
        answer = self._post("/feedback", encode_feedback(report))
        name = str(report["id"])
        understood(answer, "answer", lambda reader: check_taken(reader, name))

    def submit(self, submission: Submission) -> None:
        """Lock an ended week early.

        Raises:
            WorklogError: the service refused; the code says which rule.
        """
        answer = self._post("/weeks/submit", encode_submission(submission))
        understood(answer, "answer", decode_done)

    def ask_permission(self, request: PermissionRequest) -> str:
        """Ask the client for manual time; return the id of the request.

        Raises:
            WorklogError: the service refused; the code says which rule.
        """
        answer = self._post("/requests", encode_permission_request(request))
        return understood(answer, "answer", decode_done)

    def digests(self, stream: StreamId) -> StreamDigests:
        found = understood(self._get("/digests", stream=stream), "digests", decode_digests)
        if found.stream != stream:
            msg = "The service answered for another stream."
            raise ServiceProtocolError(msg, hint="Tell the service's operator.")
        return found

    def held(self, stream: StreamId, week: int) -> tuple[HeldPart, ...]:
        answer = self._get("/digests", stream=stream, week=week)
        return understood(answer, "digests", decode_held)[1]

    def _get(self, path: str, **query: str | int) -> Answer:
        answer = self._transport.send("GET", f"{API}{path}", token=self._token, query=query)
        return self._transport.check(answer)

    def _post(self, path: str, body: bytes) -> Answer:
        answer = self._transport.send("POST", f"{API}{path}", token=self._token, body=body)
        return self._transport.check(answer)


def understood(answer: Answer, what: str, decode: Callable[[Reader], T]) -> T:
    """Return what *decode* makes of a good answer.

    Raises:
        ServiceProtocolError: it is not JSON, or not what it should be: a login page of the
            network, say, or another program.
    """
    try:
        return decode(read_message(answer.body, what))
    except MalformedError as error:
        protocol_error(what, error)
    except (ValueError, ArithmeticError, RecursionError) as error:
        # Numbers out of all bounds, which the types below do not take.
        protocol_error(what, ValueError(type(error).__name__))


def picture_type(data: bytes) -> str:
    """Return the media type of a picture file by its first bytes."""
    return next((name for start, name in _TYPES if data.startswith(start)), "image/webp")
