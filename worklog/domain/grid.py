"""Slots: the ten-minute cells in which tracked time is recorded (R1).

The grid is anchored to the Unix epoch in UTC. A slot therefore means the
same ten minutes on every machine, and no daylight-saving change can repeat
or remove one. Local time appears only when output is rendered; in zones such
as Asia/Kathmandu (+05:45) slots start at five past the hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

SLOT_SECONDS: Final = 600  # [s]
SLOT_LENGTH: Final = timedelta(seconds=SLOT_SECONDS)
MINUTES: Final = 10  # boxes of a slot
MINUTE_SECONDS: Final = 60  # [s]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One cell of the grid: the half-open interval ``[start, end)``.

    Attributes:
        index: Number of whole slots since 1970-01-01T00:00Z.
    """

    index: int

    @classmethod
    def containing(cls, instant: datetime) -> Self:
        """Return the slot that *instant* falls in.

        Raises:
            ValueError: *instant* is naive. That is a bug in the caller, not
                a mistake of the user.
        """
        if instant.utcoffset() is None:
            msg = f"naive datetime: {instant!r}"
            raise ValueError(msg)
        return cls((instant - EPOCH) // SLOT_LENGTH)

    @property
    def start(self) -> datetime:
        return EPOCH + self.index * SLOT_LENGTH

    @property
    def end(self) -> datetime:
        return self.start + SLOT_LENGTH


def split(start: datetime, end: datetime) -> Iterator[tuple[Slot, timedelta]]:
    """Yield each slot that ``[start, end)`` touches, with the time spent in it.

    The times add up to ``end - start`` exactly. An empty or reversed span
    yields nothing.
    """
    while start < end:
        slot = Slot.containing(start)
        stop = min(slot.end, end)
        yield slot, stop - start
        start = stop


def first_slot_from(instant: datetime) -> int:
    """Return the index of the first slot that begins at *instant* or later."""
    slot = Slot.containing(instant)
    return slot.index if slot.start == instant else slot.index + 1


def epoch_ms(instant: datetime) -> int:
    """Return *instant* in whole milliseconds since the Unix epoch, rounded down."""
    return (instant - EPOCH) // MILLISECOND


def from_epoch_ms(milliseconds: int) -> datetime:
    """Return the instant *milliseconds* after the Unix epoch, in UTC."""
    return EPOCH + milliseconds * MILLISECOND
