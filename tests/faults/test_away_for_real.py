"""The installed tracker while the machine is locked, sleeps and wakes into its lock screen (R13).

Sleep is played to it: it is stopped, the clocks that count sleep are put forward by a
library that is loaded before it, and it goes on.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.dbus import private_bus
from tests.support.fake_logind import FakeLogind, FakeSession
from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.until import until

SLEPT = timedelta(hours=8)
_SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  static volatile long long *asleep_s;
  if (!real) {
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int file = open(getenv("ASLEEP"), O_RDONLY);
    asleep_s = mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
  }
  int status = real(which, now);
  if (which == CLOCK_BOOTTIME || which == CLOCK_REALTIME) now->tv_sec += *asleep_s;
  return status;
}
"""


class Sleep:
    """A file with the seconds that the machine has slept, and the library that adds them."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "asleep"
        self.library = folder / "asleep.so"
        source = folder / "asleep.c"
        source.write_text(_SHIM)
        command = ["gcc", "-shared", "-fPIC", "-o", str(self.library), str(source), "-ldl"]
        subprocess.run(command, check=True)
        self.file.write_bytes(struct.pack("=q", 0))

    @property
    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "ASLEEP": str(self.file)}

    def of(self, tracker: TrackerProcess) -> None:
        """Let the machine of *tracker* sleep for a night."""
        tracker.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, tracker.process.pid, os.WSTOPPED | os.WNOWAIT)
        with self.file.open("r+b") as file:
            file.write(struct.pack("=q", SLEPT // timedelta(seconds=1)))
        tracker.signal(signal.SIGCONT)


@pytest.fixture
def sleep(tmp_path: Path) -> Sleep:
    return Sleep(tmp_path)


def home_of(folder: Path, sleep: Sleep, **environ: str) -> TrackerHome:
    return TrackerHome(folder / "home", {**sleep.environ, "DISPLAY": "", **environ})


def test_f31_after_a_night_asleep_the_gap_is_offered_and_can_be_settled(
    tmp_path: Path, sleep: Sleep
) -> None:
    home = home_of(tmp_path, sleep)
    with TrackerProcess(home, "-m", "fix") as tracker:
        tracker.wait_for("started")
        until(lambda: home.answer("status")["session_seconds"] >= 2)
        sleep.of(tracker)
        tracker.wait_for("paused", reason="suspend")
        until(lambda: home.answer("idle", "--in", "yesterday..today")["gaps"])
        (open_gap,) = home.answer("idle", "--in", "yesterday..today")["gaps"]
        assert home.run("start").stdout.startswith("Tracking work again")
        tracker.wait_for("resumed")
        (gap,) = home.answer("idle", "--in", "yesterday..today")["gaps"]
        home.answer("idle", "1", "--keep", "--in", "yesterday..today")
        (kept,) = home.answer("idle", "--in", "yesterday..today")["gaps"]
        tracker.signal(signal.SIGTERM)
        assert tracker.wait() == 0, tracker.errors

    assert (open_gap["reason"], gap["reason"]) == ("suspend", "suspend")
    assert abs(gap["seconds"] - SLEPT // timedelta(seconds=1)) < 60
    assert kept["kept"] is True
    assert sum(part.tracked_seconds for part in home.parts()) < 120
    assert home.findings() == []


def test_f45_who_locks_sleeps_and_unlocks_is_not_tracked_until_they_say_so(
    tmp_path: Path, sleep: Sleep
) -> None:
    session = FakeSession("2", os.getuid())
    with private_bus(tmp_path) as bus, FakeLogind(bus.address, [session]) as logind:
        home = home_of(tmp_path, sleep, XDG_SESSION_ID="2", **bus.environ)
        with TrackerProcess(home, "-m", "fix") as tracker:
            tracker.wait_for("started")
            until(lambda: home.answer("status")["session_seconds"] >= 2)
            logind.lock(session, is_locked=True)
            tracker.wait_for("paused", reason="lock")
            logind.sleep(is_starting=True)
            sleep.of(tracker)
            logind.sleep(is_starting=False)
            until(lambda: '"paused":"suspend"' in Path(home.places.status_file).read_text())
            logind.lock(session, is_locked=False)
            # Two looks at the lock later it would have gone on, if it did.
            before = home.answer("status")["session_seconds"]
            until(lambda: home.answer("idle", "--in", "yesterday..today")["gaps"])
            assert tracker.named("resumed") == []
            assert home.answer("status")["session_seconds"] == before
            assert home.run("stop").returncode == 0
            assert tracker.wait() == 0, tracker.errors

    (gap,) = home.answer("idle", "--in", "yesterday..today")["gaps"]
    assert gap["reason"] == "suspend"
    assert tracker.named("captured") == []
    assert [part.captures for part in home.parts()] == [()]
    assert home.findings() == []
