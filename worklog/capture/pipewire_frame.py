"""One frame of a PipeWire stream as a picture, through GStreamer in a process of its own.

The process gets the connection to PipeWire that the portal gave, and nothing else of ours.
It ends with its first frame, or is killed at the limit; coreutils' `timeout` sees to that
where nobody is left to do so, as GStreamer waits on when the stream and PipeWire are gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Final, cast

from worklog.capture.child import ChildError, answer, find
from worklog.capture.portal_file import LARGEST
from worklog.capture.window_words import clean

LAUNCH: Final = "gst-launch-1.0"
# By itself it asks for GStreamer's own version, and PipeWire counts differently.
_IS_THERE: Final = ("gst-inspect-1.0", "--exists", "--atleast-version=0.0")
# Elements of the pipeline, and the Debian packages that they are in.
ELEMENTS: Final = {
    "pipewiresrc": "gstreamer1.0-pipewire",
    "videoconvert": "gstreamer1.0-plugins-base",
    "pngenc": "gstreamer1.0-plugins-good",
}
INSPECT_LIMIT_S: Final = 10.0  # the first time GStreamer looks at all it has [s]

_EDGE: Final = 32_767  # of a frame that is taken [px]; more is not even asked for
_GRACE_S: Final = 1.0  # after which nobody but `timeout` can have ended it [s]
_WORDS: Final = 120  # characters of a complaint that are passed on


def missing(environ: Mapping[str, str]) -> str | None:
    """Return what is not installed of that which takes frames, or None."""
    if find(LAUNCH, environ) is None:
        return f"{LAUNCH} is not installed"
    for element, package in ELEMENTS.items():
        try:
            answer((*_IS_THERE, element), environ, limit_s=INSPECT_LIMIT_S)
        except ChildError:
            return f"GStreamer's {element} is not installed ({package})"
    return None


def frame_of(descriptor: int, node: int, environ: Mapping[str, str], *, limit_s: float) -> bytes:
    """Return the next frame of the stream *node* as a PNG.

    *descriptor* is a connection to PipeWire; it is used up. Waits at most *limit_s* [s].

    Raises:
        ChildError: GStreamer is not installed, failed, or got no frame in time; or the frame
            is larger than `LARGEST` bytes.
    """
    path = find(LAUNCH, environ)
    if path is None:
        msg = f"{LAUNCH} is not installed"
        raise ChildError(msg)
    timeout = find("timeout", environ) or "timeout"
    size = f"width=[1,{_EDGE}],height=[1,{_EDGE}]"
    words = (
        *(timeout, "-s", "KILL", f"{limit_s + _GRACE_S:g}"),
        *(path, "--quiet", "pipewiresrc", f"fd={descriptor}", f"path={node}", "num-buffers=1"),
        *("!", f"video/x-raw,{size}", "!", "videoconvert", "!", "video/x-raw,format=RGB", "!"),
        *("pngenc", "snapshot=true", "compression-level=1", "!", "fdsink", "fd=1"),
    )
    with TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 -- words of our own, no shell
                words,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                pass_fds=(descriptor,),
                start_new_session=True,
            )
        except OSError as error:
            msg = f"{LAUNCH} cannot be run: {error.strerror}"
            raise ChildError(msg) from error
        with process:
            data, is_late = _read(process, limit_s=limit_s)
        said.seek(0)
        complaint = clean(said.read(4 * _WORDS).decode(errors="replace"), _WORDS)
    if len(data) > LARGEST:
        msg = "the desktop showed a frame that is too large"
        raise ChildError(msg)
    if is_late:
        msg = f"the desktop showed no frame within {limit_s:g} s"
        raise ChildError(msg)
    if process.returncode or not data:
        msg = f"the desktop showed no frame: {complaint or f'exit {process.returncode}'}"
        raise ChildError(msg)
    return data


def _read(process: subprocess.Popen[bytes], *, limit_s: float) -> tuple[bytes, bool]:
    """Return what *process* wrote to its end, and whether it had to be killed for the time."""
    output = cast("IO[bytes]", process.stdout)
    late = threading.Event()

    def kill() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(limit_s, kill)
    timer.start()
    try:
        data = output.read(LARGEST + 1)
        if len(data) > LARGEST:
            _kill(process)
        process.wait()
    finally:
        timer.cancel()
        timer.join()
    return data, late.is_set()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it and whatever it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
