"""The gaps of a day, and what to do with them (R13)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from worklog.app.ports import Gap
from worklog.cli.changing import add_manual
from worklog.cli.params import span
from worklog.domain.amendment import Idle
from worklog.domain.grid import Slot, split
from worklog.domain.ranges import Range, in_range_words
from worklog.domain.targets import MANUAL_MINIMUM
from worklog.domain.text import clean_label, clean_memo
from worklog.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext


def show_gaps(context: AppContext, text: str) -> None:
    """List the gaps in the range *text* with their numbers and what was said of them."""
    from worklog.cli import json as views
    from worklog.cli.choosing import names
    from worklog.cli.render.gaps import gaps_table

    found = find_gaps(context, text)
    settled = settled_gaps(context)
    kept = {gap for gap in found if _is_kept(gap, settled)}
    added = {gap for gap in found if _is_added(context, gap)}
    contracts = names(context)
    context.output.result(
        {
            "gaps": [
                views.gap_view(gap, contracts, is_kept=gap in kept, is_added=gap in added)
                for gap in found
            ]
        },
        lambda: gaps_table(
            [(gap, gap in kept) for gap in found],
            contracts,
            context.zone,
            context.look,
            added=added,
        ),
    )


def settle_gap(  # the options of one command
    context: AppContext,
    text: str,
    where: str,
    *,
    keeps: bool,
    adds: bool,
    to: str | None,
    memo: str | None,
    label: str | None,
) -> None:
    """Keep a gap as a break, or make it manual time here or for another contract.

    Raises:
        UsageError: neither or both were asked for.
        NotFoundError: there is no such gap.
    """
    if keeps == adds:
        msg = "Was it a break or work?"
        raise UsageError(msg, hint='Say --keep for a break, or --add -m "what it was" for work.')
    found, gap = _named(context, text, where)
    if keeps:
        amendment = context.editing.keep_idle(found)
        context.output.result(
            {"amendment": amendment.amendment_id},
            lambda: f"{in_range_words(found.start, found.end, context.zone)} stays a break.",
        )
        return
    contract = None if to is None else context.tracking.contract(to)
    contract = contract or (context.tracking.by_id(gap.contract) if gap is not None else None)
    contract = contract or context.tracking.default_contract()
    if contract is None:
        msg = "Whom was the work for?"
        raise UsageError(msg, hint="Name the contract with --contract.")
    words = clean_memo(memo or ""), clean_label(label or "")
    add_manual(context, found, contract, memo=words[0], label=words[1])


def find_gaps(context: AppContext, text: str) -> list[Gap]:
    """Return the gaps in the range *text*, the one that is open now included."""
    found = span(context, text, week=context.week_of(None))
    gaps = context.cache.gaps(found.start, found.end)
    now = _open_gap(context)
    if now is not None and now.start < found.end and now.end > found.start:
        gaps.append(now)
    return gaps


def _open_gap(context: AppContext) -> Gap | None:
    """Return the gap that lasts until now, as the running tracker tells of it; None without."""
    from worklog.cli.status_file import is_alive, read_status
    from worklog.clock import boot_id

    told, session = read_status(context.places.status_file), context.cache.running_session()
    if told is None or session is None or not is_alive(told, boot=boot_id()):
        return None
    since = told.get("paused_since")
    start = datetime.fromisoformat(since) if since else None
    if start is None or start >= context.clock.now():
        return None
    return Gap(start, context.clock.now(), str(told.get("paused")), session.contract)


def settled_gaps(context: AppContext) -> list[Idle]:
    """Return what was said of gaps, and not undone."""
    from worklog.domain.amendment import in_force

    changes = [amendment.change for amendment in in_force(context.cache.amendments())]
    return [change for change in changes if isinstance(change, Idle)]


def _is_kept(gap: Gap, settled: list[Idle]) -> bool:
    return any(said.start <= gap.start and gap.end <= said.end for said in settled)


def _is_added(context: AppContext, gap: Gap) -> bool:
    """Return whether *gap* was made manual time, in every slot that could be (R25)."""
    slots = {slot for slot, covered in split(gap.start, gap.end) if covered >= MANUAL_MINIMUM}
    rows = context.rows(Slot.containing(gap.start).start, gap.end)
    manual = {row.segment.key.slot for row in rows if row.segment.manual}
    busy = {row.segment.key.slot for row in rows if row.segment.activity.level}
    return bool(slots & manual) and slots <= manual | busy


def _named(context: AppContext, text: str, where: str) -> tuple[Range, Gap | None]:
    if not text.isdecimal():
        return span(context, text, week=context.week_of(None), allow_unfinished=False), None
    gaps = find_gaps(context, where)
    if not 1 <= int(text) <= len(gaps):
        msg = f"There is no gap number {text} in {where!r}."
        raise NotFoundError(msg, hint="`worklog idle` lists the gaps with their numbers.")
    gap = gaps[int(text) - 1]
    return Range(gap.start, gap.end, text), gap
