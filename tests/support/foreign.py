"""Files of other time trackers as those write them, and how to read them in a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.formats import FORMATS
from worklog.reports.readers.formats import read as read_data
from worklog.reports.readers.reading import Reading, UnreadableError, Wants

BERLIN: Final = ZoneInfo("Europe/Berlin")

TOGGL: Final = """\
User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount (EUR)
Ada,ada@example.com,Acme Corporation,Website,Frontend,"Login, again",Yes,2026-11-16,09:00:00,2026-11-16,10:30:00,01:30:00,"deep work, dev",75.00
Ada,ada@example.com,,,,,No,2026-11-16,23:30:00,2026-11-17,00:15:30,00:45:30,,
"""
TOGGL_NEW: Final = """\
"Description","Duration","Member","Email","Project","Tags","Start date","Start time","Stop date","Stop time"
"Release","1:00:00","Ada","ada@example.com","Website","-","2026-11-16","09:00:00","2026-11-16","10:00:00"
"Review","0:10:00","Ada","ada@example.com","-","dev, qa","2026-11-16","10:00:00","2026-11-16","10:10:00"
"Fix","0:02:11","Ada","ada@example.com","Website","-","2026-11-16","11:00:00","-","-"
"""
CLOCKIFY: Final = """\
"Project","Client","Description","Task","User","Group","Email","Tags","Type","Billable","Start Date","Start Time","End Date","End Time","Duration (h)","Duration (decimal)","Billable Rate (USD)","Billable Amount (USD)","Date of creation"
"Website","Acme Corporation","Login","Frontend","Ada","","ada@example.com","dev","Regular","Yes","11/16/2026","09:00:00 AM","11/16/2026","12:30:00 PM","03:30:00","3.50","50.00","175.00","11/16/2026"
"","","Lunch","","Ada","","ada@example.com","","Break","No","11/16/2026","12:30:00 PM","11/16/2026","01:00:00 PM","00:30:00","0.50","0.00","0.00","11/16/2026"
"Website","Acme Corporation","","","Ada","","ada@example.com","dev, qa","Regular","Yes","11/16/2026","11:00:00 PM","11/17/2026","12:10:00 AM","01:10:00","1.17","50.00","58.33","11/16/2026"
"""
HARVEST: Final = """\
Date,Client,Project,Project Code,Task,Notes,Hours,Started At,Ended At,Billable?,Invoiced?,Approved?,First Name,Last Name,Employee?,Billable Rate,Billable Amount,Currency
2026-11-16,Acme Corporation,Website,WEB,Design,"Cover and
inside pages",1.50,9:00am,10:30am,Yes,No,No,Ada,L,Yes,50.00,75.00,Euro - EUR
2026-11-16,Acme Corporation,Website,WEB,Programming,,0.75,11:45pm,12:30am,Yes,No,No,Ada,L,Yes,50.00,37.50,Euro - EUR
"""
HARVEST_HOURS: Final = """\
Date;Client;Project;Project Code;Task;Notes;Hours;Billable?
26.01.2026;Acme Corporation;Website;"";Design;Cover;7,5;No
26.01.2026;Acme Corporation;Website;"";Design;Nothing;0,00;No
26.01.2026;Acme Corporation;Website;"";Review;;0:45;No
27.01.2026;Acme Corporation;Website;"";Design;;1;No
"""
TIMEWARRIOR: Final = r"""inc 20261116T080000Z - 20261116T093000Z # #y acme back\slash d#x end\ it's naïve "say \"hi\"" "two words" # "line \"q\"  # x \\"
inc 20261116T100000Z - 20261116T103000Z # # "only a note"
inc 20261116T110000Z - 20261116T111500Z
inc 20261116T120000Z # acme
"""
TIMEWARRIOR_EXPORT: Final = """\
[
{"id":3,"start":"20261116T080000Z","end":"20261116T093000Z","tags":["acme","dev","two words"],"annotation":"say \\"hi\\""},
{"id":2,"start":"20261116T100000Z","end":"20261116T103000Z"},
{"id":1,"start":"20261116T120000Z","tags":["acme"]}
]
"""
WATSON: Final = """\
[
 [
  1795078800,
  1795084200,
  "acme",
  "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
  [
   "dev",
   "deep work"
  ],
  1795084201
 ],
 [1795086000, 1795087800, "acme", "1a1b2c3d4e5f60718293a4b5c6d7e8f9"]
]
"""
KLOG: Final = """\
2026-11-16 (8h!)
All of it for #acme, mostly
    9:00 - 10:30 #dev fixing the #login
    11:00-11:45 #project="Acme & Co" #ticket=891
        #qa goes on here
        and here
    <23:30 - 0:15 the night before
    11:30pm - 12:10am> late
    13:00 - ???

2026/11/17
\t8:00 - 24:00
\t\tall day
"""
TIMECLOCK: Final = """\
; a comment
i 2026/11/16 09:00:00 acme:design  fixing the login ; for Ada
o 2026/11/16 10:30:00

