"""A day of a diary as its page shows it: plain values, nothing left to decide for a template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from worklog.domain import money
from worklog.domain.boxes import boxes_of
from worklog.domain.contract import Contract
from worklog.domain.grid import MINUTES, Slot
from worklog.domain.hour_rows import Row, gap_between, lay_out, stretches
from worklog.domain.lock import is_locked, locks_at
from worklog.domain.part import Role
from worklog.domain.segment import BilledSegment, Origin, Picture, Reason
from worklog.domain.segment_words import MARKS, REASONS, STATES, marks, what_became
from worklog.domain.times import day_in_words, day_start
from worklog.domain.wording import clock, describe, hours
from worklog.service.store.days import Figures, Stored

PictureRows = Mapping[tuple[str, str, int], Stored]
WEEK_DAYS: Final = 7
_WARNING: Final = 0.8  # of the weekly limit (R16)
_COMPARED: Final = 8 * 3600  # a day's bar is full at this many seconds


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a segment.

    Attributes:
        address: Of the picture; its thumbnail is at the same with `/thumbnail`.
        name: What it shows, in words.
    """

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One segment in the grid.

    Attributes:
        slot: Its slot's index, which names it in forms.
        column: From 1.
        clock: When it begins.
        name: What a screen reader says.
        kinds: Classes.
        boxes: The ten minutes, as letters of `BoxKind`.
        marks: Letters with their words.
        shots: Its pictures.
        instead: What is said where there is no picture.
        seconds: Billed [s].
        minor: Billed money in the currency's minor unit.
        memo: Memo and label, in words.
        is_deleted: Whether there is nothing left to choose.
    """

    slot: int
    column: int
    clock: str
    name: str
    kinds: str
    boxes: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    shots: tuple[Shot, ...]
    instead: str
    seconds: int
    minor: int
    memo: str
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """What neighbours say, over the columns they cover.

    Attributes:
        column: From 1.
        span: How many columns.
        words: Memo and label.
        billed: Of all of them, as `0:50`.
        kinds: Classes.
        cells: The segments.
    """

    column: int
    span: int
    words: str
    billed: str
    kinds: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An hour.

    Attributes:
        label: `9`, or `2+02` where the hour comes twice.
        bars: What was done in it.
        away: Said above it where hours before it are empty.
        is_first: Whether the line above is of another hour.
    """

    label: str
    bars: tuple[Bar, ...]
    away: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class StripDay:
    """A day of the week above the grid.

    Attributes:
        day: Which.
        name: `Mon 16`.
        billed: `6:20`; empty for nothing.
        height: Of its bar, 0 to 100.
        is_shown: Whether the page is about it.
        is_today: Whether it is today.
        is_ahead: Whether it is still to come.
    """

    day: date
    name: str
    billed: str
    height: float
    is_shown: bool
    is_today: bool
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class WeekState:
    """The billing week.

    Attributes:
        billed_seconds: [s]
        limit_seconds: None without a limit [s].
        share: Of the limit; 0 without one.
        locks_at: When it locks or did; None where it never does.
        is_locked: Whether it has.
        is_near: Whether the limit is nearly or wholly reached.
    """

    billed_seconds: int
    limit_seconds: int | None
    share: float
    locks_at: datetime | None
    is_locked: bool
    is_near: bool


def bounds(day: date, zone: tzinfo) -> tuple[Slot, Slot]:
    """Return the first slot that begins on *day* in *zone*, and the first after it."""
    return _first_from(day_start(day, zone)), _first_from(day_start(_next(day), zone))


def week_days(day: date, contract: Contract, zone: tzinfo) -> tuple[date, ...]:
    """Return the seven days around *day* that the billing week of *contract* mostly covers."""
    noon = datetime.combine(day, time(12), tzinfo=zone)
    week = contract.week_at(noon.astimezone(UTC))
    first = (week.start + timedelta(hours=12)).astimezone(zone).date()
    return tuple(first + timedelta(days=number) for number in range(WEEK_DAYS))


