"""What the service holds, in a few numbers: for finding what one side lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from worklog.domain.canonical import Json
from worklog.domain.grid import Slot
from worklog.domain.ids import PartId, StreamId
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import DIGEST_BYTES, read_hex, read_natural

_WEEK_SLOTS: Final = 1_008
_FIRST_MONDAY: Final = 576  # slot of 1970-01-05T00:00Z


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
    return Digest(read_natural(reader, "count"), read_hex(reader, "xor", DIGEST_BYTES).hex())
