"""`worklog report --invoice`: a timesheet as a bill, for one client and of one currency."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.cli import Desk

Made = Callable[..., str]
BILL = ("report", "2026-11-19", "-c", "acme", "--by", "memo", "--invoice", "2026-014")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A morning for a client who pays, at a rate that makes odd cents."""
    desk = Desk(tmp_path)
    acme = desk.contract("acme", client="Acme Ltd", rate=Decimal("33.35"), currency="EUR")
    desk.track(acme, "09:00", count=6)
    desk.track(acme, "11:00", count=1, memo="call")
    return desk


def page_of(desk: Desk, *options: str) -> str:
    """Return the words of the bill as a page, single spaces between them."""
    target = desk.home / "bill.html"
    desk.ok(*BILL, *options, "-o", str(target))
    body = target.read_text().partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def pdf_of(desk: Desk, *options: str) -> str:
    target = desk.home / "bill.pdf"
    desk.ok(*BILL, *options, "-o", str(target))
    done = subprocess.run(
        ["pdftotext", "-layout", str(target), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("made", [page_of, pdf_of])
def test_a_bill_has_number_dates_lines_tax_and_what_is_to_be_paid(desk: Desk, made: Made) -> None:
    text = made(desk, "--tax", "19", "--due-days", "14")

    assert "Invoice 2026-014" in text
    low = text.lower()
    # 70 minutes at 33.35 are 38.9083…, and 19 % of 38.91 are 7.3929.
    for words in (
        "thu 19 nov 2026",
        "thu 3 dec 2026",
        "33.35 eur an hour",
        "fixing bug 1:00 33.35",
        "call 0:10 5.56",
        "total 1:10 38.91",
        "sum 38.91 eur",
        "tax, 19 % 7.39 eur",
        "to pay 46.30 eur",
    ):
        assert words in low, (words, low)
    assert "tracked" not in low.replace("tracked on", "")


@pytest.mark.parametrize("made", [page_of, pdf_of])
def test_without_a_tax_only_the_sum_is_to_be_paid(desk: Desk, made: Made) -> None:
    text = made(desk)

    assert "Tax" not in text
    assert "Due" not in text
    assert "to pay 38.91 eur" in text.lower()


@pytest.mark.parametrize("tax", ["much", "-1", "101", "NaN", ""])
def test_a_tax_that_is_no_figure_is_refused(desk: Desk, tax: str) -> None:
    refused = desk.run(*BILL, "--tax", tax, "-o", str(desk.home / "bill.pdf"))

    assert refused.status == 2
    assert "is no tax" in refused.err
    assert not (desk.home / "bill.pdf").exists()


def test_a_tax_may_have_decimals_and_a_sign(desk: Desk) -> None:
    assert "Tax, 8.1 % 3.15 EUR".lower() in page_of(desk, "--tax", "8,10 %").lower()


def test_a_bill_is_for_one_client_and_of_one_currency(desk: Desk) -> None:
    globex = desk.contract("globex", client="Globex Ltd", rate=Decimal(10), currency="USD")
    desk.track(globex, "13:00", count=1)

    refused = desk.run("report", "2026-11-19", "--invoice", "1", "-o", str(desk.home / "bill.pdf"))

    assert refused.status == 2
    assert "for one client and of one currency" in refused.err
    assert "-c NAME" in refused.err


def test_where_there_is_no_money_there_is_nothing_to_bill(desk: Desk) -> None:
    mine = desk.contract("mine")
    desk.track(mine, "15:00", count=1)

    refused = desk.run(
        "report", "2026-11-19", "-c", "mine", "--invoice", "1", "-o", str(desk.home / "b.html")
    )

    assert refused.status == 2
    assert "nothing to bill" in refused.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--invoice", "1"), "A bill is a page or a PDF"),
        (("--invoice", "1", "-f", "csv"), "A bill is a page or a PDF"),
        (("--tax", "19"), "Only a bill has a tax"),
        (("--due-days", "14"), "Only a bill has a tax"),
    ],
)
def test_what_goes_with_a_bill_only_is_refused_elsewhere(
    desk: Desk, options: tuple[str, ...], words: str
) -> None:
    refused = desk.run("report", "2026-11-19", *options)

    assert refused.status == 2
    assert words in refused.err
