"""The camera from the setting to the deletion: consent, preview, start, show, doctor (R6)."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.camera import VideoCamera
from tests.support.cli import Desk, empty_ways
from tests.support.fake_capture import FakeInput, FakeScreen, FakeWindows, frame
from tests.support.fakes import seconds
from worklog.app.ports import Box, Window
from worklog.clock import SystemClock

SCREEN = Box(0, 0, 64, 48)
QUESTION = """\
You switched the camera on: each screenshot comes with one picture of {source},
which is open for that moment only. No contract can require it, no bill depends on it.
It stays on this machine, and only you see it. `worklog preview --open` shows what it would be,
and `worklog delete SEGMENTS --snapshot` deletes it without the time.
May it take camera snapshots? [y/N]:"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    found = Desk(tmp_path)
    found.ways = empty_ways(
        screen=FakeScreen(frames=(frame(0, SCREEN),)),
        window=FakeWindows((Window("Editor", "main.py", SCREEN),)),
        input=FakeInput(),
    )
    return found


@pytest.fixture
def video(tmp_path: Path) -> VideoCamera:
    return VideoCamera(tmp_path / "camera.mp4")


def switch_on(desk: Desk, source: str, *, consent: str = "ask") -> None:
    desk.settings(
        f'camera = true\ncamera-source = "{source}"\ncamera-consent = "{consent}"\n'
        '[capture]\nconsent = "yes"\nnotify = false\n'
    )


def captures(desk: Desk) -> list[dict[str, Any]]:
    (segment,) = desk.json("diary")["segments"]
    found: list[dict[str, Any]] = segment["captures"]
    return found


def states(desk: Desk) -> list[tuple[str, str]]:
    return [(capture["role"], capture["state"]) for capture in captures(desk)]


def remark(desk: Desk) -> tuple[bool, str, str | None]:
    (found,) = [row for row in desk.json("doctor")["remarks"] if row["what"] == "camera"]
    return found["ok"], found["message"], found["fix"]


def test_r6_a_segment_has_screen_and_camera_until_the_snapshot_is_deleted(
    desk: Desk, video: VideoCamera
) -> None:
    switch_on(desk, str(video.file), consent="yes")

    answer = desk.run("start", "--for", "60s", "-m", "fixing bug")

    assert f"The camera is on: a snapshot of {video.file} with each screenshot." in answer.err
    assert "1 segment, 1 picture, 1 snapshot" in answer.out
    assert states(desk) == [("screen", "taken"), ("camera", "taken")]
    screen, camera = captures(desk)
    shown = desk.ok("show", "@last")
    assert f"camera 1, 17:47  160 x 120\n    {camera['file']}\n" in shown
    before = desk.json("diary")["totals"]

    said = desk.ok("delete", "@last", "--snapshot", "--yes")

    assert said == "1 segment without snapshots now.\n"
    assert states(desk) == [("screen", "taken")]
    assert Path(screen["file"]).exists()
    assert not Path(camera["file"]).exists()
    assert not Path(camera["thumbnail"]).exists()
    assert desk.json("diary")["totals"] == before
    assert desk.run("check", "--evidence", "--pictures").status == 0
    assert desk.run("delete", "@last", "--snapshot", "--yes").status == 12


def test_r6_a_snapshot_of_the_open_segment_is_gone_after_its_seal(
    desk: Desk, video: VideoCamera
) -> None:
    """The tracker has it in its memory when another process deletes it."""
    desk.clock.set_wall(desk.local("17:40"))
    switch_on(desk, str(video.file), consent="yes")
    said: list[str] = []

    def forget() -> None:
        pictures = [file for file in desk.files if file.endswith(".webp")]
        if len(pictures) == 4:  # two captures, each with its thumbnail
            said.append(desk.run("delete", "@last", "--snapshot", "--yes").out)
        else:
            SystemClock().wait(0.05, wake=threading.Event())  # the camera takes real time
            desk.clock.after(seconds(1), forget)

    desk.clock.after(seconds(301), forget)
    desk.run("start", "--until", "17:55", "-m", "fixing bug")

    first = desk.json("diary")["segments"][0]
    assert said == ["1 segment without snapshots now.\n"]
    assert [capture["role"] for capture in first["captures"]] == ["screen"]


def test_r6_the_first_start_with_the_camera_asks_once(desk: Desk, video: VideoCamera) -> None:
    switch_on(desk, str(video.file))

    first = desk.run("start", "--for", "60s", "-m", "x", typed="y\n")
    desk.clock.advance(seconds(3600))
    second = desk.run("start", "--for", "60s", "-m", "x", typed="")

    assert QUESTION.format(source=video.file) in first.err
    assert "May it take camera snapshots?" not in second.err
    assert remark(desk) == (True, f"{video.file}, may be used", None)
    for segment in desk.json("diary")["segments"]:
        assert [capture["role"] for capture in segment["captures"]] == ["screen", "camera"]


