"""The generated files as they are committed, and what man makes of the pages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from worklog.cli.docgen.files import generated, write
from worklog.cli.main import run

ROOT = Path(__file__).parents[2]
MADE = generated()
PAGES = sorted(name for name in MADE if name.startswith("man/"))


def test_the_committed_files_are_the_generated_ones() -> None:
    stale = {
        name
        for name, text in MADE.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != text
    }
    committed = {
        path.relative_to(ROOT).as_posix()
        for folder in ("man", "completions")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }

    assert (stale, committed - set(MADE)) == (set(), set()), (
        "run `make docs` and commit what it did"
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all pages, in the layout of a manual."""
    folder = tmp_path_factory.mktemp("pages")
    write(folder)
    return folder / "man"


def test_no_page_has_anything_that_mandoc_warns_of(pages: Path) -> None:
    found = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", *sorted(pages.glob("man?/*"))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_into_eighty_columns(pages: Path, name: str) -> None:
    shown = subprocess.run(
        ["mandoc", "-T", "utf8", "-O", "width=80", pages.parent / name],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    lines = [_without_overstrikes(line) for line in shown.splitlines()]
    assert [line for line in lines if len(line) > 80 + 8] == []
    assert any(line == "NAME" for line in lines)


def test_every_reference_leads_to_a_page(pages: Path) -> None:
    there = {(path.stem, path.suffix[1:]) for path in pages.glob("man?/*")}

    wanted = {
        (words[1], words[2])
        for name in PAGES
        for line in MADE[name].splitlines()
        if (words := line.split()) and words[0] == ".Xr"
    }

    assert wanted <= there


def test_writing_again_changes_nothing_and_a_page_of_no_command_goes(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "man/man1/worklog-gone.1").touch()
    (tmp_path / "man/man1/worklog-start.1").write_text("old")

    changed = write(tmp_path)

    assert changed == ["man/man1/worklog-start.1", "man/man1/worklog-gone.1"]
    assert write(tmp_path) == []


def test_the_hidden_command_says_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", "--out", str(tmp_path), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(["generate", "--out", str(tmp_path)]) == 0

    assert set(first["data"]["changed"]) == set(MADE)
    assert capsys.readouterr().out == "All are up to date.\n"


def _without_overstrikes(line: str) -> str:
    """Return *line* as it is seen: mandoc prints bold as a letter over itself."""
    shown: list[str] = []
    for character in line:
        if character == "\b":
            shown.pop()
        else:
            shown.append(character)
    return "".join(shown)
