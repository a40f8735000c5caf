"""What tracker and service say to each other: messages as JSON, their limits, their parsing.

Pure and used by both sides, so that neither has an idea of its own of a field. Parts and
amendments travel as the very text that was signed or hashed, inside a JSON string:
whoever passes them on cannot change a byte. Messages are parsed strictly where they
matter and leave members alone that they do not know.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NoReturn, assert_never

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.contract import Contract
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, PartId, StreamId
from worklog.errors import ServiceProtocolError, WorklogError, registry
from worklog.wire.contract import decode_contract, encode_contract
from worklog.wire.reader import MalformedError, Reader

API: Final = "/api/v1"
API_VERSION: Final = 1
VERSION_HEADER: Final = "Worklog-Version"  # what the tracker says of itself in each request
PROBLEM_TYPE: Final = "application/problem+json"  # RFC 9457

LARGEST_MESSAGE: Final = 1 << 20  # of any JSON body, in both directions [bytes]
DEEPEST: Final = 32  # nesting of any JSON body
MOST_PARTS: Final = 200  # of one batch
MOST_AMENDMENTS: Final = 500  # of one batch
LARGEST_AMENDMENT: Final = 1 << 19  # its text; as a string in a message it is longer [bytes]
MOST_CHANGES: Final = 500  # of one page
LARGEST_PICTURE: Final = 10 << 20  # [bytes]
MOST_PIXELS: Final = 40_000_000  # of one picture
LONGEST_SIDE: Final = 16_384  # of one picture [px]
PICTURE_TYPES: Final = ("image/webp", "image/png", "image/jpeg")
MOST_AHEAD: Final = timedelta(minutes=5)  # a slot may start this far after the service's now
DIGEST_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
KEY_BYTES: Final = 32

_WEEK_SLOTS: Final = 1_008
_FIRST_MONDAY: Final = 576  # slot of 1970-01-05T00:00Z
_ENVELOPE: Final = 64  # what a batch adds around its items [bytes]
_HEX: Final = re.compile(r"[0-9a-f]*")
_VERSION: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")
# A string whose end is missing goes on to the end of the text: matching stays linear.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


# --- Reading --------------------------------------------------------------------------


def read_message(data: bytes, what: str, *, most: int = LARGEST_MESSAGE) -> Reader:
    """Return the reader of the JSON object *data*.

    Raises:
        MalformedError: it is none, is larger than *most* bytes, or nested deeper than
            `DEEPEST`.
    """
    if len(data) > most:
        msg = f"{what} has more than {most} bytes"
        raise MalformedError(msg)
    if _depth(data) > DEEPEST:
        msg = f"{what} is nested deeper than {DEEPEST}"
        raise MalformedError(msg)
    try:
        return Reader(parse_json(data.decode()), what)
    except MalformedError:
        raise
    except ValueError as error:
        msg = f"{what} is no JSON: {error}"
        raise MalformedError(msg) from error


def _depth(data: bytes) -> int:
    """Return how deep *data* is nested, by its brackets outside of strings."""
    deepest = depth = 0
    for byte in _STRINGS.sub(b"", data).translate(None, _NO_BRACKETS):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def read_hex(reader: Reader, name: str, length: int) -> bytes:
    """Return the *length* bytes that the member *name* has in lower-case hex.

    Raises:
        MalformedError: it is not that.
    """
    text = reader.text(name)
    if len(text) != 2 * length or not _HEX.fullmatch(text):
        reader.refuse(name, f"is not {length} bytes in lower-case hexadecimal")
    return bytes.fromhex(text)


# --- Uploads --------------------------------------------------------------------------


def encode_upload(record: Record) -> Json:
    """Return a sealed part as it is sent."""
    return {
        "header": record.header.decode(),
        "signature": record.signature.hex(),
        "fields": record.fields,
    }


def decode_upload(reader: Reader) -> Record:
    """Return the sealed part of a message; nothing of it has been verified yet.

    Raises:
        MalformedError: it is none.
    """
    try:
        header = reader.text("header").encode()
        reader.text("fields").encode()
    except UnicodeEncodeError as error:
        msg = "the part has text that UTF-8 cannot carry"
        raise MalformedError(msg) from error
    return Record(header, read_hex(reader, "signature", SIGNATURE_BYTES), reader.text("fields"))


def encode_parts(records: Iterable[Record]) -> bytes:
    """Return the body of a batch of parts."""
    return canonical({"parts": [encode_upload(record) for record in records]})


def decode_parts(reader: Reader) -> tuple[Reader, ...]:
    """Return the parts of a batch, each to be decoded by itself: one bad one is its own affair.

    Raises:
        MalformedError: it is no batch, or one of more than `MOST_PARTS`.
    """
    found = reader.objects("parts")
    if len(found) > MOST_PARTS:
        reader.refuse("parts", f"are more than {MOST_PARTS}")
    return found


def encode_amendments(texts: Iterable[str]) -> bytes:
    """Return the body of a batch of amendments, each as the text it is kept as."""
    return canonical({"amendments": list(texts)})


def decode_amendments(reader: Reader) -> tuple[str, ...]:
    """Return the texts of a batch of amendments.

    Raises:
        MalformedError: it is no batch, or one of more than `MOST_AMENDMENTS`.
    """
    found = reader.texts("amendments")
    if len(found) > MOST_AMENDMENTS:
        reader.refuse("amendments", f"are more than {MOST_AMENDMENTS}")
    return found


def packed(sizes: Sequence[int], *, most: int) -> Iterator[range]:
    """Yield runs of neighbours that fit one message: *most* at once, and its bytes.

    Args:
        sizes: Of each item as JSON [bytes].
        most: `MOST_PARTS` or `MOST_AMENDMENTS`.

    An item that is too large for any message has a run of its own: the service refuses
    it by name, and the others go.
    """
    first, size = 0, _ENVELOPE
    for position, its_size in enumerate(sizes):
        is_full = position - first == most or size + its_size + 1 > LARGEST_MESSAGE
        if is_full and position > first:
            yield range(first, position)
            first, size = position, _ENVELOPE
        size += its_size + 1
    if first < len(sizes):
        yield range(first, len(sizes))


def picture_name(part: PartId, position: int) -> str:
    """Return the id under which a picture is receipted: its part and place in its captures."""
    return f"{part}/{position}"


# --- Receipts -------------------------------------------------------------------------


class ReceiptOf(StrEnum):
    """What was received."""

    PART = "part"
    IMAGE = "image"
    AMENDMENT = "amendment"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service has taken into its keeping, and when.

    Attributes:
        of: Kind of the thing.
        id: Of the part or amendment; of a picture its `picture_name`.
        digest: SHA-256 of the header, of the image file, or of the amendment's text, hex.
        received: When it was committed.
        epoch: Of the service's database at that moment.
        key: Id of the key that signed (`key_id`).
    """

    of: ReceiptOf
    id: str
    digest: str
    received: datetime
    epoch: str
    key: str

    @property
    def content(self) -> str:
        """The canonical text that is signed."""
        return canonical(
            {
                "v": 1,
                "kind": "receipt",
                "of": self.of.value,
                "id": self.id,
                "digest": self.digest,
                "received": epoch_ms(self.received),
                "epoch": self.epoch,
                "key": self.key,
            }
        ).decode()


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it is kept on both sides.

    Attributes:
        content: The canonical text that was signed.
        signature: Ed25519, by the service's key.
    """

    content: str
    signature: bytes

    @property
    def receipt(self) -> Receipt:
        """What it says.

        Raises:
            MalformedError: it is no receipt.
        """
        reader = Reader.of_text(self.content, "receipt")
        if reader.integer("v") != 1 or reader.text("kind") != "receipt":
            reader.refuse("kind", "is no receipt that this version knows")
        if (of := reader.text("of")) not in list(ReceiptOf):
            reader.refuse("of", "is not known")
        return Receipt(
            of=ReceiptOf(of),
            id=reader.text("id"),
            digest=read_hex(reader, "digest", DIGEST_BYTES).hex(),
            received=reader.instant("received"),
            epoch=reader.text("epoch"),
            key=reader.text("key"),
        )

    def proves(
        self, of: ReceiptOf, name: str, digest: str, verify: Callable[[bytes, bytes], bool]
    ) -> bool:
        """Return whether it acknowledges exactly that, signed by the key that *verify* knows."""
        try:
            receipt = self.receipt
        except MalformedError:
            return False
        return (receipt.of, receipt.id, receipt.digest) == (of, name, digest) and verify(
            self.content.encode(), self.signature
        )


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def encode_receipt(signed: SignedReceipt) -> Json:
    """Return the answer that a receipt is."""
    return {"receipt": signed.content, "signature": signed.signature.hex()}


def decode_receipt(reader: Reader) -> SignedReceipt:
    """Return the receipt of an answer; whether it holds is for `SignedReceipt.proves`.

    Raises:
        MalformedError: it is none.
    """
    signed = SignedReceipt(reader.text("receipt"), read_hex(reader, "signature", SIGNATURE_BYTES))
    signed.receipt  # noqa: B018 -- refuses what is none
    return signed


# --- Problems -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was refused (RFC 9457), with the code that the command line knows too.

    Attributes:
        code: Of a class in `worklog.errors`.
        status: HTTP status.
        detail: What is wrong.
        hint: What to do about it; None where there is nothing.
        title: The kind of trouble in one sentence; that of the code's class.
    """

    code: str
    status: int
    detail: str
    hint: str | None = None
    title: str = ""

    @classmethod
    def of(cls, error: WorklogError) -> Problem:
        """Return the problem that *error* is to the other side."""
        return cls(
            code=error.code,
            status=error.http_status,
            detail=str(error),
            hint=error.hint,
            title=_title(type(error)),
        )

    @property
    def error(self) -> WorklogError:
        """The error to raise for it on this side; a code not known here is a refusal."""
        classes = {known.code: known for known in registry()}
        if (known := classes.get(self.code)) is None:
            known = classes["service-unreachable" if self.status in RETRYABLE else _REFUSED]
        return known(self.detail or self.title or f"HTTP {self.status}", hint=self.hint)

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in RETRYABLE


RETRYABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_REFUSED: Final = "service-rejected"


def encode_problem(problem: Problem) -> dict[str, Json]:
    """Return *problem* as the document that the service answers."""
    return {
        "type": f"urn:worklog:error:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "hint": problem.hint,
    }


def decode_problem(reader: Reader) -> Problem:
    """Return the problem of a document.

    Raises:
        MalformedError: it is none.
    """
    return Problem(
        code=reader.text("code"),
        status=reader.integer("status"),
        detail=reader.text("detail", ""),
        hint=reader.optional_text("hint"),
        title=reader.text("title", ""),
    )


def _title(kind: type[WorklogError]) -> str:
    return (kind.__doc__ or "").partition("\n")[0].rstrip(".")


# --- Results of a batch ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item of a batch: received, or refused.

    Attributes:
        id: Of the item; empty where it could not be read.
        receipt: Of what was received; None where it was refused.
        problem: Why it was refused; None where it was received.
    """

    id: str
    receipt: SignedReceipt | None = None
    problem: Problem | None = None


def encode_results(results: Iterable[Result]) -> dict[str, Json]:
    """Return the answer to a batch: one result per item, in its order."""
    return {"results": [_encode_result(result) for result in results]}


def decode_results(reader: Reader) -> tuple[Result, ...]:
    """Return the results of an answer to a batch.

    Raises:
        MalformedError: it is none.
    """
    return tuple(_decode_result(item) for item in reader.objects("results"))


def _encode_result(result: Result) -> Json:
    if result.receipt is not None:
        return {"id": result.id, "receipt": encode_receipt(result.receipt)}
    if result.problem is not None:
        return {"id": result.id, "problem": encode_problem(result.problem)}
    msg = "a result has a receipt or a problem"
    raise ValueError(msg)


def _decode_result(reader: Reader) -> Result:
    if "receipt" in reader:
        return Result(reader.text("id"), receipt=decode_receipt(reader.object("receipt")))
    return Result(reader.text("id"), problem=decode_problem(reader.object("problem")))


# --- The feed of changes --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContractChange:
    """A contract of the account, with terms and labels as they are now.

    Its `service` is empty: the tracker fills in the address that it knows the service by.

    Attributes:
        contract: As it is now.
        is_member: Whether the account still works on it; a contract that ended stays.
    """

    contract: Contract
    is_member: bool = True


@dataclass(frozen=True, slots=True)
class AmendmentChange:
    """An amendment that another device, or the client, wrote: its text as it came."""

    text: str


class Erased(StrEnum):
    """What was erased of a part."""

    ALL = "all"  # everything but the header
    PICTURES = "pictures"
    SNAPSHOTS = "snapshots"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class ErasureChange:
    """The service erased something without an amendment: retention, or an account's end.

    It tells what is gone there; what the tracker keeps is the freelancer's own affair.
    """

    part: PartId
    what: Erased


@dataclass(frozen=True, slots=True)
class UnknownChange:
    """A kind of a later version: passed over."""

    kind: str


Change = ContractChange | AmendmentChange | ErasureChange | UnknownChange


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the feed.

    Attributes:
        epoch: Of the service's database; another one than before means that sequence
            numbers start anew: begin at 0 and compare digests.
        next: Pass it as `after` the next time.
        has_more: Whether there is more right now.
        items: In the order of their sequence.
    """

    epoch: str
    next: int
    has_more: bool = False
    items: tuple[Change, ...] = ()


