"""Keys of the live display: what each asks of the tracker, on a pseudo terminal too."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.support.tiny_terminal import TinyTerminal
from tests.support.until import until
from tests.support.workday import Workday
from worklog.cli.keyboard import Keyboard
from worklog.cli.live import LiveDisplay
from worklog.cli.render.look import Look
from worklog.domain.session import Ending

MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A tracker on fakes, its display, and the keyboard between them."""

    day: Workday = field(default_factory=lambda: Workday().begin())

    def __post_init__(self) -> None:
        self.terminal = TinyTerminal()
        self.display = LiveDisplay(Look(), self.day.zone, self.terminal)
        self.keyboard = Keyboard(self.display, descriptor=-1)
        self.keyboard.attach(self.day.tracker)
        self.day.work(MINUTE)
        self.show()

    @property
    def shown(self) -> str:
        return "\n".join(self.terminal.rows)

    def show(self) -> None:
        assert self.day.watcher.last is not None
        self.display.tick(self.day.watcher.last)

    def press(self, *texts: str) -> None:
        for text in texts:
            self.keyboard.press(text)
        self.day.work(timedelta(seconds=2))
        self.show()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_m_lets_a_memo_be_typed(desk: Desk) -> None:
    desk.press("m", "fixinh", "\x7f", "g b", "\b", "bug")

    assert "memo: fixing bug" in desk.shown
    desk.press("\r")

    assert desk.day.session.memo == "fixing bug"
    assert "memo: " not in desk.shown


def test_l_lets_a_label_be_typed_and_a_line_be_erased(desk: Desk) -> None:
    desk.press("l", "meting", "\x15", "dev", "\n")

    assert desk.day.session.label == "dev"


def test_a_line_comes_in_one_piece_where_it_was_typed_quickly(desk: Desk) -> None:
    desk.press("mquestions of Ada\r")

    assert desk.day.session.memo == "questions of Ada"


def test_escape_leaves_the_line_and_an_arrow_does_not(desk: Desk) -> None:
    desk.press("m", "one", "\x1b[A", " two")
    assert "memo: one two" in desk.shown

    desk.press("\x1b", "\x1b[A", "\x07")

    assert "memo: " not in desk.shown
    assert desk.day.session.memo == "fix"


def test_what_is_too_long_is_told_and_not_kept(desk: Desk) -> None:
    desk.press("l", "x" * 61, "\r")

    assert "at most 60 characters" in desk.shown
    assert desk.day.session.label == ""


def test_p_pauses_and_goes_on(desk: Desk) -> None:
    desk.press("p")
    assert desk.display.is_paused

    desk.press("p")

    assert not desk.display.is_paused


def test_q_stops_and_takes_the_picture_first(desk: Desk) -> None:
    desk.press("q")

    assert desk.day.tracker.is_over
    assert desk.day.session.ending is Ending.STOP
    assert desk.day.sealed[0].has_picture


@pytest.mark.parametrize(("key", "change"), [("r", "Redact"), ("d", "Delete")])
def test_r_and_d_treat_the_last_picture(desk: Desk, key: str, change: str) -> None:
    desk.day.work(11 * MINUTE)

    desk.press(key)

    assert [type(a.change).__name__ for a in desk.day.cache.amendments()] == [change]


def test_text_pasted_into_the_wrong_window_does_nothing(desk: Desk) -> None:
    desk.press("dpqr", "queued")

    assert not desk.day.tracker.is_over
    assert not desk.display.is_paused
    assert desk.day.cache.amendments() == []


def test_other_keys_do_nothing(desk: Desk) -> None:
    desk.press("x", "\r", "M", " ")

    assert not desk.day.tracker.is_over


def test_keys_before_there_is_a_tracker_are_dropped(desk: Desk) -> None:
    keyboard = Keyboard(desk.display, descriptor=-1)

    keyboard.press("m")
    keyboard.press("q")

    assert "memo: " not in desk.shown


# --- A terminal -----------------------------------------------------------------------


@dataclass
class Asked:
    """Stands for the tracker; obeys nothing, remembers what was asked."""

    words: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, command: str, argument: str = "") -> None:
        self.words.append((command, argument))


@pytest.fixture
def line() -> Iterator[tuple[int, int]]:
    """A pseudo terminal: what types, and what is typed into."""
    person, program = pty.openpty()
    yield person, program
    for descriptor in (person, program):
        try:
            os.close(descriptor)
        except OSError:
            continue


def mode(descriptor: int) -> int:
    return int(termios.tcgetattr(descriptor)[3]) & (termios.ICANON | termios.ECHO)


def test_keys_are_read_one_by_one_and_the_terminal_is_left_as_it_was(
    desk: Desk, line: tuple[int, int]
) -> None:
    person, program = line
    asked, before = Asked(), mode(program)

    with Keyboard(desk.display, descriptor=program) as keyboard:
        keyboard.attach(asked)  # type: ignore[arg-type]  # what keys need of a tracker
        assert mode(program) == 0
        os.write(person, b"p")
        assert until(lambda: asked.words) == [("pause", "")]
        os.write(person, b"m\xc3")
        os.write(person, b"\xa4hnlich\r")
        until(lambda: len(asked.words) > 1)

    assert asked.words[1:] == [("memo", "ähnlich")]
    assert mode(program) == before


def test_a_terminal_that_was_closed_is_no_error(desk: Desk, line: tuple[int, int]) -> None:
    person, program = line

    with Keyboard(desk.display, descriptor=program) as keyboard:
        os.close(person)
        assert keyboard._thread is not None
        until(lambda: not keyboard._thread or not keyboard._thread.is_alive())


def test_what_is_no_terminal_is_not_read(desk: Desk) -> None:
    reading, writing = os.pipe()

    with Keyboard(desk.display, descriptor=reading) as keyboard:
        assert keyboard._thread is None

    os.close(reading)
    os.close(writing)
