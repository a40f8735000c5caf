"""worklog report: where it writes, and in which format."""

from __future__ import annotations

import io
import os
import pty
import re
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
