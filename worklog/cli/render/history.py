"""The amendment log in words: who changed what, and what can still be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta, tzinfo
from typing import assert_never

from worklog.cli.render.line import Ink, Line, Piece, length, paint_all, spread, words, wrapped
from worklog.cli.render.look import Look
from worklog.domain.amendment import (
    IMPORTED,
    REVOCABLE,
    Accept,
    Amendment,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Key,
    Manual,
    Move,
    Redact,
    Revoke,
    Unknown,
)
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId
from worklog.domain.ranges import in_range_words
from worklog.domain.times import in_words as moment_in_words
from worklog.domain.wording import contract_name, count, hours

Contracts = Mapping[ContractId, Contract]
SHORT_ID = 6  # characters at the end of an id: they are random, and `undo` takes them
NONE = "Nothing has been changed yet; edits, deletions and manual time are listed here."


def history(
    units: Sequence[Sequence[Amendment]], contracts: Contracts, zone: tzinfo, look: Look
) -> str:
    """Return *units*, newest first: when, the id that `undo` takes, and what."""
    if not units:
        return paint_all(wrapped(NONE, Ink.TEXT, look), look)
    undone = revoked(amendment for unit in units for amendment in unit)
    shown: list[Line] = []
    for unit in units:
        amendment = unit[0]
        is_undone = all(one.amendment_id in undone for one in unit)
        when = moment_in_words(amendment.stamp.instant.replace(microsecond=0), zone)
        state = "undone" if is_undone else _can_undo(amendment)
        shown += _head(when, amendment.amendment_id, state, look)
        ink = Ink.DIM if is_undone else Ink.TEXT
        said = unit_in_words(unit, contracts, zone)
        shown += wrapped(said, ink, look, begin="  ", indent=2)
    return paint_all(shown, look)


def unit_in_words(unit: Sequence[Amendment], contracts: Contracts, zone: tzinfo) -> str:
    """Return what the amendments of one command do, as a clause."""
    if len(unit) == 1:
        return in_words(unit[0], contracts, zone)
    changes = [one.change for one in unit if isinstance(one.change, Manual)]
    spans = [span for change in changes for span in change.spans]
    seconds = sum(span.end - span.start for span in spans)
    named = dict.fromkeys(words(contract_name(change.contract, contracts)) for change in changes)
    names = ", ".join(sorted(named))
    when = _when([span.slot for span in spans], zone)
    return f"{hours(seconds)} imported in {len(unit)} entries for {names}, {when}"


def _head(when: str, amendment_id: str, state: str, look: Look) -> list[Line]:
    """Return when and id in one line, or in two; an id is never cut, it is there to be copied."""
    end: list[Piece] = [(state, Ink.DIM)] if state else []
    both: list[Piece] = [(f"{when}  ", Ink.STRONG), (amendment_id, Ink.DIM)]
    if length(both) + length(end) + 2 <= look.width:
        return [spread(both, end, look.width, look)]
    return [
        spread([(when, Ink.STRONG)], end, look.width, look),
        ((f"  {amendment_id}", Ink.DIM),),
    ]


def revoked(amendments: Iterable[Amendment]) -> set[AmendmentId]:
    """Return the ids that revocations among *amendments* name."""
    return {
        target
        for amendment in amendments
        if isinstance(amendment.change, Revoke)
        for target in amendment.change.amendments
    }


def in_words(amendment: Amendment, contracts: Contracts, zone: tzinfo) -> str:  # noqa: C901, PLR0911 -- a table of kinds
    """Return what *amendment* does, as a clause: `memo set to "x" for 3 segments, …`."""
    change = amendment.change
    match change:
        case Describe(targets, memo, label):
            what = " and ".join(
                f'{name} set to "{words(value)}"' if value else f"{name} taken away"
                for name, value in (("memo", memo), ("label", label))
                if value is not None
            )
            return f"{what} for {_of_keys(targets, contracts, zone)}"
        case Manual(contract, spans, memo, label, origin):
            seconds = sum(span.end - span.start for span in spans)
            when = _when([span.slot for span in spans], zone)
            said = f'"{words(memo)}"' + (f" · {words(label)}" if label else "")
            name = words(contract_name(contract, contracts))
            how = "imported" if origin == IMPORTED else "added by hand"
            return f"{hours(seconds)} {how} for {name}, {when}: {said}"
        case Delete(parts, manual, rest, keys):
            more = " and the rest of the open one" if rest else ""
            what = (
                _of_keys(keys, contracts, zone) if keys else count(len(parts) + len(manual), "part")
            )
            return f"{what} deleted for good{more}"
        case DropSnapshot(parts):
            return f"camera snapshots of {count(len(parts), 'part')} erased"
        case Redact(pictures):
            most = max((picture.permille for picture in pictures), default=0)
            return f"{count(len(pictures), 'picture')} redacted, up to {most / 10:g} % covered"
        case Move(contract, parts, manual, sources):
            name = words(contract_name(contract, contracts))
            what = (
                _of_keys(sources, contracts, zone)
                if sources
                else count(len(parts) + len(manual), "part")
            )
            return f"{what} moved to {name}"
        case Idle(start, end):
            return f"{in_range_words(start, end, zone)} kept as a break"
        case Choose(contract, slots):
            name = words(contract_name(contract, contracts))
            return (
                f"{count(len(slots), 'shared slot')}, {_when(list(slots), zone)}, given to {name}"
            )
        case Accept(targets):
            return f"{_of_keys(targets, contracts, zone)} accepted by the client"
        case Revoke(amendments):
            return f"{count(len(amendments), 'change')} undone"
        case Unknown(kind):
            return f"a change of a later version ({words(kind)}), kept as it is"
        case _:
            assert_never(change)


def _of_keys(keys: Sequence[Key], contracts: Contracts, zone: tzinfo) -> str:
    names = dict.fromkeys(words(contract_name(key.contract, contracts)) for key in keys)
    when = _when([key.slot for key in keys], zone)
    return f"{count(len(keys), 'segment')} of {' and '.join(names)}, {when}"


def _when(slots: Sequence[Slot], zone: tzinfo) -> str:
    if not slots:
        return "no time at all"
    return in_range_words(min(slots).start, max(slots).start + timedelta(minutes=10), zone)


def _can_undo(amendment: Amendment) -> str:
    return "" if isinstance(amendment.change, (*REVOCABLE, Revoke)) else "final"
