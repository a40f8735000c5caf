"""Whether the screen is locked, as logind and the screen saver say (F45).

Both announce changes, so a look costs two system calls and nobody is asked while nothing
happens. What an announcement says is not believed, as any program may send one: it is
only a reason to ask again.

Lockers that tell nobody (i3lock, swaylock) have ways of their own. xscreensaver without its
systemd part is seen only where the X server's own saver is on.
This module loads jeepney (17 ms).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from worklog.app.ports import Clock, Presence
from worklog.capture.bus import (
    Bus,
    BusGoneError,
    CallRefusedError,
    Remote,
    session_address,
    system_address,
)
from worklog.capture.logind_session import (
    MANAGER,
    NAME,
    PROPERTIES,
    SESSION,
    LoginSession,
    login_sessions,
    own_session,
)

SAVERS: Final = (
    Remote("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", ""),
    Remote("org.freedesktop.ScreenSaver", "/ScreenSaver", ""),  # KDE before Plasma 5.20
    Remote("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver", ""),
    Remote("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver", ""),
    Remote("org.mate.ScreenSaver", "/org/mate/ScreenSaver", ""),
    Remote("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver", ""),
)
SECOND_NS: Final = 1_000_000_000
BUDGET_NS: Final = SECOND_NS // 10  # of each of the two; the port promises 0.2 s
ASK_AGAIN_S: Final = 30  # without an announcement: a saver may have come or died
FIRST_RETRY_S: Final = 5
LAST_RETRY_S: Final = 300


class LogindPresence:
    """Looks at the lock of the session. Implements `worklog.app.ports.PresenceWay`.

    Not for use by several threads at once.
    """

    name = "logind"

    def __init__(
        self, *, clock: Clock, environ: Mapping[str, str] = os.environ, uid: int | None = None
    ) -> None:
        self._clock = clock
        self._logind = _Logind(environ, os.getuid() if uid is None else uid)
        self._savers = _Savers()
        self._sources = (
            _Source(self._logind, lambda: system_address(environ), clock),
            _Source(self._savers, lambda: session_address(environ), clock),
        )

    def unavailable_reason(self) -> str | None:
        """Return why nobody can tell here whether the screen is locked, or None."""
        state = self.presence()
        self.close()  # who only asks for the reason will not close it
        if state is not Presence.UNKNOWN:
            return None
        return "neither logind nor a screen saver can be asked"

    def presence(self) -> Presence:
        """Return the state now: locked if one source says so, present if one denies it."""
        answers = [source.look() for source in self._sources]
        if True in answers:
            return Presence.LOCKED
        return Presence.PRESENT if False in answers else Presence.UNKNOWN

    def is_about_to_sleep(self) -> bool:
        """Return whether the system was preparing to suspend at the last `presence` (F32)."""
        return self._logind.is_about_to_sleep

    def close(self) -> None:
        """Let go of both buses; another `presence` would connect again."""
        for source in self._sources:
            source.close()


class _Logind:
    """The lock hint of the session whose screen this process sees."""

    def __init__(self, environ: Mapping[str, str], uid: int) -> None:
        self._environ = environ
        self._uid = uid
        self._session: LoginSession | None = None
        self.is_about_to_sleep = False

    def subscribe(self, bus: Bus) -> None:
        self._session = None
        bus.listen(interface=MANAGER.interface, member="PrepareForSleep", sender=NAME)
        bus.listen(interface=PROPERTIES, member="PropertiesChanged", sender=NAME, about=SESSION)

    def ask(self, bus: Bus) -> bool | None:
        with suppress(CallRefusedError):  # a stand-in for logind need not have it
            self.is_about_to_sleep = _property(bus, MANAGER, "PreparingForSleep")
        if self._session is None:
            has_screen = any(self._environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY"))
            sessions = login_sessions(bus, uid=self._uid)
            self._session = own_session(sessions, self._environ, wants_graphical=has_screen)
        if self._session is None:
            return None
        try:
            return _property(bus, Remote(NAME, self._session.path, SESSION), "LockedHint")
        except CallRefusedError:
            self._session = None  # it has ended; there may be another by the next look
            raise

    def lose(self) -> None:
        self.is_about_to_sleep = False


class _Savers:
    """The screen savers that own a name on the session bus."""

    def subscribe(self, bus: Bus) -> None:
        for name in dict.fromkeys(saver.name for saver in SAVERS):
            bus.listen(interface=name, member="ActiveChanged", sender=name)

    def ask(self, bus: Bus) -> bool | None:
        answers = [answer for saver in SAVERS if (answer := _is_active(bus, saver)) is not None]
        return any(answers) if answers else None

    def lose(self) -> None:
        pass


def _property(bus: Bus, remote: Remote, name: str) -> bool:
    where = Remote(remote.name, remote.path, PROPERTIES)
    reply = bus.call(where, "Get", (remote.interface, name), takes="ss", returns="v")
    return bool(reply.body[0] == ("b", True))


def _is_active(bus: Bus, saver: Remote) -> bool | None:
    where = Remote(saver.name, saver.path, saver.name)
    try:
        return bool(bus.call(where, "GetActive", returns="b").body[0])
    except CallRefusedError:  # not running, or it only takes inhibitions
        return None


class _Source:
    """One bus with what is asked there: when to ask, when to give it a rest."""

    def __init__(
        self, subject: _Logind | _Savers, address: Callable[[], str], clock: Clock
    ) -> None:
        self._subject = subject
        self._address = address
        self._clock = clock
        self._bus: Bus | None = None
        self._answer: bool | None = None
        self._ask_ns = 0
        self._deadline_ns = 0
        self._retry_s = FIRST_RETRY_S

    def look(self) -> bool | None:
        """Return whether it is locked; None where that cannot be told within the budget."""
        now_ns = self._clock.boot_ns()
        self._deadline_ns = now_ns + BUDGET_NS
        try:
            has_heard = self._bus is not None and bool(self._bus.signals())
            if has_heard or now_ns >= self._ask_ns:
                self._answer = self._asked()
                self._ask_ns = now_ns + ASK_AGAIN_S * SECOND_NS
                self._retry_s = FIRST_RETRY_S
        except BusGoneError:
            self.close()
            self._rest(now_ns)
        except CallRefusedError:
            self._rest(now_ns)
        return self._answer

    def close(self) -> None:
        if self._bus is not None:
            self._bus.close()
            self._bus = None
        self._ask_ns = 0  # deaf to announcements, the answer ages at once

    def _asked(self) -> bool | None:
        if self._bus is None:
            self._bus = Bus(self._address(), limit_s=self._left_s)
            self._subject.subscribe(self._bus)
        return self._subject.ask(self._bus)

    def _left_s(self) -> float:
        return max(0.0, (self._deadline_ns - self._clock.boot_ns()) / SECOND_NS)

    def _rest(self, now_ns: int) -> None:
        self._answer = None
        self._subject.lose()
        self._ask_ns = now_ns + self._retry_s * SECOND_NS
        self._retry_s = min(LAST_RETRY_S, 2 * self._retry_s)
