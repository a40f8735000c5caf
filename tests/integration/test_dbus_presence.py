"""The screen lock as logind and screen savers tell it, on a private bus (F45)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dbus import PrivateBus, Service, private_bus
from tests.support.fake_logind import PROPERTIES, SESSION, FakeLogind, FakeSaver, FakeSession
from tests.support.until import until
from worklog.app.ports import Presence
from worklog.capture.logind_presence import ASK_AGAIN_S, FIRST_RETRY_S, LogindPresence
from worklog.clock import SystemClock

UID = 4711
GNOME = ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver")


class MovableClock(SystemClock):
    """The system's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0

    def boot_ns(self) -> int:
        return super().boot_ns() + self.ahead_s * 1_000_000_000


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def way(bus: PrivateBus, clock: MovableClock) -> Iterator[LogindPresence]:
    way = LogindPresence(clock=clock, environ={**bus.environ, "DISPLAY": ":0"}, uid=UID)
    yield way
    way.close()


def test_f45_a_locked_session_is_seen_and_so_is_its_unlocking(
    bus: PrivateBus, way: LogindPresence
) -> None:
    session = FakeSession("2", UID, display=":0")
    with FakeLogind(bus.address, [session]) as logind:
        assert way.presence() is Presence.PRESENT

        logind.lock(session, is_locked=True)
        until(lambda: way.presence() is Presence.LOCKED)

        logind.lock(session, is_locked=False)
        until(lambda: way.presence() is Presence.PRESENT)


def test_f45_a_screen_saver_is_seen_where_logind_knows_nothing(
    bus: PrivateBus, way: LogindPresence
) -> None:
    with FakeSaver(bus.address, *GNOME) as saver:
        assert way.presence() is Presence.PRESENT

        saver.turn(is_active=True)

        until(lambda: way.presence() is Presence.LOCKED)


def test_one_source_that_says_locked_is_enough(bus: PrivateBus, way: LogindPresence) -> None:
    session = FakeSession("2", UID, display=":0")
    with FakeLogind(bus.address, [session]), FakeSaver(bus.address, *GNOME) as saver:
        saver.is_active = True

        assert way.presence() is Presence.LOCKED


def test_r13_a_closed_lid_is_no_lock(bus: PrivateBus, way: LogindPresence) -> None:
    """On external power people work on with it; what is to lock then says so itself."""
    session = FakeSession("2", UID, display=":0")
    with FakeLogind(bus.address, [session]) as logind:
        before = way.presence()
        logind.close_lid()
        logind.sleep(is_starting=True)
        until(lambda: way.presence() is not Presence.UNKNOWN and way.is_about_to_sleep())

        assert (before, way.presence()) == (Presence.PRESENT, Presence.PRESENT)


def test_logind_without_a_session_of_ours_is_unknown(bus: PrivateBus, way: LogindPresence) -> None:
    with FakeLogind(bus.address, []):
        assert way.presence() is Presence.UNKNOWN


def test_nobody_to_ask_is_unknown(way: LogindPresence) -> None:
    assert way.presence() is Presence.UNKNOWN
    assert way.unavailable_reason() == "neither logind nor a screen saver can be asked"


def test_nobody_is_asked_while_nothing_happens(bus: PrivateBus, way: LogindPresence) -> None:
    with FakeLogind(bus.address, [FakeSession("2", UID, display=":0")]) as logind:
        way.presence()
        way.presence()  # the bus has greeted us meanwhile, which counts as news
        asked = logind.asked

        for _ in range(100):
            way.presence()

        assert logind.asked == asked


def test_t24_a_false_announcement_is_not_believed(bus: PrivateBus, way: LogindPresence) -> None:
    session = FakeSession("2", UID, display=":0")
    with FakeLogind(bus.address, [session]) as logind:
        way.presence()
        asked = logind.asked

        logind.announce(session, is_locked=True)

        until(lambda: way.presence() is Presence.PRESENT and logind.asked > asked)


