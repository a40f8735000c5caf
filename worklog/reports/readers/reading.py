"""What all readers share: their answer, their refusal, text of any encoding, lines of JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NoReturn

from worklog.domain.time_entry import TimeEntry

LARGEST_FILE: Final = 256 << 20  # [bytes]
MOST_ENTRIES: Final = 1_000_000
_FAR: Final = 1 << 40  # seconds that no calendar reaches
_DEEPEST: Final = 4  # steps to the deepest thing that a reader refuses by its place
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

Path = tuple[str | int, ...]
Node = Any  # of JSON: every use checks what it is


class UnreadableError(ValueError):
    """A file is not what its reader reads.

    Attributes:
        line: Where, from 1; 0 where no line is to blame.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Wants:
    """What a file does not say by itself.

    Attributes:
        zone: Of times without one.
        dates: `dmy` or `mdy` where dates such as 03/04/2026 could be either; None asks
            the file.
        day_start: Hour from which durations without a start are laid out, one behind the
            other; None refuses them.
        user: Whose time is read of a report of several people; None for the only one.
    """

    zone: tzinfo
    dates: str | None = None
    day_start: int | None = None
    user: str | None = None


@dataclass(slots=True)
class Reading:
    """What a file holds.

    Attributes:
        entries: In the order of the file.
        passed_over: (line, why) of what is no time entry: timers that run, whole days.
    """

    entries: list[TimeEntry] = field(default_factory=list)
    passed_over: list[tuple[int, str]] = field(default_factory=list)


def refuse(line: int, message: str) -> NoReturn:
    raise UnreadableError(line, message)


def text_of(data: bytes) -> str:
    """Return *data* as text: UTF-8, or UTF-16 with its mark.

    Raises:
        UnreadableError: it is neither.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableError(line, "this is no text in UTF-8") from error
    if "\0" in text:
        refuse(text[: text.index("\0")].count("\n") + 1, "this is no text: it holds NUL")
    return text


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of *text* with their numbers.

    Only line feeds end a line, with a carriage return before them or without: what else
    `str.splitlines` takes for an end can stand inside of somebody's words.
    """
    start, number = 0, 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield number, text[start:end].removesuffix("\r")
        start, number = end + 1, number + 1


def load_json(text: str) -> Node:
    """Return the value of *text*; numbers with a fraction as `Decimal`.

    Raises:
        UnreadableError: it is no JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise UnreadableError(error.lineno, f"this is no JSON: {error.msg}") from error
    except RecursionError as error:
        raise UnreadableError(0, "this JSON is nested too deeply") from error
    except (ArithmeticError, ValueError) as error:
        raise UnreadableError(0, "a number in it cannot be read") from error


class JsonFile:
    """A JSON file that knows the line of what it holds; the lines are looked for when asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.root: Node = load_json(text)

    def refuse(self, path: Path, message: str) -> NoReturn:
        """Refuse the file for what stands at *path*."""
        refuse(self.line(path), message)

    def line(self, path: Path) -> int:
        """Return the line on which the object or list at *path*, or around it, begins."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    @cached_property
    def _lines(self) -> dict[Path, int]:
        """Lines of objects and lists by their path, down to where refusals point.

        Found without a second parse, in one go: whoever asks for one line may ask for a
        million.
        """
        found: dict[Path, int] = {(): 1}
        path: list[str | int] = []  # of what is open; the last step is the one to come
        line, reached = 1, 0
        text = self._text
        for token in _TOKEN.finditer(text):
            mark, at = token[0][0], token.start()
            if mark in "[{":
                if len(path) <= _DEEPEST:
                    line, reached = line + text.count("\n", reached, at), at
                    found[tuple(path)] = line
                path.append(0 if mark == "[" else "")
            elif mark in "]}":
                path.pop()
            elif mark == ",":
                step = path[-1]
                path[-1] = step + 1 if isinstance(step, int) else ""
            elif path and path[-1] == "":
                path[-1] = json.loads(token[0])  # a name: the first text since the comma
        return found

    def objects(self, items: Node, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Node]]]:
        """Yield place and content of each of *items*, all of which must be objects."""
        if not isinstance(items, list):
            self.refuse(path, "a list was expected here")
        for position, item in enumerate(items):
            if not isinstance(item, dict):
                self.refuse((*path, position), "an object was expected here")
            yield (*path, position), item

    def text(self, item: Mapping[str, Node], name: str, path: Path) -> str:
        """Return the text *name* of *item*; empty where there is none."""
        value = item.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(path, f"{name!r} is no text")
        return value

    def texts(self, item: Mapping[str, Node], name: str, path: Path) -> tuple[str, ...]:
        """Return the texts *name* of *item*; none where there are none."""
        value = item.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.refuse(path, f"{name!r} is no list of texts")
        return tuple(value)


def _no_number(text: str) -> NoReturn:
    msg = f"{text} is no number"
    raise ValueError(msg)


def seconds_of(value: Node) -> int | None:
    """Return the number *value* as whole seconds, rounded down; None if it is none."""
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return None
    return math.floor(value) if -_FAR < value < _FAR else None
