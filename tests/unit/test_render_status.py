"""`worklog status` as text, for prompts, for waybar, and by template."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.example_diary import BERLIN, LOGIN, NOW
from tests.support.golden import check
from worklog.app.reminding import Told
from worklog.cli.outstanding import Outstanding
from worklog.cli.render.line import cells
from worklog.cli.render.look import Look
from worklog.cli.render.status import (
    FIELDS,
    StatusView,
    capture_line,
    fields,
    formatted,
    slot_line,
    status,
)
from worklog.domain.contract import Week
from worklog.domain.cover_tally import CoverTally
from worklog.domain.grouping import Totals
from worklog.domain.ids import ContractId
from worklog.domain.reminder import Reminder
from worklog.errors import UsageError

RUNNING = StatusView(
    NOW,
    contract="Acme site",
    client="Acme Corporation",
    memo=LOGIN[0],
    label=LOGIN[1],
    is_tracking=True,
    since=NOW - timedelta(minutes=50),
    session_seconds=2832,
    today=Totals(18600, 17880),
    week=Totals(97800, 95000),
    limit=timedelta(hours=40),
    slot=NOW.replace(minute=40, second=0),
    tracked=(60,) * 7 + (12, 0, 0),
    boxes=(True,) * 6 + (False, None, None, None),
    is_capture_due=True,
    captured_at=NOW - timedelta(minutes=14),
)
WAITING = replace(
    RUNNING,
    outbox=Outstanding(
        segments=3,
        pictured=12,
        amounts={"EUR": Decimal("20.84")},
        locks_at=datetime(2026, 11, 23, 11, tzinfo=UTC),
        why="in review until 18:00",
        warnings=("https://diary.example: the device is not known any more.",),
    ),
    locks_at=datetime(2026, 11, 23, 11, tzinfo=UTC),
    warnings=("The disk is nearly full: 400 MB are left.",),
)
PAUSED = replace(RUNNING, is_tracking=False, pause="idle", slot=None)
STOPPED = StatusView(NOW, contract="Acme site", today=Totals(18600, 17880), week=Totals(97800))
REMINDED = replace(
    STOPPED,
    reminders=(
        Told(
            Reminder(Week(NOW), NOW, (ContractId("a"),), findings=3, unsent=2),
            ("Acme site",),
            'Last week of Acme site locks in 5 h 10 min: 3 findings, `worklog review "last week"`; '
            "2 segments not uploaded yet, `worklog sync`",
        ),
    ),
)


def test_status_looks_like_this() -> None:
    views = (RUNNING, WAITING, PAUSED, STOPPED, StatusView(NOW), REMINDED)
    looks = (Look(), Look(width=60), Look(width=44, unicode=False))

    text = "\n\n".join(status(view, zone=BERLIN, look=look) for look in looks for view in views)

    check("status.txt", text)


@pytest.mark.parametrize("width", [24, 40, 60, 79, 80, 120])
@pytest.mark.parametrize("view", [RUNNING, WAITING, PAUSED, STOPPED, REMINDED])
def test_no_line_of_status_is_too_wide(view: StatusView, width: int) -> None:
    shown = status(view, zone=BERLIN, look=Look(width=width))

    assert max(cells(line) for line in shown.splitlines()) <= width


def test_a_prompt_is_short_and_empty_while_stopped() -> None:
    assert formatted(RUNNING, "prompt", look=Look()) == "● Acme site 0:47"
    assert formatted(PAUSED, "prompt", look=Look(unicode=False)) == "= Acme site 0:47"
    assert formatted(STOPPED, "prompt", look=Look()) == ""


def test_waybar_gets_json_with_its_words_escaped() -> None:
    view = replace(WAITING, contract="A & B <i>", memo="<b>")

    shown = json.loads(formatted(view, "waybar", look=Look()))

    assert shown["text"] == "● A &amp; B &lt;i&gt; 0:47"
    assert shown["tooltip"].splitlines()[0] == "&lt;b&gt; · dev"
    assert shown["class"] == ["tracking", "warning"]
    assert shown["percentage"] == 67


def test_waybar_shows_nothing_while_stopped() -> None:
    shown = json.loads(formatted(STOPPED, "waybar", look=Look()))

    assert (shown["text"], shown["alt"], shown["percentage"]) == ("", "stopped", 0)


def test_a_template_takes_every_field() -> None:
    form = "|".join(f"{{{name}}}" for name in FIELDS)

    assert formatted(RUNNING, form, look=Look()) == (
        "Acme site|Acme Corporation|fixing login redirect|dev|tracking|0:47|0:47:12|"
        "5:10|4:58|27:10|26:23|40:00|12:50|▮▮▮▮▮▮▯?  |6|●"
    )
    assert set(fields(STOPPED, Look())) == set(FIELDS)


def test_a_doubled_brace_is_a_brace() -> None:
    assert formatted(RUNNING, "{{{contract}}}", look=Look()) == "{Acme site}"


@pytest.mark.parametrize(
    "form", ["{contrct}", "{contract!r}", "{contract:>9}", "{}", "{0}", "{memo.x}"]
)
def test_an_unknown_field_is_a_usage_error_that_names_the_fields(form: str) -> None:
    with pytest.raises(UsageError, match="there is no field") as error:
        formatted(RUNNING, form, look=Look())

    assert error.value.hint == f"Use one of: {', '.join(FIELDS)}."


def test_a_lonely_brace_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="is no template"):
        formatted(RUNNING, "{contract", look=Look())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("no-display", "no picture: no display"),
        ("withheld", "no picture: withheld by a rule"),
        ("odd\x1b", "no picture: odd"),
    ],
)
def test_status_says_why_there_is_no_picture(state: str, words: str) -> None:
    line = capture_line(replace(RUNNING, capture=state), BERLIN, Look())

    assert line[0][0].strip() == words


def test_status_says_that_there_is_no_picture_yet_and_what_waits_without_a_lock() -> None:
    view = replace(RUNNING, captured_at=None, outbox=Outstanding(segments=1))

    assert status(view, zone=BERLIN, look=Look()).splitlines()[-2:] == [
        "  no picture yet",
        "  1 segment not uploaded yet",
    ]


def test_pictures_and_changes_that_wait_alone_are_said_and_what_is_late_is_said_to_be() -> None:
    waiting = Outstanding(pictured=1, amendments=2, locks_at=NOW)

    shown = status(replace(STOPPED, outbox=waiting, locks_at=NOW), zone=BERLIN, look=Look())

    assert shown.splitlines()[-2:] == [
        "  week locks Thu 19 Nov 2026 17:47:12",
        "  pictures of 1 part and 2 changes not uploaded yet; late already",
    ]


def test_a_view_without_an_open_slot_has_no_line_for_it() -> None:
    assert slot_line(PAUSED, BERLIN, Look()) == ()


def test_status_says_what_was_covered_in_the_last_picture() -> None:
    line = capture_line(replace(RUNNING, covered=CoverTally(1, 2, 250)), BERLIN, Look())

    assert line[0][0] == ("  last picture 17:33  covered: 1 window by a rule, 2 lines with secrets")
