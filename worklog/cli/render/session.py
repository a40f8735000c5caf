"""What a session came to, in one line: the answer of `stop` and what a display leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from worklog.cli.render.line import words
from worklog.domain.contract import Contract
from worklog.domain.part import Role
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Ending, Session
from worklog.domain.wording import clock, count, describe, hours

_WHY = {
    Ending.STOP: "",
    Ending.SWITCH: "Switched to another contract.",
    Ending.HANG_UP: "The terminal was closed.",
    Ending.SIGNAL: "",
    Ending.IDLE: "Nobody was there.",
    Ending.TIME_UP: "The time was up.",
    Ending.LIMIT: "The weekly limit is reached.",
    Ending.CRASH: "The tracker had died; nothing that was sealed is lost.",
}


def stopped(
    session: Session, contract: Contract | None, rows: Sequence[BilledSegment], zone: tzinfo
) -> str:
    """Return what *session* recorded: who, when, how long; and in a line below, what."""
    name = contract.name if contract is not None else "an unknown contract"
    live = [row.segment for row in rows if not row.segment.is_deleted]
    tracked = sum(segment.tracked_seconds for segment in live)
    taken = [
        picture.capture.role
        for segment in live
        for picture in segment.pictures
        if picture.capture.has_picture
    ]
    snapshots = taken.count(Role.CAMERA)
    with_camera = f", {count(snapshots, 'snapshot')}" if snapshots else ""
    until = clock(session.ended, zone) if session.ended is not None else "now"
    what = words(describe(session.memo, session.label, otherwise=""))
    said = f"\n  {what}" if what else ""
    figures = (
        f"{words(name)}: {hours(tracked)} tracked from {clock(session.started, zone)} to {until}, "
        f"{count(len(live), 'segment')}, {count(len(taken) - snapshots, 'picture')}"
        f"{with_camera}{said}"
    )
    why = _WHY.get(session.ending, "") if session.ending is not None else ""
    return " ".join(filter(None, (why, figures)))
