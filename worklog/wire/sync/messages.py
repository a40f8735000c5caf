"""The limits of messages, and how any of them is read."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Final, NoReturn

from worklog.domain.canonical import parse_json
from worklog.errors import ServiceProtocolError
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

_HEX: Final = re.compile(r"[0-9a-f]*")
# A string whose end is missing goes on to the end of the text: matching stays linear.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


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


def read_word(reader: Reader, name: str, words: type[StrEnum]) -> str:
    """Return the member *name*, one of *words*.

    Raises:
        MalformedError: it is another.
    """
    word = reader.text(name)
    if word not in list(words):
        reader.refuse(name, "is not known")
    return word


def read_natural(reader: Reader, name: str) -> int:
    """Return the member *name*, a whole number from 0.

    Raises:
        MalformedError: it is not that.
    """
    number = reader.integer(name)
    if number < 0:
        reader.refuse(name, "is negative")
    return number


def protocol_error(what: str, error: ValueError) -> NoReturn:
    """Say that the other side's *what* is no answer of a diary service.

    Raises:
        ServiceProtocolError: always.
    """
    msg = f"The service's {what} cannot be understood: {error}."
    raise ServiceProtocolError(
        msg, hint="Check the address: it may be another program, or a login page of the network."
    ) from error
