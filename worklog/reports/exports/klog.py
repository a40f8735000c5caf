"""klog: a record for each local day, with ranges of whole minutes.

klog knows no seconds, so both ends of a stretch are rounded to the minute: a sum is off by
less than a minute for each break. The contract is the tag `#contract=`, the label `#label=`;
beside a change of the clock `#offset=` says which of two times is meant.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final

from worklog.domain.stretch import Stretch
from worklog.reports.exports.export import Export, described, local_pieces

_BREAK: Final = "·"  # keeps a memo that begins with a tag apart from the tags
_STARTS: Final = ("#", f"{_BREAK} ")
_OF_WORDS: Final = "0123456789_-"
_HALF_A_MINUTE: Final = timedelta(seconds=30)


def write(export: Export) -> bytes:
    """Return the records, by day."""
    days: defaultdict[date, list[str]] = defaultdict(list)
    for stretch in export.stretches:
        words = _words(export, stretch)
        for start, end, offset in local_pieces(stretch.start, stretch.end, export.zone):
            first, last = _minute(start), _minute(end)
            tags = [f'#offset="{offset}"'] if offset else []
            while first < last:  # a record is a day; klog's shifted times go over one midnight
                midnight = datetime.combine(first.date() + timedelta(days=1), datetime.min.time())
                stop = min(last, midnight)
                days[first.date()].append(" ".join([f"    {_range(first, stop)}", *tags, *words]))
                first = stop
    return "\n".join(
        "\n".join([f"{day:%Y-%m-%d}", *lines, ""]) for day, lines in sorted(days.items())
    ).encode()


def _range(start: datetime, end: datetime) -> str:
    shift = ">" if end.date() > start.date() else ""
    return f"{start.hour}:{start:%M} - {end.hour}:{end:%M}{shift}"


def _words(export: Export, stretch: Stretch) -> list[str]:
    memo, tags = described(stretch)
    label, others = (tags[:1], tags[1:]) if stretch.label else ((), tags)
    found = [f"#contract={_value(export.name(stretch))}"]
    found += [f"#label={_value(tag)}" for tag in label]
    found += [f"#{tag}" if _is_word(tag) else f"#tag={_value(tag)}" for tag in others]
    if memo.startswith(_STARTS):
        found.append(_BREAK)
    return [*found, memo] if memo else found


def _minute(moment: datetime) -> datetime:
    return (moment + _HALF_A_MINUTE).replace(second=0)


def _value(text: str) -> str:
    """Return *text* as the value of a tag; only where it has both quotes it loses one."""
    if _is_word(text):
        return text
    if '"' in text and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace('"', "'") + '"'


def _is_word(text: str) -> bool:
    return all(char.isalpha() or char in _OF_WORDS for char in text)
