"""The slow, obvious reference of fold and billing, written from the rules alone.

Made of sets of seconds and of questions asked one at a time over everything there is;
it shares no code and no arrangement with the real ones, and knows no speed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from worklog.domain.amendment import (
    Accept,
    Amendment,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Key,
    Manual,
    Move,
    Redact,
    Revoke,
)
from worklog.domain.contract import Billing, Contract, Screenshots, Terms, Week
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId
from worklog.domain.part import CaptureState, ClockState, Part, Role
from worklog.domain.segment import Bill, Segment

EXPONENTS = {"EUR": 2, "JPY": 0, "KWD": 3}


# --- Fold -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A part, or the manual time of one amendment in one slot."""

    name: object
    home: Key
    part: Part | None
    seconds: frozenset[tuple[int, str, str]]  # second, memo, label
    is_late: bool
    kind: str


def shown(segment: Segment) -> dict[str, object]:
    """Return what the reference says about a segment, read from a real one."""
    return {
        "memo": segment.memo,
        "label": segment.label,
        "origin": segment.origin.value,
        "tracked": {s for start, end in segment.tracked for s in range(start, end)},
        "manual": {s for m in segment.manual for s in range(m.start, m.end)},
        "boxes": segment.activity.active,
        "keys": segment.activity.keys,
        "clicks": segment.activity.clicks,
        "scrolls": segment.activity.scrolls,
        "window": (segment.application, segment.title),
        "pictures": {
            (p.part, p.capture.role, p.capture.monitor, p.capture.sha256, p.redacted)
            for p in segment.pictures
        },
        "parts": set(segment.parts),
        "devices": set(segment.devices),
        "marks": set(segment.marks),
        "first": segment.first,
        "policy": segment.policy,
        "is_deleted": segment.is_deleted,
        "is_late": segment.is_late,
        "is_accepted": segment.is_accepted,
        "is_chosen": segment.is_chosen,
        "history": list(segment.history),
    }


