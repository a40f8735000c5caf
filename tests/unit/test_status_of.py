"""From the tracker's snapshot to what prompts and bars are told, tick by tick."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.snapshots import BOXES, CAPTURE, NOW, SECOND, SNAPSHOT
from worklog.app import status
from worklog.app.events import Event, EventKind
from worklog.app.status import OpenSegment, TrackerStatus, status_of
from worklog.cli.status_file import StatusFile


def test_the_status_is_the_snapshot_without_window_and_with_seconds_of_one_moment() -> None:
    assert status_of(SNAPSHOT) == TrackerStatus(
        since=NOW - timedelta(hours=1),
        as_of=NOW,
        contract="Acme site",
        session="s1",
        memo="fixing login",
        label="dev",
        session_seconds=3000,
        today=status.Figures(3600, 3420),
        week=status.Figures(7200, 7020),
        limit_seconds=144_000,
        segment=OpenSegment(datetime(2026, 11, 19, 10, 40, tzinfo=UTC), BOXES),
        captured_at=NOW - 60 * SECOND,
        warnings=("Disk is nearly full.",),
    )


def test_in_a_pause_no_segment_is_open_and_nothing_is_added() -> None:
    paused = status_of(replace(SNAPSHOT, pause="idle", pause_since=NOW))

    assert (paused.paused, paused.segment) == ("idle", None)
    assert paused.today.tracked_seconds == 3400


def test_a_capture_that_failed_is_named_and_has_no_moment() -> None:
    failed = status_of(replace(SNAPSHOT, capture=replace(CAPTURE, state="denied")))
    none_yet = status_of(replace(SNAPSHOT, capture=None))

    assert (failed.capture, failed.captured_at) == ("denied", None)
    assert (none_yet.capture, none_yet.captured_at) == ("ok", None)


def test_without_a_limit_there_is_none() -> None:
    unlimited = replace(SNAPSHOT, figures=replace(SNAPSHOT.figures, limit=None))

    assert status_of(unlimited).limit_seconds is None


def test_ten_minutes_of_ticks_write_the_file_only_on_news(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    file = StatusFile(path, pid=7, boot="b")
    contents = set()

    for second in range(600):
        now = NOW + second * SECOND + timedelta(milliseconds=13 * second)
        minute = now.minute % 10
        green = tuple(True if m <= minute else None for m in range(10))
        file.tick(replace(SNAPSHOT, now=now, session_seconds=3000 + second, boxes=green))
        contents.add(path.read_text())
    file.event(Event(EventKind.MEMO, NOW, "Memo set."))

    assert len(contents) <= 14  # one a minute for its box, and where seconds drifted
    assert "CANARY" not in json.dumps(sorted(contents))
