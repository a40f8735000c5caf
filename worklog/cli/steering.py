"""What stop, pause, resume, switch, memo and label do and answer.

The quick road (`worklog.cli.quick`) does the same for their plain spellings; a test holds
both to equal effect, output and exit status.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final

import typer

from worklog.app.tracking import Plan
from worklog.cli.status_file import read_status
from worklog.domain.session import Session
from worklog.domain.text import clean_label, clean_memo
from worklog.errors import NotTrackingError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.domain.segment import BilledSegment


def send(context: AppContext, command: str, answer: str) -> None:
    """Ask the running tracker to do *command*."""
    session = context.tracking.post(command)
    context.output.result({"session": session.session_id}, lambda: answer)


def set_memo(context: AppContext, text: str) -> None:
    """Set the memo of the running session."""
    session = context.tracking.describe(memo=clean_memo(text))
    _tell_words(context, session, "memo", session.memo)


def set_label(context: AppContext, name: str) -> None:
    """Set the label of the running session."""
    session = context.tracking.describe(label=clean_label(name))
    _tell_words(context, session, "label", session.label)


def show_label(context: AppContext) -> None:
    """Show the label in force and the ones to choose from."""
    session = context.tracking.running()
    contract = context.tracking.by_id(session.contract)
    labels = contract.labels if contract is not None else ()
    name = contract.name if contract is not None else "This contract"
    offer = f"{name} has: {', '.join(labels)}." if labels else f"{name} has no labels; any will do."
    context.output.result(
        {"label": session.label, "labels": list(labels)},
        lambda: f"label: {session.label or '-'}\n{offer}",
    )


def show_memos(context: AppContext, *, lists_recent: bool) -> None:
    """Show the memo in force; or the ones used before, and let one be picked."""
    if not lists_recent:
        session = context.tracking.running()
        _tell_words(context, session, "memo", session.memo)
        return
    session_or_last = context.cache.running_session() or context.cache.last_session()
    contract = session_or_last.contract if session_or_last else None
    memos = context.cache.recent_memos(contract, limit=20) if contract else []
    lines = [f"{number:>3}  {memo}" for number, memo in enumerate(memos, start=1)]
    text = "\n".join(lines) or 'No memos yet. Set one: worklog memo "what you do".'
    context.output.result({"memos": memos}, lambda: text)
    can_pick = context.is_interactive and not context.output.is_json and memos
    if can_pick and context.lock.holder() is not None:
        answer = typer.prompt("Number (empty for none)", default="", show_default=False, err=True)
        if answer.isdecimal() and 1 <= int(answer) <= len(memos):
            set_memo(context, memos[int(answer) - 1])


def switch_contract(
    context: AppContext,
    name: str,
    *,
    memo: str | None,
    label: str | None,
    takes_capture: bool = True,
) -> None:
    """Let the tracker go on for the contract called *name*."""
    from worklog.cli.starting import completed

    contract = context.tracking.contract(name)
    plan = completed(context, Plan(contract, clean_memo(memo or ""), clean_label(label or "")))
    session = context.tracking.switch(plan, takes_capture=takes_capture)
    context.output.result(
        {"session": session.session_id, "contract": contract.name, "memo": plan.memo},
        lambda: " · ".join(filter(None, (f"Switched to {contract.name}", plan.memo, plan.label))),
    )


def stop_tracking(
    context: AppContext,
    *,
    at: str | None,
    only_if_running: bool,
    by_force: bool,
    takes_capture: bool = True,
) -> None:
    """Stop the tracker, now or at a time; close what a dead one left behind."""
    from worklog.cli.params import when

    instant = None if at is None else when(context, at, allow_future=True)
    if by_force:
        _kill(context)
    recovered = context.recover()
    if recovered is not None:
        tell_stopped(context, recovered, "It had ended without a word; what it recorded is kept.")
        return
    try:
        session = context.tracking.stop(
            instant, takes_capture=takes_capture, while_waiting=_Waiting(context).look
        )
    except NotTrackingError:
        if not only_if_running:
            raise
        context.output.result({"session": None}, lambda: "")
        return
    if instant is not None and session.ended is None:
        local = instant.astimezone(context.zone)
        context.output.result(
            {"session": session.session_id, "until": instant.isoformat()},
            lambda: f"Tracking ends at {local:%H:%M}.",
        )
        return
    if instant is not None:
        _take_back(context, session, instant)
    tell_stopped(context, session, "")


WAITING: Final = {
    "picture": "The last picture is being taken; `worklog stop` again drops it.",
    "reading": "The last picture is being read for secrets; `worklog stop` again drops it.",
}


class _Waiting:
    """Says once what a stop waits for."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._is_told = False

    def look(self) -> None:
        """Look whether the tracker says that it waits for something."""
        if self._is_told:
            return
        told = read_status(self._context.places.status_file) or {}
        sentence = WAITING.get(str(told.get("waits_for")))
        if sentence is not None:
            self._is_told = True
            self._context.output.note(sentence)


def _take_back(context: AppContext, session: Session, instant: datetime) -> None:
    """Delete what *session* recorded in slots after *instant*: it was not worked."""
    from worklog.domain.grid import Slot

    first = Slot.containing(instant)
    start = first.start if first.start == instant else first.end
    rows = [
        row
        for row in context.cache.segments(start, context.clock.now(), contract=session.contract)
        if not row.segment.is_deleted and row.segment.tracked
    ]
    if rows:
        context.editing.delete(rows)


def _kill(context: AppContext) -> None:
    pid = context.lock.holder()
    if pid is None:
        return
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    context.tracking.await_free_lock()


@contextmanager
def no_reader_needed() -> Iterator[None]:
    """Let the block write to a terminal or pipe that may have been closed meanwhile.

    What it would tell is kept, and that nobody is left to read it is no failure. What the
    streams still hold goes nowhere, or the interpreter would complain at its end.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())


def tell_stopped(context: AppContext, session: Session, remark: str) -> None:
    from worklog.cli.render.session import stopped

    contract = context.tracking.by_id(session.contract)
    rows = rows_of(context, session)
    context.output.result(
        {
            "session": session.session_id,
            "contract": contract.name if contract is not None else None,
            "started": session.started.isoformat(),
            "ended": session.ended.isoformat() if session.ended else None,
            "tracked_seconds": sum(row.segment.tracked_seconds for row in rows),
            "segments": len(rows),
        },
        lambda: "\n".join(filter(None, (remark, stopped(session, contract, rows, context.zone)))),
    )


def rows_of(context: AppContext, session: Session) -> list[BilledSegment]:
    """Return the segments that *session* recorded into."""
    from worklog.domain.grid import Slot

    start = Slot.containing(session.started).start
    end = session.ended or context.clock.now()
    return context.cache.segments(start, max(start, end), contract=session.contract)


def _tell_words(context: AppContext, session: Session, name: str, value: str) -> None:
    context.output.result(
        {"session": session.session_id, name: value}, lambda: f"{name}: {value or '-'}"
    )