def strip(
    days: Sequence[date], shown: date, today: date, found: Sequence[Figures], zone: tzinfo
) -> tuple[StripDay, ...]:
    """Return the days of the week with their bars."""
    billed: defaultdict[date, int] = defaultdict(int)
    for each in found:
        billed[Slot(each.slot).start.astimezone(zone).date()] += each.billed_seconds
    most = max([_COMPARED, *(billed[day] for day in days)])
    return tuple(
        StripDay(
            day=day,
            name=day_in_words(day, with_year=False).rsplit(" ", 1)[0],
            billed=hours(billed[day]) if billed[day] else "",
            height=round(100 * billed[day] / most, 1),
            is_shown=day == shown,
            is_today=day == today,
            is_ahead=day > today,
        )
        for day in days
    )


def week_state(
    contract: Contract, day: date, zone: tzinfo, found: Sequence[Figures], now: datetime
) -> WeekState:
    """Return how the billing week that *day* mostly lies in stands."""
    noon = datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)
    slot = Slot.containing(noon)
    week = contract.week_at(noon)
    inside = week.slots()
    billed = sum(each.billed_seconds for each in found if each.slot in inside)
    limit = contract.limit_of(week)
    seconds = None if limit is None else int(limit.total_seconds())
    share = billed / seconds if seconds else 0.0
    return WeekState(
        billed_seconds=billed,
        limit_seconds=seconds,
        share=share,
        locks_at=locks_at(contract, slot),
        is_locked=is_locked(contract, slot, now),
        is_near=share >= _WARNING,
    )


def lines(
    rows: Sequence[BilledSegment], zone: tzinfo, pictures: PictureRows, *, is_client: bool
) -> tuple[Line, ...]:
    """Return the hours of one day of one contract."""
    found = []
    before: Row | None = None
    for row in lay_out(rows, zone):
        bars = tuple(
            _bar(column, run, zone, pictures, is_client=is_client) for column, run in stretches(row)
        )
        found.append(Line(row.label, bars, _away(before, row), row.is_first))
        before = row
    return tuple(found)


def shots_of(row: BilledSegment, pictures: PictureRows, zone: tzinfo) -> tuple[Shot, ...]:
    """Return the pictures of a segment that are here."""
    key = row.segment.key
    return tuple(
        Shot(
            f"/pictures/{key.contract}/{key.slot.index}/{picture.part}/{stored.position}",
            _picture_name(picture, zone),
        )
        for picture in row.segment.pictures
        if (stored := pictures.get(_place(picture))) is not None
    )


def instead_of_picture(row: BilledSegment, pictures: PictureRows) -> str:
    """Return what is said where a segment has no picture."""
    segment = row.segment
    if segment.is_deleted:
        return "moved" if "moved" in segment.marks and "deleted" not in segment.marks else "removed"
    if segment.origin is not Origin.TRACKED:
        return segment.origin.value
    if any(
        picture.capture.role is Role.SCREEN
        and picture.capture.has_picture
        and picture.capture.sha256
        and _place(picture) not in pictures
        for picture in segment.pictures
    ):
        return "picture to follow"
    missing = [
        picture.capture.state
        for picture in segment.pictures
        if picture.capture.role is Role.SCREEN and not picture.capture.has_picture
    ]
    return STATES[missing[0]] if missing else "no picture"


def instead_of_snapshot(row: BilledSegment) -> str:
    """Return why a segment has no snapshot where there should be one; else nothing."""
    failed = [
        what_became(picture.capture)
        for picture in row.segment.pictures
        if picture.capture.role is Role.CAMERA and not picture.capture.has_picture
    ]
    return failed[0] if failed else ""


def reason_of(row: BilledSegment, *, is_client: bool) -> str:
    """Return why a segment bills or not; a client never learns of another contract (R15)."""
    if is_client and row.bill.reason is Reason.SHARED:
        return "not billed"
    return REASONS[row.bill.reason]


