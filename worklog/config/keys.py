"""The one table of settings: it feeds the parser, `config list`, errors and the man page.

Every value has a text form that is read the same from the file, the environment, an option
and the defaults in this table, so the defaults pass the same checks as what users write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from worklog.domain.text import LABEL_LENGTH, MEMO_LENGTH, bare, clean_label, nearest
from worklog.domain.times import parse_duration
from worklog.errors import UsageError

if TYPE_CHECKING:
    from worklog.app.ports import WithholdRule


class Rules(tuple[str, ...]):
    """Rules for windows as they are written: `title: REGEX`, `application: REGEX`, `default`."""

    __slots__ = ()

    def rules(self, defaults: Sequence[WithholdRule]) -> tuple[WithholdRule, ...]:
        """Return the rules, with *defaults* in the place of `default`."""
        from worklog.app.ports import WithholdRule  # noqa: PLC0415 -- for captures only

        found: list[WithholdRule] = []
        for text in self:
            field, _, pattern = text.partition(": ")
            found += [WithholdRule(field, pattern)] if pattern else defaults
        return tuple(found)


class Words(tuple[str, ...]):
    """Words as they are written: in lower case, or `default`."""

    __slots__ = ()

    def words(self, defaults: frozenset[str]) -> frozenset[str]:
        """Return the words, with *defaults* in the place of `default`."""
        own = frozenset(self)
        return own - {"default"} | defaults if "default" in own else own


Value = bool | int | str | timedelta | Rules | Words

_YES: Final = ("yes", "true", "on", "1")
_NO: Final = ("no", "false", "off", "0")
_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]i?b|b)?", re.ASCII | re.IGNORECASE)
_UNITS: Final = {"k": 1, "m": 2, "g": 3, "t": 4}
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_LARGEST_NUMBER: Final = 1000
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class Kind(StrEnum):
    """What a value is."""

    FLAG = "yes or no"
    CHOICE = "one of a few words"
    DURATION = "duration"
    NUMBER = "number"
    SIZE = "size"
    RULES = "list of rules"
    WORDS = "list of words"
    ZONE = "time zone"
    NAME = "name"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    Attributes:
        name: As in the file: `capture.review`.
        kind: What its value is.
        default: In text form.
        help: One sentence.
        choices: The words of a choice, else empty.
        low: Least duration.
        high: Greatest duration.
        least: Least number.
        most: Greatest number.
    """

    name: str
    kind: Kind
    default: str
    help: str
    choices: tuple[str, ...] = ()
    low: timedelta = timedelta(0)
    high: timedelta = _DAY
    least: int = 0
    most: int = _LARGEST_NUMBER

    @property
    def variable(self) -> str:
        """The environment variable that sets it: `WORKLOG_CAPTURE_REVIEW`."""
        return "WORKLOG_" + self.name.upper().replace(".", "_").replace("-", "_")


