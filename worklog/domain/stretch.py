"""Stretches: the diary as other time trackers would have it, to the second.

A segment is a slot of one contract; a stretch is uninterrupted work with the same words,
however many slots it crosses. Stretches of a contract never overlap, and their lengths
add up to its live time: tracked time, and the manual time beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worklog.domain.fold import elected
from worklog.domain.ids import AmendmentId, ContractId
from worklog.domain.segment import Origin, Segment

Interval = tuple[int, int]  # [s]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Uninterrupted work for one contract with one memo and one label.

    Attributes:
        contract: Whom it was for.
        start: First instant.
        end: Instant after the last.
        memo: May be empty.
        label: May be empty.
        origin: Tracked, by hand or imported.
        amendment: What added it; None for tracked time. Two entries that were added one
            by one stay two.
    """

    contract: ContractId
    start: datetime
    end: datetime
    memo: str = ""
    label: str = ""
    origin: Origin = Origin.TRACKED
    amendment: AmendmentId | None = None

    @property
    def seconds(self) -> int:
        return round((self.end - self.start).total_seconds())


def stretches(segments: Iterable[Segment]) -> list[Stretch]:
    """Return the live time of *segments*, by start and contract."""
    found: list[Stretch] = []
    running: dict[ContractId, Stretch] = {}
    for segment in sorted(segments, key=lambda segment: segment.key):
        for piece in pieces(segment):
            before = running.get(piece.contract)
            if before is None:
                running[piece.contract] = piece
            elif replace(piece, start=before.start) == replace(before, end=piece.end) and (
                before.end == piece.start
            ):
                running[piece.contract] = replace(before, end=piece.end)
            else:
                found.append(before)
                running[piece.contract] = piece
    found += running.values()
    return sorted(found, key=lambda stretch: (stretch.start, stretch.contract, stretch.end))


def pieces(segment: Segment) -> list[Stretch]:
    """Return the live time of one *segment*, ascending and disjoint."""
    taken: list[Interval] = []
    found: list[Stretch] = []
    memo, label = _edits(segment)
    slot = segment.key.slot
    for start, end, words, origin, amendment in _claims(segment):
        for first, last in list(free(start, end, taken)):
            taken.append((first, last))
            found.append(
                Stretch(
                    contract=segment.key.contract,
                    start=slot.start + timedelta(seconds=first),
                    end=slot.start + timedelta(seconds=last),
                    memo=words[0] if memo is None else memo,
                    label=words[1] if label is None else label,
                    origin=origin,
                    amendment=amendment,
                )
            )
    return sorted(found, key=lambda piece: piece.start)


def free(start: int, end: int, taken: Iterable[Interval]) -> Iterator[Interval]:
    """Yield what of ``[start, end)`` lies in none of *taken* [s]."""
    for first, last in sorted(taken):
        if last <= start or first >= end:
            continue
        if first > start:
            yield start, first
        start = max(start, last)
    if start < end:
        yield start, end


_Claim = tuple[int, int, tuple[str, str], Origin, AmendmentId | None]


def _claims(segment: Segment) -> Iterator[_Claim]:
    """Yield who claims which seconds, the stronger claims first: tracked time, worded time.

    The spans of a segment hold those of its deleted parts as well, without words; only
    what lies in its live time counts.
    """
    for start, end, memo, label in sorted(segment.spans, key=lambda span: not (span[2] or span[3])):
        for first, last in segment.tracked:
            if max(start, first) < min(end, last):
                yield max(start, first), min(end, last), (memo, label), Origin.TRACKED, None
    for time in segment.manual:
        yield time.start, time.end, (time.memo, time.label), time.origin, time.amendment


def _edits(segment: Segment) -> tuple[str | None, str | None]:
    """Return memo and label that were set for the whole segment; None for what was not."""
    by_hand = [(time.start, time.end, time.memo, time.label) for time in segment.manual]
    memo, label = elected([*segment.spans, *by_hand])
    return (
        None if segment.memo == memo else segment.memo,
        None if segment.label == label else segment.label,
    )
