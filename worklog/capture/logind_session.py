"""The graphical session of a process that was started outside of it, as cron starts one.

logind knows which session that is; what a program needs to reach it (display, cookie) is
only in the environment of the processes that run in it. Those of our own user are read
from /proc, and of them only the variables named here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote, system_address

NAME: Final = "org.freedesktop.login1"
SESSION: Final = f"{NAME}.Session"
MANAGER: Final = Remote(NAME, "/org/freedesktop/login1", f"{NAME}.Manager")
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
LIMIT_S: Final = 0.5
VARIABLES: Final = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_ID",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "DBUS_SESSION_BUS_ADDRESS",
    "SWAYSOCK",
    "HYPRLAND_INSTANCE_SIGNATURE",
)
_GRAPHICAL: Final = ("x11", "wayland", "mir")
_ENVIRON_BYTES: Final = 1 << 20  # more than execve lets a program have by default
_SOCKET: Final = re.compile(r"wayland-\d+")


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A session as logind describes it.

    Attributes:
        session_id: logind's name for it (`2`, `c1`).
        path: Its object on the bus.
        kind: `x11`, `wayland`, `tty`…
        display: Of the X server, as logind was told; often empty.
        leader: Process that opened it.
        is_active: It has the screen.
    """

    session_id: str
    path: str
    kind: str
    display: str
    leader: int
    is_active: bool

    @property
    def is_graphical(self) -> bool:
        return self.kind in _GRAPHICAL


def login_sessions(bus: Bus, *, uid: int) -> list[LoginSession]:
    """Return the sessions of the user *uid* that are people's, not services'.

    Raises:
        BusGoneError: the system bus does not answer.
        CallRefusedError: no logind answers on it.
    """
    found = []
    for session_id, owner, _, _, path in bus.call(MANAGER, "ListSessions", returns="a(susso)").body[
        0
    ]:
        if owner == uid:
            where = Remote(NAME, path, PROPERTIES)
            answer = bus.call(where, "GetAll", (SESSION,), takes="s", returns="a{sv}")
            values = {key: value for key, (_, value) in answer.body[0].items()}
            if values.get("Class", "user") == "user" and values.get("State") != "closing":
                found.append(_session(session_id, path, values))
    return found


def own_session(
    sessions: list[LoginSession], environ: Mapping[str, str], *, wants_graphical: bool
) -> LoginSession | None:
    """Return which of *sessions* a process with *environ* belongs to, if any.

    With *wants_graphical* it is the session whose screen the process would see: the one
    with its display, else the graphical one that has the screen, else any graphical one.
    """
    mine = [s for s in sessions if s.session_id == environ.get("XDG_SESSION_ID")]
    if not wants_graphical:
        return mine[0] if mine else None
    graphical = [s for s in sessions if s.is_graphical]
    display = environ.get("DISPLAY", "").partition(".")[0]
    ranked = sorted(
        graphical,
        key=lambda s: (s not in mine, not display or s.display != display, not s.is_active),
    )
    return ranked[0] if ranked else None


def graphical_environment(
    environ: Mapping[str, str], *, uid: int | None = None, processes: Path = Path("/proc")
) -> dict[str, str] | None:
    """Return the variables that lead into the user's graphical session; None without one.

    Only what *environ* lacks needs to be taken over. Never raises; takes at most a few
    tenths of a second and is meant for `start` outside of a session.
    """
    user = os.getuid() if uid is None else uid
    try:
        bus = Bus(system_address(environ), limit_s=lambda: LIMIT_S)
    except BusGoneError:
        return None
    try:
        session = own_session(login_sessions(bus, uid=user), environ, wants_graphical=True)
    except (BusGoneError, CallRefusedError):
        return None
    finally:
        bus.close()
    if session is None:
        return None
    return _inside(session, user, processes) or _guessed(session, user, environ)


def _session(session_id: str, path: str, values: Mapping[str, Any]) -> LoginSession:
    return LoginSession(
        session_id=session_id,
        path=path,
        kind=str(values.get("Type", "")),
        display=str(values.get("Display", "")),
        leader=leader if isinstance(leader := values.get("Leader"), int) else 0,
        is_active=bool(values.get("Active", False)),
    )


def _inside(session: LoginSession, uid: int, processes: Path) -> dict[str, str] | None:
    """Return the variables of a process in *session*: of its leader if that is the user's own.

    A display manager's leader belongs to root; then it is the oldest process that names
    the session, or at least its display.
    """
    second_choice = None
    for pid in (session.leader, *_pids(processes)):
        variables = _variables(processes / str(pid), uid)
        if not (variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")):
            continue
        if pid == session.leader or variables.get("XDG_SESSION_ID") == session.session_id:
            return variables
        if second_choice is None and session.display == variables.get("DISPLAY"):
            second_choice = variables
    return second_choice


def _pids(processes: Path) -> Iterator[int]:
    return iter(sorted(int(entry.name) for entry in processes.iterdir() if entry.name.isdigit()))


def _variables(process: Path, uid: int) -> dict[str, str]:
    try:
        if process.stat().st_uid != uid:
            return {}
        with (process / "environ").open("rb") as file:
            raw = file.read(_ENVIRON_BYTES)
    except OSError:  # it has ended, or may not be looked at
        return {}
    pairs = (os.fsdecode(entry).partition("=") for entry in raw.split(b"\0"))
    return {key: value for key, _, value in pairs if key in VARIABLES and value}


def _guessed(session: LoginSession, uid: int, environ: Mapping[str, str]) -> dict[str, str] | None:
    """Return what logind and the usual places say, where no process could be read."""
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}")
    guessed = {"XDG_SESSION_ID": session.session_id, "XDG_SESSION_TYPE": session.kind}
    if session.display:
        guessed["DISPLAY"] = session.display
        cookie = Path(environ.get("HOME", "/nonexistent"), ".Xauthority")
        if cookie.exists():
            guessed["XAUTHORITY"] = str(cookie)
    if session.kind == "wayland" and (found := _wayland_sockets(runtime)):
        guessed["WAYLAND_DISPLAY"] = found[0]
    if not ("DISPLAY" in guessed or "WAYLAND_DISPLAY" in guessed):
        return None
    return guessed | {"XDG_RUNTIME_DIR": str(runtime)}


def _wayland_sockets(runtime: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in runtime.iterdir() if _SOCKET.fullmatch(entry.name))
    except OSError:
        return []