def test_r6_who_says_no_is_not_asked_again_and_has_screenshots(
    desk: Desk, video: VideoCamera
) -> None:
    switch_on(desk, str(video.file))

    desk.run("start", "--for", "60s", "-m", "x", typed="n\n")

    assert states(desk) == [("screen", "taken")]
    assert remark(desk) == (True, f"{video.file}, was refused", None)


def test_r6_off_a_terminal_nobody_is_asked_and_the_camera_stays_shut(
    desk: Desk, video: VideoCamera
) -> None:
    switch_on(desk, str(video.file))

    answer = desk.run("start", "--for", "60s", "-m", "x")

    assert "`worklog config set camera-consent yes` does." in answer.err
    assert states(desk) == [("screen", "taken")]
    assert remark(desk) == (True, f"{video.file}, nobody was asked yet", None)


def test_r6_the_camera_is_off_by_default(desk: Desk) -> None:
    desk.settings('[capture]\nconsent = "yes"\nnotify = false\n')

    answer = desk.run("start", "--for", "60s", "-m", "x")

    assert "camera" not in answer.err
    assert states(desk) == [("screen", "taken")]
    assert remark(desk) == (True, "off", None)


def test_without_screenshots_there_is_no_word_of_the_camera(desk: Desk, video: VideoCamera) -> None:
    switch_on(desk, str(video.file), consent="yes")

    answer = desk.run("start", "--for", "60s", "-m", "x", "--no-screenshots")

    assert "camera" not in answer.err
    assert states(desk) == [("screen", "off")]


def test_r6_a_camera_that_is_not_there_is_told_and_stops_nothing(
    desk: Desk, video: VideoCamera
) -> None:
    switch_on(desk, str(video.file), consent="yes")
    video.unplug()

    answer = desk.run("start", "--for", "60s", "-m", "x")

    assert answer.status == 0
    assert f"The camera is on, and gives nothing yet: {video.file} is not there." in answer.err
    assert states(desk) == [("screen", "taken"), ("camera", "no-camera")]
    assert "camera 1, 17:47  none: no camera" in desk.ok("show", "@last")
    is_fine, message, fix = remark(desk)
    assert (is_fine, message) == (False, f"{video.file} is not there")
    assert fix is not None
    assert fix.startswith("Plug it in")


def test_r6_the_preview_shows_the_snapshot_before_anybody_agreed(
    desk: Desk, video: VideoCamera
) -> None:
    switch_on(desk, str(video.file))
    file = desk.home / "now.webp"

    data = desk.json("preview", "-o", str(file))

    assert data["captures"][1] == {
        "role": "camera",
        "monitor": 0,
        "state": "taken",
        "width": 160,
        "height": 120,
        "covered": 0,
        "covers": [],
    }
    assert data["files"] == [str(file), str(desk.home / "now-camera.webp")]
    assert "camera       taken, 160 x 120\n" in desk.ok("preview")


def test_the_preview_says_that_the_camera_is_covered(desk: Desk) -> None:
    switch_on(desk, "lavfi:color=black:size=64x48")

    assert "camera       nothing to see\n" in desk.ok("preview")


def test_the_page_of_the_diary_shows_the_snapshot_beside_the_screen(
    desk: Desk, video: VideoCamera
) -> None:
    switch_on(desk, str(video.file), consent="yes")
    desk.run("start", "--for", "60s", "-m", "x")

    page = Path(desk.json("diary", "--open")["file"]).read_text(encoding="utf-8")

    assert page.count("data:image/webp;base64,") == 3  # a thumbnail, and two large ones
    assert "<dt>picture</dt>" in page
    assert "<dt>snapshot</dt>" in page


def test_redacting_the_screen_says_that_the_snapshot_stays(desk: Desk, video: VideoCamera) -> None:
    switch_on(desk, str(video.file), consent="yes")
    desk.run("start", "--for", "60s", "-m", "x")

    answer = desk.run("redact", "@last", "--all")

    assert "The camera snapshot is as it was" in answer.err
    assert states(desk) == [("screen", "taken"), ("camera", "taken")]


def test_r6_a_snapshot_comes_from_the_program_where_the_setting_says_so(
    desk: Desk, video: VideoCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.settings(
        f'camera = true\ncamera-source = "{video.file}"\ncamera-consent = "yes"\n'
        'camera-way = "ffmpeg"\n[capture]\nconsent = "yes"\nnotify = false\n'
    )

    desk.run("start", "--for", "60s", "-m", "x")

    assert states(desk) == [("screen", "taken"), ("camera", "taken")]
    ways = [row for row in desk.json("doctor")["ways"] if row["port"] == "camera"]
    assert [(row["way"], row["works"], row["in_use"]) for row in ways] == [
        ("pyav", True, False),
        ("ffmpeg", True, True),
    ]
    desk.settings(f'camera-source = "{video.file}"\n')
    assert not any(row["in_use"] for row in desk.json("doctor")["ways"] if row["port"] == "camera")
    desk.settings('camera = true\ncamera-way = "ffmpeg"\n')
    monkeypatch.setenv("PATH", "/nowhere")
    assert remark(desk)[:2] == (False, "ffmpeg is not installed")
