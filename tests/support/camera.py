"""A camera without a camera: a video file, which FFmpeg opens by the same code as a device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

from worklog.capture.camera_ffmpeg import FfmpegCamera
from worklog.capture.camera_process import CameraProcess
from worklog.capture.camera_pyav import PyAvCamera
from worklog.capture.camera_source import Source

SIZE = (160, 120)
FRAMES = 12


@dataclass
class VideoCamera:
    """A file of a few frames, red to the left and blue to the right."""

    file: Path

    def __post_init__(self) -> None:
        image = Image.new("RGB", SIZE, (220, 20, 20))
        image.paste((20, 20, 220), (SIZE[0] // 2, 0, *SIZE))
        with av.open(str(self.file), "w") as video:
            stream = video.add_stream("mpeg4", rate=10)
            stream.width, stream.height = SIZE
            for _ in range(FRAMES):
                frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV's
                video.mux(stream.encode(frame))
            video.mux(stream.encode())

    def way(self, kind: type[PyAvCamera | FfmpegCamera] = PyAvCamera) -> CameraProcess:
        return kind(Source.parse(str(self.file)))

    def unplug(self) -> None:
        self.file.unlink()
