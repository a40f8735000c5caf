"""Text of any script on a PDF page: which font has a character, where a line ends.

A memo may mix scripts, and no one font has them all. Letters come from DejaVu Sans where
this machine has it, which includes Hebrew and Arabic, else from Vera Sans, which comes
with reportlab and is Latin only. Chinese, Japanese and Korean use a TrueType font of this
machine, else those that PDF readers bring along, which need not look the same everywhere.
What no font has is drawn as a box, and remembered, so that the document can say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final
from unicodedata import category

from arabic_reshaper import ArabicReshaper
from bidi import get_base_level, get_display
from reportlab import __file__ as _reportlab
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

_BOX: Final = "\N{WHITE SQUARE}"
FOLDERS: Final = (
    "/usr/share/fonts/truetype/dejavu",  # Debian
    "/usr/share/fonts/dejavu-sans-fonts",  # Fedora
    "/usr/share/fonts/TTF",  # Arch
    "/usr/share/fonts/dejavu",
    "/usr/local/share/fonts/dejavu",  # FreeBSD
    "/opt/homebrew/share/fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "~/.local/share/fonts",
    "~/.fonts",
)
EASTERN: Final = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",  # Debian
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",  # Fedora
    "/usr/share/fonts/droid/DroidSansFallbackFull.ttf",  # Arch
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
)
_FALLBACK: Final = Path(_reportlab).parent / "fonts"
_FACES: Final = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Vera.ttf", "VeraBd.ttf"))
_HANGUL: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_KANA: Final = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_EAST: Final = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u2ff0-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
)
_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f]")
_RESHAPER: Final = ArabicReshaper({"delete_harakat": False})
_INVISIBLE: Final = ("Cf", "Mn")  # what may go without a trace where a font lacks it


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one font, in the order in which they are drawn."""

    font: str
    text: str


@dataclass(frozen=True, slots=True)
class Laid:
    """A text in lines.

    Attributes:
        lines: Of runs, from the left.
        is_right: Whether it is read from the right, and so stands there.
    """

    lines: tuple[tuple[Run, ...], ...]
    is_right: bool