i 2026-11-16 23:30 +0100 acme
o 2026-11-17 00:15
I 2026.11.17 9:00:00
O 2026.11.17 9:00:30
h 2026/11/17 08:00:00
i 2026/11/17 12:00:00 acme
"""
ACTIVITYWATCH: Final = """\
{"buckets": {
 "aw-watcher-window_ada": {"id": "aw-watcher-window_ada", "created": "2026-11-16T07:00:00.000000+00:00", "type": "currentwindow", "client": "aw-watcher-window", "hostname": "ada", "events": [
  {"id": 2, "timestamp": "2026-11-16T08:30:00.000000+00:00", "duration": 1800.0, "data": {"app": "Code", "title": "secret"}},
  {"id": 1, "timestamp": "2026-11-16T08:00:00.500000+00:00", "duration": 1799.5, "data": {"app": "Code", "title": "login"}},
  {"id": 3, "timestamp": "2026-11-16T09:00:00.000000+00:00", "duration": 600.25, "data": {"app": "Firefox", "title": "docs", "url": "https://example.com"}}
 ]},
 "aw-watcher-afk_ada": {"id": "aw-watcher-afk_ada", "created": "2026-11-16T07:00:00.000000+00:00", "type": "afkstatus", "client": "aw-watcher-afk", "hostname": "ada", "events": [
  {"id": 4, "timestamp": "2026-11-16T08:10:00.000000+00:00", "duration": 1200.0, "data": {"status": "not-afk"}},
  {"id": 5, "timestamp": "2026-11-16T08:30:00.000000+00:00", "duration": 1500.0, "data": {"status": "afk"}},
  {"id": 6, "timestamp": "2026-11-16T08:55:00.000000+00:00", "duration": 3600.0, "data": {"status": "not-afk"}}
 ]}
}}
"""
ICAL: Final = """\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Example Corp.//Calendar 1.0//EN\r
BEGIN:VTIMEZONE\r
TZID:Amtszeit\r
BEGIN:STANDARD\r
DTSTART:19701025T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:19700329T020000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r
END:DAYLIGHT\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:1@example.com\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Europe/Berlin:20261116T090000\r
DTEND;TZID=Europe/Berlin:20261116T103000\r
SUMMARY:Fixing the login\\, ag\r
 ain\r
DESCRIPTION:long words\r
 that go on\r
and are broken\r
CATEGORIES:acme,dev\r
CATEGORIES:deep work\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
TRIGGER:-PT15M\r
END:VALARM\r
END:VEVENT\r
\r
BEGIN:VEVENT\r
DTSTART;TZID=Amtszeit:20260716T090000\r
DURATION:PT45M\r
SUMMARY:Summer\r
END:VEVENT\r
END:VCALENDAR\r
"""
WORKLOG_CSV: Final = """\
start,end,seconds,contract,client,label,memo,origin\r
2026-11-16T08:00:00Z,2026-11-16T09:30:00Z,5400,acme,Acme Corporation,dev,"fix, again",tracked\r
2026-11-16T10:00:00Z,2026-11-16T10:30:00Z,1800,acme,,,'=1+1,imported\r
"""
WORKLOG_JSON: Final = """\
{
 "schema": 1,
 "kind": "worklog-stretches",
 "stretches": [
  {
   "start": "2026-11-16T08:00:00Z",
   "end": "2026-11-16T09:30:00Z",
   "seconds": 5400,
   "contract": "acme",
   "client": "Acme Corporation",
   "label": "dev",
   "memo": "fix",
   "origin": "tracked"
  },
  {
   "start": "2026-11-16T10:00:00Z",
   "end": "2026-11-16T10:30:00Z",
   "contract": "acme",
   "label": ""
  }
 ]
}
"""
# Of each format, in the order of `FORMATS`.
SAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "json": (WORKLOG_JSON,),
    "csv": (WORKLOG_CSV,),
    "ics": (ICAL,),
    "watson": (WATSON,),
    "timewarrior": (TIMEWARRIOR, TIMEWARRIOR_EXPORT),
    "activitywatch": (ACTIVITYWATCH,),
    "clockify": (CLOCKIFY,),
    "toggl": (TOGGL, TOGGL_NEW),
    "harvest": (HARVEST, HARVEST_HOURS),
    "klog": (KLOG,),
    "timeclock": (TIMECLOCK,),
}


def read(
    form: str,
    text: str,
    *,
    zone: tzinfo = BERLIN,
    dates: str | None = None,
    day_start: int | None = None,
) -> Reading:
    """Return what *text* holds, read as *form*."""
    return FORMATS[form].read(text, Wants(zone, dates, day_start))


def refused(form: str, text: str, **wants: int | str) -> tuple[int, str]:
    """Return the line for which *text* is refused, and what is said about it."""
    with pytest.raises(UnreadableError) as caught:
        read(form, text, **wants)  # type: ignore[arg-type]
    return caught.value.line, str(caught.value)


def recognised(data: bytes) -> str:
    """Return the format that *data* is taken for."""
    return read_data(data, Wants(BERLIN, dates="mdy", day_start=9))[0]


def told(reading: Reading) -> list[tuple[str, str, str]]:
    """Return beginning and end (UTC, day and time) and project of each entry of *reading*."""
    return [
        (f"{entry.start:%d %H:%M:%S}", f"{entry.end:%d %H:%M:%S}", entry.project)
        for entry in reading.entries
    ]


def utc(text: str) -> datetime:
    """Return the instant of `11-16 08:00` or `11-16 08:00:30` of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}").replace(tzinfo=UTC)


def entry(
    start: str,
    end: str,
    project: str = "",
    description: str = "",
    *tags: str,
    client: str = "",
) -> TimeEntry:
    return TimeEntry(utc(start), utc(end), project, description, tags, client)
