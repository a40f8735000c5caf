"""Calendars: events are entries; what is broken or endless in the rest does no harm."""

from __future__ import annotations

import pytest

from tests.support.foreign import ICAL, entry, read, refused, told
from tests.support.sheets import sheet
from worklog.reports import write
from worklog.reports.readers.reading import Reading


def calendar(*lines: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])


def event(*lines: str) -> str:
    return calendar("BEGIN:VEVENT", *lines, "END:VEVENT")


def test_events_have_times_with_zones_and_words() -> None:
    assert read("ics", ICAL) == Reading(
        [
            entry(
                "11-16 08:00",
                "11-16 09:30",
                "acme",
                "Fixing the login, again",
                "dev",
                "deep work",
            ),
            entry("07-16 07:00", "07-16 07:45", "", "Summer"),
        ]
    )
    assert [one.line for one in read("ics", ICAL).entries] == [19, 37]


def test_a_calendar_of_worklog_comes_back() -> None:
    found = read("ics", write(sheet(), "ics").decode())

    assert found.entries
    assert not found.passed_over


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("DTSTART;VALUE=DATE:20261116",), "is a whole day"),
        (("DTSTART:20261116T080000Z", "STATUS:cancelled"), "is cancelled"),
        (("DTSTART:20261116T080000Z", "RRULE:FREQ=SECONDLY"), "is a series"),
        (("DTSTART:20261116T080000Z", "RDATE:20261117T080000Z"), "is a series"),
        (("DTEND:20261116T080000Z",), "has no beginning"),
    ],
)
def test_what_is_no_work_is_passed_over(lines: tuple[str, ...], why: str) -> None:
    assert read("ics", event(*lines)) == Reading([], [(2, why)])


def test_times_without_a_zone_are_local_and_ends_may_be_missing() -> None:
    text = calendar(
        *("BEGIN:VEVENT", "DTSTART:20260329T013000", "DTEND:20260329T033000", "END:VEVENT"),
        *("BEGIN:VEVENT", "DTSTART:20261025T013000", "DURATION:PT1H30M", "END:VEVENT"),
        *("BEGIN:VEVENT", "DTSTART:20261116T090000Z", "CATEGORIES:a", "END:VEVENT"),
        *("begin:vevent", 'dtstart;TZID="W. Europe Standard Time":20261116T090000', "end:vevent"),
    )

    assert told(read("ics", text)) == [
        ("29 00:30:00", "29 01:30:00", ""),
        ("24 23:30:00", "25 01:00:00", ""),
        ("16 09:00:00", "16 09:00:00", "a"),
        ("16 08:00:00", "16 08:00:00", ""),
    ]


def test_a_file_may_hold_several_calendars() -> None:
    one = event("DTSTART:20261116T080000Z", "DTEND:20261116T090000Z")

    assert [found.line for found in read("ics", f"\n{one * 2}\n").entries] == [3, 9]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (event("DTSTART:2026"), 2, "its DTSTART is wrong: Expected datetime"),
        (event("DTSTART:20261116T080000Z", "DURATION:1h"), 2, "its DURATION is wrong"),
        (event("DTSTART:20261116T080000Z", "DTEND;VALUE=DATE:20261117"), 2, "an event has no time"),
        (event("DTSTART;TZID=Mars/Base:20261116T080000"), 2, "an event has no time: nobody knows"),
        (event("DTSTART:99991231T080000Z", "DURATION:P999D"), 2, "an event has no time: it ends"),
        (event("DTSTART:00010101T000000"), 2, "an event has no time: there is no 00:00"),
        (event("SUMMARY:a", "SUMMARY:b"), 2, "it has more than one SUMMARY"),
        (event("SUMMARY:a", "broken"), 4, "'broken' is no line of a calendar"),
        ("hello", 1, "'hello' is no line of a calendar"),
        ("SUMMARY:a", 1, "it stands outside of a calendar"),
        ("BEGIN:VEVENT", 1, "a VEVENT cannot begin here"),
        (calendar("BEGIN:VCALENDAR"), 2, "a VCALENDAR cannot begin here"),
        (calendar(*["BEGIN:X"] * 9), 9, "a X cannot begin here"),
        (calendar("END:VEVENT"), 2, "no VEVENT begins before it"),
        ("BEGIN:VCALENDAR\n\nBEGIN:VEVENT\n", 3, "nothing ends this VEVENT"),
        (
            calendar("BEGIN:VTIMEZONE", "TZID:x", "RRULE:FREQ=SECONDLY", "END:VTIMEZONE"),
            4,
            "no clock changes by such a rule",
        ),
    ],
)
def test_a_broken_calendar_is_refused(text: str, line: int, message: str) -> None:
    found = refused("ics", text)

    assert found[0] == line
    assert found[1].startswith(message)


def test_a_zone_that_the_library_cannot_make_is_refused() -> None:
    text = calendar(
        *("BEGIN:VTIMEZONE", "TZID:Half", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
        *("END:STANDARD", "END:VTIMEZONE"),
    )

    assert refused("ics", text)[1].startswith("this is no calendar")