@dataclass(slots=True)
class Typesetter:
    """Chooses fonts and breaks lines.

    Attributes:
        plain: Name of the font of most text.
        strong: Name of its bold face.
        eastern: Files that may have Chinese, Japanese and Korean, the best first.
        missing: Characters that had no font so far.
    """

    plain: str
    strong: str
    eastern: tuple[str, ...] = EASTERN
    missing: set[str] = field(default_factory=set)

    @property
    def is_rich(self) -> bool:
        """Whether it has more than Latin letters."""
        return has_glyph(self.plain, "\N{CYRILLIC SMALL LETTER A}")

    @classmethod
    def find(
        cls, folders: Sequence[str] = FOLDERS, eastern: tuple[str, ...] = EASTERN
    ) -> Typesetter:
        """Return a typesetter with the best font that *folders* have."""
        places = [*(Path(name).expanduser() for name in folders), _FALLBACK]
        pairs = ([folder / face for face in faces] for faces in _FACES for folder in places)
        plain, strong = next(pair for pair in pairs if all(file.is_file() for file in pair))
        return cls(_registered(str(plain)), _registered(str(strong)), eastern)

    def lay_out(self, text: str, width: float, size: float, *, is_strong: bool = False) -> Laid:
        """Return *text* in lines of at most *width* [pt] in letters of *size* [pt]."""
        shaped = _shaped(text)
        if not shaped.strip():
            return Laid(((),), is_right=False)
        is_right = get_base_level(shaped) == 1
        base = "R" if is_right else "L"
        letters = [(char, self._font(char, shaped, is_strong=is_strong)) for char in shaped]
        lines = []
        for start, end in _breaks(letters, width, size):
            part = shaped[start:end].strip(" ")
            shown = str(get_display(part, base_dir=base)) if part else ""
            lines.append(tuple(self._runs(shown, shaped, is_strong=is_strong)))
        return Laid(tuple(lines), is_right)

    def cut(self, text: str, width: float, size: float, *, lines: int) -> Laid:
        """Return *text* as `lay_out` does, with an ellipsis for what *lines* cannot hold."""
        laid = self.lay_out(text, width, size)
        fits, all_of_it = 0, len(text)
        while len(laid.lines) > lines and fits < all_of_it:
            middle = (fits + all_of_it + 1) // 2
            if len(self.lay_out(_shortened(text, middle), width, size).lines) <= lines:
                fits = middle
            else:
                all_of_it = middle - 1
        return (
            laid if len(laid.lines) <= lines else self.lay_out(_shortened(text, fits), width, size)
        )

    def check(self, text: str) -> None:
        """Remember the characters of *text* that have no font."""
        for char in set(_shaped(text)):
            self._drawn(char, text, is_strong=False)

    def _runs(self, line: str, whole: str, *, is_strong: bool) -> Iterator[Run]:
        drawn = [self._drawn(char, whole, is_strong=is_strong) for char in line]
        for font, found in groupby(drawn, key=lambda one: one[0]):
            if text := "".join(char for _, char in found):
                yield Run(font, text)

    def _drawn(self, char: str, whole: str, *, is_strong: bool) -> tuple[str, str]:
        """Return the font and what to draw for *char*: itself, a box or nothing."""
        font = self._font(char, whole, is_strong=is_strong)
        if font != self._face(is_strong=is_strong) or has_glyph(font, char):
            return font, "" if category(char) == "Cf" else char
        if category(char) in _INVISIBLE:
            return font, ""
        self.missing.add(char)
        return font, _BOX if has_glyph(font, _BOX) else "?"

    def _font(self, char: str, whole: str, *, is_strong: bool) -> str:
        if not _EAST.match(char):
            return self._face(is_strong=is_strong)
        for file in self.eastern:
            if Path(file).is_file() and has_glyph(name := _registered(file), char):
                return name
        if _HANGUL.search(whole):
            return _from_reader("HYGothic-Medium")
        return _from_reader("HeiseiKakuGo-W5" if _KANA.search(whole) else "STSong-Light")

    def _face(self, *, is_strong: bool) -> str:
        return self.strong if is_strong else self.plain


def _shortened(text: str, length: int) -> str:
    """Return the beginning of *text*, with no letter robbed of its marks."""
    while 0 < length < len(text) and category(text[length]) in _INVISIBLE:
        length -= 1
    return f"{text[:length].rstrip()}…"


def _shaped(text: str) -> str:
    """Return *text* with the forms that Arabic letters have beside each other."""
    return str(_RESHAPER.reshape(text)) if _ARABIC.search(text) else text


def has_glyph(font: str, char: str) -> bool:
    """Return whether the TrueType *font* can draw *char*."""
    return ord(char) in _loaded(font)


@lru_cache(maxsize=4096)
def width_of(char: str, font: str) -> float:
    """Return how wide *char* is in letters of one point [pt]."""
    from reportlab.pdfbase.pdfmetrics import stringWidth  # noqa: PLC0415 -- typed there

    return float(stringWidth(char, font, 1))


def _breaks(
    letters: Sequence[tuple[str, str]], width: float, size: float
) -> Iterator[tuple[int, int]]:
    """Yield where lines start and end: after a space, beside an ideograph, else anywhere."""
    start, chance, used = 0, 0, 0.0
    for number, (char, font) in enumerate(letters):
        if char == " " or _EAST.match(char):
            chance = number + (char == " ")
        step = width_of(char, font) * size
        if used + step > width and number > start and char != " ":
            end = chance if chance > start else number
            yield start, end
            start = end
            used = sum(width_of(*letter) for letter in letters[start:number]) * size
        used += step
    yield start, len(letters)


_GLYPHS: Final[dict[str, frozenset[int]]] = {}


def _loaded(font: str) -> frozenset[int]:
    return _GLYPHS[font]


def _registered(file: str) -> str:
    name = Path(file).stem
    if name not in _GLYPHS:
        font = TTFont(name, file)
        registerFont(font)
        _GLYPHS[name] = frozenset(font.face.charToGlyph)
    return name


@lru_cache(maxsize=4)
def _from_reader(name: str) -> str:
    registerFont(UnicodeCIDFont(name))
    return name
