"""Lines of text in pieces: measured in cells first, coloured last.

Each piece carries an `Ink`, which says what it means; only `paint` turns that into escape
sequences. Foreign text comes in through `words`, so that a control character or a right
to left memo cannot move what stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

from worklog.cli.render.look import Look
from worklog.domain.text import printable


class Ink(Enum):
    """What a piece of text means; the value is its SGR code (ECMA-48)."""

    TEXT = ""
    STRONG = "1"
    DIM = "2"
    # Of the 256 colours, as the usual green and yellow cannot be read on white, and the
    # usual blue not on black; each of these has a contrast of 3 : 1 and more on both.
    ACTIVE = "38;5;29"
    IDLE = "2;39"
    UNKNOWN = "38;5;136"
    MANUAL = "38;5;68"
    OVER = "38;5;166"
    DOUBT = "1;38;5;136"
    DANGER = "38;5;160"
    ACCENT = "1;38;5;29"


Piece = tuple[str, Ink]
Line = tuple[Piece, ...]

_RESET: Final = "\x1b[0m"
_MARK: Final = "\u200e"  # left-to-right mark: no cell, but digits after it stay where they are
_FIRST_RIGHT_TO_LEFT: Final = "\u0590"
_PLAIN: Final = str.maketrans(
    {"·": "-", "…": ".", "\N{EN DASH}": "-", "●": "*", "‖": "=", "→": ">", "\u00d7": "x", "—": "-"}
)  # one for one: nothing may move


def cells(text: str) -> int:
    """Return how many cells *text* takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def length(line: Iterable[Piece]) -> int:
    """Return how many cells *line* takes."""
    return sum(cells(text) for text, _ in line)


def words(text: str) -> str:
    """Return foreign *text* as one harmless line, kept apart from what stands beside it."""
    safe = printable(text)
    if safe.isascii() or not _has_right_to_left(safe):
        return safe
    return f"{_MARK}{safe}{_MARK}"


def cut(text: str, width: int, look: Look) -> str:
    """Return *text* shortened to *width* cells, with an ellipsis where something is gone."""
    if cells(text) <= width:
        return text
    mark = look.of("…", "...")
    if width <= len(mark):
        return mark[:width] if width > 0 else ""
    from rich.cells import set_cell_size

    kept = set_cell_size(text, width - len(mark)).rstrip()
    closing = _MARK if text.startswith(_MARK) else ""
    return f"{kept}{closing}{mark}"


def left(text: str, width: int) -> str:
    """Return *text* filled with spaces on the right."""
    return text + " " * (width - cells(text))


def right(text: str, width: int) -> str:
    """Return *text* filled with spaces on the left."""
    return " " * (width - cells(text)) + text


def spread(begin: Sequence[Piece], end: Sequence[Piece], width: int, look: Look) -> Line:
    """Return a line with *begin* on the left and *end* on the right, *begin* cut if need be."""
    room = width - length(end) - (2 if end else 0)
    if length(begin) > room:
        begin = clip(begin, max(0, room), look)
    gap = width - length(begin) - length(end)
    return (*begin, (" " * max(2 if end and begin else 0, gap), Ink.TEXT), *end)


def clip(line: Sequence[Piece], width: int, look: Look) -> Line:
    """Return *line* cut to *width* cells."""
    kept: list[Piece] = []
    room = width
    for text, ink in line:
        size = cells(text)
        if size > room:
            kept.append((cut(text, room, look), ink))
            break
        kept.append((text, ink))
        room -= size
    return tuple(kept)


def wrapped(text: str, ink: Ink, look: Look, *, begin: str = "", indent: int = 0) -> list[Line]:
    """Return *text* in as many lines as it takes, behind *begin* and then *indent* cells.

    For sentences that help, which must not be cut. What has no spaces is.
    """
    room = max(1, look.width - max(indent, cells(begin)))
    rows: list[str] = [""]
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if cells(longer) <= room or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    starts = [begin, *[" " * indent] * (len(rows) - 1)]
    return [
        clip([(start, ink), (row, ink)], look.width, look)
        for start, row in zip(starts, rows, strict=True)
    ]


def paint(line: Sequence[Piece], look: Look) -> str:
    """Return *line* as it is written, without spaces at its end."""
    pieces = list(line)
    while pieces and not pieces[-1][0].strip(" "):
        pieces.pop()
    if pieces:
        pieces[-1] = (pieces[-1][0].rstrip(" "), pieces[-1][1])
    joined = _joined(pieces)
    if not look.colour:
        return "".join(_writable(text, look) for text, _ in joined)
    return "".join(
        f"\x1b[{ink.value}m{_writable(text, look)}{_RESET}" if ink.value else _writable(text, look)
        for text, ink in joined
    )


def paint_all(lines: Iterable[Sequence[Piece]], look: Look) -> str:
    """Return *lines* as they are written, one below the other."""
    return "\n".join(paint(line, look) for line in lines)


def plain(text: str, look: Look) -> str:
    """Return our own *text* with its dots and dashes as *look* can show them."""
    return text if look.unicode else text.translate(_PLAIN)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for text, ink in pieces:
        if joined and joined[-1][1] is ink:
            joined[-1] = (joined[-1][0] + text, ink)
        elif text:
            joined.append((text, ink))
    return joined


def _writable(text: str, look: Look) -> str:
    if text.isascii():
        return text
    text = plain(text, look)
    try:
        text.encode(look.encoding)
    except UnicodeEncodeError:
        return "".join(_replaced(character, look.encoding) for character in text)
    return text


def _replaced(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return "?" * cells(character)  # as wide as what it stands for
    return character


def _has_right_to_left(text: str) -> bool:
    if max(text) < _FIRST_RIGHT_TO_LEFT:
        return False
    from unicodedata import bidirectional

    return any(bidirectional(character) in ("R", "AL") for character in text)
