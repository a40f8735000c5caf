"""Gaps between start and stop, numbered, with what was said of them (R13)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from worklog.cli.render.line import Ink, paint_all, words
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, Column, table
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.times import day_in_words
from worklog.domain.wording import clock, contract_name, hours

if TYPE_CHECKING:
    from worklog.app.ports import Gap

NONE = "No gaps: from start to stop everything was tracked."


def gaps_table(
    gaps: Sequence[tuple[Gap, bool]],
    contracts: Mapping[ContractId, Contract],
    zone: tzinfo,
    look: Look,
    *,
    added: Collection[Gap] = (),
) -> str:
    """Return *gaps*, each with whether it was kept as a break, numbered from 1.

    Those *added* were made manual time.
    """
    if not gaps:
        return NONE
    rows: list[list[Cell]] = []
    for number, (gap, is_kept) in enumerate(gaps, start=1):
        said = "a break" if is_kept else "manual time" if gap in added else ""
        ink = Ink.DIM if said else Ink.TEXT
        day = gap.start.astimezone(zone).date()
        rows.append(
            [
                (str(number), Ink.STRONG),
                (day_in_words(day, with_year=False), ink),
                (f"{clock(gap.start, zone)}-{clock(gap.end, zone)}", ink),
                (hours((gap.end - gap.start).total_seconds()), Ink.STRONG),
                (words(gap.reason), ink),
                (words(contract_name(gap.contract, contracts)), ink),
                (said or "open", Ink.DIM if said else Ink.DOUBT),
            ]
        )
    columns = (
        Column("#", is_figure=True),
        Column("day"),
        Column("time"),
        Column("length", is_figure=True),
        Column("why"),
        Column("contract", is_flexible=True),
        Column(""),
    )
    return paint_all(table(columns, rows, look), look)
