"""Contracts: the list, and one of them with all its dated terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from worklog.cli.render.line import Ink, Line, clip, paint_all, words
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, Column, pairs, table
from worklog.domain.contract import Billing, Contract, Terms
from worklog.domain.times import WEEKDAYS, in_words
from worklog.domain.wording import hours, money


def contracts_table(
    contracts: Sequence[Contract], usual: Contract | None, now: datetime, look: Look
) -> str:
    """Return *contracts* with the terms of *now*; *usual* is marked. Empty for none."""
    if not contracts:
        return ""
    rows: list[list[Cell]] = []
    for contract in contracts:
        terms = contract.terms_at(now)
        is_usual = usual is not None and usual.contract_id == contract.contract_id
        ink = Ink.DIM if contract.is_archived else Ink.TEXT
        rows.append(
            [
                (look.of("●", "*") if is_usual else "", Ink.ACTIVE),
                (words(contract.name), Ink.STRONG if is_usual else ink),
                (words(contract.client), ink),
                (_rate(terms), ink),
                ("" if terms.weekly_limit is None else _hours_of(terms), ink),
                (words(", ".join(contract.labels)), Ink.DIM),
                ("archived" if contract.is_archived else _home(contract), Ink.DIM),
            ]
        )
    columns = (
        Column(""),
        Column("name", is_flexible=True),
        Column("client", is_flexible=True),
        Column("per hour", is_figure=True),
        Column("a week", is_figure=True),
        Column("labels", is_flexible=True),
        Column(""),
    )
    return paint_all(table(columns, rows, look), look)


def contract_text(contract: Contract, now: datetime, zone: tzinfo, look: Look) -> str:
    """Return *contract* whole: who pays, the terms that hold, those that were and will be."""
    terms = contract.terms_at(now)
    head: list[tuple[str, Cell]] = [
        ("client", words(contract.client) or ("-", Ink.DIM)),
        ("title", words(contract.title) or ("-", Ink.DIM)),
        ("labels", words(", ".join(contract.labels)) or ("any", Ink.DIM)),
        ("kept", words(contract.service) or "on this machine only"),
        ("id", (contract.contract_id, Ink.DIM)),
    ]
    if contract.is_archived:
        head.insert(0, ("state", ("archived", Ink.DOUBT)))
    title: Line = clip(((words(contract.name), Ink.STRONG),), look.width, look)
    shown: list[Line] = [title, *pairs(head, look, indent=2), (), *_terms(terms, zone, look)]
    others = [other for other in contract.terms if other is not terms]
    for other in others:
        word = "before" if other.since < terms.since else "later"
        shown += [(), *_terms(other, zone, look, word=word)]
    return paint_all(shown, look)


def _terms(terms: Terms, zone: tzinfo, look: Look, *, word: str = "now") -> list[Line]:
    is_first = terms.since.year <= 1970  # noqa: PLR2004 -- since the grid begins: always
    since = "" if is_first else f", from {in_words(terms.since, zone)}"
    day = WEEKDAYS[terms.week_start].title()
    limit = "none" if terms.weekly_limit is None else f"{_hours_of(terms)} a week"
    bills = (
        "ten minutes for each segment with activity"
        if terms.billing is Billing.SLOT
        else "each minute with activity"
    )
    required = [
        name
        for name, is_required in (("memo", terms.memo_required), ("label", terms.label_required))
        if is_required
    ]
    policy = terms.policy
    sharp = f", pixelated by {policy.pixelate} px" if policy.pixelate else ""
    rows: list[tuple[str, Cell]] = [
        ("rate", f"{_rate(terms)} an hour" if terms.rate is not None else "none"),
        ("limit", limit),
        ("bills", bills),
        ("billing week", f"from {day} {terms.week_hour:02}:00 UTC"),
        ("locks", "12 hours after the week" if terms.locks else "never"),
        ("by hand", "allowed" if terms.manual_time else "not allowed"),
        ("unproven", f"up to {hours(terms.allowance.total_seconds())} a week"),
        ("required", " and ".join(required) or "nothing"),
        ("screenshots", f"{policy.screenshots.value}{sharp}"),
        ("titles", "kept" if policy.titles else "not kept"),
        ("policy", f"version {policy.version}"),
    ]
    return [((f"  terms {word}{since}", Ink.STRONG),), *pairs(rows, look, indent=2)]


def _rate(terms: Terms) -> str:
    return "" if terms.rate is None else money(terms.rate, terms.currency)


def _hours_of(terms: Terms) -> str:
    return "" if terms.weekly_limit is None else hours(terms.weekly_limit.total_seconds())


def _home(contract: Contract) -> str:
    return "local" if contract.is_local else "service"
