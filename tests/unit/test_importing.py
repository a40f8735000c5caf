"""What an import takes in: to the second, once, and nothing on top of what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY
from worklog.domain.amendment import Amendment, Key, ManualSpan, Stamp
from worklog.domain.contract import Contract, Terms
from worklog.domain.fold import fold
from worklog.domain.grid import EPOCH, Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId
from worklog.domain.importing import (
    Plan,
    Reason,
    find_contract,
    make_plan,
    project_name,
)
from worklog.domain.segment import Origin, Segment
from worklog.domain.stretch import stretches
from worklog.domain.time_entry import TimeEntry

ACME: Final = Contract(ContractId("a"), "acme", labels=("dev",), terms=(Terms(),))
FREE: Final = Contract(ContractId("f"), "free", terms=(Terms(),))
NOW: Final = MONDAY + timedelta(days=2)
MINUTE: Final = timedelta(minutes=1)


def entry(start: int, end: int, description: str = "fix", *tags: str) -> TimeEntry:
    """Return an entry from second *start* to second *end* of Monday."""
    first, last = (MONDAY + timedelta(seconds=seconds) for seconds in (start, end))
    return TimeEntry(first, last, "acme", description, tags)


def plan(
    *entries: TimeEntry,
    contract: Contract = ACME,
    present: Sequence[Segment] = (),
    standing: dict[AmendmentId, bool] | None = None,
    now: datetime = NOW,
) -> Plan:
    known = standing or {}
    return make_plan(entries, lambda _: contract, present, known.get, now)


def folded(*plans: Plan) -> dict[Key, Segment]:
    """Return the diary after *plans* were carried out."""
    additions = [addition for one in plans for addition in one.additions]
    return fold(
        [],
        [
            Amendment(one.amendment, Stamp(1, number), "freelancer", DeviceId("d"), one.change)
            for number, one in enumerate(additions)
        ],
    )


def seconds(segments: dict[Key, Segment]) -> int:
    return sum(stretch.seconds for stretch in stretches(segments.values()))


_entries = st.lists(
    st.builds(
        lambda start, length, text: entry(start, start + length, text),
        st.integers(0, 5_000),
        st.integers(0, 2_000),
        st.sampled_from(["fix", "test", ""]),
    ),
    max_size=8,
)


@given(_entries)
def test_every_second_comes_in_exactly_once(entries: list[TimeEntry]) -> None:
    covered = {
        second
        for one in entries
        for second in range(
            round((one.start - MONDAY).total_seconds()), round((one.end - MONDAY).total_seconds())
        )
    }

    found = plan(*entries)

    assert sum(addition.seconds for addition in found.additions) == len(covered)
    assert seconds(folded(found)) == len(covered)


@given(_entries, _entries)
def test_the_same_file_comes_in_once_and_a_longer_one_adds_what_is_new(
    before: list[TimeEntry], more: list[TimeEntry]
) -> None:
    first = plan(*before)
    diary = folded(first)
    known = {addition.amendment: True for addition in first.additions}

    again = plan(*before, present=list(diary.values()), standing=known)
    longer = plan(*before, *more, present=list(diary.values()), standing=known)

    assert again.additions == []
    assert seconds(folded(first, longer)) == seconds(folded(plan(*before, *more)))


def test_an_entry_is_cut_at_the_slots_to_the_second() -> None:
    (addition,) = plan(entry(90, 1250)).additions
    first = Slot.containing(MONDAY).index

    assert addition.change.spans == (
        ManualSpan(Slot(first), 90, 600),
        ManualSpan(Slot(first + 1), 0, 600),
        ManualSpan(Slot(first + 2), 0, 50),
    )
    assert addition.change.origin == Origin.IMPORTED
    assert addition.seconds == 1160


def test_what_was_deleted_here_does_not_come_back() -> None:
    """Its amendment stands, though its time is gone."""
    first = plan(entry(0, 600))

    again = plan(entry(0, 600), standing={first.additions[0].amendment: True})

    assert (again.additions, len(again.known)) == ([], 1)


def test_after_an_undo_it_comes_in_again_under_another_id() -> None:
    first = plan(entry(0, 600)).additions[0].amendment

    second = plan(entry(0, 600), standing={first: False}).additions[0].amendment
    third = plan(entry(0, 600), standing={first: False, second: False}).additions[0].amendment
    none = plan(entry(0, 600), standing={first: False, second: True})

    assert len({first, second, third}) == 3
    assert none.additions == []


def test_an_entry_that_stands_twice_in_a_file_comes_in_once() -> None:
    found = plan(entry(0, 600), entry(0, 600))

    assert (len(found.additions), len(found.known)) == (1, 1)


def test_r25_only_what_is_free_comes_in() -> None:
    there = folded(plan(entry(100, 200), entry(300, 400)))

    found = plan(entry(0, 500, "other"), entry(120, 180, "gone"), present=list(there.values()))

    assert [addition.seconds for addition in found.additions] == [300]
    assert found.covered_seconds == 200
    assert found.covered == [entry(120, 180, "gone")]


def test_time_of_another_contract_is_in_nobodys_way() -> None:
    there = folded(plan(entry(0, 600)))

    found = plan(entry(0, 600), contract=FREE, present=list(there.values()))

    assert found.additions[0].seconds == 600


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (entry(100, 100), Reason.EMPTY),
        (entry(200, 100), Reason.EMPTY),
        (entry(0, 3 * 86_400), Reason.FUTURE),
        (replace(entry(0, 0), start=NOW - timedelta(days=8), end=NOW), Reason.TOO_LONG),
        (replace(entry(0, 0), start=EPOCH - MINUTE, end=EPOCH + MINUTE), Reason.TOO_OLD),
    ],
)
def test_what_cannot_be_work_stays_out(wrong: TimeEntry, reason: Reason) -> None:
    found = plan(wrong, entry(0, 60))

    assert found.left_out == [(wrong, reason)]
    assert len(found.additions) == 1


def test_r23_a_locked_week_takes_nothing_in() -> None:
    locking = replace(ACME, terms=(Terms(locks=True),))
    later = NOW + timedelta(days=30)

    assert plan(entry(0, 60), contract=locking, now=later).left_out == [
        (entry(0, 60), Reason.LOCKED)
    ]


def test_r25_a_contract_without_manual_time_takes_nothing_in() -> None:
    strict = replace(ACME, terms=(Terms(manual_time=False),))

    assert plan(entry(0, 60), contract=strict).left_out == [(entry(0, 60), Reason.POLICY)]


def test_words_go_to_memo_and_label() -> None:
    (addition,) = plan(entry(0, 60, "fix", "x", "dev")).additions
    (cut,) = plan(entry(0, 60, "x" * 900)).additions

    assert (addition.change.memo, addition.change.label) == ("fix #x", "dev")
    assert (addition.is_cut, cut.is_cut) == (False, True)


@pytest.mark.parametrize(
    ("project", "mapped", "found"),
    [
        ("acme", {}, ("acme", "")),
        ("ACME", {}, ("acme", "")),
        ("Site", {"site": "acme"}, ("acme", "")),
        ("Site", {}, ("Site", "")),
        ("", {"": "acme"}, ("acme", "")),
        ("acme:dev", {}, ("acme", "dev")),
        ("acme:qa", {}, ("acme:qa", "")),
        ("free:anything", {}, ("free", "anything")),
        (" two  words ", {}, ("two words", "")),
    ],
)
def test_a_project_is_a_contract(
    project: str, mapped: dict[str, str], found: tuple[str, str]
) -> None:
    assert find_contract(project, [ACME, FREE], mapped) == found


def test_a_name_is_one_line_of_reasonable_length() -> None:
    assert project_name("a\nb\x1b" + "c" * 200) == f"a b{'c' * 97}"
