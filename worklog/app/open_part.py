"""The part that is being recorded: the one mutable thing of the domain's world.

It collects spans, counts and captures and gives them out as a `Part` value at any
moment, which is what gets flushed while it is open and signed when it is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worklog.domain.activity import Activity
from worklog.domain.grid import MINUTE_SECONDS, MINUTES, SLOT_SECONDS, Slot
from worklog.domain.ids import ContractId, DeviceId, PartId
from worklog.domain.part import Capture, ClockState, Part, Span


@dataclass(frozen=True, slots=True)
class Seen:
    """Input between two ticks; None fields where the way cannot count."""

    keys: int | None
    clicks: int | None
    scrolls: int | None
    events: int


@dataclass(slots=True)
class _Minute:
    keys: int = 0
    clicks: int = 0
    scrolls: int = 0
    events: int = 0
    is_tracked: bool = False
    is_counted: bool = True  # the way gave counts, not just signs of activity
    was_missed: bool = False  # the listener was away for some of it

    def counts(self) -> tuple[int | None, int | None, int | None, bool | None]:
        """Return (keys, clicks, scrolls, box); zero only where somebody looked (R8)."""
        if self.events:
            known = self.is_counted
            return (
                self.keys if known else None,
                self.clicks if known else None,
                self.scrolls if known else None,
                True,
            )
        if not self.is_tracked or self.was_missed:
            return None, None, None, None
        return (0, 0, 0, False) if self.is_counted else (None, None, None, False)


@dataclass(slots=True)
class OpenPart:
    """Recording in progress for one contract in one slot.

    Attributes:
        part_id: Given at opening; the identity of the sealed part.
        opened: Start of tracking in the slot.
        memo: In force now.
        label: In force now.
        captures: What the capture brought; empty until then.
        is_discarded: A deletion covers this slot; what is recorded will be dropped.
    """

    part_id: PartId
    device: DeviceId
    contract: ContractId
    slot: Slot
    opened: datetime
    memo: str
    label: str
    zone: str
    utc_offset: int
    policy: int
    clock: ClockState = ClockState.STEADY
    application: str | None = None
    title: str | None = None
    captures: tuple[Capture, ...] = ()
    is_discarded: bool = False
    _spans: list[Span] = field(default_factory=list)
    _minutes: list[_Minute] = field(default_factory=lambda: [_Minute() for _ in range(MINUTES)])
    _marks: set[str] = field(default_factory=set)

    def track(self, start: datetime, end: datetime) -> None:
        """Add tracked time ``[start, end)``; what lies outside the slot is left out."""
        first, last = self._second(start), self._second(end)
        if last <= first:
            return
        previous = self._spans[-1] if self._spans else None
        if previous is not None:
            first = max(first, previous.end)
            if first >= last:
                return
        if previous is not None and previous.end == first and self._continues(previous):
            self._spans[-1] = Span(previous.start, last, self.memo, self.label)
        else:
            self._spans.append(Span(first, last, self.memo, self.label))
        for minute in range(first // MINUTE_SECONDS, (last - 1) // MINUTE_SECONDS + 1):
            self._minutes[minute].is_tracked = True

    def cut(self, end: datetime) -> None:
        """Take back tracked time from *end* on; counts of those minutes stay."""
        second = self._second(end)
        self._spans = [
            Span(span.start, min(span.end, second), span.memo, span.label)
            for span in self._spans
            if span.start < second
        ]

    def count(self, at: datetime, seen: Seen | None) -> None:
        """Add input to the minute of *at*; None says that the listener was away."""
        offset = min(max(self._offset(at), 0), SLOT_SECONDS - 1)
        minute = self._minutes[offset // MINUTE_SECONDS]
        if seen is None:
            minute.was_missed = True
            return
        minute.events += seen.events
        if seen.keys is None or seen.clicks is None or seen.scrolls is None:
            minute.is_counted = False
            return
        minute.keys += seen.keys
        minute.clicks += seen.clicks
        minute.scrolls += seen.scrolls

    def mark(self, word: str) -> None:
        """Remember how this part came to be, or what went wrong with it."""
        self._marks.add(word)

    @property
    def end(self) -> int:
        """Second of the slot up to which time is tracked [s]."""
        return self._spans[-1].end if self._spans else 0

    @property
    def since(self) -> int | None:
        """Second of the slot at which the last span began [s]; None before the first."""
        return self._spans[-1].start if self._spans else None

    @property
    def is_empty(self) -> bool:
        """Whether no second was tracked."""
        return not self._spans

    @property
    def activity(self) -> Activity:
        columns = [minute.counts() for minute in self._minutes]
        return Activity(
            keys=tuple(column[0] for column in columns),
            clicks=tuple(column[1] for column in columns),
            scrolls=tuple(column[2] for column in columns),
            active=tuple(column[3] for column in columns),
        )

    def as_part(self, sealed: datetime) -> Part:
        """Return what was recorded so far as a value, ending at *sealed*."""
        return Part(
            part_id=self.part_id,
            device=self.device,
            contract=self.contract,
            slot=self.slot,
            opened=self.opened,
            sealed=min(max(sealed, self.opened), self.slot.end),
            spans=tuple(self._spans),
            activity=self.activity,
            application=self.application,
            title=self.title,
            captures=self.captures,
            zone=self.zone,
            utc_offset=self.utc_offset,
            clock=self.clock,
            policy=self.policy,
            marks=tuple(sorted(self._marks)),
        )

    def _continues(self, span: Span) -> bool:
        return (span.memo, span.label) == (self.memo, self.label)

    def _offset(self, instant: datetime) -> int:
        return (instant - self.slot.start) // timedelta(seconds=1)

    def _second(self, instant: datetime) -> int:
        return min(max(self._offset(instant), 0), SLOT_SECONDS)
