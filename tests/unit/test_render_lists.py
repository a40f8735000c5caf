"""Tables and lists: one segment, contracts, history, gaps, doctor, config, review, check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.example_diary import (
    ACME,
    BERLIN,
    CALL,
    CONTRACTS,
    FRIDAY,
    GLOBEX,
    LAPTOP,
    LOGIN,
    NOW,
    THURSDAY,
    gaps,
    local,
    stored,
    thursday_rows,
    week_rows,
)
from tests.support.fakes import utc
from tests.support.golden import check
from worklog.cli.render.checks import (
    CheckRow,
    WayRow,
    checks,
    config,
    doctor,
    findings,
    typed,
)
from worklog.cli.render.contracts import contract_text, contracts_table
from worklog.cli.render.gaps import gaps_table
from worklog.cli.render.history import NONE, history, in_words
from worklog.cli.render.line import cells
from worklog.cli.render.look import Look
from worklog.cli.render.session import stopped
from worklog.cli.render.show import ShowView, show
from worklog.domain.activity import Activity
from worklog.domain.amendment import (
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Redact,
    RedactedPicture,
    Revoke,
    Stamp,
    Unknown,
)
from worklog.domain.contract import Billing, Terms
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, PartId, SessionId
from worklog.domain.ranges import parse_range
from worklog.domain.review import Finding, Kind, review
from worklog.domain.segment_words import UNCOUNTED
from worklog.domain.session import Ending, Session
from worklog.domain.wording import length_of, money

ROWS = thursday_rows()
FIRST = Slot.containing(local(THURSDAY, "10:00"))
KEYS = tuple(Key(Slot(FIRST.index + number), ACME.contract_id) for number in range(3))
P = PartId("p1")


def amendment(change: Change, number: int = 1) -> Amendment:
    stamp = Stamp(epoch_ms(NOW) - 60_000 * number)
    return Amendment(AmendmentId(f"0193-{number}"), stamp, "freelancer", LAPTOP, change)


CHANGES: list[tuple[Change, str]] = [
    (
        Describe(KEYS, memo="login", label=""),
        (
            'memo set to "login" and label taken away for 3 segments of Acme site, '
            "Thu 19 Nov 2026 10:00-10:30"
        ),
    ),
    (
        Manual(ACME.contract_id, (ManualSpan(FIRST),), *CALL),
        (
            "0:10 added by hand for Acme site, Thu 19 Nov 2026 10:00-10:10: "
            '"call with Ada about scope" · meeting'
        ),
    ),
    (
        Delete((P,), rest=(OpenTarget(LAPTOP, KEYS[0]),), keys=KEYS[:1]),
        (
            "1 segment of Acme site, Thu 19 Nov 2026 10:00-10:10 deleted for good "
            "and the rest of the open one"
        ),
    ),
    (Delete((P,)), "1 part deleted for good"),
    (DropSnapshot((P,)), "camera snapshots of 1 part erased"),
    (
        Redact((RedactedPicture(P, 0, "", "", 125),)),
        "1 picture redacted, up to 12.5 % covered",
    ),
    (
        Move(GLOBEX.contract_id, (P,), sources=KEYS[:2]),
        "2 segments of Acme site, Thu 19 Nov 2026 10:00-10:20 moved to Globex",
    ),
    (Move(GLOBEX.contract_id, (P,)), "1 part moved to Globex"),
    (Idle(THURSDAY, FRIDAY), "Thu 19 Nov 2026 kept as a break"),
    (
        Choose(GLOBEX.contract_id, (FIRST,)),
        "1 shared slot, Thu 19 Nov 2026 10:00-10:10, given to Globex",
    ),
    (Choose(GLOBEX.contract_id, ()), "0 shared slots, no time at all, given to Globex"),
    (
        Accept(KEYS[:1]),
        "1 segment of Acme site, Thu 19 Nov 2026 10:00-10:10 accepted by the client",
    ),
    (Revoke((AmendmentId("0193-1"),)), "1 change undone"),
    (Unknown("sing", "{}"), "a change of a later version (sing), kept as it is"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_a_change_is_told_in_words(change: Change, words: str) -> None:
    assert in_words(amendment(change), CONTRACTS, BERLIN) == words


def test_the_history_looks_like_this() -> None:
    log = [amendment(change, number) for number, (change, _) in enumerate(CHANGES, start=1)]
    log[1] = replace(log[1], amendment_id=AmendmentId("0193a000-0000-7000-8000-00000000beef"))

    shown = [
        history([[one] for one in log], CONTRACTS, BERLIN, look)
        for look in (Look(), Look(width=40))
    ]

    check("history.txt", "\n\n".join(shown))


def test_an_empty_history_says_what_it_would_list() -> None:
    assert history([], CONTRACTS, BERLIN, Look()) == NONE


def test_a_segment_looks_like_this() -> None:
    by_mark = {mark: row for row in ROWS for mark in (*row.segment.marks, row.segment.origin)}
    unknown = next(row for row in ROWS if row.segment.activity.active[3:6] == (True,) * 3)
    two_memos = replace(
        unknown,
        segment=replace(
            unknown.segment, spans=((0, 240, *LOGIN), (240, 600, "", "")), application=None
        ),
    )
    withheld = next(
        row for row in ROWS if any(not p.capture.has_picture for p in row.segment.pictures)
    )
    views = [
        ShowView(
            by_mark["redacted"],
            CONTRACTS,
            stored(by_mark["redacted"]),
            history=[amendment(CHANGES[0][0])],
            grade="A",
            holds=(),
        ),
        ShowView(two_memos, CONTRACTS, holds=("few green boxes",)),
        ShowView(by_mark["manual"], CONTRACTS),
        ShowView(by_mark["deleted"], CONTRACTS),
        ShowView(withheld, CONTRACTS),
    ]

    text = "\n\n".join(show(view, zone=BERLIN, look=Look()) for view in views)
    narrow = show(views[0], zone=BERLIN, look=Look(width=50, unicode=False))

    check("show.txt", f"{text}\n\n{narrow}")


def test_r8_minutes_that_were_seen_and_not_counted_are_shown_as_such() -> None:
    row = next(row for row in ROWS if row.segment.activity.active[3:6] == (True,) * 3)
    uncounted = replace(
        row, segment=replace(row.segment, activity=Activity(active=row.segment.activity.active))
    )

    text = show(ShowView(uncounted, CONTRACTS), zone=BERLIN, look=Look())

    assert "keys" not in text
    assert f"counts     {UNCOUNTED}" in text


def test_contracts_look_like_this() -> None:
    terms = ACME.terms[0]
    later = replace(
        terms,
        since=datetime(2026, 11, 30, tzinfo=UTC),
        rate=Decimal("45.00"),
        billing=Billing.MINUTE,
        locks=True,
        manual_time=False,
        memo_required=True,
        label_required=True,
        policy=replace(terms.policy, version=2, pixelate=8, titles=False),
    )
    dated = replace(ACME, terms=(terms, later), service="https://diary.example", is_archived=True)
    bare = replace(GLOBEX, client="", title="", terms=(Terms(),))
    for_later = datetime(2026, 12, 1, tzinfo=UTC)

    text = "\n\n".join(
        (
            contracts_table([ACME, GLOBEX, replace(dated, name="Old")], ACME, NOW, Look()),
            contracts_table([ACME, GLOBEX], None, NOW, Look(width=50, unicode=False)),
            contract_text(dated, NOW, BERLIN, Look()),
            contract_text(dated, for_later, BERLIN, Look(width=50)),
            contract_text(bare, NOW, BERLIN, Look()),
        )
    )

    check("contracts.txt", text)
    assert contracts_table([], None, NOW, Look()) == ""


def test_gaps_look_like_this() -> None:
    told = [(gap, number == 1) for number, gap in enumerate(gaps())]

    check("gaps.txt", gaps_table(told, CONTRACTS, BERLIN, Look()))
    assert gaps_table([], CONTRACTS, BERLIN, Look()).startswith("No gaps")


def test_doctor_config_and_check_look_like_this() -> None:
    ways = [
        WayRow("screen", "x11", None, is_chosen=True),
        WayRow(
            "screen",
            "grim",
            "this is no Wayland session, so there is nothing that it could take a picture of",
            "Log in to a Wayland session.",
        ),
        WayRow("input", "xrecord", "the server has no RECORD extension"),
        WayRow("input", "pynput", None),
    ]
    settings = [
        ("capture.review", "10m", "default"),
        ("capture.withhold", "default\ntitle: Bank", "file"),
        ("zone", "", "default"),
        ("ui.colour", "never", "WORKLOG_UI_COLOUR"),
    ]
    looked = [
        CheckRow("database", "ok", "1,204 parts, 1,190 segments"),
        CheckRow("pictures", "warning", "2 files belong to nothing", "worklog check --pictures"),
        CheckRow("evidence", "bad", "part 0193a does not hold: its counts were changed"),
    ]
    looks = (Look(), Look(width=50, unicode=False))

    check(
        "checks.txt",
        "\n\n".join(
            text
            for look in looks
            for text in (doctor(ways, look), config(settings, look), checks(looked, look))
        ),
    )


def test_doctor_says_once_what_many_ways_fail_by() -> None:
    no_wayland = ("no compositor to ask", "Log in to Wayland.")
    rows = [
        WayRow("screen", "grim", *no_wayland),
        WayRow("screen", "portal", *no_wayland),
        WayRow("window", "x11", None, is_chosen=True),
        WayRow("window", "sway", *no_wayland),
        WayRow("window", "odd", "no compositor to ask", "Another fix."),
        WayRow("notify", "bus", "no bus"),
        WayRow("notify", "lines", "no bus"),
        WayRow("notify", "bell", "no bus"),
    ]

    assert doctor(rows, Look()).splitlines() == [
        "screen    nothing works, see below",
        "window    ✓ x11  in use",
        "          ✗ odd  no compositor to ask",
        "                 Another fix.",
        "notify    nothing works, see below",
        "",
        "✗ screen grim, portal; window sway",
        "  no compositor to ask",
        "  Log in to Wayland.",
        "",
        "✗ notify bus, lines, bell",
        "  no bus",
    ]


def test_doctor_breaks_no_command_at_a_hyphen() -> None:
    row = WayRow("input", "pynput", "not there", "Install it with `pip install 'worklog-diary'`.")

    assert "worklog-diary" in doctor([row], Look(width=56))


def test_a_review_looks_like_this() -> None:
    rows = week_rows()
    vague = replace(rows[4], segment=replace(rows[4].segment, memo="stuff"))
    none = replace(rows[9], segment=replace(rows[9].segment, memo=""))
    found = review([*rows[:4], vague, *rows[5:9], none, *rows[10:]], CONTRACTS)

    share = Finding(
        Kind.MANUAL_SHARE, ACME.contract_id, (), {"permille": 215, "start": "?", "seconds": 600}
    )

    check("review.txt", findings([*found, share], CONTRACTS, BERLIN, Look()))
    assert findings([], CONTRACTS, BERLIN, Look()).startswith("Nothing to complain about")


def test_no_list_is_wider_than_40_columns_when_it_has_only_those() -> None:
    look = Look(width=40)
    found = review(week_rows(), CONTRACTS)
    texts = (
        history([[amendment(CHANGES[0][0])]], CONTRACTS, BERLIN, look),
        contracts_table([ACME, GLOBEX], ACME, NOW, look),
        contract_text(ACME, NOW, BERLIN, look),
        gaps_table([(gap, False) for gap in gaps()], CONTRACTS, BERLIN, look),
        findings(found, CONTRACTS, BERLIN, look),
        show(ShowView(ROWS[0], CONTRACTS), zone=BERLIN, look=look),
    )

    assert max(cells(line) for text in texts for line in text.splitlines()) <= 40


def test_a_stopped_session_is_a_line_of_figures_and_one_of_words() -> None:
    session = Session(
        SessionId("s1"), ACME.contract_id, THURSDAY + timedelta(hours=9), NOW, Ending.STOP, *LOGIN
    )

    assert stopped(session, ACME, ROWS, BERLIN) == (
        "Acme site: 6:45 tracked from 09:00 to 17:47, 43 segments, 39 pictures\n"
        "  fixing login redirect · dev"
    )


def test_a_stopped_session_says_why_it_ended_unless_the_user_knows() -> None:
    session = Session(SessionId("s1"), ACME.contract_id, THURSDAY, NOW, Ending.HANG_UP)
    running = Session(SessionId("s1"), ACME.contract_id, THURSDAY)

    assert stopped(session, None, [], BERLIN) == (
        "The terminal was closed. an unknown contract: 0:00 tracked from 00:00 to 17:47, "
        "0 segments, 0 pictures"
    )
    assert "from 00:00 to now" in stopped(running, ACME, [], BERLIN)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=6, seconds=30), "6 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=5), "1 h 5 min"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(span: timedelta, words: str) -> None:
    assert length_of(span) == words


def test_money_has_its_thousands_apart_and_its_currency_behind() -> None:
    assert money(Decimal("1234567.50"), "EUR") == "1,234,567.50 EUR"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-19 10:00", "2026-11-19 10:30"),
        ("2026-11-19 22:50", "2026-11-19 23:00"),
        ("2026-11-18 21:00", "2026-11-19 04:10"),
        ("2026-10-25 00:00", "2026-10-25 06:00"),
    ],
)
def test_a_range_to_copy_is_read_as_what_it_names(start: str, end: str) -> None:
    first, last = utc(start), utc(end)
    text = typed(first, last, BERLIN).strip('"')

    found = parse_range(text, now=utc("2026-11-20 12:00"), zone=BERLIN, week=ACME.week_at)

    assert (found.start, found.end) == (first, last)
