"""What a running tracker costs: processor, memory, bytes written.

    python benchmarks/tracker_footprint.py [--minutes 30] [plain live busy …]

Three trackers, one after the other, each for as many minutes:

- `plain`: no display server and no terminal; the screen is a scripted one of 1920 by 1080
- `live`: the same with the live display on a terminal
- `busy`: on a real X server, with a mouse that reports a thousand times a second and
  somebody typing ten keys a second

Read from /proc every ten seconds. A capture falls into one of these; its seconds are left
out of "between captures" and the peak of memory is given by itself. Pictures do not count
as written, as their size is the screen's and not the tracker's.
"""

from __future__ import annotations

import argparse
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 10.0
WARM_S = 5.0  # imports and the first commits are no matter of the hours after
LIMITS = {"plain": 0.5, "live": 1.0, "busy": 1.5}  # of a core [%]
MEMORY_MB = 75
WRITTEN_MB = 2


@dataclass(frozen=True)
class Sample:
    """A process at one moment."""

    at: float
    cpu_s: float
    rss_mb: float
    written: int
    pictures: int


@dataclass(frozen=True)
class Cost:
    """What one tracker cost."""

    name: str
    seconds: float
    cpu_percent: float
    between_percent: float
    rss_mb: float
    peak_mb: float
    written_mb_per_hour: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(LIMITS)}")
    given = parser.parse_args()
    kinds = given.kinds or list(LIMITS)
    print(
        f"{'':8}{'cpu':>8}{'between':>9}{'limit':>7}{'memory':>9}{'limit':>6}"
        f"{'peak':>8}{'written':>13}{'limit':>6}"
    )
    costs = [tell(measure(kind, given.minutes * 60)) for kind in kinds]
    sys.exit(0 if all(is_within(cost) for cost in costs) else 1)


def tell(cost: Cost) -> Cost:
    print(
        f"{cost.name:8}{cost.cpu_percent:7.2f}%{cost.between_percent:8.2f}%"
        f"{LIMITS[cost.name]:6.1f}%{cost.rss_mb:6.1f} MB{MEMORY_MB:6d}{cost.peak_mb:5.0f} MB"
        f"{cost.written_mb_per_hour:8.2f} MB/h{WRITTEN_MB:6d}",
        flush=True,
    )
    return cost


def is_within(cost: Cost) -> bool:
    return (
        cost.between_percent <= LIMITS[cost.name]
        and cost.rss_mb <= MEMORY_MB
        and cost.written_mb_per_hour <= WRITTEN_MB
    )


def measure(kind: str, seconds: float) -> Cost:
    """Run a tracker of *kind* for *seconds* and return what it cost."""
    home = Path(tempfile.mkdtemp(prefix="worklog-footprint-"))
    try:
        with ExitStack() as stack:
            environ = {
                **{name: value for name, value in os.environ.items() if name != "DISPLAY"},
                "PYTHONPATH": str(ROOT),
                # As in a login session: the status file lies in memory.
                "HOME": str(home),
                "XDG_DATA_HOME": str(home / "data"),
                "XDG_CONFIG_HOME": str(home / "config"),
                "XDG_STATE_HOME": str(home / "state"),
                "XDG_RUNTIME_DIR": stack.enter_context(in_memory()),
                "WORKLOG_CAPTURE_CONSENT": "yes",
                "WORKLOG_IDLE_ACTION": "keep",
                "TERM": "xterm-256color",
                "TMUX_TMPDIR": str(home),  # no tmux of whoever measures
            }
            environ.pop("PYTHONDONTWRITEBYTECODE", None)
            if kind == "busy":
                environ["DISPLAY"] = stack.enter_context(busy_desktop())
                words = ["-m", "worklog"]
            else:
                environ["WORKLOG_TEST_SCREEN"] = "1920x1080"
                words = ["-m", "tests.entry"]
            # Ten seconds longer than it is looked at, so that the end is not.
            words += ["start", "-m", "measured", "--for", f"{seconds + WARM_S + 10:.0f}s"]
            process = stack.enter_context(started(words, environ, on_terminal=kind == "live"))
            return watched(kind, process, home, seconds)
    finally:
        shutil.rmtree(home)


