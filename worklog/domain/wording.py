"""The words and figures that several views share: durations, money, days, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId


def hours(seconds: float) -> str:
    """Return whole minutes of *seconds* as `6:20`."""
    whole, minutes = divmod(int(seconds) // 60, 60)
    return f"{whole}:{minutes:02}"


def stopwatch(seconds: float) -> str:
    """Return *seconds* as `0:47:12`."""
    return f"{hours(seconds)}:{int(seconds) % 60:02}"


def length_of(span: timedelta) -> str:
    """Return *span* as a person says it: `2 days`, `1 h 5 min`, `6 min`, `40 s`."""
    seconds = max(0, span // timedelta(seconds=1))
    if seconds < 60:  # noqa: PLR2004 -- a minute
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:  # noqa: PLR2004 -- an hour
        return f"{minutes} min"
    if minutes < 48 * 60:
        whole, rest = divmod(minutes, 60)
        return f"{whole} h {rest} min" if rest else f"{whole} h"
    return f"{minutes // (24 * 60)} days"


def money(amount: Decimal, currency: str) -> str:
    """Return *amount* with its currency: `1,234.50 EUR`."""
    return f"{amount:,} {currency}".rstrip()


def amounts(sums: Mapping[str, Decimal]) -> str:
    """Return sums by currency, beside each other and never added."""
    return " · ".join(money(sums[currency], currency) for currency in sorted(sums))


def clock(instant: datetime, zone: tzinfo) -> str:
    """Return the local time of day, `10:40`."""
    return f"{instant.astimezone(zone):%H:%M}"


def zone_name(zone: tzinfo) -> str:
    """Return how *zone* is known: `Europe/Berlin`."""
    return str(zone)


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 segment`, `2 segments`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def contract_name(contract: ContractId, contracts: Mapping[ContractId, Contract]) -> str:
    """Return the name of *contract*, or the beginning of its id where it is not known."""
    known = contracts.get(contract)
    return known.name if known is not None else contract[:8]


def describe(memo: str, label: str, *, otherwise: str = "no memo") -> str:
    """Return memo and label as `fixing login · dev`."""
    return " · ".join(word for word in (memo or otherwise, label) if word)
