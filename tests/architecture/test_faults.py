"""Every fault that the program claims to survive has a test that names it."""

from __future__ import annotations

import pytest

from tests.architecture.faults import EXPECTED, LATER, PENDING, ids_in, where_named


def test_every_fault_and_invariant_is_named_by_a_test() -> None:
    without = set(EXPECTED) - set(LATER) - set(PENDING) - set(where_named())

    assert {name: EXPECTED[name] for name in sorted(without)} == {}


@pytest.mark.parametrize("name", [*(f"F{number}" for number in range(40, 49)), "T16", "T17", "T18"])
def test_what_befalls_captures_is_tried_on_more_than_single_functions(name: str) -> None:
    """With a real program, bus, display or service, or one that is played in its place."""
    assert [test for test in where_named()[name] if not test.startswith("tests/unit/")] != []


def test_no_test_names_a_fault_that_nobody_knows() -> None:
    """A slip of the pen would count as a test of nothing."""
    service_faults = {f"F{number}" for number in [27, *range(49, 71), 73]}
    threats = {f"T{number}" for number in range(1, 31)}
    unknown = set(where_named()) - set(EXPECTED) - service_faults - threats

    assert {name: where_named()[name] for name in sorted(unknown)} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test_f12_a_full_disk_keeps_the_counts", {"F12"}),
        ("Survives power cuts (F03, N1).", {"F03", "N1"}),
        ("Covers F12–F15.", {"F12", "F13", "F14", "F15"}),  # noqa: RUF001 -- as people write it
        ("test_t18_g17_what_is_typed_is_nowhere at 2026-11-19T16:40", {"T18"}),
        ("of 12 files, utf16, 0xf12 and F123", set()),
    ],
)
def test_an_id_is_found_in_names_and_sentences(text: str, expected: set[str]) -> None:
    assert ids_in(text) == expected
