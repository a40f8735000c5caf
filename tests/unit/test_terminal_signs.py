"""What times of terminals say about minutes (R8): never too much, and no false idleness."""

from __future__ import annotations

from worklog.capture.terminal_input import Signs

MINUTE = 14_000_000 * 120  # a minute that begins with a step of eight seconds
NOTHING = (0, False)
DOUBT = (0, True)


def test_the_first_look_is_only_where_it_begins() -> None:
    assert Signs(step_s=1).take({"a": MINUTE + 5}, now_s=MINUTE + 5) == NOTHING


def test_a_time_that_moved_is_a_sign_and_one_that_stayed_is_none() -> None:
    signs = Signs(step_s=1)
    signs.take({"a": MINUTE, "b": MINUTE}, now_s=MINUTE + 1)

    assert signs.take({"a": MINUTE + 2, "b": MINUTE}, now_s=MINUTE + 2) == (1, False)
    assert signs.take({"a": MINUTE + 2, "b": MINUTE}, now_s=MINUTE + 3) == NOTHING


def test_a_terminal_that_comes_while_we_look_leaves_a_doubt() -> None:
    signs = Signs(step_s=1)
    signs.take({}, now_s=MINUTE)

    assert signs.take({"a": MINUTE + 1}, now_s=MINUTE + 3) == DOUBT
    assert signs.take({"a": MINUTE + 1}, now_s=MINUTE + 4) == NOTHING


def test_input_in_the_second_of_the_first_look_may_go_unseen() -> None:
    signs = Signs(step_s=1)
    signs.take({"a": MINUTE + 5}, now_s=MINUTE + 5)

    assert signs.take({"a": MINUTE + 5}, now_s=MINUTE + 6) == DOUBT
    assert signs.take({"a": MINUTE + 5}, now_s=MINUTE + 7) == NOTHING


def test_what_is_found_long_after_its_minute_is_no_sign_of_the_next() -> None:
    signs = Signs(step_s=1)
    signs.take({"a": MINUTE - 50}, now_s=MINUTE - 10)

    assert signs.take({"a": MINUTE - 5}, now_s=MINUTE + 1) == NOTHING
    assert signs.take({"a": MINUTE - 1}, now_s=MINUTE + 1) == (1, False)  # seen a second later


def test_a_step_that_reaches_into_the_next_minute_leaves_it_in_doubt() -> None:
    """The kernel's eight seconds: input in the rest of them does not move the time."""
    start = MINUTE + 60  # a minute that begins in the middle of a step
    signs = Signs(step_s=8)
    signs.take({"a": start - 30}, now_s=start - 5)

    assert start % 8 == 4
    assert signs.take({"a": start - 3}, now_s=start - 3) == (1, False)
    assert signs.take({"a": start - 3}, now_s=start - 1) == NOTHING
    assert signs.take({"a": start - 3}, now_s=start) == DOUBT
    assert signs.take({"a": start - 3}, now_s=start + 3) == DOUBT
    assert signs.take({"a": start - 3}, now_s=start + 5) == DOUBT  # since the look before
    assert signs.take({"a": start - 3}, now_s=start + 6) == NOTHING


def test_a_step_that_ends_with_its_minute_leaves_the_next_one_alone() -> None:
    signs = Signs(step_s=8)
    signs.take({"a": MINUTE - 30}, now_s=MINUTE - 10)

    assert signs.take({"a": MINUTE - 8}, now_s=MINUTE - 1) == (1, False)
    assert signs.take({"a": MINUTE - 8}, now_s=MINUTE) == NOTHING


def test_the_rest_of_the_step_in_which_we_began_is_in_doubt() -> None:
    signs = Signs(step_s=8)
    signs.take({"a": MINUTE + 8}, now_s=MINUTE + 9)

    assert signs.take({"a": MINUTE + 8}, now_s=MINUTE + 10) == DOUBT
    assert signs.take({"a": MINUTE + 8}, now_s=MINUTE + 16) == DOUBT
    assert signs.take({"a": MINUTE + 8}, now_s=MINUTE + 17) == NOTHING
