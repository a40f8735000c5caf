"""What a capture would store at this moment, in words."""

from __future__ import annotations

from collections.abc import Sequence

from worklog.app.capturing import UNSEEN, Shot
from worklog.cli.render.line import Ink, Line, paint_all, words
from worklog.cli.render.look import Look
from worklog.domain.part import CaptureState, Role
from worklog.domain.segment_words import what_became

_LABEL_WIDTH = 12
_UNTAKEN = (CaptureState.DENIED, CaptureState.NO_DISPLAY)
_HELP = "worklog doctor; without rules in capture.withhold nobody looks for windows"


def preview_text(shot: Shot, files: Sequence[str], look: Look) -> str:
    """Return what *shot* holds, why a picture is missing, and where it was put."""
    shown: list[Line] = [_line("would store", "nothing of this is kept")]
    for capture in shot.captures:
        state = what_became(capture)
        is_camera = capture.role is Role.CAMERA
        name = "camera" if is_camera else f"screen {capture.monitor + 1}"
        size = f", {capture.width} x {capture.height}" if capture.has_picture else ""
        share = f", {capture.covered / 10:g} % covered" if capture.covered else ""
        shown.append(_line(name, f"{state}{size}{share}"))
    shown.append(_line("application", words(shot.application or "-")))
    shown.append(_line("title", words(shot.title or "-")))
    if shot.blocked_by is not None:
        is_failed = shot.state is CaptureState.FAILED
        shown.append(_line("why" if is_failed else "withheld by", words(shot.blocked_by)))
    if shot.blocked_by == UNSEEN:
        shown.append(_line("what helps", _HELP))
    if shot.state in _UNTAKEN:
        shown.append(_line("what helps", "worklog doctor"))
    shown += [_line("covered by", words(reason)) for reason in shot.covered_by]
    shown += [_line("picture", words(file)) for file in files]
    if not files and shot.pictures:
        shown.append(_line("picture", "see it: worklog preview --open, or -o FILE"))
    return paint_all(shown, look)


def _line(name: str, text: str) -> Line:
    return ((f"{name:<{_LABEL_WIDTH}} ", Ink.DIM), (text, Ink.TEXT))