def marks_of(row: BilledSegment, *, is_client: bool) -> tuple[tuple[str, str], ...]:
    """Return the letters of a segment with what they mean."""
    hidden = "s" if is_client else ""
    return tuple((letter, MARKS[letter]) for letter in marks(row) if letter not in hidden)


def state_of(row: BilledSegment) -> str:
    """Return what a segment is, in a few words."""
    segment = row.segment
    if segment.is_deleted:
        return "removed"
    if segment.origin is not Origin.TRACKED:
        return f"{segment.origin.value} time"
    return f"{segment.activity.level} of {MINUTES} minutes active"


def minor_of(amount: Decimal | None, currency: str) -> int:
    """Return *amount* in the minor unit of *currency*; 0 without one."""
    return 0 if amount is None else money.minor_units(amount, currency)


def _bar(
    column: int,
    run: Sequence[BilledSegment],
    zone: tzinfo,
    pictures: PictureRows,
    *,
    is_client: bool,
) -> Bar:
    segment = run[0].segment
    kinds = ["memo"]
    if segment.is_deleted:
        kinds.append("gone")
    elif segment.origin is not Origin.TRACKED:
        kinds.append("manual")
    elif all(row.bill.reason is Reason.OVER_LIMIT for row in run):
        kinds.append("over")
    if not segment.memo:
        kinds.append("none")
    return Bar(
        column=column + 1,
        span=len(run),
        words="" if segment.is_deleted else describe(segment.memo, segment.label),
        billed=hours(sum(row.bill.seconds for row in run)),
        kinds=" ".join(kinds),
        cells=tuple(
            _cell(row, column + number + 1, zone, pictures, is_client=is_client)
            for number, row in enumerate(run)
        ),
    )


def _cell(
    row: BilledSegment, column: int, zone: tzinfo, pictures: PictureRows, *, is_client: bool
) -> Cell:
    segment = row.segment
    letters = marks_of(row, is_client=is_client)
    memo = "" if segment.is_deleted else describe(segment.memo, segment.label)
    start = clock(segment.key.slot.start, zone)
    words = [start, memo, state_of(row), *(word for _, word in letters if word != "deleted")]
    return Cell(
        slot=segment.key.slot.index,
        column=column,
        clock=start,
        name=", ".join(filter(None, words)),
        kinds=_kinds(row),
        boxes=tuple(kind.value for kind in boxes_of(segment)),
        marks=letters,
        shots=() if segment.is_deleted else shots_of(row, pictures, zone),
        instead=instead_of_picture(row, pictures),
        seconds=row.bill.seconds,
        minor=minor_of(row.bill.amount, row.bill.currency),
        memo=memo,
        is_deleted=segment.is_deleted,
    )


def _kinds(row: BilledSegment) -> str:
    segment = row.segment
    kinds = {
        "deleted": segment.is_deleted,
        "manual": segment.origin is not Origin.TRACKED,
        "unbilled": not row.bill.seconds,
        "redacted": "redacted" in segment.marks,
    }
    return " ".join(name for name, is_so in kinds.items() if is_so)


def _away(before: Row | None, row: Row) -> str:
    away = timedelta(0) if before is None else gap_between(before, row)
    if not away or before is None:
        return ""
    since = before.start + timedelta(hours=1)
    return f"{since:%H:%M} to {row.start:%H:%M} · nothing for {hours(away.total_seconds())}"


def _picture_name(picture: Picture, zone: tzinfo) -> str:
    capture = picture.capture
    covered = ", covered in part" if 0 < picture.redacted < 1000 else ""  # noqa: PLR2004 -- permille
    what = "Camera" if capture.role == "camera" else f"Screen {capture.monitor + 1}"
    return f"{what} at {capture.taken_at.astimezone(zone):%H:%M:%S}{covered}"


def _place(picture: Picture) -> tuple[str, str, int]:
    return picture.part, picture.capture.role.value, picture.capture.monitor


def _first_from(moment: datetime) -> Slot:
    slot = Slot.containing(moment)
    return slot if slot.start == moment else Slot(slot.index + 1)


def _next(day: date) -> date:
    return day + timedelta(days=1)
