"""Exports: exact files, and the same instants and words when they are read again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.foreign import BERLIN, utc
from worklog.domain.contract import Contract, Terms
from worklog.domain.ids import ContractId
from worklog.domain.segment import Origin
from worklog.domain.stretch import Stretch
from worklog.domain.text import clean_label, clean_memo
from worklog.domain.time_entry import TimeEntry, with_tags
from worklog.reports.exports import export, formats
from worklog.reports.exports.export import Export, local_pieces
from worklog.reports.readers import formats as readers
from worklog.reports.readers.reading import Wants

A: Final = ContractId("a")
ACME: Final = Contract(A, "acme", client="Acme Corporation", terms=(Terms(),))
ZONES: Final = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
HOSTILE: Final = (
    "",
    "fix the login",
    "say \"hi\" and 'bye'",
    'back\\slash \\" end\\',
    "# #tag first; second",
    "#one two #three",
    '#"two words" x',
    "· dot",
    "·",
    "=1+1",
    "'=1+1",
    "'tis",
    "''=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-5",
    "日本語 ✓ 👩‍💻",
    "עברית and العربية",
    "<b>&amp;</b>",
    "10:00 - 11:00",
    "i 2026/11/16 09:00:00",
    "2026-11-16",
    "a,b;c\td",
    "\u2028x\x85y\x1b[31mz",
    "END:VEVENT",
)


def stretch(
    start: datetime,
    end: datetime,
    memo: str = "",
    label: str = "",
    origin: Origin = Origin.TRACKED,
) -> Stretch:
    return Stretch(A, start, end, memo, label, origin)


def exported(*stretches: Stretch, contract: Contract = ACME, zone: tzinfo = BERLIN) -> Export:
    return Export(stretches, {A: contract}, zone, utc("11-17 00:00"), "host")


def read_back(data: bytes, form: str, zone: tzinfo = BERLIN) -> list[TimeEntry]:
    name, reading = readers.read(data, Wants(zone), None)

    assert name == form
    assert not reading.passed_over
    return reading.entries


SOME: Final = exported(
    stretch(utc("11-16 08:00:20"), utc("11-16 09:30"), 'fix "it"', "deep work"),
    stretch(utc("11-16 22:30"), utc("11-16 23:30"), "call #acme #qa", "", Origin.IMPORTED),
    stretch(utc("10-24 23:30"), utc("10-25 01:40")),
)


def test_timewarrior_gets_lines_of_its_data_files() -> None:
    assert formats.write(SOME, "timewarrior").decode() == (
        'inc 20261116T080020Z - 20261116T093000Z # acme "deep work" # "fix \\"it\\""\n'
        'inc 20261116T223000Z - 20261116T233000Z # acme acme qa # "call"\n'
        "inc 20261024T233000Z - 20261025T014000Z # acme\n"
    )


def test_watson_gets_frames_with_names_that_stay() -> None:
    frames = json.loads(formats.write(SOME, "watson"))

    assert [frame[:3] + frame[4:] for frame in frames] == [
        [1794816020, 1794821400, "acme", ["deep work", 'fix "it"'], 1794873600],
        [1794868200, 1794871800, "acme", ["acme", "qa", "call"], 1794873600],
        [1792884600, 1792892400, "acme", [], 1794873600],
    ]
    assert [len(frame[3]) for frame in frames] == [32] * 3
    assert formats.write(SOME, "watson") == formats.write(SOME, "watson")


def test_klog_gets_a_record_for_each_day() -> None:
    assert formats.write(SOME, "klog").decode() == (
        "2026-10-25\n"
        '    1:30 - 3:00 #offset="+0200" #contract=acme\n'
        '    2:00 - 2:40 #offset="+0100" #contract=acme\n'
        "\n"
        "2026-11-16\n"
        '    9:00 - 10:30 #contract=acme #label="deep work" fix "it"\n'
        "    23:30 - 0:00> #contract=acme #acme #qa call\n"
        "\n"
        "2026-11-17\n"
        "    0:00 - 0:30 #contract=acme #acme #qa call\n"
    )


def test_timeclock_gets_pairs_of_local_times() -> None:
    assert formats.write(SOME, "timeclock").decode() == (
        'i 2026/11/16 09:00:20 acme:deep work  fix "it"\n'
        "o 2026/11/16 10:30:00\n"
        "i 2026/11/16 23:30:00 acme  call #acme #qa\n"
        "o 2026/11/17 00:30:00\n"
        "i 2026/10/25 01:30:00 acme  ; +0200\n"
        "o 2026/10/25 03:00:00\n"
        "i 2026/10/25 02:00:00 acme  ; +0100\n"
        "o 2026/10/25 02:40:00\n"
    )


def test_hledger_gets_hours_of_nine_decimals() -> None:
    assert formats.write(SOME, "hledger").decode() == (
        "commodity 1.00h\n"
        "\n"
        '2026-11-16 fix "it"\n'
        "    (acme:deep work)  1.494444444h\n"
        "\n"
        "2026-11-16 call #acme #qa\n"
        "    (acme)  1.000000000h\n"
        "\n"
        "2026-10-25\n"
        "    (acme)  2.166666667h\n"
    )


def test_activitywatch_gets_one_bucket() -> None:
    document = json.loads(formats.write(SOME, "activitywatch"))

    bucket = document["buckets"]["worklog_host"]
    assert {**bucket, "events": bucket["events"][:1]} == {
        "id": "worklog_host",
        "created": "2026-11-16T08:00:20+00:00",
        "type": "app.worklog.stretch",
        "client": "worklog",
        "hostname": "host",
        "events": [
            {
                "timestamp": "2026-11-16T08:00:20+00:00",
                "duration": 5380,
                "data": {
                    "contract": "acme",
                    "label": "deep work",
                    "memo": 'fix "it"',
                    "origin": "tracked",
                },
            }
        ],
    }


def test_csv_and_json_have_the_same_rows() -> None:
    head, first, *_ = formats.write(SOME, "csv").decode().split("\r\n")
    document = json.loads(formats.write(SOME, "json"))

    assert head == "start,end,seconds,contract,client,label,memo,origin"
    assert first == (
        "2026-11-16T08:00:20Z,2026-11-16T09:30:00Z,5380,"
        'acme,Acme Corporation,deep work,"fix ""it""",tracked'
    )
    assert {**document, "stretches": document["stretches"][:1]} == {
        "schema": 1,
        "kind": "worklog-stretches",
        "stretches": [
            {
                "start": "2026-11-16T08:00:20Z",
                "end": "2026-11-16T09:30:00Z",
                "seconds": 5380,
                "contract": "acme",
                "client": "Acme Corporation",
                "label": "deep work",
                "memo": 'fix "it"',
                "origin": "tracked",
            }
        ],
    }


