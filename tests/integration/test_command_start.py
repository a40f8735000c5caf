"""start and continue: the plan, the consent, and a whole session in this process.

The clock stands for hours in milliseconds: what a person does meanwhile is planned with
`FakeClock.after` and runs as a command line of its own, over the mailbox.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Desk, empty_ways, picture
from tests.support.fake_capture import FakeInput, FakeScreen, FakeWindows, frame
from tests.support.fakes import seconds
from worklog.app.ports import Box, Window
from worklog.domain.contract import Policy, Screenshots

CONSENT = """\
Every ten minutes worklog keeps one screenshot, taken at a random moment, with
the active window's application and title, and counts keys, clicks and scrolls:
never which keys, never what you type, and nothing while you are not tracking.
It stays on this machine, and only you see it. You can redact or delete it.
May it take screenshots? [Y/n]:"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def required() -> dict[str, Policy]:
    return {"policy": Policy(screenshots=Screenshots.REQUIRED)}


# --- Which contract -----------------------------------------------------------------------


def test_the_first_start_makes_a_contract_and_says_so(desk: Desk) -> None:
    answer = desk.run("start", "--for", "60s", "-m", "fixing bug")

    assert answer.status == 0
    assert answer.out == (
        "The time was up. work: 0:01 tracked from 17:47 to 17:48, 1 segment, 0 pictures\n"
        "  fixing bug\n"
    )
    assert (
        "worklog: This is your first contract; it is called 'work'. "
        "`worklog contract edit work` changes it, `contract add` adds more.\n"
    ) in answer.err


def test_several_words_that_name_no_contract_are_the_memo(desk: Desk) -> None:
    desk.run("start", "fixing bug", "--for", "60s")

    (row,) = desk.json("diary")["segments"]
    assert (row["contract"], row["memo"]) == ("work", "fixing bug")


def test_words_near_a_name_are_a_slip(desk: Desk) -> None:
    desk.contract("acme web shop")

    answer = desk.run("start", "acme web shpo", "--for", "60s")

    assert (answer.status, answer.err.splitlines()[1]) == (12, "hint: Did you mean acme web shop?")


def test_a_sentence_and_a_memo_are_one_too_many(desk: Desk) -> None:
    answer = desk.run("start", "fixing bug", "-m", "other", "--for", "60s")

    assert answer.status == 12


