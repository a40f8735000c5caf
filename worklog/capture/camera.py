"""Snapshots of a camera through PyAV, each in a process of its own (R6).

The camera is open for one frame only. A process can be ended when it takes too long, it
gives its memory back, and the tracker never loads FFmpeg. Whatever PyAV opens is a camera
here: a device, a file, an address, a picture that FFmpeg draws.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Box, Frame
from worklog.capture.camera_reader import BUSY, DENIED, GONE, HEADER, LONGEST, TAKEN
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

LIMIT_S: Final = 8.0  # for one frame; a webcam takes 1 to 2 to wake up [s]
READER: Final = (sys.executable, "-I", "-m", "worklog.capture.camera_reader")
MISSING: Final = "av is not installed"
INSTALL: Final = "Install it with `pip install 'worklog-diary[camera]'`."
_WORDS: Final = 120  # characters of a complaint that are passed on
_FORMATS: Final = ("v4l2", "avfoundation", "dshow", "lavfi")
_FIRST: Final = {"linux": "/dev/video0", "darwin": "avfoundation:default"}
_PASSWORD: Final = re.compile(r"(?<=://)[^/@]*@")


@dataclass(frozen=True, slots=True)
class Source:
    """Where snapshots come from.

    Attributes:
        name: What FFmpeg opens: a path, an address, the name of a device.
        container: FFmpeg's name of the kind of input; None lets it find out.
    """

    name: str
    container: str | None = None

    @classmethod
    def parse(cls, text: str, *, platform: str = sys.platform) -> Source:
        """Return the source that *text* stands for; an empty one is the first camera.

        `v4l2:`, `avfoundation:`, `dshow:` and `lavfi:` in front name the kind of input.
        """
        text = text or _FIRST.get(platform, "")
        kind, colon, name = text.partition(":")
        if colon and kind in _FORMATS:
            return cls(name, kind)
        return cls(text, "v4l2" if text.startswith("/dev/") else None)

    def __str__(self) -> str:
        """Return it for people, without the password that an address may have."""
        name = _PASSWORD.sub("", self.name)
        is_device = self.container is None or name.startswith("/dev/")
        return name if is_device else f"{self.container}:{name}"


class PyAvCamera:
    """Takes snapshots of one source."""

    name = "pyav"

    def __init__(
        self, source: Source, *, limit_s: float = LIMIT_S, reader: Sequence[str] = READER
    ) -> None:
        """Take frames of *source* with the program *reader*, each within *limit_s* [s]."""
        self.source = source
        self._limit_s = limit_s
        self._reader = reader

    def unavailable_reason(self) -> str | None:
        """Return why there can be no snapshot, as far as that is seen without opening it."""
        if importlib.util.find_spec("av") is None:
            return MISSING
        name = self.source.name
        if not name:
            return "no camera is named"
        if os.path.isabs(name):  # noqa: PTH117 -- a word of FFmpeg's, and no path of ours
            if not os.path.exists(name):  # noqa: PTH110 -- a word of FFmpeg's, and no path of ours
                return f"{name} is not there"
            if not os.access(name, os.R_OK):
                return f"you may not read {name}"
        return None

    def snap(self) -> Frame:
        """Return one frame.

        Raises:
            CaptureUnavailableError: there is no camera.
            CaptureDeniedError: the system refuses it.
            OSError: another program has it (EBUSY), it failed, or it took too long.
        """
        if importlib.util.find_spec("av") is None:
            raise _unavailable(MISSING, INSTALL)
        return self._frame(self._answer())

    def fix(self) -> str:
        """Return what helps against `unavailable_reason`, in the imperative."""
        if importlib.util.find_spec("av") is None:
            return INSTALL
        if not self.source.name:
            return "Name it: `worklog config set camera-source 'dshow:video=NAME'`."
        if os.path.exists(self.source.name):  # noqa: PTH110 -- likewise
            if self.source.name.startswith("/dev/"):
                return "Join the group `video`: `sudo usermod -aG video $USER`, then log in again."
            return f"Make it readable: `chmod u+r {self.source.name}`."
        return "Plug it in, or name another: `worklog config set camera-source /dev/video1`."

    def _answer(self) -> bytes:
        wanted = {"source": self.source.name, "format": self.source.container}
        try:
            done = subprocess.run(  # noqa: S603 -- a program of our own, no shell
                self._reader,
                # Not among the words of the command: others can read those.
                input=json.dumps(wanted).encode(),
                capture_output=True,
                check=False,
                timeout=self._limit_s,
                # Out of the terminal's group: Ctrl-C ends tracking, and that takes a picture.
                process_group=None if sys.platform == "win32" else 0,
            )
        except subprocess.TimeoutExpired:
            msg = f"the camera gave no frame within {self._limit_s:g} s"
            raise TimeoutError(errno.ETIMEDOUT, msg) from None
        return done.stdout

    def _frame(self, answer: bytes) -> Frame:
        """Return the frame that came, if it is whole and no larger than agreed."""
        if len(answer) < HEADER.size:
            raise OSError(errno.EIO, "no answer")
        ending, width, height = HEADER.unpack_from(answer)
        rest = answer[HEADER.size :]
        if ending != TAKEN:
            raise self._error(ending, rest[:_WORDS].decode(errors="replace"))
        if not (0 < width <= LONGEST and 0 < height <= LONGEST):
            raise OSError(errno.EIO, "no frame of the size agreed on")
        if len(rest) != 3 * width * height:
            raise OSError(errno.EIO, "half a frame")
        return Frame(0, Box(0, 0, width, height), rest)

    def _error(self, ending: int, said: str) -> Exception:
        if ending == GONE:
            return _unavailable(f"{self.source}: {said}")
        if ending == DENIED:
            msg = f"The camera {self.source} may not be used: {said}."
            return CaptureDeniedError(msg, hint="Run `worklog doctor` for what would help.")
        return OSError(errno.EBUSY if ending == BUSY else errno.EIO, said)


def _unavailable(reason: str, hint: str | None = None) -> CaptureUnavailableError:
    msg = f"No snapshot: {reason}."
    return CaptureUnavailableError(msg, hint=hint or "Run `worklog doctor` for what would help.")
