"""Two clocks, one line of time (R2, F07, F28-F33, F37)."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import utc
from worklog.app.timeline import Advance, Passage, Reading, Timeline

START = utc("2026-11-19 10:00")
SECOND_NS = 1_000_000_000


def timeline() -> Timeline:
    return Timeline(Reading(START, 0, 0))


def reading(seconds: float, *, wall: float | None = None, awake: float | None = None) -> Reading:
    """All clocks *seconds* on, unless one of them says otherwise [s]."""
    return Reading(
        START + timedelta(seconds=seconds if wall is None else wall),
        round(seconds * SECOND_NS),
        round((seconds if awake is None else awake) * SECOND_NS),
    )


def at(seconds: float) -> object:
    return START + timedelta(seconds=seconds)


def test_a_plain_second_is_a_second_awake() -> None:
    advance = timeline().advance(reading(1))

    assert advance == Advance(START, at(1), Passage.AWAKE, at(1))  # type: ignore[arg-type]
    assert not advance.is_step


def test_f28_a_clock_set_forward_does_not_make_time() -> None:
    advance = timeline().advance(reading(1, wall=7201))

    assert (advance.end, advance.resumed_at) == (at(1), at(7201))
    assert advance.is_step


def test_f29_a_clock_set_back_does_not_take_time() -> None:
    line = timeline()

    advance = line.advance(reading(1, wall=-7199))

    assert (advance.end, advance.resumed_at) == (at(1), at(-7199))
    assert line.advance(reading(2, wall=-7198)).end == at(-7198)


def test_f31_suspend_is_told_by_the_awake_clock_standing_still() -> None:
    advance = timeline().advance(reading(28_800, awake=0.5))

    assert advance == Advance(START, at(28_800), Passage.SUSPENDED, at(28_800))  # type: ignore[arg-type]


def test_f33_suspend_and_a_set_clock_at_once_are_both_seen() -> None:
    advance = timeline().advance(reading(100, wall=3_700, awake=1))

    assert (advance.passage, advance.is_step) == (Passage.SUSPENDED, True)


def test_f07_half_a_minute_without_a_tick_is_a_frozen_process() -> None:
    assert timeline().advance(reading(1_800)).passage is Passage.FROZEN
    assert timeline().advance(reading(29)).passage is Passage.AWAKE


def test_f30_a_wall_clock_of_1970_is_not_plausible() -> None:
    assert timeline().is_plausible
    assert not Timeline(Reading(utc("1970-01-01 00:00:10"), 0, 0)).is_plausible


@given(st.lists(st.tuples(st.floats(0.1, 1.0), st.floats(-1, 1)), max_size=200))
def test_f37_noise_of_a_second_moves_nothing(ticks: list[tuple[float, float]]) -> None:
    """Elapsed time adds up to the boot clock's, whatever the wall clock's noise."""
    line, now, total = timeline(), 0.0, timedelta(0)

    for step, noise in ticks:
        now += step
        advance = line.advance(reading(now, wall=now + noise))
        assert not advance.is_step
        total += advance.end - advance.start

    assert abs(total - timedelta(seconds=now)) < timedelta(milliseconds=1)


def test_f07_time_in_which_the_loop_waited_for_a_picture_is_not_frozen() -> None:
    assert timeline().advance(reading(60), waited_ns=50_000_000_000).passage is Passage.AWAKE
    assert timeline().advance(reading(90), waited_ns=50_000_000_000).passage is Passage.FROZEN


def test_r13_what_was_asked_before_a_sleep_is_told_from_what_was_asked_after_it() -> None:
    advance = timeline().advance(reading(3_600, awake=1))
    awake = timeline().advance(reading(10))

    asked = [advance.start, advance.start + timedelta(seconds=1), advance.end]
    assert [advance.is_before_sleep(at) for at in asked] == [True, True, False]
    assert not awake.is_before_sleep(awake.start)
