"""The installed tracker without a display: in tmux as over SSH, and in a bare terminal."""

from __future__ import annotations

import os
import pty
import shlex
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.tmux import TmuxServer, named, tmux_server
from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.until import until
from worklog.capture.terminal_picture import BACK
from worklog.clock import SystemClock

SECONDS = 12
UNCOUNTED = (None,) * 10


@pytest.fixture
def server() -> Iterator[TmuxServer]:
    with tmux_server() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> TrackerHome:
    made = TrackerHome(tmp_path / "home")
    (tmp_path / "home" / "config").mkdir(parents=True)
    # The consent of a person who has been asked before.
    (tmp_path / "home" / "config" / "config.toml").write_text('[capture]\nconsent = "yes"\n')
    return made


def start_in_tmux(server: TmuxServer, home: TrackerHome, *words: str) -> None:
    """Start a tracker in a window that nobody looks at."""
    command = ["env", f"WORKLOG_HOME={home.folder}", *home.program, "start", *words]
    server.tmux("new-window", "-d", shlex.join(command))
    until(lambda: is_tracking(home), within_s=20)


def is_tracking(home: TrackerHome) -> bool:
    return Path(home.places.status_file).exists()


def await_end(home: TrackerHome) -> None:
    until(lambda: not is_tracking(home), within_s=SECONDS + 30)


def room_in_minute(seconds: int) -> None:
    """Return once the minute under way has *seconds* left."""
    clock = SystemClock()
    until(lambda: clock.now().second < 60 - seconds, within_s=60)


def await_quiet(server: TmuxServer) -> None:
    """Return in another second than that of the last input: tmux knows no finer time."""
    last = int(server.tmux("list-clients", "-F", "#{client_activity}"))
    until(lambda: SystemClock().now_ms() // 1000 > last)


def segment(home: TrackerHome) -> Any:  # noqa: ANN401 -- as of `answer`
    return home.answer("show", "@last")["segment"]


def known(boxes: list[bool | None]) -> list[bool]:
    return [box for box in boxes if box is not None]


@pytest.mark.timeout(300)
def test_f40_a_tracker_in_tmux_records_the_pane_and_the_minutes_with_input(
    home: TrackerHome, server: TmuxServer
) -> None:
    with server.attached("new-session", "bash", "--norc") as client:
        # The picture may be taken at any moment from the start on.
        client.type("printf '\\033]2;main.py\\033\\\\'; PS1='$ '; echo hello from the pane\n")
        until(lambda: server.tmux("display-message", "-p", "#{pane_title}") == "main.py\n")
        room_in_minute(SECONDS + 5)
        start_in_tmux(server, home, "--for", f"{SECONDS}s", "-m", "fixing bug")
        until(lambda: home.answer("status")["session_seconds"] >= 2)
        client.type("echo typed while tracking\n")
        await_end(home)

    shown = segment(home)
    (capture,) = shown["captures"]
    assert (shown["application"], shown["title"]) == ("bash", "main.py")
    assert True in known(shown["boxes"])
    assert {tuple(shown[field]) for field in ("keys", "clicks", "scrolls")} == {UNCOUNTED}
    assert (capture["state"], capture["monitor"]) == ("taken", 0)
    with Image.open(capture["file"]) as picture:
        assert (picture.format, picture.size) == ("WEBP", (800, 456))
        grey = picture.convert("L")
    assert grey.getpixel((790, 450)) == pytest.approx(BACK[0], abs=6)  # nothing down there
    assert max(grey.crop((0, 0, 800, 60)).tobytes()) > 150  # and text at the top
    with Image.open(capture["thumbnail"]) as thumbnail:
        assert thumbnail.width <= 480
    assert home.findings() == []


@pytest.mark.timeout(300)
def test_r8_keys_that_a_program_sends_to_a_pane_are_nobody_s_input(
    home: TrackerHome, server: TmuxServer
) -> None:
    """A minute in which nobody typed is known to be without input, whatever panes read."""
    with server.attached("new-session", named("Editor")):
        room_in_minute(SECONDS + 5)
        await_quiet(server)
        start_in_tmux(server, home, "--for", f"{SECONDS}s")
        for _ in range(5):
            server.tmux("send-keys", "-t", ":0", "make", "Enter")
        await_end(home)

    assert set(known(segment(home)["boxes"])) == {False}


@pytest.mark.timeout(300)
def test_r13_with_no_terminal_attached_minutes_are_unknown_and_not_idle(
    home: TrackerHome, server: TmuxServer
) -> None:
    server.tmux("new-session", "-d", named("Editor"))

    start_in_tmux(server, home, "--for", "5s")
    await_end(home)

    shown = segment(home)
    assert known(shown["boxes"]) == []
    assert [capture["state"] for capture in shown["captures"]] == ["no-display"]


@pytest.mark.timeout(300)
def test_f40_over_ssh_without_tmux_there_are_minutes_and_no_picture(home: TrackerHome) -> None:
    keyboard, inside = pty.openpty()
    tty.setraw(inside)
    home.environ["SSH_TTY"] = os.ttyname(inside)
    try:
        room_in_minute(25)
        with TrackerProcess(home, "--for", "12s") as tracker:
            tracker.wait_for("started")
            # The kernel moves a terminal's time once in eight seconds.
            until(lambda: typed(keyboard, inside) and tracker.is_over_within(0.3), within_s=40)
            assert tracker.wait() == 0
    finally:
        os.close(keyboard)
        os.close(inside)

    shown = segment(home)
    assert known(shown["boxes"]) == [True]
    assert tuple(shown["keys"]) == UNCOUNTED
    assert [capture["state"] for capture in shown["captures"]] == ["no-display"]


def typed(keyboard: int, inside: int) -> bool:
    os.write(keyboard, b"a")
    return os.read(inside, 1) == b"a"


def test_preview_and_doctor_tell_of_the_ways_in_tmux(home: TrackerHome, server: TmuxServer) -> None:
    with server.attached("new-session", named("Editor", "main.py")):
        home.environ["TMUX_TMPDIR"] = server.environ["TMUX_TMPDIR"]
        until(lambda: "main.py" in home.run("preview").stdout, within_s=20)
        preview = home.run("preview").stdout
        doctor = home.run("doctor", "--json").stdout

    assert "taken, 800 x 456" in preview
    assert "application  Editor" in preview
    assert '"way": "tmux", "works": true' in doctor
    assert '"way": "terminal", "works": true' in doctor
