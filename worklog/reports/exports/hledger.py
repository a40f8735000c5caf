"""hledger: a journal with a transaction for each stretch, in hours of nine decimals.

hledger rounds a pair of a timeclock to a hundredth of an hour; amounts of a journal it
keeps as they are written, so totals are right to the second. They are shown with two
decimals. The day is the local one of the beginning, the account as in a timeclock.
"""

from __future__ import annotations

from decimal import Decimal

from worklog.domain.stretch import Stretch
from worklog.reports.exports.accounts import account_and_words
from worklog.reports.exports.export import Export

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
    account, words = account_and_words(export, stretch)
    code = "() " if words.startswith(_MARKS) else ""
    day = stretch.start.astimezone(export.zone).date()
    hours = (Decimal(stretch.seconds) / _HOUR).quantize(_DECIMALS)
    return (
        f"{day:%Y-%m-%d} {code}{words}".rstrip()
        + f"\n    ({account.translate(_BRACKETS)})  {hours}h\n"
    )
