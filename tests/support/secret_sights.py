"""Made-up secrets shown as people see them, and which of them a stored picture still shows.

    python -m tests.support.secret_sights

prints the table of the manual: found and missed by font, size and theme, in real terminals
on a real X server and in other fonts drawn by Pillow. It takes minutes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import NamedTemporaryFile
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from tests.support.until import until
from tests.support.x11 import XServer, program, xvfb
from worklog.app.capturing import Capturer, Shot
from worklog.app.ports import Box, Frame, ScreenWay, SecretFinder
from worklog.capture.ocr_secrets import OcrSecretFinder
from worklog.capture.picture import FILL, WebpCodec
from worklog.capture.x11_screen import MssScreen
from worklog.capture.x11_window import X11Windows

AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
# What stands before each secret, and the secret itself.
SECRETS = (
    ("export AWS_ACCESS_KEY_ID=", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY=", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("remote: https://", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("SLACK: ", "xoxb-123456789012-abcdefGHIJKL"),
    ("stripe.api_key = '", "sk_" + "live_51H8x9yKqZ3LmNpQrStUvWxYz"),
    ("maps ", "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"),
    ("", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3"),
    ("password = ", "hunter2-Xk93mzQ81"),
    ("paid with card ", "4111 1111 1111 1111"),
    ("IBAN ", "DE89 3704 0044 0532 0130 00"),
    ("write to ", "ada.lovelace@example.org"),
    ("-----", "BEGIN OPENSSH PRIVATE KEY"),
)
PLAIN = (
    "$ git log --oneline",
    "9f2c1e7 Cover windows that rules name before a picture is written",
    "def frame(self, box: Box, token: str) -> None:",
    "    token = self.get_token()",
    "call +49 30 1234 5678 on 2026-11-29 14:15",
    "id 550e8400-e29b-41d4-a716-446655440000",
)
# Nothing secret directly beside a secret: a cover has a margin.
SHEET = tuple(
    line
    for at, secret in enumerate(SECRETS)
    for line in ("".join(secret), "", *([PLAIN[at // 2], ""] if at % 2 else []))
)
_LINES = frozenset("".join(secret) for secret in SECRETS)
SIZE = (1000, 860)  # of the screens [px]
_INK = 100  # what letters stand out by from their ground [of 255]
_BLUR = 24  # as much as WebP changes the fill's colour [of 255]


@dataclass(frozen=True, slots=True)
class Sight:
    """How a sheet is shown: *by* is `xterm` or `drawn`, *size* in points or pixels."""

    by: str
    font: str
    size: int
    is_dark: bool

    def __str__(self) -> str:
        return f"{self.by} {self.font} {self.size} {'dark' if self.is_dark else 'light'}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a stored picture of a sheet shows.

    Attributes:
        missed: Secrets that are not covered.
        lost: Ordinary lines that are.
        shot: The capture.
        places: Where each line stands in the picture, by its text.
    """

    missed: tuple[str, ...]
    lost: tuple[str, ...]
    shot: Shot
    places: dict[str, Box]


class DrawnScreen:
    """A screen that shows what Pillow drew."""

    name = "drawn"

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    def unavailable_reason(self) -> str | None:
        return None

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        del active_only
        width, height = self._image.size
        return (Frame(0, Box(0, 0, width, height), self._image.tobytes()),)


def look(sight: Sight, finder: SecretFinder | None = None, lines: Sequence[str] = SHEET) -> Seen:
    """Show *lines* as *sight* says, capture them the real way, and look at what is stored."""
    reader = finder or OcrSecretFinder()
    if sight.by == "drawn":
        image, places = drawn(sight, lines)
        return _seen(_capturer(DrawnScreen(image), reader), places)
    with xvfb(SIZE) as server, xterm(server, sight, lines) as places:
        return _seen(_capturer(MssScreen(server.environ), reader), places)


def _capturer(screen: ScreenWay, reader: SecretFinder) -> Capturer:
    """Return what takes the pictures: no rule asks for windows, so none need be seen."""
    return Capturer(screen, None, None, WebpCodec(), rules=(), secrets=reader)


def covered(data: bytes, box: Box) -> bool:
    """Return whether *box* of a stored picture has the fill's colour and nothing else."""
    with Image.open(io.BytesIO(data)) as picture:
        inner = picture.convert("RGB").crop(
            (box.left, box.top, box.left + box.width, box.top + box.height)
        )
    bands = (band.getextrema() for band in inner.split())
    return all(
        fill - _BLUR <= low and high <= fill + _BLUR
        for fill, (low, high) in zip(FILL, cast("Iterable[tuple[int, int]]", bands), strict=True)
    )


