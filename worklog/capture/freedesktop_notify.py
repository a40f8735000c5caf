"""Notifications of the Linux and BSD desktops, with buttons (org.freedesktop.Notifications).

One thread owns the connection and does all the waiting: `show` and `answers` only touch
two small collections under a lock, so a daemon that hangs, dies or comes back costs the
tracking loop nothing. The thread starts with the first notice and ends in `close`.

This module loads jeepney (17 ms); load it only where notices may be shown.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Clock, Notice
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote, Signal, session_address
from worklog.capture.notice_message import SIGNATURE, arguments, pixels_of

_LOG: Final = logging.getLogger(__name__)

_NAME: Final = "org.freedesktop.Notifications"
_DAEMON: Final = Remote(_NAME, "/org/freedesktop/Notifications", _NAME, may_start=True)
_BUS: Final = "org.freedesktop.DBus"

SECOND_NS: Final = 1_000_000_000
CALL_LIMIT_S: Final = 2.0  # in the thread; a daemon may have to be started first
ASK_LIMIT_S: Final = 0.2
FIRST_RETRY_S: Final = 1
LAST_RETRY_S: Final = 60
PENDING_AT_MOST: Final = 16
ANSWERS_AT_MOST: Final = 64
URGENT_PATIENCE_S: Final = 3600  # how long an urgent notice waits for a daemon
CLOSE_LIMIT_S: Final = 3.0
_ABSENCES: Final = ("ServiceUnknown", "NameHasNoOwner", "NoReply", "TimedOut", "Disconnected")
# Daemons get a tenth longer than we asked for, before we close what they left open.
_GRACE: Final = 1.1


class FreedesktopNotify:
    """Shows notices through the desktop's daemon. Implements `worklog.app.ports.NotifyWay`."""

    name = "freedesktop"

    def __init__(
        self, *, clock: Clock, environ: Mapping[str, str] = os.environ, expire_s: float = 10.0
    ) -> None:
        """Notices that are not urgent go away after *expire_s* [s], whatever the daemon does."""
        self._environ = environ
        self._clock = clock
        self._expire_s = expire_s
        # Both begin with the first notice, so that asking for a reason leaves nothing open.
        self._post: _Post | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def unavailable_reason(self) -> str | None:
        """Return why no notice would be seen, or None. Starts nothing."""
        address = session_address(self._environ)
        if not address:
            return "no session bus: DBUS_SESSION_BUS_ADDRESS is not set"
        try:
            bus = Bus(address, limit_s=lambda: ASK_LIMIT_S)
        except BusGoneError:
            return "the session bus does not answer"
        try:
            is_there = bus.has_owner(_NAME) or bus.can_start(_NAME)
        except (BusGoneError, CallRefusedError):
            return "the session bus does not answer"
        finally:
            bus.close()
        return None if is_there else "no notification daemon is running"

    def show(self, notice: Notice) -> None:
        """Show *notice* as soon as a daemon listens; returns at once."""
        if self._is_closed:
            return
        patience_s = URGENT_PATIENCE_S if notice.is_urgent else self._expire_s
        give_up_ns = self._clock.boot_ns() + int(patience_s * SECOND_NS)
        if self._post is None:
            self._post = _Post()
            messenger = _Messenger(
                self._post, clock=self._clock, environ=self._environ, expire_s=self._expire_s
            )
            self._thread = threading.Thread(target=messenger.run, name="notify", daemon=True)
            self._thread.start()
        self._post.put(notice, give_up_ns)

    def answers(self) -> list[tuple[str, str]]:
        """Return (tag, action key) of what the user pressed since the last call."""
        return [] if self._post is None else self._post.take_answers()

    def close(self) -> None:
        """Deliver what waits, take away what asks, and end the thread.

        A notice without buttons stays to be read: it may be the one that says that
        tracking has ended.
        """
        self._is_closed = True
        if self._post is not None and self._thread is not None:
            self._post.finish()
            self._thread.join(CLOSE_LIMIT_S)
            self._thread = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    notice: Notice
    give_up_ns: int


