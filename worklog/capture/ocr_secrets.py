"""Finds secrets in pictures on this machine, with the models that lie in rapidocr's package.

Each picture is read in a process of its own: it can be ended when it takes too long, it gives
all of its memory back, and the tracker never loads the libraries. Whatever goes wrong there
is an error here, because a picture that nobody has read must not be kept.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from worklog.app.ports import Box, Frame, SecretBox
from worklog.capture.ocr_reader import HEADER
from worklog.domain.secret_forms import SecretKind
from worklog.errors import CaptureUnavailableError

LIMIT_S: Final = 180.0  # for one picture, of a large screen on a machine that is busy
NEEDED: Final = ("rapidocr", "onnxruntime")
INSTALL: Final = "Install it with `pip install 'worklog-diary[secrets]'`."
_LOOK: Final = "`worklog doctor` says whether pictures can be read here."
_READER: Final = (sys.executable, "-I", "-m", "worklog.capture.ocr_reader")
_WORDS: Final = 120  # characters of a complaint that are passed on


class OcrSecretFinder:
    """Implements `worklog.app.ports.SecretFinder`."""

    name = "rapidocr"

    def __init__(self, *, limit_s: float = LIMIT_S, reader: Sequence[str] = _READER) -> None:
        """Read each picture with the program *reader*, for at most *limit_s* [s]."""
        self._limit_s = limit_s
        self._reader = reader
        self._process: subprocess.Popen[bytes] | None = None

    def unavailable_reason(self) -> str | None:
        """Return why this cannot work here, or None if it can; loads nothing."""
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        return f"{missing[0]} is not installed" if missing else None

    def find(self, frame: Frame) -> tuple[SecretBox, ...]:
        """Return the places of *frame* that show secrets.

        Raises:
            CaptureUnavailableError: it could not be read, or not in time.
        """
        reason = self.unavailable_reason()
        if reason is not None:
            raise CaptureUnavailableError(reason, hint=INSTALL)
        return _boxes(frame, self._answer(frame))

    def stop(self) -> None:
        """End the process that reads for another thread, if there is one."""
        process = self._process
        if process is not None:
            process.kill()

    def _answer(self, frame: Frame) -> bytes:
        pixels = HEADER.pack(frame.box.width, frame.box.height) + frame.rgb
        try:
            status, answer, complaint = self._run(pixels)
        except subprocess.TimeoutExpired:
            msg = f"reading it took longer than {self._limit_s:g} s"
            raise CaptureUnavailableError(msg, hint=_LOOK) from None
        except OSError as error:
            msg = f"no process can be started to read it: {error.strerror}"
            raise CaptureUnavailableError(msg, hint=_LOOK) from error
        if status:
            said = complaint.decode(errors="replace").strip().rpartition("\n")[2]
            msg = f"reading it failed: {said[:_WORDS] or f'exit {status}'}"
            raise CaptureUnavailableError(msg, hint=_LOOK)
        return answer

    def _run(self, pixels: bytes) -> tuple[int, bytes, bytes]:
        """Return exit status, answer and complaint of the process that reads *pixels*."""
        pipe = subprocess.PIPE
        with subprocess.Popen(  # noqa: S603 -- a program of our own, no shell
            self._reader,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            # Out of the terminal's group: Ctrl-C ends tracking, and that takes a picture.
            process_group=0,
        ) as process:
            self._process = process
            try:
                answer, complaint = process.communicate(pixels, timeout=self._limit_s)
            except BaseException:
                process.kill()
                raise
            finally:
                self._process = None
        return process.returncode, answer, complaint


def _boxes(frame: Frame, answer: bytes) -> tuple[SecretBox, ...]:
    try:
        return tuple(
            SecretBox(
                Box(frame.box.left + left, frame.box.top + top, right - left, bottom - top),
                SecretKind(kind),
            )
            for kind, (left, top, right, bottom) in json.loads(answer)
        )
    except (ValueError, TypeError) as error:
        msg = "reading it gave no answer"
        raise CaptureUnavailableError(msg, hint=_LOOK) from error
