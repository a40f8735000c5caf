"""Showing pictures: to the two parties of a segment and to nobody else, opened as they go.

Where a picture is now decides who may see it: the segment that its part lies in, not the
contract that it was recorded for (R26). Each view by a client is noted before the first
byte goes out (R31).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from worklog.domain.amendment import Key
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.segment import BilledSegment
from worklog.errors import ErasedError
from worklog.service.authorize import Owned, Party, Verb, authorize
from worklog.service.objects.sealing import opened
from worklog.service.problems import not_found
from worklog.service.scope import Actor, Scope
from worklog.service.service import Service
from worklog.service.store import accounts, days, diary, evidence
from worklog.service.store.engine import as_system

THUMBNAIL_TYPE: Final = "image/webp"
# The page notes all its thumbnails at once; their requests come within this time [ms].
_SAME_VIEW_MS: Final = 600_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as it goes to the browser.

    Attributes:
        data: The image file.
        media_type: Its kind.
    """

    data: bytes
    media_type: str


def show(  # noqa: PLR0913 -- all but the segment are keywords
    service: Service, actor: Actor, key: Key, *, part: str, position: int, is_thumbnail: bool
) -> Shown:
    """Return the picture at *position* of *part*, which lies in the segment *key*.

    Raises:
        NotFoundError: it is not there, not yet, or not for *actor*.
        ErasedError: it was deleted.
    """
    with service.store.reading(actor) as scope:
        owned = party_to(scope, key.contract)
        row = segment_at(scope, owned.freelancer, key)
        if row.segment.is_deleted:
            raise _erased()
        if part not in row.segment.parts:
            raise not_found(what="picture")
        with as_system(scope) as system:  # it may have been recorded for another contract
            found = evidence.picture(system, owned.freelancer, part, position)
            if found is None:
                _why_not(system, owned.freelancer, part, position)
        is_noted = Party.FREELANCER in owned.parties or (
            is_thumbnail
            and days.was_viewed_since(
                scope,
                owned.freelancer,
                part,
                position,
                is_thumbnail=True,
                since_ms=scope.at_ms - _SAME_VIEW_MS,
            )
        )
    assert found is not None  # noqa: S101 -- `_why_not` raises
    name = found.thumbnail_key if is_thumbnail else found.object_key
    data = opened(bytes(found.secret), name, service.objects.get(name))
    if not is_noted:
        with service.store.writing(actor) as scope:
            days.note_views(
                scope,
                owned.freelancer,
                key.contract,
                [(part, position)],
                is_thumbnail=is_thumbnail,
            )
    return Shown(data, THUMBNAIL_TYPE if is_thumbnail else found.media_type)


def party_to(scope: Scope, contract: ContractId, verb: Verb = Verb.READ) -> Owned:
    """Return how the actor stands to *contract*, which they may *verb*."""
    owned = accounts.standing(scope, contract)
    authorize(scope.actor, verb, owned)
    assert owned is not None  # noqa: S101 -- authorize refuses what is not there
    return owned


def segment_at(scope: Scope, freelancer: str, key: Key) -> BilledSegment:
    """Return the segment *key*.

    Raises:
        NotFoundError: there is none.
    """
    slot = key.slot.index
    found = diary.segments(scope, freelancer, slot, slot + 1, contract=key.contract)
    if not found:
        raise not_found(what="segment")
    return found[0]


def key_of(contract: str, slot: int) -> Key:
    """Return the key of the segment that an address names."""
    return Key(Slot(slot), ContractId(contract))


def _why_not(scope: Scope, freelancer: str, part: str, position: int) -> None:
    from worklog.service.verifying import capture_at, has_picture_at  # noqa: PLC0415 -- rare

    row = diary.part_rows(scope, freelancer, [part]).get(part)
    if row is None or not has_picture_at(bytes(row.header), position):
        raise not_found(what="picture")
    if not capture_at(row.fields, position)[1]:
        raise _erased()
    raise not_found(what="picture yet")


def _erased() -> ErasedError:
    return ErasedError("The picture was deleted.", hint="Nothing is left of it, on purpose.")
