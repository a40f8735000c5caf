"""Timeclock: pairs of lines in local time, as hledger and ledger read them.

The account is the contract, and the label below it: `acme:design`. What an account name
cannot have (two spaces, a semicolon) becomes one space or a comma. Beside a change of the
clock a comment such as `; +0100` says which of two times is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from worklog.domain.stretch import Stretch
from worklog.domain.time_entry import with_tags
from worklog.reports.exports.export import Export, described, local_pieces


def write(export: Export) -> bytes:
    """Return the lines, by start."""
    lines = (line for stretch in export.stretches for line in _lines(export, stretch))
    return "".join(lines).encode()


def _lines(export: Export, stretch: Stretch) -> Iterator[str]:
    memo, tags = described(stretch)
    label, others = (tags[:1], tags[1:]) if stretch.label else ((), tags)
    account = _plain(":".join((export.name(stretch), *label)))
    words = with_tags(_plain(memo), [_plain(tag) for tag in others])
    for start, end, offset in local_pieces(stretch.start, stretch.end, export.zone):
        line = "  ".join(part for part in (account, words, offset and f"; {offset}") if part)
        yield f"i {start:%Y/%m/%d %H:%M:%S} {line}\no {end:%Y/%m/%d %H:%M:%S}\n"


def _plain(text: str) -> str:
    return " ".join(text.replace(";", ",").split())
