"""What a memo and a label may look like, and how foreign text is made safe to print.

Text from outside can carry escape sequences, reversed writing or bytes that are no text.
It is cleaned where it comes in, so that nothing stored can harm a terminal, a log line or
a page; `printable` is for text that never came through here (T13, T30).

Loaded by the quick road, so this module imports nothing at the top. Normalisation costs
an import only where text is not ASCII.
"""

from __future__ import annotations

from worklog.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final

MEMO_LENGTH: Final = 500  # characters
LABEL_LENGTH: Final = 60  # characters
_NEAREST: Final = 3  # names that an error offers
_MARKS: Final = ".,;:!?-…"

# Joiners, marks of direction and tags stay: Persian, Indic scripts and emoji need them.
_REMOVED: Final = (
    *range(0x20),
    *range(0x7F, 0xA0),
    0x200B,  # zero width space: two memos that look alike would not group
    *range(0x202A, 0x202F),  # embeddings and overrides reorder the rest of the line
    *range(0x2066, 0x2070),  # isolates, and format characters that are deprecated
    0xFEFF,  # byte order mark
    *range(0xFFF9, 0xFFFC),  # interlinear annotation
)
_SPACES: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_SAFE: Final = {**dict.fromkeys(_REMOVED), **dict.fromkeys(map(ord, _SPACES), " ")}


def printable(text: str) -> str:
    """Return *text* as one line that is safe to print and can be encoded.

    Line breaks and tabs become spaces, control characters and what reorders a line go
    (of an escape sequence its harmless letters stay), and what is no text becomes U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    safe = text.translate(_SAFE)
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in safe)


def clean_memo(text: str) -> str:
    """Return *text* as a memo: one trimmed line, single spaces, normal form C.

    An empty memo is one: it takes the memo away.

    Raises:
        UsageError: it has over 500 characters.
    """
    return _clean(text, what="memo", length=MEMO_LENGTH)


def clean_label(text: str) -> str:
    """Return *text* as a label: one trimmed line, single spaces, normal form C.

    Raises:
        UsageError: it has over 60 characters.
    """
    return _clean(text, what="label", length=LABEL_LENGTH)


def bare(word: str) -> str:
    """Return *word* as words are compared: in lower case, without marks around it."""
    return word.lower().strip(_MARKS)


def nearest(word: str, choices: Iterable[str]) -> list[str]:
    """Return up to three of *choices* that *word* may have meant, best first.

    Case does not count, and a beginning or a part of a name is near to it.
    """
    wanted = word.casefold()
    names = {name.casefold(): name for name in choices}
    inside = sorted((name for name in names if wanted and wanted in name), key=_by_place(wanted))
    if len(inside) < _NEAREST:
        from difflib import get_close_matches  # noqa: PLC0415 -- only for a name not found

        alike = get_close_matches(wanted, names, n=_NEAREST)
        inside += [name for name in alike if name not in inside]
    return [names[name] for name in inside[:_NEAREST]]


def _by_place(wanted: str) -> Callable[[str], tuple[int, str]]:
    return lambda name: (name.index(wanted), name)


def _clean(text: str, *, what: str, length: int) -> str:
    line = " ".join(printable(text).split())
    if not line.isascii():
        from unicodedata import normalize  # noqa: PLC0415 -- see the module's docstring

        line = normalize("NFC", line)
    if len(line) > length:
        msg = f"a {what} has at most {length} characters, this one has {len(line)}"
        raise UsageError(msg, hint=f"Shorten it by {len(line) - length} characters.")
    return line
