"""Timeclock files, as hledger, ledger and Emacs write them.

    i 2026/11/16 09:00:00 acme:design  fixing the login
    o 2026/11/16 10:30:00

Times are local. The account is the project, what stands behind two spaces the
description. A comment such as `; +0100` says which offset from UTC both times have beside a
change of the clock. Source: hledger's manual, section "timeclock format".
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from worklog.domain.time_entry import TimeEntry
from worklog.reports.readers.moments import between, offset_of
from worklog.reports.readers.reading import Reading, Wants, lines_of, refuse

_LINE: Final = re.compile(
    r"([iohbIO])\s+(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s+(\d{1,2}):(\d\d)(?::(\d\d))?"
    r"\s*(?:[+-]\d{4})?(?:\s+(.*))?",
    re.ASCII,
)
_COMMENTS: Final = (";", "#", "*", "!", "P ", "D ", "Y ")


def is_one(text: str) -> bool:
    """Return whether *text* looks like such a file."""
    return any(_LINE.fullmatch(line.rstrip()) for _, line in lines_of(text[:20_000]))


def read(text: str, wants: Wants) -> Reading:
    """Return the pairs of clock-ins and clock-outs of *text*.

    Raises:
        UnreadableError: a line is none of a timeclock, or a pair is not whole.
    """
    reading = Reading()
    opened: tuple[int, datetime, str] | None = None
    for number, line in lines_of(text):
        if not line.strip() or line.lstrip().startswith(_COMMENTS):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            refuse(number, f"{line.strip()[:60]!r} is no line of a timeclock")
        moment = _moment(match, number)
        if match[1] in "iI":
            if opened is not None:
                refuse(number, f"the clock-in of line {opened[0]} has no clock-out before this one")
            opened = number, moment, match[8] or ""
        elif match[1] in "oO":
            if opened is None:
                refuse(number, "this clock-out has no clock-in before it")
            reading.entries.append(_entry(*opened, moment, wants))
            opened = None
    if opened is not None:
        reading.passed_over.append((opened[0], "is still running"))
    return reading


def _moment(match: re.Match[str], line: int) -> datetime:
    try:
        return datetime(*(int(match[part] or 0) for part in range(2, 8)))  # type: ignore[arg-type] # noqa: DTZ001 -- its zone is asked for later
    except ValueError:
        refuse(line, f"there is no such time: {match[0][2:21].strip()!r}")


def _entry(line: int, start: datetime, words: str, end: datetime, wants: Wants) -> TimeEntry:
    text, _, comment = words.partition(";")
    try:
        first, last = between(start, end, wants.zone, offset=offset_of(comment))
    except ValueError as error:
        refuse(line, str(error))
    if last < first:
        refuse(line, "the clock-out of this clock-in lies before it")
    account, _, description = text.strip().partition("  ")
    return TimeEntry(first, last, account.strip(), description.strip(), line=line)
