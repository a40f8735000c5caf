"""Parts and amendments on their way to the service, as the very text that was signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from worklog.domain.canonical import Json, canonical
from worklog.domain.evidence import Record
from worklog.domain.ids import AmendmentId, PartId
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.messages import (
    LARGEST_MESSAGE,
    MOST_AMENDMENTS,
    MOST_PARTS,
    SIGNATURE_BYTES,
    read_hex,
)

_ENVELOPE: Final = 64  # what a batch adds around its items [bytes]


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


def amendment_digest(text: str) -> str:
    """Return the SHA-256 of an amendment's text, hex: what its receipt names."""
    return hashlib.sha256(text.encode()).hexdigest()


def amendment_id(text: str) -> AmendmentId:
    """Return the id of an amendment's text, whatever its kind.

    Raises:
        MalformedError: it has none.
    """
    return AmendmentId(Reader.of_text(text, "amendment").text("id"))
