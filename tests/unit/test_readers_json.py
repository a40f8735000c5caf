"""Files of JSON: Watson, ActivityWatch, worklog; and what all readers share."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.support.foreign import (
    ACTIVITYWATCH,
    BERLIN,
    SAMPLES,
    TOGGL,
    WATSON,
    WORKLOG_JSON,
    entry,
    read,
    recognised,
    refused,
)
from worklog.reports.exports.activitywatch import KIND
from worklog.reports.readers import formats
from worklog.reports.readers.reading import (
    JsonFile,
    Path,
    Reading,
    UnreadableError,
    Wants,
    lines_of,
    load_json,
    seconds_of,
    text_of,
)

HUGE = ("9" * 5_000, "1e999999999999999999999", "NaN", "-Infinity")


def bucket(kind: object, *events: object) -> dict[str, object]:
    return {"id": "b", "type": kind, "client": "c", "hostname": "h", "events": list(events)}


def event(at: str, duration: object, **data: object) -> dict[str, object]:
    return {"timestamp": f"2026-11-16T{at}+00:00", "duration": duration, "data": data}


def watched(*buckets: dict[str, object]) -> str:
    return json.dumps({"buckets": {str(at): one for at, one in enumerate(buckets)}}, indent=1)


def test_watson_gives_seconds_since_1970() -> None:
    assert read("watson", WATSON) == Reading(
        [
            entry("11-19 09:00", "11-19 10:30", "acme", "", "dev", "deep work"),
            entry("11-19 11:00", "11-19 11:30", "acme"),
        ]
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{}", 1, "a list of frames was expected here"),
        ("[\n[1, 2, 3]]", 2, "a frame [start, stop, project, id, tags, …] was expected here"),
        ('[\n["1", 2, "a", "id"]]', 2, "start and stop of a frame are seconds since 1970"),
        ('[\n[true, 2, "a", "id"]]', 2, "start and stop of a frame are seconds since 1970"),
        (f'[\n[{1 << 41}, 2, "a", "id"]]', 2, "start and stop of a frame are seconds since 1970"),
        ('[\n[1e9999999, 2, "a", "id"]]', 2, "start and stop of a frame are seconds since 1970"),
        ('[[1, 2, "a", "id"],\n[1, 2, null, "id"]]', 2, "the project of a frame is no text"),
        ('[\n[1, 2, "a", "id", {}]]', 2, "the tags of a frame are no list of texts"),
        ('[\n[1, 2, "a", "id", [1]]]', 2, "the tags of a frame are no list of texts"),
        (
            '[\n[1, 999999999999, "a", "id"]]',
            2,
            "there is no such time: 1 to 999999999999",
        ),
        ('[\n[1, 2, "a", "id"\n', 3, "this is no JSON: Expecting ',' delimiter"),
    ],
)
def test_a_broken_frame_of_watson_is_refused(text: str, line: int, message: str) -> None:
    assert refused("watson", text) == (line, message)


def test_seconds_are_whole_and_rounded_down() -> None:
    found = [seconds_of(value) for value in (3, Decimal("2.9"), Decimal("-0.1"), 1.5, "1", None)]

    assert found == [3, 2, -1, None, None, None]


def test_worklogs_own_json_comes_back() -> None:
    assert read("json", WORKLOG_JSON) == Reading(
        [
            entry("11-16 08:00", "11-16 09:30", "acme", "fix", "dev", client="Acme Corporation"),
            entry("11-16 10:00", "11-16 10:30", "acme"),
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"worklog-stretches"', '"other"', 1, "this is no file of the kind worklog-stretches"),
        ('"stretches": [', '"others": [', 1, "a list was expected here"),
        ("2026-11-16T10:30:00Z", "soon", 15, "'soon' is no instant like"),
        ('"label": ""', '"label": 1', 15, "'label' is no text"),
        ('"fix"', '{"a": 1}', 5, "'memo' is no text"),
    ],
)
def test_a_broken_document_of_worklog_is_refused(
    old: str, new: str, line: int, message: str
) -> None:
    found = refused("json", WORKLOG_JSON.replace(old, new))

    assert found[0] == line
    assert found[1].startswith(message)


def test_activitywatch_gives_windows_while_somebody_was_there() -> None:
    found = read("activitywatch", ACTIVITYWATCH)

    assert found == Reading(
        [
            entry("11-16 08:10", "11-16 08:30", "", "Code"),
            entry("11-16 08:55", "11-16 09:00", "", "Code"),
            entry("11-16 09:00", "11-16 09:10", "", "Firefox"),
        ]
    )


def test_activitywatch_without_presence_gives_all_windows() -> None:
    windows = bucket(
        "currentwindow",
        event("08:00:00", 60, app="Code"),
        event("08:02:00", 60, app="Code"),
        event("08:04:01", 60, app="Code"),
        event("08:05:01", 0, app="Code"),
        event("08:05:01", 1, app=None),
    )

    assert read("activitywatch", watched(windows)).entries == [
        entry("11-16 08:00", "11-16 08:03", "", "Code"),
        entry("11-16 08:04:01", "11-16 08:05:01", "", "Code"),
        entry("11-16 08:05:01", "11-16 08:05:02"),
    ]


def test_activitywatch_prefers_the_stopwatch_and_then_editors() -> None:
    stopwatch = bucket(
        "general.stopwatch",
        event("08:00:00.250000", 60.75, label="fix", running=False),
        event("09:00:00", 60, label="later", running=True),
    )
    editor = bucket("app.editor.activity", event("10:00:00", 60, project="C:\\work\\acme\\"))
    window = bucket("currentwindow", event("11:00:00", 60, app="Code"))

    assert read("activitywatch", watched(stopwatch, editor, window)) == Reading(
        [entry("11-16 08:00", "11-16 08:01:01", "", "fix")], [(17, "is still running")]
    )
    empty = bucket("general.stopwatch")
    assert read("activitywatch", watched(window, editor, empty)).entries == [
        entry("11-16 10:00", "11-16 10:01", "acme")
    ]
    assert read("activitywatch", watched(empty)) == Reading()


def test_activitywatch_takes_what_worklog_wrote_as_it_is() -> None:
    own = bucket(
        KIND,
        event("08:00:00", 60, contract="acme", memo="fix", label="dev"),
        event("08:01:00", 60, contract="acme", memo="fix", label=""),
    )

    assert read("activitywatch", json.dumps(own)).entries == [
        entry("11-16 08:00", "11-16 08:01", "acme", "fix", "dev"),
        entry("11-16 08:01", "11-16 08:02", "acme", "fix"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[]", 1, "an object of buckets was expected here"),
        ("{}", 1, "there are no buckets in it"),
        ('{"buckets": []}', 1, "there are no buckets in it"),
        ('{"buckets": {\n"a": 1}}', 1, "the bucket 'a' is no object"),
        ('{"buckets": {"a": {"type": ["x"]}}}', 1, "none of its buckets holds work: no"),
        ('{"type": "currentwindow", "events": {}}', 1, "a list was expected here"),
        ('{"type": "currentwindow", "events": [\n1]}', 1, "an object was expected here"),
        ('{"type": "currentwindow", "events": [\n{}]}', 2, "an event has no data"),
        ('{"type": "currentwindow", "events": [\n{"data": {}}]}', 2, "an event has no duration"),
        (
            '{"type": "currentwindow", "events": [{\n"data": {}, "duration": true}]}',
            1,
            "an event has no duration",
        ),
        (
            '{"type": "currentwindow", "events": [{"data": {}, "duration": -1}]}',
            1,
            "an event has no duration",
        ),
        (
            '{"type": "currentwindow", "events": [{"data": {}, "duration": 1e300}]}',
            1,
            "no event takes 1E+300 seconds",
        ),
        (
            '{"type": "currentwindow", "events": [{"data": {}, "duration": 1}]}',
            1,
            "'None' is no instant like 2026-11-16T09:00:00+01:00",
        ),
        (
            (
                '{"type": "currentwindow", "events": [{"data": {}, "duration": 31622400,'
                '"timestamp": "9999-12-31T00:00:00Z"}]}'
            ),
            1,
            "it ends in no year that can be written",
        ),
    ],
)
def test_a_broken_export_of_activitywatch_is_refused(text: str, line: int, message: str) -> None:
    found = refused("activitywatch", text)

    assert found[0] == line
    assert found[1].startswith(message)


def test_presence_never_makes_more_entries_than_a_file_may_have() -> None:
    windows = [event("08:00:00", 86_400, app=str(number)) for number in range(1_001)]
    there = [
        event(f"{8 + number // 30:02}:{number % 30 * 2:02}:00", 1, status="not-afk")
        for number in range(400)
    ]
    gone = event("08:00:30", 60, status="afk")
    few = watched(bucket("currentwindow", *windows[:2]), bucket("afkstatus", gone, *there))
    many = watched(bucket("currentwindow", *windows * 3), bucket("afkstatus", gone, *there))

    assert len(read("activitywatch", few).entries) == 800
    assert refused("activitywatch", many) == (
        0,
        "it has more than 1,000,000 entries; export it in pieces",
    )


def test_a_json_file_knows_the_line_of_everything_in_it() -> None:
    text = '{"a": [\n[], {"b\\"]": \n{"c": "d, [e"}},\n1, "x",\n[[[[[\n0]]]]]],\n"a": {"": {\n}}}'
    file = JsonFile(text)
    paths: list[Path] = [(), ("a",), ("a", ""), ("a", 3), ("z", 1)]

    assert [file.line(path) for path in paths] == [1, 7, 7, 7, 1]
    assert JsonFile(text.replace('"a": {', '"z": {')).line(("a", 1, 'b"]')) == 3
    assert JsonFile(text.replace('"a": {', '"z": {')).line(("a", 4, 0, 0, 0, 0)) == 5


@pytest.mark.parametrize("number", HUGE)
def test_a_number_that_is_none_is_refused(number: str) -> None:
    assert refused("watson", f'[[1, {number}, "a", "id"]]') == (0, "a number in it cannot be read")


def test_json_nested_without_end_is_refused() -> None:
    assert refused("watson", "[" * 1_000_000) == (0, "this JSON is nested too deeply")


def test_json_that_is_just_not_too_deep_still_has_lines() -> None:
    assert refused("watson", "[\n" + "[" * 900 + "]" * 900 + "]")[0] == 2


def test_a_number_with_a_fraction_stays_exact() -> None:
    assert load_json("[0.1, 1]") == [Decimal("0.1"), 1]


def test_lines_end_with_line_feeds_only() -> None:
    assert list(lines_of("a\r\nb\u2028c\x0bd\x85\n\ne")) == [
        (1, "a"),
        (2, "b\u2028c\x0bd\x85"),
        (3, ""),
        (4, "e"),
    ]
    assert list(lines_of("a\n")) == [(1, "a")]
    assert list(lines_of("")) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_text_is_utf_8_or_utf_16_with_its_mark(encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""

    assert text_of(mark + "naïve 日本\n".encode(encoding)) == "naïve 日本\n"


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        ("a\nb\nnaïve".encode("latin-1"), 3, "this is no text in UTF-8"),
        ("a\nb".encode("utf-16") + b"c", 2, "this is no text in UTF-8"),
        (b"a\nb\0c", 2, "this is no text: it holds NUL"),
        ("a".encode("utf-32"), 1, "this is no text: it holds NUL"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, line: int, message: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        text_of(data)

    assert (caught.value.line, str(caught.value)) == (line, message)


@pytest.mark.parametrize("form", SAMPLES)
def test_a_file_is_taken_for_what_it_is(form: str) -> None:
    for sample in SAMPLES[form]:
        assert recognised(sample.encode()) == form
        assert recognised(sample.encode("utf-8-sig")) == form
        assert recognised(sample.encode("utf-16")) == form


def test_every_format_has_a_sample() -> None:
    assert list(SAMPLES) == list(formats.FORMATS)


def test_json_is_known_however_it_is_indented() -> None:
    export = json.dumps([{"id": 1, "start": "20261116T080000Z"}], indent=4)

    assert recognised(export.encode()) == "timewarrior"


def test_a_tag_that_looks_like_a_kind_changes_nothing() -> None:
    line = 'inc 20261116T080000Z - 20261116T090000Z # "worklog-stretches"\n'

    assert recognised(line.encode()) == "timewarrior"


@pytest.mark.parametrize(
    "text", ["", "hello\n", "{}", "[]", '"unclosed,\n', "a,b\n1,2\n", "a\rb,c\n"]
)
def test_what_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="none of the known formats"):
        recognised(text.encode())


def test_a_named_format_is_not_asked_for() -> None:
    name, reading = formats.read(TOGGL.encode(), Wants(BERLIN), "toggl")

    assert (name, len(reading.entries)) == ("toggl", 2)


def test_a_file_may_be_too_large_or_hold_too_much() -> None:
    wants = Wants(BERLIN)
    frame = '[0, 1, "", ""]'

    with pytest.raises(UnreadableError, match="more than 256 MiB"):
        formats.read(bytes((256 << 20) + 1), wants)
    with pytest.raises(UnreadableError, match="more than 1,000,000 entries"):
        formats.read(f"[{','.join([frame] * 1_000_001)}]".encode(), wants)


def test_entries_of_the_samples_are_whole_seconds_in_utc() -> None:
    for form, samples in SAMPLES.items():
        for sample in samples:
            found = read(form, sample, dates="mdy", day_start=9).entries

            assert all(one.start.utcoffset() == timedelta() for one in found)
            assert all(not (one.start.microsecond or one.end.microsecond) for one in found)
            assert all(before.line <= after.line for before, after in pairwise(found))
