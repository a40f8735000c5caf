"""A timesheet as a calendar (RFC 5545): an event for each stretch of work.

Segments that follow each other with the same contract, memo and label are one event. Its
UID is contract and first slot, which name it once and for all: importing a later report
moves and renames events instead of doubling them. Times are UTC, so no zone is shipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from worklog.domain.contract import Contract
from worklog.domain.part import union
from worklog.domain.segment import BilledSegment
from worklog.domain.text import printable
from worklog.domain.timesheet import live_seconds, totals
from worklog.domain.wording import amounts
from worklog.reports.content import TITLE, period
from worklog.reports.report import Report, clipped, hours

PRODUCT: Final = "-//worklog//worklog-diary//EN"


def write(report: Report, form: str = "ics") -> bytes:
    """Return *report* as a calendar in UTF-8, lines ended by CRLF."""
    del form
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{TITLE}: {period(report)}")
    for rows in stretches(report.segments):
        contract = report.contracts[rows[0].segment.key.contract]
        calendar.add_component(_event(rows, contract, report.made_at))
    content: bytes = calendar.to_ical()
    return content


def stretches(rows: tuple[BilledSegment, ...]) -> Iterator[list[BilledSegment]]:
    """Yield segments that follow each other and are of the same work, by time."""
    live = [row for row in rows if live_seconds(row.segment)]
    found: list[BilledSegment] = []
    for row in sorted(live, key=lambda row: (row.segment.key.contract, row.segment.key.slot)):
        if found and not _continues(found[-1], row):
            yield found
            found = []
        found.append(row)
    if found:
        yield found


def _continues(before: BilledSegment, row: BilledSegment) -> bool:
    one, other = before.segment, row.segment
    return other.key.slot.index == one.key.slot.index + 1 and (
        other.key.contract,
        other.memo,
        other.label,
        other.origin,
    ) == (one.key.contract, one.memo, one.label, one.origin)


def _event(rows: list[BilledSegment], contract: Contract, made_at: datetime) -> Event:
    segment = rows[0].segment
    key = segment.key
    event = Event()
    event.add("uid", f"{key.slot.start:%Y%m%dT%H%M%SZ}-{key.contract}@worklog")
    event.add("dtstamp", made_at.replace(microsecond=0))
    start, end = _bounds(rows)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", clipped(printable(segment.memo)) or printable(contract.name))
    event.add("description", _description(rows, contract))
    if segment.label:
        event.add("categories", [clipped(printable(segment.label))])
    return event


def _bounds(rows: list[BilledSegment]) -> tuple[datetime, datetime]:
    """Return the first and the last instant of work in *rows*."""
    spans = [
        union([*row.segment.tracked, *((time.start, time.end) for time in row.segment.manual)])
        for row in (rows[0], rows[-1])
    ]
    first, last = (row.segment.key.slot.start for row in (rows[0], rows[-1]))
    return (
        first + timedelta(seconds=spans[0][0][0]),
        last + timedelta(seconds=spans[1][-1][1]),
    )


def _description(rows: list[BilledSegment], contract: Contract) -> str:
    sums = totals(rows)
    words = (printable(word) for word in (contract.client, contract.title, contract.name))
    time = [
        f"{hours(sums.billed_seconds)} billed",
        f"{hours(sums.tracked_seconds)} tracked",
        *([f"{hours(sums.manual_seconds)} manual"] if sums.manual_seconds else []),
        *([f"{hours(sums.late_seconds)} late"] if sums.late_seconds else []),
        *([amounts(sums.amounts)] if sums.amounts else []),
    ]
    return f"{' · '.join(dict.fromkeys(filter(None, words)))}\n{' · '.join(time)}"
