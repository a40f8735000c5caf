"""Hypothesis strategies for parts, amendments, contracts and whole worlds of them.

Everything happens in six slots around one Monday midnight UTC, so that small examples
meet neighbours, two billing weeks, two devices and several contracts.
"""

from __future__ import annotations

from collections.abc import Sequence
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

slots = st.sampled_from(SLOTS)
contract_ids = st.sampled_from(CONTRACTS)
keys = st.builds(Key, slots, contract_ids)
words = st.tuples(st.sampled_from(MEMOS), st.sampled_from(LABELS))


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    """Draw counts per minute, boxes without counts (an idle protocol), or nothing known."""
    if draw(st.booleans()):
        minute = st.sampled_from([None, None, (0, 0, 0), (0, 0, 0), (7, 2, 0)])
        return Activity.of_counts(draw(st.lists(minute, min_size=10, max_size=10)))
    boxes = draw(
        st.sampled_from([(None,) * 10, (False,) * 10, (True,) * 10, (None, True) + (False,) * 8])
    )
    return Activity(active=boxes)


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Draw none to three spans of a slot, with gaps between some of them."""
    cuts = sorted(draw(st.sets(st.integers(0, 600), max_size=4)))
    pairs = [(a, b) for a, b in pairwise(cuts) if draw(st.booleans())]
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
        Capture(state, slot.start, monitor=number, sha256=f"{name}-{number}")
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


@st.composite
def changes(draw: st.DrawFn, known: Sequence[Part], earlier: Sequence[Amendment]) -> Change:
    """Draw a change that is about *known* parts and *earlier* amendments, mostly."""
    ids = st.sampled_from([*(part.part_id for part in known), UNSEEN])
    some_ids = st.lists(ids, max_size=3, unique=True).map(tuple)
    some_keys = st.lists(keys, max_size=3, unique=True).map(tuple)
    by_hand = [
        (amendment.amendment_id, span.slot)
        for amendment in earlier
        if isinstance(amendment.change, Manual)
        for span in amendment.change.spans
    ]
    some_manual = (
        st.lists(st.sampled_from(by_hand), max_size=2, unique=True).map(tuple)
        if by_hand
        else st.just(())
    )
    ends = st.sets(st.integers(0, 600), min_size=2, max_size=2).map(sorted)
    manual_span = st.builds(lambda slot, pair: ManualSpan(slot, *pair), slots, ends)
    text = st.none() | st.sampled_from(("", "edited", "other"))
    pictures = st.builds(
        RedactedPicture,
        part=ids,
        monitor=st.integers(0, 1),
        sha256=st.sampled_from(["r1", "r2"]),
        thumbnail_sha256=st.just("t"),
        permille=st.sampled_from([1, 500, 501, 1000]),
    )
    change: Change = draw(
        st.one_of(
            st.builds(Describe, some_keys, text, text),
            st.builds(
                Manual,
                contract_ids,
                st.lists(manual_span, min_size=1, max_size=3).map(tuple),
                st.sampled_from(MEMOS),
                st.sampled_from(LABELS),
                st.sampled_from(["manual", "imported"]),
            ),
            st.builds(
                Delete,
                some_ids,
                some_manual,
                st.lists(st.builds(OpenTarget, st.sampled_from(DEVICES), keys), max_size=1).map(
                    tuple
                ),
                some_keys,
            ),
            st.builds(
                Move,
                contract_ids,
                some_ids,
                some_manual,
                some_keys,
                st.sampled_from(MEMOS),
                st.sampled_from(LABELS),
            ),
            st.builds(Redact, st.lists(pictures, max_size=2).map(tuple)),
            st.builds(DropSnapshot, some_ids),
            st.builds(Choose, contract_ids, st.lists(slots, max_size=3, unique=True).map(tuple)),
            st.builds(Accept, some_keys),
            st.just(Idle(SLOTS[0].start, SLOTS[1].start)),
            st.builds(
                Revoke,
                st.lists(
                    st.sampled_from([a.amendment_id for a in earlier] or [AmendmentId("none")]),
                    max_size=2,
                ).map(tuple),
            ),
            st.just(Unknown("praise", "{}")),
        )
    )
    return change


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
