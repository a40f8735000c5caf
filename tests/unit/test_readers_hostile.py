"""Whatever a file holds, its reader reads it or refuses it, and in a time that grows with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.foreign import BERLIN, SAMPLES, read
from worklog.domain.time_entry import TimeEntry, worded
from worklog.reports.readers.formats import FORMATS
from worklog.reports.readers.formats import read as read_data
from worklog.reports.readers.reading import Reading, UnreadableError, Wants

PIECES: Final = (
    *(
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "    ",
        ",",
        ";",
        '"',
        '""',
        "'",
        "#",
        "\\",
        "[",
        "]",
        "{",
        "}",
    ),
    *(
        ":",
        "-",
        "/",
        ".",
        ">",
        "<",
        "?",
        "=",
        "·",
        "\ufeff",
        "\u2028",
        "\x85",
        "\x0b",
        "\ud800",
        "é",
    ),
    *(
        "0",
        "1",
        "00",
        "24",
        "60",
        "99",
        "0001",
        "9999",
        "-1",
        "1e9999999",
        "9" * 400,
        "nan",
        "null",
    ),
    *(
        "true",
        "Z",
        "+99:99",
        "+0100",
        "am",
        "PM",
        "break",
        "9999-12-31",
        "0001-01-01",
        "00010101T000000",
    ),
    *("99991231T235959Z", "23:59", "RRULE:FREQ=SECONDLY\n", "BEGIN:VEVENT\n", "END:VEVENT\n"),
)
wants = st.builds(
    Wants, st.just(BERLIN), st.sampled_from([None, "dmy", "mdy"]), st.sampled_from([None, 0, 9, 24])
)


@st.composite
def mutated(draw: st.DrawFn, form: str) -> str:
    """Draw a sample of *form* with some of it cut, doubled, exchanged or put in."""
    text = draw(st.sampled_from(SAMPLES[form]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = at + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 200]))
        put = draw(
            st.one_of(st.sampled_from(PIECES), st.text(max_size=4), st.just(text[at:end] * 2))
        )
        text = text[:at] + put + text[end:]
    return text


def checked(reading: Reading) -> None:
    """Assert that *reading* is one: instants in UTC of whole seconds, words of text."""
    for one in reading.entries:
        assert isinstance(one, TimeEntry)
        assert one.start.tzinfo is one.end.tzinfo is UTC
        assert not one.start.microsecond
        assert not one.end.microsecond
        assert all(type(word) is str for word in (one.project, one.description, one.client))
        worded(one, ())
    for line, why in reading.passed_over:
        assert line >= 0
        assert why


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data(), wanted=wants)
def test_a_damaged_file_is_read_or_refused(form: str, data: st.DataObject, wanted: Wants) -> None:
    text = data.draw(mutated(form))

    refusal = None
    try:
        checked(FORMATS[form].read(text, wanted))
    except UnreadableError as error:
        refusal = error

    if refusal is not None:
        assert 0 <= refusal.line <= text.count("\n") + text.count("\r") + 1
        assert len(str(refusal)) < 300
    FORMATS[form].is_one(text)


@pytest.mark.parametrize("form", FORMATS)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)), wanted=wants)
def test_any_text_is_read_or_refused(form: str, text: str, wanted: Wants) -> None:
    with suppress(UnreadableError):
        checked(FORMATS[form].read(text, wanted))


@given(data=st.binary(), wanted=wants)
def test_any_bytes_are_read_or_refused(data: bytes, wanted: Wants) -> None:
    with suppress(UnreadableError):
        checked(read_data(data, wanted)[1])


N: Final = 1_000_000
# Each of them takes moments, or for ever where something is looked at again and again.
LONG: Final[Mapping[str, tuple[str, str]]] = {
    "timewarrior: open quotes": (
        "timewarrior",
        "inc 20261116T080000Z - 20261116T090000Z # " + '"\\' * N,
    ),
    "timewarrior: spaces": ("timewarrior", "inc" + " " * N + "x"),
    "timewarrior: words": ("timewarrior", "inc 20261116T080000Z - 20261116T090000Z # " + "#a " * N),
    "timewarrior: all run": (
        "timewarrior",
        "[" + ",\n".join(['{"start":"20261116T080000Z"}'] * (N // 10)) + "]",
    ),
    "timewarrior: texts": ("timewarrior", '[\n{"tags":[' + ",".join(['"\\\\"'] * N) + "]}]"),
    "json: deep": ("json", '{"kind": "worklog-stretches",' * N),
    "json: names": ("json", "{" + ",".join(f'"{n}":{{}}' for n in range(N // 10)) + "}"),
    "watson: digits": ("watson", f'[[0.{"0" * N}, 1, "a", ""]]'),
    "watson: open list": ("watson", "[[" + "0," * N),
    "csv: quotes": ("csv", '"' * N),
    "csv: columns": ("csv", "," * N),
    "csv: rows": ("csv", "start,end,seconds,contract,client,label,memo,origin" + "\n" * N),
    "toggl: a cell": ("toggl", "Start date\n" + "x" * (10 * N)),
    "toggl: apostrophes": ("toggl", "Start date\n" + "'" * 100_000),
    "harvest: days": (
        "harvest",
        "Date,Hours\n" + "".join(f"{n % 28 + 1}.1.{n % 900 + 1100},1\n" for n in range(N // 20)),
    ),
    "klog: a summary": ("klog", "2026-11-16\n\t1h\n" + "\t\tmore\n" * N),
    "klog: tags": ("klog", "2026-11-16\n\t1h " + "#a " * N),
    "klog: open tags": ("klog", "2026-11-16\n\t1h " + '#a="' * (N // 100)),
    "klog: a long tag": ("klog", "2026-11-16\n\t1h #" + "a" * N + "="),
    "klog: spaces": ("klog", "2026-11-16" + " " * N + "("),
    "klog: digits": ("klog", "2026-11-16\n\t" + "9" * N),
    "klog: records": ("klog", "2026-11-16\n\t1h\n\n" * (N // 20)),
    "timeclock: spaces": (
        "timeclock",
        "i 2026/11/16 09:00:00" + " " * N + "x\no 2026/11/16 10:00:00",
    ),
    "timeclock: words": (
        "timeclock",
        "i 2026/11/16 09:00:00 " + "a  " * N + "\no 2026/11/16 10:00:00",
    ),
    "timeclock: empty lines": ("timeclock", "\n" * N + "x"),
    "activitywatch: fractions": (
        "activitywatch",
        '{"type": "currentwindow", "events": [{"timestamp": "2026-11-16T09:00:00.'
        + "0" * N
        + 'Z", "duration": 1, "data": {}}]}',
    ),
    "ics: folds": ("ics", "BEGIN:VCALENDAR\nSUMMARY:x" + "\n y" * N + "\nEND:VCALENDAR"),
    "ics: dropped": ("ics", "BEGIN:VCALENDAR\nX-Y:z\n" + "x\n" * N + "END:VCALENDAR"),
    "ics: deep": ("ics", "BEGIN:VCALENDAR\n" + "BEGIN:X\n" * N),
    "ics: a rule": (
        "ics",
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nRRULE:" + "BYDAY=MO;" * (N // 10) + "x",
    ),
    "ics: parameters": (
        "ics",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY"
        + ";a=b" * (N // 100)
        + ":x\nEND:VEVENT\nEND:VCALENDAR",
    ),
    "ics: a century of seconds": (
        "ics",
        (
            "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:00010101T000000\n"
            "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\n"
            "END:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR"
        ),
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_nothing_takes_for_ever(name: str) -> None:
    form, text = LONG[name]

    for known in FORMATS.values():
        known.is_one(text)
    with suppress(UnreadableError):
        checked(FORMATS[form].read(text, Wants(BERLIN, dates="dmy", day_start=9)))


def test_a_million_lines_are_read() -> None:
    pair = "i 2026/11/16 09:00:00 acme  fix\no 2026/11/16 10:00:00\n"

    found = read("timeclock", (pair + "; nothing\n" * 18) * (N // 20)).entries

    assert (len(found), found[-1].line) == (N // 20, N - 19)
