"""Notices on a private bus, with a daemon that is played and one that is real."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.support.dbus import PrivateBus, Service, private_bus
from tests.support.fake_notify import (
    NAME,
    PATH,
    REFUSED,
    FakeNotificationDaemon,
    Received,
)
from tests.support.until import until
from worklog.app.ports import Notice
from worklog.capture.freedesktop_notify import FreedesktopNotify
from worklog.clock import SystemClock

ACTIONS = (("keep", "Keep"), ("redact", "Redact"), ("discard", "Discard"))


def capture(tag: str = "capture", summary: str = "Picture taken") -> Notice:
    return Notice(tag=tag, summary=summary, body="Firefox: Login", actions=ACTIONS)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
def way(bus: PrivateBus) -> Iterator[FreedesktopNotify]:
    way = FreedesktopNotify(clock=SystemClock(), environ=bus.environ)
    yield way
    way.close()
    assert [t for t in threading.enumerate() if t.name == "notify"] == []


def test_a_capture_notice_offers_keep_redact_and_discard(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())

        (received,) = daemon.wait_for(1)

    assert received == Received(
        number=1,
        replaces=0,
        summary="Picture taken",
        body="Firefox: Login",
        actions=("keep", "Keep", "redact", "Redact", "discard", "Discard"),
        hints={"urgency": 1, "desktop-entry": "worklog", "suppress-sound": True},
        expire_ms=10_000,
    )


def test_what_the_user_presses_arrives_once(bus: PrivateBus, way: FreedesktopNotify) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)

        daemon.press(1, "redact")

        assert until(way.answers) == [("capture", "redact")]
        assert way.answers() == []


def test_a_later_notice_of_the_same_tag_replaces_the_first(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture(summary="first"))
        daemon.wait_for(1)
        way.show(capture(summary="second"))
        way.show(capture(tag="memo", summary="third"))

        received = daemon.wait_for(3)

    assert [(r.number, r.replaces) for r in received] == [(1, 0), (1, 1), (2, 0)]


def test_a_dismissed_notice_is_not_replaced(bus: PrivateBus, way: FreedesktopNotify) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)
        daemon.dismiss(1)
        # The press is heard after the dismissal, as one connection keeps its order.
        way.show(capture(tag="other"))
        daemon.wait_for(2)
        daemon.press(2, "keep")
        until(way.answers)

        way.show(capture())

        assert daemon.wait_for(3)[2].replaces == 0


def test_presses_on_the_notices_of_other_programs_are_not_ours(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)

        daemon.press(99, "discard")
        daemon.press(1, "keep")

        assert until(way.answers) == [("capture", "keep")]


def test_a_key_that_was_not_offered_is_no_answer(bus: PrivateBus, way: FreedesktopNotify) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture(tag="a"))
        way.show(capture(tag="b"))
        daemon.wait_for(2)

        daemon.press(1, "default")
        daemon.press(2, "keep")

        assert until(way.answers) == [("b", "keep")]


def test_a_signal_of_another_form_ends_nothing(bus: PrivateBus, way: FreedesktopNotify) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        for tag in ("a", "b", "c"):
            way.show(capture(tag=tag))
        daemon.wait_for(3)

        daemon.emit("ActionInvoked", "u", 1)
        daemon.emit("ActionInvoked", "uas", 2, ["keep"])
        daemon.emit("ActionInvoked", "s", "3")
        daemon.press(3, "keep")

        assert until(way.answers) == [("c", "keep")]


def test_another_program_cannot_press_our_buttons(bus: PrivateBus, way: FreedesktopNotify) -> None:
    """T24: the same signal from a stranger, sent straight to nobody in particular."""
    with FakeNotificationDaemon(bus.address) as daemon, Service(bus.address, methods={}) as other:
        way.show(capture())
        daemon.wait_for(1)

        other.emit(PATH, NAME, "ActionInvoked", "us", 1, "discard")
        daemon.press(1, "keep")

        assert until(way.answers) == [("capture", "keep")]


def test_a_daemon_without_buttons_still_shows_the_text(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address, capabilities=["body"]) as daemon:
        way.show(Notice(tag="t", summary="s", body="a < b & c", actions=ACTIONS))

        (received,) = daemon.wait_for(1)

    assert (received.body, received.actions) == ("a < b & c", ())


def test_t6_markup_in_a_title_is_shown_and_not_obeyed(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(Notice(tag="t", summary="<b>", body='<img src="x"> & co'))

        (received,) = daemon.wait_for(1)

    assert (received.summary, received.body) == ("<b>", '&lt;img src="x"&gt; &amp; co')


def test_t30_control_characters_do_not_reach_the_daemon(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(Notice(tag="t", summary="a\0b\x1b[31m\ud800", body="one\ntwo\r\x9b"))

        (received,) = daemon.wait_for(1)

    assert (received.summary, received.body) == ("a b [31m ", "one\ntwo  ")


def test_the_picture_goes_as_pixels_and_stays_out_of_the_history(
    bus: PrivateBus, way: FreedesktopNotify, tmp_path: Path
) -> None:
    path = tmp_path / "a b.webp"
    Image.new("RGB", (480, 270), (10, 200, 30)).save(path, lossless=True)

    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(Notice(tag="t", summary="s", image=str(path)))
        (received,) = daemon.wait_for(1)

    width, height, row, has_alpha, bits, channels, pixels = received.hints["image-data"]
    assert (width, height, row, has_alpha, bits, channels) == (256, 144, 768, False, 8, 3)
    assert bytes(pixels) == bytes((10, 200, 30)) * (256 * 144)
    assert received.hints["image-path"] == f"file://{tmp_path}/a%20b.webp"
    assert received.hints["transient"] is True


def test_a_picture_that_is_gone_does_not_keep_the_text_away(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(Notice(tag="t", summary="s", image="/nowhere.webp"))

        (received,) = daemon.wait_for(1)

    assert "image-data" not in received.hints


def test_an_urgent_notice_stays_and_may_ring(bus: PrivateBus, way: FreedesktopNotify) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(Notice(tag="t", summary="s", is_urgent=True))

        (received,) = daemon.wait_for(1)

    assert received.expire_ms == 0
    assert received.hints["urgency"] == 2
    assert received.hints["suppress-sound"] is False


def test_what_a_daemon_leaves_open_is_closed_in_the_end(bus: PrivateBus) -> None:
    way = FreedesktopNotify(clock=SystemClock(), environ=bus.environ, expire_s=0.05)
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(Notice(tag="urgent", summary="s", is_urgent=True))
        way.show(capture())
        daemon.wait_for(2)

        daemon.wait_until_closed(2)

        assert daemon.open_numbers == {1}
        way.close()


def test_closing_takes_questions_away_and_leaves_what_is_to_be_read(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        way.show(Notice(tag="end", summary="Tracking has stopped"))

        way.close()

        assert daemon.open_numbers == {2}


def test_a_daemon_that_starts_later_shows_what_waits(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    way.show(capture())

    with FakeNotificationDaemon(bus.address) as daemon:
        assert daemon.wait_for(1)[0].summary == "Picture taken"


def test_a_daemon_that_was_replaced_gets_new_numbers_and_is_asked_again(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)

    with FakeNotificationDaemon(bus.address, capabilities=["body"]) as daemon:
        way.show(capture())
        (received,) = daemon.wait_for(1)

    assert (received.replaces, received.actions) == (0, ())


def test_a_bus_that_died_and_came_back_is_found_again(
    bus: PrivateBus, way: FreedesktopNotify
) -> None:
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)
    bus.kill()
    way.show(capture(summary="while it is dead"))

    bus.start()

    with FakeNotificationDaemon(bus.address) as daemon:
        assert daemon.wait_for(1)[0].summary == "while it is dead"


def test_a_notice_that_the_daemon_refuses_does_not_hold_the_next(
    bus: PrivateBus, way: FreedesktopNotify, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeNotificationDaemon(bus.address, refuses="secret") as daemon:
        way.show(capture(tag="a", summary="secret"))
        way.show(capture(tag="b", summary="second"))

        (received,) = daemon.wait_for(1)

    assert received.summary == "second"
    assert [(r.message, r.code) for r in caplog.records] == [("notice refused", REFUSED)]  # type: ignore[attr-defined]  # an extra field


def test_a_hung_bus_does_not_hold_the_loop(bus: PrivateBus, way: FreedesktopNotify) -> None:
    clock = SystemClock()
    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)

        with bus.frozen():
            before_ns = clock.boot_ns()
            for number in range(100):
                way.show(capture(tag=f"t{number}"))
            way.answers()
            took_ms = (clock.boot_ns() - before_ns) / 1e6

    assert took_ms < 200


def test_the_reason_names_what_is_missing(bus: PrivateBus, tmp_path: Path) -> None:
    def reason(environ: dict[str, str]) -> str | None:
        return FreedesktopNotify(clock=SystemClock(), environ=environ).unavailable_reason()

    nothing = {"XDG_RUNTIME_DIR": str(tmp_path / "none")}
    dead = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    assert reason(nothing) == "no session bus: DBUS_SESSION_BUS_ADDRESS is not set"
    assert reason(dead) == "the session bus does not answer"
    assert reason({"DBUS_SESSION_BUS_ADDRESS": "nonsense"}) == "the session bus does not answer"
    assert reason(dict(bus.environ)) == "no notification daemon is running"
    with bus.frozen():
        assert reason(dict(bus.environ)) == "the session bus does not answer"
    with FakeNotificationDaemon(bus.address):
        assert reason(dict(bus.environ)) is None


def test_without_an_address_the_socket_in_the_runtime_folder_is_used(
    bus: PrivateBus, tmp_path: Path
) -> None:
    way = FreedesktopNotify(clock=SystemClock(), environ={"XDG_RUNTIME_DIR": str(tmp_path)})

    with FakeNotificationDaemon(bus.address) as daemon:
        way.show(capture())
        daemon.wait_for(1)
        way.close()
