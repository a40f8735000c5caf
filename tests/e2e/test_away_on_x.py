"""The installed tracker on a real X server that nobody touches, that is locked, that is left."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.until import until
from tests.support.x11 import XServer, terminal, window_manager, xdotool, xvfb


def home_on(server: XServer, folder: Path, **environ: str) -> TrackerHome:
    home = TrackerHome(folder / "home", {**server.environ, "WAYLAND_DISPLAY": "", **environ})
    home.environ["WORKLOG_HOME"] = str(home.folder)
    return home


@contextmanager
def locked(server: XServer) -> Iterator[None]:
    """Lock the screen with i3lock, which tells nobody."""
    locker = subprocess.Popen(["i3lock", "--nofork"], env=dict(server.environ))
    try:
        yield
    finally:
        locker.kill()
        locker.wait()


def is_told(tracker: TrackerProcess, server: XServer) -> bool:
    """Press a key; return whether the tracker had a word for that already."""
    xdotool(server, "key", "a")
    return bool(tracker.named("reminder"))


@pytest.mark.timeout(240)
def test_r13_idle_goes_on_with_a_key_and_a_lock_only_when_it_is_told_to(tmp_path: Path) -> None:
    with xvfb() as server:
        home = home_on(server, tmp_path, WORKLOG_IDLE_AFTER="1m")
        with TrackerProcess(home, "-m", "fix", "--no-screenshots") as tracker:
            tracker.wait_for("paused", reason="idle", within_s=120)
            (lasting,) = home.answer("idle", "--in", "yesterday..today")["gaps"]
            xdotool(server, "key", "a")
            tracker.wait_for("resumed")
            with locked(server):
                tracker.wait_for("paused", reason="lock")
                xdotool(server, "key", "p")  # as of a password
            until(lambda: is_told(tracker, server))
            resumed = len(tracker.named("resumed"))
            assert home.run("start").returncode == 0
            tracker.wait_for("resumed", count=2)
            assert home.run("stop").returncode == 0
            assert tracker.wait() == 0, tracker.errors

    gaps = home.answer("idle", "--in", "yesterday..today")["gaps"]
    assert lasting["reason"] == "idle"
    assert resumed == 1
    assert [gap["reason"] for gap in gaps[:2]] == ["idle", "lock"]
    assert home.findings() == []


@pytest.mark.parametrize("how", ["signal", "stop"])
@pytest.mark.timeout(240)
def test_a_second_stop_ends_the_reading_of_the_last_picture(tmp_path: Path, how: str) -> None:
    with (
        xvfb((2560, 1440)) as server,
        window_manager(server),
        terminal(server, title="code", command=("sh", "-c", "cat /etc/services; sleep 600")),
    ):
        home = home_on(server, tmp_path, WORKLOG_REDACT_SECRETS="yes")
        with TrackerProcess(home, "-m", "fix") as tracker:
            tracker.wait_for("started")
            until(lambda: home.answer("status")["session_seconds"] >= 2)
            tracker.signal(signal.SIGINT)
            waiting = tracker.wait_for("waiting")
            if how == "signal":
                tracker.signal(signal.SIGINT)
            else:
                assert home.run("stop").returncode == 0
            assert tracker.wait() == 0, tracker.errors

    (part,) = home.parts()
    assert waiting["message"] == "Reading the last picture for secrets; Ctrl-C again drops it."
    assert [capture.state for capture in part.captures] == ["failed"]
    assert part.tracked_seconds >= 2
    assert [event["message"] for event in tracker.named("not-captured")] == [
        "The last picture was dropped; its time is kept."
    ]
    assert home.findings() == []
