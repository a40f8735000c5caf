"""What edit, delete, redact, add, undo and history do and answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from worklog.app.tracking import choices
from worklog.cli.choosing import chosen_segments, confirm, names, one_segment
from worklog.cli.json import instant
from worklog.cli.params import span
from worklog.cli.starting import first_contract_note
from worklog.domain.amendment import Amendment, unit_of
from worklog.domain.contract import Contract
from worklog.domain.grid import SLOT_SECONDS, Slot
from worklog.domain.part import Role
from worklog.domain.ranges import Range
from worklog.domain.segment import BilledSegment, Reason
from worklog.domain.text import clean_label, clean_memo
from worklog.domain.times import day_in_words
from worklog.domain.timesheet import totals
from worklog.domain.wording import amounts, count, hours
from worklog.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.app.ports import Box
    from worklog.cli.context import AppContext


@dataclass(frozen=True, slots=True)
class Change:
    """What `worklog edit` is to set; None leaves it as it is.

    Attributes:
        memo: The new one.
        label: The new one.
        contract: Where to move them.
        wins: They are to bill where another contract has time in their slots (R15).

    Raises:
        UsageError: *wins* stands beside other changes.
    """

    memo: str | None = None
    label: str | None = None
    contract: str | None = None
    wins: bool = False

    def __post_init__(self) -> None:
        if self.wins and not self.is_empty:
            msg = "--wins is a change of its own."
            raise UsageError(msg, hint="Give --memo, --label and --to in a command before it.")

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
    if change.wins:
        shared = [row for row in rows if row.bill.reason is Reason.SHARED]
        if not shared:
            msg = "None of them lost its slot to another contract."
            raise NotFoundError(msg, hint="`worklog diary` marks shared slots with s.")
        does = "bills" if len(shared) == 1 else "bill"
        done = f"{does} instead of the other contract now"
        _answer(context, context.editing.choose(shared), shared, done)
        return
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
    if any(p.capture.role is Role.CAMERA and p.capture.has_picture for p in row.segment.pictures):
        context.output.note(
            "The camera snapshot is as it was; `worklog delete --snapshot` deletes it."
        )


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
    words = clean_memo(memo or ""), clean_label(label or "")
    if contract is None:
        context.editing.check_manual(found, memo=words[0])
        contract = context.tracking.first_contract(context.zone)
        context.output.note(first_contract_note(contract))
    add_manual(context, found, contract, memo=words[0], label=words[1])


def add_manual(
    context: AppContext, found: Range, contract: Contract, *, memo: str, label: str
) -> None:
    """Add manual time for *contract* and tell which slots it filled."""
    amendment, slots = context.editing.add(found, contract, memo=memo, label=label)
    seconds = SLOT_SECONDS * len(slots)
    context.output.result(
        {
            "amendment": amendment.amendment_id,
            "contract": contract.name,
            "slots": [instant(slot.start) for slot in slots],
            "seconds": seconds,
        },
        lambda: (
            f"{hours(seconds)} of manual time for {contract.name}: {_times(slots, context.zone)}"
        ),
    )


def undo_change(context: AppContext, amendment_id: str | None) -> None:
    """Undo the last change, or the one named."""
    from worklog.cli.render.history import unit_in_words

    undone = context.editing.undo(amendment_id)
    context.output.result(
        {"amendment": undone[0].amendment_id, "amendments": len(undone)},
        lambda: f"Undone: {unit_in_words(undone, names(context), context.zone)}",
    )
    if amendment_id is None and context.editing.erased_since(undone[0]):
        context.output.note("What you deleted or redacted after it stays so: that is for good.")


def show_history(context: AppContext, limit: int) -> None:
    """List the latest changes; in words, an import is one of them."""
    from worklog.cli import json as views
    from worklog.cli.render.history import history

    context.output.result(
        lambda: {
            "amendments": [
                views.amendment_view(amendment)
                for amendment in context.cache.amendments(limit=limit)
            ]
        },
        lambda: history(_units(context, limit), names(context), context.zone, context.look),
    )


def _units(context: AppContext, limit: int) -> list[list[Amendment]]:
    """Return the amendments of the latest *limit* commands, newest first."""
    wanted = limit
    while True:
        found = context.cache.amendments(limit=wanted)
        units: dict[tuple[str, ...], list[Amendment]] = {}
        for amendment in found:
            units.setdefault(unit_of(amendment), []).append(amendment)
        # The last one may go on behind what was asked for.
        if len(found) < wanted or len(units) > limit:
            return list(units.values())[:limit]
        wanted *= 8


def cost(rows: Sequence[BilledSegment]) -> str:
    """Return what deleting *rows* costs, in words: segments, time, money (R20)."""
    found = totals(rows)
    worth = f", {amounts(found.amounts)}" if found.amounts else ""
    return f"{_count(rows)} ({hours(found.billed_seconds)} billed{worth})"


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


def usual_contract(context: AppContext, name: str | None) -> Contract | None:
    """Return the contract called *name*, else the usual one; None where there is none at all.

    Raises:
        UsageError: there are several and none is usual.
    """
    if name is not None:
        return context.tracking.contract(name)
    usual = context.tracking.default_contract()
    contracts = context.cache.contracts()
    if usual is None and contracts:
        known = choices(contracts)
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
    return count(len(rows), "segment")


def _times(slots: Sequence[Slot], zone: tzinfo) -> str:
    """Return when *slots* begin, with the day where they are of several."""
    starts = [slot.start.astimezone(zone) for slot in slots]
    days = {start.date() for start in starts}
    if len(days) == 1:
        return " ".join(f"{start:%H:%M}" for start in starts)
    return "; ".join(
        f"{day_in_words(day, with_year=False)} "
        + " ".join(f"{start:%H:%M}" for start in starts if start.date() == day)
        for day in sorted(days)
    )
