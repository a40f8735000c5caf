"""What is exported, and the words that other trackers have for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.segment import Origin
from worklog.domain.stretch import Stretch
from worklog.domain.text import printable
from worklog.domain.time_entry import tags_of

_SECOND: Final = timedelta(seconds=1)
_STEP: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Export:
    """Stretches on their way out.

    Attributes:
        stretches: By start; those of a contract do not overlap.
        contracts: By id, those of all stretches.
        zone: Of formats that write local time.
        made_at: Instant of the export.
        host: Name of this machine, for formats that want one.
    """

    stretches: tuple[Stretch, ...]
    contracts: Mapping[ContractId, Contract]
    zone: tzinfo
    made_at: datetime
    host: str

    def name(self, stretch: Stretch) -> str:
        """Return the name of the contract of *stretch*."""
        return printable(self.contracts[stretch.contract].name)


def described(stretch: Stretch) -> tuple[str, tuple[str, ...]]:
    """Return description and tags of *stretch*: its label first.

    Of imported time the tags come back that an import has put into the memo; a `#` in
    what somebody wrote here is text.
    """
    memo, tags = tags_of(stretch.memo) if stretch.origin is Origin.IMPORTED else (stretch.memo, ())
    label = (printable(stretch.label),) if stretch.label else ()
    return printable(memo), (*label, *(printable(tag) for tag in tags))


def local_pieces(
    start: datetime, end: datetime, zone: tzinfo
) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield ``[start, end)`` as local times of *zone* without one.

    It is cut where the clocks change, so that each piece is as long by its local times as
    it was: programs that know no zones then count right. Beside a change a local time could
    be another instant; the third part of a piece is then the offset from UTC of both its
    times, like `+0100`, else empty.
    """
    while start < end:
        stop = _next_change(start, end, zone)
        local = start.astimezone(zone)
        first = local.replace(tzinfo=None, fold=0)
        last = first + (stop - start)
        is_plain = _is_plain(first, start, zone) and _is_plain(last, stop, zone)
        yield first, last, "" if is_plain else f"{local:%z}"
        start = stop


def _is_plain(local: datetime, instant: datetime, zone: tzinfo) -> bool:
    """Return whether *local* can be nothing but *instant*."""
    return all(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) == instant for fold in (0, 1))


def _next_change(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Return the first instant behind *start* with another offset, *end* without one [s]."""
    offset = start.astimezone(zone).utcoffset()
    same, last = start, end - _SECOND
    while same < last:  # in steps, as two changes might take each other back
        other = min(same + _STEP, last)
        if other.astimezone(zone).utcoffset() != offset:
            while other - same > _SECOND:
                middle = same + (other - same) // 2
                middle -= timedelta(microseconds=middle.microsecond)
                if middle.astimezone(zone).utcoffset() == offset:
                    same = middle
                else:
                    other = middle
            return other
        same = other
    return end
