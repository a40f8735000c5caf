"""The pictures of the README: a real tracker in a real terminal window, and the real page.

The program is the installed one but for its clock, which the test sets and drives sixty
times faster (`tests.entry`), so that ten minutes of typing take ten seconds and the
pictures always show the same Thursday. Display, input, windows, captures and cache are
real. The diary around it is what `worklog demo` makes up.

`make pictures` writes them to docs/images; look at them before they are committed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.entry.virtual import ClockFile
from tests.support.fakes import utc
from tests.support.pictures import BACKGROUND, COLUMNS, page, save, shell
from tests.support.tracker_process import CHECKOUT, TEST_ENTRY, TrackerHome
from tests.support.until import until
from tests.support.x11 import XServer, XWindow, window, window_manager, xdotool, xvfb
from worklog.app.ports import Box
from worklog.domain.grid import Slot

COMMITTED = CHECKOUT / "docs" / "images"
MOST_BYTES = 150_000
NOW = utc("2026-11-19 16:37:30")  # 17:37:30 in Berlin, a Thursday
DAYS = 4  # the week up to now
IDLE_MINUTE, SHOWN_MINUTE = 3, 6  # of a slot

Colour = tuple[int, int, int]
BOXES_ON_TERMINAL: Colour = (0, 135, 95)  # colour 29 of the 256
LIMIT_ON_TERMINAL: Colour = (215, 95, 0)
BOXES_ON_PAGE: Colour = (0x1E, 0x87, 0x57)
MANUAL_ON_PAGE: Colour = (0x2F, 0x6F, 0xB3)
LIMIT_ON_PAGE: Colour = (0xB4, 0x53, 0x1A)


class Studio:
    """A demo home, the clock it lives by, and a `worklog` on the PATH that uses both."""

    def __init__(self, folder: Path) -> None:
        self.clock = ClockFile.create(folder / "clock", NOW)
        self.home = TrackerHome(
            folder / "home",
            {
                "WORKLOG_TEST_CLOCK": str(folder / "clock"),
                "WORKLOG_TEST_SPEED": "60",
                "TZ": "Europe/Berlin",
                "COLUMNS": str(COLUMNS),
                "PATH": f"{folder}:{os.environ['PATH']}",
            },
            TEST_ENTRY,
        )
        command = folder / "worklog"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.entry "$@"\n')
        command.chmod(0o755)
        done = self.home.run(
            *("demo", "--home", str(self.home.folder), "--seed", "7", "--days", str(DAYS)),
            within_s=120,
        )
        assert done.returncode == 0, done.stderr

    @property
    def environ(self) -> dict[str, str]:
        """What a shell in a window needs; the window knows its size itself."""
        return {
            name: value
            for name, value in self.home.variables.items()
            if name.startswith(("WORKLOG_", "PYTHON", "COVERAGE")) or name in ("TZ", "PATH")
        }

    def answer(self, line: str) -> str:
        """Return what a command line of the shell says, as to a pipe of the window's width."""
        done = subprocess.run(
            ["sh", "-c", line],
            env=self.home.variables,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return "\n".join(text.rstrip() for text in done.stdout.splitlines()).rstrip()


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
def server() -> Iterator[XServer]:
    with xvfb((2600, 1900), "-dpi", "96") as started, window_manager(started):
        yield started


def kept(image: Image.Image, name: str, folder: Path, *, colours: int = 64) -> Image.Image:
    """Save *image*, under docs/images too where that is asked for; return it as saved."""
    folders = [folder, COMMITTED] if os.environ.get("UPDATE_PICTURES") else [folder]
    for place in folders:
        save(image, place / name, colours=colours)
    assert (folder / name).stat().st_size <= MOST_BYTES
    with Image.open(folder / name) as saved:
        return saved.convert("RGB")


def pixels_of(image: Image.Image, wanted: Colour) -> int:
    """Return how many pixels have the colour *wanted*, or one that nobody could tell from it."""
    found = image.getcolors(image.width * image.height)
    assert found is not None
    return sum(
        count
        for count, seen in found
        if isinstance(seen, tuple)
        and all(abs(a - b) < 12 for a, b in zip(seen, wanted, strict=True))
    )


def hex_colour(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def work(studio: Studio, server: XServer, editor: XWindow) -> None:
    """Type into *editor*, but for one minute, until a slot with its picture is most of ten."""
    editor.focus()
    while not is_worth_a_picture(studio):
        until(lambda: not is_time_to_think(studio.clock.now))
        xdotool(server, "type", "--delay", "6", "if user.is_known")


def is_time_to_think(now: datetime) -> bool:
    """Return whether nothing is to be typed, so that one minute of a slot has no input.

    Begins half a minute before: what is typed takes some seconds of the clock.
    """
    begin = Slot.containing(now).start + timedelta(minutes=IDLE_MINUTE)
    return begin - timedelta(seconds=30) <= now < begin + timedelta(minutes=1)


def is_worth_a_picture(studio: Studio) -> bool:
    slot = Slot.containing(studio.clock.now)
    shown_from = slot.start + timedelta(minutes=SHOWN_MINUTE)
    if slot.start < NOW or studio.clock.now < shown_from:
        return False
    taken = datetime.fromisoformat(studio.home.answer("status")["capture"]["taken_at"])
    # For some seconds the display says that it took a picture; that is not for always.
    is_told = studio.clock.now > taken + timedelta(seconds=40)
    return taken >= slot.start and is_told and studio.clock.now < slot.end - timedelta(minutes=2)


@pytest.mark.timeout(400)
def test_the_windows_show_what_the_commands_say(
    studio: Studio, server: XServer, tmp_path: Path
) -> None:
    """Start, diary, report and page, each held to its own words and colours."""
    show_start(studio, server, tmp_path)
    show_output("diary", "worklog diary yesterday", studio, server, tmp_path)
    show_output("report", "worklog report --week --by contract,label", studio, server, tmp_path)
    show_page(studio, tmp_path)


def show_start(studio: Studio, server: XServer, folder: Path) -> None:
    place = Box(100, 1000, 1200, 700)
    with (
        window(server, application="Editor", title="login.py - shop", box=place) as editor,
        shell(server, studio.environ, rows=8) as terminal,
    ):
        terminal.type('worklog start -m "fixing login redirect"')
        until(Path(studio.home.places.status_file).exists, within_s=30)
        work(studio, server, editor)
        shown = terminal.text()
        image = kept(terminal.shoot(), "start.png", folder)
        terminal.press("q")
        until(lambda: terminal.text().endswith("\n$"), within_s=30)

    head, slot, *rest = shown.splitlines()[1:]
    assert re.fullmatch(r"● acme   fixing login redirect +0:\d\d:\d\d", head)
    assert re.match(r"  1\d:\d0–1\d:\d0  ", slot)  # noqa: RUF001 -- as it is shown
    assert {"▮", "▯"} <= set(slot)
    assert "no picture" not in shown
    assert re.search(r"last picture 1\d:\d\d  Editor: login.py - shop", "\n".join(rest))
    assert pixels_of(image, BOXES_ON_TERMINAL) > 1_000
    assert pixels_of(image, hex_colour(BACKGROUND)) > image.width * image.height // 2
    assert studio.home.findings() == []


def show_output(name: str, line: str, studio: Studio, server: XServer, folder: Path) -> None:
    expected = studio.answer(line)
    rows = expected.count("\n") + 3  # the line itself, and the prompt after it
    with shell(server, studio.environ, rows=rows) as terminal:
        terminal.run(line)
        shown = terminal.text()
        image = kept(terminal.shoot(), f"{name}.png", folder)

    assert shown == f"$ {line}\n{expected}\n$"
    assert image.width > 1_300
    assert pixels_of(image, hex_colour(BACKGROUND)) > image.width * image.height // 2
    if name == "diary":
        assert pixels_of(image, BOXES_ON_TERMINAL) > 10_000
        assert pixels_of(image, LIMIT_ON_TERMINAL) > 1_000


def show_page(studio: Studio, folder: Path) -> None:
    file = Path(studio.home.answer("diary", "yesterday", "--open")["file"])
    image = kept(page(file, width=1440, height=1000), "page.png", folder, colours=160)

    assert image.size == (1440, 1000)
    assert pixels_of(image, BOXES_ON_PAGE) > 10_000
    assert pixels_of(image, MANUAL_ON_PAGE) > 1_000
    assert pixels_of(image, LIMIT_ON_PAGE) > 1_000


def test_the_readme_shows_every_picture_and_says_what_is_on_it() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"!\[([^\]]+)\]\(docs/images/([a-z-]+\.png)\)", readme))
    committed = sorted(COMMITTED.glob("*.png"))

    assert sorted(shown.values()) == [file.name for file in committed]
    assert all(len(words.split()) > 5 for words in shown)
    for file in committed:
        assert file.stat().st_size <= 2 * MOST_BYTES  # the page of the service is the largest
        with Image.open(file) as image:
            image.load()
            assert image.format == "PNG"
            assert image.width > 1_300
