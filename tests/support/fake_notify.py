"""A notification daemon without a screen."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from jeepney import Message

from tests.support.dbus import SILENCE, Answer, Refusal, Service

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
EXPIRED, DISMISSED, BY_CALL = 1, 2, 3
REFUSED = "org.example.Error.NotThisOne"
EVERYTHING = ("actions", "body", "body-markup", "icon-static")


@dataclass(frozen=True, slots=True)
class Received:
    """A call of `Notify`."""

    number: int
    replaces: int
    summary: str
    body: str
    actions: tuple[str, ...]
    hints: dict[str, Any]
    expire_ms: int


class FakeNotificationDaemon:
    """Keeps what it is asked to show; the test presses the buttons."""

    def __init__(
        self, address: str, *, capabilities: Sequence[str] = EVERYTHING, refuses: str = ""
    ) -> None:
        self.is_hung = False
        self.refuses = refuses
        self._capabilities = list(capabilities)
        self._changed = threading.Condition()
        self._received: list[Received] = []
        self._open: set[int] = set()
        self._last = 0
        self._service = Service(
            address,
            NAME,
            methods={
                f"{NAME}.Notify": self._notify,
                f"{NAME}.CloseNotification": self._close_notification,
                f"{NAME}.GetCapabilities": lambda _: ("as", (self._capabilities,)),
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._service.stop()

    @property
    def open_numbers(self) -> set[int]:
        with self._changed:
            return set(self._open)

    def wait_for(self, count: int) -> list[Received]:
        """Return the first *count* calls as soon as they have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._received) >= count, timeout=10)
            return self._received[:count]

    def wait_until_closed(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: number not in self._open, timeout=10)

    def emit(self, member: str, signature: str, *body: object) -> None:
        """Announce anything, well-formed or not."""
        self._service.emit(PATH, NAME, member, signature, *body)

    def press(self, number: int, action: str) -> None:
        """Let the user press a button, which also closes the notice."""
        self._service.emit(PATH, NAME, "ActionInvoked", "us", number, action)
        self.dismiss(number)

    def dismiss(self, number: int) -> None:
        with self._changed:
            self._open.discard(number)
        self._service.emit(PATH, NAME, "NotificationClosed", "uu", number, DISMISSED)

    def _notify(self, message: Message) -> Answer:
        _, replaces, _, summary, body, actions, hints, expire_ms = message.body
        if self.is_hung:
            return SILENCE
        if self.refuses and self.refuses in summary:
            raise Refusal(REFUSED)
        with self._changed:
            self._last = replaces or self._last + 1
            plain = {key: value for key, (_, value) in hints.items()}
            self._received.append(
                Received(self._last, replaces, summary, body, tuple(actions), plain, expire_ms)
            )
            self._open.add(self._last)
            self._changed.notify_all()
            return "u", (self._last,)

    def _close_notification(self, message: Message) -> Answer:
        (number,) = message.body
        with self._changed:
            self._open.discard(number)
            self._changed.notify_all()
        self._service.emit(PATH, NAME, "NotificationClosed", "uu", number, BY_CALL)
        return None, ()
