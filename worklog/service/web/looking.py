"""Looks at pictures as they are shown: one line for a viewer and a day of the diary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from worklog.domain.wording import clock, count
from worklog.service.store.looks import Look


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody saw of one day of a contract.

    Attributes:
        viewer: Name of who looked.
        contract: Whose client they looked as.
        day: Of the diary.
        large: Segments whose pictures they opened, as `(slot, clock)`, by time.
        words: How many they saw small and large.
        last: When they looked for the last time.
    """

    viewer: str
    contract: str
    day: date
    large: tuple[tuple[int, str], ...]
    words: str
    last: datetime


def sights_of(looks: Sequence[Look], zone: tzinfo) -> tuple[Sight, ...]:
    """Return *looks*, the latest first, by viewer, contract and day of *zone*."""
    groups: dict[tuple[str, str, date], list[Look]] = {}
    for look in looks:
        day = look.slot.start.astimezone(zone).date()
        groups.setdefault((look.viewer, look.contract, day), []).append(look)
    return tuple(
        _sight(viewer, contract, day, group, zone)
        for (viewer, contract, day), group in groups.items()
    )


def _sight(viewer: str, contract: str, day: date, group: Sequence[Look], zone: tzinfo) -> Sight:
    large = {look.slot.index: look.slot for look in group if not look.is_thumbnail}
    opened = sum(not look.is_thumbnail for look in group)
    small = sum(look.is_thumbnail for look in group)
    words = [
        f"opened {count(opened, 'picture')}" if opened else "",
        f"saw {count(small, 'picture')} small" if small else "",
    ]
    return Sight(
        viewer=viewer,
        contract=contract,
        day=day,
        large=tuple((index, clock(large[index].start, zone)) for index in sorted(large)),
        words=", ".join(word for word in words if word),
        last=max(look.last for look in group),
    )