class _Post:
    """What the loop and the thread hand each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._answers: deque[tuple[str, str]] = deque(maxlen=ANSWERS_AT_MOST)
        self._is_finished = False
        # A socket pair, as a thread that waits for the bus can wait for it too.
        self.wake, self._waker = socket.socketpair()
        self.wake.settimeout(0)
        self._waker.settimeout(0)

    def put(self, notice: Notice, give_up_ns: int) -> None:
        with self._lock:
            self._waiting.pop(notice.tag, None)
            self._waiting[notice.tag] = _Waiting(notice, give_up_ns)
            while len(self._waiting) > PENDING_AT_MOST:
                del self._waiting[next(iter(self._waiting))]
            self._ring()

    def waiting(self, now_ns: int) -> list[Notice]:
        """Return what is to be shown, oldest first; what is out of date is dropped."""
        with self._lock:
            self._waiting = {t: w for t, w in self._waiting.items() if w.give_up_ns > now_ns}
            return [w.notice for w in self._waiting.values()]

    def is_done(self, notice: Notice) -> None:
        """Forget *notice*, unless a newer one took its place meanwhile."""
        with self._lock:
            waiting = self._waiting.get(notice.tag)
            if waiting is not None and waiting.notice is notice:
                del self._waiting[notice.tag]

    def answer(self, tag: str, action: str) -> None:
        with self._lock:
            self._answers.append((tag, action))

    def take_answers(self) -> list[tuple[str, str]]:
        with self._lock:
            taken = list(self._answers)
            self._answers.clear()
            return taken

    def finish(self) -> None:
        with self._lock:
            self._is_finished = True
            self._waker.close()  # the other end stays readable: the thread cannot miss it

    @property
    def is_finished(self) -> bool:
        with self._lock:
            return self._is_finished

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # full: it rings already
            self._waker.send(b"\0")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A notice on the screen. Numbers are one daemon's: another gives them anew."""

    tag: str
    number: int
    owner: str
    actions: frozenset[str]
    closes_ns: int | None


