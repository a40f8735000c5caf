"""Real windows and real input on the desktop of macOS or Windows, for the contract suites.

Whatever else is on that desktop is not the tests' business, so `Ours` looks at the windows
of the tests alone. Keys and clicks are such that no program takes them for an order.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from worklog.app.ports import Box, Window, WindowWay

_WINDOW: Final = """
import sys, tkinter
title, place = sys.argv[1:]
root = tkinter.Tk()
root.title(title)
root.geometry(place)
root.lift()
root.after(200, root.focus_force)
root.update()
print("shown", flush=True)
root.mainloop()
"""


@contextmanager
def shown(title: str, box: Box) -> Iterator[None]:
    """Show a window of a process of its own."""
    place = f"{box.width}x{box.height}+{box.left}+{box.top}"
    command = [sys.executable, "-c", _WINDOW, title, place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "shown\n"
            yield
        finally:
            process.kill()


class Ours:
    """Sees of all windows those with one of the titles, under the application given for it."""

    def __init__(self, way: WindowWay, applications: Mapping[str, str]) -> None:
        self.name = way.name
        self._way = way
        self._applications = applications

    def unavailable_reason(self) -> str | None:
        return self._way.unavailable_reason()

    def active(self) -> Window | None:
        return self._named(self._way.active())

    def visible(self) -> tuple[Window, ...] | None:
        seen = self._way.visible()
        if seen is None:
            return None
        named = (self._named(window) for window in seen)
        return tuple(window for window in named if window is not None)

    def _named(self, window: Window | None) -> Window | None:
        if window is None or window.title not in self._applications:
            return None
        # A window of these tests belongs to the interpreter, whatever file that is.
        assert "python" in window.application.lower()
        return Window(self._applications[window.title], window.title, window.box)


class Hands:
    """Plays the user with pynput, which on macOS needs Accessibility."""

    def __init__(self) -> None:
        from pynput import keyboard, mouse  # noqa: PLC0415 -- connects to the desktop

        self._keyboard = keyboard.Controller()
        self._mouse = mouse.Controller()
        self._key: Any = keyboard.Key.f13
        self._button: Any = mouse.Button.middle

    def keys(self, count: int) -> None:
        for _ in range(count):
            self._keyboard.press(self._key)
            self._keyboard.release(self._key)

    def clicks(self, count: int) -> None:
        for _ in range(count):
            self._mouse.press(self._button)
            self._mouse.release(self._button)

    def notches(self, count: int) -> None:
        for _ in range(count):
            self._mouse.scroll(0, 1)

    def hold_a_key(self) -> None:
        """Hold a key until it has been repeated twenty times."""
        if sys.platform == "darwin":
            _hold_on_macos()
            return
        for _ in range(20):  # press often and release once, as the keyboard does
            self._keyboard.press(self._key)
        self._keyboard.release(self._key)

    def move(self, count: int) -> None:
        for at in range(count):
            self._mouse.position = (100 + at % 200, 100 + at % 100)


def _hold_on_macos() -> None:
    """Hold a key on macOS, where each repetition is marked as one."""
    import Quartz  # noqa: PLC0415 -- comes with pynput on macOS

    f13 = 105
    for repetition in range(20):
        event = Quartz.CGEventCreateKeyboardEvent(None, f13, True)
        repeats = Quartz.kCGKeyboardEventAutorepeat
        Quartz.CGEventSetIntegerValueField(event, repeats, int(repetition > 0))
        Quartz.CGEventPost(Quartz.kCGHIDEventTap, event)
    released = Quartz.CGEventCreateKeyboardEvent(None, f13, False)
    Quartz.CGEventPost(Quartz.kCGHIDEventTap, released)
