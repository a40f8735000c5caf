"""`start --background`: the same tracker, without the terminal it was started from.

The process divides once everything that could be asked has been asked; the part that
stays waits until the other tracks, and tells what went wrong if it does not. Nothing of
the plan goes through a command line, where other users could read it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from worklog.app.events import Event, EventKind
from worklog.app.ports import Notice, NotifyWay
from worklog.app.snapshot import Snapshot
from worklog.cli.output import Output
from worklog.errors import CaptureUnavailableError, WorklogError, registry

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

STARTED: Final = b"started"
MESSAGE_BYTES: Final = 65_536


class Announcement:
    """Shows that a tracker runs without a terminal (R31: no stealth)."""

    def __init__(self, started: Callable[[], None], notify: NotifyWay | None) -> None:
        self._started = started
        self._notify = notify

    def event(self, event: Event) -> None:
        if event.kind is EventKind.STARTED:
            self._started()
            self._show("Tracking in the background. `worklog stop` ends it.")
        elif event.kind is EventKind.STOPPED:
            self._show(event.message)

    def tick(self, snapshot: Snapshot) -> None:
        """Only beginning and end are announced."""

    def _show(self, sentence: str) -> None:
        if self._notify is not None:
            self._notify.show(Notice(tag="background", summary="worklog", body=sentence))


def divide(context: AppContext, track: Callable[[Callable[[], None]], None]) -> int:
    """Let *track* go on in a process of its own; return its pid once it tracks.

    *track* is given what it must call when tracking has begun.

    Raises:
        WorklogError: whatever kept it from tracking.
    """
    # Apple's frameworks end a process that was forked and did not exec.
    if not hasattr(os, "fork") or sys.platform == "darwin":
        msg = "This system cannot leave a tracker in the background."
        raise CaptureUnavailableError(msg, hint="Start it in a terminal of its own.")
    context.let_go()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_background(context, track, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read(MESSAGE_BYTES)
    if answer.startswith(STARTED):
        return pid
    os.waitpid(pid, 0)
    raise _error(answer)


def _be_background(
    context: AppContext, track: Callable[[Callable[[], None]], None], writing: int
) -> None:
    """Leave session and terminal, track, and never return."""
    status = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        context.is_interactive = False
        context.output = Output(context.output.command, is_quiet=True)

        def started() -> None:
            os.write(writing, STARTED)
            os.close(writing)

        track(started)
        status = 0
    except WorklogError as error:
        status = error.exit_code
        told = {"code": error.code, "message": str(error), "hint": error.hint}
        os.write(writing, json.dumps(told).encode())
    finally:
        os._exit(status)


def _error(answer: bytes) -> WorklogError:
    try:
        told = json.loads(answer)
    except ValueError:
        return WorklogError("The tracker in the background ended at once.", hint="See the log.")
    kinds = {kind.code: kind for kind in registry()}
    return kinds.get(told["code"], WorklogError)(told["message"], hint=told["hint"])
