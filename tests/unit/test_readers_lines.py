"""Files of lines: Timewarrior's data, klog, timeclock."""

from __future__ import annotations

import pytest

from tests.support.foreign import (
    KLOG,
    TIMECLOCK,
    TIMEWARRIOR,
    TIMEWARRIOR_EXPORT,
    entry,
    read,
    refused,
    told,
)
from worklog.reports.readers.reading import Reading


def test_timewarriors_lines_give_tags_and_annotation_as_it_reads_them() -> None:
    found = read("timewarrior", TIMEWARRIOR)

    assert found == Reading(
        [
            entry(
                "11-16 08:00",
                "11-16 09:30",
                "#y",
                'line "q"  # x \\',
                "acme",
                "back\\slash",
                "d#x",
                "end\\",
                "it's",
                "naïve",
                'say "hi"',
                "two words",
            ),
            entry("11-16 10:00", "11-16 10:30", "", "only a note"),
            entry("11-16 11:00", "11-16 11:15"),
        ],
        [(4, "is still running")],
    )
    assert [one.line for one in found.entries] == [1, 2, 3]


def test_timewarriors_export_gives_the_same() -> None:
    assert read("timewarrior", TIMEWARRIOR_EXPORT) == Reading(
        [
            entry("11-16 08:00", "11-16 09:30", "acme", 'say "hi"', "dev", "two words"),
            entry("11-16 10:00", "11-16 10:30"),
        ],
        [(4, "is still running")],
    )


def test_timewarriors_lines_of_other_kinds_and_broken_quotes_do_no_harm() -> None:
    text = (
        "# comment\r\n\r\nexc monday\r\n"
        'inc 20261116T080000Z - 20261116T090000Z # acme "open # and\\\r\n'
        "inc 20261116T100000Z - 20261116T110000Z # acme # one # two\r\n"
    )

    assert read("timewarrior", text).entries == [
        entry("11-16 08:00", "11-16 09:00", "acme", "", "open # and"),
        entry("11-16 10:00", "11-16 11:00", "acme", "one # two"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("inc", "'inc' is no interval"),
        ("inc # acme", "'inc # acme' is no interval"),
        ("income 20261116T080000Z", "'income 20261116T080000Z' is no interval"),
        (
            "inc 20261316T080000Z - 20261316T090000Z",
            "month must be in 1..12",
        ),
        (
            "inc 2026T08Z - 20261116T090000Z",
            "'2026T08Z' is no instant like 20261116T090000Z",
        ),
    ],
)
def test_a_broken_line_of_timewarrior_is_refused(line: str, message: str) -> None:
    good = "inc 20261116T080000Z - 20261116T090000Z # a\u2028b\x85c\x0bd\n"

    assert refused("timewarrior", f"{good}{line}\n") == (2, message)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[{"start":"x"}]', 1, "start: 'x' is no instant like 20261116T090000Z"),
        (
            '[\n{"start":"20261116T080000Z",\n"end":8}]',
            2,
            "'end' is no text",
        ),
        ('[\n{},{"tags":[]}]', 2, "start: '' is no instant like 20261116T090000Z"),
        ('[\n{"start":"20261116T080000Z","end":"20261116T090000Z","tags":[1]}]', 2, "no list"),
        ("[\n1]", 1, "an object was expected here"),
        ("[", 1, "this is no JSON: Expecting value"),
    ],
)
def test_a_broken_export_of_timewarrior_is_refused(text: str, line: int, message: str) -> None:
    found = refused("timewarrior", text)

    assert found[0] == line
    assert message in found[1]


def test_klog_gives_ranges_with_the_tags_they_begin_with() -> None:
    assert read("klog", KLOG) == Reading(
        [
            entry("11-16 08:00", "11-16 09:30", "dev", "fixing the #login"),
            entry(
                "11-16 10:00",
                "11-16 10:45",
                "Acme & Co",
                "goes on here and here",
                "ticket",
                "qa",
            ),
            entry("11-15 22:30", "11-15 23:15", "acme", "the night before"),
            entry("11-16 22:30", "11-16 23:10", "acme", "late"),
            entry("11-17 07:00", "11-17 23:00", "", "all day"),
        ],
        [(9, "is still running")],
    )
    assert [one.line for one in read("klog", KLOG).entries] == [3, 4, 7, 8, 12]


def test_klogs_durations_are_laid_out_from_where_the_day_starts() -> None:
    text = (
        "2026-10-25\n  3h #acme\n  -30m lunch\n      on a bench\n  +90m\n  0m\n\n"
        "2026-10-26\n  1h5m x\n\n2026-10-26\n\t1m y\n"
    )

    assert refused("klog", text) == (
        2,
        "a duration does not say when; --day-start 9 lays such entries out from 9 o'clock",
    )
    assert read("klog", text, day_start=0) == Reading(
        [
            entry("10-24 22:00", "10-25 01:00", "acme"),
            entry("10-25 02:00", "10-25 03:30"),
            entry("10-25 03:30", "10-25 03:30"),
            entry("10-25 23:00", "10-26 00:05", "", "x"),
            entry("10-26 00:05", "10-26 00:06", "", "y"),
        ],
        [(3, "is a break without a time")],
    )


@pytest.mark.parametrize("indent", ["    ", "   ", "  ", "\t"])
def test_klogs_indentation_is_that_of_the_first_entry_of_a_day(indent: str) -> None:
    text = f"2026-11-16\nabout it\n{indent}9:00-10:00\n{indent * 2}  fix\n{indent * 2}it\n"

    assert read("klog", text).entries == [entry("11-16 08:00", "11-16 09:00", "", "fix it")]


