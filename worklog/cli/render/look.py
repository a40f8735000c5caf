"""How much the place that text goes to can show: decided once, in `Look.detect`.

Renderers take a `Look` and never ask a terminal, so the same call gives the same text in
a test, a pipe and a window.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from worklog.config import Settings

DEFAULT_WIDTH: Final = 80
LEAST_WIDTH: Final = 24
_DRAWN: Final = "▮▯═▇▁░█─●·…\N{EN DASH}"  # what `unicode` promises


@dataclass(frozen=True, slots=True)
class Look:
    """What may be used.

    Attributes:
        width: Of a line [cells].
        colour: Whether escape sequences for colour may be written.
        unicode: Whether boxes and bars are drawn with more than ASCII.
        encoding: What cannot be written in it becomes `?`.
    """

    width: int = DEFAULT_WIDTH
    colour: bool = False
    unicode: bool = True
    encoding: str = "utf-8"

    @classmethod
    def detect(cls, stream: TextIO, environ: Mapping[str, str], settings: Settings) -> Look:
        """Return the look of *stream*.

        Source of the rules: no-color.org (`NO_COLOR` set and not empty), and terminfo's
        name for a terminal without abilities (`dumb`). A setting that is not `auto` wins.
        """
        encoding = stream.encoding or "ascii"
        return cls(
            width=_width(stream, environ),
            colour=_has_colour(stream, environ, settings.ui.colour),
            unicode=_has_unicode(encoding, environ, settings.ui.unicode),
            encoding=encoding,
        )

    def of(self, drawn: str, plain: str) -> str:
        """Return *drawn*, or *plain* where Unicode cannot be shown."""
        return drawn if self.unicode else plain


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    named = environ.get("COLUMNS", "")
    if named.isascii() and named.isdigit() and int(named[:5]) > 0:
        return max(LEAST_WIDTH, int(named[:5]))
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal, or no file at all
        return DEFAULT_WIDTH
    return max(LEAST_WIDTH, found) if found else DEFAULT_WIDTH


def _has_colour(stream: TextIO, environ: Mapping[str, str], wanted: str) -> bool:
    if wanted != "auto":
        return wanted == "always"
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _has_unicode(encoding: str, environ: Mapping[str, str], wanted: str) -> bool:
    try:
        _DRAWN.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False  # not even when wanted: it would end in an error
    if wanted != "auto":
        return wanted == "yes"
    return environ.get("TERM") not in ("linux", "dumb")  # the console's font has no boxes
