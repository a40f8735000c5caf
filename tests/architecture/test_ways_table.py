"""The README's table says what a run gave, and of a part of a run it says nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.contract.ways import LINUX, SUITES, Way
from tests.support.ways_table import BEGIN, END, Row, ends_of, main, markdown, promises_of, rows

SWAY = Way(LINUX, "window", "sway", "sway")
KWIN = Way(LINUX, "window", "kwin", "KDE")
NOTICE = "test_a_notice_can_be_shown_and_replaced_anywhere"


def whole_run() -> dict[str, Any]:
    """Return results of a run on Linux in which everything passed."""
    return {
        "system": LINUX,
        "stands": [
            {
                "suite": suite,
                "case": stand.case,
                "promises": dict.fromkeys(promises_of(suite), "passed"),
            }
            for suite, stands in SUITES.items()
            for stand in stands
            if stand.system == LINUX
        ],
    }


def without(results: dict[str, Any], suite: str) -> dict[str, Any]:
    return {**results, "stands": [s for s in results["stands"] if s["suite"] != suite]}


def of_way(results: dict[str, Any], port: str, name: str) -> list[Row]:
    found = rows(ends_of(results))
    return [row for row in found if (row.way.port, row.way.name) == (port, name)]


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(f"Before.\n\n{BEGIN}\n{END}\n\nAfter.\n", encoding="utf-8")
    return path


def run(readme: Path, results: dict[str, Any], *options: str) -> int:
    file = readme.with_name("ways.json")
    file.write_text(json.dumps(results), encoding="utf-8")
    return main([*options, "--results", str(file), "--readme", str(readme)])


def test_a_row_says_what_was_real_and_what_was_played_and_what_was_kept() -> None:
    table = markdown(
        [
            Row(SWAY, ("sway",), (), 6, 6),
            Row(KWIN, (), ("KWin", "a bus"), 6, 5, ("test_a",)),
            Row(SWAY, ("sway",), (), 6, None),
            Row(SWAY, (), (), 0, None),
        ]
    )

    assert table == (
        "| port | way | for | real | played | promises kept |\n"
        "|---|---|---|---|---|---|\n"
        "| window | `sway` | sway | sway | | 6 of 6 |\n"
        "| | `kwin` | KDE | | KWin, a bus | **5 of 6**, not: test_a |\n"
        "| | `sway` | sway | | | not run yet, 6 ready |\n"
        "| | `sway` | sway | | | not run, no suite |\n"
    )


@pytest.mark.parametrize("ended", ["failed", "skipped", "never ran"])
def test_what_did_not_pass_in_one_of_its_stands_was_not_kept(ended: str) -> None:
    results = whole_run()
    for stand in results["stands"]:
        if (stand["suite"], stand["case"]) == ("test_notify_way", "no-bus"):
            stand["promises"][NOTICE] = ended

    (row,) = of_way(results, "notify", "freedesktop")

    assert (row.kept, row.promises, row.broken) == (4, 5, (NOTICE,))


def test_a_way_of_another_system_is_there_and_was_not_run() -> None:
    (row,) = of_way(whole_run(), "presence", "windows")

    assert (row.kept, row.promises) == (None, 4)


def test_promises_are_those_that_a_suite_takes_over_and_its_own() -> None:
    own = "test_f45_a_desktop_on_which_tests_run_is_not_locked"

    assert promises_of("test_desktop_presence") - promises_of("test_presence_way") == {own}
    assert len(promises_of("test_desktop_screen")) < len(promises_of("test_screen_way"))


def test_the_readme_is_up_to_date_once_it_was_written(readme: Path) -> None:
    before = run(readme, whole_run(), "--check")
    written = run(readme, whole_run(), "--write")
    after = run(readme, whole_run(), "--check")

    assert (before, written, after) == (1, 0, 0)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n\n{BEGIN}\n\n| port | way |")
    assert text.endswith(f" 3 of 3 |\n\n{END}\n\nAfter.\n")


def test_another_table_is_shown_with_what_mends_it(
    readme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(readme, whole_run(), "--write")
    old = readme.read_text(encoding="utf-8").replace("| Xvfb | | 4 of 4 |", "| Xvfb | | 3 of 3 |")
    readme.write_text(old, encoding="utf-8")

    assert run(readme, whole_run(), "--check") == 1

    said = capsys.readouterr()
    assert "-| screen | `x11-mss` | X11 | Xvfb | | 3 of 3 |\n" in said.out
    assert "+| screen | `x11-mss` | X11 | Xvfb | | 4 of 4 |\n" in said.out
    assert said.err == "The README says otherwise than this run. To mend it: make ways\n"


def test_a_promise_that_was_not_kept_is_not_mended_by_writing_it_down(
    readme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(readme, whole_run(), "--write")
    worse = whole_run()
    worse["stands"][0]["promises"]["test_a_way_that_works_has_no_reason_not_to"] = "failed"

    assert run(readme, worse, "--check") == 1

    said = capsys.readouterr()
    assert "+| screen | `x11-mss` | X11 | Xvfb | | **3 of 4**, not: test_a_way" in said.out
    assert said.err == "Promises were not kept in this run. Mend that, then run: make unit\n"


@pytest.mark.parametrize("option", ["--check", "--write"])
def test_of_a_part_of_the_run_it_says_just_that(
    readme: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = readme.read_text(encoding="utf-8")

    assert run(readme, without(whole_run(), "test_input_way"), option) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        "Incomplete run: not all promises were asked of test_input_way[x11-record], "
        "test_input_way[pynput], test_input_way[fake].\n"
    )
    assert readme.read_text(encoding="utf-8") == text


def test_one_promise_that_was_not_asked_is_a_part_as_well(readme: Path) -> None:
    results = whole_run()
    del results["stands"][0]["promises"]["test_a_way_that_works_has_no_reason_not_to"]

    assert run(readme, results, "--check") == 1


def test_without_any_run_it_names_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", "--results", str(tmp_path / "none.json")]) == 1

    assert "make unit" in capsys.readouterr().err


def test_a_readme_without_the_marks_is_no_place_for_it(readme: Path) -> None:
    readme.write_text("Nothing.\n", encoding="utf-8")

    with pytest.raises(ValueError, match="made by"):
        run(readme, whole_run(), "--write")


# --- What a run writes ----------------------------------------------------------------

SUITE = """
import os
import pytest
from tests.contract.ways import NOTIFY

