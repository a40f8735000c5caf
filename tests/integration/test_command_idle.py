"""idle: gaps by number or by range, kept as breaks or made manual time (R13)."""

from __future__ import annotations

import json
import os
from datetime import UTC
from pathlib import Path

import pytest

from tests.support.cli import Desk
from worklog.cli.json import instant
from worklog.clock import boot_id
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


def paused(desk: Desk, since: str, reason: str = "suspend") -> None:
    """Write what the status file of a running tracker says in a pause."""
    at = desk.local(since).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"pid": os.getpid(), "boot": boot_id(), "paused": reason, "paused_since": at}
    file = Path(desk.places.status_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told))


def test_r13_the_gap_that_lasts_until_now_is_offered_too(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "11:00")
    paused(desk, "11:10")

    *_, last = desk.json("idle")["gaps"]
    elsewhere = desk.json("idle", "--in", "yesterday")["gaps"]

    assert (last["start"], last["end"]) == ("2026-11-19T10:10:00Z", instant(desk.now))
    assert (last["reason"], last["contract"]) == ("suspend", "acme")
    assert elsewhere == []


def test_a_gap_of_a_tracker_that_is_gone_or_goes_on_is_not_open(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "11:00")
    file = Path(desk.places.status_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    counts = []
    for told in (
        {"pid": os.getpid(), "boot": "another", "paused_since": "2026-11-19T10:10:00Z"},
        {"pid": os.getpid(), "boot": boot_id(), "paused_since": None},
        {"pid": os.getpid(), "boot": boot_id(), "paused_since": "2026-11-20T10:10:00Z"},
    ):
        file.write_text(json.dumps(told))
        counts.append(len(desk.json("idle")["gaps"]))

    assert counts == [2, 2, 2]


def test_r13_a_gap_is_settled_until_the_week_locks_and_not_after(desk: Desk) -> None:
    acme = desk.contract("acme", locks=True)
    desk.session(acme, "2026-11-06 09:00", until="2026-11-06 11:00")
    desk.gap(acme, "2026-11-06 09:30", "2026-11-06 10:00")
    desk.gap(acme, "2026-11-19 09:00", "2026-11-19 09:30")

    late = desk.run("idle", "1", "--add", "-m", "call", "--in", "2026-11-06")
    kept = desk.ok("idle", "1", "--keep", "--in", "2026-11-19")

    assert (late.status, "locked" in late.err) == (14, True)
    assert kept.endswith("stays a break.\n")