@pytest.mark.parametrize("form", formats.FORMATS)
def test_an_empty_diary_is_an_empty_file_of_its_kind(form: str) -> None:
    data = formats.write(exported(), form)

    assert data == b"" or readers.read(data, Wants(BERLIN), form)[1].entries == []


@pytest.mark.parametrize("memo", HOSTILE)
def test_no_cell_of_the_table_is_a_formula(memo: str) -> None:
    data = formats.write(exported(stretch(utc("11-16 08:00"), utc("11-16 09:00"), memo)), "csv")

    row = data.decode().split("\r\n")[1]
    assert not row.split(",")[6].lstrip('"').startswith(("=", "+", "-", "@"))


def test_a_stretch_is_cut_where_the_clocks_change_to_the_second() -> None:
    local = [
        (f"{start:%d %H:%M:%S}", f"{end:%d %H:%M:%S}", offset)
        for start, end, offset in local_pieces(utc("10-24 22:00"), utc("10-25 02:00"), BERLIN)
    ]

    assert local == [
        ("25 00:00:00", "25 03:00:00", "+0200"),
        ("25 02:00:00", "25 03:00:00", "+0100"),
    ]


moments = st.sampled_from(
    [
        utc("11-16 08:00"),
        utc("03-29 00:00"),
        utc("10-24 23:00"),
        utc("10-25 00:00"),
        utc("04-04 14:00"),
    ]
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
memos = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=40), st.text("#\"'\\; ·=ab", max_size=20)
).map(clean_memo)
labels = st.one_of(st.sampled_from(["", "dev", "deep work", "acme"]), st.text(max_size=20)).map(
    clean_label
)
names = (
    st.one_of(
        st.sampled_from(
            ["acme", "Acme & Co", 'Bob "B" Ltd', "it's", "a:b", "=x", "日本", "back\\"]
        ),
        st.text(min_size=1, max_size=20),
    )
    .map(clean_memo)
    .filter(bool)
)


@st.composite
def diaries(draw: st.DrawFn) -> Export:
    """Draw stretches that do not overlap, some around a change of the clock."""
    start = draw(moments) + timedelta(seconds=draw(st.integers(0, 10_000)))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        end = start + timedelta(seconds=draw(st.integers(1, 20_000)))
        found.append(stretch(start, end, draw(memos), draw(labels)))
        start = end + timedelta(seconds=draw(st.integers(0, 10_000)))
    contract = Contract(A, draw(names), client=draw(labels), terms=(Terms(),))
    return exported(*found, contract=contract, zone=draw(zones))


def words(diary: Export, one: Stretch) -> tuple[str, str, tuple[str, ...]]:
    return diary.name(one), one.memo, (one.label,) if one.label else ()


def same(diary: Export, form: str) -> tuple[list[object], list[object]]:
    """Return what went out in *form* and what comes in."""
    found = read_back(formats.write(diary, form), form, diary.zone)
    return (
        [(one.start, one.end, *words(diary, one)) for one in diary.stretches],
        [(one.start, one.end, one.project, one.description, one.tags) for one in found],
    )


@pytest.mark.parametrize("form", ["csv", "json", "activitywatch", "timewarrior"])
@given(diary=diaries())
def test_a_diary_comes_back_as_it_went(form: str, diary: Export) -> None:
    out, back = same(diary, form)

    assert back == out


