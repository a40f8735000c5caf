"""What leaves when, and what never does: `plan` and its neighbours, as rules and properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import FakeChance
from tests.support.strategies import CONTRACTS, SERVICES, SLOTS, amendments
from worklog.app.sync_changes import held_back, is_sane
from worklog.app.sync_plan import (
    RETRY_PARKED,
    Compare,
    Forget,
    Local,
    Operation,
    Remote,
    Rest,
    SendAmendments,
    SendParts,
    SendPictures,
    SendReport,
    TakeChanges,
    delay_after,
    plan,
)
from worklog.app.sync_ports import Parked, ServiceBusyError, WaitingAmendment, WaitingPart
from worklog.app.sync_share import Circle, share
from worklog.domain.amendment import (
    Accept,
    Amendment,
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
    Unknown,
)
from worklog.domain.contract import Contract, Policy, Screenshots, Terms, WeekEvent
from worklog.domain.grid import EPOCH, Slot
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.errors import (
    CacheBusyError,
    ServiceAuthError,
    ServiceUnreachableError,
    VersionRefusedError,
    WorklogError,
)

SERVICE = "https://a.example"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
REVIEW = timedelta(minutes=10)
ALL = {name: Contract(name, name=name, service=its) for name, its in SERVICES.items()}
OURS = {name for name, its in SERVICES.items() if its == SERVICE}
REFUSED = Parked("policy", "no", NOW - timedelta(hours=1))


def local(
    parts: list[WaitingPart], waiting: tuple[WaitingAmendment, ...] = (), now: datetime = NOW
) -> Local:
    return Local(SERVICE, ALL, parts, waiting, REVIEW, now)


def part(name: str, slot: Slot = SLOTS[0], **members: object) -> WaitingPart:
    made = WaitingPart(PartId(name), ContractId("a1"), slot, slot.end, 1_000)
    return replace(made, **members)  # type: ignore[arg-type]  # by name


parked = st.none() | st.builds(
    Parked,
    st.just("policy"),
    st.just("no"),
    st.sampled_from([NOW - RETRY_PARKED * 2, NOW - RETRY_PARKED, NOW - timedelta(hours=1)]),
)


@st.composite
def waiting_parts(draw: st.DrawFn) -> list[WaitingPart]:
    slots = draw(st.lists(st.sampled_from([*SLOTS, Slot(SLOTS[0].index + 3_000)]), max_size=8))
    return [
        WaitingPart(
            part=PartId(f"p{number}"),
            contract=draw(st.sampled_from([*CONTRACTS, ContractId("unknown")])),
            slot=slot,
            sealed=slot.start + draw(st.sampled_from([timedelta(minutes=5), timedelta(days=1)])),
            size=draw(st.sampled_from([100, 600_000])),
            is_received=draw(st.booleans()),
            is_erased=draw(st.booleans()),
            has_pictures=draw(st.booleans()),
            parked=draw(parked),
        )
        for number, slot in enumerate(slots)
    ]


moments = st.sampled_from([SLOTS[0].start, SLOTS[3].end, NOW, NOW + timedelta(days=30)])


@given(waiting_parts(), moments)
def test_r28_nothing_leaves_early_nothing_erased_and_nothing_of_others(
    parts: list[WaitingPart], now: datetime
) -> None:
    steps = plan(local(parts, now=now), Remote())

    known = {one.part: one for one in parts}
    for name in sent(steps):
        one = known[name]
        assert one.contract in OURS
        assert not one.is_erased
        assert one.sealed + REVIEW <= now


@given(waiting_parts(), moments)
def test_every_part_is_sent_let_go_or_waits_for_a_reason(
    parts: list[WaitingPart], now: datetime
) -> None:
    steps = plan(local(parts, now=now), Remote())

    gone = {step.name for step in steps if isinstance(step, Forget)}
    rest = steps[-1]
    assert isinstance(rest, Rest)
    for one in parts:
        if one.part in gone | sent(steps):
            continue
        is_early = one.sealed + REVIEW > now
        is_parked = one.parked is not None and one.parked.at + RETRY_PARKED > now
        assert one.contract not in OURS or is_early or is_parked
        if one.contract in OURS:
            assert rest.until is not None
            assert rest.until > now


@given(waiting_parts())
def test_rows_go_before_pictures_and_the_newest_week_before_the_others(
    parts: list[WaitingPart],
) -> None:
    steps = plan(local(parts, now=NOW + timedelta(days=60)), Remote())

    known = {one.part: one for one in parts}
    kinds = [type(step) for step in steps if isinstance(step, SendParts | SendPictures)]
    assert kinds == sorted(kinds, key=lambda kind: kind is SendPictures)
    for order in (
        [name for step in steps if isinstance(step, SendParts) for name in step.parts],
        [part for step in steps if isinstance(step, SendPictures) for part in step.parts],
    ):
        weeks = [ALL[known[name].contract].week_at(known[name].slot.start) for name in order]
        assert weeks == sorted(weeks, reverse=True)
    batches = [step.parts for step in steps if isinstance(step, SendParts)]
    assert all(sum(known[name].size for name in names) < 1 << 20 for names in batches)


def sent(steps: tuple[Operation, ...]) -> set[PartId]:
    rows = {name for step in steps if isinstance(step, SendParts) for name in step.parts}
    return rows | {part for step in steps if isinstance(step, SendPictures) for part in step.parts}


def test_erasures_go_first_then_amendments_changes_digests_reports_rows_and_pictures() -> None:
    later = WaitingAmendment(AmendmentId("m1"), 100, (1, 0, "m1"))
    erasing = WaitingAmendment(AmendmentId("m2"), 100, (2, 0, "m2"), erases=True)
    refused = WaitingAmendment(AmendmentId("m3"), 100, (0, 0, "m3"), parked=REFUSED)

    here = local(
        [part("p1", has_pictures=True), part("p2", is_erased=True)], (later, erasing, refused)
    )

    steps = plan(replace(here, reports=("report-1",)), Remote(cursor=7))

    assert steps == (
        Forget("part", "p2"),
        SendAmendments((erasing.amendment, later.amendment)),
        TakeChanges(7),
        Compare(),
        SendReport("report-1"),
        SendParts((PartId("p1"),)),
        SendPictures((PartId("p1"),)),
        Rest(REFUSED.at + RETRY_PARKED),
    )


def test_f50_thirty_days_go_in_batches_of_two_hundred() -> None:
    parts = [part(f"p{n:04}", Slot(SLOTS[0].index - n)) for n in range(4_320)]

    steps = plan(local(parts), Remote(is_current=True, is_compared=True))

    assert [len(step.parts) for step in steps if isinstance(step, SendParts)] == [200] * 21 + [120]
    assert steps[-1] == Rest(None)


# --- When to try again --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "failures", "seconds"),
    [
        (ServiceUnreachableError("x"), 1, 1.5),
        (ServiceUnreachableError("x"), 5, 24.0),
        (ServiceUnreachableError("x"), 50, 675.0),
        (CacheBusyError("x"), 0, 1.0),
        (ServiceAuthError("x"), 1, 300.0),
        (VersionRefusedError("x"), 1, 3_600.0),
        (ServiceBusyError("x", retry_after=None), 2, 3.0),
        (ServiceBusyError("x", retry_after=0.0), 9, 1.0),
        (ServiceBusyError("x", retry_after=42.0), 9, 42.0),
        (ServiceBusyError("x", retry_after=1e9), 1, 3_600.0),
    ],
)
def test_f51_f52_f58_how_long_to_wait_after_a_failure(
    error: WorklogError, failures: int, seconds: float
) -> None:
    assert delay_after(error, failures, FakeChance()) == seconds


# --- What belongs to a service ------------------------------------------------------------


def circle(*, parts: dict[str, bool] | None = None) -> Circle:
    known = {"ours": True, "local": False} if parts is None else parts
    return Circle(
        contract=lambda name: name in OURS,
        part=lambda name: known.get(str(name)),
        amendment=lambda name: str(name).startswith("ours"),
    )


KEY, OTHER = Key(SLOTS[0], ContractId("a1")), Key(SLOTS[0], ContractId("l1"))
OUR_PART, LOCAL_PART, LOST = PartId("ours"), PartId("local"), PartId("lost")
OUR_CHANGE, LOCAL_CHANGE = AmendmentId("ours-1"), AmendmentId("local-1")
PICTURE = RedactedPicture(OUR_PART, 0, "0" * 64, "1" * 64, 5)


@pytest.mark.parametrize(
    ("change", "shared"),
    [
        (Describe((KEY, OTHER), memo="m"), Describe((KEY,), memo="m")),
        (Describe((OTHER,), memo="m"), None),
        (Accept((OTHER, KEY)), Accept((KEY,))),
        (Manual(KEY.contract, (ManualSpan(SLOTS[0]),), "m"),) * 2,
        (Manual(OTHER.contract, (ManualSpan(SLOTS[0]),), "m"), None),
        (Choose(KEY.contract, SLOTS[:1]),) * 2,
        (Choose(OTHER.contract, SLOTS[:1]), None),
        (
            Delete((OUR_PART, LOCAL_PART, LOST), keys=(KEY, OTHER)),
            Delete((OUR_PART,), keys=(KEY,)),
        ),
        (Delete((LOST,), keys=(KEY,)),) * 2,
        (Delete((LOST,)), None),
        (
            Delete(
                manual=((OUR_CHANGE, SLOTS[0]), (LOCAL_CHANGE, SLOTS[0])),
                rest=tuple(OpenTarget("d", key) for key in (KEY, OTHER)),  # type: ignore[arg-type]  # a device
            ),
            Delete(
                manual=((OUR_CHANGE, SLOTS[0]),),
                rest=(OpenTarget("d", KEY),),  # type: ignore[arg-type]  # a device
            ),
        ),
        (DropSnapshot((OUR_PART, LOCAL_PART)), DropSnapshot((OUR_PART,))),
        (DropSnapshot((LOST,)), None),
        (Redact((PICTURE, replace(PICTURE, part=LOCAL_PART))), Redact((PICTURE,))),
        (Redact((replace(PICTURE, part=LOCAL_PART),)), None),
        (Move(KEY.contract, (OUR_PART,), sources=(KEY,)),) * 2,
        (Move(OTHER.contract, (OUR_PART,), sources=(KEY,)), None),
        (Move(KEY.contract, (LOCAL_PART,), sources=(KEY,)), None),
        (Move(KEY.contract, (), ((LOCAL_CHANGE, SLOTS[0]),)), None),
        (Move(KEY.contract, (OUR_PART,), sources=(OTHER,)), None),
        (Revoke((OUR_CHANGE, LOCAL_CHANGE)), Revoke((OUR_CHANGE,))),
        (Revoke((LOCAL_CHANGE,)), None),
        (Idle(NOW, NOW), None),
        (Unknown("feast", "{}"), None),
    ],
)
def test_an_amendment_is_cut_to_what_is_the_services(change: object, shared: object) -> None:
    made = Amendment(AmendmentId("x"), None, "freelancer", None, change)  # type: ignore[arg-type]  # change alone counts

    found = share(made, circle())

    assert (None if found is None else found.change) == shared


@given(amendments([]))
def test_what_is_shared_names_no_other_contract_and_is_shared_alike_again(
    made: tuple[Amendment, ...],
) -> None:
    known, others = circle(parts={}), set(CONTRACTS) - OURS

    for one in made:
        once = share(one, known)

        if once is not None:
            assert not any(f"'{name}'" in repr(once) for name in others)
            assert share(once, known) == once


# --- Policies and sanity ------------------------------------------------------------------


def contract(*terms: Terms) -> Contract:
    return replace(ALL[ContractId("a1")], terms=terms)


NARROW, WIDE = Policy(1, Screenshots.FORBIDDEN), Policy(2, Screenshots.REQUIRED)


def test_r30_past_and_known_policies_stay_and_wider_ones_wait() -> None:
    first, second = NOW - timedelta(days=60), NOW - timedelta(days=30)
    known = contract(Terms(policy=NARROW))
    offered = contract(
        Terms(policy=Policy(7, Screenshots.OPTIONAL)),
        Terms(since=first, policy=NARROW),
        Terms(since=second, policy=WIDE),
    )

    assert held_back(offered, None, NOW) == offered
    assert [terms.policy for terms in held_back(offered, known, NOW).terms] == [
        Policy(7, Screenshots.OPTIONAL),
        NARROW,
        NARROW,
    ]


@pytest.mark.parametrize(
    "members",
    [
        {"since": datetime(9999, 1, 1, tzinfo=UTC)},
        {"rate": "NaN"},
        {"rate": "-1"},
        {"rate": "1e10"},
        {"currency": "EURO"},
        {"currency": "€"},
        {"weekly_limit": timedelta(days=8)},
        {"allowance": timedelta(seconds=-1)},
        {"retention": timedelta(days=4_000)},
        {"dispute_period": timedelta(seconds=-1)},
        {"week_start": 7},
        {"week_hour": 24},
        {"policy": Policy(version=-1)},
        {"policy": Policy(pixelate=10**9)},
    ],
)
def test_t13_figures_that_cannot_be_worked_with_are_refused(members: dict[str, object]) -> None:
    from decimal import Decimal  # noqa: PLC0415

    if "rate" in members:
        members = {"rate": Decimal(str(members["rate"]))}

    assert not is_sane(contract(replace(Terms(), **members)))  # type: ignore[arg-type]  # by name


def test_a_week_is_not_submitted_in_another_age_nor_a_thousand_times() -> None:
    usual = WeekEvent(EPOCH, EPOCH, is_open=True)
    late = replace(usual, at=datetime(9999, 1, 1, tzinfo=UTC))

    assert is_sane(replace(contract(Terms()), events=(usual,)))
    assert not is_sane(replace(contract(Terms()), events=(late,)))
    assert not is_sane(replace(contract(Terms()), events=(usual,) * 1_001))


def test_usual_figures_are_sane_and_an_endless_id_is_not() -> None:
    assert is_sane(contract(Terms()))
    assert not is_sane(replace(contract(Terms()), contract_id=ContractId("x" * 99)))
