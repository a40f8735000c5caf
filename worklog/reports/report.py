"""What a report writer gets: a timesheet, flattened to rows with names instead of ids.

Money of different currencies is never added up: a row has one amount for each currency
it has, and totals have one line a currency (R18).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from worklog.domain.contract import Contract, Week
from worklog.domain.grouping import Dimension, Line, NoApp, Totals, Value, leaves
from worklog.domain.ids import ContractId
from worklog.domain.text import MEMO_LENGTH, printable
from worklog.domain.times import day_in_words

if TYPE_CHECKING:
    from worklog.domain.amendment import Key
    from worklog.domain.segment import BilledSegment

HOUR_SECONDS = 3600
MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands above a document for a client; all of it may be missing.

    Attributes:
        logo: A PNG.
        sender: The lines of an address.
        recipient: Likewise.
    """

    logo: bytes = b""
    sender: tuple[str, ...] = ()
    recipient: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """What makes a timesheet a bill.

    Attributes:
        number: As whoever writes it counts them.
        day: Of the bill.
        due: Until when it is to be paid; None to leave that open.
        tax: What is added to the sum [%].
    """

    number: str
    day: date
    due: date | None = None
    tax: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class Screenshot:
    """One picture of a screen, small.

    Attributes:
        key: Slot and contract of its segment.
        taken_at: When it was taken.
        memo: Of its segment.
        image: A JPEG, with everything covered that is.
        monitor: Of which monitor, from 0; None where its segment has no other picture.
        is_redacted: Whether something was covered.
    """

    key: Key
    taken_at: datetime
    memo: str
    image: bytes
    monitor: int | None = None
    is_redacted: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A timesheet to write.

    Attributes:
        start: First instant of the range.
        end: Instant after the last.
        zone: Of days and weeks in words.
        by: What it is grouped by, outermost first.
        lines: As `worklog.domain.timesheet.grouped` gives them.
        totals: Of all.
        contracts: For names, clients and currencies.
        made_at: When the report was made.
        segments: What the lines are made of, none of it deleted; for rates, pictures of
            time and calendars.
        letterhead: For documents.
        invoice: What makes it a bill; None for a timesheet. A bill is of one currency.
        screenshots: In order of time, for a PDF that was asked to have them.
    """

    start: datetime
    end: datetime
    zone: tzinfo
    by: tuple[Dimension, ...]
    lines: tuple[Line, ...]
    totals: Totals
    contracts: Mapping[ContractId, Contract]
    made_at: datetime
    segments: tuple[BilledSegment, ...] = ()
    letterhead: Letterhead = Letterhead()
    invoice: Invoice | None = None
    screenshots: tuple[Screenshot, ...] = ()

    def rows(self) -> Iterator[tuple[tuple[Value, ...], Totals]]:
        """Yield the lines of the last level with the values of all levels."""
        return leaves(self.lines)

    def name(self, value: Value) -> str:
        """Return *value* as a person reads it: safe to print, and not without end."""
        if isinstance(value, Week):
            local = value.start.astimezone(self.zone).date()
            return f"week of {day_in_words(local)}"
        if isinstance(value, date):
            return day_in_words(value)
        if isinstance(value, NoApp):
            return value.value
        known = self.contracts.get(ContractId(value))
        return clipped(printable(known.name if known is not None else value))

    def key(self, value: Value) -> str:
        """Return *value* for programs: days in ISO 8601, weeks by their first instant."""
        if isinstance(value, Week):
            return value.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, NoApp):
            return value.value
        known = self.contracts.get(ContractId(value))
        return known.name if known is not None else value

    def has_manual(self) -> bool:
        """Whether any of it was added by hand."""
        return self.totals.manual_seconds > 0

    def has_late(self) -> bool:
        """Whether any of it came after the lock."""
        return self.totals.late_seconds > 0


def clipped(text: str) -> str:
    """Return *text*, cut where it is longer than any memo that was typed."""
    return text if len(text) <= MEMO_LENGTH else f"{text[: MEMO_LENGTH - 1]}…"


def hours(seconds: int) -> str:
    """Return whole minutes of *seconds* as `6:20`."""
    minutes = seconds // MINUTE_SECONDS
    return f"{minutes // 60}:{minutes % 60:02}"


def decimal_hours(seconds: int) -> str:
    """Return *seconds* in hours with two decimals, half up, as invoices have them."""
    hundredths = (2 * seconds * 100 + HOUR_SECONDS) // (2 * HOUR_SECONDS)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def currencies(report: Report) -> Sequence[str]:
    """Return the currencies of *report*, sorted."""
    return sorted(report.totals.amounts)


def amount(figures: Totals, currency: str) -> Decimal | None:
    """Return what *figures* are worth in *currency*; None for nothing in it."""
    return figures.amounts.get(currency)
