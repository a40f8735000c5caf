"""What every `CameraWay` promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.ways import CAMERA
from tests.support.camera import VideoCamera
from tests.support.fake_capture import FakeCamera
from worklog.app.ports import CameraWay, Frame
from worklog.errors import CaptureUnavailableError


@dataclass
class Bench:
    """A way with a camera, and how to unplug that."""

    way: CameraWay
    unplug: Callable[[], None]


def _fake() -> Bench:
    way = FakeCamera()

    def unplug() -> None:
        way.reason = "it was unplugged"

    return Bench(way, unplug)


def _pyav(folder: Path) -> Bench:
    video = VideoCamera(folder / "camera.mp4")
    return Bench(video.way(), video.unplug)


@pytest.fixture(params=CAMERA, ids=str)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return _fake() if request.param.case == "fake" else _pyav(tmp_path)


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


def test_a_frame_has_three_bytes_for_each_pixel_of_its_box(bench: Bench) -> None:
    seen = bench.way.snap()

    assert isinstance(seen, Frame)
    assert (seen.monitor, seen.box.left, seen.box.top) == (0, 0, 0)
    assert len(seen.rgb) == 3 * seen.box.width * seen.box.height
    assert len(set(seen.rgb)) > 1


def test_a_camera_that_was_unplugged_is_said_as_such(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.way.snap()
    bench.unplug()

    assert bench.way.unavailable_reason() is not None
    with pytest.raises(CaptureUnavailableError):
        bench.way.snap()
    assert capfd.readouterr() == ("", "")
