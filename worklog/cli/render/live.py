"""What `worklog start` shows on a terminal: pure lines of text from one moment's view.

The class that puts them on a terminal is `worklog.cli.live`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from worklog.cli.render.line import Ink, Line, Piece, clip, length, spread, words, wrapped
from worklog.cli.render.look import Look
from worklog.cli.render.status import (
    StatusView,
    head_line,
    slot_line,
    state_words,
    warning_lines,
    week_lines,
)
from worklog.domain.cover_tally import CoverTally
from worklog.domain.wording import clock, length_of

if TYPE_CHECKING:
    from worklog.app.snapshot import Snapshot

_KEYS: Final[tuple[tuple[str, str, str], ...]] = (
    ("m", "memo", "memo"),
    ("l", "label", "label"),
    ("p", "pause", "pause"),
    ("r", "redact last", "redact"),
    ("d", "discard last", "discard"),
    ("q", "stop", "stop"),
)


@dataclass(frozen=True, slots=True)
class LiveView:
    """The tracker at one moment, as its display shows it.

    Attributes:
        status: What `worklog status` would show.
        application: Of the last capture; empty where unknown.
        title: Likewise.
        leaves_at: When the last capture may leave this machine; None if it never does.
        pause_since: Since when nothing is tracked; None while it is.
        until: When tracking ends by itself; None if it does not.
        typing: The line that is being typed (`memo: fix`); empty for none.
        said: The latest thing worth saying; empty for nothing.
    """

    status: StatusView
    application: str = ""
    title: str = ""
    leaves_at: datetime | None = None
    pause_since: datetime | None = None
    until: datetime | None = None
    typing: str = ""
    said: str = ""


def view_of(snapshot: Snapshot, *, typing: str = "", said: str = "") -> LiveView:
    """Return what to show of *snapshot*."""
    figures, capture = snapshot.figures, snapshot.capture
    is_fine = capture is None or capture.state == "taken"
    status = StatusView(
        now=snapshot.now,
        contract=snapshot.contract.name,
        client=snapshot.contract.client,
        memo=snapshot.memo,
        label=snapshot.label,
        is_tracking=not snapshot.pause,
        pause=snapshot.pause,
        since=snapshot.session.started,
        session_seconds=snapshot.session_seconds,
        today=figures.today,
        week=figures.week,
        limit=figures.limit,
        slot=None if snapshot.pause else snapshot.slot.start,
        tracked=snapshot.tracked,
        boxes=snapshot.boxes,
        is_capture_due=snapshot.is_capture_due,
        capture="ok" if capture is None or is_fine else capture.state,
        captured_at=None if capture is None or not is_fine else capture.taken_at,
        covered=CoverTally() if capture is None else capture.covered,
        warnings=snapshot.warnings,
    )
    return LiveView(
        status=status,
        application="" if capture is None else capture.application,
        title="" if capture is None else capture.title,
        leaves_at=None if capture is None else capture.leaves_at,
        pause_since=snapshot.pause_since,
        until=snapshot.until,
        typing=typing,
        said=said,
    )


def lines(view: LiveView, *, zone: tzinfo, look: Look) -> list[Line]:
    """Return the display: who, when, how much, the last picture, warnings, keys."""
    status = view.status
    shown = [head_line(status, look)]
    if status.slot is not None:
        shown.append(slot_line(status, zone, look))
    else:
        shown.append(_pause_line(view, zone, look))
    shown += [*week_lines(status, look), _capture_line(view, zone, look)]
    if view.until is not None:
        left = length_of(view.until - status.now)
        shown.append(
            clip([(f"  ends {clock(view.until, zone)}, in {left}", Ink.DIM)], look.width, look)
        )
    shown += warning_lines(status, look)
    if view.said:
        shown += wrapped(words(view.said), Ink.DOUBT, look, begin="  ", indent=2)
    shown.append(
        _typing_line(view, look) if view.typing else keys(look, is_paused=not status.is_tracking)
    )
    return shown


def keys(look: Look, *, is_paused: bool = False) -> Line:
    """Return the keys and what they do, as much of it as the width takes."""
    pieces: list[Piece] = []
    for is_short in (False, True):
        pieces = []
        for key, whole, short in _KEYS:
            what = "resume" if is_paused and key == "p" else short if is_short else whole
            pieces += [(f"  {key}", Ink.STRONG), (f" {what}", Ink.DIM)]
        if length(pieces) <= look.width:
            return tuple(pieces)
    return clip(pieces, look.width, look)


def _pause_line(view: LiveView, zone: tzinfo, look: Look) -> Line:
    if view.pause_since is None:
        return ()
    away = length_of(view.status.now - view.pause_since)
    text = f"  nothing is tracked since {clock(view.pause_since, zone)} ({away})"
    return clip([(text, Ink.UNKNOWN)], look.width, look)


def _capture_line(view: LiveView, zone: tzinfo, look: Look) -> Line:
    status = view.status
    if status.capture != "ok":
        text = f"  no picture: {state_words(status.capture)}; time and counts go on"
        return clip([(text, Ink.DOUBT)], look.width, look)
    if status.captured_at is None:
        return clip([("  no picture yet", Ink.DIM)], look.width, look)
    window = words(": ".join(filter(None, (view.application, view.title))))
    begin: list[Piece] = [
        (f"  last picture {clock(status.captured_at, zone)}", Ink.DIM),
        (f"  {window}" if window else "", Ink.TEXT),
    ]
    leaving = _leaving(view)
    room = look.width - length(begin) - length(leaving) - 2
    return spread(begin, [*_covered(view, room), *leaving], look.width, look)


def _covered(view: LiveView, room: int) -> list[Piece]:
    """Return what was covered, in as many words as *room* takes, and at least how much."""
    covered = view.status.covered
    if covered.is_empty:
        return []
    gap = "   " if view.leaves_at is not None else ""
    whole = f"covered: {covered}{gap}"
    share = f"{covered.permille / 10:g} % covered{gap}"
    return [(whole if len(whole) <= room else share, Ink.DIM)]


def _leaving(view: LiveView) -> list[Piece]:
    if view.leaves_at is None:
        return []
    left = view.leaves_at - view.status.now
    if left <= timedelta(0):
        return [("may leave now", Ink.DIM)]
    return [(f"leaves in {length_of(left)}", Ink.DOUBT)]


def _typing_line(view: LiveView, look: Look) -> Line:
    """Return the line that is typed, its end in sight, with a cursor."""
    text = words(view.typing)
    cursor = look.of("█", "_")
    room = look.width - 3
    while length([(text, Ink.STRONG)]) > room:
        text = text[1:]
    return ((f"  {text}", Ink.STRONG), (cursor, Ink.ACCENT))
