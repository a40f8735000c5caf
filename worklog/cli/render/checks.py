"""Lists of what works, what is set and what was found: doctor, config, review, check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from worklog.cli.render.line import Ink, Line, Piece, clip, paint_all, words
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, Column, table
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.ranges import in_range_words
from worklog.domain.review import Finding, Kind
from worklog.domain.wording import contract_name, count, hours

FINDINGS: Final[Mapping[Kind, str]] = {
    Kind.NO_MEMO: "no memo",
    Kind.VAGUE_MEMO: "the memo says next to nothing",
    Kind.LOW_ACTIVITY: "few green boxes",
    Kind.IDLE: "no input at all, so not billed",
    Kind.UNPROVEN: "nothing proves it",
    Kind.BLANK_PICTURE: "the picture is blank",
    Kind.DUPLICATE_PICTURE: "the same picture as elsewhere",
    Kind.MANUAL: "added by hand",
    Kind.LATE: "came after the lock",
    Kind.SHARED: "bills for another contract",
    Kind.OVER_LIMIT: "over the weekly limit",
    Kind.UNSYNCED: "not uploaded yet",
    Kind.MANUAL_SHARE: "much of the week is by hand",
    Kind.GAP: "nothing tracked in between",
}
FIXES: Final[Mapping[Kind, str]] = {
    Kind.NO_MEMO: "worklog edit RANGE --memo TEXT",
    Kind.VAGUE_MEMO: "worklog edit RANGE --memo TEXT",
    Kind.LOW_ACTIVITY: "worklog show TIME",
    Kind.IDLE: "worklog delete RANGE, or leave it",
    Kind.UNPROVEN: "worklog doctor",
    Kind.BLANK_PICTURE: "worklog doctor",
    Kind.DUPLICATE_PICTURE: "worklog show TIME",
    Kind.MANUAL: "worklog edit RANGE --memo TEXT",
    Kind.LATE: "the client accepts it, or worklog delete RANGE",
    Kind.SHARED: "worklog edit RANGE --wins",
    Kind.OVER_LIMIT: "worklog edit RANGE --to CONTRACT",
    Kind.UNSYNCED: "worklog sync",
    Kind.MANUAL_SHARE: "worklog diary RANGE",
    Kind.GAP: "worklog idle, or worklog add RANGE",
}


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way of one port, as `doctor` found it.

    Attributes:
        port: `screen`, `input`, `window`, `presence`, `notify`.
        way: Its name.
        reason: Why it cannot serve; None if it can.
        fix: What to do about that, or before the first use.
        is_chosen: It is the one in use.
    """

    port: str
    way: str
    reason: str | None
    fix: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One thing that `check` or `doctor` looked at.

    Attributes:
        subject: What.
        state: `ok`, `warning` or `bad`.
        detail: What was found.
        fix: What to do; empty where nothing is.
    """

    subject: str
    state: str
    detail: str
    fix: str = ""


_PORT: Final = 10  # cells for the name of a port
_MANY: Final = 3  # ways from which on what they fail by is said once
_INK: Final = {"ok": Ink.ACTIVE, "warning": Ink.DOUBT, "bad": Ink.DANGER}


def doctor(rows: Sequence[WayRow], look: Look) -> str:
    """Return port by way: what works, why the others do not, and how to change that.

    What many ways fail by, as the ways of a desktop that is not there do, is said once, below.
    """
    reasons = Counter((row.reason, row.fix) for row in rows if row.reason is not None)
    shared = [why for why, number in reasons.items() if number >= _MANY]
    alone = [row for row in rows if (row.reason, row.fix) not in shared]
    width = max((len(row.way) for row in alone), default=0)
    shown: list[Line] = []
    for port in dict.fromkeys(row.port for row in rows):
        lines: list[Line] = []
        for row in (row for row in alone if row.port == port):
            lines += _way(row, "" if lines else port, width, look)
        shown += lines or [
            ((f"{port:<{_PORT}}", Ink.STRONG), ("nothing works, see below", Ink.TEXT))
        ]
    for reason, fix in shared:
        fails: list[Piece] = [(look.of("✗", "-"), Ink.DIM), (" ", Ink.TEXT)]
        ports = _by_port(row for row in rows if (row.reason, row.fix) == (reason, fix))
        shown += [(), *_hanging(fails, ports, Ink.DIM, 2, look)]
        for text, ink in ((words(reason or ""), Ink.DIM), (fix, Ink.TEXT)):
            shown += _hanging([("  ", Ink.TEXT)], text, ink, 2, look) if text else []
    return paint_all(shown, look)


def _way(row: WayRow, port: str, width: int, look: Look) -> list[Line]:
    works = row.reason is None
    sign: Piece = (look.of("✓", "+"), Ink.ACTIVE) if works else (look.of("✗", "-"), Ink.DIM)
    state = ("in use" if row.is_chosen else "works") if works else words(row.reason or "")
    ink = Ink.TEXT if row.is_chosen else Ink.DIM
    begin: list[Piece] = [
        (f"{port:<{_PORT}}", Ink.STRONG),
        sign,
        (f" {row.way:<{width}}  ", ink),
    ]
    indent = _PORT + 2 + width + 2
    lines = _hanging(begin, state, ink, indent, look)
    if row.fix:
        lines += _hanging([(" " * indent, Ink.TEXT)], row.fix, Ink.TEXT, indent, look)
    return lines


def _by_port(rows: Iterable[WayRow]) -> str:
    """Return ways with the port of each: `screen grim, portal; window sway`."""
    ways: dict[str, list[str]] = {}
    for row in rows:
        ways.setdefault(row.port, []).append(row.way)
    return "; ".join(f"{port} {', '.join(names)}" for port, names in ways.items())


def checks(rows: Sequence[CheckRow], look: Look) -> str:
    """Return what was looked at, with its state, and below what is wrong how to mend it."""
    shown: list[Line] = []
    width = max((len(row.subject) for row in rows), default=0)
    for row in rows:
        begin: list[Piece] = [
            (f"{row.state:<8}", _INK.get(row.state, Ink.TEXT)),
            (f"{row.subject:<{width}}  ", Ink.STRONG),
        ]
        indent = 8 + width + 2
        shown += _hanging(begin, words(row.detail), Ink.TEXT, indent, look)
        if row.fix:
            shown += _hanging([(" " * indent, Ink.TEXT)], words(row.fix), Ink.DIM, indent, look)
    return paint_all(shown, look)


def config(rows: Sequence[tuple[str, str, str]], look: Look) -> str:
    """Return (key, value, source) as a table; what is not a default stands out."""
    cells: list[list[Cell]] = [
        [
            (name, Ink.TEXT),
            (
                words(value).replace("\n", "; ") or "-",
                Ink.DIM if source == "default" else Ink.STRONG,
            ),
            (source, Ink.DIM),
        ]
        for name, value, source in rows
    ]
    columns = (Column("key"), Column("value", is_flexible=True), Column("from", is_flexible=True))
    return paint_all(table(columns, cells, look), look)


def findings(
    found: Sequence[Finding], contracts: Mapping[ContractId, Contract], zone: tzinfo, look: Look
) -> str:
    """Return what a review found, by contract, each with its time and what to do."""
    if not found:
        return "Nothing to complain about: all of it would hold."
    shown: list[Line] = []
    before: ContractId | None = None
    for finding in found:
        if finding.contract != before:
            if before is not None:
                shown.append(())
            name = words(contract_name(finding.contract, contracts))
            shown.append(clip([(name, Ink.STRONG)], look.width, look))
            before = finding.contract
        shown += _finding(finding, zone, look)
    shown += [(), ((f"{count(len(found), 'finding')}.", Ink.DIM),)]
    return paint_all(shown, look)


def _finding(finding: Finding, zone: tzinfo, look: Look) -> list[Line]:
    facts = finding.facts
    start, end = facts.get("start"), facts.get("end")
    when, fix = "", FIXES[finding.kind]
    if isinstance(start, datetime) and isinstance(end, datetime):
        when = in_range_words(start, end, zone)
        fix = fix.replace("RANGE", typed(start, end, zone))
        fix = fix.replace("TIME", f'"{start.astimezone(zone):%Y-%m-%d %H:%M}"')
    seconds = facts.get("seconds", 0)
    length = hours(seconds) if isinstance(seconds, int) else ""
    what = FINDINGS[finding.kind]
    if "memo" in facts:
        what += f': "{words(str(facts["memo"]))}"'
    if "boxes" in facts:
        what += f": {facts['boxes']} of {facts['of_boxes']}"
    if isinstance(share := facts.get("permille"), int):
        what += f": {share / 10:g} %"
    begin: list[Piece] = [(f"  {length:>5}  ", Ink.STRONG)]
    lines = _hanging(begin, f"{when}  {what}", Ink.TEXT, 9, look)
    return lines + _hanging([(" " * 9, Ink.TEXT)], fix, Ink.DIM, 9, look)


def typed(start: datetime, end: datetime, zone: tzinfo) -> str:
    """Return ``[start, end)`` as a RANGE to copy into a command line, quotes included."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() == last.date():
        return f'"{first:%Y-%m-%d %H:%M}-{last:%H:%M}"'
    return f'"{first:%Y-%m-%d %H:%M}..{last:%Y-%m-%d %H:%M}"'


def _hanging(begin: list[Piece], text: str, ink: Ink, indent: int, look: Look) -> list[Line]:
    """Return *text* after *begin*, wrapped below itself."""
    from textwrap import wrap

    room = max(16, look.width - indent)
    first, *rest = wrap(text, room, break_on_hyphens=False) or [""]
    return [
        (*begin, (first, ink)),
        *((((" " * indent), Ink.TEXT), (line, ink)) for line in rest),
    ]
