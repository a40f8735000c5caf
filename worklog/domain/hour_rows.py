"""Segments laid out as hours: which row and column each has, and which memo covers which.

Pure geometry, shared by terminal and page. A row is a stretch of local time on one offset
to UTC, so the hour that a change of the clocks repeats is two rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from worklog.domain.grid import MINUTES
from worklog.domain.ids import ContractId
from worklog.domain.segment import BilledSegment, Origin

COLUMNS = 60 // MINUTES  # ten minutes each


@dataclass(frozen=True, slots=True)
class Group:
    """Segments of a row that say the same.

    Attributes:
        contract: Whose.
        memo: Empty for none.
        label: Likewise.
        origin: Tracked, manual or imported.
        column: Where the first of them is.
        billed_seconds: Of all of them [s].
        segments: How many.
    """

    contract: ContractId
    memo: str
    label: str
    origin: Origin
    column: int
    billed_seconds: int
    segments: int

    @property
    def words(self) -> tuple[ContractId, str, str, Origin]:
        """What makes two groups the same."""
        return self.contract, self.memo, self.label, self.origin


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of local time with at most one segment a column.

    Attributes:
        start: Local time of its first column.
        cells: What is there; None for nothing.
        groups: What its segments say, in order.
        label: `9`, or `2+02` where the hour comes twice.
        is_first: Whether the row before it is of another time.
    """

    start: datetime
    cells: tuple[BilledSegment | None, ...]
    groups: tuple[Group, ...]
    label: str
    is_first: bool = True


def by_day(rows: Iterable[BilledSegment], zone: tzinfo) -> dict[date, list[BilledSegment]]:
    """Return *rows* by the local day of their slot's start (R1)."""
    days: defaultdict[date, list[BilledSegment]] = defaultdict(list)
    for row in rows:
        days[row.segment.key.slot.start.astimezone(zone).date()].append(row)
    return dict(sorted(days.items()))


def lay_out(segments: Sequence[BilledSegment], zone: tzinfo, columns: int = COLUMNS) -> list[Row]:
    """Return the rows of one day, *columns* slots wide; times without a segment have none.

    Two contracts in one slot make a second row of the same time.
    """
    stretches: defaultdict[tuple[datetime, datetime], list[BilledSegment]] = defaultdict(list)
    for segment in segments:
        local = segment.segment.key.slot.start.astimezone(zone)
        span = columns * MINUTES
        start = local.replace(minute=local.minute // span * span, second=0, microsecond=0)
        # Sorted by UTC: in a repeated hour the wall clock alone would mix both.
        utc = segment.segment.key.slot.start - (local.replace(tzinfo=None) - _naive(start))
        stretches[utc, start].append(segment)
    repeated = _repeated(start for _, start in stretches)
    return [
        row
        for (_, start), found in sorted(stretches.items(), key=lambda item: item[0][0])
        for row in _rows(start, found, zone, columns, is_repeated=_naive(start) in repeated)
    ]


def runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Return *rows* in runs: neighbours that are all of one and the same memo."""
    found: list[list[Row]] = []
    for row in rows:
        last = found[-1][-1] if found else None
        if last is not None and _continues(last, row):
            found[-1].append(row)
        else:
            found.append([row])
    return found


def stretches(row: Row) -> list[tuple[int, list[BilledSegment]]]:
    """Return the neighbours of *row* that say the same, each with its first column."""
    found: list[tuple[int, list[BilledSegment]]] = []
    before: BilledSegment | None = None
    for column, cell in enumerate(row.cells):
        if cell is not None:
            if before is not None and _said(before) == _said(cell):
                found[-1][1].append(cell)
            else:
                found.append((column, [cell]))
        before = cell
    return found


def gap_between(before: Row, after: Row) -> timedelta:
    """Return the real time from the end of one row to the next; none within an hour."""
    step = timedelta(minutes=len(before.cells) * MINUTES)
    return max(timedelta(0), after.start.astimezone(UTC) - before.start.astimezone(UTC) - step)


def _said(row: BilledSegment) -> tuple[object, ...]:
    segment = row.segment
    return segment.key.contract, segment.memo, segment.label, segment.origin, segment.is_deleted


def _continues(last: Row, row: Row) -> bool:
    if len(last.groups) != 1 or len(row.groups) != 1:
        return False
    return last.groups[0].words == row.groups[0].words and not gap_between(last, row)


def _rows(
    start: datetime,
    found: list[BilledSegment],
    zone: tzinfo,
    columns: int,
    *,
    is_repeated: bool,
) -> Iterable[Row]:
    ordered = sorted(found, key=lambda row: row.segment.key)
    slots = {row.segment.key.slot for row in ordered}
    # A row a contract where two of them meet in a slot, so that each stays in one line.
    is_contested = len(slots) < len(ordered)
    layers: dict[str, list[BilledSegment | None]] = {}
    for row in ordered:
        local = row.segment.key.slot.start.astimezone(zone)
        name = row.segment.key.contract if is_contested else ""
        layer = layers.setdefault(name, [None] * columns)
        layer[local.minute // MINUTES % columns] = row
    label = f"{start.hour}" if columns == COLUMNS else f"{start.hour}:{start.minute:02}"
    if is_repeated:
        label += f"{start:%z}"[:3]
    for number, layer in enumerate(layers.values()):
        yield Row(start, tuple(layer), _groups(layer), label, is_first=number == 0)


def _groups(layer: Sequence[BilledSegment | None]) -> tuple[Group, ...]:
    found: dict[tuple[ContractId, str, str, Origin], Group] = {}
    for column, cell in enumerate(layer):
        if cell is None or cell.segment.is_deleted:
            continue
        segment = cell.segment
        group = Group(
            segment.key.contract,
            segment.memo,
            segment.label,
            segment.origin,
            column,
            cell.bill.seconds,
            1,
        )
        known = found.get(group.words)
        if known is not None:
            group = Group(
                *known.words,
                known.column,
                known.billed_seconds + group.billed_seconds,
                known.segments + 1,
            )
        found[group.words] = group
    return tuple(found.values())


def _repeated(starts: Iterable[datetime]) -> set[datetime]:
    seen: set[datetime] = set()
    twice: set[datetime] = set()
    for start in starts:
        (twice if _naive(start) in seen else seen).add(_naive(start))
    return twice


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
