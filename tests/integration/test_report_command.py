"""worklog report: where it writes, and in which format."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.cli import Desk

PROGRAM = (sys.executable, "-m", "worklog")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A morning for a client who pays."""
    desk = Desk(tmp_path)
    acme = desk.contract("acme", client="Acme Ltd", rate=Decimal(60), currency="EUR")
    desk.track(acme, "09:00", count=6, label="dev")
    desk.track(acme, "11:00", count=3, memo="call")
    return desk


def env(desk: Desk) -> dict[str, str]:
    return {**os.environ, **desk.environ}


@pytest.mark.parametrize("form", ["xlsx"])
def test_a_format_that_is_no_text_refuses_a_terminal(desk: Desk, form: str) -> None:
    ours, theirs = pty.openpty()

    done = subprocess.run(
        [*PROGRAM, "report", "2026-11-19", "-f", form],
        env=env(desk),
        stdout=theirs,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )

    os.close(theirs)
    os.close(ours)
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            f"worklog: {form} is no text, and standard output is a terminal.",
            f"hint: Name a file: -o report.{form}.",
        ],
    )


def test_a_format_that_is_no_text_goes_into_a_pipe_whole(desk: Desk) -> None:
    piped = subprocess.run(
        [*PROGRAM, "report", "2026-11-19", "-f", "xlsx"],
        env=env(desk),
        capture_output=True,
        check=True,
    )

    assert (piped.stdout[:2], piped.stderr) == (b"PK", b"")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.csv", b"contract,day,memo,"),
        ("a.json", b"{"),
        ("a.md", b"# Timesheet"),
        ("a.tsv", b"contract"),
        ("a.xlsx", b"PK"),
        ("a.XLSX", b"PK"),
        ("a.html", b"<!doctype html>"),
        ("a.htm", b"<!doctype html>"),
        ("a.ics", b"BEGIN:VCALENDAR"),
        ("a.txt", b"contract"),
    ],
)
def test_the_name_of_the_file_says_the_format(
    desk: Desk, tmp_path: Path, name: str, begins: bytes
) -> None:
    file = tmp_path / name

    assert desk.ok("report", "today", "-o", str(file)) == f"Written: {file}\n"

    assert file.read_bytes().startswith(begins)


def test_a_format_that_is_named_wins_over_the_name_of_the_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"

    desk.ok("report", "today", "-o", str(file), "-f", "md")

    assert file.read_text().startswith("# Timesheet")
