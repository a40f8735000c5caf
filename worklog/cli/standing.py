"""How things stand, for `status`: from the cache and what the tracker says of itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import typer

from worklog.app.figures import figures
from worklog.cli.outstanding import outstanding
from worklog.cli.render.status import StatusView, formatted, status
from worklog.cli.status_file import is_alive, read_status
from worklog.clock import boot_id
from worklog.domain.cover_tally import CoverTally
from worklog.domain.lock import locks_at, near_locks
from worklog.domain.part import per_minute
from worklog.errors import UsageError

if TYPE_CHECKING:
    from worklog.app.reminding import Told
    from worklog.cli.context import AppContext

WATCH_EVERY_S: Final = 1.0
CLEAR: Final = "\x1b[H\x1b[2J"
TEXT_FORMS: Final = ("text", "json")
OUTBOX_FORMS: Final = (*TEXT_FORMS, "waybar")  # a prompt has no room for it, and no time


def show_status(context: AppContext, *, form: str, goes_on: bool) -> None:
    """Show how things stand; with *goes_on* again every second until Ctrl-C."""
    if not goes_on:
        _status_once(context, form)
        return
    if context.output.is_json:
        msg = "--watch is for people, and --json is for programs."
        raise UsageError(msg, hint="Programs read the status file; see worklog(1).")
    nobody = threading.Event()
    while True:
        typer.echo(CLEAR, nl=False)
        _status_once(context, form)
        context.clock.wait(WATCH_EVERY_S, wake=nobody)


def _status_once(context: AppContext, form: str) -> None:
    view = status_view(context)
    if context.output.is_json or form in OUTBOX_FORMS:
        view = replace(view, outbox=outstanding(context))
    if context.output.is_json or form in TEXT_FORMS:
        view = replace(view, reminders=_reminders(context, view.now))

    def data() -> dict[str, Any]:
        from worklog.cli.json import status_view as as_json

        return as_json(view)

    context.output.result(
        data,
        lambda: (
            status(view, zone=context.zone, look=context.look)
            if form in TEXT_FORMS
            else formatted(view, form, look=context.look)
        ),
    )


def status_view(context: AppContext) -> StatusView:
    """Return how things stand, from the cache and what the tracker says of itself."""
    session = context.cache.running_session()
    is_alive_now = session is not None and context.lock.holder() is not None
    last = session or context.cache.last_session()
    contract = context.tracking.by_id(last.contract) if last is not None else None
    now = context.clock.now()
    if last is None or contract is None:
        return StatusView(now=now)
    found = figures(
        context.cache, contract, now=now, zone=context.zone, open_parts=context.open_parts()
    )
    view = StatusView(
        now=now,
        contract=contract.name,
        client=contract.client,
        today=found.today,
        week=found.week,
        limit=found.limit,
        locks_at=locks_at(contract, context.slot_of(now)),
    )
    if session is None:
        return view
    if not is_alive_now:
        left = "The tracker ended without a word; `worklog stop` closes what it left behind."
        return replace(view, warnings=(left,))
    rows = [
        row
        for row in context.rows(session.started - timedelta(minutes=10), now, contract)
        if session.started <= (row.segment.first or now)
    ]
    seconds = sum(row.segment.tracked_seconds for row in rows)
    view = replace(
        view,
        memo=session.memo,
        label=session.label,
        is_tracking=True,
        since=session.started,
        session_seconds=seconds,
    )
    return _as_told(context, _with_open_slot(context, view, now))


def _reminders(context: AppContext, now: datetime) -> tuple[Told, ...]:
    """Return what to say of weeks that are about to lock; quick where none is."""
    within = context.settings.review.remind
    if not within or not near_locks(context.cache.contracts(), now, within=within):
        return ()
    from worklog.cli.reviewing import reminders_now

    return reminders_now(context)


def _with_open_slot(context: AppContext, view: StatusView, now: datetime) -> StatusView:
    for part in context.open_parts():
        if part.slot == context.slot_of(now):
            spans = tuple((span.start, span.end) for span in part.spans)
            return replace(
                view,
                slot=part.slot.start,
                tracked=per_minute(spans),
                boxes=part.activity.active,
                is_capture_due=not part.captures,
            )
    return view


def _as_told(context: AppContext, view: StatusView) -> StatusView:
    """Add what only the running tracker knows: pause, capture health, warnings."""
    told = read_status(context.places.status_file)
    if told is None or not is_alive(told, boot=boot_id()):
        return view
    capture = told.get("capture") or {}
    taken_at = capture.get("taken_at")
    return replace(
        view,
        is_tracking=bool(told.get("tracking", True)),
        pause=told.get("paused") or "",
        capture=capture.get("health") or "ok",
        captured_at=datetime.fromisoformat(taken_at) if taken_at else None,
        covered=CoverTally(**(capture.get("covered") or {})),
        warnings=tuple(told.get("warnings") or ()),
        session_seconds=int(told.get("session_seconds") or 0) + _since(told, view.now)
        if told.get("tracking")
        else int(told.get("session_seconds") or 0),
    )


def _since(told: dict[str, Any], now: datetime) -> int:
    as_of = told.get("as_of")
    if not as_of:
        return 0
    return max(0, (now - datetime.fromisoformat(as_of)) // timedelta(seconds=1))
