"""Bars and heat map as inline SVG that fills its width.

Places are per cent of the width and pixels of the height, so that a phone gets narrower
bars and the same letters. Colours come from the style of the page, by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from worklog.domain.times import WEEKDAYS
from worklog.domain.wording import hours
from worklog.reports.charts import Chart, Heat
from worklog.reports.report import HOUR_SECONDS

COLOURS: Final = 6  # classes c0 to c5
_TOP, _BASE, _HEIGHT = 20, 170, 192  # px
_GUTTER: Final = 7.0  # per cent, for the hours of the grid
_CELL: Final = 22  # px
_EDGE: Final = 95.0  # per cent


def bars(chart: Chart, names: Sequence[str]) -> str:
    """Return *chart* as an SVG element; *names* are those of its contracts."""
    grid = "".join(
        f'<line class="grid" x1="{_GUTTER}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="scale" x="0" y="{y + 4:.1f}">{hour} h</text>'
        for hour in range(0, chart.top + 1, chart.step)
        for y in [_y(chart, hour * HOUR_SECONDS)]
    )
    shapes = "".join(_bar(chart, number, names) for number in range(len(chart.bars)))
    label = escape("Billed hours: " + "; ".join(_words(chart, number) for number in _used(chart)))
    return (
        f'<svg class="bars" role="img" aria-label="{label}" width="100%" height="{_HEIGHT}">'
        f"{grid}{shapes}</svg>"
    )


def heat_map(heat: Heat) -> str:
    """Return *heat* as an SVG element: a row for each weekday, a column for each hour."""
    width = 100 / (len(heat.rows[0]) + 2)
    heads = "".join(
        f'<text class="scale mid" x="{(number + 2.5) * width:.3f}%" y="12">{hour}</text>'
        for number, hour in enumerate(range(heat.first, heat.first + len(heat.rows[0])))
        if number % 2 == 0
    )
    cells = "".join(_heat_row(heat, day, width) for day in range(len(WEEKDAYS)))
    height = len(WEEKDAYS) * _CELL + 18
    return (
        f'<svg class="heat" role="img" aria-label="Time at work by weekday and hour" '
        f'width="100%" height="{height}">{heads}{cells}</svg>'
    )


def _heat_row(heat: Heat, day: int, width: float) -> str:
    y = 18 + day * _CELL
    name = WEEKDAYS[day][:3].title()
    cells = "".join(
        f'<rect class="h{heat.level(seconds)}" x="{(number + 2) * width + 0.15:.3f}%" y="{y}" '
        f'width="{width - 0.3:.3f}%" height="{_CELL - 2}" rx="2">'
        f"<title>{name} {heat.first + number}:00: {hours(seconds)}</title></rect>"
        for number, seconds in enumerate(heat.rows[day])
    )
    return f'<text class="scale" x="0" y="{y + 14}">{name}</text>{cells}'


def _bar(chart: Chart, number: int, names: Sequence[str]) -> str:
    bar = chart.bars[number]
    pitch = (100 - _GUTTER) / len(chart.bars)
    left, width = _GUTTER + number * pitch + pitch * 0.15, pitch * 0.7
    middle = left + width / 2
    shapes, below = [], 0
    for place, seconds in enumerate(bar.seconds):
        if seconds:
            high, low = _y(chart, below + seconds), _y(chart, below)
            title = escape(f"{bar.name}, {names[place]}: {hours(seconds)}")
            shapes.append(
                f'<rect class="c{place % COLOURS}" x="{left:.3f}%" y="{high:.1f}" '
                f'width="{width:.3f}%" height="{low - high:.1f}"><title>{title}</title></rect>'
            )
        below += seconds
    if chart.has_figures and below:
        y = _y(chart, below) - 5
        shapes.append(f'<text class="figure" x="{middle:.3f}%" y="{y:.1f}">{hours(below)}</text>')
    if bar.label:
        # The last of many narrow bars is nearer to the edge than half of its label.
        side, x = ("end", 100.0) if middle > _EDGE else ("mid", middle)
        y = _HEIGHT - 4
        shapes.append(f'<text class="scale {side}" x="{x:.3f}%" y="{y}">{bar.label}</text>')
    return "".join(shapes)


def _y(chart: Chart, seconds: int) -> float:
    return _BASE - (_BASE - _TOP) * seconds / (chart.top * HOUR_SECONDS)


def _used(chart: Chart) -> list[int]:
    return [number for number, bar in enumerate(chart.bars) if sum(bar.seconds)]


def _words(chart: Chart, number: int) -> str:
    bar = chart.bars[number]
    return f"{bar.name} {hours(sum(bar.seconds))}"
