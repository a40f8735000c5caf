"""Notices where no desktop shows them: the bell and one line, on a terminal only.

It never waits: a terminal that the user stopped with Ctrl-S gets nothing, as writing to
it would stop the tracking loop as well.
"""

from __future__ import annotations

import select
import sys
from contextlib import suppress
from typing import Final, TextIO

from worklog.app.ports import Notice

BELL: Final = "\a"
LINE_CHARACTERS: Final = 200


class TerminalNotify:
    """Rings and writes a line. Implements `worklog.app.ports.NotifyWay`.

    A live display shares the terminal: give it a stream that writes above the display.
    """

    name = "terminal"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def unavailable_reason(self) -> str | None:
        """Return why no line would be seen, or None."""
        return None if _is_terminal(self._stream) else "standard error is not a terminal"

    def show(self, notice: Notice) -> None:
        """Ring and write *notice* on one line; its actions cannot be offered here."""
        if not _is_terminal(self._stream) or not _takes_text(self._stream):
            return
        text = ": ".join(part for part in (notice.summary, notice.body) if part)
        line = "".join(c if c.isprintable() else " " for c in text)[:LINE_CHARACTERS]
        encoding = self._stream.encoding or "ascii"
        line = line.encode(encoding, "replace").decode(encoding)
        with suppress(OSError, ValueError):  # the terminal was closed
            self._stream.write(f"{BELL}worklog: {line}\n")
            self._stream.flush()

    def answers(self) -> list[tuple[str, str]]:
        """Return nothing: a line has no buttons."""
        return []

    def close(self) -> None:
        """Do nothing: lines stay, and the stream is another's."""


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _takes_text(stream: TextIO) -> bool:
    if sys.platform == "win32":
        return True  # it can ask sockets only, and its consoles are stopped by a selection only
    try:
        return bool(select.select([], [stream], [], 0)[1])
    except (OSError, ValueError):
        return False
