"""What is exported, and the words that other trackers have for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.segment import Origin
from worklog.domain.stretch import Stretch
from worklog.domain.text import printable
from worklog.domain.time_entry import tags_of


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
) -> Iterator[tuple[datetime, datetime]]:
    """Yield ``[start, end)`` as local times of *zone* without one.

    It is cut where the clocks change, so that each piece is as long by its local times as
    it was: programs that know no zones then count right.
    """
    while start < end:
        stop = _next_change(start, end, zone)
        offset = start.astimezone(zone).utcoffset() or timedelta()
        yield (
            (start.astimezone(UTC) + offset).replace(tzinfo=None),
            (stop.astimezone(UTC) + offset).replace(tzinfo=None),
        )
        start = stop


def _next_change(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Return the first instant behind *start* with another offset, *end* without one [s]."""
    offset = start.astimezone(zone).utcoffset()
    reached = start
    while reached < end:  # in steps, as two changes might take each other back
        reached = min(reached + timedelta(hours=1), end)
        if (reached - timedelta(seconds=1)).astimezone(zone).utcoffset() != offset:
            low, high = reached - timedelta(hours=1), reached - timedelta(seconds=1)
            low = max(low, start)
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                if middle.astimezone(zone).utcoffset() == offset:
                    low = middle
                else:
                    high = middle
            return high
    return end
