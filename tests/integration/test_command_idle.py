"""idle: gaps by number or by range, kept as breaks or made manual time (R13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Desk
from worklog.domain.contract import Contract


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def acme(desk: Desk) -> Contract:
    """A contract with a session from nine to eleven and two gaps in it."""
    acme = desk.contract("acme", labels=("dev", "meeting"))
    desk.session(acme, "09:00", until="11:00")
    desk.track(acme, "09:00", count=3)
    desk.gap(acme, "09:30", "09:50")
    desk.gap(acme, "10:00", "11:00", "suspend")
    return acme


def state(desk: Desk) -> list[tuple[bool, bool]]:
    return [(gap["kept"], gap["added"]) for gap in desk.json("idle")["gaps"]]


def test_idle_lists_the_gaps_with_numbers(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    assert desk.ok("idle") == (
        "#  day         time         length  why      contract\n"
        "1  Thu 19 Nov  09:30-09:50    0:20  idle     acme      open\n"
        "2  Thu 19 Nov  10:00-11:00    1:00  suspend  acme      open\n"
    )


def test_idle_tells_programs_the_gaps(desk: Desk, acme: Contract) -> None:
    assert desk.json("idle")["gaps"][0] == {
        "start": "2026-11-19T08:30:00Z",
        "end": "2026-11-19T08:50:00Z",
        "seconds": 1200,
        "reason": "idle",
        "contract": acme.name,
        "kept": False,
        "added": False,
    }


def test_gaps_of_another_day_are_looked_for_there(desk: Desk, acme: Contract) -> None:
    desk.gap(acme, "2026-11-17 12:00", "2026-11-17 12:30", "pause")

    assert "Tue 17 Nov  12:00-12:30" in desk.ok("idle", "--in", "tue")
    assert desk.ok("idle", "1", "--keep", "--in", "tue").startswith("Tue 17 Nov 2026 12:00-12:30")


def test_a_gap_is_kept_as_a_break(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    said = desk.ok("idle", "1", "--keep")

    assert said == "Thu 19 Nov 2026 09:30-09:50 stays a break.\n"
    assert state(desk) == [(True, False), (False, False)]
    assert desk.ok("idle").splitlines()[1].endswith("a break")


def test_a_gap_is_made_manual_time_of_what_was_tracked(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    said = desk.ok("idle", "2", "--add", "-m", "call with Ada", "-l", "meeting")

    assert said == "1:00 of manual time for acme: 10:00 10:10 10:20 10:30 10:40 10:50\n"
    assert state(desk) == [(False, False), (False, True)]
    assert desk.ok("idle").splitlines()[2].endswith("manual time")


def test_a_gap_may_have_been_work_for_another_contract(desk: Desk, acme: Contract) -> None:
    desk.contract("globex")

    data = desk.json("idle", "1", "--add", "-m", "call with Bob", "--contract", "globex")

    assert (acme.name, data["contract"], data["seconds"]) == ("acme", "globex", 1200)
    assert state(desk) == [(False, True), (False, False)]


def test_part_of_a_gap_is_named_by_a_range(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    kept = desk.ok("idle", "10:00-10:20", "--keep")
    added = desk.ok("idle", "10:20-10:40", "--add", "-m", "call with Ada")

    assert kept == "Thu 19 Nov 2026 10:00-10:20 stays a break.\n"
    assert added == "0:20 of manual time for acme: 10:20 10:30\n"
    assert state(desk) == [(False, False), (False, False)]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["1"], 2, "Was it a break or work?"),
        (["1", "--keep", "--add"], 2, "Was it a break or work?"),
        (["3", "--keep"], 12, "There is no gap number 3 in 'today'."),
        (["0", "--keep"], 12, "There is no gap number 0 in 'today'."),
        (["1", "--add"], 2, "Manual time needs a memo."),
        (["1", "--add", "-m", "x", "-l", "dve"], 12, "acme has no label 'dve'."),
        (["1", "--add", "-m", "x", "-c", "acne"], 12, "There is no contract called 'acne'."),
        (["17:00-18:00", "--keep"], 13, "'17:00-18:00' is not over yet"),
        (["lunch", "--keep"], 2, "'lunch' is not a range."),
    ],
)
def test_a_gap_that_cannot_be_settled_is_left(
    desk: Desk, acme: Contract, words: list[str], status: int, message: str
) -> None:
    assert acme.name == "acme"

    answer = desk.run("idle", *words)

    assert answer.status == status
    assert answer.err.startswith(f"worklog: {message}")
    assert "\nhint: " in answer.err
    assert desk.json("history") == {"amendments": []}


def test_work_in_no_gap_needs_a_contract_where_none_is_usual(desk: Desk) -> None:
    desk.contract("acme")
    desk.contract("globex")

    answer = desk.run("idle", "9:00-9:20", "--add", "-m", "call with Ada")

    assert (answer.status, answer.err) == (
        2,
        "worklog: Whom was the work for?\nhint: Name the contract with --contract.\n",
    )


def test_a_gap_that_is_too_short_cannot_be_added(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.gap(acme, "09:00", "09:04", "lock")

    assert desk.run("idle", "1", "--add", "-m", "call with Ada").status == 16
    assert state(desk) == [(False, False)]
