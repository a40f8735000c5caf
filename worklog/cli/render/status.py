"""How tracking stands: five lines, one word for a prompt, a template for anything else."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from worklog.cli.outstanding import Outstanding
from worklog.cli.render.boxes import of_open_slot, share_bar
from worklog.cli.render.line import (
    Ink,
    Line,
    Piece,
    clip,
    length,
    paint_all,
    plain,
    spread,
    words,
    wrapped,
)
from worklog.cli.render.look import Look
from worklog.domain.cover_tally import CoverTally
from worklog.domain.grid import SLOT_LENGTH
from worklog.domain.grouping import Totals
from worklog.domain.part import CaptureState
from worklog.domain.times import in_words as moment_in_words
from worklog.domain.wording import (
    amounts,
    clock,
    count,
    describe,
    hours,
    length_of,
    stopwatch,
)
from worklog.errors import UsageError

if TYPE_CHECKING:
    from worklog.app.reminding import Told

UNKNOWN: Final = (None,) * 10
NOTHING: Final = (0,) * 10
STOPPED: Final = 'Not tracking. Start with: worklog start -m "what you do"'


@dataclass(frozen=True, slots=True)
class StatusView:
    """How things stand at one moment.

    Attributes:
        now: That moment.
        contract: Name of the running contract, or of the last one; empty without any.
        client: Who pays it.
        memo: In force; empty while stopped.
        label: Likewise.
        is_tracking: Whether time is being tracked at this moment.
        pause: Why it is not, though a session runs: `pause`, `idle`, `suspend`, `lock`.
        since: When the session began; None while stopped.
        session_seconds: Tracked in this session [s]; not the bill.
        today: Of the contract.
        week: Of the contract's billing week.
        limit: Of that week; None without one.
        locks_at: When that week locks; None where it never does.
        slot: Start of the open slot; None while nothing is recorded.
        tracked: Seconds tracked in each of its minutes [s].
        boxes: Its boxes so far.
        is_capture_due: A picture of the slot is still to come.
        capture: `ok`, or what the last capture came to (`no-display`, …).
        captured_at: When the last picture was taken; None before the first.
        covered: How much of it was covered.
        outbox: What waits for a diary service, and why.
        reminders: Weeks that are about to lock and are not ready for it.
        warnings: What is wrong now, one sentence each.
    """

    now: datetime
    contract: str = ""
    client: str = ""
    memo: str = ""
    label: str = ""
    is_tracking: bool = False
    pause: str = ""
    since: datetime | None = None
    session_seconds: int = 0
    today: Totals = field(default_factory=Totals)
    week: Totals = field(default_factory=Totals)
    limit: timedelta | None = None
    locks_at: datetime | None = None
    slot: datetime | None = None
    tracked: tuple[int, ...] = NOTHING
    boxes: tuple[bool | None, ...] = UNKNOWN
    is_capture_due: bool = False
    capture: str = "ok"
    captured_at: datetime | None = None
    covered: CoverTally = field(default_factory=CoverTally)
    outbox: Outstanding = field(default_factory=Outstanding)
    reminders: tuple[Told, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether a session runs, paused or not."""
        return self.is_tracking or bool(self.pause)

    @property
    def limit_left(self) -> timedelta | None:
        """Billable time left this week, never below zero; None without a limit."""
        if self.limit is None:
            return None
        return max(timedelta(), self.limit - timedelta(seconds=self.week.billed_seconds))


# --- Text -----------------------------------------------------------------------------


def status(view: StatusView, *, zone: tzinfo, look: Look) -> str:
    """Return `worklog status`: up to five lines, then what is wrong."""
    return paint_all(lines(view, zone=zone, look=look), look)


def lines(view: StatusView, *, zone: tzinfo, look: Look) -> list[Line]:
    """Return the lines of `status` before they are painted."""
    if not view.is_running:
        shown = wrapped(STOPPED, Ink.TEXT, look)
        if view.contract:
            shown += week_lines(view, look, name=view.contract)
            shown = _with_lock(shown, view, zone, look)
    else:
        shown = [head_line(view, look)]
        if view.slot is not None:
            shown.append(slot_line(view, zone, look))
        shown += [*week_lines(view, look), capture_line(view, zone, look)]
        shown = _with_lock(shown, view, zone, look)
    shown += _waiting_lines(view, zone, look)
    for told in view.reminders:
        shown += wrapped(words(told.sentence), Ink.DOUBT, look, begin="  ", indent=4)
    return [*shown, *warning_lines(view, look)]


