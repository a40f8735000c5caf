"""The idle protocols where they mislead: films, seats that come and go, no protocol at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.support.fake_compositor import NOTIFIER, SEAT, FakeCompositor
from tests.support.fakes import FakeClock
from tests.support.sway import sway, terminal
from tests.support.until import until
from worklog.capture.idle_notify import IdleNotifyInput
from worklog.clock import SystemClock

LONG = timedelta(seconds=21)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture(params=[1, 2])
def compositor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeCompositor]:
    made = FakeCompositor(tmp_path, version=request.param)
    yield made
    made.kill()


def has_seen(way: IdleNotifyInput, events: int) -> bool:
    return way.read().events >= events


def listening(compositor: FakeCompositor, clock: FakeClock) -> IdleNotifyInput:
    """Return a way that has been told of a first rest."""
    way = IdleNotifyInput(compositor.environ, clock=clock)
    way.start()
    until(lambda: compositor.told_idle)
    return way


def test_r8_while_a_film_keeps_sway_awake_nobody_can_tell() -> None:
    """KDE's protocol hides input then, so quiet is no zero."""
    with sway() as desktop, terminal(desktop) as film:
        way = IdleNotifyInput(desktop.environ, clock=SystemClock())
        way.start()
        threading.Event().wait(1)
        before = way.read()
        desktop.tell(f"[pid={film.pid}] inhibit_idle visible")
        until(lambda: not way.read().is_alive, within_s=20)
        desktop.key()
        hidden = way.read()
        desktop.tell(f"[pid={film.pid}] inhibit_idle none")
        until(lambda: way.read().is_alive, within_s=20)
        way.stop()

    assert before.is_alive
    assert (hidden.events, hidden.is_alive) == (before.events, False)


def test_r8_activity_without_any_rest_is_believed_only_where_films_do_not_count(
    compositor: FakeCompositor, clock: FakeClock
) -> None:
    way = listening(compositor, clock)

    first_sign = 1 if compositor.version == 1 else 0  # the older one wakes up with the film
    compositor.keep_awake()
    until(partial(has_seen, way, first_sign))
    clock.advance(LONG)
    during = way.read()
    told = compositor.told_idle
    compositor.keep_awake(is_kept=False)
    until(lambda: compositor.version == 2 or compositor.told_idle > told)
    until(lambda: way.read().is_alive)
    after = way.read()
    way.stop()

    assert (during.events, during.is_alive) == (first_sign, compositor.version == 2)
    assert after.events == first_sign


def test_r7_each_key_after_a_rest_is_one_sign_and_moving_is_one_too() -> None:
    """The protocol does not tell the pointer from a key, so neither can the box."""
    with sway() as desktop:
        way = IdleNotifyInput(desktop.environ, clock=SystemClock())
        way.start()
        for act in (desktop.key, desktop.key, desktop.move):
            threading.Event().wait(1)
            before = way.read().events
            act()
            until(partial(has_seen, way, before + 1))
        way.stop()

    assert way.read().events == 3


def test_r8_activity_that_goes_on_counts_at_its_end_too(tmp_path: Path, clock: FakeClock) -> None:
    """Else typing over the end of a minute would leave the next one empty."""
    compositor = FakeCompositor(tmp_path)
    way = listening(compositor, clock)

    compositor.key()
    until(lambda: way.read().events == 1)
    clock.advance(timedelta(seconds=5))

    until(lambda: way.read().events == 2)
    way.stop()
    compositor.kill()


def test_r8_activity_that_goes_on_counts_all_the_while_where_it_is_certain(
    tmp_path: Path, clock: FakeClock
) -> None:
    compositor = FakeCompositor(tmp_path, version=2)
    way = listening(compositor, clock)
    stop = threading.Event()

    def type_on() -> None:
        while not stop.wait(0.1):
            compositor.key()

    typist = threading.Thread(target=type_on)
    typist.start()
    until(lambda: way.read().events == 1)
    clock.advance(LONG)
    until(lambda: way.read().events >= 3)
    stop.set()
    typist.join()

    assert way.read().is_alive
    way.stop()
    compositor.kill()


def test_a_probe_asks_again_whether_idle_still_means_idle(tmp_path: Path, clock: FakeClock) -> None:
    compositor = FakeCompositor(tmp_path)
    way = listening(compositor, clock)
    asked = compositor.asked

    clock.advance(timedelta(seconds=6))
    until(lambda: compositor.asked == asked + 1)
    until(lambda: compositor.is_at_one)

    assert way.read().is_alive
    assert way.read().events == 0
    way.stop()
    compositor.kill()


def test_seats_may_come_and_go(compositor: FakeCompositor, clock: FakeClock) -> None:
    way = listening(compositor, clock)
    compositor.plug(7)
    until(lambda: compositor.asked == 2)
    compositor.unplug(1)
    until(lambda: compositor.told_idle == 2)

    compositor.key()

    until(lambda: way.read().events)
    compositor.unplug(7)
    until(lambda: not way.read().is_alive)
    way.stop()


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        ({1: (SEAT, 7)}, "the compositor does not tell when somebody is idle"),
        ({2: (NOTIFIER, 1)}, "the compositor has no seat, so no input"),
    ],
)
def test_a_compositor_that_cannot_tell_is_named_and_never_listened_to(
    offers: dict[int, tuple[str, int]], reason: str, tmp_path: Path, clock: FakeClock
) -> None:
    compositor = FakeCompositor(tmp_path, offers=offers)
    way = IdleNotifyInput(compositor.environ, clock=clock)

    way.start()

    assert way.unavailable_reason() == reason
    until(lambda: not way.read().is_alive)
    way.stop()
    compositor.kill()


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({}, "WAYLAND_DISPLAY is not set"),
        ({"WAYLAND_DISPLAY": "/nonexistent/wayland-1"}, "no Wayland compositor answers"),
    ],
)
def test_without_a_compositor_the_reason_is_named(
    environ: dict[str, str], reason: str, clock: FakeClock
) -> None:
    assert reason in str(IdleNotifyInput(environ, clock=clock).unavailable_reason())
