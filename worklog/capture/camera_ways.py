"""Which way opens the camera: the best that is installed, or the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from worklog.capture.camera_ffmpeg import FfmpegCamera
from worklog.capture.camera_process import CameraProcess
from worklog.capture.camera_pyav import PyAvCamera
from worklog.capture.camera_source import Source
from worklog.capture.select import Row

AUTO: Final = "auto"
PORT: Final = "camera"


def camera_way(source: Source, wanted: str = AUTO) -> CameraProcess:
    """Return the way to *source* that is *wanted*, else the first that is installed.

    Where none is, it is the best one, which says so; whether the camera is there is not asked.
    """
    ways = [way for way in _ways(source) if wanted in (AUTO, way.name)]
    return next((way for way in ways if way.missing() is None), ways[0])


def camera_rows(source: Source) -> tuple[Row, ...]:
    """Return for each way to *source* what keeps it from working, and what helps."""
    return tuple(
        Row(PORT, way.name, reason, "" if reason is None else way.fix())
        for way in _ways(source)
        for reason in (way.unavailable_reason(),)
    )


def _ways(source: Source) -> Iterator[CameraProcess]:
    yield PyAvCamera(source)
    yield FfmpegCamera(source)