def drawn(sight: Sight, lines: Sequence[str]) -> tuple[Image.Image, dict[str, Box]]:
    """Return a picture of *lines*, and where what counts of each stands in it."""
    image = Image.new("RGB", SIZE, (24, 26, 32) if sight.is_dark else (255, 255, 255))
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(f"{sight.font}.ttf", sight.size)
    places, top = {}, 10
    for line in lines:
        if line:
            draw.text((12, top), line, font=font, fill=(220, 220, 210) if sight.is_dark else 0)
            begin = 12 + draw.textlength(line[: _begin(line)], font)
            box = draw.textbbox((begin, top), line[_begin(line) :], font)
            left, upper, right, lower = (round(edge) for edge in box)
            places[line] = Box(left, upper, right - left, lower - upper)
        top += round(sight.size * 1.3)
    return image, places


def _begin(line: str) -> int:
    """Return where the secret begins in *line*."""
    return next((len(before) for before, secret in SECRETS if before + secret == line), 0)


@contextmanager
def xterm(server: XServer, sight: Sight, lines: Sequence[str]) -> Iterator[dict[str, Box]]:
    """Show *lines* in a real terminal; give where each stands on the screen."""
    look_of = ["-fn", "fixed"] if sight.font == "fixed" else ["-fa", sight.font]
    size = [] if sight.font == "fixed" else ["-fs", str(sight.size)]
    colours = ["-bg", "#181a20", "-fg", "#dcdcd2"] if sight.is_dark else ["-bg", "white"]
    rows, columns = len(lines) + 1, 75
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines))
        file.flush()
        show = f"printf '\\033[?25l'; cat {file.name}; exec sleep 1000"
        geometry = ["-geometry", f"{columns}x{rows}+0+0", "-b", "0", "-bw", "0", "+sb"]
        command = ["xterm", "-T", "sheet", *look_of, *size, *colours, *geometry]
        with program(server, *command, "-e", "sh", "-c", show):
            windows = X11Windows(server.environ)
            box = until(lambda: next((w.box for w in windows.visible() or () if w.box), None))
            assert box is not None
            cell_width, cell_height = box.width / columns, box.height / rows
            places = {
                line: Box(
                    round(box.left + _begin(line) * cell_width),
                    round(box.top + row * cell_height),
                    round((len(line) - _begin(line)) * cell_width),
                    round(cell_height),
                )
                for row, line in enumerate(lines)
                if line
            }
            screen = MssScreen(server.environ)
            until(lambda: _has_settled(screen, max(places.values(), key=lambda b: b.top)))
            yield places


def _has_settled(screen: MssScreen, last: Box) -> bool:
    """Return whether the last line of a sheet is there."""
    (frame,) = screen.grab(active_only=False)
    image = Image.frombytes("RGB", (frame.box.width, frame.box.height), frame.rgb)
    box = (last.left, last.top, last.left + last.width, last.top + last.height)
    low, high = cast("tuple[int, int]", image.convert("L").crop(box).getextrema())
    return high - low > _INK


def _seen(capturer: Capturer, places: dict[str, Box]) -> Seen:
    shot = capturer.capture(AT)
    assert shot.pictures, shot.blocked_by
    image = shot.pictures[0].image
    is_covered = {line: covered(image, _ink(box)) for line, box in places.items()}
    return Seen(
        tuple(line for line, hidden in is_covered.items() if line in _LINES and not hidden),
        tuple(line for line, hidden in is_covered.items() if line not in _LINES and hidden),
        shot,
        places,
    )


def _ink(box: Box) -> Box:
    """Return the part of a cell that letters without descenders take."""
    return Box(box.left + 1, box.top + box.height // 5, box.width - 2, 3 * box.height // 5)


XTERM_FONTS = ("DejaVu Sans Mono", "Liberation Mono", "Hack")
DRAWN_FONTS = ("DejaVuSansMono", "DejaVuSans", "LiberationSans-Regular", "LiberationSerif-Regular")
ALL = (
    *(Sight("xterm", font, size, dark)
      for font in XTERM_FONTS for size in (7, 9, 11, 14) for dark in (False, True)),
    *(Sight("xterm", "fixed", 13, dark) for dark in (False, True)),
    *(Sight("drawn", font, size, dark)
      for font in DRAWN_FONTS for size in (9, 12) for dark in (False, True)),
)  # fmt: skip


def table(sights: Sequence[Sight], seen: Sequence[Seen]) -> str:
    """Return the rows of the manual's table: font, size, theme, found of all, what was missed."""
    rows = ["| how | font | size | light | dark | missed |", "|---|---|---|---|---|---|"]
    by = dict(zip(sights, seen, strict=True))
    for sight in sights:
        if sight.is_dark:
            continue
        light, dark = by[sight], by[Sight(sight.by, sight.font, sight.size, is_dark=True)]
        total = len(SECRETS)
        found = [f"{total - len(one.missed)} of {total}" for one in (light, dark)]
        missed = sorted(
            {line.split()[0].strip("-") for one in (light, dark) for line in one.missed}
        )
        cells = (sight.by, sight.font, str(sight.size), *found, ", ".join(missed))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    seen = []
    for sight in ALL:
        seen.append(look(sight))
        print(sight, seen[-1].missed, seen[-1].lost, flush=True)  # noqa: T201 -- a program
    print(table(ALL, seen))  # noqa: T201 -- likewise


if __name__ == "__main__":
    main()
