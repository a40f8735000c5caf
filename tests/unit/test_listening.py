"""The listener's watchdog, and whether somebody is there (R8, R13)."""

from __future__ import annotations

from datetime import timedelta

from tests.support.fake_capture import FakeInput, FakePresence
from tests.support.fakes import FakeClock, seconds, utc
from tests.support.until import until
from worklog.app.listening import LOOK_EVERY, Listener
from worklog.app.open_part import Seen
from worklog.app.ports import Presence

NOW = utc("2026-11-19 10:00")


def test_without_a_way_everything_is_unknown_and_nothing_breaks() -> None:
    listener = Listener(FakeClock(NOW), None)
    listener.start()

    assert listener.seen() is None
    assert listener.locked_since(NOW) is None
    assert "unknown, not idle" in listener.warnings()[0]
    listener.stop()


def test_only_what_comes_after_the_start_counts() -> None:
    way = FakeInput()
    way.start()
    way.press(5)
    listener = Listener(FakeClock(NOW), way)
    listener.start()
    way.press(2)
    way.click()
    way.scroll(3)

    assert listener.seen() == Seen(2, 1, 3, 6)
    assert listener.seen() == Seen(0, 0, 0, 0)
    assert listener.warnings() == []
    listener.stop()
    assert not way.read().is_alive


def test_r08_a_way_that_cannot_count_sees_activity_alone() -> None:
    way = FakeInput(counts=False)
    listener = Listener(FakeClock(NOW), way)
    listener.start()
    way.press(4)

    assert listener.seen() == Seen(None, None, None, 4)


def test_r08_where_input_may_have_gone_unseen_nobody_can_tell_unless_there_was_some() -> None:
    way = FakeInput(counts=False)
    listener = Listener(FakeClock(NOW), way)
    listener.start()

    way.doubt()
    in_doubt = listener.seen()
    way.doubt()
    way.press()
    seen = listener.seen()

    assert in_doubt is None
    assert seen == Seen(None, None, None, 1)
    assert listener.seen() == Seen(None, None, None, 0)
    assert (way.starts, listener.warnings()) == (1, [])  # it is well all the while
    listener.stop()


def test_r08_a_dead_listener_is_started_again_but_not_more_often_than_every_two_seconds() -> None:
    clock, way = FakeClock(NOW), FakeInput(is_dead_for_good=True)
    listener = Listener(clock, way)
    listener.start()
    assert listener.seen() is None
    assert until(lambda: way.starts == 2)
    assert "not being counted" in listener.warnings()[0]

    listener.seen()
    assert way.starts == 2

    way.is_dead_for_good = False
    clock.advance(seconds(3))
    assert listener.seen() is None
    assert until(lambda: way.starts == 3)
    assert listener.seen() is None  # it was not alive at the look before
    assert listener.seen() == Seen(0, 0, 0, 0)


def test_r13_a_lock_holds_since_somebody_was_last_seen() -> None:
    presence = FakePresence()
    listener = Listener(FakeClock(NOW), None, presence)
    assert listener.locked_since(NOW) is None

    presence.state = Presence.LOCKED
    assert listener.locked_since(NOW + LOOK_EVERY / 2) is None  # looks every two seconds
    assert listener.locked_since(NOW + LOOK_EVERY) == NOW
    assert listener.locked_since(NOW - timedelta(hours=1)) == NOW  # the clock was set back


def test_r13_a_screen_that_was_always_locked_is_locked_from_now() -> None:
    listener = Listener(FakeClock(NOW), None, FakePresence(Presence.LOCKED))

    assert listener.locked_since(NOW) == NOW


def test_r13_where_nobody_can_tell_nothing_is_locked() -> None:
    listener = Listener(FakeClock(NOW), None, FakePresence(Presence.UNKNOWN))

    assert listener.locked_since(NOW) is None
