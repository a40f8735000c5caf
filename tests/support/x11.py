"""Real X servers, windows and input for tests.

    with xvfb() as server, window(server, application="Editor", title="a.py") as editor:
        xdotool(server, "key", "a")

Each server gets a display number of its own, far from those of people and of other
test processes, and keeps it over `kill` and `start`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from Xlib import X, Xatom
from Xlib.display import Display

from tests.support.until import until
from worklog.app.ports import Box

_XORG = """
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoEnableDevices" "false"
  Option "DontVTSwitch" "true"
EndSection
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "800x600"
    Virtual 4096 2048
  EndSubSection
EndSection
"""
_TRIES = 5


class XServer:
    """An X server process that can be killed and started again on its display.

    Attributes:
        display: Its name, `:4711`.
        environ: What a program needs to reach it, on top of a plain environment.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        for _ in range(_TRIES):
            self.display = f":{1000 + secrets.randbelow(50_000)}"
            if self.start():
                return
        message = f"{command[0]} does not start; `make test` installs it"
        raise AssertionError(message)

    @property
    def environ(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XAUTHORITY")
        }
        return {**kept, "DISPLAY": self.display}

    def start(self) -> bool:
        """Start it; return once it lets clients in, False if its number is taken."""
        reader, writer = os.pipe()
        self._process = subprocess.Popen(
            [self._command[0], self.display, "-displayfd", str(writer), *self._command[1:]],
            pass_fds=[writer],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader, "rb") as answers:
            is_up = bool(answers.readline().strip())  # empty once it has given up
        if not is_up:
            self.kill()
        return is_up

    def kill(self) -> None:
        """Kill it as the kernel would."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Make it stop answering, without closing anything."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it properly, so that it takes its files along."""
        if self._process is not None:
            self._signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@contextmanager
def xvfb(size: tuple[int, int] = (1280, 800), *options: str) -> Iterator[XServer]:
    """Run an X server with one monitor of *size* [px] and no input devices but XTEST's."""
    screen = f"{size[0]}x{size[1]}x24"
    server = XServer(["Xvfb", "-screen", "0", screen, "-nolisten", "tcp", "-noreset", *options])
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def xorg_dummy(monitors: int = 2) -> Iterator[XServer]:
    """Run Xorg with up to sixteen monitors of 800x600 side by side; needs root.

    The monitors are `DUMMY0`, `DUMMY1`…: plug them with `plug` and `unplug`.
    """
    with TemporaryDirectory(prefix="worklog-xorg-") as folder:
        config = Path(folder, "xorg.conf")
        config.write_text(_XORG)
        options = ["-config", str(config), "-logfile", str(Path(folder, "log"))]
        quiet = ["-nolisten", "tcp", "-noreset", "-novtswitch", "-sharevts"]
        server = XServer(["Xorg", *options, *quiet])
        try:
            for number in range(1, monitors):
                plug(server, number)
            yield server
        finally:
            server.stop()


def plug(server: XServer, number: int, mode: str = "800x600") -> None:
    """Switch monitor *number* on, to the right of the one before it."""
    name, left = f"DUMMY{number}", f"DUMMY{number - 1}"
    run(server, "xrandr", "--addmode", name, mode)
    run(server, "xrandr", "--output", name, "--mode", mode, "--right-of", left)


def unplug(server: XServer, number: int) -> None:
    """Switch monitor *number* off."""
    run(server, "xrandr", "--output", f"DUMMY{number}", "--off")


def run(server: XServer, *command: str) -> None:
    """Run a program on *server* to its end."""
    subprocess.run(command, env=server.environ, check=True, capture_output=True)


def xdotool(server: XServer, *words: str) -> None:
    """Send input: ``xdotool(server, "key", "a")``."""
    run(server, "xdotool", *words)


