"""A real tmux server, and terminals attached to it that somebody types at.

with tmux_server() as server, server.attached("new-session") as client:
    client.type("ls\n")
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Self

from tests.support.until import until

NAME = "worklog-test"


class TmuxServer:
    """A server of its own in a folder of its own, without anybody's configuration.

    Attributes:
        environ: Variables by which a program finds it, and no desktop.
    """

    def __init__(self, folder: str) -> None:
        self.environ = {
            **os.environ,
            "TMUX_TMPDIR": folder,
        }

    def tmux(self, *words: str) -> str:
        """Run a tmux command and return what it prints."""
        done = subprocess.run(
            self.command(*words), env=self.environ, check=True, capture_output=True, timeout=20
        )
        return done.stdout.decode()

    def command(self, *words: str) -> list[str]:
        return ["tmux", "-u", "-L", NAME, "-f", "/dev/null", *words]

    @contextmanager
    def attached(self, *words: str, columns: int = 80, rows: int = 24) -> Iterator[TmuxClient]:
        """Run a tmux command that attaches, in a terminal of that size without a status line."""
        with TmuxClient(self, words, columns, rows + 1) as client:
            until(lambda: self._clients() and client.tty in self._clients())
            yield client

    def _clients(self) -> str:
        with suppress(subprocess.CalledProcessError):
            return self.tmux("list-clients", "-F", "#{client_tty}")
        return ""

    def kill(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.tmux("kill-server")


class TmuxClient:
    """A terminal that shows tmux.

    Attributes:
        tty: Its device, as tmux sees it.
    """

    def __init__(self, server: TmuxServer, words: Sequence[str], columns: int, rows: int) -> None:
        self._keyboard, inside = pty.openpty()
        self.tty = os.ttyname(inside)
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            server.command(*words),
            env=server.environ,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        self._is_over = threading.Event()
        self._drain = threading.Thread(target=self._read_away, daemon=True)
        self._drain.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()
        self._is_over.set()
        self._drain.join(10)
        os.close(self._keyboard)

    def type(self, keys: str) -> None:
        """Press keys, as somebody before the terminal does."""
        os.write(self._keyboard, keys.encode())

    def detach(self) -> None:
        """Close the terminal."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGHUP)
            self._process.wait(10)

    def _read_away(self) -> None:
        """Take what tmux draws, or it would wait for the terminal."""
        while not self._is_over.is_set():
            if select.select([self._keyboard], [], [], 0.05)[0]:
                try:
                    os.read(self._keyboard, 65_536)
                except OSError:
                    return  # tmux has let go of it


@contextmanager
def tmux_server() -> Iterator[TmuxServer]:
    """Give a server; it runs from the first command that attaches or makes a session."""
    # Not pytest's folder: the path of a socket has at most 107 characters.
    folder = tempfile.mkdtemp(prefix="worklog-tmux-")
    server = TmuxServer(folder)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


def named(application: str, title: str = "") -> str:
    """Return a shell command that shows as *application*, under *title* where one is given."""
    told = f"printf '\\033]2;%s\\033\\\\' {shlex.quote(title)}; " if title else ""
    script = f"{told}echo it is {shlex.quote(application)}; exec -a {shlex.quote(application)} cat"
    return shlex.join(["bash", "--norc", "-c", script])
