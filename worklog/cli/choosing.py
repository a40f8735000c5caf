"""Which segments a command is about: RANGE, SEGMENTS and their options, made into rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from worklog.cli.params import segments, span, span_between, when
from worklog.domain.amendment import Key
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.ranges import Range, Recent
from worklog.domain.segment import BilledSegment
from worklog.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext


@dataclass(frozen=True, slots=True)
class Words:
    """What the user typed to choose a range; all of it may be missing."""

    range: str | None = None
    day: str | None = None
    week: str | None = None
    start: str | None = None
    end: str | None = None
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A range of the diary and what is in it.

    Attributes:
        range: With its label.
        contract: The only one that is wanted; None for all.
        rows: The segments.
    """

    range: Range
    contract: Contract | None
    rows: list[BilledSegment]


def choose(context: AppContext, words: Words, *, default: str = "today") -> Choice:
    """Return the range that *words* name, *default* without any, and its segments.

    Raises:
        UsageError: a word cannot be read, or two of them contradict each other.
        InvalidTimeError: the range is reversed or in the future.
        NotFoundError: no such contract.
    """
    contract = None if words.contract is None else context.tracking.contract(words.contract)
    week_of = context.week_of(contract)
    given = [name for name in ("range", "day", "week") if getattr(words, name) is not None]
    given += ["from/to"] if words.start or words.end else []
    if len(given) > 1:
        msg = f"{' and '.join(given)} exclude each other."
        raise UsageError(msg, hint="Name the range in one way.")
    if words.week is not None:
        week = week_of(when(context, words.week, allow_future=True))
        found = span(context, "week", week=lambda _: week)
    elif words.start or words.end:
        found = span_between(context, words.start or "", words.end or "", week=week_of)
    else:
        named = words.day if words.range is None else words.range
        found = span(context, default if named is None else named, week=week_of)
    return Choice(found, contract, context.rows(found.start, found.end, contract))


def chosen_segments(
    context: AppContext, text: str, contract_name: str | None, *, finds_deleted: bool = False
) -> list[BilledSegment]:
    """Return the segments that SEGMENTS *text* names, of one contract.

    With *finds_deleted* those that were deleted, where there are no others.

    Raises:
        UsageError: *text* cannot be read, or it touches several contracts.
        NotFoundError: there are none, or no such contract.
    """
    contract = None if contract_name is None else context.tracking.contract(contract_name)
    found = segments(context, text, week=context.week_of(contract))
    rows = (
        _recent(context, found.count, contract)
        if isinstance(found, Recent)
        else context.rows(Slot.containing(found.start).start, found.end, contract)
    )
    present = [row for row in rows if not row.segment.is_deleted]
    rows = rows if finds_deleted and not present else present
    if not rows:
        msg = f"There are no segments in {text!r}."
        raise NotFoundError(msg, hint="`worklog diary` shows what is there.")
    _check_one_contract(context, rows)
    return rows


def one_segment(
    context: AppContext, text: str, contract_name: str | None, *, finds_deleted: bool = False
) -> BilledSegment:
    """Return the one segment that *text* names, as `chosen_segments` does.

    Raises:
        UsageError: it names several, or of several contracts.
        NotFoundError: it names none.
    """
    rows = chosen_segments(context, text, contract_name, finds_deleted=finds_deleted)
    if len(rows) > 1:
        msg = f"{text!r} names {len(rows)} segments, and this takes one."
        raise UsageError(msg, hint="Name it by a time in it, as in 'yesterday 10:20', or @last.")
    return rows[0]


def confirm(context: AppContext, question: str, *, is_given: bool) -> None:
    """Ask *question* on a terminal, unless the answer was given with `--yes`.

    Raises:
        UsageError: nobody can be asked.
        typer.Exit: the answer is no: the command is done, and has done nothing.
    """
    if is_given:
        return
    if not context.can_ask:
        msg = f"{question} Nobody can be asked here."
        raise UsageError(msg, hint="Say yes with --yes.")
    if not typer.confirm(question, err=True):
        context.output.note("Nothing was changed.")
        raise typer.Exit


def names(context: AppContext) -> dict[ContractId, Contract]:
    """Return all contracts by their id."""
    return {contract.contract_id: contract for contract in context.cache.contracts()}


def _recent(context: AppContext, count: int, contract: Contract | None) -> list[BilledSegment]:
    wanted = contract.contract_id if contract is not None else None
    keys = set(context.cache.recent(count, contract=wanted))
    for part in context.open_parts():
        if wanted in (None, part.contract) and not part.is_erased:
            keys.add(Key(part.slot, part.contract))
    chosen = sorted(keys)[-count:]
    if not chosen:
        return []
    rows = context.rows(
        chosen[0].slot.start, chosen[-1].slot.end + timedelta(microseconds=1), contract
    )
    return [row for row in rows if row.segment.key in set(chosen)]


def _check_one_contract(context: AppContext, rows: list[BilledSegment]) -> None:
    contracts = names(context)
    found = sorted(
        contracts[key].name if key in contracts else key
        for key in {row.segment.key.contract for row in rows}
    )
    if len(found) > 1:
        msg = f"That touches several contracts: {', '.join(found)}."
        raise UsageError(msg, hint="Name one with --contract.")