@pytest.mark.parametrize("form", ["csv", "json", "activitywatch", "timewarrior", "klog"])
def test_no_memo_is_too_hostile_to_come_back(form: str) -> None:
    hour = timedelta(hours=1)
    starts = (utc("11-16 08:00") + number * hour for number in range(len(HOSTILE)))
    diary = exported(
        *(
            stretch(at, at + hour, clean_memo(memo), "dev")
            for at, memo in zip(starts, HOSTILE, strict=True)
        )
    )

    out, back = same(diary, form)

    assert back == out


@given(diaries())
def test_watson_brings_all_back_but_knows_no_memo(diary: Export) -> None:
    found = read_back(formats.write(diary, "watson"), "watson")

    assert found == [
        TimeEntry(
            one.start,
            one.end,
            diary.name(one),
            tags=tuple(word for word in (one.label, one.memo) if word),
        )
        for one in diary.stretches
    ]


def joined(found: Sequence[TimeEntry]) -> list[TimeEntry]:
    """Return *found* with the pieces put together that a change of the clock or a day parted."""
    whole: list[TimeEntry] = []
    for one in found:
        before = whole[-1] if whole else None
        if before and before.end == one.start and alike(before, one):
            whole[-1] = TimeEntry(before.start, one.end, one.project, one.description, one.tags)
        else:
            whole.append(one)
    return whole


def alike(one: TimeEntry, other: TimeEntry) -> bool:
    return (one.project, one.description, one.tags) == (
        other.project,
        other.description,
        other.tags,
    )


def plain(text: str) -> str:
    """Return *text* as an account or a description of a timeclock has it."""
    return " ".join(text.replace(";", ",").split())


@given(diaries())
@example(exported(stretch(utc("10-25 01:10"), utc("10-25 01:40"))))
@example(exported(stretch(utc("10-25 00:00"), utc("10-25 01:00"))))
@example(exported(stretch(utc("10-24 23:00"), utc("10-25 01:00"))))
@example(exported(stretch(utc("03-29 00:30"), utc("03-29 01:00"))))
def test_a_timeclock_brings_all_back_across_changes_of_the_clock(diary: Export) -> None:
    found = read_back(formats.write(diary, "timeclock"), "timeclock", diary.zone)

    expected = [
        TimeEntry(
            one.start,
            one.end,
            plain(":".join([diary.name(one), one.label] if one.label else [diary.name(one)])),
            plain(one.memo),
        )
        for one in diary.stretches
    ]
    assert joined(found) == joined(expected)


def to_the_minute(moment: datetime) -> datetime:
    return (moment + timedelta(seconds=30)).replace(second=0)


@given(diaries())
@example(exported(stretch(utc("10-25 01:10"), utc("10-25 01:40"), "#42 done")))
@example(exported(stretch(utc("10-24 23:00"), utc("10-25 01:00"))))
def test_klog_brings_all_back_to_the_minute(diary: Export) -> None:
    data = formats.write(diary, "klog")

    found = read_back(data, "klog", diary.zone) if data else []

    expected = [
        TimeEntry(to_the_minute(one.start), to_the_minute(one.end), *words(diary, one))
        for one in diary.stretches
        if to_the_minute(one.start) < to_the_minute(one.end)
    ]
    assert [(one.start, one.end) for one in joined(found)] == [
        (one.start, one.end) for one in joined([without_both_quotes(one) for one in expected])
    ]
    assert joined(found) == joined([without_both_quotes(one) for one in expected])


def without_both_quotes(one: TimeEntry) -> TimeEntry:
    """Return *one* with names as klog can hold them, which has no escapes."""

    def name(text: str) -> str:
        return text.replace('"', "'") if '"' in text and "'" in text else text

    return TimeEntry(
        one.start, one.end, name(one.project), one.description, tuple(map(name, one.tags))
    )


tag_lists = st.lists(
    st.one_of(st.sampled_from(["offset", "label", "qa", "two words", "c++"]), labels).filter(bool),
    max_size=3,
).map(lambda tags: [tag.replace('"', "'") for tag in tags])


@pytest.mark.parametrize("form", ["timewarrior", "klog"])
@given(memo=memos, tags=tag_lists)
def test_imported_time_gives_its_tags_back(form: str, memo: str, tags: list[str]) -> None:
    whole = clean_memo(with_tags(memo, tags))
    one = stretch(utc("11-16 08:00"), utc("11-16 09:00"), whole, "dev", Origin.IMPORTED)

    (found,) = read_back(formats.write(exported(one), form), form)

    assert (found.description, found.tags) == (
        export.described(one)[0],
        export.described(one)[1],
    )


def test_the_pieces_of_any_stretch_are_as_long_as_it_is() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    for zone in map(ZoneInfo, ZONES):
        pieces = list(local_pieces(start, end, zone))

        assert sum((last - first for first, last, _ in pieces), timedelta()) == end - start
        assert len(pieces) == (1 if zone.key in ("UTC", "Asia/Kathmandu") else 3)
