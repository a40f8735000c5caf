"""Windows of sway and Hyprland: what is hidden, hostile, or no answer at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.fake_compositor import FakeCompositor
from tests.support.fake_hyprctl import FakeHyprctl, client, monitor
from tests.support.sway import Sway, sway, terminal
from tests.support.until import until
from worklog.app.capturing import Capturer, Shot
from worklog.app.ports import Box, Window, WithholdRule
from worklog.capture.hyprland_windows import HyprlandWindows
from worklog.capture.json_windows import box_of, parsed
from worklog.capture.picture import WebpCodec
from worklog.capture.sway_windows import SwayWindows
from worklog.capture.toplevel_windows import ToplevelWindows
from worklog.capture.wayland_grim import GrimScreen

AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
BOX = Box(10, 20, 200, 100)


@pytest.fixture(scope="module")
def desktop() -> Iterator[Sway]:
    with sway() as made:
        yield made


@pytest.fixture
def hyprctl(tmp_path: Path) -> FakeHyprctl:
    return FakeHyprctl(tmp_path)


def test_r29_windows_of_another_workspace_are_not_visible(desktop: Sway) -> None:
    windows = SwayWindows(desktop.environ)
    with terminal(desktop, application="hidden", title="away"):
        desktop.tell("workspace 2")
        empty = windows.active(), windows.visible()
        with terminal(desktop, application="org.example.Seen", title="here", box=BOX):
            seen = windows.active(), windows.visible()
        desktop.tell("workspace 1")
        back = windows.visible()

    assert empty == (None, ())
    here = Window("Seen", "here", BOX)
    assert seen == (here, (here,))
    assert back is not None
    assert [window.application for window in back] == ["Hidden"]


@pytest.mark.parametrize(
    "layout",
    [
        "floating enable, resize set 300 200, move absolute position 20 60",
        "floating disable",
        "layout tabbed",
        "layout stacking",
    ],
)
def test_r21_a_title_bar_of_sway_is_covered_with_its_window(desktop: Sway, layout: str) -> None:
    """What two titles and two texts leave of themselves in a picture is the same: nothing."""
    covered = Capturer(
        GrimScreen(desktop.environ),
        SwayWindows(desktop.environ),
        None,
        WebpCodec(),
        rules=(),
        cover_rules=(WithholdRule("application", "^vault$"),),
    )
    pictures = []
    for title in ("a", "Payroll of all the people that work here"):
        with terminal(
            desktop,
            application="vault",
            title=title,
            command=("sh", "-c", f"echo {title}; sleep 99"),
        ):
            desktop.tell(f"border normal, {layout}")
            until(lambda: (w := SwayWindows(desktop.environ).active()) and w.outer)
            pictures.append(_settled(covered))

    assert pictures[0] == pictures[1]
    assert pictures[0].captures[0].covered > 0


def _settled(capturer: Capturer) -> Shot:
    """Return what captures give once two in a row gave the same."""
    shots: list[Shot] = []

    def is_settled() -> bool:
        shots.append(capturer.capture(AT))
        return len(shots) > 1 and bool(shots[-1].pictures) and shots[-1] == shots[-2]

    until(is_settled)
    return shots[-1]


def test_r29_what_floats_lies_over_what_is_tiled(desktop: Sway) -> None:
    with (
        terminal(desktop, application="floating", box=BOX),
        terminal(desktop, application="tiled"),
    ):
        visible = SwayWindows(desktop.environ).visible()

    assert visible is not None
    assert [window.application for window in visible] == ["Tiled", "Floating"]
    assert visible[0].box == Box(0, 0, 640, 400)


def test_what_lies_in_the_scratchpad_is_not_visible(desktop: Sway) -> None:
    with terminal(desktop, application="scratch") as shown:
        desktop.tell(f"[pid={shown.pid}] move scratchpad")

        assert SwayWindows(desktop.environ).visible() == ()


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("\\t two   words \\t", "two words"),
        ("quote \\042 and back \\134 slash {}[]", 'quote " and back \\ slash {}[]'),
        ("\\342\\200\\256right to left", "right to left"),
        ("größe 日本語", "größe 日本語"),
        ("x" * 3000, "x" * 512),
        ("", ""),
    ],
)
def test_f48_hostile_titles_are_harmless(title: str, seen: str, desktop: Sway) -> None:
    command = ("sh", "-c", f"printf '\\033]2;{title}\\007'; exec sleep 1000")
    windows = SwayWindows(desktop.environ)
    with terminal(desktop, title="before", command=command):
        until(lambda: (found := windows.active()) is not None and found.title != "before")
        active = windows.active()

    assert active is not None
    assert active.title == seen


def test_a_window_of_xwayland_has_its_class_as_application() -> None:
    with sway(has_xwayland=True) as desktop:
        desktop.tell("exec xterm -class Editor -T 'old window' -e sleep 1000")
        windows = SwayWindows(desktop.environ)
        active = until(windows.active, within_s=20)

    assert active is not None
    assert (active.application, active.title) == ("Editor", "old window")


@contextmanager
def impostor(folder: Path, reply: bytes) -> Iterator[dict[str, str]]:
    """Give the environment of a sway that says *reply* to everything."""
    path = str(folder / "sway.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                with link:
                    link.recv(100)
                    link.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        yield {"WAYLAND_DISPLAY": f"{folder}/wayland-1", "SWAYSOCK": path}
        server.shutdown(socket.SHUT_RDWR)


def ipc(body: bytes) -> bytes:
    return struct.pack("=6sII", b"i3-ipc", len(body), 4) + body


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 400 Bad", "is no socket of sway"),
        (struct.pack("=6sII", b"i3-ipc", 1 << 31, 4), "is no socket of sway"),
        (ipc(b"{}")[:-1], "sway closed the connection"),
        (b"", "sway closed the connection"),
        (ipc(b"{]"), "sway says what cannot be read"),
        (ipc(b"[" * 100_000), "sway says what cannot be read"),
        (ipc(b"[]"), "sway says what cannot be read"),
    ],
)
def test_what_is_no_sway_is_said_as_such(reply: bytes, reason: str, tmp_path: Path) -> None:
    with impostor(tmp_path, reply) as environ:
        windows = SwayWindows(environ)

        assert reason in str(windows.unavailable_reason())
        assert (windows.active(), windows.visible(), windows.attention()) == (None, None, None)


def test_a_tree_of_unexpected_shape_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    tree = b"""{"type": "root", "nodes": [7, {"type": "con", "pid": 1, "name": ["x"], "app_id": 5,
        "rect": {"x": "left"}, "window_properties": null, "nodes": {"a": 1}, "focused": true},
        {"type": "con", "pid": 2, "name": "raw \xff \x01 bytes", "app_id": "ok", "rect": null}]}"""
    with impostor(tmp_path, ipc(tree)) as environ:
        windows = SwayWindows(environ)

        assert windows.active() == Window("", "", None)
        assert windows.visible() == (Window("", "", None), Window("Ok", "raw � bytes", None))
        assert windows.attention() is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"WAYLAND_DISPLAY": ""}, "WAYLAND_DISPLAY is not set"),
        ({"SWAYSOCK": ""}, "this is not sway"),
        ({"SWAYSOCK": "/nonexistent"}, "no sway answers at /nonexistent: No such file"),
        ({"SWAYSOCK": "/" + "x" * 200}, "no sway answers at"),
    ],
)
def test_without_sway_the_reason_is_named(
    changes: dict[str, str], reason: str, desktop: Sway
) -> None:
    windows = SwayWindows({**desktop.environ, **changes})

    assert reason in str(windows.unavailable_reason())
    assert (windows.active(), windows.visible()) == (None, None)


def test_f41_a_sway_that_hangs_is_not_waited_for() -> None:
    with sway() as desktop:
        desktop.freeze()

        assert SwayWindows(desktop.environ).unavailable_reason() == "sway does not answer"


# --- Whatever lists its windows -----------------------------------------------------------


def test_r29_windows_of_another_workspace_may_be_visible_where_nobody_says_they_are_not(
    desktop: Sway,
) -> None:
    windows = ToplevelWindows(desktop.environ)
    with terminal(desktop, application="org.example.Away", title="a\tb"):
        desktop.tell("workspace 2")
        away = windows.active(), windows.visible()
        desktop.tell("workspace 1")
    after = windows.active(), windows.visible()

    assert away == (None, (Window("Away", "a b"),))
    assert after == (None, ())


def test_a_compositor_that_lists_no_windows_says_so(tmp_path: Path) -> None:
    compositor = FakeCompositor(tmp_path)
    windows = ToplevelWindows(compositor.environ)

    assert windows.unavailable_reason() == "the compositor does not list its windows"
    assert (windows.active(), windows.visible()) == (None, None)
    compositor.kill()
    assert "no Wayland compositor answers" in str(windows.unavailable_reason())
    nowhere = ToplevelWindows({})
    assert "WAYLAND_DISPLAY is not set" in str(nowhere.unavailable_reason())
    assert (nowhere.active(), nowhere.visible()) == (None, None)


# --- Hyprland -----------------------------------------------------------------------------


def test_hyprland_shows_the_windows_of_the_workspaces_that_are_on_a_monitor(
    hyprctl: FakeHyprctl,
) -> None:
    windows = HyprlandWindows(hyprctl.environ)
    special = {**monitor(3), "specialWorkspace": {"id": -98, "name": "special:magic"}}
    hyprctl.say("monitors", [monitor(1, is_focused=False), special])
    hyprctl.show(
        client("over", "floats", BOX, floating=True),
        client("one", "here", BOX),
        client("two", "away", BOX, workspace=2),
        client("two", "pinned", BOX, workspace=2, pinned=True),
        client("three", "there", BOX, workspace=3),
        client("magic", "special", BOX, workspace=-98),
        client("gone", "hidden", BOX, hidden=True),
        client("gone", "unmapped", BOX, mapped=False),
    )

    visible = windows.visible()

    assert visible is not None
    titles = [window.title for window in visible]
    assert titles == ["here", "pinned", "there", "special", "floats"]


def test_hyprland_says_where_the_user_is(hyprctl: FakeHyprctl) -> None:
    windows = HyprlandWindows(hyprctl.environ)
    hyprctl.say("monitors", [monitor(1, is_focused=False), monitor(2, left=1920)])
    nobody = windows.active(), windows.attention()
    hyprctl.show(client("org.example.Editor", "a.py", BOX))

    assert nobody == (None, Box(1920, 0, 1, 1))
    assert windows.active() == Window("Editor", "a.py", BOX)
    assert windows.attention() == BOX


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (b'{"address": 1, "class": null, "title": 7, "at": 3}', Window("", "", None)),
        (
            b'{"address": 1, "initialClass": "x", "at": [1], "size": [2]}',
            Window("X", "", None),
        ),
        (
            b'{"address": 1, "title": "\xff\x1b[31m red", "at": [0, 0], "size": [-1, 1e99]}',
            Window("", "�[31m red", None),
        ),
        (b"no JSON", None),
        (b"[]", None),
    ],
)
def test_f48_hostile_answers_of_hyprland_are_harmless(
    answer: bytes, seen: Window | None, hyprctl: FakeHyprctl
) -> None:
    hyprctl.say("activewindow", answer)

    assert HyprlandWindows(hyprctl.environ).active() == seen


def test_without_hyprland_the_reason_is_named(hyprctl: FakeHyprctl) -> None:
    def reason(**changes: str) -> str | None:
        return HyprlandWindows({**hyprctl.environ, **changes}).unavailable_reason()

    assert reason() is None
    assert "WAYLAND_DISPLAY is not set" in str(reason(WAYLAND_DISPLAY=""))
    assert "this is not Hyprland" in str(reason(HYPRLAND_INSTANCE_SIGNATURE=""))
    assert reason(PATH="/nonexistent") == "hyprctl is not installed"
    hyprctl.say("monitors", b"what?")
    assert reason() == "hyprctl says what cannot be read"
    hyprctl.kill()
    assert reason() == "hyprctl failed: Couldn't connect"
    blind = HyprlandWindows({**hyprctl.environ, "HYPRLAND_INSTANCE_SIGNATURE": ""})
    assert (blind.active(), blind.visible(), blind.attention()) == (None, None, None)


def test_what_is_no_rectangle_is_none() -> None:
    assert box_of(1, 2.5, 3, 4) == Box(1, 2, 3, 4)
    assert box_of(1, 2, 3, None) is None
    assert box_of(1, 2, float("nan"), 4) is None
    assert box_of(1, 2, -3, 4) is None
    assert parsed(b"") is None
