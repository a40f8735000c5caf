"""logind and a screen saver without a screen, and a presence way without a bus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from jeepney import HeaderFields, Message

from tests.support.dbus import SILENCE, Answer, Refusal, Service
from worklog.app.ports import Presence

NAME = "org.freedesktop.login1"
SESSION = f"{NAME}.Session"
PROPERTIES = "org.freedesktop.DBus.Properties"
NO_SESSION = f"{NAME}.NoSuchSession"
UNKNOWN_PROPERTY = "org.freedesktop.DBus.Error.UnknownProperty"


@dataclass
class FakeSession:
    """What logind says of a session."""

    session_id: str
    uid: int
    kind: str = "x11"
    display: str = ""
    leader: int = 0
    is_active: bool = True
    class_: str = "user"
    state: str = "active"
    is_locked: bool = False

    @property
    def path(self) -> str:
        return "/org/freedesktop/login1/session/" + self.session_id.replace("-", "_2d")


@dataclass
class FakeLogind:
    """Answers as logind does; the test locks sessions and lets the system sleep."""

    address: str
    sessions: list[FakeSession] = field(default_factory=list)
    has_sleep: bool = True
    is_hung: bool = False
    asked: int = 0
    is_about_to_sleep: bool = False

    def __enter__(self) -> Self:
        self._service = Service(
            self.address,
            NAME,
            methods={
                f"{NAME}.Manager.ListSessions": self._list,
                f"{PROPERTIES}.GetAll": self._get_all,
                f"{PROPERTIES}.Get": self._get,
            },
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._service.stop()

    def lock(self, session: FakeSession, *, is_locked: bool) -> None:
        session.is_locked = is_locked
        self.announce(session, is_locked=is_locked)

    def announce(self, session: FakeSession, *, is_locked: bool) -> None:
        changed = {"LockedHint": ("b", is_locked)}
        self._service.emit(
            session.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", SESSION, changed, []
        )

    def close_lid(self) -> None:
        """Say that the lid was closed, as logind does whatever it is told to do then."""
        changed = {"LidClosed": ("b", True)}
        manager = f"{NAME}.Manager"
        self._service.emit(
            "/org/freedesktop/login1",
            PROPERTIES,
            "PropertiesChanged",
            "sa{sv}as",
            manager,
            changed,
            [],
        )

    def sleep(self, *, is_starting: bool) -> None:
        self.is_about_to_sleep = is_starting
        self._service.emit(
            "/org/freedesktop/login1", f"{NAME}.Manager", "PrepareForSleep", "b", is_starting
        )

    def _list(self, _: Message) -> Answer:
        if self.is_hung:
            return SILENCE
        rows = [(s.session_id, s.uid, "user", "seat0", s.path) for s in self.sessions]
        return "a(susso)", (rows,)

    def _get_all(self, message: Message) -> Answer:
        session = self._of(message)
        return "a{sv}", (
            {
                "Type": ("s", session.kind),
                "Class": ("s", session.class_),
                "State": ("s", session.state),
                "Display": ("s", session.display),
                "Leader": ("u", session.leader),
                "Active": ("b", session.is_active),
            },
        )

    def _get(self, message: Message) -> Answer:
        if self.is_hung:
            return SILENCE
        if message.body[1] == "PreparingForSleep":
            if not self.has_sleep:
                raise Refusal(UNKNOWN_PROPERTY)
            return "v", (("b", self.is_about_to_sleep),)
        self.asked += 1
        return "v", (("b", self._of(message).is_locked),)

    def _of(self, message: Message) -> FakeSession:
        path = message.header.fields[HeaderFields.path]
        for session in self.sessions:
            if session.path == path:
                return session
        raise Refusal(NO_SESSION)


class FakeSaver:
    """A screen saver of the family that has `GetActive` and `ActiveChanged`."""

    def __init__(self, address: str, name: str, path: str) -> None:
        self.is_active = False
        self._name = name
        self._path = path
        methods = {f"{name}.GetActive": lambda _: ("b", (self.is_active,))}
        self._service = Service(address, name, methods=methods)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._service.stop()

    def turn(self, *, is_active: bool) -> None:
        self.is_active = is_active
        self._service.emit(self._path, self._name, "ActiveChanged", "b", is_active)


class FakePresence:
    """A presence way in memory. Passes the contract suite; the test sets `state`."""

    name = "fake"

    def __init__(self, state: Presence = Presence.PRESENT) -> None:
        self.state = state

    def unavailable_reason(self) -> str | None:
        return None

    def presence(self) -> Presence:
        return self.state
