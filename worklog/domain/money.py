"""Money: rounded once, half up, in whole minor units, and split without a rest (R18).

All sums are whole numbers of the currency's minor unit inside, exact fractions until
the one rounding; `Decimal` only carries the result, so no arithmetic context matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

HOUR_SECONDS: Final = 3600

DEFAULT_EXPONENT: Final = 2
# Source: ISO 4217, list one (active codes), column "minor unit", where it is not 2.
_EXPONENTS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENT: Final = {code: digits for digits, codes in _EXPONENTS.items() for code in codes.split()}


def exponent(currency: str) -> int:
    """Return how many decimals amounts in *currency* have."""
    return _EXPONENT.get(currency, DEFAULT_EXPONENT)


def earned(rate: Decimal, seconds: int, currency: str) -> int:
    """Return *seconds* at an hourly *rate* in minor units of *currency*, half up."""
    numerator, denominator = rate.as_integer_ratio()
    return _half_up(numerator * seconds * _scale(currency), denominator * HOUR_SECONDS)


def decimal(minor: int, currency: str) -> Decimal:
    """Return *minor* units of *currency* as an amount with all its decimals."""
    return Decimal(minor).scaleb(-exponent(currency))


def minor_units(amount: Decimal, currency: str) -> int:
    """Return *amount* in minor units of *currency*, half up where it is finer."""
    numerator, denominator = amount.as_integer_ratio()
    return _half_up(numerator * _scale(currency), denominator)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Return *total* split in proportion to *weights*, by largest remainder.

    The shares add up to *total*, each is its exact share rounded up or down, and a
    weight of 0 gets nothing. Among equal remainders the units are spread evenly over
    the sequence, so that of equal segments a day gets its share whichever it is.

    Raises:
        ValueError: there is something to split, and no weight to carry it.
    """
    whole = sum(weights)
    if not whole:
        if total:
            msg = "nothing to carry the amount"
            raise ValueError(msg)
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    missing = total - sum(shares)
    if not missing:
        return shares
    tied: defaultdict[int, list[int]] = defaultdict(list)
    for position, weight in enumerate(weights):
        tied[total * weight % whole].append(position)
    for remainder in sorted(tied, reverse=True):
        group = tied[remainder]
        taken = min(missing, len(group))
        for number, position in enumerate(group):
            if (number + 1) * taken // len(group) > number * taken // len(group):
                shares[position] += 1
        missing -= taken
    return shares


def _scale(currency: str) -> int:
    scale: int = 10 ** exponent(currency)
    return scale


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
