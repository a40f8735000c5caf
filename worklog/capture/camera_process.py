"""What the ways to a camera have in common: a process for one frame, its limits and errors (R6).

The camera is open for one frame only. A process can be ended when it takes too long, it
gives its memory back, and the tracker never loads FFmpeg.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Box, Frame
from worklog.capture.camera_reader import BUSY, DENIED, GONE, LONGEST, TAKEN
from worklog.capture.camera_source import Source
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

LIMIT_S: Final = 8.0  # for one frame; a webcam takes 1 to 2 to wake up [s]
_WORDS: Final = 120  # characters of a complaint that are passed on
_DOCTOR: Final = "Run `worklog doctor` for what would help."


@dataclass(frozen=True, slots=True)
class Question:
    """What a process is started with.

    Attributes:
        words: The command, which others on this machine can read.
        stdin: What it reads, which they cannot.
    """

    words: Sequence[str]
    stdin: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process gave.

    Attributes:
        ending: `TAKEN`, or why there is no frame.
        rest: Three bytes a pixel, or words that say why there are none.
        width: [px].
        height: [px].
    """

    ending: int
    rest: bytes
    width: int = 0
    height: int = 0


class CameraProcess(ABC):
    """Takes snapshots of one source; a way says what to run and reads what that gave."""

    name: str
    install: str

    def __init__(self, source: Source, *, reader: Sequence[str], limit_s: float = LIMIT_S) -> None:
        """Take frames of *source* with the program *reader*, each within *limit_s* [s]."""
        self.source = source
        self._reader = reader
        self._limit_s = limit_s

    @abstractmethod
    def missing(self) -> str | None:
        """Return which program or library is not installed; None if all are."""

    @abstractmethod
    def _question(self) -> Question:
        """Return what to run."""

    @abstractmethod
    def _read(self, stdout: bytes, stderr: bytes) -> Answer | None:
        """Return what these say; None where they say nothing."""

    def unavailable_reason(self) -> str | None:
        """Return why there can be no snapshot, as far as that is seen without opening it."""
        missing = self.missing()
        if missing is not None:
            return missing
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
        missing = self.missing()
        if missing is not None:
            raise _unavailable(missing, self.install)
        done = self._run(self._question())
        return self._frame(self._read(done.stdout, done.stderr))

    def fix(self) -> str:
        """Return what helps against `unavailable_reason`, in the imperative."""
        if self.missing() is not None:
            return self.install
        if not self.source.name:
            return "Name it: `worklog config set camera-source 'dshow:video=NAME'`."
        if os.path.exists(self.source.name):  # noqa: PTH110 -- likewise
            if self.source.name.startswith("/dev/"):
                return "Join the group `video`: `sudo usermod -aG video $USER`, then log in again."
            return f"Make it readable: `chmod u+r {self.source.name}`."
        return "Plug it in, or name another: `worklog config set camera-source /dev/video1`."

    def _run(self, question: Question) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 -- a way's own words, no shell
                question.words,
                input=question.stdin,
                capture_output=True,
                check=False,
                timeout=self._limit_s,
                # Out of the terminal's group: Ctrl-C ends tracking, and that takes a picture.
                process_group=None if sys.platform == "win32" else 0,
            )
        except subprocess.TimeoutExpired:
            msg = f"the camera gave no frame within {self._limit_s:g} s"
            raise TimeoutError(errno.ETIMEDOUT, msg) from None

    def _frame(self, answer: Answer | None) -> Frame:
        """Return the frame that came, if it is whole and no larger than agreed."""
        if answer is None:
            raise OSError(errno.EIO, "no answer")
        if answer.ending != TAKEN:
            raise self._error(answer.ending, answer.rest[:_WORDS].decode(errors="replace"))
        width, height = answer.width, answer.height
        if not (0 < width <= LONGEST and 0 < height <= LONGEST):
            raise OSError(errno.EIO, "no frame of the size agreed on")
        if len(answer.rest) != 3 * width * height:
            raise OSError(errno.EIO, "half a frame")
        return Frame(0, Box(0, 0, width, height), answer.rest)

    def _error(self, ending: int, said: str) -> Exception:
        if ending == GONE:
            return _unavailable(f"{self.source}: {said}", _DOCTOR)
        if ending == DENIED:
            msg = f"The camera {self.source} may not be used: {said}."
            return CaptureDeniedError(msg, hint=_DOCTOR)
        return OSError(errno.EBUSY if ending == BUSY else errno.EIO, said)


def _unavailable(reason: str, hint: str) -> CaptureUnavailableError:
    return CaptureUnavailableError(f"No snapshot: {reason}.", hint=hint)
