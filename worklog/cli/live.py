"""The live display on a terminal: a few lines redrawn in place, only those that changed.

Written by hand and not with rich's Live, which costs 3 ms a refresh; a tick here costs
a twentieth of that. It draws nothing while the program is in the background, and takes
itself away when tracking ends. The cursor stays visible: a display that hides it leaves
a shell without one after Ctrl-Z or SIGKILL.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self, TextIO

from worklog.app.events import Event, EventKind
from worklog.cli.render.line import Line, cells, paint
from worklog.cli.render.live import lines, view_of
from worklog.cli.render.look import LEAST_WIDTH, Look

if TYPE_CHECKING:
    from datetime import tzinfo

    from worklog.app.snapshot import Snapshot

_CLEAR_BELOW: Final = "\x1b[J"
_CLEAR_LINE: Final = "\x1b[K"
_SAID_TICKS: Final = 20  # how long a sentence stays
_WORTH_SAYING: Final = frozenset(
    {
        EventKind.REMINDER,
        EventKind.LIMIT,
        EventKind.WARNING,
        EventKind.WAITING,
        EventKind.RECOVERED,
    }
)


class Panel:
    """Some lines at the bottom of a terminal that are written anew where they changed."""

    def __init__(self, stream: TextIO, look: Look, *, reflows: bool = True) -> None:
        """Make a panel; *reflows* says that the terminal rewraps lines when it is resized."""
        self._stream = stream
        self._look = look
        self._reflows = reflows
        self._shown: list[str] = []
        self._lengths: list[int] = []
        self._columns = 0

    def draw(self, lines_: list[Line], *, columns: int, rows: int) -> None:
        """Let the panel show *lines_* on a terminal of *columns* by *rows* cells."""
        kept = lines_[: max(1, rows - 1)]
        painted = [paint(line, self._look) for line in kept]
        text = ""
        if columns != self._columns and self._shown:
            text = self._up(self._height(columns)) + _CLEAR_BELOW
            self._shown = []
        self._columns = columns
        if painted == self._shown:
            return
        if self._shown:
            text += self._up(len(self._shown))
        for number, line in enumerate(painted):
            is_same = number < len(self._shown) and self._shown[number] == line
            text += "\n" if is_same else f"\r{line}{_CLEAR_LINE}\n"
        if len(painted) < len(self._shown):
            text += _CLEAR_BELOW
        self._shown = painted
        self._lengths = [sum(cells(piece) for piece, _ in line) for line in kept]
        self._write(text)

    def clear(self) -> None:
        """Take the panel away."""
        if self._shown:
            self._write(self._up(self._height(self._columns)) + _CLEAR_BELOW)
        self._shown = []

    def forget(self) -> None:
        """Begin below whatever is on the terminal now."""
        self._shown = []

    def _height(self, columns: int) -> int:
        """Return how many rows the panel takes on a terminal of *columns*."""
        if not self._reflows:
            return len(self._shown)
        return sum(max(1, -(-length // columns)) for length in self._lengths)

    @staticmethod
    def _up(rows: int) -> str:
        return f"\r\x1b[{rows}A" if rows else ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class LiveDisplay:
    """Shows a running tracker. As `worklog.app.events.Observer`; keys call it as well.

    Raises OSError where the terminal has gone away.
    """

    def __init__(self, look: Look, zone: tzinfo, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._look = look
        self._zone = zone
        self._panel = Panel(self._stream, look, reflows="XTERM_VERSION" not in os.environ)
        self._lock = threading.Lock()  # keys come from another thread
        self._snapshot: Snapshot | None = None
        self._typing = ""
        self._said = ""
        self._said_ticks = 0
        self._was_behind = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock, suppress(OSError):  # the terminal may be why tracking ended
            if not self._is_behind():
                self._panel.clear()

    @property
    def is_paused(self) -> bool:
        """Whether the tracker was paused when it was last seen."""
        return self._snapshot is not None and bool(self._snapshot.pause)

    def event(self, event: Event) -> None:
        """Say *event* if it asks for attention; the rest shows in the next tick."""
        if event.kind in _WORTH_SAYING:
            self.say(event.message)

    def tick(self, snapshot: Snapshot) -> None:
        """Show *snapshot*."""
        with self._lock:
            self._snapshot = snapshot
            self._said_ticks -= 1
            if self._said_ticks <= 0:
                self._said = ""
            self._draw()

    def say(self, sentence: str) -> None:
        """Show *sentence* for some seconds."""
        with self._lock:
            self._said, self._said_ticks = sentence, _SAID_TICKS
            self._draw()

    def type(self, text: str) -> None:
        """Show *text* as the line that is being typed; empty when that is over."""
        with self._lock:
            self._typing = text
            self._draw()

    def _draw(self) -> None:
        if self._snapshot is None:
            return
        if self._is_behind():
            self._was_behind = True
            return
        if self._was_behind:  # the shell has written in between
            self._was_behind = False
            self._panel.forget()
        columns, rows = self._size()
        look = replace(self._look, width=max(LEAST_WIDTH, columns - 1))
        view = view_of(self._snapshot, typing=self._typing, said=self._said)
        self._panel.draw(lines(view, zone=self._zone, look=look), columns=columns, rows=rows)

    def _size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return self._look.width, 24
        return size.columns or self._look.width, size.lines or 24

    def _is_behind(self) -> bool:
        """Return whether another job has the terminal: writing now would garble it."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) != os.getpgrp()
        except (OSError, ValueError, AttributeError):
            return False
