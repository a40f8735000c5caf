"""A Windows to play with: the answers of its calls, and which of them fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worklog.app.ports import Box
from worklog.capture.windows_api import UNLOCKED, SessionState


@dataclass
class FakeWindow:
    """A window of a program; *children* are windows within it."""

    title: str
    program: str
    box: Box | None = None
    is_shown: bool = True
    children: Sequence[FakeWindow] = ()


@dataclass
class FakeWindowsSystem:
    """Implements `worklog.capture.windows_api.WindowsApi`.

    Attributes:
        shown: Windows, topmost first; None where the desktop is gone.
        focused: The one with the keyboard; the topmost unless another is named.
        broken: Names of the calls that raise OSError.
        before: Called with the name of each call before it answers.
        asked: Programs asked for, in order.
    """

    session: int | None = 1
    state: SessionState | None = field(default_factory=lambda: SessionState(0, UNLOCKED))
    saver: bool | None = False
    tick: int | None = 1000
    at: tuple[int, int] | None = (5, 6)
    shown: Sequence[FakeWindow] | None = ()
    focused: FakeWindow | None = None
    broken: set[str] = field(default_factory=set)
    before: Callable[[str], None] = lambda _: None
    asked: list[int] = field(default_factory=list)

    def session_id(self) -> int | None:
        self._called("session_id")
        return self.session

    def session_state(self) -> SessionState | None:
        self._called("session_state")
        return self.state

    def has_screen_saver(self) -> bool | None:
        self._called("has_screen_saver")
        return self.saver

    def last_input(self) -> int | None:
        self._called("last_input")
        return self.tick

    def pointer(self) -> tuple[int, int] | None:
        self._called("pointer")
        return self.at

    def foreground(self) -> int:
        self._called("foreground")
        focused = self.focused or next(iter(self.shown or ()), None)
        return 0 if focused is None else self._number(focused)

    def top_windows(self) -> Sequence[int] | None:
        self._called("top_windows")
        return None if self.shown is None else [self._number(window) for window in self.shown]

    def children(self, window: int) -> Sequence[int]:
        self._called("children")
        return [self._number(child) for child in self._window(window).children]

    def is_shown(self, window: int) -> bool:
        self._called("is_shown")
        return self._window(window).is_shown

    def title(self, window: int) -> str:
        self._called("title")
        return self._window(window).title

    def box(self, window: int) -> Box | None:
        self._called("box")
        return self._window(window).box

    def process(self, window: int) -> int:
        self._called("process")
        program = self._window(window).program
        return 100 + self._programs().index(program) if program else 0

    def program(self, process: int) -> str:
        self._called("program")
        self.asked.append(process)
        return self._programs()[process - 100] if process else ""

    def _all(self) -> list[FakeWindow]:
        top = [*(self.shown or ()), *([self.focused] if self.focused else ())]
        return [each for window in top for each in (window, *window.children)]

    def _programs(self) -> list[str]:
        return list(dict.fromkeys(window.program for window in self._all()))

    def _number(self, window: FakeWindow) -> int:
        return 1 + next(at for at, each in enumerate(self._all()) if each is window)

    def _window(self, number: int) -> FakeWindow:
        return self._all()[number - 1]

    def _called(self, name: str) -> None:
        self.before(name)
        if name in self.broken:
            raise OSError(name)
