"""Hypothesis strategies for parts, amendments, contracts and whole worlds of them.

Everything happens in six slots around one Monday midnight UTC, so that small examples
meet neighbours, two billing weeks, two devices and several contracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from hypothesis import strategies as st

from worklog.domain.activity import Activity
from worklog.domain.amendment import (
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Redact,
    RedactedPicture,
    Revoke,
    Stamp,
    Unknown,
)
from worklog.domain.contract import Billing, Contract, Policy, Screenshots, Terms
from worklog.domain.fold import late_manual
from worklog.domain.grid import SLOT_LENGTH, Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.part import Capture, CaptureState, ClockState, Part, Role, Span
from worklog.domain.segment import Segment

MONDAY: Final = datetime(2026, 11, 23, tzinfo=UTC)
FIRST: Final = Slot.containing(MONDAY).index - 3
SLOTS: Final = tuple(Slot(FIRST + number) for number in range(6))
DEVICES: Final = (DeviceId("d1"), DeviceId("d2"))
# Two contracts of one service, one of another, two local ones.
SERVICES: Final = {
    ContractId("a1"): "https://a.example",
    ContractId("a2"): "https://a.example",
    ContractId("b1"): "https://b.example",
    ContractId("l1"): "",
    ContractId("l2"): "",
}
CONTRACTS: Final = tuple(SERVICES)
UNSEEN: Final = PartId("p-unseen")
MEMOS: Final = ("", "alpha", "beta")
LABELS: Final = ("", "dev")

_MINUTES: Final = (None, (0, 0, 0), (0, 0, 0), (7, 2, 0))

# Some places are likelier, so that parts meet in a segment.
slots = st.sampled_from((*SLOTS, *(SLOTS[2],) * 6, *(SLOTS[3],) * 3))
contract_ids = st.sampled_from((*CONTRACTS, *(CONTRACTS[0],) * 5))
keys = st.builds(Key, slots, contract_ids)
words = st.tuples(st.sampled_from(MEMOS), st.sampled_from(LABELS))


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    """Draw counts per minute, boxes without counts (an idle protocol), or nothing known."""
    if draw(st.booleans()):
        # One number for ten minutes: drawing a list of ten costs ten times as much.
        code = draw(st.integers(0, len(_MINUTES) ** 10 - 1))
        digits = (code // len(_MINUTES) ** place % len(_MINUTES) for place in range(10))
        return Activity.of_counts(_MINUTES[digit] for digit in digits)
    boxes = draw(
        st.sampled_from([(None,) * 10, (False,) * 10, (True,) * 10, (None, True) + (False,) * 8])
    )
    return Activity(active=boxes)


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Draw none to three spans of a slot, with gaps between some of them."""
    count = draw(st.sampled_from([0, 2, 3, 4, 5]))
    cuts = sorted(draw(st.sets(st.integers(0, 600), min_size=count, max_size=count)))
    pairs = [(a, b) for a, b in pairwise(cuts) if draw(st.integers(0, 3))]
    return tuple(Span(a, b, *draw(words)) for a, b in pairs)


@st.composite
def captures(draw: st.DrawFn, slot: Slot, name: str) -> tuple[Capture, ...]:
    """Draw what a part captured: nothing, a reason why not, one or two monitors, a camera."""
    states = draw(
        st.sampled_from(
            [
                (),
                (CaptureState.LOCKED,),
                (CaptureState.TAKEN,),
                (CaptureState.TAKEN, CaptureState.TAKEN),
            ]
        )
    )
    screens = tuple(
        Capture(
            state,
            slot.start,
            monitor=number,
            sha256=f"{name}-{number}",
            covered=draw(st.sampled_from([0, 0, 120, 501])) if state == "taken" else 0,
        )
        for number, state in enumerate(states)
    )
    if draw(st.booleans()):
        return screens
    camera = Capture(CaptureState.TAKEN, slot.start, role=Role.CAMERA, sha256=f"{name}-camera")
    return (*screens, camera)


