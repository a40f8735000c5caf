"""diary, show, preview, status and review: what people and programs see of their time."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Desk, empty_ways, picture
from tests.support.fake_capture import FakeScreen, FakeWindows, frame
from tests.support.fakes import seconds, utc
from worklog.app.capturing import Shot
from worklog.app.covered import Covered
from worklog.app.ports import Box, EncodedPicture, Window
from worklog.cli.render.look import Look
from worklog.cli.render.preview import Limits, Outlook, Pixelation, preview_text
from worklog.clock import boot_id
from worklog.domain.activity import Activity
from worklog.domain.contract import Contract, Policy, Screenshots
from worklog.domain.part import Capture, CaptureState
from worklog.domain.secret_forms import SecretKind
from worklog.domain.segment_words import UNCOUNTED
from worklog.errors import CaptureDeniedError

SCREEN = Box(0, 0, 64, 48)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def acme(desk: Desk) -> Contract:
    """A day with pictures, an idle segment, and one of another contract."""
    acme = desk.contract(
        *("acme",),
        client="Acme Ltd",
        labels=("dev", "meeting"),
        rate=Decimal(60),
        currency="EUR",
        weekly_limit=timedelta(hours=40),
    )
    desk.track(acme, "09:00", count=4, label="dev", picture=picture())
    desk.track(acme, "09:40", memo="", level=0, state=CaptureState.NO_DISPLAY)
    desk.track(desk.contract("globex"), "10:00", count=2, memo="import of the data")
    desk.track(acme, "2026-11-17 14:00", count=3, memo="drawing the basket")
    return acme


# --- diary ------------------------------------------------------------------------------


def test_the_diary_shows_today_by_hour(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    assert desk.ok("diary") == (
        "Thu 19 Nov 2026 · acme · globex                                    Europe/Berlin\n"
        "billed 1:00   tracked 1:10\n"
        "  acme                                            week 1:10 of 40:00  ▁▁▁▁▁▁▁▁▁▁\n"
        "  globex                                                               week 0:20\n"
        "\n"
        "      :00         :10         :20         :30         :40         :50\n"
        " 9    ▮▮▮▮▮▮▮▮▮▯  ▮▮▮▮▮▮▮▮▮▯  ▮▮▮▮▮▮▮▮▮▯  ▮▮▮▮▮▮▮▮▮▯  ▯▯▯▯▯▯▯▯▯▯\n"
        "      acme: fixing bug · dev                                              0:40\n"
        "                                                      acme: no memo       0:00\n"
        "10    ▮▮▮▮▮▮▮▮▮▯  ▮▮▮▮▮▮▮▮▮▯\n"
        "      globex: import of the data                                          0:20\n"
        "\n"
        "                                                                       40.00 EUR\n"
    )


@pytest.mark.parametrize(
    ("words", "slots"),
    [
        ([], 7),
        (["today"], 7),
        (["--day", "tue"], 3),
        (["tue..thu"], 10),
        (["--week"], 10),
        (["--week", "2026-11-17"], 10),
        (["--week", "last week"], 0),
        (["week"], 10),
        (["--from", "9:00", "--to", "9:30"], 3),
        (["--from", "10:00"], 2),
        (["--from", "mon"], 10),
        (["--to", "yesterday"], 3),
        (["-9h..now"], 7),
        (["-c", "globex"], 2),
        (["--week", "-c", "ac"], 8),
        (["2026-11"], 10),
    ],
)
def test_a_range_is_named_in_many_ways(
    desk: Desk, acme: Contract, words: list[str], slots: int
) -> None:
    assert acme.name == "acme"

    if words == ["--week", "last week"]:
        assert desk.run("diary", *words).status == 2
        return
    assert len(desk.json("diary", *words)["segments"]) == slots


def test_the_open_segment_is_part_of_the_diary(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)
    with desk.tracker():
        rows = desk.json("diary", "-c", "acme")["segments"]

    assert (rows[-1]["slot"], rows[-1]["tracked_seconds"]) == ("2026-11-19T16:40:00Z", 300)


def test_thumbnails_need_a_terminal_that_can_show_them(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    plain = desk.run("diary", "--images")
    desk.settings('[ui]\ncolour = "always"\nunicode = "yes"\n')
    drawn = desk.ok("diary", "--images")

    assert plain.out == desk.run("diary").out.replace("\x1b", "") or plain.err
    assert "diary --open" in plain.err
    assert "\x1b[38;2;" in drawn


def test_the_page_holds_everything_and_is_ones_own(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    said = desk.ok("diary", "--open")

    file = Path(said.splitlines()[0])
    text = file.read_text()
    assert said.splitlines()[1] == "(No browser could be opened here.)"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert text.startswith("<!doctype html>")
    assert text.count("data:image/webp;base64,") >= 4
    assert "fixing bug" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_only_the_latest_page_is_kept(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    first = desk.json("diary", "--open")
    second = desk.json("diary", "tue", "--open")

    assert (first["opened"], second["opened"]) == (False, False)
    assert [path.name for path in Path(desk.places.pages).iterdir()] == ["diary-2026-11-17.html"]


@pytest.mark.parametrize("line", [["delete", "9:00", "--yes"], ["redact", "9:00", "--all"]])
def test_n5_no_page_outlives_the_pictures_in_it(
    desk: Desk, acme: Contract, line: list[str]
) -> None:
    assert acme.name == "acme"
    desk.ok("diary", "--open")

    desk.ok(*line)

    assert list(Path(desk.places.pages).iterdir()) == []


def test_a_browser_is_opened_on_a_desktop(
    desk: Desk, acme: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert acme.name == "acme"
    opened = desk.home / "opened"
    browser = desk.home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setattr("webbrowser._tryorder", None)
    desk.environ["DISPLAY"] = ":99"

    data = desk.json("diary", "--open")

    assert data["opened"] is True
    assert opened.read_text().strip() == Path(data["file"]).as_uri()


def test_a_page_that_cannot_be_written_is_told(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    Path(desk.places.pages).write_text("a file in its place")

    answer = desk.run("diary", "--open")

    assert answer.status == 23
    assert desk.places.pages in answer.err


def test_the_diary_of_a_picture_that_is_gone_still_opens(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    for file in Path(desk.places.pictures).rglob("*.webp"):
        file.unlink()

    assert Path(desk.json("diary", "--open")["file"]).exists()
    assert desk.ok("show", "9:00")


# --- show -------------------------------------------------------------------------------


def test_show_tells_one_segment_whole(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    desk.ok("edit", "9:10", "-m", "reviewing the login")

    text, data = desk.ok("show", "9:10"), desk.json("show", "9:10")

    for words in (
        "Thu 19 Nov 2026 09:10-09:20 · acme",
        "reviewing the login · dev",
        "billed      0:10 = 10.00 EUR",
        "window      Editor: billing.py",
        "would hold  yes",
        "screen 1, 09:14  160 x 120",
        'memo set to "reviewing the login"',
    ):
        assert words in text
    assert data["segment"]["memo"] == "reviewing the login"
    assert [row["kind"] for row in data["history"]] == ["describe"]


def test_show_takes_the_last_segment(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    assert desk.json("show")["segment"]["slot"] == "2026-11-19T09:10:00Z"
    assert desk.json("show", "@last", "-c", "acme")["segment"]["slot"] == "2026-11-19T08:40:00Z"
    assert "would hold  no: no memo" in desk.ok("show", "9:40")


def test_show_tells_that_a_segment_was_deleted(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    desk.ok("delete", "9:10", "--yes")

    text, data = desk.ok("show", "9:10"), desk.json("show", "9:10")

    assert "not billed: it was deleted" in text
    assert "deleted for good" in text
    assert "would hold" not in text  # nothing is there to hold
    assert data["segment"]["bill"]["reason"] == "deleted"
    assert data["segment"]["captures"] == []


# --- preview ----------------------------------------------------------------------------


def with_screen(desk: Desk, *windows: Window, screens: int = 1, is_blind: bool = False) -> None:
    desk.ways = empty_ways(
        screen=FakeScreen(frames=tuple(frame(number, SCREEN) for number in range(screens))),
        window=FakeWindows(windows or (Window("Editor", "main.py", SCREEN),), is_blind=is_blind),
    )


def test_preview_shows_and_stores_nothing(desk: Desk) -> None:
    with_screen(desk)

    assert desk.ok("preview") == (
        "would store  nothing of this is kept\n"
        "screen 1     taken, 64 x 48\n"
        "application  Editor\n"
        "title        main.py\n"
        "counts       nothing can count\n"
        "picture      see it: worklog preview --open, or -o FILE\n"
    )
    assert desk.files == []


def test_preview_keeps_the_pictures_where_asked(desk: Desk) -> None:
    with_screen(desk, screens=2)
    file = desk.home / "now.webp"

    data = desk.json("preview", "-o", str(file))

    assert data == {
        "contract": None,
        "captures": [
            {
                "role": "screen",
                "monitor": 0,
                "state": "taken",
                "width": 64,
                "height": 48,
                "covered": 0,
                "covers": [],
            },
            {
                "role": "screen",
                "monitor": 1,
                "state": "taken",
                "width": 64,
                "height": 48,
                "covered": 0,
                "covers": [],
            },
        ],
        "application": "Editor",
        "title": "main.py",
        "blocked_by": None,
        "withheld": None,
        "off_by": None,
        "covered_by": [],
        "pixelated": None,
        "untitled": None,
        "unnamed": None,
        "counts": None,
        "input": None,
        "files": [str(file), str(desk.home / "now-1.webp")],
    }
    assert file.read_bytes()[:4] == b"RIFF"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_preview_names_the_rule_that_withholds(desk: Desk) -> None:
    with_screen(desk, Window("KeePassXC", "Passwords", SCREEN))

    data = desk.json("preview", "--open")

    assert [shot["state"] for shot in data["captures"]] == ["withheld"]
    assert data["blocked_by"]
    assert data["files"] == []
    assert data["withheld"]["application"] == "KeePassXC"
    assert data["withheld"]["setting"] == "capture.withhold"
    assert data["withheld"]["rule"]["default"] == "password managers"
    assert data["untitled"] == "rule"
    said = " ".join(desk.ok("preview").split())
    assert (
        "withheld by KeePassXC (capture.withhold: password managers, of the default list)" in said
    )
    assert "Passwords" not in said


def test_preview_says_what_helps_where_nobody_sees_windows(desk: Desk) -> None:
    with_screen(desk, is_blind=True)

    said = desk.ok("preview")

    assert "withheld by  the windows could not be read" in said
    assert "what helps   worklog doctor; without rules in capture.withhold" in said


def test_preview_leads_on_where_pictures_are_denied(desk: Desk) -> None:
    denied = FakeScreen(error=CaptureDeniedError("no"))
    desk.ways = empty_ways(screen=denied, window=FakeWindows())

    said = desk.ok("preview")

    assert "what helps   worklog doctor\n" in said


def test_preview_names_what_is_covered_and_how_much_of_it(desk: Desk) -> None:
    vault = Window("KeePassXC", "Passwords", Box(16, 12, 32, 24))
    with_screen(desk, vault, Window("Editor", "main.py", SCREEN))
    desk.environ["WORKLOG_CAPTURE_WITHHOLD"] = "title: nothing at all"
    desk.environ["WORKLOG_REDACT_APPS"] = "application: keepass"

    data = desk.json("preview")

    assert [(shot["state"], shot["covered"]) for shot in data["captures"]] == [("taken", 250)]
    assert data["covered_by"] == ["KeePassXC (application matches /keepass/)"]
    assert data["captures"][0]["covers"] == [
        {
            "cause": "window",
            "application": "KeePassXC",
            "setting": "redact.apps",
            "rule": {"field": "application", "pattern": "keepass", "default": None},
            "kind": None,
            "number": 1,
            "permille": 250,
        }
    ]
    assert (data["untitled"], data["unnamed"]) == (None, None)
    assert desk.ok("preview") == (
        "would store  nothing of this is kept\n"
        "screen 1     taken, 64 x 48, 25 % covered\n"
        "  covered    25 %: 1 window, KeePassXC (redact.apps: application matches\n"
        "             /keepass/)\n"
        "application  Editor\n"
        "title        main.py\n"
        "counts       nothing can count\n"
        "picture      see it: worklog preview --open, or -o FILE\n"
    )


def test_preview_says_which_rule_keeps_the_name_of_the_active_window_out(desk: Desk) -> None:
    vault = Window("", "Passwords", Box(16, 12, 32, 24))
    with_screen(desk, Window("Editor", "main.py", SCREEN), vault)
    desk.environ["WORKLOG_CAPTURE_WITHHOLD"] = "title: nothing at all"
    desk.environ["WORKLOG_REDACT_APPS"] = "title: ^pass"

    data, said = desk.json("preview"), desk.ok("preview")

    assert (data["application"], data["title"], data["untitled"]) == (None, None, "rule")
    assert (data["unnamed"]["application"], data["unnamed"]["setting"]) == (None, "redact.apps")
    unnamed = "a window without a name (redact.apps: title matches /^pass/)"
    assert f"application  not kept: {unnamed}" in said.replace("\n" + " " * 13, " ")
    assert "title        not kept: by the same rule\n" in said
    assert "Passwords" not in said


def test_preview_tells_secrets_by_kind_on_the_monitor_where_they_are(desk: Desk) -> None:
    outlook = Outlook(
        Shot(
            (
                Capture(CaptureState.TAKEN, desk.now, sha256="a", width=64, height=48, covered=30),
                Capture(CaptureState.BLANK, desk.now, monitor=1),
            ),
            pictures={0: EncodedPicture(b"", b"", 64, 48)},
            covered={
                0: (
                    Covered(SecretKind.PASSWORD, (Box(0, 0, 9, 1), Box(0, 2, 9, 1)), 20),
                    Covered(SecretKind.CARD, (Box(9, 9, 9, 1),), 10),
                )
            },
        ),
        Limits("acme", None, has_titles=False, pixelation=Pixelation(12, "policy")),
        part=None,
        input_way="x11-record",
        files=("/tmp/now.webp",),
    )

    assert preview_text(outlook, Look()) == (
        "would store  nothing of this is kept\n"
        "screen 1     taken, 64 x 48, 3 % covered\n"
        "  covered    2 %: password in 2 lines (redact.secrets)\n"
        "  covered    1 %: card number in 1 line (redact.secrets)\n"
        "screen 2     blank screen\n"
        "pixelated    in blocks of 12 x 12 pixels, by the policy of acme\n"
        "application  -\n"
        "title        not kept: by the policy of acme\n"
        "counts       none, as nothing is tracked; x11-record would count\n"
        "picture      /tmp/now.webp"
    )


def test_preview_says_on_a_terminal_that_reading_the_picture_takes_a_while(desk: Desk) -> None:
    with_screen(desk)
    sentence = "The picture is read for secrets, which takes some seconds."
    plain = desk.run("preview", typed="")
    desk.environ["WORKLOG_REDACT_SECRETS"] = "yes"

    read, piped = desk.run("preview", typed=""), desk.run("preview")

    assert [sentence in answer.err for answer in (plain, read, piped)] == [False, True, False]
    assert read.out == piped.out == plain.out


def test_preview_says_whose_policy_or_setting_leaves_something_out(desk: Desk) -> None:
    desk.contract("acme", policy=Policy(titles=False, pixelate=8))
    with_screen(desk)

    by_policy, said = desk.json("preview"), desk.ok("preview")
    desk.environ["WORKLOG_CAPTURE_PIXELATE"] = "12"
    by_setting, more = desk.json("preview"), desk.ok("preview")
    desk.environ["WORKLOG_CAPTURE_SCREENSHOTS"] = "no"
    off = desk.json("preview")

    assert (by_policy["contract"], by_policy["untitled"]) == ("acme", "policy")
    assert by_policy["pixelated"] == {"edge": 8, "by": "policy"}
    assert "pixelated    in blocks of 8 x 8 pixels, by the policy of acme\n" in said
    assert "title        not kept: by the policy of acme\n" in said
    assert by_setting["pixelated"] == {"edge": 12, "by": "setting"}
    assert "in blocks of 12 x 12 pixels, by capture.pixelate\n" in more
    assert (off["off_by"], off["pixelated"]) == ("setting", None)
    assert "screen 1     switched off by capture.screenshots\n" in desk.ok("preview")


def test_preview_shows_the_counts_of_the_open_segment(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)
    with_screen(desk)

    with desk.tracker():
        data, said = desk.json("preview"), desk.ok("preview")

    assert data["counts"]["slot"] == "2026-11-19T16:40:00Z"
    assert data["counts"]["keys"][:2] == [20, 20]
    keys, clicks = (
        sum(filter(None, data["counts"]["keys"])),
        sum(filter(None, data["counts"]["clicks"])),
    )
    assert f"counts       {keys} keys, {clicks} clicks, " in said


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (Activity(), "none yet"),
        (Activity(active=(True,) + (None,) * 9), UNCOUNTED),
        (Activity.of_counts([(1, 0, 2)] + [None] * 9), "1 key, 0 clicks, 2 scrolls in this"),
    ],
)
def test_preview_says_what_is_known_of_the_counts(
    desk: Desk, acme: Contract, activity: Activity, words: str
) -> None:
    part = replace(desk.record(acme, "17:40", seconds=300), activity=activity)
    limits = Limits("acme", None, has_titles=True, pixelation=None)
    outlook = Outlook(
        Shot((Capture(CaptureState.BLANK, desk.now),)), limits, part, "x11-record", ()
    )

    assert f"counts       {words}" in preview_text(outlook, Look())


def test_preview_obeys_the_contract(desk: Desk) -> None:
    desk.contract("acme", policy=Policy(screenshots=Screenshots.FORBIDDEN, titles=False))
    with_screen(desk)

    data = desk.json("preview")

    assert [shot["state"] for shot in data["captures"]] == ["off"]
    assert data["title"] is None
    assert data["off_by"] == "policy"
    assert "screen 1     switched off by the policy of acme\n" in desk.ok("preview")


def test_a_preview_that_is_opened_goes_with_the_next_page(desk: Desk) -> None:
    with_screen(desk)

    first = desk.json("preview", "--open")["files"]
    desk.ok("diary", "--open")

    assert [Path(name).parent for name in first] == [Path(desk.places.pages)]
    assert not Path(first[0]).exists()


def test_a_preview_that_cannot_be_kept_is_told(desk: Desk) -> None:
    with_screen(desk)

    answer = desk.run("preview", "-o", "/proc/no/now.webp")

    assert answer.status == 23
    assert answer.err.startswith("worklog: /proc/no/now.webp cannot be written: No such file")


# --- status -----------------------------------------------------------------------------


def tell(desk: Desk, **told: Any) -> None:  # noqa: ANN401 -- fields of the status file
    """Write what a tracker says of itself."""
    file = Path(desk.places.status_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {"pid": os.getpid(), "boot": boot_id(), **told}
    file.write_text(json.dumps(document))


def test_status_of_a_day_without_tracking(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "09:00", until="10:00")

    assert desk.ok("status") == (
        'Not tracking. Start with: worklog start -m "what you do"\n'
        "  acme  today 0:40 billed · 0:50 tracked          week 1:10 of 40:00, 38:50 left\n"
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("prompt", "● acme 0:05\n"),
        ("{contract}/{memo}/{label}/{session}", "acme/fixing bug//0:05\n"),
        ("{week} of {limit}", "1:20 of 40:00\n"),
    ],
)
def test_status_has_forms_for_prompts_and_bars(
    desk: Desk, acme: Contract, form: str, said: str
) -> None:
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)

    with desk.tracker():
        assert desk.ok("status", "--format", form) == said


def test_status_of_a_running_session(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40", label="dev")
    desk.record(acme, "17:40", seconds=300, label="dev")

    with desk.tracker():
        text, data = desk.ok("status"), desk.json("status", "--format", "json")
        waybar = json.loads(desk.ok("status", "--format", "waybar"))

    assert text.startswith("● acme   fixing bug · dev")
    assert "  17:40-17:50" in text.replace("\N{EN DASH}", "-")
    assert data["tracking"] is True
    assert data["session_seconds"] == 300
    assert data["segment"]["boxes"][:3] == [True, True, True]
    assert waybar["alt"] == "tracking"


def test_status_believes_what_a_living_tracker_says(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40")
    tell(
        desk,
        tracking=True,
        paused=None,
        capture={
            "health": "withheld",
            "taken_at": "2026-11-19T16:43:00+00:00",
            "covered": {"windows": 1, "secrets": 2, "permille": 250},
        },
        warnings=["The disk is nearly full."],
        session_seconds=400,
        as_of="2026-11-19T16:47:02+00:00",
    )
    with desk.tracker():
        running = desk.json("status")
        tell(desk, tracking=False, paused="idle", session_seconds=380, capture=None)
        paused = desk.json("status")
        tell(desk, tracking=True, session_seconds=5, as_of=None)
        vague = desk.json("status")
        tell(desk, boot="another", session_seconds=9)
        strange = desk.json("status")

    assert (running["session_seconds"], running["capture"]["health"]) == (410, "withheld")
    assert running["capture"]["covered"] == {"windows": 1, "secrets": 2, "permille": 250}
    assert running["warnings"] == ["The disk is nearly full."]
    assert (paused["tracking"], paused["paused"], paused["session_seconds"]) == (False, "idle", 380)
    assert vague["session_seconds"] == 5
    assert strange["session_seconds"] == 0


def test_status_of_a_tracker_that_died_says_what_helps(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)

    answer = desk.run("status")

    assert answer.status == 0
    assert answer.out.splitlines()[0].startswith("Not tracking.")
    assert "`worklog stop` closes what it left behind." in " ".join(answer.out.split())
    assert desk.json("status")["warnings"] == [
        "The tracker ended without a word; `worklog stop` closes what it left behind."
    ]


def test_stop_closes_what_a_dead_tracker_left(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:40")
    desk.record(acme, "17:40", seconds=300)

    answer = desk.run("stop")

    assert answer.status == 0
    assert answer.out.startswith("It had ended without a word; what it recorded is kept.\n")
    assert desk.json("status")["warnings"] == []


# --- status: the reminder before the lock --------------------------------------------------

MONDAY = utc("2026-11-23 06:50")  # in Berlin 7:50; weeks of services ended at midnight UTC
SERVICE = "https://diary.example"


@pytest.fixture
def monday(tmp_path: Path) -> Desk:
    """A Monday after a Friday with time for a service that says next to nothing."""
    desk = Desk(tmp_path, now=MONDAY)
    acme = desk.contract("acme", service=SERVICE, week_start=0, week_hour=0)
    desk.track(acme, "2026-11-20 10:00", count=2, memo="work")
    return desk


def acknowledge(desk: Desk) -> None:
    """Let the service have all that waits."""
    with desk.cache() as cache:
        cache.db.execute("DELETE FROM outbox")


def test_status_says_that_a_week_is_about_to_lock_and_what_helps(monday: Desk) -> None:
    text = monday.ok("status")
    (told,) = monday.json("status")["reminders"]

    sentence = (
        'Last week locks in 5 h 10 min: 1 finding, `worklog review "last week"`; '
        "2 segments not uploaded yet, `worklog sync`"
    )
    assert sentence in " ".join(text.split())
    assert told == {
        "contracts": ["acme"],
        "week": {"start": "2026-11-16T00:00:00Z", "end": "2026-11-23T00:00:00Z"},
        "locks_at": "2026-11-23T12:00:00Z",
        "findings": 1,
        "segments_not_uploaded": 2,
        "message": sentence,
    }
    found = monday.run("review", "last week", "--json").envelope["data"]["findings"]
    assert [finding["kind"] for finding in found] == ["vague-memo", "unsynced"]


def test_status_says_nothing_of_a_week_that_is_ready_or_far_from_its_lock(monday: Desk) -> None:
    acknowledge(monday)
    monday.ok("config", "set", "review.remind", "5h")
    far = monday.json("status")["reminders"]
    monday.ok("config", "set", "review.remind", "6h")
    near = monday.json("status")["reminders"]
    monday.ok("config", "set", "review.remind", "0")
    never = monday.json("status")["reminders"]
    monday.ok("config", "unset", "review.remind")
    monday.ok("edit", "2026-11-20 10:00-10:20", "-m", "drawing the basket")
    acknowledge(monday)
    ready = monday.json("status")["reminders"]

    assert [told["message"] for told in near] == [
        'Last week locks in 5 h 10 min: 1 finding, `worklog review "last week"`'
    ]
    assert (far, never, ready) == ([], [], [])


def test_a_status_for_prompts_and_bars_does_not_look_for_reminders(monday: Desk) -> None:
    assert "locks in" not in monday.ok("status", "--format", "waybar")
    assert monday.ok("status", "--format", "prompt") == ""


def test_status_does_not_remind_of_local_contracts_nor_after_the_lock(
    monday: Desk, tmp_path: Path
) -> None:
    local = Desk(tmp_path / "local", now=MONDAY)
    local.track(local.contract("own"), "2026-11-20 10:00", memo="work")
    monday.clock.advance(seconds(5 * 3600 + 600))

    assert local.json("status")["reminders"] == []
    assert monday.json("status")["reminders"] == []


def test_status_reminds_of_a_local_contract_that_was_told_to_lock(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=MONDAY)
    desk.track(desk.contract("own", locks=True), "2026-11-20 10:00", memo="work")

    (told,) = desk.json("status")["reminders"]

    assert told["message"] == (  # its week ended at midnight in Berlin
        'Last week locks in 4 h 10 min: 1 finding, `worklog review "last week"`'
    )


def test_what_can_only_just_have_left_is_no_reason_to_remind(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=utc("2026-11-23 00:15"))
    acme = desk.contract("acme", service=SERVICE, week_start=0, week_hour=0)
    desk.track(acme, "00:50", memo="drawing the basket")  # to midnight UTC

    assert desk.json("status")["reminders"] == []
    desk.clock.advance(seconds(600))
    assert [told["segments_not_uploaded"] for told in desk.json("status")["reminders"]] == [1]


def test_the_range_and_contract_of_a_reminder_give_what_it_counts(monday: Desk) -> None:
    beta = monday.contract("beta site", service=SERVICE, week_start=0, week_hour=0)
    monday.track(beta, "2026-11-20 10:20", memo="drawing the basket")
    monday.track(monday.contract("own"), "2026-11-20 09:00", memo="stuff")
    acknowledge(monday)

    (told,) = monday.json("status")["reminders"]

    assert told["message"].endswith(': 1 finding, `worklog review "last week" -c acme`')
    found = monday.run("review", "last week", "-c", "acme", "--json").envelope["data"]["findings"]
    assert [finding["kind"] for finding in found] == ["vague-memo"]


def test_an_unknown_field_of_a_template_is_named(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    answer = desk.run("status", "--format", "{nope}")

    assert answer.status == 2
    assert answer.err.startswith("worklog: there is no field {nope}.\nhint: Use one of: contract,")


def test_watch_is_not_for_programs(desk: Desk) -> None:
    answer = desk.run("status", "--watch", "--json")

    assert (answer.status, answer.code) == (2, "usage")


def test_watch_shows_the_status_until_ctrl_c(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    def interrupt() -> None:
        raise KeyboardInterrupt

    desk.clock.after(seconds(2.5), interrupt)

    answer = desk.run("status", "--watch")

    assert answer.status == 130
    assert answer.out.count("Not tracking.") == 3


# --- review -----------------------------------------------------------------------------


def test_review_finds_what_will_not_hold(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    told, as_json = desk.run("review"), desk.run("review", "today", "-c", "acme", "--json")

    assert told.status == 4
    assert "no memo" in told.out
    assert told.err.splitlines()[-1] == "hint: Fix them before the week locks."
    assert (as_json.status, as_json.envelope["status"], as_json.code) == (4, "partial", "findings")
    kinds = {row["kind"] for row in as_json.envelope["data"]["findings"]}
    assert "missing-memo" in kinds or "no-memo" in kinds


def test_review_of_a_range_that_holds_is_quiet(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    assert desk.ok("review", "tue") == "Nothing to complain about: all of it would hold.\n"


def test_review_and_show_name_what_is_not_uploaded(monday: Desk) -> None:
    monday.ok("edit", "2026-11-20 10:00-10:20", "-m", "drawing the basket")

    told = monday.run("review", "last week")
    shown = monday.ok("show", "2026-11-20 10:00")
    acknowledge(monday)

    assert told.status == 4
    assert "0:20  Fri 20 Nov 2026 10:00-10:20  not uploaded yet" in told.out
    assert "worklog sync" in told.out
    assert "no: unsynced" in shown
    assert monday.run("review", "last week").status == 0


def test_review_goes_by_the_thresholds_that_are_set(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.track(acme, "2026-11-17 14:00", level=6, memo="Allerlei, misc")
    desk.track(acme, "2026-11-17 14:30", level=6, memo="drawing the basket")

    def kinds() -> list[str]:
        found = desk.run("review", "tue", "--json").envelope["data"]["findings"]
        return [finding["kind"] for finding in found]

    assert kinds() == ["gap"]

    desk.ok("config", "set", "review.few-boxes", "6")
    desk.ok("config", "set", "review.vague", "default", "Allerlei")
    desk.ok("config", "set", "review.longest-gap", "0")

    assert kinds() == ["vague-memo", "low-activity", "low-activity"]
    assert "would hold" in desk.ok("show", "2026-11-17 14:30")
    assert "low activity" in desk.ok("show", "2026-11-17 14:30")


def test_a_threshold_that_cannot_be_is_refused_with_what_could(desk: Desk) -> None:
    answer = desk.run("config", "set", "review.few-boxes", "11")

    assert (answer.status, answer.err.splitlines()[0]) == (
        2,
        "worklog: review.few-boxes: '11' is not a whole number from 0 to 9.",
    )
    assert answer.err.splitlines()[1].startswith("hint: Up to how many green boxes")


def test_a_gap_in_which_another_contract_was_tracked_is_none_for_one_contract(desk: Desk) -> None:
    acme, globex = desk.contract("acme"), desk.contract("globex")
    desk.track(acme, "09:00", memo="drawing the basket")
    desk.track(globex, "09:10", count=2, memo="import of the data")
    desk.track(acme, "09:30", memo="drawing the basket")

    assert desk.ok("review", "today", "-c", "acme").startswith("Nothing to complain about")