def encode_change(change: Change) -> dict[str, Json]:
    """Return *change* as it is kept and sent.

    Raises:
        ValueError: it is of an unknown kind.
    """
    match change:
        case ContractChange(contract, is_member):
            content = parse_json(encode_contract(contract))
            return {"kind": "contract", "contract": content, "member": is_member}
        case AmendmentChange(text):
            return {"kind": "amendment", "amendment": text}
        case ErasureChange(part, what):
            return {"kind": "erasure", "part": part, "what": what.value}
        case UnknownChange(kind):
            msg = f"nothing is known of {kind!r}"
            raise ValueError(msg)
    assert_never(change)


def decode_change(reader: Reader) -> Change:
    """Return one item of the feed.

    Raises:
        MalformedError: it is of a known kind and not what that should be.
    """
    kind = reader.text("kind")
    match kind:
        case "contract":
            value = reader.object("contract")
            text = canonical({name: value.value(name) for name in value.names()}).decode()
            return ContractChange(decode_contract(text), reader.boolean("member", default=True))
        case "amendment":
            return AmendmentChange(reader.text("amendment"))
        case "erasure":
            return ErasureChange(PartId(reader.text("part")), Erased(_word(reader, "what", Erased)))
        case _:
            return UnknownChange(kind)


def encode_changes(
    *, epoch: str, following: int, has_more: bool, items: Iterable[Json]
) -> dict[str, Json]:
    """Return a page of the feed from items that are encoded already."""
    return {"epoch": epoch, "next": following, "more": has_more, "items": list(items)}


