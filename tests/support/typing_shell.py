"""A real shell on a pseudo terminal, to press TAB in.

What was typed is read back from the shell's own line editor between two marks, so no
test waits for a time or looks at a screen.
"""

from __future__ import annotations

import os
import pty
import select
import signal
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from worklog.clock import SystemClock

TAB: Final = "\t"
_SHOW: Final = "\x18\x10"  # Ctrl-X Ctrl-P, bound to what prints the line
_BEGIN: Final = b"\x02"
_END: Final = b"\x03"
_PATIENCE_S: Final = 20.0


class TypingShell:
    """A shell that was started with a binding of Ctrl-X Ctrl-P that prints its line."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.execvpe(command[0], list(command), dict(environ))
        self._seen = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._terminal)
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def ready(self) -> None:
        """Wait until the line editor answers."""
        self._until(b"ready>")

    def line_after(self, keys: str) -> str:
        """Type *keys* on an empty line and return what the line is then."""
        self._type(keys + _SHOW)
        self._until(_BEGIN)
        shown = self._until(_END)
        self._type("\x15")  # Ctrl-U: an empty line again
        return shown.decode()

    def _type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def _until(self, mark: bytes) -> bytes:
        clock = SystemClock()
        deadline_ns = clock.boot_ns() + int(_PATIENCE_S * 1e9)
        while mark not in self._seen:
            left_s = (deadline_ns - clock.boot_ns()) / 1e9
            if left_s <= 0 or not select.select([self._terminal], [], [], left_s)[0]:
                message = f"the shell did not answer; it said {self._seen[-2000:]!r}"
                raise AssertionError(message)
            self._seen += os.read(self._terminal, 65_536)
        found, _, self._seen = self._seen.partition(mark)
        return found