def watched(kind: str, process: subprocess.Popen[bytes], home: Path, seconds: float) -> Cost:
    time.sleep(WARM_S)
    samples = [sample(process.pid, home)]
    while samples[-1].at - samples[0].at < seconds:
        time.sleep(SAMPLE_S)
        samples.append(sample(process.pid, home))
    first, last = samples[0], samples[-1]
    pairs = list(pairwise(samples))
    calm = [(a, b) for a, b in pairs if a.pictures == b.pictures]
    pictures = last.pictures - first.pictures
    return Cost(
        name=kind,
        seconds=last.at - first.at,
        cpu_percent=100 * (last.cpu_s - first.cpu_s) / (last.at - first.at),
        between_percent=100
        * sum(b.cpu_s - a.cpu_s for a, b in calm)
        / sum(b.at - a.at for a, b in calm),
        rss_mb=median(entry.rss_mb for entry in samples),
        peak_mb=field(process.pid, "VmHWM") / 1024,
        written_mb_per_hour=(last.written - first.written - pictures)
        / 1e6
        / (last.at - first.at)
        * 3600,
    )


def sample(pid: int, home: Path) -> Sample:
    proc = Path("/proc", str(pid))
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    written = (proc / "io").read_text().partition("\nwrite_bytes: ")[2].split()[0]
    return Sample(
        at=time.monotonic(),
        cpu_s=(int(fields[11]) + int(fields[12])) / TICKS,
        rss_mb=field(pid, "VmRSS") / 1024,
        written=int(written),
        pictures=sum(
            -(-path.stat().st_size // 4096) * 4096
            for path in (home / "data" / "worklog" / "pictures").rglob("*.webp")
        ),
    )


def field(pid: int, name: str) -> int:
    """Return a figure of /proc/PID/status [KiB]."""
    text = Path("/proc", str(pid), "status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0])


@contextmanager
def started(
    words: list[str], environ: dict[str, str], *, on_terminal: bool
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a tracker until the block ends; its terminal is read as a real one's would be."""
    ours, theirs = pty.openpty()
    quiet = subprocess.DEVNULL
    streams = (theirs, theirs, theirs) if on_terminal else (quiet, quiet, quiet)
    process = subprocess.Popen(
        [sys.executable, *words],
        env=environ,
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        start_new_session=True,
    )
    os.close(theirs)
    threading.Thread(target=drain, args=(ours,), daemon=True).start()
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def in_memory() -> Iterator[str]:
    """Give a folder that is on no disk."""
    with tempfile.TemporaryDirectory(prefix="worklog-run-", dir="/dev/shm") as folder:
        yield folder


def drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65_536):
            continue
    except OSError:
        return


@contextmanager
def busy_desktop() -> Iterator[str]:
    """Run an X server with a busy user; give its display."""
    from tests.support.x11 import window, xvfb  # noqa: PLC0415 -- found by the path above

    with xvfb((1920, 1080)) as server, window(server, application="Editor", title="a.py"):
        load = subprocess.Popen([sys.executable, __file__, "--load", server.display])
        try:
            yield server.display
        finally:
            load.kill()
            load.wait()


def load(name: str) -> None:
    """Move the mouse a thousand times and press ten keys a second, until killed."""
    from Xlib import X  # noqa: PLC0415 -- in this process only
    from Xlib.display import Display  # noqa: PLC0415
    from Xlib.ext import xtest  # noqa: PLC0415

    display = Display(name)
    key = display.keysym_to_keycode(0x61)
    begun, count = time.monotonic(), 0
    while True:
        count += 1
        xtest.fake_input(display, X.MotionNotify, x=count % 1900, y=count % 1000)
        if count % 100 == 0:
            xtest.fake_input(display, X.KeyPress, key)
            xtest.fake_input(display, X.KeyRelease, key)
        display.flush()
        time.sleep(max(0.0, begun + count / 1000 - time.monotonic()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(sys.argv[2])
    main()
