"""Real sway compositors without a screen, their windows and their input, for tests.

    with sway() as desktop, terminal(desktop, application="Editor", title="a.py"):
        desktop.run("wtype", "a")

sway does not run as root; where the tests do, it runs as `nobody` in a folder of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.support.until import until
from worklog.app.ports import Box

NOBODY = 65534
_CONFIG = """
default_border none
focus_follows_mouse no
seat * hide_cursor 100
"""


class Sway:
    """A compositor that can be killed and started again at its place.

    Attributes:
        environ: What a program needs to reach it, on top of the test's own environment.
        display: Of its XWayland; empty without one.
    """

    def __init__(self, outputs: Sequence[str], *, has_xwayland: bool) -> None:
        self._folder = Path(mkdtemp(prefix="worklog-sway-", dir="/tmp"))
        self._outputs = len(outputs)
        self._process: subprocess.Popen[bytes] | None = None
        lines = [f"output HEADLESS-{n} {words}" for n, words in enumerate(outputs, 1)]
        lines.append(f"xwayland {'force' if has_xwayland else 'disable'}")
        self._has_xwayland = has_xwayland
        self._config = self._folder / "config"
        self._config.write_text(_CONFIG + "\n".join(lines) + "\n")
        self.display = ""
        if os.getuid() == 0:
            os.chown(self._folder, NOBODY, NOBODY)

    @property
    def _socket(self) -> str:
        return str(self._folder / "sway.sock")

    @property
    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "XAUTHORITY")}
        found = {
            "WAYLAND_DISPLAY": str(self._folder / "wayland-1"),
            "SWAYSOCK": self._socket,
            "XDG_SESSION_TYPE": "wayland",
        }
        return {**kept, **found, **({"DISPLAY": self.display} if self.display else {})}

    def start(self) -> None:
        """Start it; return once it answers."""
        for left in self._folder.glob("*.sock"):
            left.unlink()
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "SWAYSOCK": self._socket,
            "WLR_BACKENDS": "headless",
            "WLR_HEADLESS_OUTPUTS": str(self._outputs),
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
        }
        is_root = os.getuid() == 0
        self._process = subprocess.Popen(
            ["sway", "-c", str(self._config)],
            cwd=self._folder,
            env=own,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            user=NOBODY if is_root else None,
            group=NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
        )
        until(self._is_up, within_s=20)
        if self._has_xwayland:
            # Its clients are of another user than the tests.
            self.tell(f"exec xhost + && echo $DISPLAY > {self._folder}/display")
            told = self._folder / "display"
            self.display = until(
                lambda: told.read_text().strip() if told.exists() else "", within_s=20
            )

    def kill(self) -> None:
        """Kill it and what it started, as the kernel would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGCONT)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Make it stop answering, without closing anything."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    def run(self, *command: str) -> str:
        """Run a program on it to its end; return what it wrote."""
        done = subprocess.run(
            command, env=self.environ, check=True, capture_output=True, text=True, timeout=30
        )
        return done.stdout

    def tell(self, *words: str) -> None:
        """Give sway a command: ``tell("output HEADLESS-2 disable")``."""
        self.run("swaymsg", "--", *words)

    def tree(self) -> str:
        return self.run("swaymsg", "-t", "get_tree", "-r")

    def key(self, count: int = 1) -> None:
        """Press and release a key *count* times, as a keyboard of its own."""
        self.run("wtype", "a" * count)

    def move(self, left: int = 1, top: int = 1) -> None:
        """Move the pointer by so many pixels."""
        self.tell(f"seat - cursor move {left} {top}")

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "sway does not start; `make test` installs it"
        try:
            outputs: list[Any] = json.loads(self.run("swaymsg", "-t", "get_outputs", "-r"))
        except (subprocess.CalledProcessError, ValueError):
            return False
        return len(outputs) == self._outputs and (self._folder / "wayland-1").exists()


@contextmanager
def sway(*outputs: str, has_xwayland: bool = False) -> Iterator[Sway]:
    """Run a sway with monitors as *outputs* say, in the words of sway-output(5).

    Without any it has one of 640 by 400.
    """
    desktop = Sway(outputs or ("resolution 640x400 position 0 0",), has_xwayland=has_xwayland)
    try:
        desktop.start()
        yield desktop
    finally:
        desktop.stop()


@contextmanager
def terminal(
    desktop: Sway,
    *,
    application: str = "foot",
    title: str = "a terminal",
    box: Box | None = None,
    command: Sequence[str] = ("sleep", "1000"),
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a foot at *box*; returns once its window is shown there and has the keyboard."""
    process = subprocess.Popen(
        ["foot", "-a", application, "-T", title, "--", *command],
        env=desktop.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: view(desktop, process.pid), within_s=20)
        if box is not None:
            until(lambda: _is_placed(desktop, process.pid, box), within_s=20)
        yield process
    finally:
        process.terminate()
        process.wait()


def _is_placed(desktop: Sway, pid: int, box: Box) -> bool:
    """Place the window and look, again: its first size may come in between."""
    desktop.tell(
        f"[pid={pid}] floating enable, border none, resize set {box.width} {box.height}, "
        f"move absolute position {box.left} {box.top}, focus"
    )
    with suppress(AssertionError):
        return until(lambda: _place(view(desktop, pid)) == box, within_s=1)
    return False


def view(desktop: Sway, pid: int) -> dict[str, Any] | None:
    """Return sway's node of the window of process *pid*; None before it is shown."""
    waiting = [json.loads(desktop.tree())]
    while waiting:
        node = waiting.pop()
        if node.get("pid") == pid and node.get("visible"):
            return dict(node)
        waiting += [*node["nodes"], *node["floating_nodes"]]
    return None


def _place(node: dict[str, Any] | None) -> Box | None:
    if node is None:
        return None
    rect = node["rect"]
    return Box(rect["x"], rect["y"], rect["width"], rect["height"])