def test_the_file_of_the_folder_names_the_contract(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.contract("acme")
    desk.contract("globex")
    inner = desk.home / "project" / "src"
    inner.mkdir(parents=True)
    (inner.parent / ".worklog").write_text("  globex \nacme\n")
    monkeypatch.chdir(inner)

    desk.run("start", "--for", "60s")

    assert [row["contract"] for row in desk.json("diary")["segments"]] == ["globex"]


@pytest.mark.parametrize(
    ("content", "named"),
    [(b"globx", "'globx'"), (b"", "''"), (b"\xff\n", "'\N{REPLACEMENT CHARACTER}'")],
)
def test_a_folder_that_names_no_contract_is_told(desk: Desk, content: bytes, named: str) -> None:
    desk.contract("acme")
    desk.contract("globex")
    (desk.home / ".worklog").write_bytes(content)

    answer = desk.run("start", "--for", "60s")

    assert answer.status == 12
    assert answer.err.startswith(
        f"worklog: {desk.home}/.worklog names the contract {named}, and there is none.\nhint: "
    )


def test_the_contract_used_last_is_the_usual_one(desk: Desk) -> None:
    desk.contract("acme")
    desk.contract("globex")

    desk.run("start", "globex", "--for", "60s")
    desk.clock.advance(seconds(3600))
    desk.run("start", "--for", "60s")

    assert [row["contract"] for row in desk.json("diary")["segments"]] == ["globex", "globex"]


def test_off_a_terminal_one_of_several_must_be_named(desk: Desk) -> None:
    desk.contract("acme")
    desk.contract("globex")

    answer = desk.run("start", "-m", "x")

    assert answer.status == 2
    assert answer.err == (
        "worklog: There are several contracts; which one is it?\n"
        "hint: Name one: worklog start CONTRACT. There are: acme, globex.\n"
    )


@pytest.mark.parametrize("typed", ["2\n", "globex\n", "7\nacne\n2\n"])
def test_on_a_terminal_one_of_several_is_picked(desk: Desk, typed: str) -> None:
    desk.contract("acme")
    desk.contract("globex")
    desk.settings('[capture]\nconsent = "no"\n')

    answer = desk.run("start", "--for", "60s", typed=typed)

    assert "  1  acme\n  2  globex\nContract:" in answer.err
    assert ("Type a number from 1 to 2, or a name." in answer.err) == (typed[0] == "7")
    assert [row["contract"] for row in desk.json("diary")["segments"]] == ["globex"]


# --- R12: what a contract requires ----------------------------------------------------------


def test_r12_off_a_terminal_what_is_required_is_named(desk: Desk) -> None:
    desk.contract("acme", labels=("dev", "meeting"), label_required=True, memo_required=True)

    no_memo = desk.run("start", "acme")
    no_label = desk.run("start", "acme", "-m", "x")

    assert (no_memo.status, no_label.status) == (2, 2)
    assert no_memo.err == "worklog: acme requires a memo.\nhint: Give it with --memo.\n"
    assert no_label.err == (
        "worklog: acme requires a label.\nhint: Give it with --label. Choose from: dev, meeting.\n"
    )


def test_r12_on_a_terminal_what_is_required_is_asked(desk: Desk) -> None:
    desk.contract("acme", labels=("dev", "meeting"), label_required=True, memo_required=True)
    desk.settings('[capture]\nconsent = "no"\n')

    desk.run("start", "--for", "60s", typed="fixing bug\n2\n")

    (row,) = desk.json("diary")["segments"]
    assert (row["memo"], row["label"]) == ("fixing bug", "meeting")


def test_a_label_is_free_where_the_contract_offers_none(desk: Desk) -> None:
    desk.contract("acme", label_required=True)
    desk.settings('[capture]\nconsent = "no"\n')

    desk.run("start", "--for", "60s", typed="dev\n")

    assert desk.json("diary")["segments"][0]["label"] == "dev"


def test_a_blank_answer_is_none(desk: Desk) -> None:
    desk.contract("acme", memo_required=True)

    assert desk.run("start", typed=" \n").status == 2


# --- R28: consent -----------------------------------------------------------------------------


def test_r28_the_first_start_asks_once_in_four_lines(desk: Desk) -> None:
    first = desk.run("start", "--for", "60s", "-m", "x", typed="\n")
    desk.clock.advance(seconds(600))
    second = desk.run("start", "--for", "60s", "-m", "x", typed="")

    assert CONSENT in first.err
    assert "May it take screenshots?" not in second.err
    assert second.status == 0


def test_a_no_is_remembered_and_time_is_tracked(desk: Desk) -> None:
    desk.ways = empty_ways(screen=FakeScreen())

    desk.run("start", "--for", "60s", "-m", "x", typed="n\n")
    desk.clock.advance(seconds(600))
    desk.run("start", "--for", "60s", "-m", "x", typed="")

    rows = desk.json("diary")["segments"]
    assert len(rows) == 2
    assert [shot["state"] for row in rows for shot in row["captures"]] in ([], ["off", "off"])
    assert not list(Path(desk.places.pictures).rglob("*.webp"))


def test_off_a_terminal_no_picture_is_taken_without_consent(desk: Desk) -> None:
    desk.ways = empty_ways(screen=FakeScreen())

    answer = desk.run("start", "--for", "60s", "-m", "x")

    assert (
        "worklog: No pictures: nobody has agreed to them yet. "
        "`worklog config set capture.consent yes` does.\n"
    ) in answer.err
    assert not list(Path(desk.places.pictures).rglob("*.webp"))


def test_consent_may_stand_in_the_settings(desk: Desk) -> None:
    desk.settings('[capture]\nconsent = "yes"\nnotify = false\n')
    box = Box(0, 0, 64, 48)
    desk.ways = empty_ways(
        screen=FakeScreen(frames=(frame(0, box),)),
        window=FakeWindows((Window("Editor", "main.py", box),)),
    )

    answer = desk.run("start", "--for", "9m", "-m", "x")

    rows = desk.json("diary")["segments"]
    shots = [shot for row in rows for shot in row["captures"] if shot["state"] == "taken"]
    assert answer.status == 0
    assert shots
    assert {row["title"] for row in rows if row["captures"]} == {"main.py"}


@pytest.mark.parametrize(
    ("settings", "words", "status", "hint"),
    [
        ("", [], 40, "Agree with `worklog config set capture.consent yes`, then start again."),
        ('consent = "no"', [], 40, "Agree with `worklog config set capture.consent yes`, then"),
        ("screenshots = false", [], 15, "Run `worklog config set capture.screenshots yes`."),
        ('consent = "yes"', ["--no-screenshots"], 15, "Leave --no-screenshots out, or track for"),
        ('consent = "yes"', [], 40, "`worklog doctor` says why and what helps."),
    ],
)
def test_a_contract_that_requires_pictures_is_not_tracked_without(
    desk: Desk, settings: str, words: list[str], status: int, hint: str
) -> None:
    desk.contract("acme", **required())
    desk.settings(f"[capture]\n{settings}\n")

    answer = desk.run("start", "acme", "-m", "x", *words)

    assert answer.status == status
    problem, told = answer.err.splitlines()
    assert problem.startswith("worklog: acme requires screenshots")
    assert told.startswith(f"hint: {hint}")
    assert desk.json("diary")["segments"] == []
    assert desk.json("status")["tracking"] is False


def test_a_contract_that_forbids_pictures_asks_nothing(desk: Desk) -> None:
    desk.contract("acme", policy=Policy(screenshots=Screenshots.FORBIDDEN))

    answer = desk.run("start", "acme", "--for", "60s", typed="")

    assert answer.status == 0
    assert "screenshots?" not in answer.err


def test_the_consent_says_where_pictures_go(desk: Desk) -> None:
    desk.contract("acme", service="https://diary.example")

    answer = desk.run("start", "acme", "--for", "60s", typed="n\n")

    assert "It goes to https://diary.example, where your client sees it." in answer.err


# --- Times ------------------------------------------------------------------------------------


def test_time_before_now_is_manual(desk: Desk) -> None:
    answer = desk.run("start", "--at", "17:20", "--for", "60s", "-m", "call with Ada")

    rows = desk.json("diary")["segments"]
    assert "worklog: 3 segments before now were added as manual time." in answer.err
    assert [row["manual_seconds"] for row in rows] == [600, 600, 600]
    assert [row["tracked_seconds"] for row in rows] == [0, 0, 60]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--for", "soon"], 2),
        (["--for", "0"], 13),
        (["--until", "yesterday 17:00"], 13),
        (["--at", "tomorrow 9:00"], 13),
        (["--for", "1h", "--until", "19:00"], 2),
        (["-m", "x" * 501], 2),
        (["-l", "x" * 61], 2),
    ],
)
def test_a_start_that_makes_no_sense_begins_nothing(
    desk: Desk, words: list[str], status: int
) -> None:
    answer = desk.run("start", *words)

    assert answer.status == status
    assert "\nhint: " in answer.err
    assert desk.json("contract", "list") == {"contracts": []}