@st.composite
def parts(draw: st.DrawFn, part_id: str = "p0") -> Part:
    """Draw one sealed part."""
    slot = draw(slots)
    opened = slot.start + timedelta(seconds=draw(st.integers(0, 2)))
    is_erased = draw(st.integers(0, 9)) == 0
    return Part(
        part_id=PartId(part_id),
        device=draw(st.sampled_from(DEVICES)),
        contract=draw(contract_ids),
        slot=slot,
        opened=opened,
        sealed=slot.end,
        spans=draw(spans()),
        activity=draw(activities()),
        application=draw(st.sampled_from([None, "Editor"])),
        title=draw(st.sampled_from([None, "main.py"])),
        captures=draw(captures(slot, part_id)),
        clock=draw(st.sampled_from(ClockState)),
        policy=draw(st.integers(1, 2)),
        marks=draw(st.sampled_from([(), (), ("crash",)])),
        is_erased=is_erased,
    )


_some_keys = st.lists(keys, max_size=3, unique=True).map(tuple)
_text = st.none() | st.sampled_from(("", "edited", "other"))
_ends = st.sets(st.integers(0, 600), min_size=2, max_size=2).map(sorted)
_manual_span = st.builds(lambda slot, pair: ManualSpan(slot, *pair), slots, _ends)
_rest = st.lists(st.builds(OpenTarget, st.sampled_from(DEVICES), keys), max_size=1).map(tuple)
# Kinds that name neither parts nor other amendments.
_SIMPLE: Final[Mapping[type, st.SearchStrategy[Change]]] = {
    Describe: st.builds(Describe, _some_keys, _text, _text),
    Manual: st.builds(
        Manual,
        contract_ids,
        st.lists(_manual_span, min_size=1, max_size=3).map(tuple),
        st.sampled_from(MEMOS),
        st.sampled_from(LABELS),
        st.sampled_from(["manual", "imported"]),
    ),
    Choose: st.builds(Choose, contract_ids, st.lists(slots, max_size=3, unique=True).map(tuple)),
    Accept: st.builds(Accept, _some_keys),
    Idle: st.just(Idle(SLOTS[0].start, SLOTS[1].start)),
    Unknown: st.just(Unknown("praise", "{}")),
}
_KINDS: Final = (*_SIMPLE, Delete, Move, Move, Redact, DropSnapshot, Revoke)


@st.composite
def changes(draw: st.DrawFn, known: Sequence[Part], earlier: Sequence[Amendment]) -> Change:
    """Draw a change that is about *known* parts and *earlier* amendments, mostly."""
    ids = st.sampled_from([*(part.part_id for part in known), UNSEEN])
    some_ids = st.lists(ids, max_size=3, unique=True).map(tuple)
    by_hand = [
        (amendment.amendment_id, span.slot)
        for amendment in earlier
        if isinstance(amendment.change, Manual)
        for span in amendment.change.spans
    ]
    some_manual: st.SearchStrategy[tuple[tuple[AmendmentId, Slot], ...]] = st.just(())
    if by_hand:
        some_manual = st.lists(st.sampled_from(by_hand), max_size=2, unique=True).map(tuple)
    revocable = [amendment.amendment_id for amendment in earlier] or [AmendmentId("none")]
    kind = draw(st.sampled_from(_KINDS))
    strategy: st.SearchStrategy[Change] = _SIMPLE.get(kind, st.nothing())
    if kind is Delete:
        strategy = st.builds(Delete, some_ids, some_manual, _rest, _some_keys)
    elif kind is Move:
        words_along = st.sampled_from(MEMOS), st.sampled_from(LABELS)
        strategy = st.builds(Move, contract_ids, some_ids, some_manual, _some_keys, *words_along)
    elif kind is Redact:
        pictures = st.builds(
            RedactedPicture,
            part=ids,
            monitor=st.integers(0, 1),
            sha256=st.sampled_from(["r1", "r2"]),
            thumbnail_sha256=st.just("t"),
            permille=st.sampled_from([1, 500, 501, 1000]),
        )
        strategy = st.builds(Redact, st.lists(pictures, max_size=2).map(tuple))
    elif kind is DropSnapshot:
        strategy = st.builds(DropSnapshot, some_ids)
    elif kind is Revoke:
        strategy = st.builds(Revoke, st.lists(st.sampled_from(revocable), max_size=2).map(tuple))
    return draw(strategy)


