"""A calendar, read again by another library."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import vobject

from tests.support.example_diary import ACME, FRIDAY, THURSDAY
from tests.support.sheets import ROWS, changed, late_rows, sheet
from worklog.reports import Report, write
from worklog.reports.ics_writer import stretches

DAY = [row for row in ROWS if THURSDAY <= row.segment.key.slot.start < FRIDAY]


def events(report: Report) -> list[Any]:
    """Return the events of *report* as vobject reads them."""
    calendar = vobject.readOne(write(report, "ics").decode())
    return list(getattr(calendar, "vevent_list", []))


def test_an_event_is_a_stretch_of_one_memo() -> None:
    first, *others = events(sheet(rows=DAY))

    assert first.dtstart.value == datetime(2026, 11, 19, 8, 12, tzinfo=UTC)
    assert first.dtend.value == datetime(2026, 11, 19, 9, 40, tzinfo=UTC)
    assert first.summary.value == "fixing login redirect"
    assert first.categories.value == ["dev"]
    assert first.description.value == (
        "Acme Corporation · Relaunch of the web shop · Acme site\n"
        "1:20 billed · 1:28 tracked · 55.56 EUR"
    )
    manual = others[0]
    assert (manual.summary.value, manual.description.value.splitlines()[1]) == (
        "call with Ada about scope",
        "0:20 billed · 0:00 tracked · 0:20 manual · 13.89 EUR",
    )


def test_events_hold_all_time_that_was_tracked_and_no_more() -> None:
    times = [(found.dtstart.value, found.dtend.value) for found in events(sheet(rows=DAY))]

    tracked = sum(row.segment.tracked_seconds + row.segment.manual_seconds for row in DAY)
    assert sum(((end - start) for start, end in times), timedelta()).total_seconds() == tracked
    assert times == sorted(times)


def test_an_event_keeps_its_uid_when_its_words_change() -> None:
    renamed = changed(lambda _: {"memo": "another memo", "label": ""})

    before, after = ({found.uid.value for found in events(sheet(rows=r))} for r in (ROWS, renamed))

    assert len(before) == len(events(sheet(rows=ROWS)))
    assert after <= before
    assert f"20261116T080000Z-{ACME.contract_id}@worklog" in after


def test_all_times_are_utc() -> None:
    text = write(sheet(), "ics").decode()

    times = re.findall(r"^DT(?:START|END|STAMP).*$", text, flags=re.MULTILINE)
    assert times
    assert all(re.fullmatch(r"DT\w+:\d{8}T\d{6}Z\r", line) for line in times)


def test_lines_are_folded_at_75_octets() -> None:
    text = write(sheet(memo="длинная заметка " * 30), "ics")

    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    assert events(sheet(memo="длинная заметка " * 30))[0].summary.value.startswith("длинная")


def test_without_a_memo_the_contract_names_the_event() -> None:
    (found,) = events(sheet(memo=""))

    assert found.summary.value == "Acme site"


def test_late_time_is_said_and_an_empty_segment_is_no_event() -> None:
    empty = replace(ROWS[0], segment=replace(ROWS[0].segment, tracked=()))

    assert "0:30 late" in events(sheet(rows=late_rows()))[0].description.value
    assert list(stretches((empty,))) == []
    assert events(sheet(rows=[])) == []
