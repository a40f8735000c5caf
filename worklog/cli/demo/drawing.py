"""Screens for the demo, painted: an editor, a terminal, a browser, a drawing program.

They are to be read and told apart as thumbnails: each shows its task in words, the time
in the corner, and something that moves on from one picture to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from random import Random
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from worklog.app.ports import Box, Frame
from worklog.cli.demo.story import Scene, Task

WIDTH: Final = 960
HEIGHT: Final = 600
BAR: Final = 26
ROWS: Final = (HEIGHT - 60) // 20  # of an editor or a terminal

Colour = tuple[int, int, int]
_DARK: Final = (30, 33, 39)
_PANEL: Final = (38, 42, 50)
_GREY: Final = (128, 136, 150)
_TEXT: Final = (214, 218, 224)
_PAPER: Final = (250, 250, 247)
_INK: Final = (40, 44, 52)
_BLUE: Final = (97, 160, 239)
_GREEN: Final = (140, 190, 110)
_ORANGE: Final = (216, 154, 98)
_PINK: Final = (205, 116, 150)
_COLOURS: Final = (_BLUE, _GREEN, _ORANGE, _PINK, (120, 190, 190), (190, 170, 90))

_CODE: Final = """\
# Frames that are lost are sent again, oldest first.
class Transport:
    def __init__(self, line, *, window=8):
        self.line = line
        self.window = window
        self.waiting = deque()

    def send(self, frame):
        self.waiting.append(frame)
        while len(self.waiting) > self.window:
            self.settle(self.line.receive())
        self.line.write(frame.encode())

    def settle(self, answer):
        # An answer acknowledges everything before it.
        while self.waiting and self.waiting[0].number <= answer.number:
            self.waiting.popleft()
        if answer.is_refusal:
            raise Refused(answer.reason)

    def retry(self, *, after):
        for frame in list(self.waiting):
            if frame.age > after:
                self.line.write(frame.encode())
                frame.tries += 1

def open_line(port, baud=115200):
    line = Serial(port, baud, timeout=0.2)
    line.write(HELLO)
    if line.receive() != READY:
        raise NoAnswer(port)
    return Transport(line)
""".splitlines()
_OUTPUT: Final = """\
$ pytest -q tests/transport
........................................ [ 41%]
........................................ [ 83%]
................                         [100%]
96 passed in 3.42s
$ git add -p && git commit
[retry 5be2c1f] Send lost frames again
 2 files changed, 41 insertions(+), 9 deletions(-)
$ bench --boards 40 --loss 0.05
board 01   812 frames   0 lost for good   14.2 s
board 02   812 frames   0 lost for good   14.4 s
board 03   812 frames   0 lost for good   13.9 s
board 04   812 frames   1 lost for good   21.7 s
board 05   812 frames   0 lost for good   14.1 s
$ psql shop -c 'explain analyze select * from found'
 Index Scan using products_by_words on products
   Index Cond: (words @@ '''blue'' & ''jacket'''::tsquery)
 Planning Time: 0.214 ms
 Execution Time: 1.873 ms
