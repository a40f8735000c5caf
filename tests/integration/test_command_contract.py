"""contract list, show, use, add, edit, archive and ask."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cli import Desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def names(desk: Desk, *more: str) -> list[str]:
    return [found["name"] for found in desk.json("contract", "list", *more)["contracts"]]


def test_a_contract_is_added_with_its_terms(desk: Desk) -> None:
    said = desk.ok(
        *("contract", "add", "acme", "--client", "Acme Ltd", "--title", "Web shop"),
        *("--labels", "dev, review ,dev,", "--rate", "80,50 eur", "--limit", "40"),
        *("--billing", "minute", "--screenshots", "required", "--no-titles", "--no-manual"),
        *("--needs-memo", "--needs-label", "--locks"),
    )

    assert said == "Added acme.\n"
    text = desk.ok("contract", "show", "acme")
    for line in (
        "  client  Acme Ltd",
        "  labels  dev, review",
        "  rate          80.50 EUR an hour",
        "  limit         40:00 a week",
        "  bills         a minute for each active minute",
        "  locks         12 hours after the week",
        "  by hand       not allowed",
        "  required      memo and label",
        "  screenshots   required",
        "  titles        not kept",
    ):
        assert line.split()[0] in text
    assert "80.50 EUR an hour" in text
    assert "dev, review" in text


def test_a_rate_may_be_free_and_a_limit_none(desk: Desk) -> None:
    desk.ok("contract", "add", "acme", "--rate", "none", "--limit", "none")

    (found,) = desk.json("contract", "list")["contracts"]
    assert found["terms"][-1]["rate"] is None
    assert found["terms"][-1]["weekly_limit_seconds"] is None


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([""], 2, "A contract needs a name."),
        (["Acme"], 16, "There is a contract called 'acme' already."),
        (["new", "--rate", "80"], 2, "'80' is no rate."),
        (["new", "--rate", "EUR"], 2, "'EUR' is no rate."),
        (["new", "--rate", "-3 EUR"], 2, "'-3 EUR' is no rate."),
        (["new", "--rate", "8 0 EUR"], 2, "'8 0 EUR' is no rate."),
        (["new", "--rate", "1e9999999 EUR"], 2, "'1e9999999 EUR' is no rate."),
        (["new", "--rate", "nan EUR"], 2, "'nan EUR' is no rate."),
        (["new", "--limit", "much"], 2, "'much' is not a duration."),
        (["new", "--limit", "-5"], 2, "'-5' is not a duration."),
        (["new", "--limit", "0"], 2, "With a limit of '0' nothing would bill."),
        (["new", "--billing", "day"], 2, "'day' is not one of slot, minute."),
        (["new", "--screenshots", "maybe"], 2, "'maybe' is not one of required, optional, forbid"),
        (["new", "--labels", "x" * 61], 2, "a label has at most 60 characters"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(
    desk: Desk, words: list[str], status: int, message: str
) -> None:
    desk.ok("contract", "add", "acme")

    answer = desk.run("contract", "add", *words)

    assert answer.status == status
    assert answer.err.startswith(f"worklog: {message}")
    assert "\nhint: " in answer.err
    assert names(desk) == ["acme"]


def test_r16_an_edit_says_from_when_it_holds(desk: Desk) -> None:
    desk.ok("contract", "add", "acme", "--rate", "80 EUR", "--limit", "20h")

    now = desk.ok("contract", "edit", "acme", "--limit", "30h", "--client", "Acme Ltd")
    later = desk.ok("contract", "edit", "acme", "--rate", "90")
    text = desk.ok("contract", "show", "acme")

    assert now == "Changed acme.\n"
    assert later == "Changed acme; part of it holds from Mon 23 Nov 2026 00:00.\n"
    assert "80 EUR an hour" in text.partition("terms later")[0]
    assert "90 EUR an hour" in text.partition("terms later")[2]


def test_the_first_rate_holds_at_once(desk: Desk) -> None:
    desk.ok("contract", "add", "acme")

    assert desk.ok("contract", "edit", "acme", "--rate", "80 EUR") == "Changed acme.\n"


def test_the_policy_and_what_is_required_can_be_changed(desk: Desk) -> None:
    desk.ok("contract", "add", "acme")

    desk.ok("contract", "edit", "acme", "--titles", "--screenshots", "forbidden")
    desk.ok("contract", "edit", "acme", "--no-titles")
    desk.ok("contract", "edit", "acme", "--needs-memo", "--manual", "--needs-label", "--no-locks")
    desk.ok("contract", "edit", "acme", "--billing", "slot", "--title", "", "--name", "acme ltd")

    (found,) = desk.json("contract", "list")["contracts"]
    assert found["name"] == "acme ltd"
    assert found["terms"][-1]["policy"]["screenshots"] == "forbidden"
    assert found["terms"][-1]["policy"]["titles"] is False
    assert found["terms"][-1]["memo_required"] is True


def test_a_contract_keeps_a_name(desk: Desk) -> None:
    desk.ok("contract", "add", "acme")

    answer = desk.run("contract", "edit", "acme", "--name", "  ")

    assert (answer.status, names(desk)) == (2, ["acme"])


def test_an_edit_needs_something_to_change(desk: Desk) -> None:
    desk.ok("contract", "add", "acme")

    answer = desk.run("contract", "edit", "acme")

    assert answer.status == 2
    assert answer.err == (
        "worklog: There is nothing to change.\n"
        "hint: `worklog contract edit --help` lists what can be.\n"
    )


def test_a_contract_of_a_service_is_changed_there(desk: Desk) -> None:
    desk.contract("acme", service="https://diary.example")

    answer = desk.run("contract", "edit", "acme", "--client", "Acme")

    assert answer.status == 15
    assert answer.err.startswith("worklog: acme belongs to https://diary.example.")


def test_the_usual_contract_is_marked(desk: Desk) -> None:
    desk.ok("contract", "add", "acme", "--rate", "80 EUR", "--labels", "dev")
    desk.ok("contract", "add", "globex")

    said = desk.ok("contract", "use", "glob")

    assert said == "`worklog start` now takes globex.\n"
    lines = desk.ok("contract", "list").splitlines()
    assert [line[:9].rstrip() for line in lines] == ["   name", "   acme", "●  globex"]


def test_an_archived_contract_is_out_of_the_way_and_comes_back(desk: Desk) -> None:
    desk.ok("contract", "add", "acme")
    desk.ok("contract", "add", "globex")

    assert desk.ok("contract", "archive", "acme") == "Archived acme.\n"
    assert names(desk) == ["globex"]
    assert names(desk, "--all") == ["acme", "globex"]
    assert desk.run("start", "acme", "-m", "x").status == 12
    assert desk.ok("contract", "archive", "acme", "--back") == "Brought back acme.\n"
    assert names(desk) == ["acme", "globex"]


def test_an_archived_contract_is_found_however_its_name_is_written(desk: Desk) -> None:
    desk.ok("contract", "add", "Acme")
    desk.ok("contract", "archive", "acme")

    assert desk.ok("contract", "archive", "acme", "--back") == "Brought back Acme.\n"


def test_what_is_being_tracked_is_not_archived(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.session(acme, "17:00")

    answer = desk.run("contract", "archive", "acme")

    assert answer.status == 16
    assert answer.err == "worklog: acme is being tracked.\nhint: Stop or switch first.\n"


@pytest.mark.parametrize(
    ("words", "status", "message", "hint"),
    [
        (["manual"], 16, "acme is a contract of your own", "worklog contract edit acme --manual"),
        (["manual", "-c", "acme"], 16, "acme is a contract of your own", "--manual"),
        (["money"], 2, "'money' cannot be asked for.", "worklog contract ask manual"),
    ],
)
def test_nobody_is_asked_about_ones_own_contract(
    desk: Desk, words: list[str], status: int, message: str, hint: str
) -> None:
    desk.ok("contract", "add", "acme")

    answer = desk.run("contract", "ask", *words)

    assert answer.status == status
    assert answer.err.startswith(f"worklog: {message}")
    assert hint in answer.err


@pytest.mark.parametrize("verb", ["show", "use", "archive"])
def test_an_unknown_contract_is_answered_with_the_nearest(desk: Desk, verb: str) -> None:
    desk.ok("contract", "add", "acme")

    answer = desk.run("contract", verb, "acne")

    assert (answer.status, answer.err) == (
        12,
        "worklog: There is no contract called 'acne'.\nhint: Did you mean acme?\n",
    )
