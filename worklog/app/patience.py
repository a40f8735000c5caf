"""How long an end waits for the last picture: until it is there, or nobody wants it any more.

The loop stands still meanwhile, so what it waits for is told at once, and another request
to stop is heard by other threads or looked for here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

SOON_S: Final = 0.3  # what is there by then is not worth a word [s]
LOOK_EVERY_S: Final = 0.25


@dataclass(slots=True)
class Patience:
    """Waits for one picture after the other.

    Attributes:
        tell: Called once a wait is not over soon.
        is_asked_again: Whether somebody asked to stop once more since that was told.
        was_lost: Whether the last wait was ended by such a request.
    """

    tell: Callable[[], None]
    is_asked_again: Callable[[], bool]
    was_lost: bool = False
    _is_telling: bool = False
    _changed: threading.Event = field(default_factory=threading.Event)

    def lose(self) -> None:
        """End the wait, if what it is for has been told. For any thread, but no handler."""
        if self._is_telling:
            self.was_lost = True
            self._changed.set()

    def wait(self, running: Future[Any], limit_s: float) -> None:
        """Wait until *running* is done, for *limit_s* at most [s], or until it is lost."""
        self._changed.clear()
        self.was_lost = False
        running.add_done_callback(lambda _: self._changed.set())
        self._changed.wait(min(SOON_S, limit_s))
        if running.done():
            return
        self._is_telling = True
        self.tell()
        for _ in range(int((limit_s - SOON_S) / LOOK_EVERY_S)):
            if running.done() or self.was_lost:
                break
            self._changed.wait(LOOK_EVERY_S)
            self.was_lost |= self.is_asked_again()
        self._is_telling = False
