"""What an import would do, or did: by contract, and what stays out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final

from worklog.cli.render.line import Ink, Line, paint_all, words, wrapped
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, Column, table
from worklog.domain.importing import Addition, Plan, Reason
from worklog.domain.times import day_in_words, in_words
from worklog.domain.wording import count, hours

if TYPE_CHECKING:
    from worklog.app.importing import Import
    from worklog.domain.contract import Contract
    from worklog.domain.ids import ContractId
    from worklog.reports.readers.reading import Reading

_REASONS: Final[Mapping[Reason, str]] = {
    Reason.EMPTY: "without any time",
    Reason.FUTURE: "not over yet",
    Reason.TOO_LONG: "longer than seven days: a timer that was forgotten",
    Reason.TOO_OLD: "from before 1970",
    Reason.LOCKED: "in a week that is locked",
    Reason.POLICY: "for a contract that does not allow manual time",
}
_MOST_NAMED: Final = 3  # entries that are named one by one for each reason


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to tell.

    Attributes:
        form: Name of the format.
        entries: Time entries in the file.
        passed_over: (line, why) of what was none.
        plan: What comes in.
        contracts: By id.
        made: Ids of those that are new.
        is_written: It came in; else it would.
    """

    form: str
    entries: int
    passed_over: Sequence[tuple[int, str]]
    plan: Plan
    contracts: Mapping[ContractId, Contract]
    made: frozenset[ContractId]
    is_written: bool

    @classmethod
    def of(cls, form: str, reading: Reading, planned: Import, *, is_written: bool) -> Shown:
        """Return what there is to tell of *planned*."""
        return cls(
            form=form,
            entries=len(reading.entries),
            passed_over=reading.passed_over,
            plan=planned.plan,
            contracts=planned.contracts,
            made=frozenset(contract.contract_id for contract in planned.made),
            is_written=is_written,
        )


def imported(shown: Shown, zone: tzinfo, look: Look) -> str:
    """Return *shown* for a terminal."""
    lines: list[Line] = [((f"{count(shown.entries, 'entry', 'entries')} ({shown.form})", Ink.DIM),)]
    if shown.plan.additions:
        lines += [(), *_by_contract(shown, zone, look), ()]
    for note in _notes(shown, zone):
        lines += wrapped(note, Ink.TEXT, look)
    lines += wrapped(_outcome(shown), Ink.STRONG, look)
    return paint_all(lines, look)


def _by_contract(shown: Shown, zone: tzinfo, look: Look) -> list[Line]:
    columns = (
        Column("contract", is_flexible=True),
        Column("entries", is_figure=True),
        Column("time", is_figure=True),
        Column("days", is_flexible=True),
        Column(""),
    )
    found: dict[ContractId, list[Addition]] = {}
    for addition in shown.plan.additions:
        found.setdefault(addition.change.contract, []).append(addition)
    rows: list[Sequence[Cell]] = []
    for key in sorted(found, key=lambda key: shown.contracts[key].name.casefold()):
        of_it = found[key]
        first = min(addition.entry.start for addition in of_it)
        last = max(addition.entry.end for addition in of_it)
        rows.append(
            (
                words(shown.contracts[key].name),
                str(len(of_it)),
                hours(sum(addition.seconds for addition in of_it)),
                _days(first, last, zone),
                ("new contract", Ink.DIM) if key in shown.made else "",
            )
        )
    return table(columns, rows, look)


def _days(start: datetime, end: datetime, zone: tzinfo) -> str:
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    if first == last:
        return day_in_words(first)
    return f"{day_in_words(first)} to {day_in_words(last)}"


def _notes(shown: Shown, zone: tzinfo) -> list[str]:
    plan = shown.plan
    notes = []
    if plan.known:
        notes.append(f"{_entries(len(plan.known))} came in before.")
    if plan.covered:
        notes.append(f"{_entries(len(plan.covered))} lie where the diary has time already.")
    if plan.covered_seconds:
        notes.append(f"{hours(plan.covered_seconds)} of the others is there already and stays.")
    if cut := sum(addition.is_cut for addition in plan.additions):
        notes.append(
            f"{count(cut, 'description')} longer than a memo can be: cut at 500 characters."
        )
    for why, lines in _by_reason(shown.passed_over).items():
        where = f" (line {', '.join(map(str, lines[:_MOST_NAMED]))}{_more(lines)})" if lines else ""
        notes.append(f"Passed over, {why}{where}.")
    for reason, number in Counter(reason for _, reason in plan.left_out).items():
        entries = [entry for entry, its in plan.left_out if its is reason]
        named = "; ".join(in_words(entry.start, zone) for entry in entries[:_MOST_NAMED])
        notes.append(f"{_entries(number)} left out, {_REASONS[reason]}: {named}{_more(entries)}.")
    return notes


def _by_reason(passed_over: Sequence[tuple[int, str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line, why in passed_over:
        found.setdefault(why, []).extend([line] if line else [])
    return found


def _more(items: Sequence[object]) -> str:
    return f" and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else ""


def _entries(number: int) -> str:
    return count(number, "entry", "entries")


def _outcome(shown: Shown) -> str:
    plan = shown.plan
    if not plan.additions:
        return "Nothing comes in."
    seconds = hours(sum(addition.seconds for addition in plan.additions))
    if shown.is_written:
        return (
            f"Imported: {_entries(len(plan.additions))}, {seconds}. `worklog undo` takes it back."
        )
    return f"{_entries(len(plan.additions))}, {seconds} would come in. Take it in with --write."
