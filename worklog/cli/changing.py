"""What edit, delete, redact, add, undo and history do and answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from worklog.cli.choosing import chosen_segments, confirm, names, one_segment
from worklog.cli.json import instant
from worklog.cli.params import span
from worklog.domain.amendment import Amendment
from worklog.domain.contract import Contract
from worklog.domain.segment import BilledSegment
from worklog.domain.text import clean_label, clean_memo
from worklog.domain.timesheet import totals
from worklog.errors import UsageError

if TYPE_CHECKING:
    from worklog.app.ports import Box
    from worklog.cli.context import AppContext


@dataclass(frozen=True, slots=True)
class Change:
    """What `worklog edit` is to set; None leaves it as it is."""

    memo: str | None = None
    label: str | None = None
    contract: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.memo is None and self.label is None and self.contract is None


def edit_segments(
    context: AppContext, text: str, contract_name: str | None, change: Change
) -> None:
    """Set memo, label or contract of segments, or open the form in $EDITOR.

    Raises:
        UsageError: nothing to set, and there is no terminal to edit on.
    """
    rows = chosen_segments(context, text, contract_name)
    if change.is_empty:
        from worklog.cli.form import edit_in_form

        edit_in_form(context, rows)
        return
    memo = None if change.memo is None else clean_memo(change.memo)
    label = None if change.label is None else clean_label(change.label)
    if change.contract is None:
        amendment = context.editing.describe(rows, memo=memo, label=label)
    else:
        target = context.tracking.contract(change.contract)
        amendment = context.editing.move(rows, target, memo=memo or "", label=label or "")
    _answer(context, amendment, rows, "changed")


def delete_segments(
    context: AppContext,
    text: str,
    contract_name: str | None,
    *,
    only_snapshots: bool,
    is_sure: bool,
) -> None:
    """Delete segments, or their camera snapshots, after saying what that costs."""
    rows = chosen_segments(context, text, contract_name)
    if only_snapshots:
        confirm(
            context,
            f"Delete the camera snapshots of {_count(rows)} for good?",
            is_given=is_sure,
        )
        _answer(context, context.editing.delete_snapshots(rows), rows, "without snapshots now")
        return
    confirm(context, f"Delete {cost(rows)} for good?", is_given=is_sure)
    _answer(context, context.editing.delete(rows), rows, "deleted")


def redact_segment(  # the options of one command
    context: AppContext,
    text: str,
    contract_name: str | None,
    *,
    boxes: Sequence[str],
    covers_window: bool,
    covers_all: bool,
    monitor: int | None,
) -> None:
    """Cover parts of the pictures of one segment for good.

    Raises:
        UsageError: what to cover is missing or unreadable.
    """
    from worklog.capture.picture import WebpCodec

    if sum((bool(boxes), covers_window, covers_all)) != 1:
        msg = "What is to be covered?"
        raise UsageError(msg, hint="Give one of --box X,Y,W,H, --window and --all.")
    found = [read_box(box) for box in boxes]
    if covers_window:
        found = [_active_window(context)]
    row = one_segment(context, text, contract_name)
    amendment = context.editing.redact(row, found, codec=WebpCodec(), monitor=monitor)
    _answer(context, amendment, [row], "redacted")


def add_time(
    context: AppContext,
    text: str,
    contract_name: str | None,
    *,
    memo: str | None,
    label: str | None,
) -> None:
    """Add manual time and print the slots that it filled."""
    contract = usual_contract(context, contract_name)
    found = span(context, text, week=context.week_of(contract), allow_unfinished=False)
    amendment, slots = context.editing.add(
        found, contract, memo=clean_memo(memo or ""), label=clean_label(label or "")
    )
    zone = context.zone
    times = " ".join(f"{slot.start.astimezone(zone):%H:%M}" for slot in slots)
    context.output.result(
        {
            "amendment": amendment.amendment_id,
            "contract": contract.name,
            "slots": [instant(slot.start) for slot in slots],
            "seconds": 600 * len(slots),
        },
        lambda: f"{_minutes(600 * len(slots))} of manual time for {contract.name}: {times}",
    )


def undo_change(context: AppContext, amendment_id: str | None) -> None:
    """Undo the last change, or the one named."""
    from worklog.cli.render.history import in_words

    undone = context.editing.undo(amendment_id)
    context.output.result(
        {"amendment": undone.amendment_id},
        lambda: f"Undone: {in_words(undone, names(context), context.zone)}",
    )


def show_history(context: AppContext, count: int) -> None:
    """List the latest changes."""
    from worklog.cli import json as views
    from worklog.cli.render.history import history

    found = context.cache.amendments(limit=count)
    contracts = names(context)
    context.output.result(
        {"amendments": [views.amendment_view(amendment) for amendment in found]},
        lambda: history(found, contracts, context.zone, context.look),
    )


def cost(rows: Sequence[BilledSegment]) -> str:
    """Return what deleting *rows* costs, in words: segments, time, money (R20)."""
    found = totals(rows)
    money = ", ".join(f"{amount} {currency}" for currency, amount in found.amounts.items())
    worth = f", {money}" if money else ""
    return f"{_count(rows)} ({_minutes(found.billed_seconds)} billed{worth})"


def read_box(text: str) -> Box:
    """Return the rectangle ``X,Y,W,H`` [px].

    Raises:
        UsageError: it is none.
    """
    from worklog.app.ports import Box

    try:
        left, top, width, height = (int(number) for number in text.split(","))
    except ValueError:
        left = top = width = height = 0
    if width <= 0 or height <= 0:
        msg = f"{text!r} is no rectangle."
        raise UsageError(msg, hint="Write it as --box X,Y,W,H in pixels, as in 0,0,400,60.")
    return Box(left, top, width, height)


def _active_window(context: AppContext) -> Box:
    from worklog.cli.machine import ways_of

    with ways_of(context) as ways:
        window = ways.window.active() if ways.window is not None else None
    if window is None or window.box is None:
        msg = "The active window's place cannot be told here."
        raise UsageError(msg, hint="Cover a rectangle with --box X,Y,W,H, or --all.")
    return window.box


def usual_contract(context: AppContext, name: str | None) -> Contract:
    """Return the contract called *name*, else the usual one.

    Raises:
        UsageError: there are several and none is usual.
    """
    if name is not None:
        return context.tracking.contract(name)
    usual = context.tracking.default_contract()
    if usual is None and not context.cache.contracts():
        return context.tracking.first_contract(context.zone)
    if usual is None:
        known = ", ".join(contract.name for contract in context.cache.contracts())
        msg = "There are several contracts; which one is it?"
        raise UsageError(msg, hint=f"Name one with --contract. There are: {known}.")
    return usual


def _answer(
    context: AppContext, amendment: Amendment, rows: Sequence[BilledSegment], done: str
) -> None:
    context.output.result(
        {
            "amendment": amendment.amendment_id,
            "segments": [instant(row.segment.key.slot.start) for row in rows],
        },
        lambda: f"{_count(rows)} {done}.",
    )


def _count(rows: Sequence[BilledSegment]) -> str:
    return "1 segment" if len(rows) == 1 else f"{len(rows)} segments"


def _minutes(seconds: int) -> str:
    hours, minutes = divmod(timedelta(seconds=seconds) // timedelta(minutes=1), 60)
    return f"{hours}:{minutes:02}"
