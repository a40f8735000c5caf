"""What every `PresenceWay` promises."""

from __future__ import annotations

from worklog.app.ports import Presence, PresenceWay
from worklog.clock import SystemClock

LIMIT_NS = 200_000_000


def test_the_state_is_one_of_three_and_comes_in_time(way: PresenceWay) -> None:
    """Never raises, never blocks for over 0.2 s, whatever is broken."""
    clock = SystemClock()

    for _ in range(3):
        before_ns = clock.boot_ns()
        state = way.presence()

        assert state in Presence
        assert clock.boot_ns() - before_ns < LIMIT_NS * 1.25  # two busy cores


def test_the_reason_is_none_or_a_sentence(way: PresenceWay) -> None:
    reason = way.unavailable_reason()

    assert reason is None or reason[0].islower()


def test_no_reason_means_that_the_state_is_known(way: PresenceWay) -> None:
    assert (way.unavailable_reason() is None) == (way.presence() is not Presence.UNKNOWN)
