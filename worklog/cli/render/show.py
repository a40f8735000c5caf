"""One segment whole: what was counted, seen, said and changed, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from worklog.cli.render.boxes import level, of_segment
from worklog.cli.render.history import in_words
from worklog.cli.render.line import Ink, Line, Piece, clip, left, paint_all, right, spread, words
from worklog.cli.render.look import Look
from worklog.cli.render.table import Cell, pairs
from worklog.domain.amendment import Amendment
from worklog.domain.contract import Contract
from worklog.domain.grid import MINUTES
from worklog.domain.ids import ContractId
from worklog.domain.segment import BilledSegment, Picture, Reason
from worklog.domain.segment_words import REASONS, UNCOUNTED, covered_in_words, what_became
from worklog.domain.times import day_in_words
from worklog.domain.times import in_words as moment_in_words
from worklog.domain.wording import (
    clock,
    contract_name,
    count,
    describe,
    hours,
    money,
    zone_name,
)

if TYPE_CHECKING:
    from worklog.app.ports import StoredPicture

_CELL = 4  # cells a minute takes in the table of counts
GRADES = {
    "A": "A: signed, received in time, clocks agree",
    "B": "B: late, or a clock in doubt",
    "C": "C: by hand or imported",
}


@dataclass(frozen=True, slots=True)
class ShowView:
    """What one segment is shown from.

    Attributes:
        row: The segment with its bill.
        contracts: For the names of contracts.
        pictures: Where its pictures are.
        history: Its amendments, oldest first.
        grade: `A`, `B` or `C`; None until it is receipted.
        holds: Why it would not hold, in words; None where nobody looked.
    """

    row: BilledSegment
    contracts: Mapping[ContractId, Contract]
    pictures: Sequence[StoredPicture] = ()
    history: Sequence[Amendment] = ()
    grade: str | None = None
    holds: Sequence[str] | None = None


def show(view: ShowView, *, zone: tzinfo, look: Look) -> str:
    """Return `worklog show`."""
    segment = view.row.segment
    slot = segment.key.slot
    name = words(contract_name(segment.key.contract, view.contracts))
    span = f"{clock(slot.start, zone)}-{clock(slot.end, zone)}"
    day = day_in_words(slot.start.astimezone(zone).date())
    title: list[Piece] = [(f"{day} {span}", Ink.STRONG), (" · ", Ink.DIM), (name, Ink.STRONG)]
    shown: list[Line] = [spread(title, [(zone_name(zone), Ink.DIM)], look.width, look)]
    said = words(describe(segment.memo, segment.label))
    shown.append(clip([(said, Ink.TEXT if segment.memo else Ink.DIM)], look.width, look))
    shown += [(), *_counts(view.row, look), (), *pairs(_facts(view, zone), look)]
    if len(segment.spans) > 1 and not segment.is_deleted:
        shown += [(), *_spans(view.row, zone, look)]
    if segment.pictures:
        shown += [(), *_pictures(view, zone, look)]
    if view.history:
        shown += [(), *_history(view, zone, look)]
    return paint_all(shown, look)


def _counts(row: BilledSegment, look: Look) -> list[Line]:
    activity = row.segment.activity
    boxes: list[Piece] = [(left("boxes", 9), Ink.DIM)]
    for text, ink in of_segment(row, look):
        boxes += [(right(each, _CELL), ink) for each in text]
    shown: list[Line] = [tuple(boxes)]
    rows = (("keys", activity.keys), ("clicks", activity.clicks), ("scrolls", activity.scrolls))
    for name, counts in rows if activity.is_counted else ():
        most = max((number or 0 for number in counts), default=0)
        bars: list[Piece] = [(" " * 9, Ink.TEXT)]
        figures: list[Piece] = [(left(name, 9), Ink.DIM)]
        for number in counts:
            bars.append((right(level(number or 0, most, look), _CELL), Ink.ACTIVE))
            unknown = number is None
            figures.append(
                (
                    right("?" if unknown else str(number), _CELL),
                    Ink.UNKNOWN if unknown else Ink.TEXT,
                )
            )
        if any(number is not None for number in counts):
            figures.append((right(str(sum(number or 0 for number in counts)), 7), Ink.STRONG))
        shown += [tuple(bars), tuple(figures)] if most else [tuple(figures)]
    if not activity.is_known:
        return [clip(line, look.width, look) for line in shown[:1]]
    minutes = "".join(right(str(minute), _CELL) for minute in range(MINUTES))
    shown.append(((" " * 9 + minutes + "  minute", Ink.DIM),))
    if not activity.is_counted:
        shown.append(((left("counts", 11), Ink.DIM), (UNCOUNTED, Ink.UNKNOWN)))
    return [clip(line, look.width, look) for line in shown]


def _facts(view: ShowView, zone: tzinfo) -> list[tuple[str, Cell]]:
    segment, bill = view.row.segment, view.row.bill
    worth = f" = {money(bill.amount, bill.currency)}" if bill.amount is not None else ""
    is_billed = bill.reason is Reason.BILLED
    billed = f"{hours(bill.seconds)}{worth}" if is_billed else REASONS[bill.reason]
    facts: list[tuple[str, Cell]] = [
        ("billed", (billed, Ink.STRONG if is_billed else Ink.DOUBT)),
    ]
    if segment.tracked:
        tracked = segment.tracked_seconds
        facts.append(("tracked", f"{tracked // 60} min {tracked % 60} s"))
    if segment.manual_seconds:
        facts.append(("by hand", (hours(segment.manual_seconds), Ink.MANUAL)))
    if segment.application is not None or segment.title is not None:
        window = ": ".join(words(text) for text in (segment.application, segment.title) if text)
        facts.append(("window", window))
    if segment.marks:
        facts.append(("marks", ", ".join(segment.marks)))
    if segment.first is not None and segment.tracked:
        facts.append(("began", moment_in_words(segment.first.replace(microsecond=0), zone)))
    if segment.parts:
        devices = count(len(segment.devices), "device")
        facts.append(("evidence", f"{count(len(segment.parts), 'signed part')} of {devices}"))
    grade = GRADES.get(view.grade or "", "no grade: no service has received it")
    facts.append(("grade", grade))
    if view.holds is not None and not segment.is_deleted:
        doubts = ", ".join(view.holds)
        holds: Cell = (f"no: {doubts}", Ink.DOUBT) if doubts else ("yes", Ink.ACTIVE)
        facts.append(("would hold", holds))
    return facts


def _spans(row: BilledSegment, zone: tzinfo, look: Look) -> list[Line]:
    def at(second: int) -> str:
        local = (row.segment.key.slot.start + timedelta(seconds=second)).astimezone(zone)
        return f"{local:%H:%M:%S}"

    rows: list[tuple[str, Cell]] = [
        (f"{at(start)}-{at(end)}", words(describe(memo, label)))
        for start, end, memo, label in row.segment.spans
    ]
    return [(("said", Ink.STRONG),), *pairs(rows, look, indent=2, wraps=False)]


def _pictures(view: ShowView, zone: tzinfo, look: Look) -> list[Line]:
    """Return what became of each picture; a path is never cut, it is there to be copied."""
    files = {(p.part, p.capture.role, p.capture.monitor): p for p in view.pictures}
    shown: list[Line] = [(("pictures", Ink.STRONG),)]
    for picture in view.row.segment.pictures:
        capture = picture.capture
        stored = files.get((picture.part, capture.role, capture.monitor))
        name = f"  {capture.role.value} {capture.monitor + 1}, {clock(capture.taken_at, zone)}  "
        shown.append(clip([(name, Ink.DIM), _picture(picture, stored)], look.width, look))
        if stored is not None:
            shown.append(((f"    {words(stored.file)}", Ink.TEXT),))
    return shown


def _picture(picture: Picture, stored: StoredPicture | None) -> Piece:
    capture = picture.capture
    if not capture.has_picture:
        return f"none: {what_became(capture)}", Ink.DOUBT
    share = stored.redacted if stored is not None else picture.redacted
    said = covered_in_words(share, capture.covered)
    covered = f", {said}" if said else ""
    where = "" if stored is not None else ", not on this machine"
    return f"{capture.width} x {capture.height}{covered}{where}", Ink.TEXT


def _history(view: ShowView, zone: tzinfo, look: Look) -> list[Line]:
    rows: list[tuple[str, Cell]] = [
        (
            moment_in_words(amendment.stamp.instant.replace(microsecond=0), zone),
            in_words(amendment, view.contracts, zone),
        )
        for amendment in view.history
    ]
    return [(("history", Ink.STRONG),), *pairs(rows, look, indent=2)]
