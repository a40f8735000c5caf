"""Keys of the live display: one letter each, and a line to type a memo or label into."""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
import tty
from codecs import getincrementaldecoder
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from worklog.domain.session import Ending
from worklog.domain.text import clean_label, clean_memo
from worklog.errors import UsageError

if TYPE_CHECKING:
    from worklog.app.loop import Tracker
    from worklog.cli.live import LiveDisplay

LINES: Final = {"m": "memo", "l": "label"}
ENTER: Final = ("\r", "\n")
ESCAPE: Final = "\x1b"
ERASE: Final = ("\x7f", "\b")
ERASE_LINE: Final = "\x15"
READ_BYTES: Final = 1024


@dataclass(slots=True)
class Keyboard:
    """Reads single keys from the terminal while tracking; leaves it as it was."""

    display: LiveDisplay
    descriptor: int = field(default_factory=lambda: sys.stdin.fileno())  # noqa: PLW0108 -- replaced in tests
    _tracker: Tracker | None = None
    _before: list[Any] | None = None
    _thread: threading.Thread | None = None
    _end: tuple[int, int] = (-1, -1)
    _typing: str = ""  # what is being typed: `memo`, `label` or nothing
    _text: str = ""

    def __enter__(self) -> Self:
        if os.isatty(self.descriptor):
            self._before = termios.tcgetattr(self.descriptor)
            tty.setcbreak(self.descriptor)
            self._end = os.pipe()
            self._thread = threading.Thread(target=self._listen, name="keys", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is None:
            return
        os.write(self._end[1], b".")
        self._thread.join()
        for descriptor in self._end:
            os.close(descriptor)
        try:
            termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self._before or [])
        except (OSError, termios.error):
            return  # the terminal was closed

    def attach(self, tracker: Tracker) -> None:
        """Let keys reach *tracker*; until then they are read and dropped."""
        self._tracker = tracker

    def _listen(self) -> None:
        decoder = getincrementaldecoder("utf-8")("ignore")
        while True:
            ready, _, _ = select.select([self.descriptor, self._end[0]], [], [])
            if self._end[0] in ready:
                return
            try:
                data = os.read(self.descriptor, READ_BYTES)
            except OSError:
                return
            if not data:
                return
            self.press(decoder.decode(data))

    def press(self, text: str) -> None:
        """Take in what was typed or pasted.

        Text that was pasted into the wrong window must not discard a picture or stop
        tracking, so what does that has to come alone.
        """
        if text.startswith(ESCAPE) and len(text) > 1:
            return  # an arrow or a function key
        is_alone = len(text) == 1
        for key in text:
            if self._typing:
                self._type(key)
            elif self._tracker is not None and key in LINES:
                self._typing, self._text = LINES[key], ""
                self._show()
            elif self._tracker is not None and is_alone:
                self._command(self._tracker, key)

    def _command(self, tracker: Tracker, key: str) -> None:
        match key:
            case "p":
                tracker.ask("resume" if self.display.is_paused else "pause")
            case "r":
                tracker.ask("redact")
            case "d":
                tracker.ask("discard")
            case "q":
                tracker.request_stop(Ending.STOP, takes_capture=True)

    def _type(self, key: str) -> None:
        if key in ENTER:
            self._submit()
        elif key == ESCAPE:
            self._typing = ""
        elif key in ERASE:
            self._text = self._text[:-1]
        elif key == ERASE_LINE:
            self._text = ""
        elif key.isprintable():
            self._text += key
        self._show()

    def _submit(self) -> None:
        what, self._typing = self._typing, ""
        clean = clean_memo if what == "memo" else clean_label
        try:
            text = clean(self._text)
        except UsageError as error:
            self.display.say(str(error))
            return
        if self._tracker is not None:
            self._tracker.ask(what, text)

    def _show(self) -> None:
        self.display.type(f"{self._typing}: {self._text}" if self._typing else "")
