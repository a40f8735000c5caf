"""The installed tracker in a real terminal window, with real input, windows and pictures."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.support.effort import is_long
from tests.support.tracker_process import TrackerHome
from tests.support.until import until
from tests.support.x11 import XServer, XWindow, terminal, window, window_manager, xdotool, xvfb
from worklog.app.ports import Box
from worklog.clock import SystemClock
from worklog.domain.grid import Slot
from worklog.domain.part import Part

COLOUR = 0x336699
SECONDS = 90 if is_long() else 14


@pytest.fixture
def home(tmp_path: Path) -> TrackerHome:
    made = TrackerHome(tmp_path / "home")
    (tmp_path / "home" / "config").mkdir(parents=True)
    # The consent of a person who has been asked before.
    (tmp_path / "home" / "config" / "config.toml").write_text('[capture]\nconsent = "yes"\n')
    return made


@contextmanager
def desktop() -> Iterator[tuple[XServer, XWindow]]:
    """Run a desktop with an editor that has the keyboard and lies beside everything else."""
    with (
        xvfb() as server,
        window_manager(server),
        window(
            server,
            application="Editor",
            title="main.py — bug",
            colour=COLOUR,
            box=Box(700, 400, 500, 350),
        ) as editor,
    ):
        editor.focus()
        yield server, editor


def in_window(home: TrackerHome, *words: str) -> list[str]:
    """Return the command that runs worklog in a terminal window."""
    return [
        "env",
        f"WORKLOG_HOME={home.folder}",
        *home.program,
        *words,
    ]


def room_in_minute(seconds: int) -> datetime:
    """Return now, once a minute has *seconds* left and its slot has too."""
    clock = SystemClock()
    until(lambda: clock.now().second < 60 - seconds, within_s=60)
    return clock.now()


def minute_of(instant: datetime) -> int:
    return (instant - Slot.containing(instant).start) // timedelta(minutes=1)


@pytest.mark.timeout(300)
def test_a_tracker_in_a_terminal_window_records_just_what_was_done(home: TrackerHome) -> None:
    """Exact counts, the right window, a readable picture, green boxes for just that minute."""
    with desktop() as (server, editor):
        words = ("start", "--for", f"{SECONDS}s", "-m", "fixing bug")
        with terminal(server, title="worklog", command=in_window(home, *words)):
            editor.focus()
            until(lambda: is_tracking(home))
            at = room_in_minute(8)
            # Only the pointer moves over the editor; moving is no activity.
            xdotool(server, "mousemove", "950", "600")
            xdotool(server, "type", "--delay", "8", "the quick brown fox")
            xdotool(server, "click", "--repeat", "7", "--delay", "20", "1")
            xdotool(server, "click", "--repeat", "5", "--delay", "20", "5")
            ended = SystemClock().now()
            until(lambda: not is_tracking(home), within_s=SECONDS + 20)

    assert minute_of(ended) == minute_of(at), "the machine is too slow for this test"
    parts = home.parts()
    # A capture is taken before the end at the latest; over a slot's end there are two parts.
    assert_recorded(parts, Slot.containing(at), minute_of(at))
    total = sum(part.tracked_seconds for part in parts)
    assert abs(total - SECONDS) <= 1
    assert {span.memo for part in parts for span in part.spans} == {"fixing bug"}
    assert {(part.application, part.title) for part in parts} == {("Editor", "main.py — bug")}
    assert_pictured(home, parts)
    assert home.findings() == []
    status = home.answer("status")
    assert status["tracking"] is False


def is_tracking(home: TrackerHome) -> bool:
    return Path(home.places.status_file).exists()


def assert_recorded(parts: list[Part], slot: Slot, minute: int) -> None:
    green = {
        (part.slot, number)
        for part in parts
        for number, is_active in enumerate(part.activity.active)
        if is_active
    }
    assert green == {(slot, minute)}
    (part,) = [part for part in parts if part.slot == slot]
    counts = (part.activity.keys, part.activity.clicks, part.activity.scrolls)
    assert tuple(column[minute] for column in counts) == (19, 7, 5)
    known = [is_active for part in parts for is_active in part.activity.active]
    assert known.count(False) == len([box for box in known if box is not None]) - 1


def assert_pictured(home: TrackerHome, parts: list[Part]) -> None:
    with home.cache() as cache:
        stored = cache.pictures([part.part_id for part in parts])
        assert len(stored) == len(parts)
        for picture in stored:
            with Image.open(io.BytesIO(cache.image(picture))) as image:
                assert image.format == "WEBP"
                assert image.size == (1280, 800)
                seen = image.convert("RGB").getpixel((950, 600))
            assert isinstance(seen, tuple)
            wanted = COLOUR.to_bytes(3, "big")
            assert all(abs(a - b) < 12 for a, b in zip(seen, wanted, strict=True))
            for file in (picture.file, picture.thumbnail):
                assert os.stat(file).st_mode & 0o777 == 0o600  # noqa: PTH116 -- as ls shows it


def test_f06_closing_the_terminal_window_seals_and_ends(home: TrackerHome) -> None:
    with xvfb() as server, terminal(server, title="t", command=in_window(home, "start")):
        until(lambda: is_tracking(home))
        until(lambda: home.answer("status")["session_seconds"] >= 1)

    until(lambda: not is_tracking(home))
    (part,) = home.parts()
    with home.cache() as cache:
        session = cache.last_session()
        assert cache.open_parts() == []
    assert session is not None
    assert session.ending == "hang-up"
    assert part.marks == ()
    assert part.captures == ()  # nobody is there any more: no picture (R3)


def test_f06_with_hangup_continue_the_tracker_outlives_its_window(home: TrackerHome) -> None:
    home.environ["WORKLOG_HANGUP"] = "continue"
    command = in_window(home, "start", "-m", "on")
    command.insert(1, "WORKLOG_HANGUP=continue")
    with xvfb() as server:
        with terminal(server, title="t", command=command):
            until(lambda: is_tracking(home))

        home.answer("memo", "without a window")
        until(lambda: home.answer("status")["memo"] == "without a window")
        stopped = home.answer("stop")

    assert stopped["ended"] is not None
    assert home.findings() == []