def test_t24_an_announcement_of_a_stranger_is_not_believed(
    bus: PrivateBus, way: LogindPresence
) -> None:
    session = FakeSession("2", UID, display=":0")
    with FakeLogind(bus.address, [session]), Service(bus.address, methods={}) as stranger:
        way.presence()

        body: tuple[object, ...] = (SESSION, {"LockedHint": ("b", True)}, [])
        stranger.emit(session.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", *body)

        assert [way.presence() for _ in range(20)] == [Presence.PRESENT] * 20


def test_the_lock_of_another_user_is_not_ours(bus: PrivateBus, way: LogindPresence) -> None:
    other = FakeSession("1", UID + 1, display=":0", is_locked=True)
    with FakeLogind(bus.address, [other, FakeSession("2", UID, display=":0")]):
        assert way.presence() is Presence.PRESENT


def test_a_remote_shell_is_not_locked_by_the_desktop(bus: PrivateBus, clock: MovableClock) -> None:
    """Without a display nothing of the desktop is tracked, so its lock says nothing."""
    desktop = FakeSession("2", UID, display=":0", is_locked=True)
    shell = FakeSession("7", UID, kind="tty")
    environ = {**bus.environ, "XDG_SESSION_ID": "7"}
    way = LogindPresence(clock=clock, environ=environ, uid=UID)
    with FakeLogind(bus.address, [desktop, shell]):
        assert way.presence() is Presence.PRESENT
    way.close()


def test_a_session_that_ended_is_looked_for_again(
    bus: PrivateBus, way: LogindPresence, clock: MovableClock
) -> None:
    with FakeLogind(bus.address, [FakeSession("2", UID, display=":0")]) as logind:
        way.presence()
        logind.sessions[:] = [FakeSession("3", UID, display=":0", is_locked=True)]

        clock.ahead_s += ASK_AGAIN_S
        assert way.presence() is Presence.UNKNOWN
        clock.ahead_s += FIRST_RETRY_S
        assert way.presence() is Presence.LOCKED


def test_a_bus_that_died_and_came_back_is_asked_again(
    bus: PrivateBus, way: LogindPresence, clock: MovableClock
) -> None:
    session = FakeSession("2", UID, display=":0")
    with FakeLogind(bus.address, [session]):
        assert way.presence() is Presence.PRESENT
    bus.kill()
    assert way.presence() is Presence.UNKNOWN

    bus.start()

    with FakeLogind(bus.address, [session]):
        clock.ahead_s += FIRST_RETRY_S
        assert way.presence() is Presence.PRESENT


def test_a_dead_bus_is_left_alone_for_a_while(
    bus: PrivateBus, way: LogindPresence, clock: MovableClock
) -> None:
    way.presence()
    with bus.frozen():
        clock.ahead_s += ASK_AGAIN_S
        way.presence()

        before_ns = clock.boot_ns()
        for _ in range(100):
            assert way.presence() is Presence.UNKNOWN

        assert clock.boot_ns() - before_ns < 50_000_000


def test_f32_the_system_says_that_it_is_about_to_sleep(
    bus: PrivateBus, way: LogindPresence
) -> None:
    with FakeLogind(bus.address, [FakeSession("2", UID, display=":0")]) as logind:
        way.presence()
        assert not way.is_about_to_sleep()

        logind.sleep(is_starting=True)
        until(lambda: way.presence() is Presence.PRESENT and way.is_about_to_sleep())

        logind.sleep(is_starting=False)
        until(lambda: way.presence() is Presence.PRESENT and not way.is_about_to_sleep())


def test_a_logind_that_knows_no_sleep_still_tells_the_lock(
    bus: PrivateBus, way: LogindPresence
) -> None:
    session = FakeSession("2", UID, display=":0", is_locked=True)
    with FakeLogind(bus.address, [session], has_sleep=False):
        assert way.presence() is Presence.LOCKED
