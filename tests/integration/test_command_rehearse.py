"""`worklog rehearse`: a table of weeks twice, and nothing changed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.cli import Desk
from worklog.domain.contract import Contract


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def acme(desk: Desk) -> Contract:
    made = desk.contract("acme", rate=Decimal(60), currency="EUR")
    desk.track(made, "2026-11-10 09:00", count=6)
    desk.track(made, "2026-11-17 09:00", count=3, level=5)
    return made


def test_weeks_are_shown_under_both_terms(desk: Desk, acme: Contract) -> None:
    shown = desk.ok("rehearse", "rate=90 EUR, billing=minute", "2026-11", "-c", "acme")

    lines = [line.split() for line in shown.splitlines()]
    assert lines[0] == ["acme", "under", "rate=90", "EUR,", "billing=minute"]
    assert lines[3] == ["Mon", "9", "Nov", "2026", "1:00", "0:54", "60.00", "EUR", "81.00", "EUR"]
    assert lines[4] == ["Mon", "16", "Nov", "2026", "0:30", "0:15", "30.00", "EUR", "22.50", "EUR"]
    assert lines[5] == ["total", "1:30", "1:09", "90.00", "EUR", "103.50", "EUR"]
    with desk.cache() as cache:
        assert cache.contracts() == [acme]


def test_what_would_have_no_proof_is_named_and_the_rest_counted(desk: Desk, acme: Contract) -> None:
    del acme
    shown = desk.ok("rehearse", "screenshots=required", "2026-11")

    assert "9 segments would have no proof: Tue 10 Nov 09:00" in shown
    assert "and 3 more" in shown.replace("\n", " ")


def test_time_by_hand_that_could_not_be_added_is_named(desk: Desk, acme: Contract) -> None:
    del acme
    desk.ok("add", "2026-11-17 14:00..2026-11-17 14:10", "-m", "a call")

    data = desk.json("rehearse", "manual=no, titles=no", "last week..week")

    assert [len(week["by_hand"]) for week in data["weeks"]] == [0, 1]
    assert data["before"] == data["after"]
    assert "1 segment of time by hand could not be added" in desk.ok(
        "rehearse", "manual=no", "week"
    )


@pytest.mark.parametrize(
    "terms", ["colour=red", "rate", "rate=", "titles=perhaps", "limit=often", "billing=day"]
)
def test_terms_that_cannot_be_read_are_refused(desk: Desk, acme: Contract, terms: str) -> None:
    del acme

    refused = desk.run("rehearse", terms)

    assert refused.status == 2
    assert "hint: " in refused.err


def test_where_there_is_nothing_it_is_said(desk: Desk) -> None:
    assert desk.run("rehearse", "rate=1 EUR").status == 12
    desk.contract("acme")

    nothing = desk.run("rehearse", "limit=none")

    assert nothing.status == 12
    assert "Nothing was recorded for acme in 'last week'." in nothing.err
