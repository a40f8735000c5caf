"""What the pictures of a report show, before anybody draws them: bars and a heat map.

Bars are of billed time, because they stand beside the money; the heat map is of all time
at work, because it answers when.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from worklog.domain.ids import ContractId
from worklog.domain.segment import BilledSegment
from worklog.domain.times import WEEKDAYS, day_in_words
from worklog.domain.timesheet import live_seconds
from worklog.reports.report import HOUR_SECONDS, Report

MOST_BARS: Final = 62  # days; more of them become weeks
_LABELLED: Final = 8  # bars that each have room for a word and a figure
_LEAST_HOURS: Final = 8  # of the heat map, so that its cells are not slabs
LEVELS: Final = 4
_GRID_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, or a week, of billed time.

    Attributes:
        label: Below the bar; empty where there is no room for one.
        name: In full.
        seconds: Of each contract, in the order of the chart [s].
    """

    label: str
    name: str
    seconds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars beside each other.

    Attributes:
        contracts: What each bar is stacked of, from the bottom.
        bars: In the order of time.
        top: Greatest hour of the scale.
        step: Hours between two lines of the grid.
        has_figures: Whether there is room for a figure above each bar.
    """

    contracts: tuple[ContractId, ...]
    bars: tuple[Bar, ...]
    top: int
    step: int
    has_figures: bool


@dataclass(frozen=True, slots=True)
class Heat:
    """Time at work by weekday and hour.

    Attributes:
        first: First hour that is shown.
        rows: Seven, from Monday, each with the seconds of every hour [s].
    """

    first: int
    rows: tuple[tuple[int, ...], ...]

    def level(self, seconds: int) -> int:
        """Return how dark a cell is, 0 to 4."""
        most = max(max(row) for row in self.rows)
        return -(-LEVELS * seconds // most) if most else 0


def chart(report: Report, contracts: tuple[ContractId, ...]) -> Chart:
    """Return the billed time of *report* by day and contract."""
    by_day: defaultdict[date, defaultdict[ContractId, int]] = defaultdict(lambda: defaultdict(int))
    for row in report.segments:
        by_day[_day(report, row)][row.segment.key.contract] += row.bill.seconds
    days = _days(report, by_day)
    by_week = len(days) > MOST_BARS
    groups: dict[date, list[date]] = defaultdict(list)
    for day in days:
        groups[day - timedelta(days=day.weekday()) if by_week else day].append(day)
    bars = tuple(
        Bar(
            _label(first, len(groups), number, by_week=by_week),
            f"week of {day_in_words(first)}" if by_week else day_in_words(first),
            tuple(sum(by_day[day][name] for day in group) for name in contracts),
        )
        for number, (first, group) in enumerate(groups.items())
    )
    most = max((sum(bar.seconds) for bar in bars), default=0)
    step = max(1, -(-most // (_GRID_LINES * HOUR_SECONDS)))
    top = step * max(1, -(-most // (step * HOUR_SECONDS)))
    return Chart(contracts, bars, top, step, has_figures=len(bars) <= _LABELLED)


def heat(report: Report) -> Heat:
    """Return the time at work of *report* by weekday and hour."""
    seconds = [[0] * 24 for _ in WEEKDAYS]
    for row in report.segments:
        local = row.segment.key.slot.start.astimezone(report.zone)
        seconds[local.weekday()][local.hour] += live_seconds(row.segment)
    hours = [hour for hour in range(24) if any(row[hour] for row in seconds)] or [9]
    first = min(hours[0], 24 - _LEAST_HOURS)
    end = max(hours[-1] + 1, first + _LEAST_HOURS)
    return Heat(first, tuple(tuple(row[first:end]) for row in seconds))


def _day(report: Report, row: BilledSegment) -> date:
    return row.segment.key.slot.start.astimezone(report.zone).date()


def _days(report: Report, found: defaultdict[date, defaultdict[ContractId, int]]) -> list[date]:
    """Return the days of the range; of a long one those from the first to the last work."""
    first = report.start.astimezone(report.zone).date()
    last = (report.end - timedelta(microseconds=1)).astimezone(report.zone).date()
    if (last - first).days >= MOST_BARS and found:
        first, last = min(found), max(found)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _label(day: date, count: int, number: int, *, by_week: bool) -> str:
    if count <= _LABELLED and not by_week:
        return f"{WEEKDAYS[day.weekday()][:3].title()} {day.day}"
    every = -(-count // _LABELLED)
    is_shown = number % every == 0 if by_week or count <= 2 * _LABELLED else day.weekday() == 0
    return day_in_words(day, with_year=False).partition(" ")[2] if is_shown else ""
