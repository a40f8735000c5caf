"""Reading decoded JSON without trusting it: every access says what it expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NoReturn

from worklog.domain.canonical import Json, parse_json
from worklog.domain.grid import from_epoch_ms

_LAST_MS: Final = 253_402_300_799_999  # the end of year 9999, the last that datetime knows


class MalformedError(ValueError):
    """The JSON is not what it should be; the message says where."""


class Reader:
    """A JSON object, read by name and type.

    Raises:
        MalformedError: a member is missing or has another type.
    """

    __slots__ = ("_members", "_what")

    def __init__(self, value: Json, what: str) -> None:
        if not isinstance(value, Mapping):
            msg = f"{what} is no JSON object"
            raise MalformedError(msg)
        self._members = value
        self._what = what

    @classmethod
    def of_text(cls, text: str, what: str) -> Reader:
        """Return the reader of the JSON *text*."""
        try:
            return cls(parse_json(text), what)
        except MalformedError:
            raise
        except ValueError as error:
            msg = f"{what} is no JSON: {error}"
            raise MalformedError(msg) from error

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self) -> Iterator[str]:
        return iter(self._members)

    def value(self, name: str) -> Json:
        if name not in self._members:
            self.refuse(name, "is missing")
        return self._members[name]

    def text(self, name: str, default: str | None = None) -> str:
        value = self._get(name, default)
        if not isinstance(value, str):
            self.refuse(name, "is no text")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._members.get(name)
        return None if value is None else self.text(name)

    def integer(self, name: str, default: int | None = None) -> int:
        value = self._get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, "is no whole number")
        return value

    def boolean(self, name: str, default: bool | None = None) -> bool:  # noqa: FBT001 -- a value
        value = self._get(name, default)
        if not isinstance(value, bool):
            self.refuse(name, "is neither true nor false")
        return value

    def instant(self, name: str) -> datetime:
        """Return the instant that *name* has in milliseconds since the Unix epoch."""
        milliseconds = self.integer(name)
        if not 0 <= milliseconds <= _LAST_MS:
            self.refuse(name, "is no time")
        return from_epoch_ms(milliseconds)

    def items(self, name: str) -> tuple[Json, ...]:
        value = self._get(name, None)
        if not isinstance(value, list | tuple):
            self.refuse(name, "is no list")
        return tuple(value)

    def texts(self, name: str) -> tuple[str, ...]:
        items = self.items(name)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) != len(items):
            self.refuse(name, "has something else than text")
        return texts

    def integers(self, name: str) -> tuple[int, ...]:
        items = self.items(name)
        numbers = tuple(
            item for item in items if isinstance(item, int) and not isinstance(item, bool)
        )
        if len(numbers) != len(items):
            self.refuse(name, "has something else than whole numbers")
        return numbers

    def counts(self, name: str) -> tuple[int | None, ...]:
        """Return whole numbers, None where unknown."""
        items = self.items(name)
        if any(isinstance(i, bool) or not isinstance(i, int | None) for i in items):
            self.refuse(name, "has something else than whole numbers")
        return tuple(item for item in items if item is None or isinstance(item, int))

    def boxes(self, name: str) -> tuple[bool | None, ...]:
        """Return true, false, or None where unknown."""
        items = self.items(name)
        if any(not isinstance(item, bool | None) for item in items):
            self.refuse(name, "has something else than true and false")
        return tuple(item for item in items if item is None or isinstance(item, bool))

    def rows(self, name: str, *columns: type[int | str]) -> tuple[tuple[Json, ...], ...]:
        """Return lists of fixed *columns*, whole numbers or text each."""
        rows = []
        for row in self.items(name):
            if (
                not isinstance(row, list | tuple)
                or len(row) != len(columns)
                or any(type(cell) is not kind for cell, kind in zip(row, columns, strict=True))
            ):
                self.refuse(name, "has a row of another form")
            rows.append(tuple(row))
        return tuple(rows)

    def object(self, name: str) -> Reader:
        return Reader(self.value(name), f"{self._what}.{name}")

    def objects(self, name: str) -> tuple[Reader, ...]:
        return tuple(Reader(item, f"{self._what}.{name}") for item in self.items(name))

    def refuse(self, name: str, problem: str) -> NoReturn:
        """Say what is wrong with *name*."""
        msg = f"{self._what}.{name} {problem}"
        raise MalformedError(msg)

    def _get(self, name: str, default: Json) -> Json:
        if name not in self._members and default is None:
            self.refuse(name, "is missing")
        return self._members.get(name, default)
