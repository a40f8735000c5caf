"""What a capture would store at this moment, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from worklog.app.capturing import UNSEEN, Shot
from worklog.app.covered import SECRETS, ByRule, Covered
from worklog.app.withholding import default_name
from worklog.cli.render.line import Ink, Line, paint_all, words, wrapped
from worklog.cli.render.look import Look
from worklog.domain.part import Capture, CaptureState, Part, Role
from worklog.domain.segment_words import UNCOUNTED, what_became
from worklog.domain.wording import count

By = Literal["policy", "setting"]

_LABEL_WIDTH: Final = 12
_INDENT: Final = _LABEL_WIDTH + 1
_UNTAKEN: Final = (CaptureState.DENIED, CaptureState.NO_DISPLAY)
_HELP: Final = "worklog doctor; without rules in capture.withhold nobody looks for windows"


@dataclass(frozen=True, slots=True)
class Pixelation:
    """Blocks that are merged in every picture.

    Attributes:
        edge: Of a block [px].
        by: Who wants them as large as that.
    """

    edge: int
    by: By


@dataclass(frozen=True, slots=True)
class Limits:
    """What is left out of every capture, and by whom.

    Attributes:
        contract: Whose policy it is; None without a contract.
        off_by: Who switched pictures off; None where they are on.
        has_titles: Whether the policy lets titles be kept.
        pixelation: None where pictures are sharp.
    """

    contract: str | None
    off_by: By | None
    has_titles: bool
    pixelation: Pixelation | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a capture would store now.

    Attributes:
        shot: Pictures, application and title.
        limits: What is left out of them.
        part: With the counts of the open segment; None where nothing is tracked.
        input_way: What counts input here; None where nothing can.
        files: Where the pictures were put.
    """

    shot: Shot
    limits: Limits
    part: Part | None
    input_way: str | None
    files: tuple[str, ...]

    @property
    def off_by(self) -> By | None:
        """Who switched pictures off, where that is why there is none."""
        return self.limits.off_by if self.shot.state is CaptureState.OFF else None

    @property
    def untitled(self) -> Literal["rule", "policy"] | None:
        """What keeps a title out; None where it is kept, or nobody knows one."""
        if self.shot.unnamed is not None:
            return "rule"
        return None if self.limits.has_titles else "policy"


def preview_text(outlook: Outlook, look: Look) -> str:
    """Return what would be stored, what is left out of it and why, and where it was put."""
    shown: list[Line] = []
    for name, text in _rows(outlook):
        begin = f"{name:<{_LABEL_WIDTH}} "
        first, *more = wrapped(words(text), Ink.TEXT, look, begin=begin, indent=_INDENT)
        shown += [((begin, Ink.DIM), *first[1:]), *more]
    return paint_all(shown, look)


def _rows(outlook: Outlook) -> Iterator[tuple[str, str]]:
    shot = outlook.shot
    yield "would store", "nothing of this is kept"
    for position, capture in enumerate(shot.captures):
        yield _picture(capture, outlook)
        for covered in shot.covered.get(position, ()):
            yield "  covered", _covered(covered)
    yield from _untaken(shot)
    if outlook.limits.pixelation is not None and shot.pictures:
        pixelation = outlook.limits.pixelation
        who = _who(pixelation.by, outlook, "capture.pixelate")
        yield "pixelated", f"in blocks of {pixelation.edge} x {pixelation.edge} pixels, by {who}"
    yield from _window(outlook)
    yield "counts", _counts(outlook)
    for file in outlook.files:
        yield "picture", file
    if not outlook.files and shot.pictures:
        yield "picture", "see it: worklog preview --open, or -o FILE"


def _picture(capture: Capture, outlook: Outlook) -> tuple[str, str]:
    is_camera = capture.role is Role.CAMERA
    name = "camera" if is_camera else f"screen {capture.monitor + 1}"
    size = f", {capture.width} x {capture.height}" if capture.has_picture else ""
    share = f", {capture.covered / 10:g} % covered" if capture.covered else ""
    by = outlook.off_by
    off = f" by {_who(by, outlook, 'capture.screenshots')}" if by is not None else ""
    return name, f"{what_became(capture)}{off}{size}{share}"


def _covered(covered: Covered) -> str:
    share, number = f"{covered.permille / 10:g} %", len(covered.boxes)
    if isinstance(covered.cause, ByRule):
        return f"{share}: {count(number, 'window')}, {_by_rule(covered.cause)}"
    return f"{share}: {covered.cause} in {count(number, 'line')} ({SECRETS})"


def _window(outlook: Outlook) -> Iterator[tuple[str, str]]:
    shot = outlook.shot
    if shot.unnamed is not None:
        yield "application", f"not kept: {_by_rule(shot.unnamed)}"
        yield "title", "not kept: by the same rule"
        return
    yield "application", shot.application or "-"
    if outlook.untitled == "policy":
        yield "title", f"not kept: by {_who('policy', outlook, '')}"
    else:
        yield "title", shot.title or "-"


def _counts(outlook: Outlook) -> str:
    """Return what was counted in the open segment, or what would count."""
    if outlook.part is None:
        way = outlook.input_way
        return f"none, as nothing is tracked; {way} would count" if way else "nothing can count"
    activity = outlook.part.activity
    if not activity.is_counted:
        return UNCOUNTED if activity.is_known else "none yet"
    keys, clicks, scrolls = (
        sum(number or 0 for number in field)
        for field in (activity.keys, activity.clicks, activity.scrolls)
    )
    figures = (count(keys, "key"), count(clicks, "click"), count(scrolls, "scroll"))
    return f"{', '.join(figures)} in this segment so far"


def _untaken(shot: Shot) -> Iterator[tuple[str, str]]:
    """Give why there is no picture, and what helps."""
    if shot.blocked_by is not None:
        is_failed = shot.state is CaptureState.FAILED
        doubt = shot.blocked_by.removeprefix(str(shot.blocker)) if shot.blocker else ""
        why = f"{_by_rule(shot.blocker)}{doubt}" if shot.blocker else shot.blocked_by
        yield "why" if is_failed else "withheld by", why
    if shot.blocked_by == UNSEEN:
        yield "what helps", _HELP
    if shot.state in _UNTAKEN:
        yield "what helps", "worklog doctor"


def _by_rule(cause: ByRule) -> str:
    """Return application and rule; of the default list what it is about, as its words are long."""
    application = cause.application or "a window without a name"
    about = default_name(cause.rule)
    if about is not None:
        return f"{application} ({cause.setting}: {about}, of the default list)"
    return f"{application} ({cause.setting}: {cause.rule.field} matches /{cause.rule.pattern}/)"


def _who(by: By, outlook: Outlook, setting: str) -> str:
    return f"the policy of {outlook.limits.contract}" if by == "policy" else setting
