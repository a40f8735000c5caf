"""The text of a terminal as a picture, light on dark, one glyph to a cell.

What tmux hands out has colours as SGR sequences and nothing else of meaning: those are
read by pyte, every other escape is dropped before. A wide character takes two cells.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont
from pyte.screens import Char, Screen
from pyte.streams import Stream
from wcwidth import wcwidth

SIZE: Final = 16  # of letters [px]
SMALLER: Final = (12, 9, 7, 5)  # for panes that would be larger than LARGEST
LARGEST: Final = (3840, 2400)  # of the picture, if letters can still be made smaller [px]
MOST_CELLS: Final = 500_000


class Fonts(NamedTuple):
    """Names of files to try, in that order; the system's folders are searched for them.

    Attributes:
        regular: Monospaced; where none is there Pillow's own letters serve.
        bold: Likewise; else the regular ones.
        wide: With Chinese, Japanese and Korean; else the regular ones.
    """

    regular: tuple[str, ...] = (
        "DejaVuSansMono.ttf",
        "LiberationMono-Regular.ttf",
        "NotoSansMono-Regular.ttf",
        "UbuntuMono-R.ttf",
        "FreeMono.ttf",
        "Menlo.ttc",
    )
    bold: tuple[str, ...] = (
        "DejaVuSansMono-Bold.ttf",
        "LiberationMono-Bold.ttf",
        "NotoSansMono-Bold.ttf",
        "UbuntuMono-B.ttf",
        "FreeMonoBold.ttf",
    )
    wide: tuple[str, ...] = (
        "NotoSansCJK-Regular.ttc",
        "NotoSansMonoCJK-Regular.ttc",
        "DroidSansFallbackFull.ttf",
        "DroidSansFallback.ttf",
        "wqy-microhei.ttc",
        "wqy-zenhei.ttc",
    )


SYSTEM: Final = Fonts()
FRONT: Final = (0xD8, 0xD8, 0xD8)
BACK: Final = (0x18, 0x18, 0x18)
COLOURS: Final = {
    "black": (0x00, 0x00, 0x00),
    "red": (0xCD, 0x31, 0x31),
    "green": (0x2F, 0xB8, 0x4E),
    "brown": (0xD0, 0xB0, 0x20),  # what is called yellow today
    "blue": (0x4A, 0x86, 0xE8),
    "magenta": (0xBC, 0x50, 0xBC),
    "cyan": (0x20, 0xA8, 0xC8),
    "white": (0xD0, 0xD0, 0xD0),
    "brightblack": (0x80, 0x80, 0x80),
    "brightred": (0xF1, 0x5C, 0x5C),
    "brightgreen": (0x50, 0xE0, 0x70),
    "brightbrown": (0xF0, 0xE0, 0x50),
    "brightblue": (0x7A, 0xAE, 0xFF),
    "brightmagenta": (0xE0, 0x80, 0xE0),
    "bfightmagenta": (0xE0, 0x80, 0xE0),  # as pyte spells it for backgrounds
    "brightcyan": (0x50, 0xD8, 0xF0),
    "brightwhite": (0xFF, 0xFF, 0xFF),
}

_WRAPS: Final = 7  # DECAWM
_SGR: Final = re.compile(r"\x1b\[[0-9;:]*m")
_STRINGS: Final = re.compile(r"\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)", re.DOTALL)
_ESCAPES: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*.?", re.DOTALL)
_PARTS: Final = re.compile(r"(\x1b\[[0-9;:]*m|[\x0e\x0f])")
_COLON_COLOUR: Final = re.compile(r"([345]8):(?:(5):(\d+)|(2):(?:\d*:)?(\d+):(\d+):(\d+))")
_LINE_COLOUR: Final = "58"
_COLOURED: Final = ("38", "48", _LINE_COLOUR)
_INSTEAD: Final[dict[str, tuple[str, ...]]] = {
    "2": ("3",),  # faint
    "22": ("22", "23"),
    "3": (),  # italics
    "23": (),
    "8": ("5",),  # concealed
    "28": ("25",),
    "5": (),  # blinking
    "6": (),
    "25": (),
}

Colour = tuple[int, int, int]


def draw(text: str, *, columns: int, rows: int, fonts: Fonts = SYSTEM) -> Image.Image:
    """Return the lines of *text* on a terminal of that many cells, as an RGB image.

    Raises:
        OSError: there are more cells than a picture can hold.
    """
    if not 0 < columns * rows <= MOST_CELLS:
        msg = f"a terminal of {columns} by {rows} cells cannot be drawn"
        raise OSError(msg)
    font = _fitting(fonts, columns, rows)
    image = Image.new("RGB", (columns * font.width, rows * font.height), BACK)
    canvas = _Canvas(image, ImageDraw.Draw(image), font)
    cells = [
        (x, y, cell)
        for y, line in _shown(text, columns, rows).buffer.items()
        for x, cell in line.items()
        if x < columns and y < rows
    ]
    for x, y, cell in cells:
        canvas.draw_back(x, y, cell)
    for x, y, cell in cells:  # after all backgrounds: a wide glyph reaches into the next cell
        canvas.draw_front(x, y, cell)
    return image


def cleaned(line: str) -> str:
    """Return *line* with printable characters and plain SGR sequences only.

    Line drawing as of old terminals (SO, SI) stays too: tmux writes it so.
    """
    line = _STRINGS.sub("", line)
    kept = []
    for part in _PARTS.split(line):
        if _SGR.fullmatch(part):
            kept.append(_plain_sgr(part))
        elif part in ("\x0e", "\x0f"):
            kept.append(part)
        else:
            kept.append("".join(c for c in _ESCAPES.sub("", part) if _has_place(c)))
    return "".join(kept)


# --- Reading --------------------------------------------------------------------------


def _shown(text: str, columns: int, rows: int) -> Screen:
    screen = Screen(columns, rows)
    # A character that is wider here than in tmux must not push the lines below.
    screen.reset_mode(_WRAPS, private=True)
    stream = Stream(screen)
    stream.use_utf8 = False  # else line drawing by SO and SI would be letters
    for number, line in enumerate(text.split("\n")[:rows], start=1):
        stream.feed(f"\x1b[{number};1H{cleaned(line)}")
    return screen


def _plain_sgr(sequence: str) -> str:
    """Return an SGR sequence in words that pyte knows.

    It has none for faint and concealed text, and italics and blinking are not drawn: so
    these stand for those. What is concealed must not come to light on a picture.
    """
    values = [number for value in sequence[2:-1].split(";") for number in _flat(value)]
    kept: list[str] = []
    while values:
        value = values.pop(0)
        if value in _COLOURED:
            size = {"5": 2, "2": 4}.get(values[0] if values else "", 1)
            colour, values = values[:size], values[size:]
            if value != _LINE_COLOUR and len(colour) == size > 1:
                kept += [value, *colour]
        else:
            kept += _INSTEAD.get(value, (value,))
    return f"\x1b[{';'.join(kept)}m" if kept else ""


def _flat(value: str) -> list[str]:
    """Return the value of an SGR sequence with its sub-parameters as values of their own."""
    if ":" not in value:
        return [value.lstrip("0") or "0"]
    colour = _COLON_COLOUR.fullmatch(value)
    if colour is not None:
        return [number for number in colour.groups() if number is not None]
    if value.startswith("4:"):  # the shape of an underline
        return ["24" if value == "4:0" else "4"]
    return []


def _has_place(character: str) -> bool:
    """Return whether *character* takes cells or joins the one before."""
    return wcwidth(character) > 0 or unicodedata.combining(character) > 0


# --- Drawing --------------------------------------------------------------------------


class _Font(NamedTuple):
    """Letters of one size; a cell is *width* by *height* [px]."""

    regular: ImageFont.FreeTypeFont | ImageFont.ImageFont
    bold: ImageFont.FreeTypeFont | ImageFont.ImageFont
    wide: ImageFont.FreeTypeFont | ImageFont.ImageFont
    width: int
    height: int


def _fitting(fonts: Fonts, columns: int, rows: int) -> _Font:
    for size in (SIZE, *SMALLER):
        font = _font(fonts, size)
        if columns * font.width <= LARGEST[0] and rows * font.height <= LARGEST[1]:
            break
    return font


@cache
def _font(fonts: Fonts, size: int) -> _Font:
    regular = _first(fonts.regular, size)
    if regular is None:
        plain = ImageFont.load_default(size)
        left, top, right, bottom = (round(edge) for edge in plain.getbbox("Wg"))
        del left, top, right
        width = round(plain.getlength("m"))
        return _Font(plain, plain, _first(fonts.wide, size) or plain, width, bottom + size // 5)
    ascent, descent = regular.getmetrics()
    return _Font(
        regular,
        _first(fonts.bold, size) or regular,
        _first(fonts.wide, size) or regular,
        round(regular.getlength("M")),
        ascent + descent,
    )


def _first(names: tuple[str, ...], size: int) -> ImageFont.FreeTypeFont | None:
    for name in names:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return None


class _Canvas(NamedTuple):
    """The picture under way."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    font: _Font

    def draw_back(self, x: int, y: int, cell: Char) -> None:
        _, back = _colours(cell)
        if back != BACK:
            width, height = self.font.width, self.font.height
            left, top = x * width, y * height
            self.pen.rectangle((left, top, left + width - 1, top + height - 1), fill=back)

    def draw_front(self, x: int, y: int, cell: Char) -> None:
        if cell.blink:  # concealed: see `_plain_sgr`
            return
        front, _ = _colours(cell)
        left, top = x * self.font.width, y * self.font.height
        if cell.data.strip():
            glyph = _glyph(self.font, cell.data, is_bold=cell.bold)
            self.image.paste(front, (left, top), glyph)
        right, height = left + self.font.width - 1, self.font.height
        for is_drawn, below in ((cell.underscore, height - 2), (cell.strikethrough, height // 2)):
            if is_drawn:
                self.pen.line((left, top + below, right, top + below), fill=front)


@cache
def _glyph(font: _Font, character: str, *, is_bold: bool) -> Image.Image:
    """Return how opaque the cell of *character* is, pixel by pixel."""
    cells = max(1, wcwidth(character[0]))
    face = font.bold if is_bold else font.regular
    if cells > 1 or _is_missing(face, character):
        face = font.wide if not _is_missing(font.wide, character) else face
    cell = Image.new("L", (cells * font.width, font.height))
    room = cells * font.width - face.getlength(character)
    pen = ImageDraw.Draw(cell)
    pen.text((max(0, round(room / 2)), _drop(font, face)), character, fill=255, font=face)
    return cell


def _drop(font: _Font, face: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    """Return by how much letters of *face* go down to stand on the line of the others [px]."""
    if isinstance(face, ImageFont.FreeTypeFont) and isinstance(
        font.regular, ImageFont.FreeTypeFont
    ):
        return font.regular.getmetrics()[0] - face.getmetrics()[0]
    return 0


def _is_missing(face: ImageFont.FreeTypeFont | ImageFont.ImageFont, character: str) -> bool:
    """Return whether *face* would draw its box for unknown characters."""
    return bytes(face.getmask(character)) == bytes(face.getmask("\U0010fffe"))


def _colours(cell: Char) -> tuple[Colour, Colour]:
    """Return (front, back) of *cell*."""
    front, back = _colour(cell.fg, FRONT), _colour(cell.bg, BACK)
    if cell.italics:  # faint: see `_plain_sgr`
        red, green, blue = ((one + other) // 2 for one, other in zip(front, back, strict=True))
        front = red, green, blue
    return (back, front) if cell.reverse else (front, back)


def _colour(name: str, default: Colour) -> Colour:
    if name == "default":
        return default
    if name in COLOURS:
        return COLOURS[name]
    return int(name[:2], 16), int(name[2:4], 16), int(name[4:6], 16)
