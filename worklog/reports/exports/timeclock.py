"""Timeclock: pairs of lines in local time, as hledger and ledger read them.

The account is the contract, and the label below it: `acme:design`. Beside a change of the
clock a comment such as `; +0100` says which of two times is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from worklog.domain.stretch import Stretch
from worklog.reports.exports.accounts import account_and_words
from worklog.reports.exports.export import Export, local_pieces


def write(export: Export) -> bytes:
    """Return the lines, by start."""
    lines = (line for stretch in export.stretches for line in _lines(export, stretch))
    return "".join(lines).encode()


def _lines(export: Export, stretch: Stretch) -> Iterator[str]:
    account, words = account_and_words(export, stretch)
    for start, end, offset in local_pieces(stretch.start, stretch.end, export.zone):
        line = "  ".join(part for part in (account, words, offset and f"; {offset}") if part)
        yield f"i {start:%Y/%m/%d %H:%M:%S} {line}\no {end:%Y/%m/%d %H:%M:%S}\n"
