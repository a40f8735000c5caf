"""What must not leave on a picture: keys, tokens, passwords, cards, accounts, addresses.

Looks at lines as text recognition gives them. To cover too much costs less than to show a
secret, so a token is followed into the lines that it was broken into, and a private key from
its first line to its last, whichever of them the picture shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from worklog.domain.secret_forms import KEY_HEADER, SecretKind, find_in, is_random


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of recognised text and where it stands in the picture [px].

    Side by side stand as many lines as there are windows or columns.
    """

    text: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret, or a line of one.

    Attributes:
        kind: What it is.
        line: Position of its line among those that were looked at.
        start: First character of it in the line.
        end: Character after its last one.
    """

    kind: SecretKind
    line: int
    start: int
    end: int


def find(lines: Sequence[TextLine]) -> tuple[Finding, ...]:
    """Return what must not be seen in *lines*, by line and place."""
    found = {one for row in _rows(lines) for one in _found_in(row, lines)}
    bodies = _bodies(lines)
    found = {one for one in found if one.line not in bodies}
    found |= {
        Finding(SecretKind.PRIVATE_KEY, number, 0, len(lines[number].text)) for number in bodies
    }
    found |= _wrapped(lines, found)
    return tuple(sorted(found, key=lambda one: (one.line, one.start, one.end)))


# --- Lines side by side -----------------------------------------------------------------------

_BESIDE: Final = 3  # lines: what is further to the right is another text


def _rows(lines: Sequence[TextLine]) -> list[list[int]]:
    """Return the lines by row, from left to right: recognition parts words that are far apart."""
    found = {number: _right(lines, number) for number in range(len(lines))}
    after = {number: right for number, right in found.items() if right is not None}
    rows = []
    for number in sorted(set(range(len(lines))) - set(after.values())):
        row = [number]
        while (right := after.get(row[-1])) is not None:
            row.append(right)
        rows.append(row)
    return rows


def _right(lines: Sequence[TextLine], number: int) -> int | None:
    """Return the line that goes on with *number* to its right."""
    here = lines[number]
    end = here.left + here.width
    near = [
        (line.left, other)
        for other, line in enumerate(lines)
        if end - here.height // 2 <= line.left <= end + here.height * _BESIDE
        and line.left > here.left
        and abs(2 * line.top + line.height - 2 * here.top - here.height) < here.height
    ]
    return min(near)[1] if near else None


def _found_in(row: Sequence[int], lines: Sequence[TextLine]) -> Iterator[Finding]:
    """Give what is in a *row*, with its place in each of its lines."""
    found = find_in(" ".join(lines[number].text for number in row))
    begin = 0
    for number in row:
        size = len(lines[number].text)
        for kind, start, end in found:
            first, last = max(0, start - begin), min(size, end - begin)
            if first < last:
                yield Finding(kind, number, first, last)
        begin += size + 1


# --- Secrets of more than one line ------------------------------------------------------------

_BODY: Final = re.compile(r"[A-Za-z0-9+/=|]{4,}")
_REST: Final = re.compile(r"[A-Za-z0-9+/=\-_.]+")  # what a token goes on with
_WITH_KEY: Final = re.compile(r"(?i)(?:Proc-Type|DEK-Info|Version|Comment|Private-[LM]|Public-L)")
_LEAST: Final = 8  # characters of what a token goes on with
_FULL: Final = 44  # characters of a line within a key; 64 and 70 are what programs write
_GAP: Final = 2.5  # lines: what is further below is another text
_KEEPS: Final = frozenset({SecretKind.MAIL, SecretKind.CARD, SecretKind.IBAN})


def _bodies(lines: Sequence[TextLine]) -> set[int]:
    """Return the lines of private keys between BEGIN and END, or as far as they are shown.

    A key may be cut off at either end by the edge of its window, and at both: then it is
    told by two full lines of it.
    """
    bodies: set[int] = set()
    for number, line in enumerate(lines):
        if (header := KEY_HEADER.search(line.text)) is not None:
            is_end = header[0][:3].upper() == "END"
            bodies |= _run(lines, number, step=-1 if is_end else 1)
    full = [n for n, line in enumerate(lines) if _is_full(line.text)]
    for number in full:
        below = _next(lines, number, step=1)
        if below in full or (below is not None and below in bodies):
            bodies |= {number, *_run(lines, number, step=1)}
    return bodies


def _run(lines: Sequence[TextLine], number: int, *, step: int) -> set[int]:
    """Return the lines of a key from *number* on downwards, or upwards where *step* is -1."""
    run: set[int] = set()
    following = _next(lines, number, step=step)
    while following is not None and _is_of_key(lines[following].text):
        run.add(following)
        following = _next(lines, following, step=step)
    return run


def _is_of_key(text: str) -> bool:
    """Return whether *text* may stand between BEGIN and END."""
    if KEY_HEADER.search(text):
        return False
    if _WITH_KEY.match(text):
        return True
    bare = text.replace(" ", "")
    # A prompt or a sentence has spaces between all its words; a key has few, misread ones.
    return text.count(" ") * 12 <= len(text) + 12 and _BODY.fullmatch(bare) is not None


def _is_full(text: str) -> bool:
    bare = text.replace(" ", "")
    return (
        len(bare) >= _FULL
        and _is_of_key(text)
        and any(c.islower() for c in bare)
        and any(c.isupper() for c in bare)
        and any(c.isdigit() for c in bare)
        and len(set(bare)) > _FULL // 2
    )


def _next(lines: Sequence[TextLine], number: int, *, step: int) -> int | None:
    """Return the line that stands next below *number* in its column; above for a *step* of -1."""
    here = lines[number]
    reach = here.height * _GAP
    near = [
        (distance, other)
        for other, line in enumerate(lines)
        if here.height // 2 < (distance := (line.top - here.top) * step) <= reach
        and line.left < here.left + here.width
        and here.left < line.left + line.width
    ]
    return min(near)[1] if near else None


def _wrapped(lines: Sequence[TextLine], found: set[Finding]) -> set[Finding]:
    """Return what tokens go on with in the lines below, where a terminal broke them."""
    taken = {one.line for one in found}
    more: set[Finding] = set()
    for one in found:
        number, kind = one.line, one.kind
        reaches_end = one.end >= len(lines[number].text.rstrip())
        while reaches_end and kind not in _KEEPS:
            below = _next(lines, number, step=1)
            if below is None or below in taken or lines[below].left > lines[number].left + 8:
                break
            word = lines[below].text.split(" ", 1)[0]
            if len(word) < _LEAST or not (_REST.fullmatch(word) and is_random(word)):
                break
            taken.add(below)
            more.add(Finding(kind, below, 0, len(word)))
            reaches_end = len(word) == len(lines[below].text.rstrip())
            number = below
    return more
