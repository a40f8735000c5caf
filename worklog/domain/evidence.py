"""Evidence: what a sealed part proves, and what erasing leaves of it (R20, R21, R32).

A part's header is signed once and never changes. It holds no content, only one
salted commitment per field, so a field can be destroyed together with its salt and
the header goes on to verify: nobody can guess the field back from what is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from worklog.domain.activity import Activity
from worklog.domain.amendment import (
    Amendment,
    Delete,
    DropSnapshot,
    Key,
    Redact,
)
from worklog.domain.ids import DeviceId, PartId
from worklog.domain.part import ClockState, Part, Role


@dataclass(frozen=True, slots=True)
class Erasures:
    """What amendments took out of parts for good. Nothing revokes it.

    Attributes:
        parts: Deleted parts.
        rest: Slots of a device and contract of which every part is deleted, also one
            that is still to come.
        snapshots: Parts without their camera pictures.
        pictures: (part, monitor) of screenshots whose original was redacted.
    """

    parts: frozenset[PartId] = frozenset()
    rest: frozenset[tuple[DeviceId, Key]] = frozenset()
    snapshots: frozenset[PartId] = frozenset()
    pictures: frozenset[tuple[PartId, int]] = frozenset()

    @classmethod
    def of(cls, amendments: Iterable[Amendment]) -> Self:
        """Return what *amendments* erase."""
        changes = [amendment.change for amendment in amendments]
        deletions = [change for change in changes if isinstance(change, Delete)]
        return cls(
            parts=frozenset(part for change in deletions for part in change.parts),
            rest=frozenset((to.device, to.key) for change in deletions for to in change.rest),
            snapshots=frozenset(
                part
                for change in changes
                if isinstance(change, DropSnapshot)
                for part in change.parts
            ),
            pictures=frozenset(
                (picture.part, picture.monitor)
                for change in changes
                if isinstance(change, Redact)
                for picture in change.pictures
            ),
        )

    def cover(self, part: Part) -> bool:
        """Return whether *part* is deleted."""
        return part.part_id in self.parts or (
            (part.device, Key(part.slot, part.contract)) in self.rest
        )


def strip(part: Part, erasures: Erasures) -> Part:
    """Return *part* without what *erasures* took from it."""
    if erasures.cover(part):
        return replace(
            part,
            spans=tuple(replace(span, memo="", label="") for span in part.spans),
            activity=Activity(),
            application=None,
            title=None,
            captures=(),
            zone="",
            utc_offset=0,
            clock=ClockState.STEADY,
            policy=0,
            is_erased=True,
        )
    captures = tuple(
        replace(capture, sha256="", thumbnail_sha256="")
        if capture.role is Role.SCREEN and (part.part_id, capture.monitor) in erasures.pictures
        else capture
        for capture in part.captures
        if not (capture.role is Role.CAMERA and part.part_id in erasures.snapshots)
    )
    return part if captures == part.captures else replace(part, captures=captures)
