"""import and export on a real cache: what they say, write, refuse and take back."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.support.cli import Desk
from worklog.cli.main import run

FRAMES = [
    [1794819600, 1794823170, "acme", "a" * 32, ["dev"], 0],  # Monday 16 November, 9:00 UTC
    [1794825000, 1794826800, "Globex", "b" * 32, [], 0],
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture
def frames(tmp_path: Path) -> str:
    return written(tmp_path / "frames", json.dumps(FRAMES))


def written(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


def stretches(desk: Desk) -> list[tuple[str, int, str, str, str]]:
    return [
        (one["contract"], one["seconds"], one["label"], one["memo"], one["origin"])
        for one in desk.json("export")["stretches"]
    ]


# --- What it says and writes ------------------------------------------------------------


def test_without_write_it_says_what_would_come_and_writes_nothing(desk: Desk, frames: str) -> None:
    said = desk.ok("import", frames)

    assert "2 entries (watson)" in said
    assert "acme" in said
    assert "new contract" in said
    assert said.endswith("2 entries, 1:29 would come in. Take it in with --write.\n")
    assert desk.json("contract", "list")["contracts"] == []


def test_with_write_projects_become_contracts_and_time_is_marked(desk: Desk, frames: str) -> None:
    said = desk.ok("import", frames, "--write")

    assert said.endswith("Imported: 2 entries, 1:29. `worklog undo` takes it back.\n")
    assert stretches(desk) == [
        ("acme", 3570, "dev", "", "imported"),
        ("Globex", 1800, "", "", "imported"),
    ]
    segment = desk.json("show", "2026-11-16 10:00")["segment"]
    assert segment["origin"] == "imported"
    assert segment["boxes"] == [None] * 10
    assert segment["captures"] == []


def test_the_same_file_comes_in_once(desk: Desk, frames: str) -> None:
    desk.ok("import", frames, "--write")

    again = desk.ok("import", frames, "--write")

    assert again == "2 entries (watson)\n2 entries came in before.\nNothing comes in.\n"
    assert len(stretches(desk)) == 2


def test_what_is_deleted_here_stays_deleted(desk: Desk, frames: str) -> None:
    desk.ok("import", frames, "--write")
    desk.ok("delete", "2026-11-16", "-c", "acme", "--yes")

    desk.ok("import", frames, "--write")

    assert [name for name, *_ in stretches(desk)] == ["Globex"]


def test_one_undo_takes_an_import_back_and_it_may_come_again(desk: Desk, frames: str) -> None:
    desk.ok("import", frames, "--write")

    assert "1:29 imported in 2 entries for Globex, acme" in desk.ok("history")
    assert "Undone: 1:29 imported in 2 entries" in desk.ok("undo")
    assert stretches(desk) == []
    assert "undone" in desk.ok("history", "-n", "2")
    desk.ok("import", frames, "--write")
    assert len(stretches(desk)) == 2


def test_a_part_of_an_import_can_be_undone_with_the_rest_only(desk: Desk, frames: str) -> None:
    desk.ok("import", frames, "--write")
    first = desk.json("history")["amendments"][1]["amendment"]

    assert "2 entries" in desk.ok("undo", first)
    assert stretches(desk) == []


def test_one_entry_is_told_as_one(desk: Desk, tmp_path: Path) -> None:
    desk.ok("import", written(tmp_path / "one", json.dumps(FRAMES[:1])), "--write")

    assert '0:59 imported for acme, Mon 16 Nov 2026 10:00-11:00: "" · dev' in desk.ok("history")


def test_what_the_diary_has_stays_as_it_is(desk: Desk, frames: str) -> None:
    acme = desk.contract("acme")
    desk.track(acme, "2026-11-16 10:00", count=3)

    said = desk.ok("import", frames, "--write")

    assert "0:30 of the others is there already and stays." in said
    assert sum(seconds for name, seconds, *_ in stretches(desk) if name == "acme") == 3570


def test_a_file_without_entries_brings_nothing(desk: Desk, tmp_path: Path) -> None:
    file = written(tmp_path / "frames", "[]")

    said = desk.ok("import", file, "--format", "watson", "--write")

    assert said == "0 entries (watson)\nNothing comes in.\n"


def test_json_says_the_same(desk: Desk, frames: str) -> None:
    data = desk.json("import", frames)

    assert data == {
        "format": "watson",
        "written": False,
        "entries": 2,
        "imports": 2,
        "seconds": 5370,
        "contracts": [
            {"contract": "Globex", "new": True, "entries": 1, "seconds": 1800},
            {"contract": "acme", "new": True, "entries": 1, "seconds": 3570},
        ],
        "known": 0,
        "covered": 0,
        "covered_seconds": 0,
        "left_out": [],
        "passed_over": [],
    }


def test_everything_that_stays_out_is_told(desk: Desk, tmp_path: Path) -> None:
    file = written(
        tmp_path / "work.data",
        "inc 20261116T090000Z - 20261116T090000Z # acme\n"
        "inc 20261116T100000Z - 20261116T110000Z # acme # " + "x" * 600 + "\n"
        "inc 20261219T100000Z - 20261219T110000Z # acme\n"
        "inc 20261101T100000Z - 20261110T110000Z # acme\n"
        "inc 20261119T100000Z # acme\n",
    )

    answer = desk.run("import", file, "--write")

    assert answer.status == 3
    assert "2 entries may not come in; the rest did." in answer.err
    for words in (
        "1 description longer than a memo can be: cut at 500 characters.",
        "Passed over, is still running (line 5).",
        "1 entry left out, without any time: Mon 16 Nov 2026 10:00.",
        "1 entry left out, not over yet: Sat 19 Dec 2026 11:00.",
        "1 entry left out, longer than seven days: a timer that was forgotten",
    ):
        assert words in " ".join(answer.out.split()), answer.out
    assert [seconds for _, seconds, *_ in stretches(desk)] == [3600]


def test_r25_a_contract_without_manual_time_takes_nothing(desk: Desk, frames: str) -> None:
    desk.contract("acme", manual_time=False)

    answer = desk.run("import", frames, "--write")

    assert answer.status == 3
    assert "for a contract that does not allow manual time" in " ".join(answer.out.split())
    assert [name for name, *_ in stretches(desk)] == ["Globex"]


# --- Whom it is for ---------------------------------------------------------------------


def test_all_of_it_can_be_for_one_contract(desk: Desk, frames: str) -> None:
    desk.contract("me", rate=Decimal(60), currency="EUR")

    desk.ok("import", frames, "-c", "me", "--write")

    assert {name for name, *_ in stretches(desk)} == {"me"}


def test_projects_can_be_mapped(desk: Desk, frames: str, tmp_path: Path) -> None:
    nameless = written(tmp_path / "w.timeclock", "i 2026/11/16 09:00:00\no 2026/11/16 09:10:00\n")

    desk.ok("import", frames, "--map", "globex=Initech", "--write")
    answer = desk.run("import", nameless)
    desk.ok("import", nameless, "--map", "=Initech", "--write")

    assert {name for name, *_ in stretches(desk)} == {"acme", "Initech"}
    assert answer.status == 2
    assert "--map =CONTRACT" in answer.err


def test_an_unknown_contract_is_no_new_one(desk: Desk, frames: str) -> None:
    answer = desk.run("import", frames, "-c", "nobody", "--write")

    assert answer.status == 12


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--map", "nonsense"), "'nonsense' does not say which contract"),
        (("--map", "a="), "'a=' does not say which contract"),
        (("-c", "acme", "--map", "a=b"), "exclude each other"),
        (("--format", "tog"), "Did you mean toggl"),
        (("--zone", "Mars"), "There is no time zone 'Mars'"),
        (("--dates", "ymd"), "'ymd' is no order of dates"),
    ],
)
def test_bad_options_are_named(
    desk: Desk, frames: str, words: tuple[str, ...], message: str
) -> None:
    desk.contract("acme")

    answer = desk.run("import", frames, *words)

    assert answer.status == 2
    assert message in answer.err


# --- Bad files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: this is none of the known formats; name it with --format."),
        ("{]", "line 1: this is none of the known formats"),
        ("[[1, 2]]", "line 1: a frame [start, stop, project, id, tags, …] was expected here."),
        (
            "i 2026/11/16 09:00:00 a\nx\n",
            "line 2: 'x' is no line of a timeclock.",
        ),
        (
            "i 2026/11/16 09:00:00 a\no 2026/11/16 10:00:00\ni 2026/13/16 09:00:00 a\n",
            "line 3: there is no such time",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_line_and_nothing_comes_in(
    desk: Desk, tmp_path: Path, text: str, message: str
) -> None:
    file = written(tmp_path / "bad", text)

    answer = desk.run("import", file, "--write")

    assert answer.status == 2
    assert f"{file}, {message}" in answer.err
    assert "Nothing was imported." in answer.err
    assert stretches(desk) == []


def test_a_file_that_is_not_there_is_named(desk: Desk) -> None:
    answer = desk.run("import", "/nowhere/frames")

    assert answer.status == 2
    assert "/nowhere/frames cannot be read: No such file or directory." in answer.err


def test_binary_is_no_text(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"[[1\n\xff\xfe\x00")

    answer = desk.run("import", str(tmp_path / "bad"))

    assert "bad, line 2: this is no text in UTF-8." in answer.err


def test_standard_input_is_a_file_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As in `timew export | worklog import -`."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(json.dumps(FRAMES).encode())))

    status = run(["import", "-"], desk.context())

    assert status == 0
    assert "2 entries (watson)" in capfd.readouterr().out


# --- export -----------------------------------------------------------------------------


def test_export_needs_to_know_for_whom(desk: Desk) -> None:
    answer = desk.run("export")

    assert answer.status == 2
    assert "Name one with --format: timewarrior, watson" in answer.err
    assert "Did you mean timeclock" in desk.run("export", "--format", "clock").err


def test_the_name_of_the_file_says_the_format(desk: Desk, frames: str, tmp_path: Path) -> None:
    desk.ok("import", frames, "--write")

    said = desk.ok("export", "-o", str(tmp_path / "work.klg"))

    assert said == f"Written: {tmp_path}/work.klg (2 stretches, 1:29)\n"
    assert (tmp_path / "work.klg").read_text() == (
        "2026-11-16\n    10:00 - 11:00 #contract=acme #label=dev\n"
        "    11:30 - 12:00 #contract=Globex\n"
    )


def test_an_export_is_of_a_range_and_a_contract(desk: Desk, frames: str) -> None:
    desk.ok("import", frames, "--write")

    one = desk.ok("export", "2026-11-16", "-c", "acme", "--format", "timeclock")

    assert one == "i 2026/11/16 10:00:00 acme:dev\no 2026/11/16 10:59:30\n"
    assert desk.ok("export", "2026-11-15", "--format", "timeclock") == ""
    assert desk.ok("export", "--format", "csv", "-q") == ""


def test_a_file_that_is_there_stays(desk: Desk, frames: str) -> None:
    before = Path(frames).read_bytes()

    answer = desk.run("export", "--format", "watson", "-o", frames)

    assert answer.status == 16
    assert "Choose another name." in answer.err
    assert Path(frames).read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(desk: Desk) -> None:
    answer = desk.run("export", "--format", "csv", "-o", "/nowhere/x.csv")

    assert answer.status == 23


def test_t7_t13_hostile_memos_come_out_harmless(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.track(acme, "09:00", memo="=HYPERLINK(1)\x1b[2J")

    for form in ("csv", "json", "timeclock", "timewarrior", "watson", "klog", "activitywatch"):
        text = desk.ok("export", "--format", form)
        assert "\x1b" not in text
    assert "'=HYPERLINK" in desk.ok("export", "--format", "csv")
