"""As much of a terminal as a display needs: rows, a cursor, and a few escape sequences."""

from __future__ import annotations

import io
import re

_TOKEN = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


class TinyTerminal(io.StringIO):
    """A stream whose `rows` are what a person sees. Lines are never wrapped.

    Attributes:
        is_gone: Whether writing fails, as on a terminal that was closed.
        written: How many characters came in.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows = [""]
        self.row = 0
        self.column = 0
        self.is_gone = False
        self.written = 0

    def write(self, text: str) -> int:
        if self.is_gone:
            raise OSError(5, "Input/output error")
        self.written += len(text)
        for token in _TOKEN.finditer(text):
            self._take(token)
        return len(text)

    def _take(self, token: re.Match[str]) -> None:
        match token[0], token[2]:
            case "\r", _:
                self.column = 0
            case "\n", _:
                self.row, self.column = self.row + 1, 0
                self.rows += [""] * (self.row + 1 - len(self.rows))
            case _, "A":
                self.row = max(0, self.row - int(token[1] or 1))
            case _, "K":
                self.rows[self.row] = self.rows[self.row][: self.column]
            case _, "J":
                self.rows[self.row] = self.rows[self.row][: self.column]
                del self.rows[self.row + 1 :]
            case _, "m":
                pass
            case text, None:
                line = self.rows[self.row].ljust(self.column)
                end = self.column + len(text)
                self.rows[self.row] = line[: self.column] + text + line[end:]
                self.column = end
            case unknown, _:
                msg = f"no such sequence: {unknown!r}"
                raise AssertionError(msg)

    @property
    def seen(self) -> list[str]:
        """Return the rows with something on them."""
        return [row.rstrip() for row in self.rows if row.strip()]
