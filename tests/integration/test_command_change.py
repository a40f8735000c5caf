"""edit, delete, redact, add, undo and history: what they do, say, ask and refuse."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.cli import HEIGHT, WIDTH, Desk, empty_ways, picture
from tests.support.fake_capture import FakeWindows
from worklog.app.ports import Box, Window
from worklog.domain.contract import Contract

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def acme(desk: Desk) -> Contract:
    return desk.contract("acme", labels=("dev", "meeting"), rate=Decimal(60), currency="EUR")


@pytest.fixture
def globex(desk: Desk) -> Contract:
    return desk.contract("globex")


def words(desk: Desk, *ranges: str) -> list[tuple[str, str, str]]:
    """Return contract, memo and label of the segments that are left."""
    return [
        (row["contract"], row["memo"], row["label"])
        for row in desk.json("diary", *ranges)["segments"]
        if row["bill"]["reason"] != "deleted"
    ]


# --- edit -------------------------------------------------------------------------------


def test_edit_sets_memo_and_label_of_a_range(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=3)

    said = desk.ok("edit", "9:00-9:20", "--memo", " review  of the login ", "--label", "dev")

    assert said == "2 segments changed.\n"
    assert words(desk) == [
        ("acme", "review of the login", "dev"),
        ("acme", "review of the login", "dev"),
        ("acme", "fixing bug", ""),
    ]


def test_edit_tells_programs_what_it_changed(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")

    data = desk.json("edit", "@last", "-m", "review")

    (amendment,) = desk.json("history")["amendments"]
    assert data == {
        "amendment": amendment["amendment"],
        "segments": ["2026-11-19T08:00:00Z"],
    }


def test_an_empty_memo_takes_the_memo_away(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", label="dev")

    desk.ok("edit", "@last", "--memo", "")

    assert words(desk) == [("acme", "", "dev")]


def test_edit_counts_the_last_segments(desk: Desk, acme: Contract, globex: Contract) -> None:
    desk.track(acme, "09:00", count=3)
    desk.track(globex, "09:30")

    desk.ok("edit", "@2", "-m", "both", "-c", "acme")

    assert [memo for _, memo, _ in words(desk)] == ["fixing bug", "both", "both", "fixing bug"]


def test_edit_moves_segments_and_their_words_stay_behind(
    desk: Desk, acme: Contract, globex: Contract
) -> None:
    desk.track(acme, "09:00", count=2, label="dev")
    assert globex.name == "globex"

    desk.ok("edit", "9:00", "--to", "globex")
    desk.ok("edit", "9:10", "--to", "globex", "--memo", "workshop")

    assert words(desk) == [("globex", "", ""), ("globex", "workshop", "")]


def test_segments_cannot_move_to_where_they_are(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")

    answer = desk.run("edit", "9:00", "--to", "acme")

    assert answer.status == 12
    assert answer.err.startswith("worklog: There is nothing to move to acme")


def test_segments_do_not_move_between_services(desk: Desk, acme: Contract) -> None:
    desk.contract("away", service="https://diary.example")
    desk.track(acme, "09:00")

    assert desk.run("edit", "9:00", "--to", "away").status == 15


def test_manual_segments_need_the_permission_of_the_new_contract(
    desk: Desk, acme: Contract
) -> None:
    assert acme.name == "acme"
    desk.contract("strict", manual_time=False)
    desk.ok("add", "9:00-9:20", "-m", "call with Ada", "-c", "acme")

    answer = desk.run("edit", "9:00-9:20", "--to", "strict")

    assert answer.status == 15
    assert answer.err.startswith("worklog: strict does not allow manual time.")


def test_what_is_being_recorded_cannot_move(desk: Desk, acme: Contract, globex: Contract) -> None:
    assert globex.name == "globex"
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)

    answer = desk.run("edit", "@last", "--to", "globex")

    assert answer.status == 16
    assert "worklog switch" in answer.err


def test_a_range_over_several_contracts_needs_one(
    desk: Desk, acme: Contract, globex: Contract
) -> None:
    desk.track(acme, "09:00")
    desk.track(globex, "09:10")

    refused = desk.run("delete", "9:00-10:00", "--yes")
    desk.ok("delete", "9:00-10:00", "--yes", "--contract", "globex")

    assert refused.status == 2
    assert words(desk) == [("acme", "fixing bug", "")]


def test_a_locked_week_keeps_its_words(desk: Desk) -> None:
    acme = desk.contract("acme", locks=True)
    desk.track(acme, "2026-11-12 09:00")

    answer = desk.run("edit", "2026-11-12", "-m", "later")

    assert answer.status == 14
    assert answer.err == (
        "worklog: The week of 2026-11-12 is locked for acme.\n"
        "hint: Redaction and deletion stay possible; words and time do not.\n"
    )


# --- edit in an editor --------------------------------------------------------------------


def editor(desk: Desk, script: str) -> None:
    """Let $EDITOR be *script*, a line of sed."""
    file = desk.home / "editor"
    file.write_text(f'#!/bin/sh\ncp "$1" {desk.home}/seen\nsed -i {script} "$1"\n')
    file.chmod(0o700)
    desk.environ["EDITOR"] = f"{file}"


def test_without_options_the_range_opens_in_the_editor(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=3, label="dev")
    editor(desk, r"-e 's/09:10 | fixing bug | dev/09:10 | call | Ada | meeting/' -e '/09:20/d'")

    said = desk.ok("edit", "today", typed="")

    assert (desk.home / "seen").read_text() == (
        "# One line per segment: time | memo | label\n"
        "# Change memos and labels, save and close. A line taken out changes nothing;\n"
        "# `worklog delete` deletes. An empty file changes nothing either.\n"
        "2026-11-19 09:00 | fixing bug | dev\n"
        "2026-11-19 09:10 | fixing bug | dev\n"
        "2026-11-19 09:20 | fixing bug | dev\n"
    )
    assert said == "1 segment changed.\n"
    assert words(desk)[1:] == [("acme", "call | Ada", "meeting"), ("acme", "fixing bug", "dev")]


def test_equal_edits_in_the_editor_are_undone_as_one(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=3)
    editor(desk, "'s/fixing bug/review/'")

    desk.ok("edit", "today", typed="")
    desk.ok("undo")

    assert {memo for _, memo, _ in words(desk)} == {"fixing bug"}


def test_a_form_that_was_left_alone_changes_nothing(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    editor(desk, "'s/zzz/y/'")

    said = desk.ok("edit", "today", typed="")

    assert said == "Nothing was changed.\n"
    assert desk.json("history") == {"amendments": []}


@pytest.mark.parametrize(
    ("script", "status", "message"),
    [
        ("'s/09:00 |/9 o.clock |/'", 2, "Line 4 is not one of the form: '2026-11-19 9 o'"),
        ("'s/ | fixing bug |//'", 2, "Line 4 is not one of the form: '2026-11-19 09:00'"),
        ("'s/bug |/bug | dve/'", 12, "acme has no label 'dve'."),
        (f"'s/fixing bug/{'x' * 501}/'", 2, "a memo has at most 500 characters"),
    ],
)
def test_what_was_typed_into_a_bad_form_is_kept(
    desk: Desk, acme: Contract, script: str, status: int, message: str
) -> None:
    desk.track(acme, "09:00")
    editor(desk, script)

    answer = desk.run("edit", "today", typed="")

    problem, hint = answer.err.splitlines()
    kept = Path(hint.partition("Your text is kept in ")[2].rstrip("."))
    assert answer.status == status
    assert message.split("'", maxsplit=1)[0] in problem
    assert "2026-11-19" in kept.read_text()
    assert words(desk) == [("acme", "fixing bug", "")]
    kept.unlink()


def test_lines_in_a_form_are_checked_before_any_is_written(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=2)
    editor(desk, "-e '4s/fixing bug/review/' -e '5s/bug |/bug | dve/'")

    answer = desk.run("edit", "today", typed="")

    assert answer.status == 12
    assert words(desk) == [("acme", "fixing bug", "")] * 2


def test_a_form_that_is_no_text_is_kept(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    editor(desk, r"'s/fixing/\xff/'")

    answer = desk.run("edit", "today", typed="")

    assert answer.status == 2
    assert answer.err.startswith(
        "worklog: What the editor saved is no UTF-8 text.\nhint: Your text"
    )


def test_segments_of_an_hour_that_comes_twice_are_told_apart(desk: Desk, acme: Contract) -> None:
    """On 25 October 2026 clocks in Berlin go back from three to two."""
    desk.track(acme, "2026-10-25 01:50", count=12)
    editor(desk, "'/02:30+0100/s/fixing bug/second/'")

    said = desk.ok("edit", "2026-10-25", typed="")

    seen = (desk.home / "seen").read_text().splitlines()[3:]
    assert (seen[0], seen[1]) == (
        "2026-10-25 01:50 | fixing bug |",
        "2026-10-25 02:00+0200 | fixing bug |",
    )
    assert said == "1 segment changed.\n"
    rows = desk.json("diary", "2026-10-25")["segments"]
    assert [row["slot"][11:16] for row in rows if row["memo"] == "second"] == ["01:30"]


def test_an_editor_that_fails_changes_nothing(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    desk.environ["VISUAL"] = "false --wait"

    answer = desk.run("edit", "today", typed="")

    assert answer.status == 2
    assert answer.err == (
        "worklog: The editor 'false --wait' failed.\n"
        "hint: Set EDITOR to one that works, or give --memo.\n"
    )


# --- delete -----------------------------------------------------------------------------


def test_r20_delete_says_what_it_costs_before_it_asks(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=3, picture=picture())

    answer = desk.run("delete", "9:00-9:20", typed="y\n")

    assert answer.err.startswith("Delete 2 segments (0:20 billed, 20.00 EUR) for good? [y/N]:")
    assert answer.out.endswith("2 segments deleted.\n")
    assert len(words(desk)) == 1
    assert len([name for name in desk.files if name.endswith(".webp")]) == 2


def test_no_means_no(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")

    answer = desk.run("delete", "@last", typed="n\n")

    assert answer.status == 0
    assert answer.err.endswith("worklog: Nothing was changed.\n")
    assert len(words(desk)) == 1


@pytest.mark.parametrize("flag", ["--yes", "-y"])
def test_nobody_is_asked_who_has_said_yes(desk: Desk, acme: Contract, flag: str) -> None:
    desk.track(acme, "09:00")

    assert desk.ok("delete", "9:05", flag) == "1 segment deleted.\n"


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_deletion_off_a_terminal_names_the_flag(
    desk: Desk, acme: Contract, more: list[str]
) -> None:
    desk.track(acme, "09:00")

    answer = desk.run("delete", "@last", *more, typed="y\n" if more else None)

    message = "Delete 1 segment (0:10 billed, 10.00 EUR) for good? Nobody can be asked here."
    told = answer.out if more else answer.err
    assert answer.status == 2
    assert message in told
    assert "Say yes with --yes." in told
    assert len(words(desk)) == 1


def test_a_deleted_segment_is_not_there_any_more(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    desk.ok("delete", "9:00", "--yes")

    answer = desk.run("delete", "9:00", "--yes")

    assert answer.status == 12
    assert answer.err == (
        "worklog: There are no segments in '9:00'.\nhint: `worklog diary` shows what is there.\n"
    )


def test_deleting_the_open_slot_deletes_the_rest_of_it(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)

    desk.ok("delete", "@last", "--yes")

    (amendment,) = desk.json("history")["amendments"]
    assert len(amendment["change"]["rest"]) == 1


def test_r6_deleting_a_snapshot_leaves_the_time(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture(), camera=picture(2))

    said = desk.ok("delete", "9:00", "--snapshot", "--yes")

    (row,) = desk.json("diary")["segments"]
    assert said == "1 segment without snapshots now.\n"
    assert [shot["role"] for shot in row["captures"]] == ["screen"]


def test_there_may_be_no_snapshot_to_delete(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())

    answer = desk.run("delete", "9:00", "--snapshot", "--yes")

    assert answer.status == 12
    assert "have no camera snapshot" in answer.err


# --- redact -----------------------------------------------------------------------------


def image(desk: Desk, when: str = "9:00") -> Image.Image:
    """Return the picture of a segment as it is on the disk."""
    (shot,) = desk.json("show", when)["segment"]["captures"]
    data = Path(shot["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == shot["sha256"]
    return Image.open(io.BytesIO(data)).convert("RGB")


def covered(found: Image.Image, box: tuple[int, int, int, int]) -> bool:
    colours = found.crop(box).getextrema()
    return all(high - low < 24 for low, high in colours)  # type: ignore[misc]  # bands


def test_r21_a_box_is_covered_for_good(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())
    before = set(Path(desk.places.pictures).rglob("*.webp"))

    said = desk.ok("redact", "9:00", "--box", "0,0,80,60")

    after = image(desk)
    assert said == "1 segment redacted.\n"
    assert covered(after, (4, 4, 76, 56))
    assert not covered(after, (84, 64, WIDTH, HEIGHT))
    assert desk.json("show", "9:00")["segment"]["captures"][0]["redacted"] == 250
    assert not before & set(Path(desk.places.pictures).rglob("*.webp"))


def test_several_boxes_are_covered_at_once(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())

    desk.ok("redact", "--box", "0,0,40,40", "--box", "-20,80,60,80")

    after = image(desk)
    assert covered(after, (4, 4, 36, 36))
    assert covered(after, (4, 84, 36, HEIGHT - 4))
    assert desk.run("undo").status == 12


def test_all_of_a_picture_is_covered(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())

    desk.ok("redact", "9:00", "--all", "--monitor", "0")

    assert covered(image(desk), (0, 0, WIDTH, HEIGHT))


def test_the_active_window_is_covered_where_it_is_now(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())
    desk.ways = empty_ways(window=FakeWindows((Window("Mail", "Inbox", Box(0, 0, WIDTH, 60)),)))

    desk.ok("redact", "9:00", "--window")

    assert covered(image(desk), (4, 4, WIDTH - 4, 56))


@pytest.mark.parametrize(
    ("words_", "status", "message"),
    [
        ([], 2, "What is to be covered?"),
        (["--all", "--window"], 2, "What is to be covered?"),
        (["--box", "0,0,10"], 2, "'0,0,10' is no rectangle."),
        (["--box", "0,0,0,10"], 2, "'0,0,0,10' is no rectangle."),
        (["--window"], 2, "The active window's place cannot be told here."),
        (["--box", "900,0,9,9"], 16, "No box touches the picture, which is 160 by 120 pixels."),
        (["--all", "--monitor", "3"], 12, "This segment has no picture to redact."),
    ],
)
def test_a_redaction_that_makes_no_sense_changes_nothing(
    desk: Desk, acme: Contract, words_: list[str], status: int, message: str
) -> None:
    desk.track(acme, "09:00", picture=picture())

    answer = desk.run("redact", "9:00", *words_)

    assert answer.status == status
    assert answer.err.startswith(f"worklog: {message}\nhint: ")
    assert desk.json("history") == {"amendments": []}


def test_one_segment_is_redacted_at_a_time(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=2, picture=picture())

    answer = desk.run("redact", "9:00-9:20", "--all")

    assert answer.status == 2
    assert answer.err == (
        "worklog: '9:00-9:20' names 2 segments, and this takes one.\n"
        "hint: Name it by a time in it, as in 'yesterday 10:20', or @last.\n"
    )


# --- add --------------------------------------------------------------------------------


def test_r25_add_fills_the_free_slots_and_prints_them(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "10:10")

    said = desk.ok("add", "9:56-10:34", "-m", "call with Ada", "-l", "meeting")

    assert said == "0:20 of manual time for acme: 10:00 10:20\n"
    rows = desk.json("diary")["segments"]
    assert [(row["slot"][11:16], row["origin"], row["memo"]) for row in rows] == [
        ("09:00", "manual", "call with Ada"),
        ("09:10", "tracked", "fixing bug"),
        ("09:20", "manual", "call with Ada"),
    ]


def test_add_names_the_days_of_a_night(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    said = desk.ok("add", "2026-11-18 23:40..2026-11-19 00:20", "-m", "release of the shop")

    assert said == (
        "0:40 of manual time for acme: Wed 18 Nov 23:40 23:50; Thu 19 Nov 00:00 00:10\n"
    )


def test_add_tells_programs_the_slots(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    data = desk.json("add", "-20m..-10m", "-m", "call with Ada")

    assert {**data, "amendment": ""} == {
        "amendment": "",
        "contract": "acme",
        "slots": ["2026-11-19T16:30:00Z"],
        "seconds": 600,
    }


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        (["add", "9:00-10:00"], 2, "Manual time needs a memo."),
        (["add", "17:00-18:00", "-m", "x"], 13, "'17:00-18:00' is not over yet"),
        (["add", "tomorrow", "-m", "x"], 13, "'tomorrow' is in the future"),
        (["add", "9:00", "-m", "x"], 2, "'9:00' is a time, not a range."),
        (["add", "9:00-9:10", "-m", "x"], 16, "No slot of that range is free"),
        (["add", "10:00-11:00", "-m", "x", "-l", "dve"], 12, "acme has no label 'dve'."),
        (
            ["add", "10:00-11:00", "-m", "x", "-c", "acne"],
            12,
            "There is no contract called 'acne'.",
        ),
    ],
)
def test_manual_time_that_cannot_be_is_refused(
    desk: Desk, acme: Contract, line: list[str], status: int, message: str
) -> None:
    desk.track(acme, "09:00")

    answer = desk.run(*line)

    assert answer.status == status
    assert answer.err.startswith(f"worklog: {message}")
    assert "\nhint: " in answer.err
    assert desk.json("history") == {"amendments": []}


def test_manual_time_needs_the_contracts_permission(desk: Desk) -> None:
    desk.contract("strict", manual_time=False)

    answer = desk.run("add", "9:00-10:00", "-m", "call with Ada")

    assert answer.status == 15
    assert answer.err == (
        "worklog: strict does not allow manual time.\n"
        "hint: Ask for it: worklog contract ask manual.\n"
    )


def test_of_several_contracts_one_must_be_named(
    desk: Desk, acme: Contract, globex: Contract
) -> None:
    answer = desk.run("add", "9:00-10:00", "-m", "call with Ada")

    assert (acme.name, globex.name) == ("acme", "globex")
    assert answer.status == 2
    assert answer.err == (
        "worklog: There are several contracts; which one is it?\n"
        "hint: Name one with --contract. There are: acme, globex.\n"
    )


def test_the_first_manual_time_makes_the_first_contract(desk: Desk) -> None:
    refused = desk.run("add", "9:00-9:10")
    answer = desk.run("add", "9:00-9:10", "-m", "call with Ada")

    assert (refused.status, answer.status) == (2, 0)
    assert answer.out == "0:10 of manual time for work: 09:00\n"
    assert answer.err.startswith("worklog: This is your first contract; it is called 'work'.")


def test_a_refusal_makes_no_contract(desk: Desk) -> None:
    desk.run("add", "9:00-9:10")
    desk.run("add", "9:00-soon", "-m", "x")
    desk.run("contract", "ask", "manual")

    assert desk.json("contract", "list") == {"contracts": []}


# --- Who bills a shared slot (R15) -------------------------------------------------------


def test_r15_the_freelancer_makes_the_other_contract_win(desk: Desk, acme: Contract) -> None:
    globex = desk.contract("globex")
    desk.track(acme, "09:00", count=2, seconds=600)
    desk.track(globex, "09:00", count=1, seconds=300)

    def reasons() -> list[tuple[str, str]]:
        rows = desk.json("diary")["segments"]
        return [(row["contract"], row["bill"]["reason"]) for row in rows]

    before = reasons()
    said = desk.ok("edit", "9:00-9:20", "-c", "globex", "--wins")
    after = reasons()
    again = desk.run("edit", "9:00-9:20", "-c", "globex", "--wins")
    desk.ok("undo")

    assert said == "1 segment bills instead of the other contract now.\n"
    assert sorted(before) == [("acme", "billed"), ("acme", "billed"), ("globex", "shared")]
    assert sorted(after) == [("acme", "billed"), ("acme", "shared"), ("globex", "billed")]
    assert (again.status, reasons()) == (12, before)
    assert "None of them lost its slot" in again.err


def test_r15_winning_is_a_change_of_its_own(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")

    assert desk.run("edit", "9:00", "--wins", "-m", "x").status == 2


# --- undo and history ---------------------------------------------------------------------


def test_undo_takes_back_the_last_change_and_then_the_one_before(
    desk: Desk, acme: Contract
) -> None:
    desk.track(acme, "09:00")
    desk.ok("edit", "9:00", "-m", "first")
    desk.clock.advance(HOUR)
    desk.ok("edit", "9:00", "-m", "second")

    last = desk.ok("undo")
    after_one = words(desk, "today")
    before = desk.ok("undo")

    assert last == (
        'Undone: memo set to "second" for 1 segment of acme, Thu 19 Nov 2026 09:00-09:10\n'
    )
    assert after_one == [("acme", "first", "")]
    assert '"first"' in before
    assert words(desk) == [("acme", "fixing bug", "")]


@pytest.mark.parametrize("line", [["delete", "9:10", "--yes"], ["redact", "9:10", "--all"]])
def test_undo_after_a_deletion_says_that_it_took_back_an_earlier_change(
    desk: Desk, acme: Contract, line: list[str]
) -> None:
    desk.track(acme, "09:00", count=2, picture=picture())
    desk.ok("edit", "9:00", "-m", "first")
    desk.clock.advance(HOUR)
    desk.ok(*line)
    desk.clock.advance(HOUR)

    answer = desk.run("undo")

    assert answer.status == 0
    assert 'memo set to "first"' in answer.out
    assert "What you deleted or redacted after it stays so" in answer.err


def test_undo_takes_the_id_that_history_shows(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    desk.ok("edit", "9:00", "-m", "first")
    desk.clock.advance(HOUR)
    desk.ok("add", "10:00-10:10", "-m", "call with Ada")

    told, edited = desk.ok("history"), desk.json("history")["amendments"][-1]["amendment"]
    desk.ok("undo", edited[-6:])

    assert edited[-6:] in told

    assert [memo for _, memo, _ in words(desk)] == ["fixing bug", "call with Ada"]


def test_undo_takes_a_whole_id_and_its_beginning(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=2)
    first = desk.json("edit", "9:00", "-m", "first")["amendment"]
    desk.clock.advance(HOUR)
    second = desk.json("edit", "9:10", "-m", "second")["amendment"]

    assert desk.json("undo", second[:13]) == {"amendment": second, "amendments": 1}
    assert desk.json("undo", first) == {"amendment": first, "amendments": 1}


def test_what_was_undone_moved_or_added_can_be_undone(desk: Desk, acme: Contract) -> None:
    desk.contract("globex")
    desk.track(acme, "09:00")
    desk.gap(acme, "11:00", "11:10")
    for line in (
        ["edit", "9:00", "--to", "globex"],
        ["add", "10:00-10:10", "-m", "call with Ada", "-c", "acme"],
        ["idle", "1", "--keep"],
    ):
        desk.ok(*line)
        desk.clock.advance(HOUR)
        desk.ok("undo")

    assert words(desk, "2026-11-19") == [("acme", "fixing bug", "")]
    assert desk.json("idle", "--in", "2026-11-19")["gaps"][0]["kept"] is False


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        (["undo"], 12, "There is nothing to undo."),
        (["undo", "nothing"], 12, "No change has the id 'nothing'."),
    ],
)
def test_there_may_be_nothing_to_undo(
    desk: Desk, line: list[str], status: int, message: str
) -> None:
    answer = desk.run(*line)

    assert answer.status == status
    assert answer.err.startswith(f"worklog: {message}\nhint: `worklog history` lists the changes")


def test_a_change_is_undone_once_and_a_deletion_never(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", count=2)
    edited = desk.json("edit", "9:00", "-m", "first")["amendment"]
    deleted = desk.json("delete", "9:10", "--yes")["amendment"]
    desk.ok("undo", edited)

    again, final = desk.run("undo", edited), desk.run("undo", deleted)

    assert (again.status, final.status) == (16, 15)
    assert "was undone already" in again.err
    assert "are for good" in final.err


def test_an_id_that_names_several_changes_names_none(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    desk.ok("edit", "9:00", "-m", "first")
    desk.ok("edit", "9:00", "-m", "second")

    answer = desk.run("undo", "0")

    assert answer.status == 12
    assert answer.err.startswith("worklog: More than one change has the id '0'.")


def test_the_history_lists_the_newest_first_and_no_more_than_wanted(
    desk: Desk, acme: Contract
) -> None:
    desk.track(acme, "09:00", count=2)
    for memo in ("first", "second", "third"):
        desk.ok("edit", "9:00", "-m", memo)
        desk.clock.advance(HOUR)
    desk.ok("delete", "9:10", "--yes")

    told = desk.ok("history", "-n", "3")
    kinds = [row["kind"] for row in desk.json("history", "--count", "2")["amendments"]]

    moments = [line[:24] for line in told.splitlines() if line.startswith("Thu")]
    assert moments == [
        "Thu 19 Nov 2026 20:47:12",
        "Thu 19 Nov 2026 19:47:12",
        "Thu 19 Nov 2026 18:47:12",
    ]
    assert kinds == ["delete", "describe"]


def test_json_never_asks_and_never_edits(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00")
    environ: Any = desk.environ
    environ["EDITOR"] = "false"

    answer = desk.run("edit", "today", "--json", typed="y\n")

    assert (answer.status, answer.code) == (2, "usage")
