"""PyAV on what FFmpeg draws, on a video file, and on what no camera is."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support.camera import SIZE, VideoCamera
from worklog.app.ports import Box
from worklog.capture.camera import READER, PyAvCamera, Source
from worklog.capture.camera_reader import BUSY, HEADER, TAKEN
from worklog.errors import CaptureDeniedError, CaptureUnavailableError


def camera(source: str) -> PyAvCamera:
    return PyAvCamera(Source.parse(source))


def answering(answer: bytes) -> PyAvCamera:
    """Return a camera whose reader is a program that gives *answer*."""
    program = f"import os; os.write(1, {answer!r})"
    return PyAvCamera(Source("x"), reader=(sys.executable, "-c", program))


def errno_of(way: PyAvCamera) -> int | None:
    with pytest.raises(OSError, match=r".") as caught:
        way.snap()
    return caught.value.errno


def test_r6_a_frame_comes_from_what_ffmpeg_draws() -> None:
    frame = camera("lavfi:testsrc=size=320x240:rate=30").snap()

    assert frame.box == Box(0, 0, 320, 240)
    assert len(set(frame.rgb)) > 2


def test_r6_a_frame_comes_from_a_video_as_it_is(tmp_path: Path) -> None:
    frame = VideoCamera(tmp_path / "camera.mp4").way().snap()

    left, right = frame.rgb[:3], frame.rgb[3 * SIZE[0] - 3 : 3 * SIZE[0]]
    assert frame.box == Box(0, 0, *SIZE)
    assert (left[0] > 180, left[2] < 60) == (True, True)
    assert (right[0] < 60, right[2] > 180) == (True, True)


@pytest.mark.parametrize(
    ("size", "box"),
    [("3840x2160", Box(0, 0, 1280, 720)), ("720x1920", Box(0, 0, 480, 1280))],
)
def test_a_snapshot_is_no_larger_than_agreed(size: str, box: Box) -> None:
    assert camera(f"lavfi:testsrc2=size={size}").snap().box == box


def test_a_short_video_gives_its_last_frame() -> None:
    assert camera("lavfi:testsrc2=size=64x48:duration=0.04").snap().box == Box(0, 0, 64, 48)


def test_r6_an_unplugged_device_is_no_camera(tmp_path: Path) -> None:
    way = camera(str(tmp_path / "video0"))

    assert way.unavailable_reason() == f"{tmp_path}/video0 is not there"
    assert "camera-source" in way.fix()
    with pytest.raises(CaptureUnavailableError, match="No such file"):
        way.snap()


def test_a_device_that_is_no_camera_is_none() -> None:
    with pytest.raises(CaptureUnavailableError, match="/dev/null: Inappropriate ioctl"):
        camera("/dev/null").snap()


@pytest.mark.parametrize("content", [b"", b"no video at all\n" * 99])
def test_a_file_without_a_picture_failed(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "empty"
    file.write_bytes(content)

    assert errno_of(camera(str(file))) == errno.EIO


def test_sound_alone_is_no_picture() -> None:
    assert errno_of(camera("lavfi:sine")) == errno.EIO


def test_r6_a_camera_that_may_not_be_read_is_denied(tmp_path: Path) -> None:
    video = VideoCamera(tmp_path / "camera.mp4")
    video.file.chmod(0)
    # root reads whatever it likes, unless it gives that up
    plain = ("setpriv", "--bounding-set=-all") if os.geteuid() == 0 else ()
    way = PyAvCamera(Source(str(video.file)), reader=(*plain, *READER))

    with pytest.raises(CaptureDeniedError, match="Permission denied"):
        way.snap()


def test_r6_a_camera_that_never_answers_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "video0")
    way = PyAvCamera(Source(str(tmp_path / "video0")), limit_s=1.0)

    with pytest.raises(TimeoutError, match="no frame within 1 s"):
        way.snap()
    # nobody is left that holds the other end
    with pytest.raises(OSError, match="No such device or address"):
        os.open(tmp_path / "video0", os.O_WRONLY | os.O_NONBLOCK)


def test_r6_a_camera_that_another_program_has_is_busy() -> None:
    way = answering(HEADER.pack(BUSY, 0, 0) + b"Device or resource busy")

    assert errno_of(way) == errno.EBUSY


@pytest.mark.parametrize(
    "answer",
    [b"", b"x", HEADER.pack(TAKEN, 2, 2) + bytes(11), HEADER.pack(TAKEN, 1 << 30, 1)],
    ids=["nothing", "no header", "too few pixels", "too large"],
)
def test_half_a_frame_is_none(answer: bytes) -> None:
    assert errno_of(answering(answer)) == errno.EIO


def test_a_password_in_an_address_is_never_said() -> None:
    way = camera("http://me:secret@127.0.0.1:9/camera")

    assert str(way.source) == "http://127.0.0.1:9/camera"
    with pytest.raises(OSError, match=r".") as caught:
        way.snap()
    assert "secret" not in repr(caught.value)


@pytest.mark.parametrize(
    ("text", "platform", "source"),
    [
        ("", "linux", Source("/dev/video0", "v4l2")),
        ("", "darwin", Source("default", "avfoundation")),
        ("", "win32", Source("")),
        ("/dev/video2", "linux", Source("/dev/video2", "v4l2")),
        ("dshow:video=Integrated Camera", "win32", Source("video=Integrated Camera", "dshow")),
        ("rtsp://camera/1", "linux", Source("rtsp://camera/1")),
        ("/tmp/x.mp4", "linux", Source("/tmp/x.mp4")),
    ],
)
def test_what_the_setting_names(text: str, platform: str, source: Source) -> None:
    assert Source.parse(text, platform=platform) == source


def test_where_no_camera_is_named_that_is_the_reason() -> None:
    way = PyAvCamera(Source(""))

    assert way.unavailable_reason() == "no camera is named"
    assert "dshow" in way.fix()


def test_what_helps_depends_on_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "x.mp4"
    file.touch()

    assert "usermod" in camera("/dev/null").fix()
    assert camera(str(file)).fix() == f"Make it readable: `chmod u+r {file}`."


def test_the_source_is_not_among_the_words_of_the_process(tmp_path: Path) -> None:
    note = tmp_path / "note"
    program = f"import sys; open({str(note)!r}, 'w').write(repr(sys.argv) + sys.stdin.read())"
    way = PyAvCamera(Source("rtsp://me:pw@host"), reader=(sys.executable, "-c", program))

    errno_of(way)

    assert stat.S_ISREG(note.stat().st_mode)
    assert note.read_text() == "['-c']" + '{"source": "rtsp://me:pw@host", "format": null}'