def decode_changes(reader: Reader) -> ChangesPage:
    """Return the page of an answer.

    Raises:
        MalformedError: it is none.
    """
    return ChangesPage(
        epoch=reader.text("epoch"),
        next=_natural(reader, "next"),
        has_more=reader.boolean("more"),
        items=tuple(decode_change(item) for item in reader.objects("items")),
    )


def _word(reader: Reader, name: str, words: type[StrEnum]) -> str:
    word = reader.text(name)
    if word not in list(words):
        reader.refuse(name, "is not known")
    return word


# --- Digests --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Digest:
    """A set of things in one number: how many, and the exclusive or of their SHA-256.

    Equal sets have equal digests whatever their order. It guards against loss, not
    against malice.
    """

    count: int = 0
    xor: str = "0" * 64

    @classmethod
    def of(cls, digests: Iterable[str]) -> Digest:
        """Return the digest of the things with these SHA-256, hex."""
        count = combined = 0
        for digest in digests:
            count += 1
            combined ^= int(digest, 16)
        return cls(count, f"{combined:064x}")


@dataclass(frozen=True, slots=True)
class WeekDigest:
    """What one side has of a stream in one week.

    Attributes:
        week: Its number (`digest_week`).
        parts: Of the headers.
        pictures: Of the images that are there now.
    """

    week: int
    parts: Digest = Digest()
    pictures: Digest = Digest()


