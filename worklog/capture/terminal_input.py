"""Minutes with input at terminals, without any count: for sessions over SSH.

Two things tell that somebody typed, and neither tells what or how much: tmux keeps the
time of each attached terminal's last input, and the kernel the time at which a terminal
was last read, as `w` shows it. Panes of tmux are left out: `tmux send-keys` types there,
and whoever sits before one types through an attached terminal.

Linux moves a terminal's time only once in eight seconds, so that nobody can time keys by
it (tty_update_time in drivers/tty/tty_io.c). Where those reach into the next minute,
input in there cannot be seen, and the minute is unknown unless more comes.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from worklog.app.ports import Clock, Reading
from worklog.capture.terminal_session import refusal
from worklog.capture.tmux_link import Tmux, TmuxError

LOOK_EVERY_S: Final = 1.0
WAIT_S: Final = 2.0  # how long `start` waits for the first look, `stop` for the thread [s]
STALE_NS: Final = 5_000_000_000  # after this long without a look it is dead
LISTED_EVERY_NS: Final = 30_000_000_000  # terminals that came or went are looked for
SOUGHT_EVERY_NS: Final = 10_000_000_000  # likewise, while there is none
ASKED_EVERY_NS: Final = 1_000_000_000  # tmux is asked at most, while somebody types
LATE_S: Final = 2  # input found so late counts for the minute under way [s]
MINUTE_S: Final = 60
_LOGINS: Final = "/run/utmp"  # who is logged in; `who` reads it
COARSE_S: Final = 8  # step of a terminal's time [s]


class TerminalInput:
    """Sees that there was input at the terminals of this user."""

    name = "terminal"

    def __init__(self, environ: Mapping[str, str], *, clock: Clock) -> None:
        self._environ = environ
        self._clock = clock
        self._tally = _Tally()
        self._watcher: _Watcher | None = None

    def unavailable_reason(self) -> str | None:
        """Return why nothing can be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        if own_terminals(self._environ):
            return None
        reason = Tmux(self._environ).reason()
        return None if reason is None else f"no terminal of its own, and {reason}"

    def start(self) -> None:
        """Begin to watch, or again; signs of activity go on from where they were."""
        if self._watcher is not None and self._watcher.is_alive():
            return
        self._watcher = _Watcher(self._environ, self._clock, self._tally)
        self._watcher.start()
        self._watcher.settled.wait(WAIT_S)

    def read(self) -> Reading:
        """Return the signs so far; never a count."""
        watcher, tally = self._watcher, self._tally
        is_alive = watcher is not None and watcher.is_seeing(self._clock.boot_ns())
        return Reading(None, None, None, tally.events, is_alive, doubts=tally.doubts)

    def stop(self) -> None:
        """Stop watching."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None


def own_terminals(environ: Mapping[str, str]) -> set[str]:
    """Return the terminals that this program was started in; a pane of tmux is none."""
    if environ.get("TMUX"):
        return set()
    found = {environ.get("SSH_TTY", "")}
    for number in range(3):
        try:
            found.add(os.ttyname(number))
        except OSError:
            continue
    return {name for name in found if last_read(name) is not None}


def logins(environ: Mapping[str, str]) -> set[str]:
    """Return the terminals at which somebody has logged in, as `who` knows them."""
    program = shutil.which("who", path=environ.get("PATH"))
    if program is None:
        return set()
    try:
        done = subprocess.run(  # noqa: S603 -- no word of anybody else in it
            [program], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=WAIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    rows = [line.split() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    return {f"/dev/{row[1]}" for row in rows if len(row) > 1}


def last_read(terminal: str) -> int | None:
    """Return when *terminal* was last read [s]; None where it is none of this user."""
    if not terminal.startswith(("/dev/pts/", "/dev/tty")):
        return None
    try:
        found = os.stat(terminal)  # noqa: PTH116 -- each second
    except (OSError, ValueError):
        return None
    if not stat.S_ISCHR(found.st_mode) or found.st_uid != os.getuid():
        return None
    return int(found.st_atime)


class _Tally:
    """What was seen so far, and how often input may have gone unseen."""

    def __init__(self) -> None:
        self.events = 0
        self.doubts = 0

    def add(self, events: int, has_doubt: bool) -> None:  # noqa: FBT001 -- as `Signs.take` returns
        self.events += events
        self.doubts += has_doubt


class Signs:
    """Compares the times of terminals with those of the look before. Pure."""

    def __init__(self, *, step_s: int) -> None:
        """Input in the same step of *step_s* [s] as the last one goes unseen."""
        self._step_s = step_s
        self._looked_s: int | None = None
        self._seen: dict[str, int] = {}
        self._counted: dict[str, int] = {}

    def take(self, times: Mapping[str, int], *, now_s: int) -> tuple[int, bool]:
        """Return how many terminals had input since, and whether there may have been more.

        Args:
            times: Last input by terminal [s].
            now_s: Wall clock [s].
        """
        before, self._seen = self._seen, dict(times)
        looked_s, self._looked_s = self._looked_s, now_s
        if looked_s is None:
            return 0, False
        events, has_doubt = 0, False
        for name, time in times.items():
            if name not in before:
                has_doubt = True
            elif before[name] != time:
                # What is found long after its minute is no sign for this one.
                is_sign = time >= min(_minute(now_s), now_s - LATE_S)
                events += is_sign
                self._counted[name] = time if is_sign else 0
            has_doubt |= self._may_hide(name, time, looked_s=looked_s, now_s=now_s)
        return events, has_doubt

    def _may_hide(self, name: str, time: int, *, looked_s: int, now_s: int) -> bool:
        """Return whether input since the last look can have been in the step of *time*.

        It does no harm where *time* itself was counted for the same minute.
        """
        if looked_s // self._step_s != time // self._step_s:
            return False
        last_s = min(now_s, time - time % self._step_s + self._step_s - 1)
        return self._counted.get(name) != time or time < _minute(last_s)


def _minute(second: int) -> int:
    return second - second % MINUTE_S


class _Watcher(threading.Thread):
    """Looks at the terminals until it is stopped.

    Attributes:
        settled: Set after the first look.
    """

    def __init__(self, environ: Mapping[str, str], clock: Clock, tally: _Tally) -> None:
        super().__init__(name="worklog-terminal-input", daemon=True)
        self.settled = threading.Event()
        self._environ = environ
        self._clock = clock
        self._tally = tally
        self._tmux = Tmux(environ)
        self._own: set[str] = set()
        self._ended = threading.Event()
        self._devices, self._clients = Signs(step_s=COARSE_S), Signs(step_s=1)
        self._logins: set[str] = set()
        self._changed_ns: int | None = None
        self._panes: set[str] = set()
        self._listed_ns: int | None = None
        self._asked_ns = 0
        self._asked_s = 0
        self._attached: dict[str, int] = {}
        self._looked_ns: int | None = None

    def is_seeing(self, boot_ns: int) -> bool:
        """Return whether there is a terminal to look at, and it was looked at just now."""
        looked_ns = self._looked_ns
        return self.is_alive() and looked_ns is not None and boot_ns - looked_ns < STALE_NS

    def run(self) -> None:
        while not self._ended.is_set():
            self._look()
            self.settled.set()
            self._clock.wait(LOOK_EVERY_S, wake=self._ended)

    def stop(self) -> None:
        self._ended.set()
        self.join(WAIT_S)

    def _look(self) -> None:
        boot_ns, now_s = self._clock.boot_ns(), self._clock.now_ms() // 1000
        every_ns = SOUGHT_EVERY_NS if self._looked_ns is None else LISTED_EVERY_NS
        is_listed = self._listed_ns is None or boot_ns - self._listed_ns >= every_ns
        if is_listed:
            self._listed_ns = boot_ns
            self._own = own_terminals(self._environ)
            self._know_logins()
            self._panes = self._tmux.pane_terminals()
        is_asked = is_listed or self._may_have_typed(boot_ns)
        if is_asked:
            self._asked_ns, self._asked_s = boot_ns, now_s
            self._attached = self._ask()
        devices = _times((self._own | self._logins) - self._panes - set(self._attached))
        self._tally.add(*self._devices.take(devices, now_s=now_s))
        if is_asked:
            self._tally.add(*self._clients.take(self._attached, now_s=now_s))
        self._looked_ns = boot_ns if devices or self._attached else None

    def _know_logins(self) -> None:
        """Ask who is logged in, where the list of logins has changed since."""
        try:
            changed_ns = os.stat(_LOGINS).st_mtime_ns  # noqa: PTH116 -- as above
        except OSError:
            changed_ns = 0
        if changed_ns != self._changed_ns:
            self._changed_ns = changed_ns
            self._logins = logins(self._environ)

    def _may_have_typed(self, boot_ns: int) -> bool:
        """Return whether an attached terminal may have been read since tmux was asked.

        Then tmux knows it to the second; at quiet terminals no program is run.
        """
        if boot_ns - self._asked_ns < ASKED_EVERY_NS:
            return False
        times = [last_read(terminal) for terminal in self._attached]
        return any(time is None or time // COARSE_S >= self._asked_s // COARSE_S for time in times)

    def _ask(self) -> dict[str, int]:
        """Return when each attached terminal had its last input [s]; none where none answers."""
        try:
            clients = self._tmux.clients()
        except TmuxError:
            return {}
        return {c.tty or f"{c.server} {c.pane}": c.activity for c in clients}


def _times(terminals: Iterable[str]) -> dict[str, int]:
    return {name: time for name in terminals if (time := last_read(name)) is not None}
