"""One kind of table for every list: calm, dense, figures to the right, no rules.

Columns are as wide as what is in them; where that is too wide, the flexible ones are cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worklog.cli.render.line import Ink, Line, Piece, cells, clip, cut, left, right
from worklog.cli.render.look import Look

GAP: Final = 2  # cells between columns
_LEAST: Final = 8  # cells that a flexible column keeps


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: Above it; empty for none.
        is_figure: Set to the right.
        is_flexible: May be cut where room is short.
    """

    title: str
    is_figure: bool = False
    is_flexible: bool = False


Cell = str | Piece


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], look: Look, *, indent: int = 0
) -> list[Line]:
    """Return *rows* below the titles of *columns*; nothing but titles where there are none."""
    body = [[_piece(cell) for cell in row] for row in rows]
    widths = _widths(columns, body, look.width - indent)
    titles = [(column.title, Ink.DIM) for column in columns]
    head = _row(columns, titles, widths, look, indent)
    return [head, *(_row(columns, row, widths, look, indent) for row in body)]


def pairs(
    rows: Sequence[tuple[str, Cell]], look: Look, *, indent: int = 0, wraps: bool = True
) -> list[Line]:
    """Return names and values beside each other; long values are wrapped below themselves."""
    from textwrap import wrap

    width = max((cells(name) for name, _ in rows), default=0) + GAP
    shown: list[Line] = []
    for name, value in rows:
        text, ink = _piece(value)
        room = max(_LEAST, look.width - indent - width)
        is_long = cells(text) > room
        pieces = wrap(text, room) if wraps and is_long and text.isascii() else [text]
        for number, piece in enumerate(pieces or [""]):
            shown_name = name if number == 0 else ""
            begin: Piece = (" " * indent + left(shown_name, width), Ink.DIM)
            shown.append(clip([begin, (piece, ink)], look.width, look))
    return shown


def _piece(cell: Cell) -> Piece:
    return cell if isinstance(cell, tuple) else (cell, Ink.TEXT)


def _widths(columns: Sequence[Column], body: Sequence[Sequence[Piece]], room: int) -> list[int]:
    widths = [
        max([cells(column.title), *(cells(row[number][0]) for row in body)])
        for number, column in enumerate(columns)
    ]
    too_much = sum(widths) + GAP * (len(widths) - 1) - room
    flexible = [number for number, column in enumerate(columns) if column.is_flexible]
    while too_much > 0 and flexible:
        widest = max(flexible, key=lambda number: widths[number])
        if widths[widest] <= _LEAST:
            break
        widths[widest] -= 1
        too_much -= 1
    return widths


def _row(
    columns: Sequence[Column],
    row: Sequence[Piece],
    widths: Sequence[int],
    look: Look,
    indent: int,
) -> Line:
    pieces: list[Piece] = [(" " * indent, Ink.TEXT)]
    for number, ((text, ink), column, width) in enumerate(zip(row, columns, widths, strict=True)):
        if number:
            pieces.append((" " * GAP, Ink.TEXT))
        shown = cut(text, width, look)
        pieces.append((right(shown, width) if column.is_figure else left(shown, width), ink))
    return clip(pieces, look.width, look)
