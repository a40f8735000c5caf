"""Records a story: parts through the capturer and the cache, changes through the use cases.

Pictures are painted and encoded in worker threads, one day ahead of the disk; everything
that is written is written in order, so a demo that was interrupted is a shorter diary.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from worklog.app.capturing import Capturer, Shot
from worklog.app.contracts import Contracts, Particulars
from worklog.app.editing import Editing
from worklog.app.open_part import OpenPart, Seen
from worklog.app.ports import Box, Cache, Frame, Gap, PictureCodec, Window
from worklog.cli.demo import story
from worklog.cli.demo.drawing import draw
from worklog.domain.contract import Contract
from worklog.domain.grid import SLOT_LENGTH, Slot, epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, PartId, SessionId, uuid7
from worklog.domain.ranges import Range
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Ending, Session

COVERED: Final = Box(150, 110, 560, 270)  # what the redacted picture does not show [px]
_AFTERWARDS: Final = timedelta(seconds=40)  # when a day's changes are made
_WHOLE_SECOND: Final = timedelta(seconds=1)


class StoryClock:
    """The wall clock of the story; it stands where the storyteller puts it."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def now_ms(self) -> int:
        return epoch_ms(self.instant)

    def boot_ns(self) -> int:
        return self.now_ms() * 1_000_000

    def awake_ns(self) -> int:
        return self.boot_ns()

    def wait(self, seconds: float, *, wake: threading.Event) -> bool:
        """Let the time pass at once."""
        self.instant += timedelta(seconds=seconds)
        return wake.is_set()


class StoryChance:
    """Chance that a seed foretells, so that two demos of one seed are the same."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)  # noqa: S311 -- ids of made-up work

    def token(self, size: int) -> bytes:
        return self._rng.randbytes(size)

    def uniform(self, low: float, high: float) -> float:
        return self._rng.uniform(low, high)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a demo holds."""

    segments: int
    pictures: int
    contracts: tuple[str, ...]


@dataclass(slots=True)
class Painted:
    """A screen that shows one frame. Implements `worklog.app.ports.ScreenWay`."""

    frame: Frame
    name: str = "demo"

    def unavailable_reason(self) -> str | None:
        return None

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        del active_only  # there is one monitor
        return (self.frame,)


@dataclass(slots=True)
class Shown:
    """A desktop with one window. Implements `worklog.app.ports.WindowWay`."""

    window: Window
    name: str = "demo"

    def unavailable_reason(self) -> str | None:
        return None

    def active(self) -> Window | None:
        return self.window

    def visible(self) -> tuple[Window, ...] | None:
        return (self.window,)