class _Messenger:
    """The thread: everything that may have to wait for the bus."""

    def __init__(
        self, post: _Post, *, clock: Clock, environ: Mapping[str, str], expire_s: float
    ) -> None:
        self._post = post
        self._clock = clock
        self._environ = environ
        self._expire_s = expire_s
        self._selector = selectors.DefaultSelector()
        self._bus: Bus | None = None
        self._capabilities: frozenset[str] | None = None
        self._shown: list[_Shown] = []
        self._retry_ns = 0
        self._retry_s = FIRST_RETRY_S

    def run(self) -> None:
        self._selector.register(self._post.wake, selectors.EVENT_READ)
        try:
            while not self._post.is_finished:
                self._work()
                self._wait()
            self._retry_ns = 0  # one last attempt, however long the last failure is ago
            self._work()
            self._take_questions_away()
        finally:
            self._drop_bus()
            self._selector.close()
            self._post.wake.close()

    def _work(self) -> None:
        # Listening comes last: what arrived during the calls is then not left lying.
        for step in (self._deliver, self._expire, self._hear):
            try:
                step()
            except CallRefusedError as error:
                self._back_off(error.name)
            except BusGoneError:
                self._drop_bus()
                self._back_off("bus-gone")
                return

    def _wait(self) -> None:
        events = self._selector.select(self._wait_s())
        if any(key.fileobj is self._post.wake for key, _ in events):
            with suppress(BlockingIOError):
                self._post.wake.recv(4096)

    def _wait_s(self) -> float | None:
        now_ns = self._clock.boot_ns()
        due = [shown.closes_ns for shown in self._shown if shown.closes_ns is not None]
        if self._post.waiting(now_ns):
            due.append(self._retry_ns)
        return max(0.0, (min(due) - now_ns) / SECOND_NS) if due else None

    def _deliver(self) -> None:
        now_ns = self._clock.boot_ns()
        waiting = self._post.waiting(now_ns)
        if not waiting or now_ns < self._retry_ns:
            return
        bus = self._bus or self._connect()
        if self._capabilities is None:
            self._capabilities = frozenset(
                bus.call(_DAEMON, "GetCapabilities", returns="as").body[0]
            )
        for notice in waiting:
            self._show(bus, notice, self._capabilities)
            self._post.is_done(notice)
        self._retry_s = FIRST_RETRY_S

    def _connect(self) -> Bus:
        bus = Bus(session_address(self._environ), limit_s=lambda: CALL_LIMIT_S)
        self._bus = bus
        self._selector.register(bus, selectors.EVENT_READ)
        for member in ("ActionInvoked", "NotificationClosed"):
            bus.listen(interface=_NAME, member=member, sender=_NAME)
        bus.listen(interface=_BUS, member="NameOwnerChanged", sender=_BUS, about=_NAME)
        return bus

    def _show(self, bus: Bus, notice: Notice, capabilities: frozenset[str]) -> None:
        before = next((shown for shown in self._shown if shown.tag == notice.tag), None)
        message = arguments(
            notice,
            capabilities=capabilities,
            replaces=before.number if before is not None else 0,
            expire_ms=int(self._expire_s * 1000),
            pixels=pixels_of(notice) if notice.image else None,
        )
        try:
            reply = bus.call(_DAEMON, "Notify", message, takes=SIGNATURE, returns="u")
        except CallRefusedError as error:
            if _is_absence(error.name):
                raise
            # The daemon does not like this one; asking again would not change that.
            _LOG.warning("notice refused", extra={"code": error.name})
            return
        now_ns = self._clock.boot_ns()
        self._shown = [shown for shown in self._shown if shown is not before]
        self._shown.append(
            _Shown(
                tag=notice.tag,
                number=reply.body[0],
                owner=reply.sender,
                actions=frozenset(key for key, _ in notice.actions),
                closes_ns=None
                if notice.is_urgent
                else now_ns + int(self._expire_s * _GRACE * SECOND_NS),
            )
        )

    def _expire(self) -> None:
        """Close what the daemon left open: many never let a notice with buttons go."""
        now_ns = self._clock.boot_ns()
        for shown in tuple(self._shown):
            if shown.closes_ns is not None and shown.closes_ns <= now_ns:
                self._shown.remove(shown)
                self._close(shown)

    def _take_questions_away(self) -> None:
        """Close the notices whose answer nobody will hear any more."""
        with suppress(BusGoneError):
            for shown in self._shown:
                if shown.actions:
                    self._close(shown)

    def _close(self, shown: _Shown) -> None:
        if self._bus is not None:
            with suppress(CallRefusedError):  # it is closed already, or its daemon is gone
                self._bus.call(_DAEMON, "CloseNotification", (shown.number,), takes="u")

    def _hear(self) -> None:
        # Until nothing comes, as what arrives during a call wakes nobody.
        while self._bus is not None and (signals := self._bus.signals()):
            for signal in signals:
                if (signal.sender, signal.member) == (_BUS, "NameOwnerChanged"):
                    self._meet_another_daemon()
                else:
                    self._understand(signal)

    def _meet_another_daemon(self) -> None:
        """Start over with a daemon that came, left or was replaced."""
        self._capabilities = None
        self._shown = []
        self._retry_ns = 0
        self._retry_s = FIRST_RETRY_S

    def _understand(self, signal: Signal) -> None:
        # The bus passes on the notices of all programs, so most numbers are not ours.
        for shown in self._shown:
            if shown.owner == signal.sender and signal.body[:1] == (shown.number,):
                self._shown.remove(shown)
                if signal.member == "ActionInvoked":
                    for action in signal.body[1:]:
                        if isinstance(action, str) and action in shown.actions:
                            self._post.answer(shown.tag, action)
                    # dunst leaves it open after a choice from its menu.
                    self._close(shown)
                return

    def _drop_bus(self) -> None:
        if self._bus is not None:
            self._selector.unregister(self._bus)
            self._bus.close()
            self._bus = None
            self._capabilities = None

    def _back_off(self, code: str) -> None:
        if self._retry_s == FIRST_RETRY_S:
            _LOG.info("no notification daemon answers", extra={"code": code})
        self._retry_ns = self._clock.boot_ns() + self._retry_s * SECOND_NS
        self._retry_s = min(LAST_RETRY_S, 2 * self._retry_s)


def _is_absence(error_name: str) -> bool:
    """Return whether the error means that nobody was there, rather than a refusal."""
    reason = error_name.removeprefix("org.freedesktop.DBus.Error.")
    return reason in _ABSENCES or reason.startswith("Spawn.")
