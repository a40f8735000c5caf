"""When nobody is there (R13), and when the capture is taken (R3, R5)."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import FakeChance, seconds, utc
from worklog.app.idle import IdleWatch
from worklog.app.moment import CaptureMoment

MINUTE_NS = 60_000_000_000
START, END = utc("2026-11-19 10:00"), utc("2026-11-19 10:10")


def test_ten_quiet_minutes_are_idle() -> None:
    watch = IdleWatch(timedelta(minutes=10))
    watch.see(0, events=0, is_known=True)

    assert not watch.is_idle(10 * MINUTE_NS - 1)
    assert watch.is_idle(10 * MINUTE_NS)


def test_input_starts_the_measure_anew() -> None:
    watch = IdleWatch(timedelta(minutes=10))
    watch.see(0, events=0, is_known=True)
    watch.see(9 * MINUTE_NS, events=1, is_known=True)

    assert not watch.is_idle(10 * MINUTE_NS)
    assert watch.is_idle(19 * MINUTE_NS)


def test_a_command_starts_the_measure_anew() -> None:
    watch = IdleWatch(timedelta(minutes=10))
    watch.see(0, events=0, is_known=True)
    watch.reset(5 * MINUTE_NS)

    assert not watch.is_idle(14 * MINUTE_NS)


def test_where_input_cannot_be_known_nothing_is_idle() -> None:
    watch = IdleWatch(timedelta(minutes=10))
    watch.see(0, events=0, is_known=True)
    watch.see(MINUTE_NS, events=0, is_known=False)
    watch.reset(2 * MINUTE_NS)

    assert not watch.is_idle(10**18)


def test_zero_minutes_never_are_idle() -> None:
    watch = IdleWatch(timedelta(0))
    watch.see(0, events=0, is_known=True)

    assert not watch.is_idle(10**18)


@given(st.floats(0, 0.999), st.integers(0, 599))
def test_the_moment_lies_in_what_is_left(share: float, begun: int) -> None:
    start = START + seconds(begun)

    moment = CaptureMoment.drawn(start, END, FakeChance(share))

    assert moment.due is not None
    assert start <= moment.due < END
    assert moment.is_due(END)


def test_a_withheld_capture_is_drawn_once_more_and_not_twice() -> None:
    moment = CaptureMoment.drawn(START, END, FakeChance())
    moment.taken()

    assert moment.again(START + seconds(400), END, FakeChance())
    assert moment.due == START + seconds(500)
    moment.taken()
    assert not moment.again(START + seconds(550), END, FakeChance())
    assert not moment.is_due(END)


def test_nothing_is_drawn_after_the_end() -> None:
    moment = CaptureMoment.drawn(START, END, FakeChance())

    assert not moment.again(END, END, FakeChance(), is_free=True)


def test_a_moment_that_a_pause_passed_over_costs_no_draw() -> None:
    moment = CaptureMoment.drawn(START, END, FakeChance())

    assert moment.again(START + seconds(500), END, FakeChance(), is_free=True)
    assert moment.draws_left == 1
