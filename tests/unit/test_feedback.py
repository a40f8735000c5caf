"""A report of a problem has what helps and never what is private."""

from __future__ import annotations

from datetime import UTC, datetime

from worklog.app.feedback import LOG_LINES, Report, WayState, document, shown, tail

WRITTEN = datetime(2026, 11, 19, 9, 7, tzinfo=UTC)
REPORT = Report(
    report_id="01932b00-0000-7000-8000-000000000001",
    written=WRITTEN,
    text="It flickers.",
    version="0.1.0",
    system={"python": "3.11.7"},
    ways=(WayState("screen", "x11-mss"), WayState("input", "x11-record", "no display")),
    settings={"idle.after": "15m"},
    cache={"parts": 3},
    log=('{"message": "sealed"}',),
)


def test_the_document_holds_the_whole_report() -> None:
    assert document(REPORT) == {
        "schema": 1,
        "id": "01932b00-0000-7000-8000-000000000001",
        "written": "2026-11-19T09:07:00Z",
        "text": "It flickers.",
        "version": "0.1.0",
        "system": {"python": "3.11.7"},
        "ways": [
            {"port": "screen", "way": "x11-mss", "reason": None},
            {"port": "input", "way": "x11-record", "reason": "no display"},
        ],
        "settings": {"idle.after": "15m"},
        "cache": {"parts": 3},
        "log": ['{"message": "sealed"}'],
    }


def test_what_is_shown_is_what_is_kept() -> None:
    assert shown(REPORT) == (
        "It flickers.\n\n"
        "This machine\n  worklog  0.1.0\n  python   3.11.7\n\n"
        "Ways to capture\n  screen x11-mss    works\n  input x11-record  no display\n\n"
        "Settings of your own\n  idle.after  15m\n\n"
        "The cache\n  parts  3\n\n"
        'The log\n  {"message": "sealed"}'
    )


def test_an_empty_report_says_that_there_is_nothing_yet() -> None:
    text = shown(Report(report_id="1", written=WRITTEN, text="x", version="0.1.0"))

    assert text.endswith(
        "Settings of your own\n  none\n\nThe cache\n  nothing yet\n\nThe log\n  nothing yet"
    )


def test_only_the_end_of_the_log_goes_in() -> None:
    assert tail(str(number) for number in range(100)) == tuple(
        str(number) for number in range(100 - LOG_LINES, 100)
    )
