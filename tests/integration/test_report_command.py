"""worklog report: where it writes, and in which format."""

from __future__ import annotations

import io
import os
import pty
import re
import stat
import subprocess
import sys
from base64 import b64decode
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

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


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
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
        ("a.pdf", b"%PDF-"),
        ("a.ics", b"BEGIN:VCALENDAR"),
        ("a.txt", b"contract"),
        ("a.tex", b"\\begin{tabular}"),
        ("a.org", b"| contract"),
        ("a", b"contract"),
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


def test_without_a_format_it_is_the_table_for_people(desk: Desk) -> None:
    shown = desk.ok("report", "today", "--by", "memo")

    assert shown.splitlines()[-1].split() == ["total", "1:30", "1:30", "90.00"]


def test_json_is_the_envelope_on_standard_output(desk: Desk) -> None:
    answer = desk.run("report", "today", "-f", "json")

    assert answer.data["totals"]["amounts"] == [{"amount": "90.00", "currency": "EUR"}]


@pytest.mark.parametrize("by", ["colour", "day,day", ","])
def test_a_grouping_that_is_none_is_a_usage_error(desk: Desk, by: str) -> None:
    answer = desk.run("report", "today", "--by", by)

    assert (answer.status, answer.err.splitlines()[0]) == (
        2,
        f"worklog: {by!r} is nothing to group by.",
    )


# --- Letterhead -----------------------------------------------------------------------------


def test_the_settings_give_documents_a_letterhead(desk: Desk, tmp_path: Path) -> None:
    folder = Path(desk.places.config_file).parent
    desk.settings(
        '[report]\nlogo = "logo.jpg"\nfrom = """Ada Berg\n  Berlin\n\n"""\nto = "Acme <Ltd>"\n'
    )
    Image.new("RGB", (2000, 500), "#1b6b4a").save(folder / "logo.jpg", comment=b"secret place")

    desk.ok("report", "today", "-o", str(tmp_path / "a.html"))
    desk.ok("report", "today", "-o", str(tmp_path / "a.pdf"))

    page = (tmp_path / "a.html").read_text()
    assert '<span dir="auto">Ada Berg</span><span dir="auto">Berlin</span></address>' in page
    assert "Acme &lt;Ltd&gt;" in page
    found = re.search(r"data:image/png;base64,([^\"]+)", page)
    assert found is not None
    with Image.open(io.BytesIO(b64decode(found[1]))) as logo:
        assert (logo.size, logo.info) == ((800, 200), {})
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("content", [None, b"no picture", b"\x89PNG\r\n\x1a\n123"])
def test_a_logo_that_cannot_be_read_is_named(
    desk: Desk, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "logo.png"
    desk.settings(f'[report]\nlogo = "{file}"\n')
    if content is not None:
        file.write_bytes(content)

    answer = desk.run("report", "today", "-f", "html")

    assert (answer.status, answer.err.splitlines()[0]) == (
        50,
        f"worklog: report.logo: {file} cannot be read as a picture.",
    )
    assert desk.run("report", "today", "-f", "csv").status == 0


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_a_document_with_two_clients_says_that_they_would_see_each_other(
    desk: Desk, tmp_path: Path, form: str
) -> None:
    desk.track(desk.contract("globex"), "14:00", count=2)
    file = str(tmp_path / f"week.{form}")

    both = desk.run("report", "today", "-o", file)

    assert (both.status, both.err) == (
        0,
        "worklog: This shows Acme Ltd and globex each other; -c NAME keeps one.\n",
    )
    assert desk.ok("report", "today", "-o", file, "-c", "globex") == f"Written: {file}\n"


# --- --open and --template ------------------------------------------------------------------


def test_open_makes_a_page_for_looking_at_and_keeps_the_last_only(desk: Desk) -> None:
    first = desk.json("report", "today", "--open")
    second = desk.ok("report", "today", "--open", "-f", "md")

    assert first["opened"] is False
    assert Path(first["file"]).name == "report-2026-11-19.html"
    path, said = second.splitlines()
    assert said == "(Nothing could be opened here.)"
    assert Path(path).read_text().startswith("# Timesheet")
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert not Path(first["file"]).exists()
    assert desk.json("report", "today", "--open", "-f", "psql")["file"].endswith("19.txt")


def test_open_shows_the_file_with_the_browser(desk: Desk, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/shown\n')
    browser.chmod(0o755)
    file = tmp_path / "week.pdf"

    done = subprocess.run(
        [*PROGRAM, "report", "2026-11-19", "--open", "-o", str(file)],
        env=env(desk) | {"DISPLAY": ":77", "BROWSER": f"{browser} %s"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{file}\n"
    assert (tmp_path / "shown").read_text() == f"{file.as_uri()}\n"


def test_a_template_is_a_format_of_ones_own(desk: Desk, tmp_path: Path) -> None:
    template = tmp_path / "invoice.html.j2"
    template.write_text("<p>{{ sender[0] }}: {{ totals.billed_seconds|hours }}</p>\n")
    desk.settings('[report]\nfrom = "Ada & Co"\n')

    assert desk.ok("report", "today", "--template", str(template)) == "<p>Ada &amp; Co: 1:30</p>\n"

    file = tmp_path / "invoice.pdf"
    desk.ok("report", "today", "--template", str(template), "-o", str(file))
    assert file.read_text() == "<p>Ada &amp; Co: 1:30</p>\n"
    shown = desk.json("report", "today", "--template", str(template), "--open")
    assert shown["file"].endswith("report-2026-11-19.html")
    data = desk.json("report", "today", "--template", str(template))
    assert data["totals"]["billed_seconds"] == 5400


def test_the_suffix_of_a_template_is_that_of_the_file_shown(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bare").write_text("x")

    shown = desk.json("report", "today", "--template", str(tmp_path / "bare"), "--open")

    assert shown["file"].endswith(".txt")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--template", "a", "-f", "md"], "--format and --template exclude each other."),
        (["--template", "/nowhere/a"], "/nowhere/a cannot be read: No such file or directory."),
        (["--template", "{latin}"], "{latin} cannot be read: it is not UTF-8."),
    ],
)
def test_a_template_that_cannot_be_used_is_a_usage_error(
    desk: Desk, tmp_path: Path, words: list[str], message: str
) -> None:
    latin = tmp_path / "latin"
    latin.write_bytes(b"\xff")

    answer = desk.run("report", "today", *(word.format(latin=latin) for word in words))

    assert (answer.status, answer.err.splitlines()[0]) == (
        2,
        f"worklog: {message.format(latin=latin)}",
    )


def test_a_file_that_cannot_be_written_is_told(desk: Desk) -> None:
    answer = desk.run("report", "today", "-o", "/nowhere/a.md")

    assert (answer.status, answer.err.splitlines()[0]) == (
        23,
        "worklog: /nowhere/a.md cannot be written: No such file or directory.",
    )


def test_a_quiet_report_writes_nothing_to_a_pipe(desk: Desk) -> None:
    assert desk.ok("report", "today", "-f", "xlsx", "-q") == ""