@dataclass(frozen=True, slots=True)
class StreamDigests:
    """What one side has of a stream, week by week, and of a device's amendments.

    Attributes:
        epoch: Of the service's database.
        stream: Which stream.
        weeks: Ascending; weeks without anything are left out.
        amendments: Of the texts of this device's amendments, over all streams.
    """

    epoch: str
    stream: StreamId
    weeks: tuple[WeekDigest, ...] = ()
    amendments: Digest = Digest()


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part that the service has.

    Attributes:
        part: Its id.
        digest: SHA-256 of its header, hex.
        pictures: (position, SHA-256) of the images that are there now.
    """

    part: PartId
    digest: str
    pictures: tuple[tuple[int, str], ...] = ()


def digest_week(slot: Slot) -> int:
    """Return the number of the week of *slot* in digests: Monday to Sunday in UTC, since 1970.

    Billing weeks would not do: they move with a contract's terms.
    """
    return (slot.index - _FIRST_MONDAY) // _WEEK_SLOTS


def slots_of_week(week: int) -> range:
    """Return the slots of a week of digests."""
    first = _FIRST_MONDAY + week * _WEEK_SLOTS
    return range(first, first + _WEEK_SLOTS)


def encode_digests(digests: StreamDigests) -> dict[str, Json]:
    """Return the answer to a question for digests."""
    return {
        "epoch": digests.epoch,
        "stream": digests.stream,
        "amendments": _encode_digest(digests.amendments),
        "weeks": [
            {
                "week": of.week,
                "parts": _encode_digest(of.parts),
                "pictures": _encode_digest(of.pictures),
            }
            for of in digests.weeks
        ],
    }


def decode_digests(reader: Reader) -> StreamDigests:
    """Return the digests of an answer.

    Raises:
        MalformedError: it is none.
    """
    return StreamDigests(
        epoch=reader.text("epoch"),
        stream=StreamId(reader.text("stream")),
        weeks=tuple(
            WeekDigest(
                week.integer("week"),
                _decode_digest(week.object("parts")),
                _decode_digest(week.object("pictures")),
            )
            for week in reader.objects("weeks")
        ),
        amendments=_decode_digest(reader.object("amendments")),
    )


def encode_held(epoch: str, held: Iterable[HeldPart]) -> dict[str, Json]:
    """Return the answer to a question for one week: every part by name."""
    return {
        "epoch": epoch,
        "held": [
            {
                "part": of.part,
                "digest": of.digest,
                "pictures": [[position, digest] for position, digest in of.pictures],
            }
            for of in held
        ],
    }


def decode_held(reader: Reader) -> tuple[str, tuple[HeldPart, ...]]:
    """Return epoch and parts of an answer for one week.

    Raises:
        MalformedError: it is none.
    """
    return reader.text("epoch"), tuple(
        HeldPart(
            PartId(of.text("part")),
            read_hex(of, "digest", DIGEST_BYTES).hex(),
            tuple(
                (position, str(digest))
                for position, digest in of.rows("pictures", int, str)
                if isinstance(position, int)
            ),
        )
        for of in reader.objects("held")
    )


def _encode_digest(digest: Digest) -> Json:
    return {"count": digest.count, "xor": digest.xor}


def _decode_digest(reader: Reader) -> Digest:
    return Digest(_natural(reader, "count"), read_hex(reader, "xor", DIGEST_BYTES).hex())


def _natural(reader: Reader, name: str) -> int:
    number = reader.integer(name)
    if number < 0:
        reader.refuse(name, "is negative")
    return number


# --- The service and the account ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Service:
    """What a service says of itself, to anybody.

    Attributes:
        name: What its operator calls it.
        epoch: Of its database; made when that was created, and at each restore.
        key: Public key that its receipts are signed with; the tracker pins it at login.
        version: Of the program.
        tracker_from: Oldest version of the tracker that it accepts.
        tracker_below: First one that it does not accept any more; empty for none.
        now: Its clock, to tell a skew by.
        api: Versions of this interface that it speaks.
    """

    name: str
    epoch: str
    key: bytes
    version: str
    tracker_from: str
    tracker_below: str
    now: datetime
    api: tuple[int, ...] = (API_VERSION,)

    def accepts(self, version: str) -> bool:
        """Return whether a tracker of *version* may sync; one without a number may not."""
        its = version_number(version)
        return (
            its is not None
            and its >= (version_number(self.tracker_from) or ())
            and (not self.tracker_below or its < (version_number(self.tracker_below) or ()))
        )


def version_number(text: str) -> tuple[int, ...] | None:
    """Return the release number that a version begins with; None where there is none."""
    found = _VERSION.match(text)
    return None if found is None else tuple(int(digits) for digits in found[0].split("."))


def encode_service(service: Service) -> dict[str, Json]:
    """Return what a service says of itself."""
    return {
        "name": service.name,
        "epoch": service.epoch,
        "key": service.key.hex(),
        "version": service.version,
        "trackers": {"from": service.tracker_from, "below": service.tracker_below},
        "now": epoch_ms(service.now),
        "api": list(service.api),
    }


def decode_service(reader: Reader) -> Service:
    """Return what a service says of itself.

    Raises:
        MalformedError: it is not that.
    """
    trackers = reader.object("trackers")
    return Service(
        name=reader.text("name"),
        epoch=reader.text("epoch"),
        key=read_hex(reader, "key", KEY_BYTES),
        version=reader.text("version"),
        tracker_from=trackers.text("from"),
        tracker_below=trackers.text("below"),
        now=reader.instant("now"),
        api=reader.integers("api"),
    )


@dataclass(frozen=True, slots=True)
class Whoami:
    """Whom a token belongs to.

    Attributes:
        user: Id of the account.
        name: Its login name.
        device: Id of the installation that the token was given to.
        device_name: What its owner calls it.
        scope: What the token may do, in words (`ingest`, `read`).
        epoch: Of the service's database.
    """

    user: str
    name: str
    device: str
    device_name: str
    scope: tuple[str, ...]
    epoch: str


def encode_whoami(whoami: Whoami) -> dict[str, Json]:
    """Return the answer to a question for the token's owner."""
    return {
        "user": whoami.user,
        "name": whoami.name,
        "device": whoami.device,
        "device_name": whoami.device_name,
        "scope": list(whoami.scope),
        "epoch": whoami.epoch,
    }


