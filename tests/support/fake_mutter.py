"""Mutter's word on how long nobody touched anything, without a Mutter."""

from __future__ import annotations

from typing import Self

from jeepney import Message

from tests.support.dbus import SILENCE, Answer, Service
from worklog.app.ports import Clock

NAME = "org.gnome.Mutter.IdleMonitor"


class FakeMutter:
    """Answers as Mutter 43 does; the test is who touches something.

    Attributes:
        is_hung: It answers nothing.
        touched_ns: When something was touched last, by the clock without suspend [ns].
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.is_hung = False
        self._clock = clock
        self.touched_ns = clock.awake_ns()
        methods = {f"{NAME}.GetIdletime": self._idle_time}
        self._service = Service(address, NAME, methods=methods)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def touch(self) -> None:
        self.touched_ns = self._clock.awake_ns()

    def stop(self) -> None:
        self._service.stop()

    def _idle_time(self, _: Message) -> Answer:
        if self.is_hung:
            return SILENCE
        return "t", ((self._clock.awake_ns() - self.touched_ns) // 1_000_000,)
