"""The tracker's log: rotating, private, and unable to hold a memo or a title (T11, T30).

What a line may say is decided here and not by those who log: the message is a constant of
the source, and beside it only the fields listed in `FIELDS` are written, each in the form
that an id, a code or a number has. Everything else is counted and withheld. Of an
exception its type and places are kept, not its message, which may quote anything.

A record is one line of JSON in ASCII, so no control character can start another. Only
the tracker opens the log: two processes that rotate one file lose lines.

    log.warning("hook in trouble", extra={"hook": "on-seal", "code": "too-slow"})
"""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

ROOT: Final = "worklog"
FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
MAX_BYTES: Final = 1 << 20
KEPT: Final = 3
WITHHELD: Final = "withheld"
FRAMES_AT_MOST: Final = 20

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_.][A-Za-z0-9]+){0,7}")
_CODE_CHARACTERS: Final = 80


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_code(value: object) -> bool:
    is_short = isinstance(value, str) and len(value) <= _CODE_CHARACTERS
    return is_short and _CODE.fullmatch(str(value)) is not None


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float)


FIELDS: Final[dict[str, Callable[[object], bool]]] = {
    **dict.fromkeys(
        ("part", "session", "contract", "amendment", "device", "stream", "letter"), _is_id
    ),
    **dict.fromkeys(("code", "hook", "way", "state", "reason", "command", "event"), _is_code),
    **dict.fromkeys(
        ("count", "seconds", "bytes", "errno", "pid", "signal", "monitor", "slot", "number"),
        _is_number,
    ),
    **dict.fromkeys(("covered", "covered_windows", "covered_secrets"), _is_number),
}
# What every record has; anything else on it came in through `extra`.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """Makes a record one line of JSON that holds ids, codes and numbers only."""

    def format(self, record: logging.LogRecord) -> str:
        """Return *record* as one line; its arguments are never put into its message."""
        document: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
        }
        extra = {key: value for key, value in vars(record).items() if key not in _OWN}
        for key, value in extra.items():
            if key in FIELDS:
                document[key] = value if FIELDS[key](value) else WITHHELD
        withheld = len(extra.keys() - FIELDS.keys()) + (len(record.args) if record.args else 0)
        if withheld:
            document[WITHHELD] = withheld
        if record.exc_info and record.exc_info[1] is not None:
            document["error"], document["frames"] = _without_words(record.exc_info[1])
        return json.dumps(document)


def _without_words(error: BaseException) -> tuple[str, list[str]]:
    frames = traceback.extract_tb(error.__traceback__, limit=-FRAMES_AT_MOST)
    places = [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames]
    return type(error).__name__, places


class PrivateRotatingFileHandler(RotatingFileHandler):
    """Writes a file that only its user may read, and never disturbs who logs."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.baseFilename, flags, FILE_MODE)
        if hasattr(os, "fchmod"):  # an older file may be open to others; not on Windows
            os.fchmod(descriptor, FILE_MODE)
        return os.fdopen(descriptor, "a", encoding="ascii")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 -- the library's
        """Drop *record*, which the library would print on standard error, words and all.

        The file is opened anew for the next one: the disk may have room again by then.
        """
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


# A thread that ends late may still log; without any handler the library would print that
# on standard error.
logging.getLogger(ROOT).addHandler(logging.NullHandler())


def open_log(path: str | Path, *, level: int = logging.INFO) -> Callable[[], None]:
    """Write what this package logs to the file *path*; return what ends that.

    Where the file cannot be written nothing is logged, and nobody is disturbed.
    """
    file = Path(path)
    logger = logging.getLogger(ROOT)
    try:
        file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        handler: logging.Handler = PrivateRotatingFileHandler(
            file, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="ascii", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(LineFormatter())
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    # Handlers of other libraries would show our records without this formatter.
    logger.propagate = False

    def close() -> None:
        logger.removeHandler(handler)
        with suppress(OSError):  # a full disk
            handler.close()
        logger.setLevel(before[0])
        logger.propagate = before[1]

    return close
