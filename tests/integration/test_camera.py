"""Both ways on what FFmpeg draws, on a video file, and on what no camera is."""

from __future__ import annotations

import base64
import errno
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.camera import SIZE, VideoCamera
from worklog.app.ports import Box
from worklog.capture.camera_ffmpeg import LAUNCHER, FfmpegCamera
from worklog.capture.camera_process import CameraProcess
from worklog.capture.camera_pyav import READER, PyAvCamera
from worklog.capture.camera_reader import ALARM_S, BUSY, HEADER, TAKEN
from worklog.capture.camera_source import Source
from worklog.capture.camera_ways import camera_rows, camera_way
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

Kind = type[PyAvCamera | FfmpegCamera]
READERS = {PyAvCamera: READER, FfmpegCamera: LAUNCHER}


@pytest.fixture(params=[PyAvCamera, FfmpegCamera], ids=["pyav", "ffmpeg"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def answering(kind: Kind, answer: bytes, complaint: str = "") -> CameraProcess:
    """Return a camera whose reader is a program that gives *answer* and a *complaint*."""
    program = f"import os; os.write(1, {answer!r}); os.write(2, {complaint.encode()!r})"
    return kind(Source("x"), reader=(sys.executable, "-c", program))


@contextmanager
def camera_on_a_network(video: VideoCamera) -> Iterator[str]:
    """Give the address of a camera that wants a name and a password."""
    told = f"Basic {base64.b64encode(b'me:it is').decode()}"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_known = self.headers.get("Authorization") == told
            body = video.file.read_bytes() if is_known else b""
            self.send_response(200 if is_known else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://me:it%20is@127.0.0.1:{server.server_port}/it's?a=1&b=2"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def errno_of(way: CameraProcess) -> int | None:
    with pytest.raises(OSError, match=r".") as caught:
        way.snap()
    return caught.value.errno


def test_r6_a_frame_comes_from_what_ffmpeg_draws(kind: Kind) -> None:
    frame = kind(Source.parse("lavfi:testsrc=size=320x240:rate=30")).snap()

    assert frame.box == Box(0, 0, 320, 240)
    assert len(set(frame.rgb)) > 2


def test_r6_a_frame_comes_from_a_video_as_it_is(tmp_path: Path, kind: Kind) -> None:
    frame = VideoCamera(tmp_path / "camera.mp4").way(kind).snap()

    left, right = frame.rgb[:3], frame.rgb[3 * SIZE[0] - 3 : 3 * SIZE[0]]
    assert frame.box == Box(0, 0, *SIZE)
    assert (left[0] > 180, left[2] < 60) == (True, True)
    assert (right[0] < 60, right[2] > 180) == (True, True)


def test_both_ways_take_the_same_frame_after_the_same_warm_up() -> None:
    """Each frame of the source is a little brighter, the tenth is kept."""
    source = Source.parse("lavfi:color=black:size=64x48:rate=10,geq=lum=20*N:cb=128:cr=128")

    pyav, ffmpeg = PyAvCamera(source).snap(), FfmpegCamera(source).snap()

    assert (pyav.box, ffmpeg.box) == (Box(0, 0, 64, 48), Box(0, 0, 64, 48))
    assert abs(pyav.rgb[0] - ffmpeg.rgb[0]) <= 2  # two versions of FFmpeg
    assert ffmpeg.rgb[0] > 170


@pytest.mark.parametrize(
    ("size", "box"),
    [("3840x2160", Box(0, 0, 1280, 720)), ("720x1920", Box(0, 0, 480, 1280))],
)
def test_a_snapshot_is_no_larger_than_agreed(size: str, box: Box, kind: Kind) -> None:
    assert kind(Source.parse(f"lavfi:testsrc2=size={size}")).snap().box == box


def test_a_short_video_gives_its_last_frame(kind: Kind) -> None:
    source = Source.parse("lavfi:testsrc2=size=64x48:duration=0.04")

    assert kind(source).snap().box == Box(0, 0, 64, 48)


def test_r6_an_unplugged_device_is_no_camera(tmp_path: Path, kind: Kind) -> None:
    way = kind(Source.parse(str(tmp_path / "video0")))

    assert way.unavailable_reason() == f"{tmp_path}/video0 is not there"
    assert "camera-source" in way.fix()
    with pytest.raises(CaptureUnavailableError, match="No such file"):
        way.snap()


def test_a_device_that_is_no_camera_is_none(kind: Kind) -> None:
    with pytest.raises(CaptureUnavailableError, match="/dev/null: Inappropriate ioctl"):
        kind(Source.parse("/dev/null")).snap()


@pytest.mark.parametrize("content", [b"", b"no video at all\n" * 99])
def test_a_file_without_a_picture_failed(tmp_path: Path, content: bytes, kind: Kind) -> None:
    file = tmp_path / "empty"
    file.write_bytes(content)

    assert errno_of(kind(Source.parse(str(file)))) == errno.EIO


def test_sound_alone_is_no_picture(kind: Kind) -> None:
    assert errno_of(kind(Source.parse("lavfi:sine"))) == errno.EIO


def test_r6_a_camera_that_may_not_be_read_is_denied(tmp_path: Path, kind: Kind) -> None:
    video = VideoCamera(tmp_path / "camera.mp4")
    video.file.chmod(0)
    # root reads whatever it likes, unless it gives that up
    plain = ("setpriv", "--bounding-set=-all") if os.geteuid() == 0 else ()
    way = kind(Source(str(video.file)), reader=(*plain, *READERS[kind]))

    with pytest.raises(CaptureDeniedError, match="Permission denied"):
        way.snap()


def test_r6_a_camera_that_never_answers_is_given_up(tmp_path: Path, kind: Kind) -> None:
    os.mkfifo(tmp_path / "video0")
    way = kind(Source(str(tmp_path / "video0")), limit_s=1.0)

    with pytest.raises(TimeoutError, match="no frame within 1 s"):
        way.snap()
    # nobody is left that holds the other end
    with pytest.raises(OSError, match="No such device or address"):
        os.open(tmp_path / "video0", os.O_WRONLY | os.O_NONBLOCK)


@pytest.mark.parametrize(
    "way",
    [
        answering(PyAvCamera, HEADER.pack(BUSY, 0, 0) + b"Device or resource busy"),
        answering(FfmpegCamera, b"", "[v4l2] ioctl(X): y\n/dev/video0: Device or resource busy\n"),
    ],
    ids=["pyav", "ffmpeg"],
)
def test_r6_a_camera_that_another_program_has_is_busy(way: CameraProcess) -> None:
    assert errno_of(way) == errno.EBUSY


@pytest.mark.parametrize(
    "way",
    [
        answering(PyAvCamera, b""),
        answering(PyAvCamera, b"x"),
        answering(PyAvCamera, HEADER.pack(TAKEN, 2, 2) + bytes(11)),
        answering(PyAvCamera, HEADER.pack(TAKEN, 1 << 30, 1)),
        answering(FfmpegCamera, b""),
        answering(FfmpegCamera, b"P6\n2 "),
        answering(FfmpegCamera, b"P6\n2 2\n255\n" + bytes(11)),
        answering(FfmpegCamera, b"P6\n99999999 1\n255\n"),
        answering(FfmpegCamera, b"P6\n0 0\n255\n"),
    ],
    ids=[
        *("pyav nothing", "pyav no header", "pyav too few pixels", "pyav too large"),
        *("ffmpeg nothing", "ffmpeg no header", "ffmpeg too few pixels", "ffmpeg too large"),
        "ffmpeg empty",
    ],
)
def test_half_a_frame_is_none(way: CameraProcess) -> None:
    assert errno_of(way) == errno.EIO


def test_a_camera_on_a_network_gets_its_password(tmp_path: Path, kind: Kind) -> None:
    with camera_on_a_network(VideoCamera(tmp_path / "camera.mp4")) as address:
        frame = kind(Source.parse(address)).snap()

    assert frame.box == Box(0, 0, *SIZE)
    assert len(set(frame.rgb)) > 1


def test_a_password_in_an_address_is_never_said(tmp_path: Path, kind: Kind) -> None:
    refused = kind(Source.parse("http://me:secret@127.0.0.1:9/camera"))
    with camera_on_a_network(VideoCamera(tmp_path / "camera.mp4")) as address:
        wrong = kind(Source.parse(address.replace("it%20is", "secret")))
        said = [_failure(refused), _failure(wrong)]

    assert str(refused.source) == "http://127.0.0.1:9/camera"
    assert "Connection refused" in said[0]
    assert "401" in said[1] or "nauthorized" in said[1]
    assert "secret" not in "".join(said)


def _failure(way: CameraProcess) -> str:
    with pytest.raises(OSError, match=r".") as caught:
        way.snap()
    return repr(caught.value)


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


def test_where_no_camera_is_named_that_is_the_reason(kind: Kind) -> None:
    way = kind(Source(""))

    assert way.unavailable_reason() == "no camera is named"
    assert "dshow" in way.fix()


def test_what_helps_depends_on_what_is_there(tmp_path: Path, kind: Kind) -> None:
    file = tmp_path / "x.mp4"
    file.touch()

    assert "usermod" in kind(Source.parse("/dev/null")).fix()
    assert kind(Source.parse(str(file))).fix() == f"Make it readable: `chmod u+r {file}`."


def test_an_address_is_not_among_the_words_of_the_process(tmp_path: Path, kind: Kind) -> None:
    note = tmp_path / "note"
    program = f"import json, sys; json.dump([sys.argv, sys.stdin.read()], open({str(note)!r}, 'w'))"
    way = kind(Source("rtsp://me:pw@host/it's\nfile x"), reader=(sys.executable, "-c", program))

    errno_of(way)

    argv, stdin = json.loads(note.read_text())
    assert "rtsp" not in " ".join(argv)
    if kind is PyAvCamera:
        assert json.loads(stdin) == {"source": "rtsp://me:pw@host/it's\nfile x", "format": None}
    else:
        # one line of its list, whatever the address holds
        assert stdin == "ffconcat version 1.0\nfile 'rtsp://me:pw@host/it'\\''sfile x'\n"


@pytest.mark.parametrize(
    ("source", "is_address"),
    [
        (Source("rtsp://camera/1"), True),
        (Source("HTTPS://me:pw@camera"), True),
        (Source("file:///tmp/x.mp4"), False),
        (Source("/tmp/a://b"), False),
        (Source("/dev/video0", "v4l2"), False),
        (Source("movie=http://x", "lavfi"), False),
    ],
)
def test_only_what_is_on_a_network_is_an_address(source: Source, *, is_address: bool) -> None:
    assert source.is_address is is_address


def test_a_program_that_nobody_waits_for_any_more_ends_by_itself() -> None:
    """Alarm and limits of the launcher go along into what it becomes."""
    asked = "import resource, signal; print(signal.alarm(0), resource.getrlimit(4)[0])"

    done = subprocess.run(
        [*LAUNCHER, sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )

    left_s, core = map(int, done.stdout.split())
    assert (0 < left_s <= ALARM_S, core) == (True, 0)


# --- Which of the two -----------------------------------------------------------------------


def test_the_library_opens_the_camera_where_both_are_installed() -> None:
    assert camera_way(Source("x")).name == "pyav"
    assert camera_way(Source("x"), "ffmpeg").name == "ffmpeg"


def test_ffmpeg_opens_it_where_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)

    found = camera_way(Source.parse("lavfi:testsrc=size=64x48"))

    assert (found.name, found.unavailable_reason()) == ("ffmpeg", None)
    assert found.snap().box == Box(0, 0, 64, 48)
    assert camera_way(Source("x"), "pyav").unavailable_reason() == "av is not installed"


def test_where_neither_is_installed_both_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    found = camera_way(Source.parse("lavfi:testsrc"))

    assert found.unavailable_reason() == "av is not installed"
    assert "worklog-diary[camera]" in found.fix()
    assert "ffmpeg" in found.fix()
    for name in ("pyav", "ffmpeg"):
        with pytest.raises(CaptureUnavailableError, match="not installed"):
            camera_way(Source("x"), name).snap()


def test_doctor_has_a_row_for_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    library, program = camera_rows(Source.parse("lavfi:testsrc"))

    assert (library.port, library.way, library.reason, library.fix) == ("camera", "pyav", None, "")
    assert (program.port, program.way) == ("camera", "ffmpeg")
    assert program.reason == "ffmpeg is not installed"
    assert "apt install ffmpeg" in program.fix
