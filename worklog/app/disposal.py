"""What the user answers to a capture while tracking: discard it, or redact it (R20, R21, R28).

Runs inside the tracker, where the part may still be open. A discarded open part drops
its time too: deleting a screenshot deletes its segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worklog.app.capture_desk import CaptureDesk
from worklog.app.editing import Editing
from worklog.app.keeper import Keeper
from worklog.app.open_part import OpenPart
from worklog.app.ports import Cache, PictureCodec
from worklog.domain.amendment import Delete, DropSnapshot, Key, OpenTarget
from worklog.domain.ids import PartId
from worklog.domain.part import Role
from worklog.domain.segment import Bill, BilledSegment, Reason, Segment
from worklog.errors import WorklogError


@dataclass(slots=True)
class Disposal:
    """Discards and redacts the captures of the running tracker."""

    cache: Cache
    editing: Editing
    codec: PictureCodec
    keeper: Keeper
    desk: CaptureDesk
    warn: Callable[[str], None]

    def discard(self, part: OpenPart | None, part_id: str) -> None:
        """Delete the part named, or with an empty id the one captured last."""
        wanted = PartId(part_id) if part_id else self.desk.last_part
        if part is not None and wanted == part.part_id:
            key = Key(part.slot, part.contract)
            self.desk.forget(part)
            rest = (OpenTarget(part.device, key),)
            self._write(Delete(parts=(part.part_id,), rest=rest, keys=(key,)))
        elif wanted is not None:
            # Looked up by the keeper too: a busy cache must neither end the tracker nor
            # lose what the user wants gone.
            self.keeper.put(lambda: self._delete(wanted))

    def redact(self, part: OpenPart | None, part_id: str) -> None:
        """Cover the pictures of the part named, or of the one captured last, whole.

        A snapshot of a camera that is covered whole is none any more: it is erased.
        """
        del part  # an open part's pictures are kept files like any other's
        wanted = PartId(part_id) if part_id else self.desk.last_part
        if wanted is None:
            return
        try:
            found = self.cache.part(wanted)
            if found is None:
                return
            segment = Segment(Key(found.slot, found.contract), parts=(wanted,))
            row = BilledSegment(segment, Bill(0, Reason.BILLED))
            self.editing.redact(row, [], codec=self.codec)
            stored = self.cache.pictures([wanted])
            if any(picture.capture.role is Role.CAMERA for picture in stored):
                self.editing.write(DropSnapshot((wanted,)))
        except WorklogError as error:
            self.warn(f"The picture was not redacted: {error}")

    def _delete(self, part_id: PartId) -> None:
        found = self.cache.part(part_id)
        if found is not None:
            key = Key(found.slot, found.contract)
            self.editing.write(Delete(parts=(part_id,), keys=(key,)))

    def _write(self, change: Delete) -> None:
        self.keeper.put(lambda: _nothing(self.editing.write(change)))


def _nothing(_: object) -> None:
    return
