"""The installed tracker on a real sway: its own terminal, its picture, minutes without counts."""

from __future__ import annotations

import io
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from tests.support.sway import Sway, sway, terminal
from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.until import until
from worklog.app.ports import Box
from worklog.clock import SystemClock
from worklog.domain.grid import Slot

SECONDS = 10


def home_on(desktop: Sway, folder: Path) -> TrackerHome:
    home = TrackerHome(folder / "home", dict(desktop.environ))
    home.environ["WORKLOG_HOME"] = str(home.folder)
    return home


def is_tracking(home: TrackerHome) -> bool:
    return Path(home.places.status_file).exists()


@pytest.mark.timeout(300)
def test_f43_a_tracker_in_foot_on_sway_records_what_was_done(tmp_path: Path) -> None:
    """A picture that is not black, the application, one green minute, no invented counts."""
    with sway("resolution 1280x800 position 0 0") as desktop:
        home = home_on(desktop, tmp_path)
        clock = SystemClock()
        until(lambda: clock.now().second < 60 - SECONDS - 4, within_s=60)
        words = ("start", "--for", f"{SECONDS}s", "-m", "on wayland")
        variables = [f"WORKLOG_HOME={home.folder}", "WORKLOG_CAPTURE_CONSENT=yes"]
        command = ("env", *variables, *home.program, *words)
        with terminal(desktop, title="a tracker", command=command):
            until(lambda: is_tracking(home))
            # What comes before the first half second of rest cannot be told from it.
            until(lambda: home.answer("status")["session_seconds"] >= 2)
            at = clock.now()
            desktop.key()
            until(lambda: not is_tracking(home), within_s=SECONDS + 20)

    (part,) = home.parts()
    shown = home.answer("show", "@last")["segment"]
    minute = (at - Slot.containing(at).start) // timedelta(minutes=1)
    assert part.activity.active[minute] is True
    assert part.activity.level == 1
    assert set(part.activity.keys) == {None}
    assert (part.application, part.title) == ("Foot", "a tracker")
    assert abs(part.tracked_seconds - SECONDS) <= 1
    assert shown["boxes"][minute] is True
    assert shown["keys"][minute] is None
    with home.cache() as cache:
        (picture,) = cache.pictures([part.part_id])
        with Image.open(io.BytesIO(cache.image(picture))) as image:
            assert image.size == (1280, 800)
            assert max(ImageStat.Stat(image.convert("RGB")).stddev) > 1
    assert home.findings() == []


def is_told(tracker: TrackerProcess, desktop: Sway, pressed: list[int]) -> bool:
    """Press a key after each second of rest; return whether the tracker had a word for that."""
    now_ns = SystemClock().boot_ns()
    if not pressed or now_ns - pressed[-1] > 1_000_000_000:
        pressed.append(now_ns)
        desktop.key()
    return bool(tracker.named("reminder"))


@pytest.mark.timeout(300)
def test_f45_a_tracker_on_sway_stops_at_swaylock_and_waits_for_its_user(tmp_path: Path) -> None:
    """The key that unlocks does not go on with it, and what is behind the lock is not taken."""
    with sway("resolution 1280x800 position 0 0") as desktop, terminal(desktop, title="code"):
        home = home_on(desktop, tmp_path)
        with TrackerProcess(home, "--no-screenshots", "-m", "on wayland") as tracker:
            tracker.wait_for("started")
            until(lambda: home.answer("status")["session_seconds"] >= 2)
            pressed: list[int] = []
            locker = subprocess.Popen(["swaylock"], env=dict(desktop.environ))
            try:
                tracker.wait_for("paused", reason="lock")
            finally:
                locker.kill()
                locker.wait()
            # A locker that dies leaves sway locked, and a key still is a sign of somebody.
            until(lambda: is_told(tracker, desktop, pressed))
            (gap,) = home.answer("idle", "--in", "yesterday..today")["gaps"]
            resumed = tracker.named("resumed")
            assert home.run("stop").returncode == 0
            assert tracker.wait() == 0, tracker.errors

    assert (gap["reason"], resumed) == ("lock", [])
    assert home.findings() == []


def test_r29_a_window_that_a_rule_names_keeps_the_picture_of_sway_away(tmp_path: Path) -> None:
    with (
        sway() as desktop,
        terminal(desktop, application="KeePassXC", title="vault", box=Box(0, 0, 200, 100)),
        terminal(desktop, application="Editor", title="a.py", box=Box(300, 200, 200, 100)),
    ):
        home = home_on(desktop, tmp_path)
        with TrackerProcess(home, "--for", "2s") as tracker:
            assert tracker.wait() == 0

    (part,) = home.parts()
    assert [str(capture.state) for capture in part.captures] == ["withheld"]
    assert (part.application, part.title) == ("Editor", "a.py")
    with home.cache() as cache:
        assert cache.pictures([part.part_id]) == []


def test_doctor_on_sway_tells_each_way_with_reason_and_fix(tmp_path: Path) -> None:
    with sway() as desktop:
        done = home_on(desktop, tmp_path).run("doctor")

    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "screen ✓ grim in use" in lines
    assert "input ✓ idle-notify in use" in lines
    assert "window ✓ sway in use" in lines
    assert "✗ hyprland HYPRLAND_INSTANCE_SIGNATURE is not set, so this is not Hyprland" in " ".join(
        lines
    )
    assert "Start worklog in a terminal of Hyprland." in done.stdout
