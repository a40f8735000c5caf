"""Recovery: what a tracker left behind that ended without a word.

Where its lock is free and a session is open, its parts are sealed as they were last
known, with the mark `crash`, and the session is closed at that instant. Every step may
be repeated, so a kill in the middle of a recovery is recovered as well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from worklog.app.ports import Cache, Clock, Gap, Live, LiveCounts, TrackerLock
from worklog.domain.grid import SLOT_LENGTH
from worklog.domain.part import Part, Span
from worklog.domain.session import Ending, Session

CRASH: Final = "crash"
REBOOT: Final = "reboot"
_SECOND: Final = timedelta(seconds=1)


def is_left_behind(cache: Cache, lock: TrackerLock) -> bool:
    """Return whether a session is open that nobody tracks; changes nothing."""
    return cache.running_session() is not None and lock.holder() is None


def recover(
    cache: Cache, live: LiveCounts, lock: TrackerLock, clock: Clock, *, boot: str = ""
) -> Session | None:
    """Close what a dead tracker left open; return its session, None if there was none.

    Does nothing while a tracker runs. *boot* is the id of the current boot; a session of
    another boot leaves a gap with the reason `reboot`.
    """
    if cache.running_session() is None and not cache.open_parts():
        return None
    if not lock.acquire():
        return None
    try:
        return _recover(cache, live, clock, boot)
    finally:
        lock.release()


def _recover(cache: Cache, live: LiveCounts, clock: Clock, boot: str) -> Session | None:
    counts, session = live.read(), cache.running_session()
    for part in cache.open_parts():
        whole = last_known(part, counts, session)
        if whole.spans:
            cache.seal(replace(whole, marks=tuple(sorted({*whole.marks, CRASH}))))
        else:
            cache.discard_open(part.part_id)
    if session is None:
        live.clear()
        return None
    end = _last_instant(cache, session)
    now = clock.now()
    if now > end:
        was_rebooted = bool(boot and session.boot and boot != session.boot)
        reason = REBOOT if was_rebooted else CRASH
        cache.save_gap(Gap(end, now, reason, session.contract))
    closed = replace(session, ended=end, ending=Ending.CRASH)
    cache.save_session(closed)
    live.clear()
    return closed


def last_known(part: Part, live: Live | None, session: Session | None = None) -> Part:
    """Return *part* up to the last second that is known of it.

    *live* counts if it is of this part and not older than its flush. What has begun since
    the flush has the words of *session*, which are kept the moment they change.
    """
    if live is None or live.part_id != part.part_id or live.at < part.sealed:
        return part
    spans = _continued(part, live, session) if live.is_running else part.spans
    end = part.slot.start + timedelta(seconds=spans[-1].end) if spans else part.sealed
    return replace(part, spans=spans, activity=live.activity, sealed=max(part.sealed, end))


def _continued(part: Part, live: Live, session: Session | None) -> tuple[Span, ...]:
    """Return the spans of *part* with what *live* knows of the last one."""
    last = part.spans[-1] if part.spans else None
    if last is not None and (live.since is None or live.since <= last.start):
        return (*part.spans[:-1], replace(last, end=max(last.end, live.end)))
    opened = (part.opened - part.slot.start) // _SECOND
    start = max(opened if live.since is None else live.since, last.end if last else 0)
    if live.end <= start:
        return part.spans
    is_its_own = session is not None and session.contract == part.contract
    memo, label = (session.memo, session.label) if session and is_its_own else ("", "")
    return (*part.spans, Span(start, live.end, memo, label))


def _last_instant(cache: Cache, session: Session) -> datetime:
    """Return the end of the last tracked second of *session*; its start if it has none."""
    first = session.started - SLOT_LENGTH
    rows = cache.segments(first, session.started + timedelta(days=366), contract=session.contract)
    ends = [
        _end_of(part)
        for row in rows
        for part_id in row.segment.parts
        if (part := cache.part(part_id)) is not None
    ]
    return max([session.started, *ends])


def _end_of(part: Part) -> datetime:
    """Return where time ends in *part*, which may be sealed later: it was paused till then."""
    if not part.spans:
        return part.sealed  # its spans were erased
    return part.slot.start + timedelta(seconds=part.spans[-1].end)
