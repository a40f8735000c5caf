"""hledger: a journal with a transaction for each stretch, in hours of nine decimals.

hledger rounds a pair of a timeclock to a hundredth of an hour; amounts of a journal it
keeps as they are written, so totals are right to the second. They are shown with two
decimals. The day is the local one of the beginning, the account as in a timeclock.
"""

from __future__ import annotations

from decimal import Decimal

from worklog.domain.stretch import Stretch
from worklog.domain.time_entry import with_tags
from worklog.reports.exports.export import Export, described

_HEAD = "commodity 1.00h\n"
_HOUR = 3600  # [s]
_DECIMALS = Decimal("1e-9")
# What would begin a status, a code or a second date, and what ends a virtual account.
_MARKS = ("*", "!", "(", "=")
_BRACKETS = str.maketrans("()[]", "{}{}")


def write(export: Export) -> bytes:
    """Return the journal, by start; of nothing it is empty."""
    if not export.stretches:
        return b""
    return "\n".join([_HEAD, *(_transaction(export, one) for one in export.stretches)]).encode()


def _transaction(export: Export, stretch: Stretch) -> str:
    memo, tags = described(stretch)
    label, others = (tags[:1], tags[1:]) if stretch.label else ((), tags)
    account = _plain(":".join((export.name(stretch), *label))).translate(_BRACKETS)
    words = with_tags(_plain(memo), [_plain(tag) for tag in others])
    code = "() " if words.startswith(_MARKS) else ""
    day = stretch.start.astimezone(export.zone).date()
    hours = (Decimal(stretch.seconds) / _HOUR).quantize(_DECIMALS)
    return f"{day:%Y-%m-%d} {code}{words}".rstrip() + f"\n    ({account})  {hours}h\n"


def _plain(text: str) -> str:
    return " ".join(text.replace(";", ",").split())
