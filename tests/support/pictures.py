"""Pictures of real windows: a shell in an xterm, typed into as a person would.

What is in the window is read twice: the pixels by ImageMagick from the X server, the
text by xterm itself from its screen, through its `print` action. So a test can hold a
picture to words without reading letters out of pixels.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.support.until import until
from tests.support.x11 import XServer, program, xdotool

COLUMNS = 80
BACKGROUND = "#16191a"
FOREGROUND = "#e9ece8"
_PADDING_PX = 28
_PALETTE = 64  # colours; letters are drawn in shades of a few
_PRINT = "F12"
# Wide enough for pictures at twice the size that they are shown at.
_FONT = ("-fa", "DejaVu Sans Mono", "-fs", "20")


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in a terminal window, with `worklog` as the test has it.

    Attributes:
        window: The X window's number.
        folder: Holds what the shell and the terminal leave behind.
    """

    server: XServer
    window: str
    folder: Path

    def focus(self) -> None:
        """Give it the keyboard."""
        xdotool(self.server, "windowactivate", "--sync", self.window)

    def type(self, line: str) -> None:
        """Type *line* and Return."""
        self.focus()
        xdotool(self.server, "type", "--delay", "4", line)
        xdotool(self.server, "key", "Return")

    def press(self, key: str) -> None:
        """Press one *key*."""
        self.focus()
        xdotool(self.server, "key", key)

    def run(self, line: str) -> None:
        """Type *line* and return once the shell asks for the next one."""
        before = self._prompts()
        self.type(line)
        until(lambda: self._prompts() > before, within_s=30)
        until(lambda: self.text().endswith("\n$"))

    def text(self) -> str:
        """Return what is on the screen, without the spaces at the ends of lines."""
        printed = self.folder / "screen"
        printed.unlink(missing_ok=True)
        self.press(_PRINT)
        until(printed.exists)
        lines = printed.read_text(encoding="utf-8").replace("\f", "").splitlines()
        return "\n".join(line.rstrip() for line in lines).rstrip()

    def shoot(self) -> Image.Image:
        """Return what is in the window, pixel by pixel."""
        done = subprocess.run(
            ["import", "-silent", "-window", self.window, "png:-"],
            env=self.server.environ,
            check=True,
            capture_output=True,
        )
        return Image.open(io.BytesIO(done.stdout)).convert("RGB")

    def _prompts(self) -> int:
        return (self.folder / "prompts").stat().st_size


@contextmanager
def shell(server: XServer, environ: Mapping[str, str], *, rows: int) -> Iterator[Shell]:
    """Open a terminal window of *rows* with a shell that has *environ*; needs a window manager."""
    with TemporaryDirectory(prefix="worklog-shell-") as name:
        folder = Path(name)
        (folder / "prompts").touch()
        variables = {
            **environ,
            "PS1": "$ ",
            "PROMPT_COMMAND": f"printf . >> {folder}/prompts",
            "HISTFILE": "",
            "WINDOW_FILE": f"{folder}/window",
        }
        settings = [f"{key}={value}" for key, value in variables.items()]
        with program(
            server,
            "xterm",
            *_FONT,
            *("-geometry", f"{COLUMNS}x{rows}", "-b", str(_PADDING_PX), "-T", "worklog", "+sb"),
            *("-bg", BACKGROUND, "-fg", FOREGROUND, "-cr", FOREGROUND),
            *(
                "-xrm",
                f"XTerm*printerCommand: cat > {folder}/new && mv {folder}/new {folder}/screen",
            ),
            *("-xrm", "XTerm*printAttributes: 0"),
            *("-xrm", f"XTerm*vt100.translations: #override <Key>{_PRINT}: print()"),
            *("-e", "env", *settings, "sh", "-c"),
            'printf %s "$WINDOWID" > "$WINDOW_FILE"; exec bash --noprofile --norc',
        ):
            until(lambda: (folder / "prompts").stat().st_size)
            yield Shell(server, (folder / "window").read_text(), folder)


def page(file: Path, *, width: int, height: int) -> Image.Image:
    """Return what Chromium shows of the page in *file*, in a window of *width* x *height* [px]."""
    with TemporaryDirectory(prefix="worklog-page-") as folder:
        shot = Path(folder, "page.png")
        subprocess.run(
            [
                "chromium",
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
                *("--no-first-run", "--disable-background-networking"),
                *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
                "--disable-dev-shm-usage",  # a container has little of it
                f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height}",
                f"--screenshot={shot}",
                file.as_uri(),
            ],
            env={**os.environ, "HOME": folder},
            check=True,
            capture_output=True,
            timeout=60,
        )
        with Image.open(shot) as image:
            return image.convert("RGB")


def save(image: Image.Image, path: Path, *, colours: int = _PALETTE) -> None:
    """Write *image* as a small PNG of at most *colours* colours."""
    small = image.quantize(colours, kmeans=1, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
