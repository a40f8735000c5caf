"""`worklog diary`: hours as rows, ten minutes as ten boxes, memos under what they cover.

A day is drawn in full; several days begin with a map of day by hour. What does not fit
the width becomes shorter rows (half hours, twenty minutes), never broken lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from worklog.cli.render.boxes import of_segment, shade, share_bar
from worklog.cli.render.line import (
    Ink,
    Line,
    Piece,
    cells,
    clip,
    cut,
    left,
    length,
    paint_all,
    right,
    spread,
    words,
    wrapped,
)
from worklog.cli.render.look import Look
from worklog.domain.amendment import Key
from worklog.domain.contract import Contract
from worklog.domain.grid import MINUTES
from worklog.domain.grouping import Totals
from worklog.domain.hour_rows import COLUMNS, Row, by_day, gap_between, lay_out, runs
from worklog.domain.ids import ContractId
from worklog.domain.part import per_minute
from worklog.domain.segment import BilledSegment, Origin
from worklog.domain.segment_words import MARKS, marks
from worklog.domain.times import day_in_words, day_start
from worklog.domain.timesheet import WeekSummary, seconds_by_hour, totals
from worklog.domain.wording import amounts, contract_name, count, describe, hours, zone_name

EMPTY: Final = "Nothing was tracked {when}."
NEXT_STEP: Final = 'Start with `worklog start -m "what you do"`, or add time with `worklog add`.'
_MANY_DAYS: Final = 62  # from here on the map is by weekday
_LEAST_LABEL: Final = 5
_DAY_WIDTH: Final = 11  # `Mon 16 Nov`
_INK_OF_MARK: Final = {
    "x": Ink.DIM,
    "s": Ink.DIM,
    "r": Ink.DIM,
    "o": Ink.OVER,
    "u": Ink.DOUBT,
    "l": Ink.DOUBT,
    "m": Ink.MANUAL,
}


@dataclass(frozen=True, slots=True)
class DiaryView:
    """What a diary is drawn from.

    Attributes:
        rows: Segments of the range, by slot and contract.
        contracts: By id, those of *rows* at least.
        start: First instant of the range.
        end: Instant after the last.
        now: For the words "today" and "yesterday".
        weeks: Billing weeks that the range touches, with the figures of whole weeks.
    """

    rows: Sequence[BilledSegment]
    contracts: Mapping[ContractId, Contract]
    start: datetime
    end: datetime
    now: datetime
    weeks: Sequence[WeekSummary] = ()


Pictures = Callable[[Sequence[BilledSegment | None], int, Look], list[str]]
"""Draws the pictures of a row, each so many cells wide, as painted lines."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """How one day is laid out in a width.

    Attributes:
        look: What may be used.
        zone: Whose hours.
        columns: Slots a row.
        label: Width of the hour [cells].
        gap: Between two segments, where marks stand [cells].
        names: Whether memos carry the contract.
        contracts: For their names.
        pictures: Draws pictures; None for none.
    """

    look: Look
    zone: tzinfo
    columns: int
    label: int
    gap: int
    names: bool
    contracts: Mapping[ContractId, Contract]
    pictures: Pictures | None = None

    @property
    def edge(self) -> int:
        """Cell after the last box, where the sums end."""
        return self.label + self.columns * (MINUTES + self.gap)

    def column(self, number: int) -> int:
        return self.label + number * (MINUTES + self.gap)


def diary(view: DiaryView, *, zone: tzinfo, look: Look, pictures: Pictures | None = None) -> str:
    """Return the diary of the range of *view*; *pictures* draws thumbnails into it."""
    days = by_day(view.rows, zone)
    asked = _days(view, zone)
    if len(asked) <= 1:
        day = asked[0] if asked else view.start.astimezone(zone).date()
        shown = _one_day(view, day, days.get(day, []), zone=zone, look=look, pictures=pictures)
        return "\n".join(shown)
    lines = [paint_all(overview(view, zone=zone, look=look), look)]
    for day, found in days.items():
        lines += ["", *_one_day(view, day, found, zone=zone, look=look, pictures=pictures)]
    return "\n".join(lines)


# --- One day --------------------------------------------------------------------------


def _one_day(
    view: DiaryView,
    day: date,
    found: Sequence[BilledSegment],
    *,
    zone: tzinfo,
    look: Look,
    pictures: Pictures | None,
) -> list[str]:
    """Return a day as painted lines."""
    head = _day_head(view, day, found, zone, look)
    if not found:
        return [paint_all([*head, (), *_empty(view, day, zone, look)], look)]
    frame = _frame(view, found, zone, look, pictures)
    body: list[str] = [paint_all([*head, (), *_column_heads(frame, found)], look)]
    before: Row | None = None
    for run in runs(lay_out(found, zone, frame.columns)):
        if before is not None and (away := gap_between(before, run[0])):
            body.append(paint_all([_away_line(before, run[0], away, frame)], look))
        for row in run:
            body.append(paint_all([_row_line(row, frame)], look))
            if frame.pictures is not None:
                body += frame.pictures(row.cells, frame.gap, look)
        body += [paint_all(_group_lines(run, frame), look)]
        before = run[-1]
    if foot := _foot(found, look):
        body += ["", paint_all(foot, look)]
    return body


def _day_head(
    view: DiaryView,
    day: date,
    found: Sequence[BilledSegment],
    zone: tzinfo,
    look: Look,
) -> list[Line]:
    names = _names(found, view)
    title: list[Piece] = [(day_in_words(day), Ink.STRONG)]
    if names:
        title += [(" · ", Ink.DIM), (" · ".join(names), Ink.STRONG)]
    lines = [spread(title, [(zone_name(zone), Ink.DIM)], look.width, look)]
    if not found:
        return lines
    figures = _figures(totals(row for row in found if not row.segment.is_deleted))
    weeks = _weeks_of(view, day, found, zone)
    if len(weeks) == 1:
        week = _week(weeks[0], look)
        if length(figures) + length(week) + 3 <= look.width:
            return [*lines, spread(figures, week, look.width, look)]
        return [*lines, clip(figures, look.width, look), clip(week, look.width, look)]
    lines.append(clip(figures, look.width, look))
    for summary in weeks:
        name = cut(words(contract_name(summary.contract, view.contracts)), look.width // 3, look)
        lines.append(spread([(f"  {name}", Ink.TEXT)], _week(summary, look), look.width, look))
    return lines


def _names(found: Sequence[BilledSegment], view: DiaryView) -> list[str]:
    ids = dict.fromkeys(row.segment.key.contract for row in found)
    return [words(contract_name(contract, view.contracts)) for contract in ids]


def _figures(sums: Totals) -> Line:
    pieces: list[Piece] = [
        ("billed ", Ink.DIM),
        (hours(sums.billed_seconds), Ink.STRONG),
        ("   tracked ", Ink.DIM),
        (hours(sums.tracked_seconds), Ink.TEXT),
    ]
    if sums.manual_seconds:
        pieces += [("   manual ", Ink.DIM), (hours(sums.manual_seconds), Ink.MANUAL)]
    if sums.late_seconds:
        pieces += [("   late ", Ink.DIM), (hours(sums.late_seconds), Ink.DOUBT)]
    return tuple(pieces)


def _weeks_of(
    view: DiaryView, day: date, found: Sequence[BilledSegment], zone: tzinfo
) -> list[WeekSummary]:
    """Return the weeks that *day* lies in, of the contracts that were worked for."""
    ids = {row.segment.key.contract for row in found}
    noon = day_start(day, zone) + timedelta(hours=12)
    return [
        summary
        for summary in view.weeks
        if summary.contract in ids and summary.week.start <= noon < summary.week.end
    ]


def _week(summary: WeekSummary, look: Look) -> Line:
    billed = summary.totals.billed_seconds
    pieces: list[Piece] = [("week ", Ink.DIM), (hours(billed), Ink.STRONG)]
    if summary.limit is not None:
        limit = summary.limit.total_seconds()
        pieces += [(f" of {hours(limit)}  ", Ink.TEXT), *share_bar(billed, limit, look)]
    return tuple(pieces)


def _empty(view: DiaryView, day: date, zone: tzinfo, look: Look) -> list[Line]:
    today = view.now.astimezone(zone).date()
    near = {0: "today", 1: "yesterday"}
    when = near.get((today - day).days, f"on {day_in_words(day, with_year=False)}")
    sentence = EMPTY.format(when=when + (" yet" if day == today else ""))
    return [*wrapped(sentence, Ink.TEXT, look), *wrapped(NEXT_STEP, Ink.DIM, look)]


def _frame(
    view: DiaryView,
    found: Sequence[BilledSegment],
    zone: tzinfo,
    look: Look,
    pictures: Pictures | None,
) -> _Frame:
    widest = max(2, *(len(marks(row)) for row in found))
    label = _LEAST_LABEL
    columns = COLUMNS
    if pictures is not None:
        columns = 6 if look.width >= 6 * 24 + label else 3
    while columns > 1 and label + 1 + columns * (MINUTES + 1) > look.width:
        columns = {6: 3, 3: 2, 2: 1}[columns]
    label = max(label + 1, *(len(row.label) + 1 for row in lay_out(found, zone, columns)))
    room = (look.width - label) // columns - MINUTES
    gap = max(1, min(room, widest if pictures is None else 24))
    return _Frame(
        look=look,
        zone=zone,
        columns=columns,
        label=label,
        gap=gap,
        names=len({row.segment.key.contract for row in found}) > 1,
        contracts=view.contracts,
        pictures=pictures,
    )


def _column_heads(frame: _Frame, found: Sequence[BilledSegment]) -> list[Line]:
    """Return the minutes above the columns; in zones with :45 offsets they end in 5."""
    if frame.columns != COLUMNS:
        return []
    offset = found[0].segment.key.slot.start.astimezone(frame.zone).minute % MINUTES
    text = " " * frame.label
    for column in range(frame.columns):
        text += left(f":{column * MINUTES + offset:02}", MINUTES + frame.gap)
    return [((text, Ink.DIM),)]


def _row_line(row: Row, frame: _Frame) -> Line:
    label = row.label if row.is_first else ""
    pieces: list[Piece] = [(left(right(label, 2), frame.label), Ink.STRONG)]
    for cell in row.cells:
        if cell is None:
            pieces.append((" " * (MINUTES + frame.gap), Ink.TEXT))
            continue
        letters = marks(cell)[: frame.gap]
        pieces += of_segment(cell, frame.look)
        pieces += [(letter, _INK_OF_MARK[letter]) for letter in letters]
        pieces.append((" " * (frame.gap - len(letters)), Ink.TEXT))
    return tuple(pieces)


def _group_lines(run: Sequence[Row], frame: _Frame) -> list[Line]:
    """Return a line for each memo of *run*, under its first segment, its sum at the edge."""
    if len(run) > 1:
        group = run[0].groups[0]
        billed = sum(row.groups[0].billed_seconds for row in run)
        column = min(row.groups[0].column for row in run)
        return [_memo_line(group.words, column, billed, frame)]
    return [
        _memo_line(group.words, group.column, group.billed_seconds, frame)
        for group in run[0].groups
    ]


def _memo_line(
    said: tuple[ContractId, str, str, Origin], column: int, billed: int, frame: _Frame
) -> Line:
    contract, memo, label, origin = said
    text = words(describe(memo, label))
    if origin is not Origin.TRACKED:
        text += f" ({origin.value})"
    if frame.names:
        text = f"{words(contract_name(contract, frame.contracts))}: {text}"
    edge = min(frame.look.width, frame.edge)
    room = edge - frame.label - len("  00:00")
    text = cut(text, room, frame.look)
    indent = min(frame.column(column), edge - len("  00:00") - cells(text))
    ink = Ink.MANUAL if origin is not Origin.TRACKED else Ink.TEXT if memo else Ink.DIM
    begin: list[Piece] = [(" " * indent, Ink.TEXT), (text, ink)]
    return spread(begin, [(right(hours(billed), 5), Ink.STRONG)], edge, frame.look)


def _away_line(before: Row, after: Row, away: timedelta, frame: _Frame) -> Line:
    start = before.start + timedelta(minutes=frame.columns * MINUTES)
    is_hourly = frame.columns == COLUMNS
    first = f"{start.hour:2}" if is_hourly else f"{start.hour}:{start.minute:02}"
    last = f"{after.start.hour}" if is_hourly else f"{after.start.hour}:{after.start.minute:02}"
    label = left(f"{first}\N{EN DASH}{last}", frame.label)
    return clip(
        [(f"{label} nothing for {hours(away.total_seconds())}", Ink.DIM)], frame.edge, frame.look
    )


def _foot(found: Sequence[BilledSegment], look: Look) -> list[Line]:
    """Return what the marks mean, those that occur, and what was earned."""
    letters = {letter for row in found for letter in marks(row)}
    legend = "  ".join(f"{letter} {word}" for letter, word in MARKS.items() if letter in letters)
    if any(box is None for row in found for box in _known(row)):
        legend = "  ".join(filter(None, (legend, "? unknown")))
    earned = amounts(totals(found).amounts)
    if not legend and not earned:
        return []
    end: list[Piece] = [(earned, Ink.STRONG)] if earned else []
    if cells(legend) + length(end) + 2 > look.width:
        return [*wrapped(legend, Ink.DIM, look), spread((), end, look.width, look)]
    return [spread([(legend, Ink.DIM)], end, look.width, look)]


def _known(row: BilledSegment) -> Iterable[bool | None]:
    seconds = per_minute(row.segment.tracked)
    return (
        box for box, tracked in zip(row.segment.activity.active, seconds, strict=True) if tracked
    )


# --- Several days ---------------------------------------------------------------------


def overview(view: DiaryView, *, zone: tzinfo, look: Look) -> list[Line]:
    """Return the range as a map: a line a day, a column an hour, darker with more work."""
    days = by_day(view.rows, zone)
    asked = _days(view, zone)
    live = [row for row in view.rows if not row.segment.is_deleted]
    title = f"{day_in_words(asked[0])} \N{EN DASH} {day_in_words(asked[-1])}"
    head: list[Line] = [
        spread([(title, Ink.STRONG)], [(zone_name(zone), Ink.DIM)], look.width, look)
    ]
    if not live:
        return [
            *head,
            (),
            *wrapped(EMPTY.format(when="in these days"), Ink.TEXT, look),
            *wrapped(NEXT_STEP, Ink.DIM, look),
        ]
    sums = totals(live)
    earned = amounts(sums.amounts)
    head.append(spread(_figures(sums), [(earned, Ink.STRONG)] if earned else [], look.width, look))
    for summary in view.weeks:
        name = cut(words(contract_name(summary.contract, view.contracts)), look.width // 3, look)
        since = day_in_words(summary.week.start.astimezone(zone).date(), with_year=False)
        head.append(
            spread(
                [(f"  {name}", Ink.TEXT), (f", week of {since}", Ink.DIM)],
                _week(summary, look),
                look.width,
                look,
            )
        )
    lines = [(day, days.get(day, [])) for day in asked]
    if len(asked) > _MANY_DAYS:
        lines = [(day, found) for day, found in lines if found]
    return [*head, (), *_map(lines, zone, look), (), _map_foot(live, look)]


def _map(
    lines: Sequence[tuple[date, Sequence[BilledSegment]]], zone: tzinfo, look: Look
) -> list[Line]:
    worked = [seconds_by_hour(found, zone) for _, found in lines]
    used = {hour for day in worked for hour in day}
    first, last = min(used), max(used)
    span = last - first + 1
    sums_width = len("  billed  tracked")
    wide = max(1, min(3, (look.width - _DAY_WIDTH - sums_width) // span))
    step = -(-3 // wide)  # hours between two names, so that they keep apart
    heading = "".join(
        left(str(hour), wide * step)[: wide * step] for hour in range(first, last + 1, step)
    )
    heading = left(heading, wide * span)[: max(wide * span, 2)]
    shown: list[Line] = [((" " * _DAY_WIDTH + heading + "  billed  tracked", Ink.DIM),)]
    for (day, found), hour_seconds in zip(lines, worked, strict=True):
        live = [row for row in found if not row.segment.is_deleted]
        sums = totals(live)
        name = left(right(day_in_words(day, with_year=False), 10), _DAY_WIDTH)
        pieces: list[Piece] = [(name, Ink.TEXT if found else Ink.DIM)]
        for hour in range(first, last + 1):
            text, ink = shade(hour_seconds.get(hour, 0), look)
            pieces.append((text * wide if ink is Ink.ACTIVE else left(text, wide), ink))
        if live:
            pieces.append((right(hours(sums.billed_seconds), 8), Ink.STRONG))
            pieces.append((right(hours(sums.tracked_seconds), 9), Ink.TEXT))
        shown.append(tuple(pieces))
    return shown


def _map_foot(live: Sequence[BilledSegment], look: Look) -> Line:
    steps = "".join(shade(quarter * 900 - 450, look)[0] for quarter in range(1, 5))
    contracts = len({row.segment.key.contract for row in live})
    what = f"{count(len(live), 'segment')}, {count(contracts, 'contract')}"
    return spread([(what, Ink.DIM)], [(f"an hour: none {steps} full", Ink.DIM)], look.width, look)


def _days(view: DiaryView, zone: tzinfo) -> list[date]:
    first = view.start.astimezone(zone).date()
    last = (view.end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def with_pictures(thumbnails: Mapping[Key, bytes]) -> Pictures:
    """Return what draws *thumbnails*, pictures by segment, under each row."""
    from worklog.cli.render.pictures import strip

    def draw(row: Sequence[BilledSegment | None], gap: int, look: Look) -> list[str]:
        files = [None if cell is None else thumbnails.get(cell.segment.key) for cell in row]
        if not any(files):
            return []
        return strip(files, indent=_LEAST_LABEL + 1, width=MINUTES + gap - 1, look=look)

    return draw