@contextmanager
def program(server: XServer, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program on *server* until the block ends."""
    process = subprocess.Popen(
        command, env=server.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def window_manager(server: XServer) -> Iterator[None]:
    """Run openbox on *server*; returns once it manages windows."""
    with program(server, "openbox", "--sm-disable"), _open(server) as display:
        clients = display.intern_atom("_NET_CLIENT_LIST")
        until(lambda: display.screen().root.get_full_property(clients, Xatom.WINDOW))
        yield


@contextmanager
def terminal(
    server: XServer, *, title: str, command: Sequence[str] = ("sleep", "1000")
) -> Iterator[None]:
    """Run a real xterm on *server*; returns once its window is mapped."""
    with program(server, "xterm", "-T", title, "-e", *command), _open(server) as display:
        until(lambda: any(_title(w) == title for w in _tree(display.screen().root)))
        yield


class XWindow:
    """A mapped window of this process; see `window`."""

    def __init__(self, display: Any, handle: Any) -> None:  # noqa: ANN401 -- python-xlib has no types
        self._display = display
        self._handle = handle

    def name(self, title: bytes | str, *, legacy: bytes | None = None) -> None:
        """Set `_NET_WM_NAME` to *title*, bytes as they are; *legacy* is `WM_NAME`."""
        data = title.encode() if isinstance(title, str) else title
        utf8 = self._display.intern_atom("UTF8_STRING")
        self._handle.change_property(
            self._display.intern_atom("_NET_WM_NAME"), utf8, 8, data, X.PropModeReplace
        )
        if legacy is not None:
            self._handle.change_property(Xatom.WM_NAME, Xatom.STRING, 8, legacy, X.PropModeReplace)
        self._display.sync()

    def set_words(self, name: str, *numbers: int, kind: int = Xatom.CARDINAL) -> None:
        """Set a property of 32-bit numbers."""
        atom = self._display.intern_atom(name)
        self._handle.change_property(atom, kind, 32, list(numbers), X.PropModeReplace)
        self._display.sync()

    def move(self, left: int, top: int) -> None:
        self._handle.configure(x=left, y=top, stack_mode=X.Above)
        self._display.sync()

    def focus(self) -> None:
        """Give it the keyboard; returns once a manager, if there is one, agrees."""
        until(self._has_taken_focus)

    def _has_taken_focus(self) -> bool:
        self._handle.set_input_focus(X.RevertToParent, X.CurrentTime)
        active = self._display.screen().root.get_full_property(
            self._display.intern_atom("_NET_ACTIVE_WINDOW"), Xatom.WINDOW
        )
        is_told = active is None or list(active.value) == [self._handle.id]
        return is_told and bool(self._display.get_input_focus().focus == self._handle)

    def lower(self) -> None:
        self._handle.configure(stack_mode=X.Below)
        self._display.sync()

    def paint(self, colour: int) -> None:
        """Give it another *colour* (RGB), all over."""
        self._handle.change_attributes(background_pixel=colour)
        self._handle.clear_area(0, 0, 0, 0)
        self._display.sync()

    def show(self) -> None:
        """Put it back on the screen; returns once it is there."""
        until(lambda: _is_mapped(self._handle))
        self._display.sync()

    def hide(self) -> None:
        """Take it off the screen, as a window manager does with a minimised one."""
        self._handle.unmap()
        self._display.sync()

    def key_presses(self) -> int:
        """Return how many key presses it got since the last call, repeats included."""
        events = [self._display.next_event() for _ in range(self._display.pending_events())]
        return sum(event.type == X.KeyPress for event in events)


@contextmanager
def window(
    server: XServer,
    *,
    application: str = "",
    title: bytes | str = "",
    colour: int = 0x336699,
    box: Box | None = None,
    is_managed: bool = True,
) -> Iterator[XWindow]:
    """Show a window of one *colour* (RGB) on *server* until the block ends.

    Without a name for the *application* it has no WM_CLASS; one that is not managed
    passes by the window manager, as menus and screen lockers do.
    """
    place = box or Box(0, 0, 400, 300)
    with _open(server) as display:
        screen = display.screen()
        handle = screen.root.create_window(
            place.left,
            place.top,
            place.width,
            place.height,
            0,
            screen.root_depth,
            background_pixel=colour,
            override_redirect=not is_managed,
            event_mask=X.KeyPressMask | X.StructureNotifyMask | X.ExposureMask,
        )
        if application:
            handle.set_wm_class(application.lower(), application)
        # Else a window manager would put it where it likes.
        handle.set_wm_normal_hints(flags=1 | 4, min_width=1, min_height=1)
        shown = XWindow(display, handle)
        if title:
            shown.name(title, legacy=title.encode() if isinstance(title, str) else title)
        until(lambda: _is_mapped(handle))
        # Painted once the server has worked off the exposure.
        display.sync()
        yield shown


def _is_mapped(handle: Any) -> bool:  # noqa: ANN401 -- python-xlib has no types
    """Ask for *handle* to be shown, again and again: a manager that just started may miss it."""
    handle.map()
    return bool(handle.get_attributes().map_state == X.IsViewable)


@contextmanager
def _open(server: XServer) -> Iterator[Any]:
    display = Display(server.display)
    display.set_error_handler(lambda *_: None)
    try:
        yield display
    finally:
        with contextlib.suppress(Exception):  # the server may have been killed meanwhile
            display.close()
        display.display.socket.close()


def _tree(root: Any) -> Iterator[Any]:  # noqa: ANN401 -- python-xlib has no types
    with contextlib.suppress(Exception):  # windows come and go
        for child in root.query_tree().children:
            if child.get_attributes().map_state == X.IsViewable:
                yield child
                yield from _tree(child)


def _title(handle: Any) -> str | None:  # noqa: ANN401 -- python-xlib has no types
    with contextlib.suppress(Exception):
        return str(handle.get_wm_name())
    return None


def open_files() -> int:
    """Return how many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def python(environ: Mapping[str, str], source: str) -> subprocess.CompletedProcess[str]:
    """Run *source* in a fresh interpreter, with warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
