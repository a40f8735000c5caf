"""The quick road of `report`: a plain timesheet on the terminal or into a pipe.

Ten years are added up before Typer would be loaded. It takes a range, `--by`, `--week`,
`--from`, `--to` and `--contract`; whatever else is asked for, and whatever is not as it
mostly is (a tracker that runs or died, an older cache, a name that is not exact), goes the
whole road to the same answer. A test holds both roads to each other.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from worklog.cache.contract_rows import contracts
from worklog.cache.figures import items, totals_by_contract
from worklog.cli.params import local_zone, span, span_between
from worklog.cli.render.look import Look
from worklog.cli.render.report import report
from worklog.clock import SystemClock
from worklog.config import load
from worklog.domain.contract import Contract, Week, local_terms
from worklog.domain.grid import first_slot_from
from worklog.domain.grouping import (
    Dimension,
    Line,
    by_contract,
    grouped_items,
    together,
    totals_of,
)
from worklog.domain.ranges import Range, WeekOf
from worklog.places import Places
from worklog.reports.report import Report

BY: Final = "contract,day,memo"
_OPTIONS: Final = {"--by": "by", "--contract": "contract", "-c": "contract", "--from": "start"}
_NAMES: Final = {**_OPTIONS, "--to": "end"}


class NotPlainError(Exception):
    """It is not that simple; the whole road knows what it is."""


@dataclass(slots=True)
class Plain:
    """A plain report, as it was typed."""

    range: str = ""
    by: str = BY
    contract: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """When and where it is typed; a `worklog.cli.params.Here`."""

    clock: SystemClock
    zone: ZoneInfo


def plain(argv: Sequence[str]) -> Plain | None:
    """Return what *argv*, the words behind `report`, ask for; None if that is not plain."""
    found, words = Plain(), list(argv)
    while words:
        word = words.pop(0)
        name, sign, value = word.partition("=")
        if name in _NAMES:
            if not sign and not words:
                return None
            setattr(found, _NAMES[name], value if sign else words.pop(0))
        elif word == "--week" and not found.range and _is_option(words[:1]):
            found.range = "week"
        elif word.startswith("-") or found.range:
            return None
        else:
            found.range = word
    has_both = bool(found.range) and bool(found.start or found.end)
    return None if has_both or any(value.startswith("-") for value in _values(found)) else found


def quick(asked: Plain, db: sqlite3.Connection, places: Places, environ: Mapping[str, str]) -> str:
    """Return the report that was *asked* for.

    Raises:
        NotPlainError: it is not that simple.
        WorklogError: it is wrong; the whole road meets the same failure, and can tell it.
    """
    settings = load(places, environ)
    here = Standpoint(SystemClock(), local_zone(settings, environ))
    everyone = {contract.contract_id: contract for contract in contracts(db)}
    known = [contract for contract in everyone.values() if not contract.is_archived]
    only = _named(known, asked.contract)
    found = _range(asked, here, _week_of(db, known, only, here))
    by = _dimensions(asked.by)
    first, last = first_slot_from(found.start), first_slot_from(found.end)
    wanted = None if only is None else only.contract_id
    lines: tuple[Line, ...]
    if by == (Dimension.CONTRACT,):
        sums = totals_by_contract(db, first, last, contract=wanted)
        lines, totals = by_contract(sums, everyone), together(sums.values())
    else:
        rows = items(db, first, last, contract=wanted)
        lines, totals = grouped_items(rows, by, everyone, zone=here.zone), totals_of(rows)
    sheet = Report(
        start=found.start,
        end=found.end,
        zone=here.zone,
        by=by,
        lines=lines,
        totals=totals,
        contracts=everyone,
        made_at=here.clock.now(),
    )
    return report(sheet, Look.detect(sys.stdout, environ, settings))


def _is_option(following: Sequence[str]) -> bool:
    """Return whether nothing or an option follows, so that `--week` stands without a value."""
    word = following[0] if following else "-"
    return word[:1] == "-" and not word[1:2].isdigit()


def _values(found: Plain) -> tuple[str, ...]:
    return found.range, found.by, found.contract, found.start, found.end


def _range(asked: Plain, here: Standpoint, week: WeekOf) -> Range:
    if asked.start or asked.end:
        return span_between(here, asked.start, asked.end, week=week)
    return span(here, asked.range or "week", week=week)


def _named(known: Sequence[Contract], name: str) -> Contract | None:
    if not name:
        return None
    found = next((contract for contract in known if contract.name == name), None)
    if found is None:
        raise NotPlainError
    return found


def _week_of(
    db: sqlite3.Connection, known: Sequence[Contract], only: Contract | None, here: Standpoint
) -> WeekOf:
    """Return how to find a billing week: that of *only*, else of the usual contract."""
    row = db.execute("SELECT value FROM meta WHERE name = 'fact.last-contract'").fetchone()
    usual = [contract for contract in known if row and contract.contract_id == row[0]]
    chosen = only or next(iter(usual or (known if len(known) == 1 else [])), None)
    if chosen is not None:
        return chosen.week_at
    terms = local_terms(here.zone, here.clock.now())
    return lambda instant: Week.containing(instant, terms)


def _dimensions(text: str) -> tuple[Dimension, ...]:
    words = text.split(",")
    known = {dimension.value for dimension in Dimension} - {Dimension.APP.value}
    if not known.issuperset(words) or len(set(words)) < len(words):
        raise NotPlainError
    return tuple(Dimension(word) for word in words)
