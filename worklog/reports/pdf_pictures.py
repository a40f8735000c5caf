"""The pages of screenshots in a PDF: a grid by day, each picture above its time and memo."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, PageBreak, Spacer, Table, TableStyle

from worklog.domain.text import printable
from worklog.domain.times import day_in_words
from worklog.domain.wording import clock, count, zone_name
from worklog.reports.pdf_parts import LEADING, LINE, MUTED, SMALL, TEXT, Words, draw_lines
from worklog.reports.pdf_text import Laid, Typesetter
from worklog.reports.report import Report, Screenshot, clipped

_CELL: Final = 150.0  # pt; about how wide a picture is
_GAP: Final = 14.0
_BELOW: Final = 5.0
_TALLEST: Final = 0.75  # of its width, what a picture may use
_LINES: Final = 2  # of a memo
_BEHIND: Final = HexColor("#f4f2ed")


def screenshots(report: Report, setter: Typesetter, width: float) -> list[Flowable]:
    """Return new pages with the screenshots of *report*; nothing without any."""
    shots = report.screenshots
    if not shots:
        return []
    about = f"{count(len(shots), 'picture')}, reduced in size; times of {zone_name(report.zone)}."
    story: list[Flowable] = [
        PageBreak(),
        Words(setter, "Screenshots", size=20, is_strong=True),
        Words(setter, about, size=9, colour=MUTED),
        Spacer(0, 8),
    ]
    columns = max(1, round((width + _GAP) / (_CELL + _GAP)))
    several = len({shot.key.contract for shot in shots}) > 1
    by_day = groupby(shots, key=lambda s: s.key.slot.start.astimezone(report.zone).date())
    for day, found in by_day:
        rows: list[list[Flowable]] = [
            [
                PictureRow(
                    setter, row, [_head(report, shot, is_named=several) for shot in row], columns
                )
            ]
            for row in _rows(list(found), columns)
        ]
        head = Words(setter, day_in_words(day), size=11, is_strong=True)
        table = Table([[head], *rows], colWidths=[width], repeatRows=1)
        table.setStyle(_STYLE)
        story += [table, Spacer(0, 6)]
    return story


_STYLE: Final = TableStyle(
    [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, 0), 8),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 6),
        ("BOTTOMPADDING", (0, 1), (-1, -1), 10),
    ]
)


class PictureRow(Flowable):
    """Screenshots beside each other, each above its time and its memo."""

    def __init__(
        self,
        setter: Typesetter,
        shots: Sequence[Screenshot],
        heads: Sequence[tuple[str, str]],
        columns: int,
    ) -> None:
        super().__init__()
        self._setter = setter
        self._columns = columns
        self._shots = shots
        self._cell = 0.0
        self._tall = 0.0
        self._laid: list[Laid] = []
        # Sizes alone: a reader keeps all pixels once it has drawn, and there may be thousands.
        self._sizes = [_reader(shot).getSize() for shot in shots]
        self._heads = heads
        self._memos = [clipped(printable(shot.memo)) for shot in shots]
        for text in (*self._memos, *(about for _, about in self._heads)):
            setter.check(text)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        del height
        self._cell = (width - _GAP * (self._columns - 1)) / self._columns
        self._tall = max(tall for _, tall in map(self._fitted, self._sizes))
        self._laid = [self._said(memo) for memo in self._memos]
        lines = 1 + max(len(laid.lines) for laid in self._laid)
        self.width = width
        self.height = self._tall + _BELOW + lines * SMALL * LEADING
        return self.width, self.height

    def draw(self) -> None:
        for number in range(len(self._shots)):
            self._draw(number, number * (self._cell + _GAP))

    def _draw(self, number: int, x: float) -> None:
        canvas, low = self.canv, self.height - self._tall
        wide, tall = self._fitted(self._sizes[number])
        left, bottom = x + (self._cell - wide) / 2, low + (self._tall - tall) / 2
        canvas.setFillColor(_BEHIND)
        canvas.rect(x, low, self._cell, self._tall, stroke=0, fill=1)
        canvas.drawImage(_reader(self._shots[number]), left, bottom, wide, tall)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.rect(x, low, self._cell, self._tall, stroke=1, fill=0)
        y = low - _BELOW - SMALL
        self._caption(number, x, y)
        canvas.setFillColor(TEXT if self._memos[number] else MUTED)
        y -= SMALL * LEADING
        draw_lines(canvas, self._laid[number], (x, x + self._cell), y=y, size=SMALL)

    def _caption(self, number: int, x: float, y: float) -> None:
        canvas, (time, about) = self.canv, self._heads[number]
        canvas.setFillColor(TEXT)
        canvas.setFont(self._setter.strong, SMALL)
        canvas.drawString(x, y, time)
        right = x + self._cell
        left = x + canvas.stringWidth(time, self._setter.strong, SMALL) + 6
        laid = self._setter.cut(about, right - left, SMALL, lines=1)
        canvas.setFillColor(MUTED)
        draw_lines(canvas, laid, (left, right), y=y, size=SMALL)

    def _said(self, memo: str) -> Laid:
        return self._setter.cut(memo or "no memo", self._cell, SMALL, lines=_LINES)

    def _fitted(self, size: tuple[float, float]) -> tuple[float, float]:
        """Return how large one of *size* [px] is drawn: as wide as its cell, or less [pt]."""
        wide, tall = size
        scale = min(self._cell / wide, self._cell * _TALLEST / tall)
        return wide * scale, tall * scale


def _rows(shots: Sequence[Screenshot], columns: int) -> list[Sequence[Screenshot]]:
    return [shots[first : first + columns] for first in range(0, len(shots), columns)]


def _reader(shot: Screenshot) -> ImageReader:
    return ImageReader(io.BytesIO(shot.image))


def _head(report: Report, shot: Screenshot, *, is_named: bool) -> tuple[str, str]:
    """Return when *shot* was taken, and what else has to be said of it."""
    about = [
        *([report.name(shot.key.contract)] if is_named else []),
        *([f"monitor {shot.monitor + 1}"] if shot.monitor is not None else []),
        *(["redacted"] if shot.is_redacted else []),
    ]
    return clock(shot.taken_at, report.zone), " · ".join(about)
