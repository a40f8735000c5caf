"""What every `ScreenWay` promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from worklog.app.ports import Frame, ScreenWay
from worklog.errors import CaptureUnavailableError


@dataclass
class Bench:
    """A way with one monitor, and how to take that away."""

    way: ScreenWay
    lose_the_display: Callable[[], None]


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


@pytest.mark.parametrize("active_only", [True, False])
def test_a_frame_has_three_bytes_for_each_pixel_of_its_box(
    bench: Bench, *, active_only: bool
) -> None:
    (only,) = bench.way.grab(active_only=active_only)

    assert isinstance(only, Frame)
    assert only.monitor == 0
    assert (only.box.left, only.box.top) == (0, 0)
    assert len(only.rgb) == 3 * only.box.width * only.box.height
    assert len(set(only.rgb)) > 1


def test_two_grabs_of_an_unchanged_screen_are_equal(bench: Bench) -> None:
    assert bench.way.grab(active_only=False) == bench.way.grab(active_only=False)


def test_f41_a_display_that_went_away_is_said_as_such(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.way.grab(active_only=False)
    bench.lose_the_display()

    for active_only in (True, False):
        with pytest.raises(CaptureUnavailableError):
            bench.way.grab(active_only=active_only)

    assert capfd.readouterr() == ("", "")
