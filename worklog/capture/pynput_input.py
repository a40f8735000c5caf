"""Counting input with pynput: the way of macOS and Windows, the second one on X11.

Releases are counted, because a held key repeats its press; what a callback is handed
is dropped unread but for the one word whether a button went up. pynput always asks
an X server for pointer movement, which makes this the dear way there.

pynput is imported when a way is tried: on Linux its import connects to the display and
raises without one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final

from worklog.app.ports import Reading
from worklog.capture.x11_session import refusal

READY_S: Final = 2.0  # how long `start` waits for both listeners [s]
STOP_S: Final = 2.0


_KEY_RELEASES: Final = (3, 3)  # first and last event type that X11 is asked for
_BUTTONS: Final = (4, 5)  # pynput's own range is 4 to 8, with all the motion in it


class PynputInput:
    """Counts key presses, clicks and wheel notches with pynput."""

    name = "pynput"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._keys = 0
        self._clicks = 0
        self._scrolls = 0
        self._listeners: tuple[Any, ...] = ()  # pynput has no types

    def unavailable_reason(self) -> str | None:
        """Return why input cannot be counted this way, or None."""
        if sys.platform.startswith("linux"):
            reason = self._x11_reason()
            if reason is not None:
                return reason
        return None if find_spec("pynput") is not None else "pynput is not installed"

    def start(self) -> None:
        """Begin to listen, or again after a listener died; figures go on."""
        if self._listeners and all(listener.is_alive() for listener in self._listeners):
            return
        self.stop()
        if self.unavailable_reason() is not None:
            return  # where the display is gone, pynput would leave a socket behind
        try:
            keyboard, mouse = _listener_classes()
            self._listeners = (
                keyboard(on_release=self._key_released),
                mouse(on_click=self._button_changed, on_scroll=self._scrolled),
            )
        except Exception:  # noqa: BLE001 -- pynput raises whatever its platform does
            return
        for listener in self._listeners:
            listener.start()
        for listener in self._listeners:
            listener.settled.wait(READY_S)

    def read(self) -> Reading:
        """Return the figures so far."""
        keys, clicks, scrolls = self._keys, self._clicks, self._scrolls
        return Reading(
            keys=keys,
            clicks=clicks,
            scrolls=scrolls,
            events=keys + clicks + scrolls,
            # Not `running`, which stays true when the thread is dead (F42).
            is_alive=bool(self._listeners)
            and all(each.is_ready and each.is_alive() for each in self._listeners),
        )

    def stop(self) -> None:
        """Stop listening."""
        listeners, self._listeners = self._listeners, ()
        for listener in listeners:
            listener.end()
        for listener in listeners:
            # pynput's own join raises what killed the thread, and waits for it to say so.
            threading.Thread.join(listener, STOP_S)

    def _x11_reason(self) -> str | None:
        """Return why the X server of this session cannot be listened to, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        if self._environ.get("DISPLAY") != os.environ.get("DISPLAY"):
            return "pynput knows only the DISPLAY that worklog was started with"
        from worklog.capture.x11_input import XRecordInput  # noqa: PLC0415 -- on Linux only

        return XRecordInput(self._environ).unavailable_reason()

    def _key_released(self, *_: object) -> None:
        self._keys += 1

    def _button_changed(self, _x: object, _y: object, _button: object, is_down: bool) -> None:  # noqa: FBT001 -- pynput's signature
        if not is_down:
            self._clicks += 1

    def _scrolled(self, *_: object) -> None:
        self._scrolls += 1


def _listener_classes() -> tuple[Any, Any]:
    """Return pynput's two listeners in a form that dies quietly.

    Raises:
        ImportError: there is no display.
    """
    from pynput import keyboard, mouse  # noqa: PLC0415 -- connects to the display

    logging.getLogger("pynput").addHandler(logging.NullHandler())
    is_x11 = keyboard.Listener.__module__.endswith("_xorg")
    return (
        _quiet(keyboard.Listener, _KEY_RELEASES if is_x11 else None),
        _quiet(mouse.Listener, _BUTTONS if is_x11 else None),
    )


def _quiet(base: Any, events: tuple[int, int] | None) -> Any:  # noqa: ANN401 -- pynput has no types
    """Return a subclass of the listener *base* that says when it is ready and never prints."""

    def __init__(self: Any, **callbacks: object) -> None:  # noqa: ANN401, N807 -- likewise; a method
        base.__init__(self, **callbacks)
        self.settled = threading.Event()
        self.is_ready = False

    def _mark_ready(self: Any) -> None:  # noqa: ANN401 -- likewise
        base._mark_ready(self)  # noqa: SLF001 -- pynput's hook for its platforms
        self.is_ready = True
        self.settled.set()

    def run(self: Any) -> None:  # noqa: ANN401 -- likewise
        try:
            base.run(self)
        except Exception:  # noqa: BLE001, S110 -- the display died; `is_alive` tells
            pass
        finally:
            self.is_ready = False
            self.settled.set()
            for link in _links(self):
                link.close()

    def end(self: Any) -> None:  # noqa: ANN401 -- likewise
        if events is None:
            self.stop()
        else:  # pynput's stop works on X11 only once the next event has come
            for link in _links(self):
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)

    methods = {"__init__": __init__, "_mark_ready": _mark_ready, "run": run, "end": end}
    return type("Quiet", (base,), {**methods, **({"_EVENTS": events} if events else {})})


def _links(listener: Any) -> list[socket.socket]:  # noqa: ANN401 -- pynput has no types
    """Return the connections of a listener on X11, which it leaves open when its server dies."""
    displays = [getattr(listener, name, None) for name in ("_display_stop", "_display_record")]
    return [display.display.socket for display in displays if display is not None]