def test_tracking_ends_at_the_time_named(desk: Desk) -> None:
    desk.run("start", "--until", "18:00", "-m", "x")

    assert sum(row["tracked_seconds"] for row in desk.json("diary")["segments"]) == 768


# --- A whole session ----------------------------------------------------------------------------


def test_json_gives_one_event_a_line_and_the_envelope_last(desk: Desk) -> None:
    answer = desk.run("start", "--for", "60s", "-m", "x", "--json")

    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert [line["event"] for line in lines[:-1]] == ["started", "sealed", "stopped"]
    assert (lines[-1]["command"], lines[-1]["status"]) == ("start", "ok")
    assert lines[-1]["data"]["tracked_seconds"] == 60


def test_a_session_is_steered_from_other_terminals(desk: Desk) -> None:
    desk.clock.set_wall(desk.local("17:40"))
    desk.contract("acme", labels=("dev", "review"))
    desk.ways = empty_ways(input=FakeInput())
    said: list[str] = []

    def other(at_s: float, *line: str) -> None:
        desk.clock.after(seconds(at_s), lambda: said.append(desk.run(*line).out))

    other(100, "memo", "reading the report")
    other(110, "label", "review")
    other(120, "status", "--format", "{contract} {memo} {label}")
    other(130, "pause")
    other(140, "status", "--format", "{state}")
    other(200, "resume")
    other(210, "memo")
    other(220, "label")
    other(230, "memo", "--recent")
    other(240, "diary", "--json")

    answer = desk.run("start", "acme", "--for", "8m", "-m", "fixing bug", "-l", "dev")

    assert answer.status == 0
    assert said[:9] == [
        "memo: reading the report\n",
        "label: review\n",
        "acme reading the report review\n",
        "Paused.\n",
        "paused\n",
        "Tracking again.\n",
        "memo: reading the report\n",
        "label: review\nacme has: dev, review.\n",
        "  1  reading the report\n",
    ]
    (row,) = json.loads(said[9])["data"]["segments"]
    assert 160 <= row["tracked_seconds"] <= 175
    assert (row["memo"], row["label"]) == ("fixing bug", "dev")
    assert [gap["reason"] for gap in desk.json("idle")["gaps"]] == ["pause"]


def test_a_label_that_the_contract_lacks_is_refused_on_the_way(desk: Desk) -> None:
    desk.contract("acme", labels=("dev", "review"))
    said: list[tuple[int, str]] = []

    def label() -> None:
        answer = desk.run("label", "revue")
        said.append((answer.status, answer.err))

    desk.clock.after(seconds(30), label)
    desk.run("start", "acme", "--for", "60s", "-m", "x")

    assert said == [
        (12, "worklog: acme has no label 'revue'.\nhint: Did you mean review?\n"),
    ]