KEYS: Final = (
    Key(
        "capture.consent",
        Kind.CHOICE,
        "ask",
        "Whether screenshots may be taken; `ask` asks once at the first start.",
        ("yes", "no", "ask"),
    ),
    Key("capture.screenshots", Kind.FLAG, "yes", "Take a screenshot in every ten minutes."),
    Key(
        "capture.monitors",
        Kind.CHOICE,
        "all",
        "Capture all monitors, or the one with the active window.",
        ("all", "active"),
    ),
    Key("capture.notify", Kind.FLAG, "yes", "Show each screenshot with Keep, Redact, Discard."),
    Key(
        "capture.review",
        Kind.DURATION,
        "10m",
        "How long a segment waits for your review before it may be uploaded.",
        high=6 * _HOUR,
    ),
    Key(
        "capture.withhold",
        Kind.RULES,
        "default",
        "While a matching window is visible no screenshot is taken; each rule is "
        "`application: REGEX`, `title: REGEX`, or `default` for those that come with worklog.",
    ),
    Key(
        "redact.apps",
        Kind.RULES,
        "",
        "Windows that are covered in a screenshot before it is written, by rules like those of "
        "`capture.withhold`; where the place of one is not certain there is no picture.",
    ),
    Key(
        "redact.secrets",
        Kind.FLAG,
        "no",
        "Read each screenshot on this machine before it is written, and cover keys, tokens, "
        "passwords, card and account numbers and mail addresses in it (extra `secrets`); one "
        "that cannot be read is not kept.",
    ),
    Key("capture.pixelate", Kind.NUMBER, "0", "Edge of the blocks to pixelate by [px]; 0: sharp."),
    Key(
        "camera",
        Kind.FLAG,
        "no",
        "Take a camera snapshot with each screenshot; no contract can require it.",
    ),
    Key(
        "camera-consent",
        Kind.CHOICE,
        "ask",
        "Whether camera snapshots may be taken; `ask` asks once at the first start with `camera`.",
        ("yes", "no", "ask"),
    ),
    Key(
        "camera-source",
        Kind.TEXT,
        "",
        "The camera: a device, a file or an address that FFmpeg opens; `v4l2:`, `avfoundation:` or "
        "`dshow:` in front says how. Empty for the first camera.",
    ),
    Key(
        "idle.after",
        Kind.DURATION,
        "10m",
        "Time without input after which you are idle.",
        low=timedelta(minutes=1),
    ),
    Key(
        "idle.action",
        Kind.CHOICE,
        "pause",
        "What to do then: pause, stop, or keep tracking.",
        ("pause", "stop", "keep"),
    ),
    Key("idle.resume", Kind.DURATION, "30m", "How long input resumes what paused itself."),
    Key("memo.remind", Kind.DURATION, "60m", "Remind of the memo after this long; 0 for never."),
    Key(
        "review.few-boxes",
        Kind.NUMBER,
        "4",
        "Up to how many green boxes of a segment `worklog review` calls few; 0: never.",
        most=9,
    ),
    Key(
        "review.memo-words",
        Kind.NUMBER,
        "2",
        "Words that a memo has at least, unless it has the length of `review.memo-length`.",
        least=1,
        most=20,
    ),
    Key(
        "review.memo-length",
        Kind.NUMBER,
        "12",
        "Characters from which on a memo of fewer words says enough.",
        least=1,
        most=MEMO_LENGTH,
    ),
    Key(
        "review.vague",
        Kind.WORDS,
        "default",
        "Words that say nothing in a memo that has no others; `default` for those that come "
        "with worklog, as `work` and `misc` do.",
    ),
    Key(
        "review.manual-share",
        Kind.NUMBER,
        "20",
        "Share of manual time in a week above which it is named [%]; 100: never.",
        most=100,
    ),
    Key(
        "review.gap",
        Kind.DURATION,
        "10m",
        "Shortest time between two segments that is named as a gap.",
        low=timedelta(minutes=1),
    ),
    Key(
        "review.longest-gap",
        Kind.DURATION,
        "2h",
        "Longest one: who is away for more was not at work; 0 to name no gaps.",
    ),
    Key(
        "review.remind",
        Kind.DURATION,
        "12h",
        "How long before a week locks to remind of what a review of it finds, and of what is "
        "not uploaded yet; 0 for never.",
        high=3 * _DAY,
    ),
    Key("limit.stop", Kind.FLAG, "no", "Stop tracking when the weekly limit is reached."),
    Key(
        "hangup",
        Kind.CHOICE,
        "stop",
        "When the terminal closes: stop, or continue in the background.",
        ("stop", "continue"),
    ),
    Key("zone", Kind.ZONE, "", "Time zone to read and show times in; empty for the system's."),
    Key("ui.colour", Kind.CHOICE, "auto", "Use colour.", ("auto", "always", "never")),
    Key("ui.unicode", Kind.CHOICE, "auto", "Draw with Unicode.", ("auto", "yes", "no")),
    Key(
        "log.level",
        Kind.CHOICE,
        "info",
        "How much the log says.",
        ("debug", "info", "warning", "error"),
    ),
    Key(
        "hooks.timeout",
        Kind.DURATION,
        "5s",
        "How long a hook may run.",
        low=timedelta(seconds=1),
        high=timedelta(minutes=1),
    ),
    Key("screen.way", Kind.NAME, "auto", "How to take pictures; `worklog doctor` lists the ways."),
    Key("input.way", Kind.NAME, "auto", "How to count input; `worklog doctor` lists the ways."),
    Key("window.way", Kind.NAME, "auto", "How to see windows; `worklog doctor` lists the ways."),
    Key("report.logo", Kind.TEXT, "", "A PNG or JPEG to stand above html and pdf reports."),
    Key("report.from", Kind.TEXT, "", "Your name and address on reports, a line each."),
    Key("report.to", Kind.TEXT, "", "Whom reports are for, a line each."),
    Key(
        "storage.encrypt",
        Kind.FLAG,
        "no",
        "Encrypt new pictures, window titles and names of applications on the disk; what is there "
        "stays as it is. Keep a copy of the key. Memos and counts are not encrypted.",
    ),
    Key(
        "storage.key",
        Kind.CHOICE,
        "file",
        "Where the key of `storage.encrypt` is: in `pictures.key` beside the settings, or in the "
        "keyring of the desktop (extra `keyring`).",
        ("file", "keyring"),
    ),
    Key("disk.warn", Kind.SIZE, "500MB", "Warn when less than this is free."),
    Key("disk.stop", Kind.SIZE, "100MB", "Take no screenshots when less than this is free."),
)
_BY_NAME: Final = {key.name: key for key in KEYS}


