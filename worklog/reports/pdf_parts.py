"""What the pages of a PDF are put together of: text, bars, the map of the week, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from worklog.domain.times import WEEKDAYS
from worklog.domain.wording import hours
from worklog.reports.charts import LEVELS, Chart, Heat
from worklog.reports.pdf_text import Laid, Run, Typesetter, width_of
from worklog.reports.report import HOUR_SECONDS

TEXT: Final = HexColor("#1f2421")
MUTED: Final = HexColor("#5d655f")
LINE: Final = HexColor("#e4e1d9")
MANUAL: Final = HexColor("#2f6fb3")
LATE: Final = HexColor("#8a6400")
ACCENT: Final = HexColor("#1b6b4a")
_NONE: Final = HexColor("#eceae3")
CONTRACTS: Final = tuple(
    map(HexColor, ("#1e8757", "#2f6fb3", "#b4531a", "#7a5bb0", "#8a6400", "#a8406b"))
)
LEADING: Final = 1.35
SMALL: Final = 7.5  # pt
_CHART_HEIGHT: Final = 110.0  # pt
_BASE: Final = 14.0
_HEAD: Final = 12.0
_GUTTER: Final = 24.0
_EDGE: Final = 51.0  # margin and padding of the frame


class Words(Flowable):
    """A text in any script, broken to the width that there is."""

    def __init__(  # noqa: PLR0913 -- all but two are keywords
        self,
        setter: Typesetter,
        text: str,
        *,
        size: float = 9,
        is_strong: bool = False,
        colour: Color = TEXT,
        indent: float = 0,
        key: Color | None = None,
    ) -> None:
        super().__init__()
        self._setter = setter
        self._text = text
        self._size = size
        self._is_strong = is_strong
        self._colour = colour
        self._indent = indent
        self._key = key
        self._laid = Laid((), is_right=False)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        del height
        self._laid = self._setter.lay_out(
            self._text, width - self._indent, self._size, is_strong=self._is_strong
        )
        self.width, self.height = width, len(self._laid.lines) * self._size * LEADING
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        y = self.height - self._size
        if self._key is not None:
            canvas.setFillColor(self._key)
            canvas.rect(0, y - 0.5, self._size * 0.7, self._size * 0.7, stroke=0, fill=1)
        canvas.setFillColor(self._colour)
        draw_lines(canvas, self._laid, (self._indent, self.width), y=y, size=self._size)


class Bars(Flowable):
    """Billed hours by day, stacked of contracts."""

    def __init__(self, chart: Chart, setter: Typesetter, width: float) -> None:
        super().__init__()
        self._chart = chart
        self._font = setter.plain
        self.width, self.height = width, _CHART_HEIGHT

    def draw(self) -> None:
        chart, canvas = self._chart, self.canv
        canvas.setFont(self._font, SMALL)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        for hour in range(0, chart.top + 1, chart.step):
            y = self._y(hour * HOUR_SECONDS)
            canvas.line(_GUTTER, y, self.width, y)
            canvas.setFillColor(MUTED)
            canvas.drawString(0, y - SMALL / 3, f"{hour} h")
        pitch = (self.width - _GUTTER) / max(1, len(chart.bars))
        for number in range(len(chart.bars)):
            self._bar(number, _GUTTER + (number + 0.15) * pitch, pitch * 0.7)

    def _bar(self, number: int, x: float, width: float) -> None:
        bar, canvas, below = self._chart.bars[number], self.canv, 0
        for place, seconds in enumerate(bar.seconds):
            low, high = self._y(below), self._y(below + seconds)
            canvas.setFillColor(CONTRACTS[place % len(CONTRACTS)])
            if seconds:
                canvas.rect(x, low, width, high - low, stroke=0, fill=1)
            below += seconds
        canvas.setFillColor(TEXT)
        if self._chart.has_figures and below:
            canvas.drawCentredString(x + width / 2, self._y(below) + 3, hours(below))
        canvas.setFillColor(MUTED)
        canvas.drawCentredString(x + width / 2, 2, bar.label)

    def _y(self, seconds: int) -> float:
        share = seconds / (self._chart.top * HOUR_SECONDS)
        return _BASE + (self.height - _BASE - _HEAD) * share


class HeatMap(Flowable):
    """Time at work by weekday and hour."""

    def __init__(self, heat: Heat, setter: Typesetter, width: float) -> None:
        super().__init__()
        self._heat = heat
        self._font = setter.plain
        self.width, self.height = width, _CHART_HEIGHT

    def draw(self) -> None:
        heat, canvas = self._heat, self.canv
        canvas.setFont(self._font, SMALL)
        cell = (self.width - _GUTTER) / len(heat.rows[0])
        high = (self.height - _HEAD) / len(WEEKDAYS)
        canvas.setFillColor(MUTED)
        for number in range(0, len(heat.rows[0]), 2):
            x = _GUTTER + (number + 0.5) * cell
            canvas.drawCentredString(x, self.height - SMALL, str(heat.first + number))
        for day, row in enumerate(heat.rows):
            y = self.height - _HEAD - (day + 1) * high
            canvas.setFillColor(MUTED)
            canvas.drawString(0, y + high / 2 - SMALL / 3, WEEKDAYS[day][:3].title())
            for number, seconds in enumerate(row):
                canvas.setFillColor(_shade(heat.level(seconds)))
                canvas.rect(
                    _GUTTER + number * cell + 0.75,
                    y + 0.75,
                    cell - 1.5,
                    high - 1.5,
                    stroke=0,
                    fill=1,
                )


class NumberedCanvas(Canvas):
    """Writes `1 / 3` below every page, which is known once all are made."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 -- those of Canvas
        foot: str,
        font: str,
        **options: Any,  # noqa: ANN401 -- as above
    ) -> None:
        super().__init__(*args, **options)
        self._foot = foot
        self._font = font
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 -- the name is reportlab's
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # its types leave it out

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._number(number)
            super().showPage()
        super().save()

    def _number(self, number: int) -> None:
        width, _ = self._pagesize  # type: ignore[attr-defined]  # its types leave it out
        self.setFillColor(MUTED)
        self.setFont(self._font, SMALL)
        self.drawString(_EDGE, 28, self._foot)
        self.drawRightString(width - _EDGE, 28, f"{number} / {len(self._pages)}")


def draw_lines(
    canvas: Canvas, laid: Laid, between: tuple[float, float], *, y: float, size: float
) -> None:
    """Draw *laid* in letters of *size* [pt] *between* two edges, its first line on *y*."""
    left, right = between
    for line in laid.lines:
        x = right - _width(line, size) if laid.is_right else left
        for run in line:
            canvas.setFont(run.font, size)
            canvas.drawString(x, y, run.text)
            x += _width([run], size)
        y -= size * LEADING


def _shade(level: int) -> Color:
    if not level:
        return _NONE
    share = level / LEVELS
    full, page = CONTRACTS[0], 1.0
    return Color(*(page + (part - page) * share for part in (full.red, full.green, full.blue)))


def _width(line: Sequence[Run], size: float) -> float:
    return sum(width_of(char, run.font) for run in line for char in run.text) * size
