"""Days with real captures for tests of pages: sent by a tracker as any other's."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.service.tracker import Tracker
from tests.support.real_captures import RealCapture
from worklog.domain.activity import Activity
from worklog.domain.grid import Slot
from worklog.domain.ids import PartId, uuid7
from worklog.domain.part import Capture, CaptureState, Part, Span

MEMOS = (
    ("fixing login redirect", "dev"),
    ("fixing login redirect", "dev"),
    ("reading the new billing rules", "review"),
    ("work diary: hour rows", "dev"),
    ("call with Ada about scope", "meeting"),
    ("", ""),
    ("tests of the fold", "dev"),
)


def work(
    tracker: Tracker, starts: Sequence[datetime], captures: Sequence[RealCapture]
) -> list[Part]:
    """Record and send a segment at each of *starts*, with its capture where there are enough."""
    parts = [
        _part(tracker, start, number, captures[number] if number < len(captures) else None)
        for number, start in enumerate(starts)
    ]
    records = [tracker.seal(part) for part in parts]
    for first in range(0, len(records), 50):
        tracker.post(records[first : first + 50])
    for part, capture in zip(parts, captures, strict=False):
        answer = tracker.put_picture(part, 0, capture.picture.image, "image/webp")
        assert answer.status_code == 201, answer.text
    return parts


def hours(day: datetime, *spans: tuple[int, int]) -> list[datetime]:
    """Return the slots of *day* in spans of minutes after midnight."""
    return [
        day + timedelta(minutes=minute) for start, end in spans for minute in range(start, end, 10)
    ]


def _part(tracker: Tracker, start: datetime, number: int, capture: RealCapture | None) -> Part:
    slot = Slot.containing(start.astimezone(UTC))
    memo, label = MEMOS[number // 5 % len(MEMOS)]
    # Minutes as they come: mostly busy, some quiet, a few that nobody could tell of.
    minutes = [
        None
        if number % 23 == 22 and minute > 6
        else (0, 0, 0)
        if (number * 7 + minute * 3) % 11 < 2 + number % 3
        else (20 + (number * 13 + minute * 29) % 90, minute * number % 7, (number + minute) % 5)
        for minute in range(10)
    ]
    captures: tuple[Capture, ...] = ()
    if capture is not None:
        shot = capture.picture
        captures = (
            Capture(
                CaptureState.TAKEN,
                slot.start + timedelta(seconds=37 + number * 41 % 500),
                sha256=hashlib.sha256(shot.image).hexdigest(),
                thumbnail_sha256=hashlib.sha256(shot.thumbnail).hexdigest(),
                width=shot.width,
                height=shot.height,
            ),
        )
    return Part(
        part_id=PartId(uuid7(slot.start, secrets.token_bytes(10))),
        device=tracker.account.device,
        contract=tracker.account.contract,
        slot=slot,
        opened=slot.start,
        sealed=slot.end,
        spans=(Span(0, 600, memo, label),),
        activity=Activity.of_counts(minutes),
        application=capture.application if capture else None,
        title=capture.title if capture else None,
        captures=captures,
        zone="Europe/Berlin",
        utc_offset=3600,
    )
