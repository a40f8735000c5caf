"""The live display: its lines, and how it keeps a terminal tidy."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.example_diary import ACME, BERLIN, GLOBEX, LOGIN, MONDAY, NOW
from tests.support.golden import check
from tests.support.tiny_terminal import TinyTerminal
from worklog.app.events import Event, EventKind
from worklog.app.figures import Figures
from worklog.app.snapshot import LastCapture, Snapshot
from worklog.cli.live import LiveDisplay, Panel
from worklog.cli.render.line import Ink, Line, length, paint, paint_all
from worklog.cli.render.live import lines, view_of
from worklog.cli.render.look import Look
from worklog.domain.contract import Week
from worklog.domain.cover_tally import CoverTally
from worklog.domain.grid import Slot
from worklog.domain.grouping import Totals
from worklog.domain.ids import SessionId
from worklog.domain.session import Session

SNAPSHOT = Snapshot(
    now=NOW,
    session=Session(SessionId("s1"), ACME.contract_id, NOW - timedelta(minutes=50)),
    contract=ACME,
    memo=LOGIN[0],
    label=LOGIN[1],
    session_seconds=2832,
    slot=Slot.containing(NOW),
    tracked=(60,) * 7 + (12, 0, 0),
    boxes=(True,) * 6 + (False, None, None, None),
    is_capture_due=True,
    capture=LastCapture(
        NOW - timedelta(minutes=14), "taken", "Firefox", "Login", NOW + timedelta(minutes=6)
    ),
    pause="",
    pause_since=None,
    figures=Figures(NOW, Totals(18600, 17880), Totals(97800), Week(MONDAY), timedelta(hours=40)),
    warnings=(),
    until=None,
)
DEGRADED = replace(
    SNAPSHOT,
    memo="",
    contract=GLOBEX,
    figures=replace(SNAPSHOT.figures, limit=None),
    capture=LastCapture(NOW, "no-display", "", "", None),
    warnings=("There is no display, so no pictures are taken.",),
    until=NOW + timedelta(hours=1, minutes=13),
)
PAUSED = replace(SNAPSHOT, pause="idle", pause_since=NOW - timedelta(minutes=12), capture=None)


def test_the_display_looks_like_this() -> None:
    views = [
        view_of(SNAPSHOT),
        view_of(DEGRADED, said="The memo has not changed for an hour."),
        view_of(PAUSED, typing="memo: tests for the bas"),
        view_of(replace(SNAPSHOT, capture=LastCapture(NOW, "taken", "Editor", "", None))),
        view_of(
            replace(
                SNAPSHOT,
                capture=LastCapture(NOW, "taken", "", "", NOW - timedelta(seconds=1)),
                is_capture_due=False,
            )
        ),
    ]
    looks = (Look(), Look(width=60), Look(width=44, unicode=False))

    check(
        "live.txt",
        "\n\n".join(
            paint_all(lines(view, zone=BERLIN, look=look), look) for look in looks for view in views
        ),
    )


@pytest.mark.parametrize("width", [24, 30, 44, 60, 79, 80, 132])
@pytest.mark.parametrize("snapshot", [SNAPSHOT, DEGRADED, PAUSED])
def test_no_line_of_the_display_is_too_wide(snapshot: Snapshot, width: int) -> None:
    view = view_of(snapshot, typing="memo: " + "日本 " * 40)

    for line in lines(view, zone=BERLIN, look=Look(width=width)):
        assert length(line) <= width


def test_a_pause_without_a_known_start_says_nothing_about_it() -> None:
    view = view_of(replace(PAUSED, pause_since=None))

    assert lines(view, zone=BERLIN, look=Look())[1] == ()


# --- In place -------------------------------------------------------------------------


def text_lines(*texts: str) -> list[Line]:
    return [((text, Ink.TEXT),) for text in texts]


@pytest.fixture
def terminal() -> TinyTerminal:
    return TinyTerminal()


@pytest.fixture
def panel(terminal: TinyTerminal) -> Panel:
    terminal.write("$ worklog start\n")
    return Panel(terminal, Look())


def test_only_lines_that_changed_are_written(panel: Panel, terminal: TinyTerminal) -> None:
    panel.draw(text_lines("a" * 30, "b" * 30, "c" * 30), columns=80, rows=24)
    before = terminal.written

    panel.draw(text_lines("a" * 30, "B" * 30, "c" * 30), columns=80, rows=24)
    panel.draw(text_lines("a" * 30, "B" * 30, "c" * 30), columns=80, rows=24)

    assert terminal.seen == ["$ worklog start", "a" * 30, "B" * 30, "c" * 30]
    assert terminal.written - before < 50


def test_a_line_that_got_shorter_leaves_nothing_behind(
    panel: Panel, terminal: TinyTerminal
) -> None:
    panel.draw(text_lines("long line", "x"), columns=80, rows=24)
    panel.draw(text_lines("s"), columns=80, rows=24)

    assert terminal.seen == ["$ worklog start", "s"]


def test_more_lines_push_nothing_away(panel: Panel, terminal: TinyTerminal) -> None:
    panel.draw(text_lines("a"), columns=80, rows=24)
    panel.draw(text_lines("a", "b", "c"), columns=80, rows=24)

    assert terminal.seen == ["$ worklog start", "a", "b", "c"]


def test_a_resize_draws_all_of_it_anew(panel: Panel, terminal: TinyTerminal) -> None:
    panel.draw(text_lines("aaaa", "bbbb"), columns=80, rows=24)
    panel.draw(text_lines("aa", "bb"), columns=40, rows=24)

    assert terminal.seen == ["$ worklog start", "aa", "bb"]


def test_a_terminal_that_rewraps_lines_has_more_rows_to_clear(terminal: TinyTerminal) -> None:
    panel = Panel(terminal, Look())
    terminal.write("$\n")
    panel.draw(text_lines("a" * 60), columns=80, rows=24)
    # What the terminal does when it gets 40 columns wide:
    terminal.rows[1:] = ["a" * 40, "a" * 20, ""]
    terminal.row = 3

    panel.draw(text_lines("b" * 30), columns=40, rows=24)

    assert terminal.seen == ["$", "b" * 30]


def test_a_terminal_that_cuts_lines_keeps_its_rows(terminal: TinyTerminal) -> None:
    panel = Panel(terminal, Look(), reflows=False)
    terminal.write("$ one\n$ two\n")
    panel.draw(text_lines("a" * 60), columns=80, rows=24)

    panel.draw(text_lines("b" * 30), columns=40, rows=24)

    assert terminal.seen == ["$ one", "$ two", "b" * 30]


def test_a_low_terminal_gets_what_fits(panel: Panel, terminal: TinyTerminal) -> None:
    panel.draw(text_lines("a", "b", "c", "d"), columns=80, rows=3)

    assert terminal.seen == ["$ worklog start", "a", "b"]


def test_nothing_is_left_when_the_display_ends(terminal: TinyTerminal) -> None:
    terminal.write("$ worklog start\n")

    with LiveDisplay(Look(), BERLIN, terminal) as display:
        display.tick(SNAPSHOT)
        assert len(terminal.seen) == 6

    assert terminal.seen == ["$ worklog start"]


def test_a_display_that_never_drew_takes_nothing_away(terminal: TinyTerminal) -> None:
    terminal.write("$\n")

    with LiveDisplay(Look(), BERLIN, terminal):
        pass

    assert terminal.seen == ["$"]


def test_a_display_takes_the_size_of_its_terminal(
    terminal: TinyTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "fileno", lambda: 99)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((40, 5)))
    with LiveDisplay(Look(), BERLIN, terminal) as display:
        display.tick(SNAPSHOT)

        assert len(terminal.seen) == 4
        assert max(len(line) for line in terminal.seen) <= 39


def test_keys_show_before_the_next_tick(terminal: TinyTerminal) -> None:
    with LiveDisplay(Look(), BERLIN, terminal) as display:
        display.type("memo: too early")
        assert terminal.seen == []
        display.tick(SNAPSHOT)
        display.type("memo: te")
        assert terminal.seen[-1] == "  memo: te█"
        display.type("")

        assert terminal.seen[-1].startswith("  m memo")


def test_what_asks_for_attention_is_said_for_a_while(terminal: TinyTerminal) -> None:
    display = LiveDisplay(Look(), BERLIN, terminal)
    display.tick(SNAPSHOT)

    display.event(Event(EventKind.SEALED, NOW, "Sealed."))
    display.event(Event(EventKind.REMINDER, NOW, "Is the memo still right?"))
    said = [line for line in terminal.seen if "memo still right" in line]
    for _ in range(21):
        display.tick(SNAPSHOT)

    assert said == ["  Is the memo still right?"]
    assert not any("Sealed" in line or "still right" in line for line in terminal.seen)


def test_the_display_knows_whether_the_tracker_is_paused(terminal: TinyTerminal) -> None:
    display = LiveDisplay(Look(), BERLIN, terminal)
    before = display.is_paused

    display.tick(PAUSED)

    assert (before, display.is_paused) == (False, True)


def test_f38_a_closed_terminal_is_told_and_does_not_break_the_end(terminal: TinyTerminal) -> None:
    with LiveDisplay(Look(), BERLIN, terminal) as display:
        display.tick(SNAPSHOT)
        terminal.is_gone = True

        with pytest.raises(OSError, match="Input/output"):
            display.tick(replace(SNAPSHOT, session_seconds=2833))


def test_a_display_in_the_background_waits_until_it_is_in_front(
    terminal: TinyTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = [1]
    monkeypatch.setattr("os.tcgetpgrp", lambda _: group[0])
    monkeypatch.setattr("os.getpgrp", lambda: 1)
    monkeypatch.setattr(terminal, "fileno", lambda: 99)
    with LiveDisplay(Look(), BERLIN, terminal) as display:
        display.tick(SNAPSHOT)
        shown = list(terminal.seen)
        group[0] = 2
        terminal.write("[1]+ Stopped\n")
        display.tick(replace(SNAPSHOT, session_seconds=2900))
        while_behind = list(terminal.seen)
        group[0] = 1
        display.tick(replace(SNAPSHOT, session_seconds=2901))

        assert while_behind == [*shown, "[1]+ Stopped"]
        assert terminal.seen[len(shown)] == "[1]+ Stopped"
        assert len(terminal.seen) == 2 * len(shown) + 1
        group[0] = 2

    assert len(terminal.seen) == 2 * len(shown) + 1  # it ended behind another job


@pytest.mark.parametrize(
    ("width", "end"),
    [
        (120, "covered: 1 window by a rule, 2 lines with secrets   leaves in 6 min"),
        (80, "  last picture 17:33  Firefox: Login              25 % covered   leaves in 6 min"),
        (60, "  last picture 17:33  Firef…  25 % covered   leaves in 6 min"),
    ],
)
def test_the_display_says_what_was_covered_as_far_as_there_is_room(width: int, end: str) -> None:
    assert SNAPSHOT.capture is not None
    capture = replace(SNAPSHOT.capture, covered=CoverTally(1, 2, 250))

    shown = lines(view_of(replace(SNAPSHOT, capture=capture)), zone=BERLIN, look=Look(width=width))

    (line,) = [paint(row, Look(width=width)) for row in shown if "last picture" in row[0][0]]
    assert line.endswith(end)
    assert len(line) <= width


def test_a_picture_of_a_local_contract_says_what_was_covered_at_the_end_of_the_line() -> None:
    capture = LastCapture(NOW, "taken", "Editor", "", None, CoverTally(0, 1, 5))

    shown = lines(view_of(replace(SNAPSHOT, capture=capture)), zone=BERLIN, look=Look())

    (line,) = [paint(row, Look()) for row in shown if "last picture" in row[0][0]]
    assert line.endswith("covered: 1 line with secrets")
    assert len(line) == 80