@st.composite
def amendments(
    draw: st.DrawFn, known: Sequence[Part], *, at_most: int = 6
) -> tuple[Amendment, ...]:
    """Draw amendments to *known* parts and to each other, with stamps that often tie."""
    drawn: list[Amendment] = []
    for number in range(draw(st.integers(0, at_most))):
        drawn.append(
            Amendment(
                AmendmentId(f"m{number}"),
                Stamp(draw(st.integers(0, 3)), draw(st.integers(0, 1))),
                draw(st.sampled_from(["freelancer", "freelancer", "client"])),
                draw(st.sampled_from(DEVICES)),
                draw(changes(known, drawn)),
            )
        )
    return tuple(drawn)


minutes = st.sampled_from([0, 10, 15, 25, 60]).map(lambda count: timedelta(minutes=count))


@st.composite
def terms(draw: st.DrawFn, since: datetime) -> Terms:
    """Draw terms with limits and allowances small enough to matter within six slots."""
    return Terms(
        since=since,
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        rate=draw(st.none() | st.decimals("0.01", "99.99", places=2)),
        weekly_limit=draw(st.none() | minutes),
        billing=draw(st.sampled_from(Billing)),
        week_start=draw(st.sampled_from([0, 0, 0, 3])),
        week_hour=draw(st.sampled_from([0, 0, 0, 23])),
        locks=draw(st.booleans()),
        allowance=draw(minutes),
        policy=Policy(draw(st.integers(1, 2)), draw(st.sampled_from(Screenshots))),
        retention=timedelta(days=draw(st.integers(0, 400))),
        dispute_period=timedelta(days=draw(st.integers(0, 9))),
    )


@st.composite
def contracts(draw: st.DrawFn, contract_id: ContractId) -> Contract:
    """Draw a contract with one to three dated terms, all dates on the grid."""
    dates = draw(st.sets(st.integers(-8, 8), min_size=1, max_size=3))
    return Contract(
        contract_id,
        contract_id.upper(),
        service=SERVICES[contract_id],
        terms=tuple(draw(terms(MONDAY + number * SLOT_LENGTH)) for number in sorted(dates)),
    )


all_contracts = st.fixed_dictionaries({name: contracts(name) for name in CONTRACTS})


@dataclass(frozen=True, slots=True)
class World:
    """Parts, what was changed about them, and what of both came late."""

    parts: tuple[Part, ...]
    amendments: tuple[Amendment, ...]
    late: frozenset[str]


@st.composite
def worlds(draw: st.DrawFn, *, parts_at_most: int = 5, amendments_at_most: int = 6) -> World:
    """Draw a world."""
    count = draw(st.integers(0, parts_at_most))
    recorded = tuple(draw(parts(f"p{number}")) for number in range(count))
    changed = draw(amendments(recorded, at_most=amendments_at_most))
    names = [str(part.part_id) for part in recorded] + [
        late_manual(amendment.amendment_id, span.slot)
        for amendment in changed
        if isinstance(amendment.change, Manual)
        for span in amendment.change.spans
    ]
    late = draw(st.sets(st.sampled_from(names), max_size=2)) if names else set()
    return World(recorded, changed, frozenset(late))


@st.composite
def folded(draw: st.DrawFn) -> tuple[Segment, ...]:
    """Draw segments as a fold makes them, several contracts busy in most slots."""
    from worklog.domain.fold import fold  # noqa: PLC0415 -- only here strategies run rules

    world = draw(worlds(parts_at_most=9, amendments_at_most=4))
    result = fold(world.parts, world.amendments, late=world.late, services=SERVICES)
    return tuple(result.values())
