"""Snapshots of a camera through the program `ffmpeg`, for where PyAV is not installed.

An address never stands among the words of the command, as it may hold a password and others
can read those: it comes in by stdin, as a list of one input for FFmpeg's `concat`.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from typing import Final

from worklog.capture.camera_process import LIMIT_S, Answer, CameraProcess, Question
from worklog.capture.camera_reader import ENDINGS, FAILED, LONGEST, TAKEN, WARM_UP
from worklog.capture.camera_source import Source

PROGRAM: Final = "ffmpeg"
# Windows can neither become another program nor be woken by an alarm.
LAUNCHER: Final[Sequence[str]] = (
    ()
    if sys.platform == "win32"
    else (sys.executable, "-I", "-m", "worklog.capture.camera_launcher")
)
# What may stand in a list that comes in by stdin: networks, and no file of this machine.
_PROTOCOLS: Final = "pipe,http,https,httpproxy,tls,tcp,udp,rtp,srtp,rtmp,rtmps,srt,ftp,crypto,data"
_SCALE: Final = f"min(1,{LONGEST}/max(iw,ih))"
# The last of the first frames, as a camera needs some to find its exposure.
_FILTER: Final = (
    f"trim=end_frame={WARM_UP},"
    f"scale=w='max(1,trunc(iw*{_SCALE}))':h='max(1,trunc(ih*{_SCALE}))',"
    "reverse"
)
_BEFORE: Final = ("-nostdin", "-loglevel", "error")
_AFTER: Final = (
    *("-map", "0:v:0", "-vf", _FILTER, "-frames:v", "1"),
    *("-f", "image2pipe", "-c:v", "ppm", "-"),
)
_PPM: Final = re.compile(rb"P6\s(\d{1,9})\s(\d{1,9})\s255\s")
_SAID: Final = {os.strerror(number): ending for number, ending in ENDINGS.items()}
_FAILED: Final = re.compile(
    "Invalid data found when processing input|End of file|Connection [a-z ]+|Protocol not found"
    r"|Input/output error|Server returned [\w ()]+"
)


class FfmpegCamera(CameraProcess):
    """Takes snapshots of one source with the `ffmpeg` that is on the path."""

    name = "ffmpeg"
    install = "Install it: `apt install ffmpeg`, `brew install ffmpeg`, `winget install ffmpeg`."

    def __init__(
        self, source: Source, *, limit_s: float = LIMIT_S, reader: Sequence[str] = LAUNCHER
    ) -> None:
        """Take frames of *source* within *limit_s* [s]; *reader* runs the words behind it."""
        super().__init__(source, reader=reader, limit_s=limit_s)

    def missing(self) -> str | None:
        """Return that the program is not on the path; None if it is."""
        return None if shutil.which(PROGRAM) else "ffmpeg is not installed"

    def _question(self) -> Question:
        source = self.source
        if source.is_address:
            options = ["-protocol_whitelist", _PROTOCOLS, "-f", "concat", "-safe", "0"]
            return Question(self._words([*options, "-i", "pipe:0"]), _listed(source.name))
        options = [] if source.container is None else ["-f", source.container]
        if source.container == "avfoundation":
            options += ["-framerate", "30"]
        return Question(self._words([*options, "-i", source.name]))

    def _words(self, wanted: Sequence[str]) -> tuple[str, ...]:
        program = shutil.which(PROGRAM) or PROGRAM
        return (*self._reader, program, *_BEFORE, *wanted, *_AFTER)

    def _read(self, stdout: bytes, stderr: bytes) -> Answer | None:
        if not stdout:
            return _complaint(stderr.decode(errors="replace"))
        header = _PPM.match(stdout)
        if header is None:
            return None
        return Answer(TAKEN, stdout[header.end() :], int(header[1]), int(header[2]))


def _listed(address: str) -> bytes:
    """Return *address* as FFmpeg's list of inputs; no line of it can be anything else."""
    quoted = address.replace("\r", "").replace("\n", "").replace("'", r"'\''")
    return f"ffconcat version 1.0\nfile '{quoted}'\n".encode()


def _complaint(said: str) -> Answer:
    """Return why there is no frame, in words that are FFmpeg's own.

    Never a whole line of it: that names the source, and with it maybe a password.
    """
    for line in reversed(said.splitlines()):
        words = line.rpartition(": ")[2]
        if words in _SAID:
            return Answer(_SAID[words], words.encode())
        if _FAILED.fullmatch(words):
            return Answer(FAILED, words.encode())
    return Answer(FAILED, b"ffmpeg gave no frame")
