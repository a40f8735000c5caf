"""What a report says beside its lines, in the words that all documents share.

A document for a client has a title, a period, who it is about and at which rate, and its
sums; every format takes them from here, so that a page and a file never differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from worklog.domain.contract import Calendar, Contract
from worklog.domain.grouping import Line, Totals
from worklog.domain.ids import ContractId
from worklog.domain.money import exponent
from worklog.domain.text import printable
from worklog.domain.times import day_in_words, in_words
from worklog.domain.timesheet import totals
from worklog.domain.wording import money, zone_name
from worklog.reports.report import Report, currencies, hours

TITLE = "Timesheet"
NOTHING = "Nothing was tracked in this time."
BILLED_AND_TRACKED = (
    "Billed is what is charged; tracked is the time that was really recorded, never rounded."
)


@dataclass(frozen=True, slots=True)
class Party:
    """One contract of a report.

    Attributes:
        contract: With its client and title.
        rates: What an hour costs, in the order in which that held.
        totals: Of the contract in this report.
    """

    contract: Contract
    rates: tuple[tuple[Decimal, str], ...]
    totals: Totals

    @property
    def name(self) -> str:
        """Client, title and name, as far as there are any."""
        found = self.contract
        words = (printable(word) for word in (found.client, found.title, found.name))
        return " · ".join(dict.fromkeys(word for word in words if word))

    @property
    def rate(self) -> str:
        """The rates in words: `41.67 EUR an hour`; empty without any."""
        return ", then ".join(
            f"{money(in_full(rate, currency), currency)} an hour" for rate, currency in self.rates
        )


def in_full(rate: Decimal, currency: str) -> Decimal:
    """Return *rate* with all decimals of *currency*, and those that it has beyond them."""
    whole = rate.quantize(Decimal(1).scaleb(-exponent(currency)))
    return whole if whole == rate else rate


def title(report: Report) -> str:
    """Return what the document is."""
    return TITLE if report.invoice is None else f"Invoice {printable(report.invoice.number)}"


def terms_of_payment(report: Report) -> list[tuple[str, str]]:
    """Return names and values of what stands above a bill; nothing for a timesheet."""
    invoice = report.invoice
    if invoice is None:
        return []
    due = [] if invoice.due is None else [("due", day_in_words(invoice.due))]
    return [("date", day_in_words(invoice.day)), *due, ("work of", period(report))]


def to_pay(report: Report) -> list[tuple[str, str]]:
    """Return the sum, the tax and what is to be paid, in words; nothing for a timesheet.

    The tax is rounded once, half up, to the minor unit of the currency.
    """
    if report.invoice is None:
        return []
    (currency,) = currencies(report)
    net = report.totals.amounts[currency]
    smallest = Decimal(1).scaleb(-exponent(currency))
    tax = (net * report.invoice.tax / 100).quantize(smallest, ROUND_HALF_UP)
    rate = f"{report.invoice.tax.normalize():f}"
    return [
        *([("sum", money(net, currency)), (f"tax, {rate} %", money(tax, currency))] if tax else []),
        ("to pay", money(net + tax, currency)),
    ]


def period(report: Report) -> str:
    """Return the days that *report* is of: `Mon 16 Nov 2026 to Sun 22 Nov 2026`."""
    first = report.start.astimezone(report.zone).date()
    last = (report.end - timedelta(microseconds=1)).astimezone(report.zone).date()
    if first == last:
        return day_in_words(first)
    return f"{day_in_words(first)} to {day_in_words(last)}"


def parties(report: Report) -> list[Party]:
    """Return the contracts of *report* that have segments in it, by name."""
    rows: dict[ContractId, list[int]] = {}
    for number, row in enumerate(report.segments):
        rows.setdefault(row.segment.key.contract, []).append(number)
    found = []
    for name, numbers in rows.items():
        contract = report.contracts[name]
        own = [report.segments[number] for number in numbers]
        calendar = Calendar(contract)
        weeks = sorted({calendar.week_at(row.segment.key.slot.start) for row in own})
        prices = [contract.price_of(week) for week in weeks]
        rates = dict.fromkeys((p.rate, p.currency) for p in prices if p.rate is not None)
        found.append(Party(contract, tuple(rates), totals(own)))
    return sorted(found, key=lambda party: (party.contract.name, party.contract.contract_id))


def flat(lines: Iterable[Line], depth: int = 0) -> Iterator[tuple[Line, int]]:
    """Yield *lines* and what is in them, outermost first, each with its depth."""
    for line in lines:
        yield line, depth
        yield from flat(line.lines, depth + 1)


def line_name(report: Report, line: Line) -> str:
    """Return what *line* is called: `no memo` for an empty one."""
    return report.name(line.value) or f"no {line.dimension}"


def figures_of(report: Report) -> list[str]:
    """Return the heads of the figures; manual and late only where there is any."""
    if report.invoice is not None:
        return ["billed", *currencies(report)]
    return [
        "billed",
        "tracked",
        *(["manual"] if report.has_manual() else []),
        *(["late"] if report.has_late() else []),
        *currencies(report),
    ]


def sums_in_words(report: Report) -> str:
    """Return the totals as `26:00 billed · 25:49 tracked · 972.30 EUR`."""
    figures = report.totals
    return " · ".join(
        [
            f"{hours(figures.billed_seconds)} billed",
            f"{hours(figures.tracked_seconds)} tracked",
            *([f"{hours(figures.manual_seconds)} manual"] if report.has_manual() else []),
            *([f"{hours(figures.late_seconds)} late"] if report.has_late() else []),
            *(money(figures.amounts[code], code) for code in currencies(report)),
        ]
    )


def notes(report: Report) -> list[str]:
    """Return what has to be said of the figures of *report*."""
    return [
        *(["Manual time was added by hand."] if report.has_manual() else []),
        *(
            ["Late time came after its week had locked, and bills once it is accepted."]
            if report.has_late()
            else []
        ),
        *(
            ["Amounts in different currencies are not added up."]
            if len(currencies(report)) > 1
            else []
        ),
    ]


def explanations(report: Report) -> list[str]:
    """Return what a document says below its figures; a bill says only when it was made."""
    said = [BILLED_AND_TRACKED, *notes(report)] if report.invoice is None else []
    return [*said, made(report)]


def made(report: Report) -> str:
    """Return when and in which zone *report* was made."""
    when = in_words(report.made_at, report.zone)
    return f"Made {when}, times of {zone_name(report.zone)}."
