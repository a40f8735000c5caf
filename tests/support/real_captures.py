"""Captures of a test desktop: real windows on a real X server, grabbed as a tracker does.

Three terminals take turns as on a day of work: an editor with the code of this project in
it, a shell that runs its tests, and its documentation in a pager.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.until import until
from tests.support.x11 import XServer, program, window_manager, xdotool, xvfb
from worklog.app.ports import EncodedPicture, Frame
from worklog.capture.picture import WebpCodec
from worklog.capture.x11_screen import MssScreen

SIZE = (1280, 800)
_LONG = 3_000  # characters of a file that fills a window
_CHECKOUT = Path(__file__).parents[2]
_KEYWORD = re.compile(r"\b(def|class|return|from|import|for|in|if|else|not|is|None|and|or)\b")
_STRING = re.compile(r'("[^"\n]*"|#.*$)')


@dataclass(frozen=True)
class RealCapture:
    """A capture with the window that was in front.

    Attributes:
        picture: Image and thumbnail.
        application: Of the window.
        title: Likewise.
    """

    picture: EncodedPicture
    application: str
    title: str


@dataclass
class _Pane:
    """A terminal that shows what is written to its file."""

    server: XServer
    application: str
    text: Path
    window: str = field(default="")

    def show(self, words: str) -> None:
        with self.text.open("a", encoding="utf-8") as file:
            file.write("\x1b[2J\x1b[H" + words)
        xdotool(self.server, "windowactivate", "--sync", self.window)


def take(count: int) -> list[RealCapture]:
    """Return *count* captures, each of another moment."""
    sources = sorted(
        source
        for source in (_CHECKOUT / "worklog" / "domain").glob("*.py")
        if len(source.read_text(encoding="utf-8")) > _LONG
    )
    codec = WebpCodec()
    found: list[RealCapture] = []
    last: Frame | None = None
    with xvfb(SIZE) as server, window_manager(server), _panes(server) as panes:
        xdotool(server, "mousemove", "1279", "799")
        screen = MssScreen(server.environ)
        for number in range(count):
            source = sources[number // 6 % len(sources)]
            pane = panes[(0, 0, 1, 0, 2, 1)[number % 6]]
            title, words = _scene(pane.application, source, number)
            pane.show(words)
            last = _settled(screen, last)
            found.append(RealCapture(codec.encode(last), pane.application, title))
    return found


@contextmanager
def _panes(server: XServer) -> Iterator[list[_Pane]]:
    looks = [
        ("Editor", "92x42+0+0", "#16191a", "#d5d9d4"),
        ("Terminal", "74x26+470+260", "#0d1f2d", "#dfe9f0"),
        ("Documentation", "86x40+300+0", "#fbfaf7", "#1f2421"),
    ]
    with TemporaryDirectory(prefix="worklog-panes-") as folder, ExitStack() as stack:
        panes = []
        for name, place, back, front in looks:
            text = Path(folder, name)
            text.write_text("\x1b[?25l")
            stack.enter_context(
                program(
                    server,
                    "xterm",
                    *("-fa", "DejaVu Sans Mono", "-fs", "12", "-geometry", place, "+sb"),
                    *("-bg", back, "-fg", front, "-T", name),
                    *("-e", "tail", "-n", "+1", "-f", str(text)),
                )
            )
            pane = _Pane(server, name, text)
            until(lambda pane=pane: _find(pane), within_s=20)  # type: ignore[misc]
            panes.append(pane)
        yield panes


def _find(pane: _Pane) -> bool:
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", f"^{pane.application}$"],
        env=pane.server.environ,
        check=False,
        capture_output=True,
        text=True,
    )
    pane.window = done.stdout.split("\n", 1)[0]
    return bool(pane.window)


def _settled(screen: MssScreen, last: Frame | None) -> Frame:
    """Return the screen once it shows something else than *last* and holds still."""
    seen: list[Frame] = []

    def is_still() -> bool:
        (frame,) = screen.grab(active_only=False)
        seen.append(frame)
        is_new = last is None or frame.rgb != last.rgb
        return is_new and len(seen) > 1 and frame.rgb == seen[-2].rgb

    until(is_still, within_s=20)
    return seen[-1]


def _scene(application: str, source: Path, number: int) -> tuple[str, str]:
    lines = source.read_text(encoding="utf-8").splitlines()
    first = number * 17 % max(1, len(lines) - 38)
    if application == "Editor":
        code = [
            f"\x1b[90m{first + place:4}\x1b[0m  {_coloured(line[:84])}"
            for place, line in enumerate(lines[first : first + 40], start=1)
        ]
        place = (
            f"\x1b[7m {source.name}   line {first + number % 40 + 1}, column {number % 70} \x1b[0m"
        )
        return f"{source.name} - Editor", "\r\n".join([*code, place])
    if application == "Documentation":
        prose = [line for line in lines if line.strip()][first % 40 : first % 40 + 36]
        return f"{source.stem}: reference", "\r\n".join(
            [
                f"\x1b[1m  {source.stem}\x1b[0m",
                "",
                *(f"  {line[:80]}" for line in prose),
                f"  page {number}",
            ]
        )
    run = [
        f"{'.' * (3 + (number + place) * 7 % 60)} \x1b[32m[{place * 5:3}%]\x1b[0m"
        for place in range(1, 21)
    ]
    head = f"\x1b[1;34m~/worklog\x1b[0m $ pytest tests/unit -k {source.stem}"
    return "pytest - Terminal", "\r\n".join(
        [head, *run, "", f"\x1b[32m{200 + number} passed\x1b[0m in {number % 9 + 1}.31s", ""]
    )


def _coloured(line: str) -> str:
    if found := _STRING.search(line):
        start, end = found.span()
        return f"{_KEYWORD.sub(_blue, line[:start])}\x1b[33m{line[start:end]}\x1b[0m{line[end:]}"
    return _KEYWORD.sub(_blue, line)


def _blue(found: re.Match[str]) -> str:
    return f"\x1b[36m{found[0]}\x1b[0m"
