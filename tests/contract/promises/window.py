"""What every `WindowWay` promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from worklog.app.ports import Box, Window, WindowWay

FORM = ("Forms", "A form", Box(10, 20, 120, 80))
TOOL = ("Tool", "The tool", Box(150, 60, 100, 50))


@dataclass
class Bench:
    """A way that sees a form and, over it, the active tool.

    Attributes:
        knows_places: Whether it can say where a window lies.
    """

    way: WindowWay
    lose_the_display: Callable[[], None]
    knows_places: bool = True


def _words(window: Window) -> tuple[str, str]:
    return window.application, window.title


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


def test_r4_the_active_window_is_the_one_with_the_keyboard(bench: Bench) -> None:
    active = bench.way.active()

    assert active is not None
    assert _words(active) == ("Tool", "The tool")


def test_r29_all_windows_are_seen_not_just_the_active_one(bench: Bench) -> None:
    visible = bench.way.visible()

    assert visible is not None
    assert [_words(window) for window in visible] == [("Forms", "A form"), ("Tool", "The tool")]


def test_r29_a_window_says_where_it_lies(bench: Bench) -> None:
    """Or that it may be anywhere, so that it counts for every picture."""
    visible = bench.way.visible()

    assert visible is not None
    if not bench.knows_places:
        assert [seen.box for seen in visible] == [None, None]
        return
    for seen, (_, _, box) in zip(visible, (FORM, TOOL), strict=True):
        assert seen.box is not None
        assert (seen.box.width, seen.box.height) == (box.width, box.height)
        # A manager may add a frame, but no more than that.
        assert abs(seen.box.left - box.left) < 40
        assert abs(seen.box.top - box.top) < 40


def test_titles_are_printable_and_short(bench: Bench) -> None:
    for window_ in bench.way.visible() or ():
        assert window_.title.isprintable()
        assert len(window_.title) <= 512


def test_f41_without_a_display_nobody_can_tell(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.lose_the_display()

    assert bench.way.active() is None
    assert bench.way.visible() is None
    assert capfd.readouterr() == ("", "")