@pytest.fixture(params=[s for s in NOTIFY if s.case in ("terminal", "no-bus")], ids=str)
def way(request):
    yield request.param.case
    assert "teardown" not in request.node.name

@pytest.mark.parametrize("number", [1, 2, 3])
def test_keeps(way, number): assert (way, number) != ("no-bus", 2)
def test_dies(way):
    if way == "terminal" and "WITH_DEATH" in os.environ: os._exit(9)
def test_teardown(way): pass
def test_skips(way): pytest.skip("no")
def test_of_no_way(): pass
"""


def results_of(folder: Path, *options: str, dies: bool = False) -> dict[str, Any]:
    """Run a suite of its own and return what it wrote."""
    (folder / "conftest.py").write_text(
        "from pathlib import Path\n"
        "from tests.support.ways_report import WaysReport\n"
        "def pytest_configure(config):\n"
        f"    config.pluginmanager.register(WaysReport(Path({str(folder / 'out/ways.json')!r})))\n"
    )
    (folder / "test_notify_way.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)],
        env={"PATH": "", "PYTHONPATH": str(ROOT), **({"WITH_DEATH": "1"} if dies else {})},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    written = folder / "out" / "ways.json"
    found: dict[str, Any] = json.loads(written.read_text()) if written.exists() else {}
    return found


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_in_any_number_of_processes_writes_how_each_promise_ended(
    processes: str, tmp_path: Path
) -> None:
    found = results_of(tmp_path, "-n", processes)

    assert found["system"] == sys.platform
    assert [(each["case"], each["kind"], each["promises"]) for each in found["stands"]] == [
        (
            "no-bus",
            "absent",
            {
                "test_dies": "passed",
                "test_keeps": "failed",
                "test_skips": "skipped",
                "test_teardown": "failed",
            },
        ),
        (
            "terminal",
            "real",
            {
                "test_dies": "passed",
                "test_keeps": "passed",
                "test_skips": "skipped",
                "test_teardown": "failed",
            },
        ),
    ]
    assert [(each["passed"], each["failed"], each["not_run"]) for each in found["stands"]] == [
        (1, 2, 1),
        (2, 1, 1),
    ]


def test_a_test_whose_process_died_was_asked_and_did_not_pass(tmp_path: Path) -> None:
    found = results_of(tmp_path, "-n", "2", dies=True)

    (terminal,) = [each for each in found["stands"] if each["case"] == "terminal"]
    assert terminal["promises"]["test_dies"] == "failed"
    assert terminal["promises"]["test_keeps"] == "passed"


def test_what_was_not_selected_is_not_in_it(tmp_path: Path) -> None:
    found = results_of(tmp_path, "-n", "0", "-k", "test_keeps and terminal")

    assert [each["promises"] for each in found["stands"]] == [{"test_keeps": "passed"}]


def test_a_run_without_ways_writes_nothing(tmp_path: Path) -> None:
    assert results_of(tmp_path, "-n", "0", "-k", "of_no_way") == {}