def test_continue_starts_again_where_the_last_session_ended(desk: Desk) -> None:
    desk.contract("acme", labels=("dev",))
    desk.contract("globex")
    desk.run("start", "acme", "--for", "60s", "-m", "fixing bug", "-l", "dev")
    desk.clock.advance(seconds(600))
    desk.clock.after(seconds(60), lambda: desk.run("memo", "later"))
    desk.clock.after(seconds(70), lambda: desk.run("stop", "--at", "in 5s"))

    answer = desk.run("continue")

    rows = desk.json("diary")["segments"]
    assert answer.status == 0
    assert [(row["contract"], row["memo"], row["label"]) for row in rows] == [
        ("acme", "fixing bug", "dev"),
        ("acme", "fixing bug", "dev"),
    ]


def test_what_is_archived_is_not_continued(desk: Desk) -> None:
    desk.run("start", "--for", "60s")
    desk.ok("contract", "archive", "work")

    answer = desk.run("continue")

    assert (answer.status, answer.err.splitlines()[0]) == (
        12,
        "worklog: There is no session to continue.",
    )


def test_start_closes_what_a_dead_tracker_left(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.session(acme, "17:00")
    desk.record(acme, "17:00", seconds=300, picture=None)

    desk.run("start", "acme", "--for", "60s", "-m", "x")

    rows = desk.json("diary")["segments"]
    assert [row["marks"] for row in rows] == [["crash"], []]


def test_pictures_of_this_file_are_real() -> None:
    assert picture().image[:4] == b"RIFF"


def test_a_tracker_that_does_not_answer_is_named(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.contract("globex")
    desk.session(acme, "17:40")

    with desk.tracker():
        switched, stopped = desk.run("switch", "globex", "-m", "x"), desk.run("stop")

    assert (switched.status, stopped.status) == (21, 21)
    assert stopped.err.splitlines()[0].startswith("worklog: The tracker (pid ")
    assert "worklog stop --force" in stopped.err


def test_what_runs_is_not_switched_to_itself(desk: Desk) -> None:
    acme = desk.contract("acme", labels=("dev",))
    desk.contract("globex", label_required=True, labels=("ops",))
    desk.session(acme, "17:40", label="dev")

    with desk.tracker():
        same, bare = desk.run("switch", "acme"), desk.run("switch", "globex")
        label, memo = desk.ok("label"), desk.json("memo")
        later = desk.ok("stop", "--at", "18:30")

    assert (same.status, bare.status) == (16, 2)
    assert same.err.startswith("worklog: acme is being tracked already.")
    assert bare.err.endswith("hint: Give it with --label. Choose from: ops.\n")
    assert label == "label: dev\nacme has: dev.\n"
    assert memo["memo"] == "fixing bug"
    assert later == "Tracking ends at 18:30.\n"


def test_a_memo_used_before_is_picked_on_a_terminal(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.track(acme, "09:00", memo="reading")
    desk.session(acme, "17:40", memo="fixing bug")

    with desk.tracker():
        picked = desk.run("memo", "--recent", typed="2\n")
        none = desk.run("memo", "--recent", typed="\n")

    assert picked.status == none.status == 0
    assert picked.out.splitlines()[:2] == ["  1  fixing bug", "  2  reading"]
    assert picked.out.endswith("memo: reading\n")
    assert "memo:" not in none.out


def test_a_folder_file_that_cannot_be_read_is_told(desk: Desk) -> None:
    (desk.home / ".worklog").symlink_to("/proc/self/mem")

    answer = desk.run("start", "--for", "60s")

    assert answer.status == 12
    assert answer.err.startswith(f"worklog: {desk.home}/.worklog cannot be read: ")


def test_a_folder_that_was_deleted_under_the_shell_names_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = desk.home / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert desk.run("start", "--for", "60s").status == 0


def test_a_program_on_a_terminal_is_asked_nothing(desk: Desk) -> None:
    desk.contract("acme", memo_required=True)
    desk.contract("globex")

    assert desk.run("start", "--json", typed="1\nfixing bug\n").status == 2
    assert desk.run("start", "acme", "--json", typed="fixing bug\n").status == 2
    assert desk.run("start", "globex", "--for", "60s", "--json", typed="y\n").status == 0


def test_pictures_can_be_left_out_for_once(desk: Desk) -> None:
    desk.settings('[capture]\nconsent = "yes"\n')
    desk.ways = empty_ways(screen=FakeScreen())

    answer = desk.run("start", "--no-screenshots", "--for", "60s", "-m", "x")

    assert answer.status == 0
    assert not list(Path(desk.places.pictures).rglob("*.webp"))
