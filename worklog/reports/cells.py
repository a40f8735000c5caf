"""Names inside a table of markup: in every format they stay the text that they are.

Memos are anybody's text, and most formats of tabulate leave escaping to the caller. Each
family of markup has one way; a format that is no markup gets the text as it is (T6, T7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final

_TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
# Spreadsheets also take the full-width forms for the sign itself.
_WIDE_TRIGGERS: Final = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
# CommonMark lets a backslash stand before any ASCII punctuation; Jira before its marks.
_BACKSLASHED: Final = re.compile(r"[\\`*_\[\]{}|~^!]")
_NOT_REST: Final = re.compile(r"[\\`*_|]|^\W")
_ENTITIES: Final = re.compile(r"[&<>|{}\[\]*_~^!'`+\\]")
_LATEX: Final[Mapping[str, str]] = {
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "^": "\\^{}",
    "~": "\\textasciitilde{}",
    "\\": "\\textbackslash{}",
    "<": "\\ensuremath{<}",
    ">": "\\ensuremath{>}",
}


def cell(text: str, form: str) -> str:
    """Return *text* so that it is nothing but text in a table of the format *form*."""
    escaped = _ESCAPES.get(form)
    return text if escaped is None else escaped(text)


def guarded(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    is_formula = text.lstrip(" \u00a0\ufeff\u200b").startswith((*_TRIGGERS, *_WIDE_TRIGGERS))
    return f"'{text}" if is_formula else text


def _markdown(text: str) -> str:
    return _BACKSLASHED.sub(r"\\\g<0>", escape(text, quote=False))


def _entities(text: str) -> str:
    return _ENTITIES.sub(lambda found: f"&#{ord(found[0])};", text)


_ESCAPES: Final[Mapping[str, Callable[[str], str]]] = {
    **dict.fromkeys(("pipe", "github", "md"), _markdown),
    **dict.fromkeys(("asciidoc", "mediawiki", "moinmoin", "textile", "youtrack"), _entities),
    "jira": lambda text: _BACKSLASHED.sub(r"\\\g<0>", text),
    "latex_raw": lambda text: "".join(_LATEX.get(char, char) for char in text),
    "orgtbl": lambda text: text.replace("|", "\\vert{}"),
    "rst": lambda text: _NOT_REST.sub(r"\\\g<0>", text),
    "tsv": guarded,
    "unsafehtml": escape,
}
