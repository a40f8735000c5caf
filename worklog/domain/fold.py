"""The fold: all parts and amendments of a contract in a slot, as the segment people see.

Pure and indifferent to the order of arrival: parts count by id, amendments by their
place in the order, so every device and the service come to the same diary. What a
reader must know: the fold works on *units* (a part, or the manual time of one
amendment in one slot), each of which is live in exactly one segment, or deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from worklog.domain.activity import Activity, combine
from worklog.domain.amendment import (
    Accept,
    Amendment,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Key,
    Manual,
    ManualSpan,
    Move,
    Redact,
    RedactedPicture,
    in_force,
)
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.part import Capture, ClockState, Part, Role, union
from worklog.domain.segment import ManualTime, Origin, Picture, Segment

_NO_SERVICES: Final[Mapping[ContractId, str]] = MappingProxyType({})
_NO_ACTIVITY: Final = Activity()

Words = tuple[str, str]  # memo and label
Vote = tuple[int, int, str, str]  # start and end [s], memo, label


def fold(
    parts: Iterable[Part],
    amendments: Iterable[Amendment],
    *,
    late: frozenset[str] = frozenset(),
    slots: Collection[Slot] | None = None,
    services: Mapping[ContractId, str] = _NO_SERVICES,
) -> dict[Key, Segment]:
    """Return the segments of *parts* and *amendments*, in order of slot and contract.

    To fold some slots only, pass their parts, every amendment that touches them, and
    *slots*: an amendment's targets elsewhere would come out as empty tombstones
    otherwise.

    Args:
        parts: Sealed parts in any order; doubles of an id count once.
        amendments: Those that the lock admits (`lock.admitted`), in any order.
        late: Ids of parts and of manual time that came after the lock
            (`lock.late_parts`).
        slots: Fold nothing but these; None for all.
        services: Where each contract is kept. A choice of the freelancer (R15) holds
            within one service; contracts that are left out count as local.
    """
    changes = _Changes(slots, services)
    for position, amendment in enumerate(in_force(list(amendments))):
        changes.apply(position, amendment)
    places: defaultdict[Key, _Place] = defaultdict(_Place)
    for part in _once(parts):
        if slots is None or part.slot in slots:
            _put_part(part, places, changes, is_late=part.part_id in late)
    for given in changes.manual:
        _put_manual(given, places, changes, late)
    for key in changes.tombstones:
        places[key].is_deletion_here = True
    for key in changes.sources:
        places.setdefault(key, _Place())
    ordered = sorted(places, key=lambda key: (key.slot.index, key.contract))
    return {key: _segment(key, places[key], changes) for key in ordered}


def late_manual(amendment: AmendmentId, slot: Slot) -> str:
    """Return the name by which `fold` knows the manual time of one slot as late."""
    return f"{amendment}@{slot.index}"


@dataclass(slots=True)
class _Place:
    """What lies in one segment while the fold is at work.

    Attributes:
        parts: Live parts, each with the words that took the place of its own.
        deleted: Parts of which only the header is left.
        manual: Live manual time.
        is_deletion_here: A deletion named this segment or something in it.
        is_left: Something moved away from here.
        timely: Live units received before the lock.
        late: Live units received after it.
        positions: Of the amendments that touched it.
    """

    parts: list[tuple[Part, Move | None]] = field(default_factory=list)
    deleted: list[Part] = field(default_factory=list)
    manual: list[ManualTime] = field(default_factory=list)
    is_deletion_here: bool = False
    is_left: bool = False
    timely: int = 0
    late: int = 0
    positions: set[int] = field(default_factory=set)

    def count(self, *, is_late: bool) -> None:
        if is_late:
            self.late += 1
        else:
            self.timely += 1


@dataclass(frozen=True, slots=True)
class _Given:
    """The manual time of one amendment in one slot: one unit."""

    position: int
    amendment: AmendmentId
    change: Manual
    slot: Slot
    spans: tuple[ManualSpan, ...]


class _Changes:
    """The amendments in force, arranged by what they change."""

    def __init__(self, slots: Collection[Slot] | None, services: Mapping[ContractId, str]) -> None:
        self._slots = slots
        self._services = services
        self.ids: list[AmendmentId] = []
        self.manual: list[_Given] = []
        self.memos: dict[Key, str] = {}
        self.labels: dict[Key, str] = {}
        self.deleted: set[object] = set()  # units: part ids, (amendment, slot)
        self.rest: set[tuple[DeviceId, Key]] = set()
        self.tombstones: set[Key] = set()
        self.sources: set[Key] = set()
        self.moves: defaultdict[object, list[tuple[int, Move]]] = defaultdict(list)
        self.redacted: dict[tuple[PartId, int], RedactedPicture] = {}
        self.without_snapshot: set[PartId] = set()
        self.chosen: dict[tuple[str, Slot], ContractId] = {}
        self.accepted: set[Key] = set()
        self.at_key: defaultdict[Key, set[int]] = defaultdict(set)
        self.at_unit: defaultdict[object, set[int]] = defaultdict(set)

    def apply(self, position: int, amendment: Amendment) -> None:
        """Take in the next amendment of the order."""
        self.ids.append(amendment.amendment_id)
        match amendment.change:
            case Describe() as change:
                self._describe(position, change)
            case Manual() as change:
                self._add(position, amendment.amendment_id, change)
            case Delete() as change:
                self._delete(position, change)
            case Move() as change:
                self._move(position, change)
            case Redact() as change:
                self._redact(position, change)
            case DropSnapshot(parts=parts):
                self.without_snapshot.update(parts)
                self._note_units(position, parts)
            case Choose() as change:
                self._choose(position, change)
            case Accept(targets=targets):
                self.accepted.update(self._note_keys(position, targets))
            case _:  # gaps, and kinds of a later version, say nothing about segments
                pass

    def is_deleted(self, part: Part, home: Key) -> bool:
        return (
            part.is_erased
            or part.part_id in self.deleted
            or (bool(self.rest) and (part.device, home) in self.rest)
        )

    def is_chosen(self, key: Key) -> bool:
        service = self._services.get(key.contract, "")
        return self.chosen.get((service, key.slot)) == key.contract

    def history(self, positions: set[int]) -> tuple[AmendmentId, ...]:
        return tuple(self.ids[position] for position in sorted(positions))

    def _describe(self, position: int, change: Describe) -> None:
        for key in self._note_keys(position, change.targets):
            if change.memo is not None:
                self.memos[key] = change.memo
            if change.label is not None:
                self.labels[key] = change.label

    def _add(self, position: int, amendment: AmendmentId, change: Manual) -> None:
        by_slot: defaultdict[Slot, list[ManualSpan]] = defaultdict(list)
        for span in change.spans:
            if self._is_wanted(span.slot):
                by_slot[span.slot].append(span)
        for slot, spans in by_slot.items():
            self.manual.append(_Given(position, amendment, change, slot, tuple(spans)))

    def _delete(self, position: int, change: Delete) -> None:
        self.deleted.update(change.parts)
        self.deleted.update(change.manual)
        self.rest.update((target.device, target.key) for target in change.rest)
        named = (*change.keys, *(target.key for target in change.rest))
        self.tombstones.update(self._note_keys(position, named))
        self._note_units(position, (*change.parts, *change.manual))

    def _move(self, position: int, change: Move) -> None:
        for unit in (*change.parts, *change.manual):
            self.moves[unit].append((position, change))
        self.sources.update(self._note_keys(position, change.sources))

    def _redact(self, position: int, change: Redact) -> None:
        for picture in change.pictures:
            name = (picture.part, picture.monitor)
            before = self.redacted.get(name)
            # What is covered stays covered, even if a later file was made from an
            # earlier picture.
            permille = max(picture.permille, before.permille if before else 0)
            self.redacted[name] = replace(picture, permille=permille)
        self._note_units(position, [picture.part for picture in change.pictures])

    def _choose(self, position: int, change: Choose) -> None:
        service = self._services.get(change.contract, "")
        keys = [Key(slot, change.contract) for slot in change.slots]
        for key in self._note_keys(position, keys):
            self.chosen[service, key.slot] = change.contract

    def _is_wanted(self, slot: Slot) -> bool:
        return self._slots is None or slot in self._slots

    def _note_keys(self, position: int, keys: Iterable[Key]) -> list[Key]:
        wanted = [key for key in keys if self._is_wanted(key.slot)]
        for key in wanted:
            self.at_key[key].add(position)
        return wanted

    def _note_units(self, position: int, units: Iterable[object]) -> None:
        for unit in units:
            self.at_unit[unit].add(position)


def _once(parts: Iterable[Part]) -> Iterable[Part]:
    """Return each part once; where a copy has been erased, that copy."""
    unique: dict[PartId, Part] = {}
    for part in parts:
        known = unique.setdefault(part.part_id, part)
        if part is not known and part != known:
            # Only an erasure makes copies differ. Anything else is refused on the way
            # in, and must not depend on the order of arrival even so.
            unique[part.part_id] = min(known, part, key=lambda p: (not p.is_erased, repr(p)))
    return unique.values()


def _put_part(
    part: Part, places: defaultdict[Key, _Place], changes: _Changes, *, is_late: bool
) -> None:
    home = Key(part.slot, part.contract)
    if changes.is_deleted(part, home):
        place = places[home]
        place.deleted.append(part)
        place.is_deletion_here = True
    else:
        key, move = _route(part.part_id, home, places, changes)
        place = places[key]
        place.parts.append((part, move))
        place.count(is_late=is_late)
    if changes.at_unit:
        place.positions.update(changes.at_unit.get(part.part_id, ()))


def _put_manual(
    given: _Given, places: defaultdict[Key, _Place], changes: _Changes, late: frozenset[str]
) -> None:
    home = Key(given.slot, given.change.contract)
    unit = (given.amendment, given.slot)
    places[home].positions.add(given.position)
    if unit in changes.deleted:
        place = places[home]
        place.is_deletion_here = True
    else:
        key, move = _route(unit, home, places, changes)
        place = places[key]
        place.manual.extend(_manual_times(given, move))
        name = late_manual(given.amendment, given.slot)
        place.count(is_late=given.amendment in late or name in late)
    place.positions.add(given.position)
    place.positions.update(changes.at_unit.get(unit, ()))


def _manual_times(given: _Given, move: Move | None) -> Iterable[ManualTime]:
    change = given.change
    memo, label = _words(change.memo, change.label, change.contract, move)
    origin = Origin.IMPORTED if change.origin == Origin.IMPORTED else Origin.MANUAL
    return (
        ManualTime(given.amendment, span.start, span.end, memo, label, origin)
        for span in given.spans
    )


def _route(
    unit: object, home: Key, places: defaultdict[Key, _Place], changes: _Changes
) -> tuple[Key, Move | None]:
    """Return where a live unit is now and what moved it there; mark what it left."""
    moves = changes.moves.get(unit) if changes.moves else None
    if not moves:
        return home, None
    stations = [home, *(Key(home.slot, move.contract) for _, move in moves)]
    target = stations[-1]
    positions = {position for position, _ in moves}
    for station in stations:
        places[station].positions.update(positions)
        if station != target:
            places[station].is_left = True
    return target, moves[-1][1]


def _words(memo: str, label: str, home: ContractId, move: Move | None) -> Words:
    """Return the words of a unit where it is now; they do not cross to others (R10).

    Back at the contract that it was recorded for, its own words hold again.
    """
    if move is None:
        return memo, label
    if move.contract == home:
        return move.memo or memo, move.label or label
    return move.memo, move.label


def _segment(key: Key, place: _Place, changes: _Changes) -> Segment:
    live = sorted((part for part, _ in place.parts), key=lambda part: part.part_id)
    recorded = [vote for part, move in place.parts for vote in _votes(part, move)]
    manual = tuple(sorted(place.manual, key=lambda m: (m.start, m.end, m.amendment)))
    memo, label = elected([*recorded, *((m.start, m.end, m.memo, m.label) for m in manual)])
    tracked = union([(start, end) for start, end, _, _ in recorded])
    activity = _activity(live)
    pictures = tuple(picture for part in live for picture in _pictures(part, changes))
    application, title = _window(live)
    here = sorted([*live, *place.deleted], key=lambda part: part.part_id)
    return Segment(
        key=key,
        memo=changes.memos.get(key, memo),
        label=changes.labels.get(key, label),
        origin=_origin(tracked, manual, activity),
        spans=tuple(sorted([*recorded, *_headers(place.deleted)])),
        tracked=tracked,
        manual=manual,
        activity=activity,
        application=application,
        title=title,
        pictures=pictures,
        parts=tuple(part.part_id for part in here),
        devices=tuple(sorted({part.device for part in here})),
        marks=_marks(place, pictures),
        first=key.slot.start + timedelta(seconds=_first(tracked, manual)),
        policy=max((part.policy for part in live), default=0),
        is_deleted=not (live or manual),
        is_late=place.late > 0 and not place.timely,
        is_accepted=key in changes.accepted,
        is_chosen=changes.is_chosen(key),
        history=changes.history(place.positions | changes.at_key.get(key, set())),
    )


def _votes(part: Part, move: Move | None) -> Iterable[Vote]:
    if move is None:
        return ((span.start, span.end, span.memo, span.label) for span in part.spans)
    return (
        (span.start, span.end, *_words(span.memo, span.label, part.contract, move))
        for span in part.spans
    )


def _headers(deleted: Iterable[Part]) -> Iterable[Vote]:
    return ((span.start, span.end, "", "") for part in deleted for span in part.spans)


def elected(votes: Sequence[Vote]) -> Words:
    """Return memo and label of the largest sum of seconds (R10)."""
    seconds: defaultdict[Words, list[tuple[int, int]]] = defaultdict(list)
    for start, end, memo, label in votes:
        seconds[memo, label].append((start, end))
    if len(seconds) == 1:
        return next(iter(seconds))
    return max(seconds, key=lambda words: _rank(words, seconds[words]), default=("", ""))


def _rank(words: Words, intervals: list[tuple[int, int]]) -> tuple[bool, bool, int, int, Words]:
    """Return what a pair of words weighs; the words themselves settle the last ties."""
    memo, label = words
    merged = union(intervals)
    total = sum(end - start for start, end in merged)
    return bool(memo), bool(memo or label), total, merged[-1][1], words


def _activity(live: list[Part]) -> Activity:
    if len(live) == 1:
        return live[0].activity
    return combine(part.activity for part in live) if live else _NO_ACTIVITY


def _pictures(part: Part, changes: _Changes) -> Iterable[Picture]:
    for capture in part.captures:
        if capture.role is Role.CAMERA:
            if part.part_id not in changes.without_snapshot:
                yield Picture(part.part_id, capture)
        else:
            yield _picture(part.part_id, capture, changes)


def _picture(part: PartId, capture: Capture, changes: _Changes) -> Picture:
    new = changes.redacted.get((part, capture.monitor))
    if new is None or not capture.has_picture:
        return Picture(part, capture, capture.covered)
    covered = replace(capture, sha256=new.sha256, thumbnail_sha256=new.thumbnail_sha256)
    return Picture(part, covered, max(capture.covered, new.permille))


def _window(live: list[Part]) -> tuple[str | None, str | None]:
    seen = [part for part in live if part.application is not None or part.title is not None]
    if not seen:
        return None, None
    latest = seen[0] if len(seen) == 1 else max(seen, key=lambda p: (p.opened, p.part_id))
    return latest.application, latest.title


def _origin(
    tracked: tuple[tuple[int, int], ...], manual: tuple[ManualTime, ...], activity: Activity
) -> Origin:
    if not manual or (tracked and activity.level):
        return Origin.TRACKED
    if all(time.origin is Origin.IMPORTED for time in manual):
        return Origin.IMPORTED
    return Origin.MANUAL


def _marks(place: _Place, pictures: tuple[Picture, ...]) -> tuple[str, ...]:
    is_live = bool(place.parts or place.manual)
    words = {mark for part, _ in place.parts for mark in part.marks}
    if any(part.clock is ClockState.STEPPED for part, _ in place.parts):
        words.add("stepped")
    if place.is_deletion_here:
        words.add("partly-deleted" if is_live else "deleted")
    # An empty place without a deletion is one that everything moved away from, be it
    # that the parts themselves were never seen here.
    if place.is_left or not (is_live or place.is_deletion_here):
        words.add("moved")
    if place.late:
        words.add("late")
    if any(picture.redacted for picture in pictures):
        words.add("redacted")
    return tuple(sorted(words))


def _first(tracked: tuple[tuple[int, int], ...], manual: tuple[ManualTime, ...]) -> int:
    starts = [interval[0] for interval in (*tracked[:1], *((m.start,) for m in manual[:1]))]
    return min(starts, default=0)
