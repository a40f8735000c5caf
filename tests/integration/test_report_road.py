"""A plain report goes its own road, and says what the whole road says, to the letter."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.cli import NOW, Desk
from worklog.cli.quick import quick_report
from worklog.cli.report_road import Plain, plain
from worklog.domain.contract import Contract

RANGES = (
    ("week",),
    ("last week",),
    ("2026-11",),
    ("yesterday",),
    ("mon..wed",),
    ("2026-11-18 09:15..2026-11-19 09:40",),
    ("--from", "2026-01-01"),
    ("--from", "2026-11-17", "--to", "2026-11-18"),
    ("--to=2026-11-18",),
    ("--week",),
    (),
    ("2001",),
)
GROUPS = (
    (),
    ("--by", "contract"),
    ("--by=contract,week"),
    ("--by", "memo,contract"),
    ("--by", "label,day,memo"),
    ("--by", "week"),
    ("--by", "day"),
)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("home"))
    acme = desk.contract("acme", labels=("dev", "qa"), rate=Decimal("33.33"), currency="EUR")
    globex = desk.contract("globex", rate=Decimal(7000), currency="JPY")
    hours = desk.contract("hours")
    for number, (contract, at, memo, label) in enumerate(
        (
            (acme, "2026-11-19 09:00", "fix", "dev"),
            (acme, "2026-11-18 23:30", "fix", "qa"),
            (globex, "2026-11-18 10:00", "search", ""),
            (hours, "2026-11-17 10:00", "", ""),
            (acme, "2026-11-11 10:00", "review", "dev"),
            (globex, "2026-01-12 10:00", "fix", ""),
        )
    ):
        desk.track(contract, at, count=3 + number, memo=memo, label=label, seconds=400 + number)
    desk.ok("add", "2026-11-16 14:00-15:00", "-c", "acme", "-m", "a call")
    desk.ok("delete", "2026-11-19 09:10", "--yes")
    return desk


def quick(desk: Desk, *words: str) -> str | None:
    with freeze_time(NOW):
        return quick_report(words, desk.environ)


@pytest.mark.parametrize("words", RANGES, ids=" ".join)
def test_both_roads_say_the_same(desk: Desk, words: Sequence[str]) -> None:
    for group in GROUPS:
        by = (group,) if isinstance(group, str) else group
        for contract in ((), ("-c", "acme"), ("--contract=globex",)):
            line = (*words, *by, *contract)

            assert quick(desk, *line) == desk.ok("report", *line).rstrip("\n"), line


@given(
    st.lists(
        st.sampled_from(
            [word for group in (*RANGES, *GROUPS) for word in group]
            + ["-c", "acme", "ACME", "nobody", "--json", "-f", "csv", "--by", "app", "--help", "-q"]
        ),
        max_size=5,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_quick_road_does_is_what_the_whole_road_does(
    desk: Desk, words: list[str]
) -> None:
    found = quick(desk, *words)

    if found is not None:
        assert found == desk.ok("report", *words).rstrip("\n")


def test_without_a_usual_contract_the_week_is_that_of_the_zone(desk: Desk) -> None:
    """There are three contracts here and none was used; then one is."""
    assert quick(desk, "week") == desk.ok("report", "week").rstrip("\n")
    desk.ok("contract", "use", "globex")
    assert quick(desk, "week") == desk.ok("report", "week").rstrip("\n")


def test_one_contract_is_the_usual_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = Desk(tmp_path_factory.mktemp("one"))
    desk.track(desk.contract("acme"), "09:00")

    assert quick(desk, "week") == desk.ok("report", "week").rstrip("\n")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], Plain()),
        (["week"], Plain(range="week")),
        (["--week"], Plain(range="week")),
        (["--week", "--by=day"], Plain(range="week", by="day")),
        (["--by", "day", "-c", "acme"], Plain(by="day", contract="acme")),
        (["--from=mon", "--to", "wed"], Plain(start="mon", end="wed")),
        (["--by"], None),
        (["-f", "csv"], None),
        (["--json"], None),
        (["week", "mon"], None),
        (["week", "--from", "mon"], None),
        (["--week", "2026-11-16"], None),
        (["--by", "--json"], None),
        (["-q"], None),
    ],
)
def test_what_is_plain(words: list[str], found: Plain | None) -> None:
    assert plain(words) == found


@pytest.mark.parametrize(
    "words", [["--by", "app"], ["--by", "day,day"], ["-c", "nobody"], ["not a time"]]
)
def test_what_is_wrong_or_not_plain_goes_the_whole_road(desk: Desk, words: list[str]) -> None:
    assert quick(desk, *words) is None


def test_a_tracker_a_dead_session_and_other_caches_go_the_whole_road(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert quick(Desk(tmp_path_factory.mktemp("none"))) is None
    with desk.tracker():
        assert quick(desk) is None
    assert quick(desk) is not None
    with sqlite3.connect(desk.places.database) as db:
        db.execute("PRAGMA user_version = 2")
    assert quick(desk) is None
    with sqlite3.connect(desk.places.database) as db:
        db.execute("PRAGMA user_version = 3")
    session = desk.session(_first(desk), "10:00")
    assert session.ended is None
    assert quick(desk) is None


def _first(desk: Desk) -> Contract:
    with desk.cache() as cache:
        return cache.contracts()[0]


def test_a_damaged_cache_goes_the_whole_road(desk: Desk) -> None:
    with open(desk.places.database, "r+b") as file:  # noqa: PTH123 -- a byte in the middle
        file.seek(100)
        file.write(b"\xff" * 4000)

    assert quick(desk) is None
