"""Money: one rounding, no rest (R18)."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklog.domain.money import decimal, earned, exponent, minor_units, split

weights = st.lists(st.sampled_from([0, 60, 540, 600, 600, 600]) | st.integers(0, 600), max_size=30)
rates = st.decimals("0", "9999.99", places=2)


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XYZ", 2), ("", 2)]
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("rate", "seconds", "currency", "minor"),
    [
        ("10.00", 600, "EUR", 167),
        ("0.09", 600, "EUR", 2),  # 1.5 cents
        ("0.03", 600, "EUR", 1),  # half a cent
        ("0.02", 600, "EUR", 0),
        ("1000", 600, "JPY", 167),
        ("1", 600, "KWD", 167),
    ],
)
def test_r18_half_a_minor_unit_rounds_up(
    rate: str, seconds: int, currency: str, minor: int
) -> None:
    assert earned(Decimal(rate), seconds, currency) == minor


@given(rates, st.integers(0, 604_800))
def test_r18_what_is_earned_is_within_half_a_unit_whatever_the_decimal_context(
    rate: Decimal, seconds: int
) -> None:
    with localcontext(prec=3):
        minor = earned(rate, seconds, "EUR")

    exact = Fraction(rate) * seconds / 36
    assert minor - Fraction(1, 2) <= exact < minor + Fraction(1, 2)


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_has_all_its_decimals_and_comes_back(minor: int, currency: str) -> None:
    amount = decimal(minor, currency)

    assert amount.as_tuple().exponent == -exponent(currency)
    assert minor_units(amount, currency) == minor


def test_an_amount_that_is_finer_than_its_currency_rounds_half_up() -> None:
    assert minor_units(Decimal("0.125"), "EUR") == 13


@given(st.integers(0, 10**9), weights.filter(any))
def test_r18_shares_add_up_and_each_is_rounded_up_or_down(total: int, parts: list[int]) -> None:
    shares = split(total, parts)

    exact = [Fraction(total * weight, sum(parts)) for weight in parts]
    assert sum(shares) == total
    assert all(abs(share - part) < 1 for share, part in zip(shares, exact, strict=True))


@given(st.integers(0, 10**9), weights.filter(any))
def test_r18_larger_remainders_are_served_first(total: int, parts: list[int]) -> None:
    exact = [Fraction(total * weight, sum(parts)) for weight in parts]

    gained = [share - part // 1 for share, part in zip(split(total, parts), exact, strict=True)]

    served = [part % 1 for part, gain in zip(exact, gained, strict=True) if gain]
    passed_over = [part % 1 for part, gain in zip(exact, gained, strict=True) if not gain]
    assert not served or not passed_over or min(served) >= max(passed_over)


@given(st.integers(0, 10_000), st.integers(1, 200), st.data())
def test_of_equal_parts_any_stretch_gets_its_share(
    total: int, count: int, data: st.DataObject
) -> None:
    shares = split(total, [600] * count)

    start = data.draw(st.integers(0, count))
    end = data.draw(st.integers(start, count))
    assert abs(sum(shares[start:end]) - Fraction(total * (end - start), count)) < 1


def test_nothing_is_split_over_nothing() -> None:
    assert split(0, []) == []
    assert split(0, [0, 0]) == [0, 0]


def test_an_amount_needs_something_to_carry_it() -> None:
    with pytest.raises(ValueError, match="nothing to carry"):
        split(5, [0, 0])