def decode_whoami(reader: Reader) -> Whoami:
    """Return whom a token belongs to.

    Raises:
        MalformedError: it is no answer to that.
    """
    return Whoami(
        user=reader.text("user"),
        name=reader.text("name"),
        device=reader.text("device"),
        device_name=reader.text("device_name"),
        scope=reader.texts("scope"),
        epoch=reader.text("epoch"),
    )


# --- Logging a device in (RFC 8628) ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a device shows and polls with while its owner confirms it in the browser.

    Attributes:
        device_code: Secret, 128 bits or more; what it polls with.
        user_code: What is shown and typed.
        verification_uri: Where to confirm.
        verification_uri_complete: The same with the code filled in.
        expires_in: How long both hold [s].
        interval: Shortest time between two polls [s].
    """

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


def encode_device_code(code: DeviceCode) -> dict[str, Json]:
    """Return the answer to a request for a code; names as in RFC 8628, section 3.2."""
    return {
        "device_code": code.device_code,
        "user_code": code.user_code,
        "verification_uri": code.verification_uri,
        "verification_uri_complete": code.verification_uri_complete,
        "expires_in": code.expires_in,
        "interval": code.interval,
    }


def decode_device_code(reader: Reader) -> DeviceCode:
    """Return the codes of an answer.

    Raises:
        MalformedError: it is none.
    """
    return DeviceCode(
        device_code=reader.text("device_code"),
        user_code=reader.text("user_code"),
        verification_uri=reader.text("verification_uri"),
        verification_uri_complete=reader.text("verification_uri_complete", ""),
        expires_in=_natural(reader, "expires_in"),
        interval=_natural(reader, "interval"),
    )


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a device says of itself when it asks for a code.

    Attributes:
        device: Its id, as in the parts that it seals.
        key: Public key that its parts are signed with.
        name: What to show its owner.
        host: Name of the machine.
        version: Of the tracker.
    """

    device: str
    key: bytes
    name: str
    host: str
    version: str


def encode_device_request(request: DeviceRequest) -> dict[str, Json]:
    """Return the request for a code."""
    return {
        "device": request.device,
        "key": request.key.hex(),
        "name": request.name,
        "host": request.host,
        "version": request.version,
    }


def decode_device_request(reader: Reader) -> DeviceRequest:
    """Return the request for a code.

    Raises:
        MalformedError: it is none.
    """
    return DeviceRequest(
        device=reader.text("device"),
        key=read_hex(reader, "key", KEY_BYTES),
        name=reader.text("name"),
        host=reader.text("host"),
        version=reader.text("version"),
    )


# --- Answers --------------------------------------------------------------------------


def protocol_error(what: str, error: ValueError) -> NoReturn:
    """Say that the other side's *what* is no answer of a diary service.

    Raises:
        ServiceProtocolError: always.
    """
    msg = f"The service's {what} cannot be understood: {error}."
    raise ServiceProtocolError(
        msg, hint="Check the address: it may be another program, or a login page of the network."
    ) from error


def amendment_digest(text: str) -> str:
    """Return the SHA-256 of an amendment's text, hex: what its receipt names."""
    return hashlib.sha256(text.encode()).hexdigest()


def amendment_id(text: str) -> AmendmentId:
    """Return the id of an amendment's text, whatever its kind.

    Raises:
        MalformedError: it has none.
    """
    return AmendmentId(Reader.of_text(text, "amendment").text("id"))