def find_key(name: str) -> Key | None:
    """Return the key called *name*; None if there is none."""
    return _BY_NAME.get(name)


def near_keys(name: str) -> list[str]:
    """Return the names of keys that *name* may have meant, best first."""
    section, _, last = name.rpartition(".")
    found = nearest(name, _BY_NAME) or nearest(last, _BY_NAME)
    return found[:1] if section else found


def read_value(key: Key, raw: object) -> Value:
    """Return the value of *key* that *raw*, text or a TOML value, stands for.

    Raises:
        ValueError: it stands for none; the message says why, without the key.
    """
    return _READERS[key.kind](key, raw)


def as_text(key: Key, value: Value) -> str:
    """Return *value* in the form that `read_value` reads; rules one a line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, tuple):
        return "\n".join(value)
    return _size_text(value) if key.kind is Kind.SIZE and isinstance(value, int) else str(value)


def _flag(key: Key, raw: object) -> bool:
    del key
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    msg = f"{raw!r} is neither yes nor no"
    raise ValueError(msg)


def _choice(key: Key, raw: object) -> str:
    word = {True: "yes", False: "no"}[raw] if isinstance(raw, bool) else str(raw).strip().lower()
    if word in key.choices:
        return word
    msg = f"{raw!r} is none of {', '.join(key.choices)}"
    raise ValueError(msg)


def _duration(key: Key, raw: object) -> timedelta:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        msg = f"{raw!r} is not a duration such as '10m'"
        raise ValueError(msg)  # noqa: TRY004 -- one kind of error for whatever is in the file
    try:
        found = parse_duration(str(raw))
    except UsageError as error:
        msg = f"{error} such as '10m'"
        raise ValueError(msg) from None
    if not key.low <= found <= key.high:
        msg = f"{raw!r} is not between {_duration_text(key.low)} and {_duration_text(key.high)}"
        raise ValueError(msg)
    return found


def _number(key: Key, raw: object) -> int:
    text = str(raw).strip()
    is_number = not isinstance(raw, bool) and text.isascii() and text.isdigit()
    # What is longer is never made a number: that takes the square of its length.
    if is_number and len(text) <= len(str(_LARGEST_NUMBER)) and key.least <= int(text) <= key.most:
        return int(text)
    msg = f"{raw!r} is not a whole number from {key.least} to {key.most}"
    raise ValueError(msg)


def _size(key: Key, raw: object) -> int:
    del key
    found = None if isinstance(raw, bool) else _SIZE.fullmatch(str(raw).strip())
    if found is None:
        msg = f"{raw!r} is not a size such as '500MB'"
        raise ValueError(msg)
    unit = (found[2] or "b").lower()
    base = 1024 if "i" in unit else 1000
    return round(float(found[1]) * float(base ** _UNITS.get(unit[0], 0)))


def _rules(key: Key, raw: object) -> Rules:
    del key
    lines = raw if isinstance(raw, list) else str(raw).splitlines()
    return Rules(_rule(line) for line in lines)


def _rule(line: object) -> str:
    text = line.strip() if isinstance(line, str) else ""
    field, colon, pattern = (part.strip() for part in text.partition(":"))
    if text == "default":
        return text
    if not colon or field not in ("application", "title") or not pattern:
        msg = f"{line!r} is no rule: write 'application: REGEX', 'title: REGEX' or 'default'"
        raise ValueError(msg)
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"{pattern!r} is no regular expression: {error}"
        raise ValueError(msg) from None
    return f"{field}: {pattern}"


def _words(key: Key, raw: object) -> Words:
    del key
    entries = raw if isinstance(raw, list) else [raw]
    found = [_word(word) for entry in entries for word in _split(entry)]
    return Words(dict.fromkeys(found))


def _split(entry: object) -> list[str]:
    if not isinstance(entry, str):
        msg = f"{entry!r} is no word: write words in quotes"
        raise ValueError(msg)  # noqa: TRY004 -- one kind of error for whatever is in the file
    return entry.replace(",", " ").split()


def _word(text: str) -> str:
    """Return *text* as words of memos are compared, so that it is found in them."""
    try:
        word = bare(clean_label(text))
    except UsageError:  # too long
        word = ""
    if not word:
        msg = f"{text!r} is no word of letters or digits, of at most {LABEL_LENGTH} characters"
        raise ValueError(msg)
    return word


def _zone(key: Key, raw: object) -> str:
    del key
    name = raw.strip() if isinstance(raw, str) else repr(raw)
    if name and not is_zone(name):
        from zoneinfo import available_timezones  # noqa: PLC0415 -- reads folders

        near = nearest(name, sorted(available_timezones()))
        known = f"; did you mean {near[0]}?" if near else ", as 'Europe/Berlin' is"
        msg = f"{raw!r} is not the name of a time zone{known}"
        raise ValueError(msg)
    return name


def is_zone(name: str) -> bool:
    """Return whether *name* is a time zone that this machine knows."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 -- only for a zone that was set

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, `../x`, and what there is not
        return False
    return True


def _name(key: Key, raw: object) -> str:
    del key
    if not isinstance(raw, str) or not _NAME.fullmatch(raw.strip().lower()):
        msg = f"{raw!r} is not a name: write 'auto', or one that `worklog doctor` lists"
        raise ValueError(msg)
    return raw.strip().lower()


def _text(key: Key, raw: object) -> str:
    del key
    if not isinstance(raw, str):
        msg = f"{raw!r} is not text in quotes"
        raise ValueError(msg)  # noqa: TRY004 -- one kind of error for whatever is in the file
    return raw.strip()


_READERS: Final[dict[Kind, Callable[[Key, object], Value]]] = {
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.DURATION: _duration,
    Kind.NUMBER: _number,
    Kind.SIZE: _size,
    Kind.RULES: _rules,
    Kind.WORDS: _words,
    Kind.ZONE: _zone,
    Kind.NAME: _name,
    Kind.TEXT: _text,
}


def _duration_text(value: timedelta) -> str:
    minutes, seconds = divmod(value // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    amounts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in amounts if amount) or "0"


def _size_text(value: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if value and value % size == 0:
            return f"{value // size}{unit}"
    return f"{value}B"
