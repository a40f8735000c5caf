"""A timesheet as a PDF for a client: what the page shows, on numbered sheets of A4.

Heads repeat on every sheet, a group stays with its first line, and a wide table turns the
sheet. Pages of screenshots follow where they are asked for. The same report is the same
file, byte for byte.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from reportlab import rl_config
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Image,
    KeepTogether,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from worklog.domain.grouping import Totals
from worklog.domain.text import printable
from worklog.reports.charts import chart, heat
from worklog.reports.content import (
    NOTHING,
    Party,
    explanations,
    figures_of,
    flat,
    line_name,
    parties,
    period,
    terms_of_payment,
    title,
    to_pay,
)
from worklog.reports.pdf_parts import (
    ACCENT,
    CONTRACTS,
    LATE,
    LINE,
    MANUAL,
    MUTED,
    SMALL,
    TEXT,
    Bars,
    HeatMap,
    NumberedCanvas,
    Words,
)
from worklog.reports.pdf_pictures import screenshots
from worklog.reports.pdf_text import Typesetter
from worklog.reports.report import Report, amount, clipped, currencies, hours

# Streams of bytes, not of letters: a quarter smaller, and pictures are written in half the time.
rl_config.useA85 = 0
_MARGIN: Final = 45.0  # pt
_FIGURE: Final = 44.0
_MONEY: Final = 62.0
_LEAST_NAME: Final = 120.0
_LEAST_ROOM: Final = 140.0  # of a sheet, to begin a table on it
_WIDE: Final = 6  # figures from which the sheet is turned
_MOST_KEPT: Final = 1500  # lines; what reportlab needs for it grows with their square
_PAY: Final = 240.0
_LOGO: Final = (150.0, 48.0)
_MISSING: Final = "Some characters are drawn as boxes, because no font for them was found."
_INSTALL: Final = "The DejaVu fonts, once installed, have letters for most languages."
_COLOURS: Final = {"tracked": MUTED, "manual": MANUAL, "late": LATE}
Style = list[tuple[str, tuple[int, int], tuple[int, int], *tuple[Any, ...]]]


def write(report: Report, form: str = "pdf") -> bytes:
    """Return *report* as a PDF."""
    del form
    return write_with(report, Typesetter.find())


def write_with(report: Report, setter: Typesetter) -> bytes:
    """Return *report* as a PDF in the letters of *setter*."""
    stream = io.BytesIO()
    heading = f"{title(report)}: {period(report)}"
    is_wide = len(figures_of(report)) > _WIDE
    document = SimpleDocTemplate(
        stream,
        pagesize=landscape(A4) if is_wide else A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 6,
        title=heading,
        author=", ".join(report.letterhead.sender[:1]),
        lang="en",
        invariant=1,
    )
    canvas = partial(NumberedCanvas, foot=heading, font=setter.plain)
    document.build(_Story(report, setter, document.width).all(), canvasmaker=canvas)
    return stream.getvalue()


class _Story:
    """The flowing content of one document."""

    def __init__(self, report: Report, setter: Typesetter, width: float) -> None:
        self.report = report
        self.setter = setter
        self.width = width - 12  # the frame's own padding

    def all(self) -> list[Flowable]:
        report = self.report
        found = parties(report)
        story = [*self._letterhead(), *self._title()]
        if report.lines:
            story += [] if report.invoice is not None else [self._sums()]
            story += self._section("Contracts", self._contracts(found))
            if report.invoice is None:
                story += self._section("", self._pictures(found))
            heading = self._head(f"By {', '.join(report.by)}")
            story += [CondPageBreak(_LEAST_ROOM), Spacer(0, 14), heading, Spacer(0, 4)]
            story.append(self._lines())
            story += self._to_pay()
        else:
            story.append(self._words(NOTHING))
        pictures = screenshots(report, self.setter, self.width)
        said = explanations(report)
        if self.setter.missing:
            said += [_MISSING] if self.setter.is_rich else [_MISSING, _INSTALL]
        small: list[Flowable] = [
            self._words(sentence, size=SMALL, colour=MUTED) for sentence in said
        ]
        return [*story, Spacer(0, 16), KeepTogether(small), *pictures]

    def _words(self, text: str, **style: object) -> Words:
        shown = clipped(printable(text))
        self.setter.check(shown)
        return Words(self.setter, shown, **style)  # type: ignore[arg-type]  # those of Words

    def _head(self, text: str) -> Words:
        return self._words(text, size=11, is_strong=True)

    def _section(self, title: str, content: Flowable) -> list[Flowable]:
        heads: list[Flowable] = [self._head(title), Spacer(0, 4)] if title else []
        return [Spacer(0, 14), KeepTogether([*heads, content])]

    # --- Above the tables -----------------------------------------------------------------

    def _letterhead(self) -> list[Flowable]:
        paper = self.report.letterhead
        cells: list[object] = [
            [self._words(name, size=SMALL, colour=MUTED), *(self._words(line) for line in lines)]
            if lines
            else ""
            for name, lines in (("From", paper.sender), ("To", paper.recipient))
        ]
        if not paper.logo and not any(cells):
            return []
        cells.append(_logo(paper.logo) if paper.logo else "")
        table = Table([cells], colWidths=[self.width / 3] * 3)
        table.setStyle(TableStyle([*_FLUSH, ("ALIGN", (2, 0), (2, 0), "RIGHT")]))
        return [table, Spacer(0, 24)]

    def _title(self) -> list[Flowable]:
        said = [
            f"{name.capitalize()}: {value}" for name, value in terms_of_payment(self.report)
        ] or [period(self.report)]
        return [
            self._words(title(self.report), size=20, is_strong=True),
            *(self._words(line, size=11, colour=MUTED) for line in said),
            Spacer(0, 10),
        ]

    def _sums(self) -> Flowable:
        figures = self._figures(self.report.totals)
        heads = [self._titled(head) for head in figures_of(self.report)]
        table = Table([heads, figures], colWidths=[self.width / max(6, len(heads))] * len(heads))
        table.hAlign = "LEFT"
        style: Style = [
            *_FLUSH,
            ("FONT", (0, 0), (-1, 0), self.setter.plain, SMALL),
            ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
            ("FONT", (0, 1), (-1, 1), self.setter.strong, 13),
            ("FONT", (1, 1), (1, 1), self.setter.plain, 13),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 4),
        ]
        style += [
            ("TEXTCOLOR", (column, 1), (column, 1), _COLOURS.get(head, ACCENT))
            for column, head in enumerate(figures_of(self.report))
            if column > 1
        ]
        table.setStyle(TableStyle(style))
        return table

    def _pictures(self, found: Sequence[Party]) -> Flowable:
        half = (self.width - 24) / 2
        drawn = chart(self.report, tuple(party.contract.contract_id for party in found))
        table = Table(
            [
                [self._head("Billed hours"), "", self._head("At work")],
                [
                    Bars(drawn, self.setter, half),
                    "",
                    HeatMap(heat(self.report), self.setter, half),
                ],
            ],
            colWidths=[half, 24, half],
        )
        table.setStyle(TableStyle([*_FLUSH, ("BOTTOMPADDING", (0, 0), (-1, 0), 6)]))
        return table

    # --- Tables ---------------------------------------------------------------------------

    def _contracts(self, found: Sequence[Party]) -> Flowable:
        rows = [
            [self._contract(number, party), *self._figures(party.totals)]
            for number, party in enumerate(found)
        ]
        return self._table("Contract", rows, [])

    def _contract(self, number: int, party: Party) -> list[Flowable]:
        words = (party.contract.client, party.contract.title)
        about = " · ".join(word for word in words if word)
        key = CONTRACTS[number % len(CONTRACTS)]
        return [
            self._words(party.contract.name, is_strong=True, indent=11, key=key),
            *(
                self._words(text, size=SMALL, colour=MUTED, indent=11)
                for text in (about, party.rate)
                if text
            ),
        ]

    def _lines(self) -> Flowable:
        rows: list[list[Any]] = []
        style: Style = []
        listed = list(flat(self.report.lines))
        for number, (line, depth) in enumerate(listed, 1):
            is_group = bool(line.lines)
            colour = TEXT if line.value else MUTED
            name = self._words(
                line_name(self.report, line), is_strong=is_group, indent=depth * 11, colour=colour
            )
            rows.append([name, *self._figures(line.totals)])
            if is_group:
                style.append(("FONTNAME", (1, number), (1, number), self.setter.strong))
                style.append(("FONTNAME", (3, number), (-1, number), self.setter.strong))
            if is_group and len(listed) <= _MOST_KEPT:
                style.append(("NOSPLIT", (0, number), (0, number + 1)))
        rows.append([self._words("Total", is_strong=True), *self._figures(self.report.totals)])
        last = len(rows)
        money = 1 + len(figures_of(self.report)) - len(currencies(self.report))
        style += [
            ("LINEABOVE", (0, last), (-1, last), 1, TEXT),
            ("FONTNAME", (1, last), (1, last), self.setter.strong),
            ("FONTNAME", (money, last), (-1, last), self.setter.strong),
            ("NOSPLIT", (0, last - 1), (0, last)),
        ]
        return self._table(" > ".join(self.report.by).capitalize(), rows, style)

    def _to_pay(self) -> list[Flowable]:
        rows = [(name.capitalize(), value) for name, value in to_pay(self.report)]
        if not rows:
            return []
        table = Table(rows, colWidths=[_PAY / 2] * 2)
        table.hAlign = "RIGHT"
        last = len(rows) - 1
        table.setStyle(
            TableStyle(
                [
                    ("FONT", (0, 0), (-1, -1), self.setter.plain, 9),
                    ("FONT", (0, last), (-1, last), self.setter.strong, 13),
                    ("ALIGN", (1, 0), (1, -1), "RIGHT"),
                    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ]
            )
        )
        return [Spacer(0, 12), KeepTogether([table])]

    def _table(self, first: str, rows: Sequence[list[Any]], style: Style) -> Flowable:
        figures = figures_of(self.report)
        heads = [first, *(self._titled(head) for head in figures)]
        table = Table([heads, *rows], colWidths=self._widths(figures), repeatRows=1)
        shades: Style = [
            ("TEXTCOLOR", (column, 0), (column, -1), _COLOURS[head])
            for column, head in enumerate(figures, 1)
            if head in _COLOURS
        ]
        table.setStyle(TableStyle([*self._look(), *shades, *style]))
        return table

    def _look(self) -> Style:
        plain = self.setter.plain
        return [
            ("FONT", (0, 0), (-1, -1), plain, 9),
            ("FONT", (0, 0), (-1, 0), plain, SMALL),
            ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, MUTED),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]

    def _widths(self, figures: Sequence[str]) -> list[float]:
        wanted = [_MONEY if head in currencies(self.report) else _FIGURE for head in figures]
        room = self.width - _LEAST_NAME
        scale = min(1.0, room / sum(wanted))
        widths = [width * scale for width in wanted]
        return [self.width - sum(widths), *widths]

    def _titled(self, head: str) -> str:
        return head if head in currencies(self.report) else head.capitalize()

    def _figures(self, sums: Totals) -> list[str]:
        report = self.report
        minor = [
            *([sums.manual_seconds] if report.has_manual() else []),
            *([sums.late_seconds] if report.has_late() else []),
        ]
        money = [amount(sums, code) for code in currencies(report)]
        if report.invoice is not None:
            return [hours(sums.billed_seconds), *(f"{found or 0:,}" for found in money)]
        return [
            hours(sums.billed_seconds),
            hours(sums.tracked_seconds),
            *(hours(seconds) if seconds else "" for seconds in minor),
            *("" if found is None else f"{found:,}" for found in money),
        ]


_FLUSH: Final[Style] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def _logo(png: bytes) -> Image:
    width, height = ImageReader(io.BytesIO(png)).getSize()
    scale = min(1, _LOGO[0] / width, _LOGO[1] / height)
    image = Image(io.BytesIO(png), width * scale, height * scale)
    image.hAlign = "RIGHT"
    return image
