"""What every `NotifyWay` promises: run against the desktop's, the terminal's and the fake."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dbus import private_bus
from tests.support.fake_notify import FakeNotificationDaemon, FakeNotify
from worklog.app.ports import Notice, NotifyWay
from worklog.capture.freedesktop_notify import FreedesktopNotify
from worklog.capture.terminal_notify import TerminalNotify
from worklog.clock import SystemClock

CAPTURE = Notice(
    tag="capture",
    summary="Picture taken",
    body="Firefox: Login",
    actions=(("keep", "Keep"), ("redact", "Redact"), ("discard", "Discard")),
)
HOSTILE = Notice(
    tag="nul \0",
    summary="\x1b[2J\ud800 <b>&",
    body="line\r\n\x07\u2028" * 1000,
    actions=(("", ""), ("default", "\0")),
    image="/nowhere/\udcff.webp",
    is_urgent=True,
)


@pytest.fixture(params=["desktop", "no-daemon", "no-bus", "terminal", "fake"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifyWay]:
    clock = SystemClock()
    if request.param == "desktop":
        with private_bus(tmp_path) as bus, FakeNotificationDaemon(bus.address):
            yield FreedesktopNotify(clock=clock, environ=bus.environ)
    elif request.param == "no-daemon":
        with private_bus(tmp_path) as bus:
            yield FreedesktopNotify(clock=clock, environ=bus.environ)
    elif request.param == "no-bus":
        yield FreedesktopNotify(clock=clock, environ={"XDG_RUNTIME_DIR": str(tmp_path)})
    elif request.param == "terminal":
        yield TerminalNotify(io.StringIO())
    else:
        yield FakeNotify()


def test_a_notice_can_be_shown_and_replaced_anywhere(way: NotifyWay) -> None:
    way.show(CAPTURE)
    way.show(CAPTURE)

    assert way.answers() == []
    way.close()


def test_t30_no_text_makes_it_fail(way: NotifyWay) -> None:
    way.show(HOSTILE)
    way.show(CAPTURE)

    assert way.answers() == []
    way.close()


def test_it_can_be_closed_unused_and_twice(way: NotifyWay) -> None:
    way.close()
    way.close()

    assert way.answers() == []


def test_a_notice_after_the_end_is_nothing(way: NotifyWay) -> None:
    way.close()

    way.show(CAPTURE)

    assert way.answers() == []


def test_the_reason_is_none_or_a_sentence(way: NotifyWay) -> None:
    reason = way.unavailable_reason()

    assert reason is None or reason[0].islower()
    way.close()
