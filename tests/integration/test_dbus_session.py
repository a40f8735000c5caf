"""Finding the graphical session of a process that cron started, on a private bus."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.dbus import PrivateBus, private_bus
from tests.support.fake_logind import FakeLogind, FakeSession
from worklog.capture.logind_session import graphical_environment

UID = os.getuid()
INSIDE = {
    "DISPLAY": ":7",
    "XAUTHORITY": "/run/user/1/gdm/Xauthority",
    "XDG_SESSION_ID": "worklog-test-2",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1/bus",
}


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@contextmanager
def process(environ: dict[str, str]) -> Iterator[int]:
    """Run a program that does nothing with just *environ*; yield its pid."""
    script = "echo; read x"
    command = ["/bin/sh", "-c", script]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environ, **pipes) as program:  # type: ignore[call-overload]  # as keywords
        program.stdout.readline()  # it is past exec, so /proc shows its environment
        yield program.pid
        program.communicate(b"\n")


def session(leader: int, *, kind: str = "x11", display: str = "") -> FakeSession:
    return FakeSession("worklog-test-2", UID, leader=leader, kind=kind, display=display)


def test_the_variables_of_the_leader_are_taken_and_no_others(bus: PrivateBus) -> None:
    with (
        process({**INSIDE, "SECRET": "canary"}) as leader,
        FakeLogind(bus.address, [session(leader)]),
    ):
        assert graphical_environment(bus.environ) == INSIDE


def test_a_leader_of_root_is_passed_over_for_a_process_of_the_session(bus: PrivateBus) -> None:
    """A display manager opens the session, and its environment is not ours to read."""
    with (
        process({"PATH": "/bin"}) as leader,
        process(INSIDE),
        FakeLogind(bus.address, [session(leader)]),
    ):
        assert graphical_environment(bus.environ) == INSIDE


def test_a_process_with_the_display_does_where_none_names_the_session(bus: PrivateBus) -> None:
    inside = {"DISPLAY": ":worklog-test", "XAUTHORITY": "/x"}
    with process(inside), FakeLogind(bus.address, [session(0, display=":worklog-test")]):
        assert graphical_environment(bus.environ) == inside


def test_a_process_of_another_user_is_not_read(bus: PrivateBus) -> None:
    theirs = FakeSession("worklog-test-2", UID + 1, leader=os.getpid())
    with process(INSIDE), FakeLogind(bus.address, [theirs]):
        assert graphical_environment(bus.environ, uid=UID + 1) is None


def test_the_session_that_has_the_screen_is_preferred(bus: PrivateBus) -> None:
    other = FakeSession("other", UID, display=":1", is_active=False)
    with process(INSIDE) as leader, FakeLogind(bus.address, [other, session(leader)]):
        assert graphical_environment(bus.environ) == INSIDE


def test_a_display_without_a_cookie_is_still_one(bus: PrivateBus, tmp_path: Path) -> None:
    environ = {**bus.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}

    with FakeLogind(bus.address, [session(0, display=":worklog-none")]):
        found = graphical_environment(environ, processes=tmp_path)

    assert found is not None
    assert found["DISPLAY"] == ":worklog-none"
    assert "XAUTHORITY" not in found


def test_without_a_process_the_usual_places_serve(bus: PrivateBus, tmp_path: Path) -> None:
    (tmp_path / ".Xauthority").touch()
    runtime = tmp_path / "run"
    runtime.mkdir()
    (runtime / "wayland-1").touch()
    (runtime / "wayland-1.lock").touch()
    environ = {**bus.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime)}
    found = session(0, kind="wayland", display=":worklog-none")

    with FakeLogind(bus.address, [found]):
        result = graphical_environment(environ, processes=runtime)

    assert result == {
        "DISPLAY": ":worklog-none",
        "WAYLAND_DISPLAY": "wayland-1",
        "XAUTHORITY": str(tmp_path / ".Xauthority"),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_SESSION_ID": "worklog-test-2",
        "XDG_SESSION_TYPE": "wayland",
    }


@pytest.mark.parametrize(
    "found",
    [
        FakeSession("a", UID + 1, display=":0"),
        FakeSession("b", UID, kind="tty"),
        FakeSession("c", UID, class_="greeter", display=":0"),
        FakeSession("d", UID, state="closing", display=":0"),
        FakeSession("e", UID, kind="wayland"),
        FakeSession("f", UID, kind="mir"),
    ],
    ids=["another user", "no screen", "login screen", "ending", "no socket", "nothing known"],
)
def test_what_is_no_session_of_ours_is_none(
    bus: PrivateBus, tmp_path: Path, found: FakeSession
) -> None:
    environ = {**bus.environ, "XDG_RUNTIME_DIR": str(tmp_path / "none")}

    with FakeLogind(bus.address, [found]):
        assert graphical_environment(environ, processes=tmp_path) is None


def test_without_logind_there_is_none(bus: PrivateBus, tmp_path: Path) -> None:
    dead = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}

    assert graphical_environment(bus.environ) is None
    assert graphical_environment(dead) is None
