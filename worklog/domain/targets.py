"""What a change of segments names: their keys, parts and manual time (R20, R25, R26)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from worklog.domain.amendment import Key, ManualSpan
from worklog.domain.grid import Slot, split
from worklog.domain.ids import AmendmentId, PartId
from worklog.domain.segment import BilledSegment

MANUAL_MINIMUM: Final = timedelta(minutes=5)  # R25: of a slot that a range covers


def keys_of(rows: Iterable[BilledSegment]) -> tuple[Key, ...]:
    """Return the keys of *rows*."""
    return tuple(row.segment.key for row in rows)


def parts_of(rows: Iterable[BilledSegment]) -> tuple[PartId, ...]:
    """Return the parts of *rows*, each once."""
    return tuple(dict.fromkeys(part for row in rows for part in row.segment.parts))


def manual_of(rows: Iterable[BilledSegment]) -> tuple[tuple[AmendmentId, Slot], ...]:
    """Return the manual time of *rows* as amendments name it."""
    return tuple(
        (manual.amendment, row.segment.key.slot) for row in rows for manual in row.segment.manual
    )


def is_taken(row: BilledSegment) -> bool:
    """Return whether manual time finds no room in *row* (R25)."""
    return bool(row.segment.activity.level or row.segment.manual)


def manual_spans(start: datetime, end: datetime, taken: Collection[Slot]) -> tuple[ManualSpan, ...]:
    """Return what manual time from *start* to *end* fills: whole slots that are not *taken*."""
    return tuple(
        ManualSpan(slot)
        for slot, covered in split(start, end)
        if covered >= MANUAL_MINIMUM and slot not in taken
    )
