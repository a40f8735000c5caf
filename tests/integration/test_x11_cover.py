"""Windows that are covered before a picture is written, on real X servers (R21, R29)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.support.secret_pixels import SECRET, difference, is_filled, shows_secret
from tests.support.until import until
from tests.support.x11 import (
    XServer,
    program,
    window,
    window_manager,
    xdotool,
    xorg_dummy,
    xvfb,
)
from worklog.app.capturing import Capturer, Shot
from worklog.app.ports import Box, EncodedPicture, Window, WithholdRule
from worklog.capture.memory import release
from worklog.capture.picture import WebpCodec
from worklog.capture.x11_screen import MssScreen
from worklog.capture.x11_window import X11Windows
from worklog.domain.part import CaptureState

AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
RULES = (WithholdRule("application", "^vault$"),)


def capturer(server: XServer, rules: tuple[WithholdRule, ...] = RULES) -> Capturer:
    return Capturer(
        MssScreen(server.environ),
        X11Windows(server.environ),
        None,
        WebpCodec(),
        rules=(),
        cover_rules=rules,
        tidy=release,
    )


def shows(picture: EncodedPicture) -> bool:
    return shows_secret(picture.image) or shows_secret(picture.thumbnail)


def test_r21_a_real_terminal_is_covered_with_its_title_bar_and_nothing_else_is() -> None:
    with xvfb() as server, window_manager(server), ExitStack() as stack:
        secret = ("xterm", "-class", "Vault", "-T", "Payroll", "-bg", "#ff00ff", "-fg", "#ffffff")
        more = ("-geometry", "60x20+300+200", "-e", "sh", "-c", "seq 999; sleep 999")
        stack.enter_context(program(server, *secret, *more))
        stack.enter_context(
            program(server, "xterm", "-T", "work", "-geometry", "40x10+20+20", "-e", "sleep", "999")
        )
        look = X11Windows(server.environ)
        until(lambda: {w.title for w in look.visible() or ()} == {"Payroll", "work"})
        xdotool(server, "search", "--sync", "--name", "work", "windowactivate", "--sync")
        plain = settled(capturer(server, rules=()))
        covered = settled(capturer(server))
        (vault,) = [w for w in look.visible() or () if w.title == "Payroll"]

    assert vault.box is not None
    assert vault.outer is not None
    assert vault.outer.top < vault.box.top  # a title bar
    assert shows(plain.pictures[0])
    assert not shows(covered.pictures[0])
    assert is_filled(covered.pictures[0].image, vault.outer)
    assert covered.captures[0].covered == -(
        -1000 * vault.outer.width * vault.outer.height // (1280 * 800)
    )
    assert covered.covered_by == ("Vault (application matches /^vault$/)",)
    assert (covered.application, covered.title) == ("XTerm", "work")
    pair = (plain.pictures[0].image, covered.pictures[0].image)
    assert difference(*pair, Box(0, 0, 280, 150)) < 3


def settled(one: Capturer) -> Shot:
    """Return a capture that was not disturbed by a window still on its way."""
    shots: list[Shot] = []

    def is_taken() -> bool:
        shots.append(one.capture(AT))
        return shots[-1].state is CaptureState.TAKEN

    until(is_taken)
    return shots[-1]


@pytest.mark.parametrize("is_managed", [True, False], ids=["managed", "unmanaged"])
def test_r21_a_window_under_another_is_covered_whole(*, is_managed: bool) -> None:
    """What lies over it goes along: nobody knows how much of it shines through."""
    with (
        xvfb((640, 480)) as server,
        window_manager(server),
        window(
            server,
            application="Vault",
            colour=SECRET,
            box=Box(100, 100, 200, 150),
            is_managed=is_managed,
        ),
        window(
            server, application="Editor", colour=0x00FF00, box=Box(150, 150, 300, 200)
        ) as editor,
    ):
        editor.focus()
        shot = settled(capturer(server))
        (vault,) = [
            w for w in X11Windows(server.environ).visible() or () if w.application == "Vault"
        ]

    assert vault.extent is not None
    assert not shows(shot.pictures[0])
    assert is_filled(shot.pictures[0].image, vault.extent)


def test_r21_a_window_over_two_monitors_is_covered_on_both() -> None:
    with (
        xorg_dummy(monitors=2) as server,
        window(server, application="Editor", colour=0x00FF00, box=Box(0, 0, 1600, 600)),
        window(server, application="Vault", colour=SECRET, box=Box(700, -50, 200, 350)),
    ):
        plain = capturer(server, rules=()).capture(AT)
        covered = capturer(server).capture(AT)

    assert all(shows(plain.pictures[monitor]) for monitor in (0, 1))
    assert not any(shows(covered.pictures[monitor]) for monitor in (0, 1))
    assert [capture.covered for capture in covered.captures] == [63, 63]


def test_r21_a_window_that_is_hidden_or_elsewhere_covers_nothing() -> None:
    with (
        xvfb((640, 480)) as server,
        window(server, application="Editor", colour=0x00FF00, box=Box(0, 0, 300, 200)),
        window(server, application="Vault", colour=SECRET, box=Box(50, 50, 90, 90)) as vault,
    ):
        shown = capturer(server).capture(AT)
        vault.hide()
        hidden = capturer(server).capture(AT)

    assert [shot.captures[0].covered > 0 for shot in (shown, hidden)] == [True, False]
    assert hidden.covered_by == ()


def test_r21_a_window_has_its_border_as_its_frame() -> None:
    with (
        xvfb((640, 480)) as server,
        program(server, "xterm", "-class", "Vault", "-bw", "7", "-T", "here", "-e", "sleep", "99"),
    ):
        look = X11Windows(server.environ)
        (seen,) = until(lambda: look.visible() or ())
        assert seen.box is not None
        box = seen.box

    assert seen == Window(
        "Vault", "here", box, Box(box.left - 7, box.top - 7, box.width + 14, box.height + 14)
    )