@pytest.mark.parametrize(
    ("words", "project", "description", "tags"),
    [
        ("#acme", "acme", "", ()),
        ("#acme: fix", "acme", "#acme: fix", ()),
        ("fix for #acme and #other", "acme", "fix for #acme and #other", ()),
        ("#dev #Contract=acme fix", "acme", "fix", ("dev",)),
        ("#dev fix #project=acme", "acme", "fix #project=acme", ("dev",)),
        ("#label='deep work' #acme", "label", "", ("deep work", "acme")),
        ('#tag="unclosed fix', "tag", '#tag="unclosed fix', ()),
        ('#tag="" fix', "tag", "fix", ()),
        ("#contract=acme #acme fix", "acme", "fix", ("acme",)),
        ("#contract=acme · #fix it", "acme", "#fix it", ()),
        ("#読む  本", "読む", "本", ()),
    ],
)
def test_klogs_tags_are_project_and_tags_or_stay_text(
    words: str, project: str, description: str, tags: tuple[str, ...]
) -> None:
    (found,) = read("klog", f"2026-11-16\n    9:00 - 10:00 {words}\n").entries

    assert (found.project, found.description, found.tags) == (project, description, tags)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ("9:00", 1, "'9:00' is no day like 2026-11-16"),
        ("DAY\n\nsomething", 3, "'something' is no day like 2026-11-16"),
        ("DAY\n\n2026-13-16", 3, "there is no day 2026-13-16"),
        ("DAY\n    9:00 - 10:00\nabout it", 3, "a new day needs an empty line before it"),
        ("DAY\n 9:00 - 10:00", 2, "it is not indented by two to four spaces or a tab"),
        (
            "DAY\n  1:00-2:00\n   3:00-4:00",
            3,
            "it is not indented like the other entries of its day",
        ),
        (
            "DAY\n    1:00-2:00\n  3:00-4:00",
            3,
            "it is not indented like the other entries of its day",
        ),
        ("DAY\n    soon", 2, "'soon' is neither a range of times nor a duration"),
        ("DAY\n    9:00", 2, "'9:00' is neither a range of times nor a duration"),
        ("DAY\n    12", 2, "'12' is neither a range of times nor a duration"),
        ("DAY\n    1234567h", 2, "'1234567h' is neither a range of times nor a duration"),
        ("DAY\n    10:00 - 9:00", 2, "it ends before it begins"),
        ("DAY\n    9:00 - 9:60", 2, "there is no time 9:60"),
        ("DAY\n    13:00pm - 14:00", 2, "there is no time 13:00pm"),
        ("DAY\n    0:00am - 14:00", 2, "there is no time 0:00am"),
        ("DAY\n    9:00 - 24:00>", 2, "there is no time 24:00>"),
        ("DAY\n    24:01 - ?", 2, "there is no time 24:01"),
    ],
)
def test_a_broken_line_of_klog_is_refused(lines: str, line: int, message: str) -> None:
    assert refused("klog", lines.replace("DAY", "2026-11-16")) == (line, message)


def test_klog_has_times_at_the_ends_of_all_years() -> None:
    assert refused("klog", "9999-12-31\n    1:00 - 1:00>") == (2, "there is no time 1:00>")
    assert refused("klog", "0001-01-01\n    0:00 - 1:00")[0] == 2
    assert refused("klog", "9999-12-31\n    1h", day_start=24)[0] == 2
    assert refused("klog", "9999-12-31\n    999999h", day_start=1)[0] == 2


def test_timeclock_gives_account_and_description() -> None:
    assert read("timeclock", TIMECLOCK) == Reading(
        [
            entry("11-16 08:00", "11-16 09:30", "acme:design", "fixing the login"),
            entry("11-16 22:30", "11-16 23:15", "acme"),
            entry("11-17 08:00", "11-17 08:00:30"),
        ],
        [(10, "is still running")],
    )


def test_a_comment_tells_which_of_two_hours_a_clock_in_is_in() -> None:
    pair = "i 2026/10/25 02:30:00 acme{}\no 2026/10/25 02:45:00\n"
    comments = ("", "  ; +0200", "  fix ; +0100", ";+0500")

    found = read("timeclock", "".join(pair.format(comment) for comment in comments))

    assert told(found) == [
        ("25 00:30:00", "25 00:45:00", "acme"),
        ("25 00:30:00", "25 00:45:00", "acme"),
        ("25 01:30:00", "25 01:45:00", "acme"),
        ("25 00:30:00", "25 00:45:00", "acme"),
    ]


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ("o 2026/11/16 09:00:00", 1, "this clock-out has no clock-in before it"),
        (
            "i 2026/11/16 09:00:00\n\ni 2026/11/16 10:00:00",
            3,
            "the clock-in of line 1 has no clock-out before this one",
        ),
        ("i 2026/11/16 09:00:00\ngone", 2, "'gone' is no line of a timeclock"),
        ("\ni 2026/11/31 09:00:00 acme", 2, "there is no such time: '2026/11/31 09:00:00'"),
        (
            "i 2026/11/16 09:00:00\no 2026/11/16 08:00:00",
            1,
            "the clock-out of this clock-in lies before it",
        ),
        (
            "i 0001/01/01 00:00:00\no 2026/11/16 08:00:00",
            1,
            "there is no 00:00 of 1-01-01 in UTC",
        ),
    ],
)
def test_a_broken_line_of_a_timeclock_is_refused(lines: str, line: int, message: str) -> None:
    assert refused("timeclock", lines) == (line, message)