def head_line(view: StatusView, look: Look) -> Line:
    """Return contract, memo and label, and the stopwatch."""
    sign: Piece = ("● ", Ink.ACTIVE) if view.is_tracking else (look.of("‖ ", "= "), Ink.UNKNOWN)
    named: list[Piece] = [sign, (words(view.contract), Ink.STRONG), ("   ", Ink.TEXT)]
    named += [(words(describe(view.memo, view.label)), Ink.TEXT if view.memo else Ink.DIM)]
    if view.pause:
        named[1:1] = [(_paused(view.pause), Ink.UNKNOWN)]
    return spread(named, [(stopwatch(view.session_seconds), Ink.STRONG)], look.width, look)


def _paused(reason: str) -> str:
    return "paused  " if reason == "pause" else f"paused ({reason})  "


def slot_line(view: StatusView, zone: tzinfo, look: Look) -> Line:
    """Return the open slot: its time, its boxes, and whether a picture is to come."""
    if view.slot is None:
        return ()
    until = view.slot + SLOT_LENGTH
    to_come = "one picture still to come" if view.is_capture_due else ""
    line: list[Piece] = [
        (f"  {clock(view.slot, zone)}\N{EN DASH}{clock(until, zone)}  ", Ink.TEXT),
        *of_open_slot(view.tracked, view.boxes, look),
        (f"   {to_come}", Ink.DIM),
    ]
    return clip(line, look.width, look)


def week_lines(view: StatusView, look: Look, *, name: str = "") -> list[Line]:
    """Return today and the week, each billed beside tracked, and what the limit leaves.

    Two lines where one is too narrow.
    """
    today, week = view.today, view.week
    begin: list[Piece] = [
        (f"  {words(name)}  today " if name else "  today ", Ink.DIM),
        (hours(today.billed_seconds), Ink.STRONG),
        (f" billed · {hours(today.tracked_seconds)} tracked", Ink.TEXT),
    ]
    end: list[Piece] = [("week ", Ink.DIM), (hours(week.billed_seconds), Ink.STRONG)]
    if view.limit is not None and view.limit_left is not None:
        limit = view.limit.total_seconds()
        end.append((f" of {hours(limit)}, {hours(view.limit_left.total_seconds())} left", Ink.TEXT))
        bar = share_bar(week.billed_seconds, limit, look)
        if length(begin) + length(end) + length(bar) + 5 <= look.width:  # a line takes the bar too
            end += [("  ", Ink.TEXT), *bar]
    else:
        end.append((f" billed · {hours(week.tracked_seconds)} tracked", Ink.TEXT))
    if length(begin) + length(end) + 3 > look.width:
        return [clip(begin, look.width, look), clip([("  ", Ink.TEXT), *end], look.width, look)]
    return [spread(begin, end, look.width, look)]


def capture_line(view: StatusView, zone: tzinfo, look: Look) -> Line:
    """Return when the last picture was taken, or why there is none."""
    if view.capture != "ok":
        text, ink = f"  no picture: {state_words(view.capture)}", Ink.DOUBT
    elif view.captured_at is None:
        text, ink = "  no picture yet", Ink.DIM
    else:
        covered = "" if view.covered.is_empty else f"  covered: {view.covered}"
        text, ink = f"  last picture {clock(view.captured_at, zone)}{covered}", Ink.TEXT
    return clip([(text, ink)], look.width, look)


def state_words(state: str) -> str:
    """Return a capture's state in words; one that is not known as it is."""
    from worklog.domain.segment_words import STATES

    try:
        return STATES[CaptureState(state)]
    except ValueError:
        return words(state)


def warning_lines(view: StatusView, look: Look) -> list[Line]:
    """Return what is wrong now, whole sentences."""
    return [
        line
        for text in (*view.warnings, *view.outbox.warnings)
        for line in wrapped(words(text), Ink.DOUBT, look, begin="  ! ", indent=4)
    ]


def _with_lock(shown: list[Line], view: StatusView, zone: tzinfo, look: Look) -> list[Line]:
    """Return *shown* with when the week locks, at the end of its last line if there is room."""
    if view.locks_at is None:
        return shown
    text = f"week locks {moment_in_words(view.locks_at, zone)}"
    if length(shown[-1]) + len(text) + 3 <= look.width:
        return [*shown[:-1], spread(shown[-1], [(text, Ink.DIM)], look.width, look)]
    return [*shown, clip([(f"  {text}", Ink.DIM)], look.width, look)]


def _waiting_lines(view: StatusView, zone: tzinfo, look: Look) -> list[Line]:
    outbox = view.outbox
    things = [
        count(outbox.segments, "segment") if outbox.segments else "",
        f"pictures of {count(outbox.pictured, 'part')}" if outbox.pictured else "",
        count(outbox.amendments, "change") if outbox.amendments else "",
    ]
    waiting = " and ".join(filter(None, things))
    if not waiting:
        return []
    worth = f", worth {amounts(outbox.amounts)}" if outbox.amounts else ""
    why = f"; {outbox.why}" if outbox.why else ""
    lock = ""
    if outbox.locks_at is not None:
        left = length_of(outbox.locks_at - view.now)
        late = f"late after {moment_in_words(outbox.locks_at, zone)}, in {left}"
        lock = f"; {late if outbox.locks_at > view.now else 'late already'}"
    text = f"{waiting} not uploaded yet{worth}{why}{lock}"
    return wrapped(text, Ink.DOUBT, look, begin="  ", indent=4)


