"""A bell and a line on a pseudo-terminal, and nothing anywhere else."""

from __future__ import annotations

import io
import os
import pty
import select
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

import pytest

from worklog.app.ports import Notice
from worklog.capture.terminal_notify import TerminalNotify


@dataclass
class Terminal:
    """Both ends of a pseudo-terminal."""

    screen: int
    stream: TextIO

    def shown(self) -> str:
        """Return what came on the screen since the last call."""
        has_come, _, _ = select.select([self.screen], [], [], 0.2)
        return os.read(self.screen, 4096).decode() if has_come else ""


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    screen, inside = pty.openpty()
    stream = os.fdopen(inside, "w", encoding="utf-8")
    yield Terminal(screen, stream)
    with suppress(OSError):
        stream.close()
    with suppress(OSError):
        os.close(screen)


def test_a_notice_rings_and_is_one_line(terminal: Terminal) -> None:
    way = TerminalNotify(terminal.stream)

    way.show(Notice("t", "Picture taken", "Firefox:\nLogin\x1b[2J"))

    assert way.unavailable_reason() is None
    assert terminal.shown() == "\aworklog: Picture taken: Firefox: Login [2J\r\n"


def test_what_the_terminal_cannot_spell_is_replaced() -> None:
    screen, inside = pty.openpty()
    with os.fdopen(inside, "w", encoding="ascii") as stream:
        TerminalNotify(stream).show(Notice("t", "für\ud800"))

        assert os.read(screen, 100) == b"\aworklog: f?r \r\n"
    os.close(screen)


def test_a_stopped_terminal_does_not_stop_the_tracker(terminal: Terminal) -> None:
    """Ctrl-S holds whoever writes; a notice is then left out."""
    termios.tcflow(terminal.stream.fileno(), termios.TCOOFF)
    way = TerminalNotify(terminal.stream)

    way.show(Notice("t", "while stopped"))

    termios.tcflow(terminal.stream.fileno(), termios.TCOON)
    way.show(Notice("t", "after"))
    assert terminal.shown() == "\aworklog: after\r\n"


def test_a_closed_terminal_is_no_failure(terminal: Terminal) -> None:
    way = TerminalNotify(terminal.stream)

    os.close(terminal.screen)
    way.show(Notice("t", "hung up"))
    terminal.stream.close()
    way.show(Notice("t", "closed"))

    assert way.unavailable_reason() == "standard error is not a terminal"


def test_off_a_terminal_nothing_is_written() -> None:
    stream = io.StringIO()
    way = TerminalNotify(stream)

    way.show(Notice("t", "s"))

    assert way.unavailable_reason() == "standard error is not a terminal"
    assert stream.getvalue() == ""


def test_a_terminal_without_a_descriptor_gets_nothing() -> None:
    class Pretender(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Pretender()

    TerminalNotify(stream).show(Notice("t", "s"))

    assert stream.getvalue() == ""


def test_on_windows_a_console_is_not_asked_whether_it_takes_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only sockets can be asked there, and the question would be an error."""

    class Console(io.StringIO):
        def isatty(self) -> bool:
            return True

    console = Console()
    monkeypatch.setattr(sys, "platform", "win32")

    TerminalNotify(console).show(Notice("t", "Picture taken"))

    assert console.getvalue() == "\aworklog: Picture taken\n"
