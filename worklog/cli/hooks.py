"""Hooks: programs of the user that are told what happens, and cannot disturb it.

They run one after the other in a thread of their own. Each gets one JSON object on
standard input and five seconds; then it is killed with everything it started in its
process group. What a hook prints goes nowhere: it may well print a memo, and neither the
display nor the log is the place for it. A hook that wants a log keeps one.

The object has `schema` (1), `event` (the hook's name without `on-`) and what the caller
adds; instants are RFC 3339 in UTC.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import stat
import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.app.events import Event, EventKind
from worklog.app.status import instant_text

if TYPE_CHECKING:
    from worklog.app.snapshot import Snapshot

_LOG: Final = logging.getLogger(__name__)

SCHEMA: Final = 1
LIMIT_S: Final = 5.0
QUEUE_LENGTH: Final = 32
TROUBLES_AT_MOST: Final = 32
_OTHERS_MAY_WRITE: Final = 0o002
_GROUP_EXISTS: Final = hasattr(os, "killpg")  # not on Windows


class Hook(StrEnum):
    """What a hook can be told; its value is the name of its file."""

    START = "on-start"
    STOP = "on-stop"
    CAPTURE = "on-capture"
    SEAL = "on-seal"
    IDLE = "on-idle"


_HOOKS: Final = {
    EventKind.STARTED: Hook.START,
    EventKind.STOPPED: Hook.STOP,
    EventKind.CAPTURED: Hook.CAPTURE,
    EventKind.NOT_CAPTURED: Hook.CAPTURE,
    EventKind.SEALED: Hook.SEAL,
}


@dataclass(frozen=True, slots=True)
class HookTrouble:
    """A hook that did not do its work.

    Attributes:
        hook: Which one.
        code: `failed`, `too-slow`, `not-executable`, `unsafe`, `cannot-run`, `too-many`.
        message: What a person is told, one line.
    """

    hook: Hook
    code: str
    message: str


class Hooks:
    """Runs the executables of one folder. Nothing here waits, except `close`."""

    def __init__(self, folder: str | Path, *, limit_s: float = LIMIT_S) -> None:
        self._folder = Path(folder).absolute()  # hooks run inside of it
        self._limit_s = limit_s
        self._queue: queue.Queue[tuple[Hook, bytes] | None] = queue.Queue(QUEUE_LENGTH)
        self._troubles: deque[HookTrouble] = deque(maxlen=TROUBLES_AT_MOST)
        self._told: set[tuple[Hook, str]] = set()
        self._thread: threading.Thread | None = None
        self._running: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._is_over = threading.Event()

    def event(self, event: Event) -> None:
        """Tell the hook that *event* belongs to, if one does. As `worklog.app.events.Observer`."""
        hook = _HOOKS.get(event.kind)
        if event.kind is EventKind.PAUSED and event.facts.get("reason") == "idle":
            hook = Hook.IDLE
        if hook is not None:
            self.fire(hook, {**event.facts, "at": event.at, "message": event.message})

    def tick(self, snapshot: Snapshot) -> None:
        """Do nothing: hooks are told of events only."""

    def fire(self, hook: Hook, event: Mapping[str, object]) -> None:
        """Tell *hook* of *event*, later and in another thread; never raises.

        Values are what JSON knows, and aware datetimes. A hook without a file costs one
        look at the folder.
        """
        if self._is_closed or not os.path.lexists(self._folder / hook):
            return
        document = {**event, "schema": SCHEMA, "event": hook.removeprefix("on-")}
        data = json.dumps(document, default=instant_text).encode() + b"\n"
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="hooks", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait((hook, data))
        except queue.Full:
            self._report(hook, "too-many", "is not called: too many calls are waiting")

    def troubles(self) -> list[HookTrouble]:
        """Return what went wrong since the last call, oldest first."""
        taken = []
        with suppress(IndexError):
            while True:
                taken.append(self._troubles.popleft())
        return taken

    def close(self, *, patience_s: float = 2 * LIMIT_S) -> None:
        """Let the hooks that wait run for *patience_s* [s] at most, then kill the rest.

        `on-stop` is fired right before, so the end of tracking is worth some waiting.
        """
        self._is_closed = True
        if self._thread is None:
            return
        with suppress(queue.Full):
            self._queue.put(None, timeout=patience_s)
        self._thread.join(patience_s)
        if self._thread.is_alive():
            self._is_over.set()
            if (running := self._running) is not None:
                _kill(running)
            self._thread.join()
        self._thread = None

    def _work(self) -> None:
        while (item := self._queue.get()) is not None and not self._is_over.is_set():
            self._run(*item)

    def _run(self, hook: Hook, data: bytes) -> None:
        path = self._folder / hook
        if (refusal := _refusal(path)) is not None:
            self._report_once(hook, *refusal)
            return
        try:
            process = subprocess.Popen(  # noqa: S603 -- running the user's own program is the point
                [path],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                start_new_session=True,
            )
        except FileNotFoundError:  # vanished, or its interpreter did
            if path.exists():
                self._report(hook, "cannot-run", "cannot be run: its interpreter is missing")
            return
        except OSError as error:
            self._report(hook, "cannot-run", f"cannot be run: {error.strerror}")
            return
        with process:
            self._running = process
            if self._is_over.is_set():  # it came up while `close` looked for it
                _kill(process)
            self._wait(hook, process, data)
            self._running = None

    def _wait(self, hook: Hook, process: subprocess.Popen[bytes], data: bytes) -> None:
        try:
            process.communicate(data, timeout=self._limit_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            self._report(hook, "too-slow", f"took over {self._limit_s:g} s and was killed")
            return
        if process.returncode > 0:
            self._report(hook, "failed", f"failed with exit status {process.returncode}")
        elif process.returncode < 0:
            self._report(hook, "failed", f"was ended by signal {-process.returncode}")

    def _report_once(self, hook: Hook, code: str, message: str) -> None:
        """Report what lasts until the user changes the file, once."""
        if (hook, code) not in self._told:
            self._told.add((hook, code))
            self._report(hook, code, message)

    def _report(self, hook: Hook, code: str, message: str) -> None:
        _LOG.warning("hook in trouble", extra={"hook": str(hook), "code": code})
        self._troubles.append(HookTrouble(hook, code, f"hook {hook} {message}"))


def _refusal(path: Path) -> tuple[str, str] | None:
    """Return code and message of why *path* is not run; None if it is."""
    try:
        found = path.stat()
    except OSError:
        return "cannot-run", "cannot be run: its file cannot be looked at"
    if not stat.S_ISREG(found.st_mode):
        return "not-executable", "is not called: it is no file"
    if _GROUP_EXISTS and found.st_mode & _OTHERS_MAY_WRITE:
        return "unsafe", f"is not called: others may write it (chmod o-w {path.name})"
    if not os.access(path, os.X_OK):
        return "not-executable", f"is not called: it is not executable (chmod +x {path.name})"
    return None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill *process* and all it started in its group."""
    kill = os.killpg if _GROUP_EXISTS else os.kill
    with suppress(ProcessLookupError, PermissionError):
        kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