# --- Formats --------------------------------------------------------------------------

FIELDS: Final[Mapping[str, str]] = {
    "contract": "name of the contract",
    "client": "who pays",
    "memo": "what you are working on",
    "label": "activity label",
    "state": "tracking, paused or stopped",
    "session": "tracked in this session, 0:47",
    "stopwatch": "the same with seconds, 0:47:12",
    "today": "billed today",
    "today_tracked": "tracked today",
    "week": "billed this week",
    "week_tracked": "tracked this week",
    "limit": "weekly limit, empty without one",
    "left": "what it leaves, empty without one",
    "boxes": "the ten boxes of the open segment",
    "level": "how many of them are green",
    "sign": "one character for the state",
}


def formatted(view: StatusView, form: str, *, look: Look) -> str:
    """Return *view* as `prompt`, `waybar`, or by a template such as `{contract} {session}`.

    Raises:
        UsageError: the template names a field that there is not, or is malformed.
    """
    if form == "prompt":
        return prompt(view, look)
    if form == "waybar":
        return waybar(view, look)
    return template(view, form, look)


def prompt(view: StatusView, look: Look) -> str:
    """Return a few characters for a shell prompt; empty while stopped."""
    if not view.is_running:
        return ""
    values = fields(view, look)
    return f"{values['sign']} {values['contract']} {values['session']}"


def waybar(view: StatusView, look: Look) -> str:
    """Return the JSON line that waybar's custom modules read; words are escaped for Pango."""
    from html import escape

    values = {name: escape(value, quote=False) for name, value in fields(view, look).items()}
    text = f"{values['sign']} {values['contract']} {values['session']}"
    tip = [describe(values["memo"], values["label"])] if view.is_running else [STOPPED]
    tip.append(f"today {values['today']} billed, {values['today_tracked']} tracked")
    limit = f" of {values['limit']}" if values["limit"] else ""
    tip.append(f"week {values['week']}{limit}")
    warnings = (*view.warnings, *view.outbox.warnings)
    tip += [escape(words(warning), quote=False) for warning in warnings]
    return json.dumps(
        {
            "text": text if view.is_running else "",
            "alt": values["state"],
            "tooltip": "\n".join(tip),
            "class": [values["state"], *(["warning"] if warnings else [])],
            "percentage": _percentage(view),
        }
    )


def template(view: StatusView, form: str, look: Look) -> str:
    """Return *form* with its fields filled in; `{{` is a brace.

    Raises:
        UsageError: a field is not known, or a brace has no partner.
    """
    values = fields(view, look)
    try:
        pieces = list(string.Formatter().parse(form))
    except ValueError as error:
        msg = f"{form!r} is no template: {error}."
        raise UsageError(msg, hint="Write fields as {contract}, and a brace as {{ or }}.") from None
    text = ""
    for literal, name, spec, conversion in pieces:
        text += literal
        if name is None:
            continue
        if name not in values or spec or conversion:
            asked = f"{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}"
            msg = f"there is no field {{{words(asked)}}}"
            raise UsageError(msg, hint=f"Use one of: {', '.join(FIELDS)}.")
        text += values[name]
    return text


def fields(view: StatusView, look: Look) -> Mapping[str, str]:
    """Return the value of every name in `FIELDS`."""
    state = "tracking" if view.is_tracking else "paused" if view.pause else "stopped"
    sign = {
        "tracking": plain("●", look),
        "paused": look.of("‖", "="),
        "stopped": look.of("○", "-"),
    }[state]
    boxes = of_open_slot(view.tracked, view.boxes, look) if view.slot is not None else ()
    left = view.limit_left
    return {
        "contract": words(view.contract),
        "client": words(view.client),
        "memo": words(view.memo),
        "label": words(view.label),
        "state": state,
        "session": hours(view.session_seconds),
        "stopwatch": stopwatch(view.session_seconds),
        "today": hours(view.today.billed_seconds),
        "today_tracked": hours(view.today.tracked_seconds),
        "week": hours(view.week.billed_seconds),
        "week_tracked": hours(view.week.tracked_seconds),
        "limit": "" if view.limit is None else hours(view.limit.total_seconds()),
        "left": "" if left is None else hours(left.total_seconds()),
        "boxes": "".join(text for text, _ in boxes),
        "level": str(sum(box is True for box in view.boxes)),
        "sign": sign,
    }


def _percentage(view: StatusView) -> int:
    if not view.limit:
        return 0
    return min(100, int(view.week.billed_seconds * 100 // view.limit.total_seconds()))
