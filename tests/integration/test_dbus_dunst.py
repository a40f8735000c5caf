"""A notice on a real notification daemon under a real X server, and a real choice in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.support.dbus import private_bus
from tests.support.until import until
from tests.support.x11 import xvfb
from worklog.app.ports import Notice
from worklog.capture.freedesktop_notify import FreedesktopNotify
from worklog.clock import SystemClock

GREEN = (20, 200, 60)
CAPTURE = Notice(
    tag="capture",
    summary="Picture taken",
    body="Firefox: <b>Login</b> & more",
    actions=(("keep", "Keep"), ("redact", "Redact"), ("discard", "Discard")),
)


@contextmanager
def desktop(folder: Path, *, picks: str) -> Iterator[tuple[dict[str, str], FreedesktopNotify]]:
    """Run X, a bus and dunst, in whose menu the user picks the line with *picks*."""
    menu = folder / "menu"
    menu.write_text(f'#!/bin/sh\ncat > "{folder}/offered"\ngrep {picks} "{folder}/offered"\n')
    menu.chmod(0o755)
    config = folder / "dunstrc"
    config.write_text(f"[global]\ndmenu = {menu}\nmax_icon_size = 256\nwidth = 500\n")
    with xvfb((800, 400)) as server, private_bus(folder) as bus:
        environ = {**server.environ, **bus.environ}
        dunst = subprocess.Popen(
            ["dunst", "-conf", str(config)], env=environ, stderr=subprocess.DEVNULL
        )
        way = FreedesktopNotify(clock=SystemClock(), environ=bus.environ)
        try:
            yield environ, way
        finally:
            way.close()
            dunst.kill()
            dunst.wait()


def displayed(environ: dict[str, str]) -> int:
    command = ["dunstctl", "count", "displayed"]
    count = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    return int(count.stdout or 0) if count.returncode == 0 else 0


def green_pixels(environ: dict[str, str], path: Path) -> int:
    """Take a picture of the screen; return how much of it is `GREEN`."""
    command = ["import", "-window", "root", "-silent", str(path)]
    subprocess.run(command, env=environ, check=True)
    with Image.open(path) as screen:
        colours = screen.convert("RGB").getcolors(1 << 20) or []
    return sum(count for count, colour in colours if colour == GREEN)


def test_a_choice_in_dunst_arrives(tmp_path: Path) -> None:
    with desktop(tmp_path, picks="discard") as (environ, way):
        way.show(CAPTURE)
        until(lambda: displayed(environ) == 1)

        subprocess.run(["dunstctl", "context"], env=environ, check=True)

        assert until(way.answers) == [("capture", "discard")]
        offered = (tmp_path / "offered").read_text()
        assert all(label in offered for label in ("Keep", "Redact", "Discard"))
        until(lambda: displayed(environ) == 0)


def test_the_picture_of_a_capture_is_seen_on_the_screen(tmp_path: Path) -> None:
    """As pixels: this daemon's image loader, like many, cannot read WebP files."""
    picture = tmp_path / "thumbnail.webp"
    Image.new("RGB", (480, 270), GREEN).save(picture, lossless=True)
    with desktop(tmp_path, picks="keep") as (environ, way):
        way.show(Notice("capture", "Picture taken", image=str(picture)))
        until(lambda: displayed(environ) == 1)

        until(lambda: green_pixels(environ, tmp_path / "screen.png") == 256 * 144)


def test_what_the_user_closes_is_no_answer(tmp_path: Path) -> None:
    with desktop(tmp_path, picks="keep") as (environ, way):
        way.show(CAPTURE)
        until(lambda: displayed(environ) == 1)

        subprocess.run(["dunstctl", "close-all"], env=environ, check=True)

        until(lambda: displayed(environ) == 0)
        assert way.answers() == []