class Filling:
    """Fills one cache, whose clock is *clock*, with the story of *days*."""

    def __init__(
        self,
        cache: Cache,
        clock: StoryClock,
        *,
        codec: PictureCodec,
        executor: Executor,
        zone: ZoneInfo,
        seed: int,
    ) -> None:
        self._cache = cache
        self._clock = clock
        self._codec = codec
        self._executor = executor
        self._zone = zone
        self._seed = seed
        self._chance = StoryChance(seed)
        self._rng = Random(seed + 1)  # noqa: S311 -- made-up work
        self._editing = Editing(cache, clock, self._chance)
        self._contracts: dict[str, Contract] = {}

    def fill(self, days: Sequence[story.Day], *, tell: Callable[[int, int], object]) -> Filled:
        """Record *days*; *tell* hears how many of them are done, and of how many."""
        self._clock.instant = days[0].start - timedelta(hours=2)
        self._make_contracts()
        for number, day in enumerate(days):
            tell(number, len(days))
            self._record(day)
            self._clock.instant = day.end + _AFTERWARDS
            for back, change in _CHANGES:
                if min(back, len(days) - 1) == len(days) - 1 - number:
                    change(self, day)
        tell(len(days), len(days))
        return self._counted(days[0].start - timedelta(days=1), days[-1].end)

    # --- Contracts ----------------------------------------------------------------------

    def _make_contracts(self) -> None:
        use_cases = Contracts(self._cache, self._clock, self._chance)
        made = (
            use_cases.add(
                Particulars(
                    story.ACME,
                    client="Acme Robotics",
                    title="Firmware updater",
                    labels=("dev", "review", "docs"),
                ),
                self._zone,
                rate=Decimal(84),
                currency="EUR",
                weekly_limit=timedelta(hours=20),
            ),
            use_cases.add(
                Particulars(
                    story.GLOBEX,
                    client="Globex Ltd",
                    title="Shop",
                    labels=("design", "dev", "support"),
                ),
                self._zone,
                rate=Decimal("97.50"),
                currency="USD",
                weekly_limit=timedelta(hours=9),
                memo_required=True,
            ),
            use_cases.add(Particulars(story.ADMIN, title="Own papers"), self._zone),
        )
        self._contracts = {contract.name: contract for contract in made}
        use_cases.use(made[0])

    # --- A day --------------------------------------------------------------------------

    def _record(self, day: story.Day) -> None:
        parts = [
            (stint, [(part, self._capture(part, moment, spell)) for part, moment, spell in found])
            for stint in day.stints
            for found in [list(self._parts(stint))]
        ]
        for stint, recorded in parts:
            for part, shot in recorded:
                self._seal(part, shot)
            self._end(stint)

    def _parts(self, stint: story.Stint) -> Iterator[tuple[OpenPart, datetime, story.Spell]]:
        """Yield the parts of *stint*, each with the moment of its capture and what goes on then."""
        slot = Slot.containing(stint.start)
        while slot.start < stint.end:
            pieces = [
                replace(spell, start=max(spell.start, slot.start), end=min(spell.end, slot.end))
                for spell in stint.spells
                if spell.start < slot.end and spell.end > slot.start
            ]
            if pieces:
                piece = self._rng.choice(pieces)
                length = (piece.end - piece.start) // _WHOLE_SECOND
                moment = piece.start + timedelta(seconds=self._rng.randrange(length))
                yield self._part(stint, slot, pieces), moment, piece
            slot = Slot(slot.index + 1)

    def _part(self, stint: story.Stint, slot: Slot, pieces: Sequence[story.Spell]) -> OpenPart:
        contract = self._contracts[stint.contract]
        opened = pieces[0].start
        offset = opened.astimezone(self._zone).utcoffset() or timedelta(0)
        part = OpenPart(
            part_id=PartId(uuid7(opened, self._chance.token(ENTROPY_BYTES))),
            device=self._cache.device,
            contract=contract.contract_id,
            slot=slot,
            opened=opened,
            memo="",
            label="",
            zone=self._zone.key,
            utc_offset=offset // _WHOLE_SECOND,
            policy=contract.terms_at(opened).policy.version,
        )
        for piece in pieces:
            part.memo, part.label = piece.task.memo, piece.task.label
            part.track(piece.start, piece.end)
            minute = piece.start
            while minute < piece.end:
                part.count(minute, self._seen(piece.mood))
                minute = minute.replace(second=0, microsecond=0) + story.MINUTE
        return part

    def _seen(self, mood: story.Mood) -> Seen | None:
        counts = story.keys_in(mood, self._rng)
        return None if counts is None else Seen(*counts, events=sum(counts))

    def _capture(self, part: OpenPart, moment: datetime, spell: story.Spell) -> Future[Shot]:
        task = story.on_screen(spell, self._rng)
        local = moment.astimezone(self._zone)
        rng = Random(f"{self._seed} {part.part_id}")  # noqa: S311 -- what a picture shows

        def capture() -> Shot:
            capturer = Capturer(
                screen=Painted(draw(task, spell.task.memo, local, rng)),
                window=Shown(Window(task.application, task.title)),
                presence=None,
                codec=self._codec,
            )
            return capturer.capture(moment)

        return self._executor.submit(capture)

    def _seal(self, part: OpenPart, capture: Future[Shot]) -> None:
        shot = capture.result()
        part.captures = shot.captures
        part.application, part.title = shot.application, shot.title
        whole = part.as_part(part.slot.start + timedelta(seconds=part.end))
        self._clock.instant = whole.sealed
        if shot.pictures:
            self._cache.add_pictures(whole, shot.pictures)
        self._cache.seal(whole)

    def _end(self, stint: story.Stint) -> None:
        contract = self._contracts[stint.contract].contract_id
        for pause in stint.breaks:
            self._cache.save_gap(Gap(pause.start, pause.end, pause.reason, contract))
        last = stint.spells[-1].task
        self._cache.save_session(
            Session(
                session_id=SessionId(uuid7(stint.start, self._chance.token(ENTROPY_BYTES))),
                contract=contract,
                started=stint.start,
                ended=stint.end,
                ending=Ending.STOP,
                memo=last.memo,
                label=last.label,
            )
        )

    # --- Changes ------------------------------------------------------------------------

    def redact(self, day: story.Day) -> None:
        row = self._rows(day)[1]
        self._editing.redact(row, [COVERED], codec=self._codec)

    def delete(self, day: story.Day) -> None:
        self._editing.delete(self._rows(day)[3:4])

    def add_call(self, day: story.Day) -> None:
        end = Slot.containing(day.start).start - SLOT_LENGTH
        span = Range(end - 3 * SLOT_LENGTH, end, "stand-up")
        contract = self._contracts[story.ACME]
        self._editing.add(span, contract, memo="stand-up call", label="review")

    def describe(self, day: story.Day) -> None:
        rows = self._rows(day)
        self._editing.describe(rows[4:6], memo="retry lost frames, with tests")
        self._editing.describe(rows[6:7], memo="a slip of the pen")
        self._editing.undo()

    def keep_idle(self, day: story.Day) -> None:
        for stint in day.stints:
            for pause in stint.breaks:
                self._editing.keep_idle(Range(pause.start, pause.end, pause.reason))

    def _rows(self, day: story.Day) -> list[BilledSegment]:
        """Return the pictured segments of the first stint of *day*."""
        contract = self._contracts[day.stints[0].contract].contract_id
        found = self._cache.segments(day.start - SLOT_LENGTH, day.end, contract=contract)
        return [row for row in found if any(p.capture.has_picture for p in row.segment.pictures)]

    def _counted(self, start: datetime, end: datetime) -> Filled:
        rows = self._cache.segments(start, end)
        pictures = self._cache.pictures(part for row in rows for part in row.segment.parts)
        return Filled(
            segments=sum(not row.segment.is_deleted for row in rows),
            pictures=len(pictures),
            contracts=tuple(self._contracts),
        )


# What was changed afterwards, by how many working days ago; of a shorter story, on its
# first day.
_CHANGES: Final[tuple[tuple[int, Callable[[Filling, story.Day], None]], ...]] = (
    (1, Filling.redact),
    (1, Filling.add_call),
    (2, Filling.delete),
    (3, Filling.describe),
    (4, Filling.keep_idle),
)
