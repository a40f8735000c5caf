"""`worklog report --by app`: where the time went, for the freelancer alone (R31)."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Desk

REPORT = ("report", "2026-11-19")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A morning in two programs, one nobody could name, and a call by hand."""
    desk = Desk(tmp_path)
    acme = desk.contract("acme", client="Acme Ltd", rate=Decimal("33.35"), currency="EUR")
    desk.track(acme, "09:00", count=4)
    desk.track(acme, "10:00", count=2, application="Firefox", memo="reading")
    desk.track(acme, "11:00", application=None)
    desk.ok("add", "12:00-12:20", "-m", "call", "-c", "acme")
    return desk


def test_applications_stand_beside_what_has_none(desk: Desk) -> None:
    shown = desk.ok(*REPORT, "--by", "app").splitlines()

    assert [" ".join(line.split()) for line in shown[2:] if not line.startswith("─")] == [
        "app billed tracked manual EUR",
        "Editor 0:40 0:40 22.23",
        "Firefox 0:20 0:20 11.12",
        "(manual) 0:20 0:00 0:20 11.12",
        "(unknown) 0:10 0:10 5.56",
        "total 1:30 1:10 0:20 50.03",
    ]


@pytest.mark.parametrize("by", ["app", "contract,app", "app,memo,day", "week,app,label"])
def test_r18_sums_are_those_of_the_contract(desk: Desk, by: str) -> None:
    def sums(lines: list[dict[str, Any]]) -> tuple[int, int, Decimal]:
        return (
            sum(line["billed_seconds"] for line in lines),
            sum(line["tracked_seconds"] for line in lines),
            sum((Decimal(line["amounts"][0]["amount"]) for line in lines), Decimal()),
        )

    def leaves(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [leaf for line in lines for leaf in (leaves(line["lines"]) or [line])]

    by_contract = desk.json(*REPORT, "--by", "contract")
    by_app = desk.json(*REPORT, "--by", by)

    assert by_app["by"] == by.split(",")
    assert sums(leaves(by_app["lines"])) == sums(by_app["lines"]) == sums(by_contract["lines"])
    assert sums(by_app["lines"]) == (5400, 4200, Decimal("50.03"))


def test_groups_have_subtotals_like_the_others(desk: Desk) -> None:
    shown = desk.ok(*REPORT, "--by", "app,memo")

    lines = [line.rstrip() for line in shown.splitlines()]
    at = next(number for number, line in enumerate(lines) if line.startswith("Firefox"))
    assert [line.split() for line in lines[at : at + 2]] == [
        ["Firefox", "0:20", "0:20", "11.12"],
        ["reading", "0:20", "0:20", "11.12"],
    ]


@pytest.mark.parametrize("name", ["own.csv", "own.json", "own.ndjson", "own.tsv", "own.tex", "own"])
def test_files_of_ones_own_have_it(desk: Desk, tmp_path: Path, name: str) -> None:
    file = tmp_path / name

    desk.ok(*REPORT, "--by", "app", "-o", str(file))

    assert "Firefox" in file.read_text()
    assert "(unknown)" in file.read_text()


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "github", "psql", "unsafehtml"])
def test_standard_output_has_it(desk: Desk, form: str) -> None:
    shown = desk.ok(*REPORT, "--by", "app", "-f", form)

    assert "Firefox" in shown
    assert "manual" in shown


def test_programs_get_the_same_words(desk: Desk) -> None:
    rows = list(csv.DictReader(io.StringIO(desk.ok(*REPORT, "--by", "app", "-f", "csv"))))
    lines = desk.ok(*REPORT, "--by", "app", "-f", "ndjson").splitlines()

    words = ["Editor", "Firefox", "(manual)", "(unknown)"]
    assert [row["app"] for row in rows] == words
    assert [json.loads(line)["app"] for line in lines] == words


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("-f", "html"), "html"),
        (("-f", "md"), "md"),
        (("-o", "{file}.pdf"), "pdf"),
        (("-o", "{file}.xlsx"), "xlsx"),
        (("-o", "{file}.ics"), "ics"),
        (("-o", "{file}.markdown"), "md"),
        (("-o", "{file}.htm"), "html"),
        (("-o", "{file}.csv", "-f", "html"), "html"),
        (("--open",), "html"),
        (("--template", "{file}"), "what a template makes"),
        (("--template", "{file}", "-o", "{file}.csv"), "what a template makes"),
        (("--invoice", "1", "-o", "{file}.pdf"), "a bill"),
        (("--invoice", "1", "-f", "html"), "a bill"),
    ],
)
@pytest.mark.parametrize("by", ["app", "contract,day,app"])
def test_r31_what_is_made_for_clients_is_refused(
    desk: Desk, tmp_path: Path, options: tuple[str, ...], what: str, by: str
) -> None:
    words = [word.format(file=tmp_path / "sent") for word in options]

    refused = desk.run(*REPORT, "--by", by, *words)

    assert (refused.status, refused.out, refused.err.splitlines()) == (
        2,
        "",
        [
            f"worklog: Applications are for you alone, and {what} is for a client.",
            "hint: Leave app out of --by, or write csv, json or a table.",
        ],
    )
    assert not list(tmp_path.glob("sent*"))


def test_r31_json_refuses_it_with_the_same_words(desk: Desk) -> None:
    refused = desk.run(*REPORT, "--by", "app", "-f", "pdf", "--json")

    assert (refused.status, refused.code) == (2, "usage")


def test_r31_no_document_for_a_client_names_an_application(desk: Desk, tmp_path: Path) -> None:
    for name in ("week.html", "week.md", "week.ics"):
        desk.ok(*REPORT, "-o", str(tmp_path / name))

        assert "Firefox" not in (tmp_path / name).read_text()