$ git log --oneline -3
5be2c1f Send lost frames again
e1d7730 Give each frame a number
9ac0b45 Say which port did not answer
""".splitlines()
_PROSE: Final = """\
A board that loses power in the middle of an update must start with what it had before.
The new image is written beside the old one and becomes the first choice only when its
sum is right. If it does not report within ninety seconds, the loader goes back by itself.
Boards of the first series have no second place. They refuse updates under 20 % of charge.
Each step is written down, so that support can tell where an update ended and why.
""".splitlines()


def draw(task: Task, memo: str, at: datetime, rng: Random) -> Frame:
    """Return the screen with *task* on it at the local time *at*."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _DARK)
    pen = ImageDraw.Draw(image)
    _SCENES[task.scene](pen, task, rng)
    pen.rectangle((0, 0, WIDTH, BAR), fill=(20, 22, 26))
    _write(pen, 12, 5, f"{task.application}   {task.title}", 14, _TEXT)
    _write(pen, WIDTH - 132, 5, f"{at:%a %d %b  %H:%M}", 14, _TEXT)
    _write(pen, WIDTH // 2, 5, memo, 14, _GREY)
    return Frame(0, Box(0, 0, WIDTH, HEIGHT), image.tobytes())


def _write(  # noqa: PLR0917 -- in the order in which Pillow has them
    pen: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, colour: Colour
) -> None:
    """Write one line. Lines come again and again, and setting one costs more than copying."""
    pen.bitmap((x, y), _set(text, size), fill=colour)


@cache
def _set(text: str, size: int) -> Image.Image:
    font = ImageFont.load_default(size=size)
    width = max(1, int(font.getlength(text)) + 2)
    mask = Image.new("L", (width, size * 3 // 2))
    ImageDraw.Draw(mask).text((0, 0), text, font=font, fill=255)
    return mask


def _editor(pen: ImageDraw.ImageDraw, task: Task, rng: Random) -> None:
    pen.rectangle((0, BAR, 190, HEIGHT), fill=_PANEL)
    names = ("src", "  transport.py", "  session.py", "  checkout.html", "tests", "README.md")
    for row, name in enumerate(names):
        is_open = name.strip() in task.title
        _write(pen, 16, 50 + row * 24, name, 14, _TEXT if is_open else _GREY)
    top, current = rng.randrange(len(_CODE)), rng.randrange(ROWS)
    for row in range(ROWS):
        line = _CODE[(top + row) % len(_CODE)]
        y = 40 + row * 20
        if row == current:
            pen.rectangle((196, y - 1, WIDTH, y + 19), fill=(47, 52, 62))
            pen.rectangle((228 + 8 * len(line), y + 1, 230 + 8 * len(line), y + 17), fill=_TEXT)
        _write(pen, 204, y, str(top + row + 1), 13, (90, 96, 108))
        _write(pen, 240 + _indent(line), y, line.strip(), 15, _colour_of(line))
    pen.rectangle((0, HEIGHT - 24, WIDTH, HEIGHT), fill=(58, 96, 160))
    place = f"main   line {top + current + 1}   {task.title}"
    _write(pen, 12, HEIGHT - 21, place, 13, _PAPER)


def _terminal(pen: ImageDraw.ImageDraw, task: Task, rng: Random) -> None:
    _write(pen, 14, 36, f"~/{task.title}", 14, _BLUE)
    top = rng.randrange(len(_OUTPUT))
    for row in range(ROWS):
        line = _OUTPUT[(top + row) % len(_OUTPUT)]
        colour = _GREEN if line.startswith("$") else _TEXT
        _write(pen, 14 + _indent(line), 58 + row * 20, line.strip(), 15, colour)


def _browser(pen: ImageDraw.ImageDraw, task: Task, rng: Random) -> None:
    pen.rectangle((0, BAR, WIDTH, HEIGHT), fill=_PAPER)
    pen.rectangle((0, BAR, WIDTH, 66), fill=(226, 228, 232))
    pen.rounded_rectangle((90, 34, WIDTH - 90, 58), 12, fill=_PAPER)
    address = task.title.lower().replace(": ", "/").replace(" ", "-")
    _write(pen, 108, 38, f"https://example.com/{address}", 14, _GREY)
    _write(pen, 140, 92, task.title, 34, _INK)
    top = rng.randrange(len(_PROSE))
    for row in range(15):
        y = 150 + row * 28
        if row % 7 == 6:  # noqa: PLR2004 -- a picture between the paragraphs
            pen.rounded_rectangle((140, y, 560, y + 22), 5, fill=rng.choice(_COLOURS))
        else:
            _write(pen, 140, y, _PROSE[(top + row) % len(_PROSE)], 16, _INK)
    slide = 70 + rng.randrange(500)
    pen.rounded_rectangle((WIDTH - 12, slide, WIDTH - 4, slide + 110), 4, fill=_GREY)


def _design(pen: ImageDraw.ImageDraw, task: Task, rng: Random) -> None:
    pen.rectangle((0, BAR, WIDTH, HEIGHT), fill=(88, 90, 96))
    pen.rectangle((0, BAR, 46, HEIGHT), fill=_PANEL)
    for row, colour in enumerate(_COLOURS):
        pen.rounded_rectangle((11, 44 + row * 38, 35, 68 + row * 38), 4, fill=colour)
    pen.rectangle((90, 50, 760, 580), fill=_PAPER)
    _write(pen, 110, 64, "Your basket", 30, _INK)
    for card in range(6):
        x, y = 110 + card % 3 * 214, 114 + card // 3 * 230
        pen.rounded_rectangle((x, y, x + 196, y + 212), 10, fill=(236, 237, 233))
        pen.rounded_rectangle((x + 14, y + 14, x + 182, y + 136), 8, fill=rng.choice(_COLOURS))
        price = f"{rng.randrange(9, 160)}.90"
        _write(pen, x + 16, y + 146, "Jacket, blue", 16, _INK)
        _write(pen, x + 16, y + 174, price, 18, (150, 60, 60))
    x, y = 110 + rng.randrange(3) * 214, 114 + rng.randrange(2) * 230
    pen.rectangle((x - 4, y - 4, x + 200, y + 216), outline=(0, 120, 255), width=2)
    for row, line in enumerate((task.title, f"x {x} mm", f"y {y} mm", "72 dpi")):
        _write(pen, 790, 60 + row * 24, line, 15, _TEXT)


def _indent(line: str) -> int:
    return 8 * (len(line) - len(line.lstrip()))


def _colour_of(line: str) -> Colour:
    words = line.split()
    if not words or words[0].startswith("#"):
        return _GREY
    if words[0] in ("class", "def"):
        return _BLUE
    return _PINK if words[0] in ("if", "for", "while", "raise", "return") else _TEXT


_SCENES: Final[dict[Scene, Callable[[ImageDraw.ImageDraw, Task, Random], None]]] = {
    Scene.EDITOR: _editor,
    Scene.TERMINAL: _terminal,
    Scene.BROWSER: _browser,
    Scene.DESIGN: _design,
    Scene.PASSWORDS: _browser,  # painted and then withheld, as on a real screen
}
