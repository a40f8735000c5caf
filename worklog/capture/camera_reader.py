"""The process that opens the camera for one frame: a source comes in, pixels go out.

It ends, and with it lets go of the camera, as soon as it has the frame; a source that never
answers is ended from outside, and by an alarm where nobody is left to do that.

    echo '{"source": "/dev/video0", "format": "v4l2"}' | python -m worklog.capture.camera_reader
"""

from __future__ import annotations

import errno
import json
import os
import struct
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from av import VideoFrame

# How it ended, width and height [px]; three bytes a pixel follow, or words that say why not.
HEADER: Final = struct.Struct(">BII")
LONGEST: Final = 1280  # edge of a snapshot [px]
WARM_UP: Final = 10  # frames that a camera needs to find its exposure; the last one is kept
ALARM_S: Final = 30  # well after the patience of whoever asked [s]

_STDOUT: Final = 1

# Endings, for what the caller tells apart.
TAKEN: Final = 0
GONE: Final = 3
DENIED: Final = 4
BUSY: Final = 5
FAILED: Final = 6

ENDINGS: Final = {
    errno.ENOENT: GONE,
    errno.ENODEV: GONE,
    errno.ENXIO: GONE,
    errno.ENOTTY: GONE,  # a device that is no camera
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.EBUSY: BUSY,
}


def main() -> None:
    """Read what to open from stdin; write a frame, or why there is none, to stdout."""
    end_some_day()
    wanted = json.load(sys.stdin)
    try:
        width, height, pixels = frame_of(wanted["source"], wanted["format"])
        answer = HEADER.pack(TAKEN, width, height) + pixels
    except Exception as error:  # noqa: BLE001 -- FFmpeg has many kinds, and each means no frame
        ending = ENDINGS.get(getattr(error, "errno", None) or 0, FAILED)
        # Never the message itself: it names the source, and that may hold a password.
        said = getattr(error, "strerror", None) or type(error).__name__
        answer = HEADER.pack(ending, 0, 0) + said.encode()
    with os.fdopen(_STDOUT, "wb") as stdout:
        stdout.write(answer)


def frame_of(source: str, container: str | None) -> tuple[int, int, bytes]:
    """Return width, height [px] and pixels of a frame of *source*, opened as *container*.

    Raises:
        OSError: it cannot be opened, or gives no frame.
        ValueError: it holds no picture.
    """
    import av  # noqa: PLC0415 -- an extra, and 60 MB

    av.logging.set_level(None)
    options = {"framerate": "30"} if container == "avfoundation" else {}
    with av.open(source, format=container, options=options) as opened:
        if not opened.streams.video:
            msg = "no picture"
            raise ValueError(msg)
        kept: VideoFrame | None = None
        try:
            for number, frame in enumerate(opened.decode(video=0), start=1):
                kept = frame
                if number == WARM_UP:
                    break
        except av.FFmpegError:
            if kept is None:
                raise
        if kept is None:
            msg = "no frame"
            raise ValueError(msg)
        return _pixels(kept)


def _pixels(frame: VideoFrame) -> tuple[int, int, bytes]:
    scale = min(1.0, LONGEST / max(frame.width, frame.height))
    width, height = max(1, int(frame.width * scale)), max(1, int(frame.height * scale))
    image = frame.to_image(width=width, height=height)  # type: ignore[no-untyped-call]  # PyAV's
    return width, height, image.tobytes()


def end_some_day() -> None:
    """Leave no process behind that holds a camera, nor a picture in the file of a crash."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 -- Windows has none
        import signal  # noqa: PLC0415 -- nor alarms

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        signal.alarm(ALARM_S)


if __name__ == "__main__":
    main()
