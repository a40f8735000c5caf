"""What tmux says of its clients and panes, asked of every server of this user.

Commands and titles are whatever a program wants them to be, so fields are parted by a
word drawn for each question, which no title can know.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worklog.app.ports import Window
from worklog.capture.window_words import APPLICATION_LENGTH, clean

PATIENCE_S: Final = 2.0  # a server that takes longer hangs [s]
MOST_SERVERS: Final = 8
ATTENTIVE: Final = "no terminal is attached to tmux"

_CLIENT: Final = ("client_activity", "client_readonly", "window_id", "pane_id", "client_tty")
_PANE: Final = (
    "pane_id",
    "pane_active",
    "window_zoomed_flag",
    "pane_width",
    "pane_height",
    "pane_tty",
    "pane_current_command",
    "pane_title",
    "window_name",
    "automatic-rename",
    "host",
    "host_short",
)


class TmuxError(Exception):
    """No tmux answers; the message says why."""


@dataclass(frozen=True, slots=True)
class Client:
    """A terminal that shows a tmux session.

    Attributes:
        server: Socket of its server.
        activity: When it last had input, since the Unix epoch [s].
        window: What it shows (`@3`).
        pane: The pane in it that has the keyboard (`%5`).
        tty: Its device; empty where it has none.
    """

    server: str
    activity: int
    window: str
    pane: str
    tty: str


@dataclass(frozen=True, slots=True)
class Pane:
    """A pane of a window; what it says of itself is already harmless.

    Attributes:
        pane_id: As tmux calls it (`%5`).
        is_active: It has the keyboard.
        is_visible: False where another one is zoomed over it.
        columns: Width in cells.
        rows: Height in cells.
        tty: Its device.
        command: Its foreground process; may be empty.
        title: As the program set it; empty where none did.
        window_name: Of the window that it is in.
        is_named: Somebody gave that name; else tmux calls it after a command, a little late.
    """

    pane_id: str
    is_active: bool
    is_visible: bool
    columns: int
    rows: int
    tty: str
    command: str
    title: str
    window_name: str
    is_named: bool

    def as_window(self) -> Window:
        """Return the pane as a window; its place on the picture is not told."""
        return Window(self.command or "tmux", self.title or self.window_name)


class Tmux:
    """The tmux servers of this user."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def reason(self) -> str | None:
        """Return why no server can be asked, or None."""
        try:
            self.clients()
        except TmuxError as error:
            return str(error)
        return None

    def clients(self) -> list[Client]:
        """Return the terminals that are attached, the one active last at the end.

        Raises:
            TmuxError: no server answers.
        """
        found: list[Client] = []
        reasons: list[str] = []
        answered = 0
        for server in self.servers():
            try:
                rows = self._rows(server, _CLIENT, "list-clients")
            except TmuxError as error:
                reasons.append(str(error))
                continue
            answered += 1
            found += [
                Client(server, _number(activity), window, pane, tty)
                for activity, is_readonly, window, pane, tty in rows
                if is_readonly != "1"  # somebody who only looks on
            ]
        if not answered:
            raise TmuxError(reasons[0] if reasons else "no tmux server of yours is running")
        return sorted(found, key=lambda client: client.activity)

    def foremost(self) -> Client | None:
        """Return the terminal that had input last; None where none is attached.

        Raises:
            TmuxError: no server answers.
        """
        return next(reversed(self.clients()), None)

    def panes(self, client: Client) -> list[Pane]:
        """Return the panes of the window that *client* shows.

        Raises:
            TmuxError: the server or the window is gone.
        """
        return self._panes(client.server, "-t", client.window)

    def pane_terminals(self) -> set[str]:
        """Return the devices of all panes of all servers that answer."""
        found = set()
        for server in self.servers():
            try:
                found |= {tty for (tty,) in self._rows(server, ("pane_tty",), "list-panes", "-a")}
            except TmuxError:
                continue
        return found

    def text(self, client: Client, pane: Pane) -> str:
        """Return the lines that *pane* shows, with their colours as SGR sequences.

        Raises:
            TmuxError: the pane is gone.
        """
        return self._ask(client.server, "capture-pane", "-p", "-e", "-N", "-t", pane.pane_id)

    def servers(self) -> list[str]:
        """Return the sockets of this user's servers, the one that we run in first."""
        own = self._environ.get("TMUX", "").partition(",")[0]
        folder = Path(self._environ.get("TMUX_TMPDIR") or "/tmp", f"tmux-{os.getuid()}")  # noqa: S108 -- tmux's own place, its owner is looked at
        found = [own] if own else []
        try:
            kept = folder.lstat()
            if stat.S_ISDIR(kept.st_mode) and kept.st_uid == os.getuid():
                names = sorted(str(entry) for entry in folder.iterdir() if entry.is_socket())
                found += [name for name in names if _is_answered(name)]
        except OSError:
            pass  # there has never been a server
        return list(dict.fromkeys(found))[:MOST_SERVERS]

    # --- Inside -------------------------------------------------------------------------

    def _panes(self, server: str, *which: str) -> list[Pane]:
        panes = []
        for fields in self._rows(server, _PANE, "list-panes", *which):
            pane, active, zoomed, columns, rows, tty, command, title, name, auto, *hosts = fields
            is_active = active == "1"
            panes.append(
                Pane(
                    pane_id=pane,
                    is_active=is_active,
                    is_visible=is_active or zoomed != "1",
                    columns=_number(columns),
                    rows=_number(rows),
                    tty=tty,
                    command=clean(command, APPLICATION_LENGTH),
                    # Until a program sets one, the title is the machine's name.
                    title="" if title in hosts else clean(title),
                    window_name=clean(name),
                    is_named=auto not in ("1", "on"),
                )
            )
        return panes

    def _rows(self, server: str, fields: Sequence[str], *words: str) -> list[list[str]]:
        mark = secrets.token_hex(8)
        form = "".join(f"#{{{field}}}{mark}" for field in fields)
        *values, _ = self._ask(server, *words, "-F", form).split(mark)
        rows = [values[at : at + len(fields)] for at in range(0, len(values), len(fields))]
        return [[row[0].lstrip("\n"), *row[1:]] for row in rows if len(row) == len(fields)]

    def _ask(self, server: str, *words: str) -> str:
        program = shutil.which("tmux", path=self._environ.get("PATH"))
        if program is None:
            msg = "tmux is not installed"
            raise TmuxError(msg)
        try:
            done = subprocess.run(  # noqa: S603 -- tmux, with words of our own and its own ids
                [program, "-u", "-S", server, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=PATIENCE_S,
            )
        except subprocess.TimeoutExpired as error:
            msg = "tmux does not answer"
            raise TmuxError(msg) from error
        except OSError as error:
            msg = f"tmux cannot be run: {error.strerror}"
            raise TmuxError(msg) from error
        if done.returncode != 0:
            said = clean(done.stderr.decode("utf-8", "replace"))
            raise TmuxError(said or "tmux refuses to answer")
        return done.stdout.decode("utf-8", "replace")


def _is_answered(name: str) -> bool:
    """Return whether anybody listens at the socket *name*; servers that died leave theirs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_S)
        try:
            line.connect(name)
        except OSError:
            return False
    return True


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        msg = "tmux answers in a way that worklog does not know"
        raise TmuxError(msg) from error
