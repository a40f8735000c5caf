"""Snapshots of a camera through PyAV, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from typing import Final

from worklog.capture.camera_process import LIMIT_S, Answer, CameraProcess, Question
from worklog.capture.camera_reader import HEADER
from worklog.capture.camera_source import Source

READER: Final = (sys.executable, "-I", "-m", "worklog.capture.camera_reader")


class PyAvCamera(CameraProcess):
    """Takes snapshots of one source with the library that the extra `camera` installs."""

    name = "pyav"
    install = "Install it with `pip install 'worklog-diary[camera]'`, or install ffmpeg."

    def __init__(
        self, source: Source, *, limit_s: float = LIMIT_S, reader: Sequence[str] = READER
    ) -> None:
        """Take frames of *source* with the program *reader*, each within *limit_s* [s]."""
        super().__init__(source, reader=reader, limit_s=limit_s)

    def missing(self) -> str | None:
        """Return which library is not installed; None if it is."""
        return "av is not installed" if importlib.util.find_spec("av") is None else None

    def _question(self) -> Question:
        wanted = {"source": self.source.name, "format": self.source.container}
        # Not among the words of the command: others can read those.
        return Question(self._reader, json.dumps(wanted).encode())

    def _read(self, stdout: bytes, stderr: bytes) -> Answer | None:
        del stderr  # the reader says all it has to say in its answer
        if len(stdout) < HEADER.size:
            return None
        ending, width, height = HEADER.unpack_from(stdout)
        return Answer(ending, stdout[HEADER.size :], width, height)
