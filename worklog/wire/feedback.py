"""A report of a problem as it travels: what `worklog feedback` shows, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from worklog.domain.canonical import Json, canonical
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import protocol_error

LARGEST_FEEDBACK: Final = 1 << 18  # the whole report [bytes]
LONGEST_WORDS: Final = 4_000  # what the user has to say [characters]
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Feedback:
    """One report.

    Attributes:
        id: Given where it was written; the same report sent twice is one.
        words: What the user has to say.
        content: All of it as canonical JSON.
    """

    id: str
    words: str
    content: str


def encode_feedback(report: Mapping[str, Json]) -> bytes:
    """Return the body that *report* is sent as."""
    return canonical(dict(report))


def decode_feedback(reader: Reader) -> Feedback:
    """Return the report of a body.

    Raises:
        MalformedError: it is none, or a larger one than is taken.
    """
    name, words = reader.text("id"), reader.text("text")
    if not _ID.fullmatch(name):
        reader.refuse("id", "is no id")
    if not 0 < len(words) <= LONGEST_WORDS:
        reader.refuse("text", f"does not have 1 to {LONGEST_WORDS} characters")
    content = canonical({member: reader.value(member) for member in reader.names()})
    if len(content) > LARGEST_FEEDBACK:
        reader.refuse("text", "comes with more than is taken")
    return Feedback(name, words, content.decode())


def encode_taken(name: str) -> dict[str, Json]:
    """Return the answer to a report that was kept."""
    return {"id": name}


def check_taken(reader: Reader, name: str) -> None:
    """Refuse an answer that does not say that the report *name* was kept.

    Raises:
        ServiceProtocolError: it speaks of another one.
    """
    if reader.text("id") != name:
        protocol_error("answer", ValueError("it is about another report"))