class ReferenceFold:
    """Answers questions about a world by looking at all of it each time."""

    def __init__(
        self,
        parts: Iterable[Part],
        amendments: Iterable[Amendment],
        late: frozenset[str],
        services: Mapping[ContractId, str],
    ) -> None:
        self.services = services
        unique = {a.amendment_id: a for a in amendments}
        self.amendments = sorted(
            (a for a in unique.values() if not self._is_revoked(a, unique)),
            key=lambda a: (a.stamp.milliseconds, a.stamp.counter, a.amendment_id),
        )
        self.units = [self._unit(part, late) for part in {p.part_id: p for p in parts}.values()]
        for a in self.amendments:
            if isinstance(a.change, Manual):
                for slot in {span.slot for span in a.change.spans}:
                    self.units.append(self._manual_unit(a, a.change, slot, late))

    def all(self) -> dict[Key, dict[str, object]]:
        keys: set[Key] = set()
        for unit in self.units:
            keys |= set(self.stations(unit)) | {unit.home}
        for a in self.amendments:
            if isinstance(a.change, Delete):
                keys |= set(a.change.keys) | {target.key for target in a.change.rest}
            if isinstance(a.change, Move):
                keys |= set(a.change.sources)
        return {key: self.segment(key) for key in keys}

    def segment(self, key: Key) -> dict[str, object]:
        live = [u for u in self.units if not self.is_deleted(u) and self.place(u) == key]
        gone = [u for u in self.units if self.is_deleted(u) and u.home == key]
        live_parts = [u.part for u in live if u.part]
        tracked = {s for u in live if u.part for s, _, _ in u.seconds}
        manual = {s for u in live if not u.part for s, _, _ in u.seconds}
        boxes = self.boxes(live_parts)
        pictures = self.pictures(live_parts)
        memo, label = self.words(key, live)
        moments = tracked | manual
        windows = [
            (p.opened, p.part_id, p)
            for p in live_parts
            if p.application is not None or p.title is not None
        ]
        latest = max(windows, key=lambda w: w[:2])[2] if windows else None
        return {
            "memo": memo,
            "label": label,
            "origin": self.origin(live, tracked, boxes),
            "tracked": tracked,
            "manual": manual,
            "boxes": boxes,
            "keys": self.counts([p.activity.keys for p in live_parts]),
            "clicks": self.counts([p.activity.clicks for p in live_parts]),
            "scrolls": self.counts([p.activity.scrolls for p in live_parts]),
            "window": (latest.application, latest.title) if latest else (None, None),
            "pictures": pictures,
            "parts": {u.name for u in live + gone if u.part},
            "devices": {u.part.device for u in live + gone if u.part},
            "marks": self.marks(key, live, gone, pictures),
            "first": key.slot.start + (min(moments) if moments else 0) * _SECOND,
            "policy": max([p.policy for p in live_parts] + [0]),
            "is_deleted": not live,
            "is_late": bool(live) and all(u.is_late for u in live),
            "is_accepted": any(
                isinstance(a.change, Accept) and key in a.change.targets for a in self.amendments
            ),
            "is_chosen": self.is_chosen(key),
            "history": [a.amendment_id for a in self.amendments if self.touches(a, key)],
        }

    # units ---------------------------------------------------------------------------
    def _unit(self, part: Part, late: frozenset[str]) -> Unit:
        seconds = frozenset(
            (s, span.memo, span.label) for span in part.spans for s in range(span.start, span.end)
        )
        home = Key(part.slot, part.contract)
        return Unit(part.part_id, home, part, seconds, part.part_id in late, "tracked")

    def _manual_unit(self, a: Amendment, change: Manual, slot: Slot, late: frozenset[str]) -> Unit:
        seconds = frozenset(
            (s, change.memo, change.label)
            for span in change.spans
            if span.slot == slot
            for s in range(span.start, span.end)
        )
        is_late = a.amendment_id in late or f"{a.amendment_id}@{slot.index}" in late
        name = (a.amendment_id, slot)
        return Unit(name, Key(slot, change.contract), None, seconds, is_late, change.origin)

    @staticmethod
    def _is_revoked(a: Amendment, unique: Mapping[AmendmentId, Amendment]) -> bool:
        if isinstance(a.change, Revoke):
            return True  # it has been applied by looking at it
        if type(a.change).__name__ not in {"Describe", "Manual", "Move", "Idle", "Choose"}:
            return False
        return any(
            isinstance(other.change, Revoke)
            and a.amendment_id in other.change.amendments
            and other.author == a.author
            for other in unique.values()
        )

    def is_deleted(self, unit: Unit) -> bool:
        if unit.part and unit.part.is_erased:
            return True
        for a in self.amendments:
            if isinstance(a.change, Delete):
                if unit.name in a.change.parts or unit.name in a.change.manual:
                    return True
                for target in a.change.rest:
                    if unit.part and (target.device, target.key) == (unit.part.device, unit.home):
                        return True
        return False

    def moves(self, unit: Unit) -> list[Move]:
        return [
            a.change
            for a in self.amendments
            if isinstance(a.change, Move)
            and (unit.name in a.change.parts or unit.name in a.change.manual)
        ]

    def stations(self, unit: Unit) -> list[Key]:
        if self.is_deleted(unit):
            return [unit.home]
        return [unit.home] + [Key(unit.home.slot, move.contract) for move in self.moves(unit)]

    def place(self, unit: Unit) -> Key:
        return self.stations(unit)[-1]

    # what a segment shows ------------------------------------------------------------
    def words(self, key: Key, live: list[Unit]) -> tuple[str, str]:
        seconds: dict[tuple[str, str], set[int]] = {}
        for unit in live:
            moves = self.moves(unit)
            for s, memo, label in unit.seconds:
                if moves and moves[-1].contract == unit.home.contract:
                    pair = (moves[-1].memo or memo, moves[-1].label or label)
                elif moves:
                    pair = (moves[-1].memo, moves[-1].label)
                else:
                    pair = (memo, label)
                seconds.setdefault(pair, set()).add(s)
        candidates = list(seconds)
        if any(memo for memo, _ in candidates):
            candidates = [pair for pair in candidates if pair[0]]
        elif any(label for _, label in candidates):
            candidates = [pair for pair in candidates if pair[1]]
        most = max([len(seconds[pair]) for pair in candidates], default=0)
        candidates = [pair for pair in candidates if len(seconds[pair]) == most]
        latest = max([max(seconds[pair]) for pair in candidates], default=0)
        candidates = [pair for pair in candidates if max(seconds[pair]) == latest]
        memo, label = max(candidates, default=("", ""))
        for a in self.amendments:
            if isinstance(a.change, Describe) and key in a.change.targets:
                memo = memo if a.change.memo is None else a.change.memo
                label = label if a.change.label is None else a.change.label
        return memo, label

    @staticmethod
    def boxes(live: list[Part]) -> tuple[bool | None, ...]:
        result: list[bool | None] = []
        for minute in range(10):
            seen = {part.activity.active[minute] for part in live}
            result.append(True if True in seen else False if False in seen else None)
        return tuple(result)

    @staticmethod
    def counts(fields: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        result: list[int | None] = [None] * 10
        for field in fields:
            for minute, count in enumerate(field):
                if count is not None:
                    result[minute] = (result[minute] or 0) + count
        return tuple(result)

    def pictures(self, live: list[Part]) -> set[tuple[object, ...]]:
        result: set[tuple[object, ...]] = set()
        for part in live:
            for capture in part.captures:
                sha256, permille, is_dropped = capture.sha256, capture.covered, False
                for a in self.amendments:
                    if isinstance(a.change, DropSnapshot) and capture.role is Role.CAMERA:
                        is_dropped |= part.part_id in a.change.parts
                    if isinstance(a.change, Redact) and capture.role is Role.SCREEN:
                        for new in a.change.pictures:
                            named = (new.part, new.monitor) == (part.part_id, capture.monitor)
                            if named and capture.state is CaptureState.TAKEN:
                                sha256, permille = new.sha256, max(permille, new.permille)
                if not is_dropped:
                    result.add((part.part_id, capture.role, capture.monitor, sha256, permille))
        return result

    @staticmethod
    def origin(live: list[Unit], tracked: set[int], boxes: tuple[bool | None, ...]) -> str:
        manual = [u for u in live if u.part is None]
        if not manual or (tracked and True in boxes):
            return "tracked"
        return "manual" if any(u.kind == "manual" for u in manual) else "imported"

    def marks(
        self, key: Key, live: list[Unit], gone: list[Unit], pictures: set[tuple[object, ...]]
    ) -> set[str]:
        result: set[str] = set()
        for unit in live:
            if unit.part:
                result |= set(unit.part.marks)
                result |= {"stepped"} if unit.part.clock is ClockState.STEPPED else set()
            result |= {"late"} if unit.is_late else set()
        named = any(
            isinstance(a.change, Delete)
            and (key in a.change.keys or key in {target.key for target in a.change.rest})
            for a in self.amendments
        )
        if gone or named:
            result.add("partly-deleted" if live else "deleted")
        left = any(key in self.stations(u) and self.place(u) != key for u in self.units)
        if left or not (live or gone or named):
            result.add("moved")
        if any(picture[-1] for picture in pictures):
            result.add("redacted")
        return result

    def is_chosen(self, key: Key) -> bool:
        winner = None
        for a in self.amendments:
            if not isinstance(a.change, Choose) or key.slot not in a.change.slots:
                continue
            if self.services[a.change.contract] == self.services[key.contract]:
                winner = a.change.contract
        return winner == key.contract

    def touches(self, a: Amendment, key: Key) -> bool:  # noqa: PLR0911 -- one per kind
        here = [u for u in self.units if self.place(u) == key]
        names = {u.name for u in here}
        change = a.change
        if isinstance(change, Describe | Accept):
            return key in change.targets
        if isinstance(change, Choose):
            return key in {Key(slot, change.contract) for slot in change.slots}
        if isinstance(change, Manual):
            at_home = {Key(span.slot, change.contract) for span in change.spans}
            return key in at_home or any((a.amendment_id, key.slot) == name for name in names)
        if isinstance(change, Delete):
            named = {*change.keys, *(target.key for target in change.rest)}
            return key in named or bool(names & {*change.parts, *change.manual})
        if isinstance(change, Move):
            units = [u for u in self.units if u.name in (*change.parts, *change.manual)]
            passed = any(key in self.stations(u) for u in units if not self.is_deleted(u))
            return passed or key in change.sources
        if isinstance(change, Redact):
            return bool(names & {new.part for new in change.pictures})
        if isinstance(change, DropSnapshot):
            return bool(names & set(change.parts))
        return False


_SECOND = Slot(0).end.resolution * 1_000_000


# --- Billing --------------------------------------------------------------------------


class ReferenceBill:
    """Bills by asking every rule of every segment, second by second."""

    def __init__(
        self, segments: Iterable[Segment], contracts: Mapping[ContractId, Contract]
    ) -> None:
        self.contracts = contracts
        self._terms: dict[tuple[ContractId, Week], list[Terms]] = {}
        self.segments = {segment.key: segment for segment in segments}
        self.reasons: dict[Key, str] = {}
        self.seconds: dict[Key, int] = dict.fromkeys(self.segments, 0)
        for key in self.segments:
            self.reasons[key] = self.first_step(key)
        contestants = [key for key in self.segments if self.reasons[key] == "billed"]
        for key in contestants:
            if any(self.beats(other, key) for other in contestants if other != key):
                self.reasons[key] = "shared"
        wanted = {k: self.full(k) for k in contestants if self.reasons[k] == "billed"}
        wanted = self.spend(wanted, "unproven")
        self.seconds |= self.spend(wanted, "over-limit")

    def first_step(self, key: Key) -> str:
        segment = self.segments[key]
        if segment.is_deleted:
            return "deleted"
        if segment.is_late and not segment.is_accepted:
            return "late"
        if True in segment.activity.active or segment.origin.value in {"manual", "imported"}:
            return "billed"
        if set(segment.activity.active) == {None} and segment.tracked:
            return "billed"
        return "idle"

    def is_unproven(self, key: Key) -> bool:
        segment = self.segments[key]
        if segment.origin.value != "tracked":
            return False
        if set(segment.activity.active) == {None}:
            return True
        policies = [
            t.policy for t in self.contract(key).terms if t.policy.version == segment.policy
        ]
        policy = policies[-1] if policies else self.contract(key).terms[-1].policy
        if policy.screenshots is not Screenshots.REQUIRED:
            return False
        shown = [p for p in segment.pictures if p.capture.state is CaptureState.TAKEN]
        shown = [p for p in shown if p.capture.role is Role.SCREEN]
        return len(shown) == 0 or any(p.redacted > 500 for p in shown)

    def beats(self, one: Key, other: Key) -> bool:  # noqa: PLR0911 -- one per sentence of R15
        """Return whether *one* wins the slot against *other* (R15)."""
        a, b = self.segments[one], self.segments[other]
        if one.slot != other.slot or self.contract(one).service != self.contract(other).service:
            return False
        if a.is_chosen != b.is_chosen:
            return a.is_chosen
        by_hand = [s.origin.value != "tracked" for s in (a, b)]
        proven = [
            not hand and not self.is_unproven(key)
            for hand, key in zip(by_hand, (one, other), strict=True)
        ]
        if proven[0] != proven[1]:
            return proven[0]
        if by_hand[0] != by_hand[1]:
            return by_hand[1]
        if a.tracked_seconds != b.tracked_seconds:
            return a.tracked_seconds > b.tracked_seconds
        if a.first != b.first:
            assert a.first is not None
            assert b.first is not None
            return a.first < b.first
        return one.contract < other.contract

    def full(self, key: Key) -> int:
        segment = self.segments[key]
        if self.terms(key).billing is Billing.SLOT:
            return 600
        green = sum(box is True for box in segment.activity.active)
        if segment.origin.value == "tracked" and green:
            return 60 * green
        if segment.origin.value == "tracked":
            seconds = {s for start, end in segment.tracked for s in range(start, end)}
        else:
            seconds = {s for m in segment.manual for s in range(m.start, m.end)}
        return 60 * len({s // 60 for s in seconds})

    def spend(self, wanted: dict[Key, int], step: str) -> dict[Key, int]:
        """Return what of *wanted* a weekly budget pays, one second after the other."""
        result: dict[Key, int] = {}
        used: dict[tuple[ContractId, Week], int] = {}
        for key in sorted(wanted, key=lambda k: self.turn(k, step)):
            account = (key.contract, self.week(key))
            budget = self.budget(key, step)
            result[key] = 0
            for _ in range(wanted[key]):
                if budget is None:
                    result[key] += 1
                elif used.get(account, 0) < budget:
                    used[account] = used.get(account, 0) + 1
                    result[key] += 1
            if result[key] == 0:
                self.reasons[key] = step
        return {key: seconds for key, seconds in result.items() if seconds}

    def turn(self, key: Key, step: str) -> tuple[int, int]:
        segment = self.segments[key]
        if step == "unproven":
            return (0, key.slot.index)
        if segment.is_late:
            return (1, key.slot.index)
        return (0 if segment.origin.value == "tracked" else 2, key.slot.index)

    def budget(self, key: Key, step: str) -> int | None:
        if step == "unproven":
            is_free = not self.is_unproven(key) or self.segments[key].is_accepted
            if is_free or self.contract(key).service == "":
                return None
            return int(self.terms(key).allowance.total_seconds())
        limits = [terms.weekly_limit for terms in self.terms_of(key.contract, self.week(key))]
        if None in limits:
            return None
        return max(int(limit.total_seconds()) for limit in limits if limit is not None)

    def amount(self, contract: ContractId, week: Week) -> int | None:
        """Return the week's money in minor units."""
        price = self.terms_of(contract, week)[0]
        if price.rate is None:
            return None
        billed = sum(
            self.seconds[key]
            for key in self.segments
            if key.contract == contract and self.week(key) == week
        )
        scale = Fraction(10) ** EXPONENTS[price.currency]
        exact = Fraction(price.rate) * billed / 3600 * scale
        return floor(exact + Fraction(1, 2))

    def terms_of(self, contract: ContractId, week: Week) -> list[Terms]:
        """Return the terms of each slot of *week*, in order."""
        cached = self._terms.get((contract, week))
        if cached is None:
            held = [self._at(contract, Slot(index)) for index in week.slots()]
            mine = [
                terms
                for terms, index in zip(held, week.slots(), strict=True)
                if Week.containing(Slot(index).start, terms) == week
            ]
            cached = self._terms[contract, week] = mine
        return cached

    def contract(self, key: Key) -> Contract:
        return self.contracts[key.contract]

    def terms(self, key: Key) -> Terms:
        return self._at(key.contract, key.slot)

    def _at(self, contract: ContractId, slot: Slot) -> Terms:
        terms = self.contracts[contract].terms
        result = terms[0]
        for later in terms:
            if later.since <= slot.start:
                result = later
        return result

    def week(self, key: Key) -> Week:
        return Week.containing(key.slot.start, self.terms(key))


def verdicts(bills: Mapping[Key, Bill]) -> dict[Key, tuple[int, str]]:
    """Return seconds and reason of each bill, for comparison with the reference."""
    return {key: (bill.seconds, bill.reason.value) for key, bill in bills.items()}
