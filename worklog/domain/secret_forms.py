"""The forms of secrets within one line: tokens, what stands behind `password`, addresses.

What only looks random is not enough: it has to have the form of somebody's token, or stand
behind a word that says what it is. Lines come from text recognition, so an O may be a nought
and an l a one, and signs between words may be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from worklog.domain.payment_numbers import cards, ibans


class SecretKind(StrEnum):
    """What was found; the words are for the user."""

    PRIVATE_KEY = "private key"
    AWS = "AWS key"
    GITHUB = "GitHub token"
    SLACK = "Slack token"
    STRIPE = "Stripe key"
    GOOGLE = "Google key"
    JWT = "JSON web token"
    TOKEN = "token"  # noqa: S105 -- a kind of secret and none itself
    PASSWORD = "password"  # noqa: S105 -- likewise
    CARD = "card number"
    IBAN = "IBAN"
    MAIL = "mail address"


def find_in(text: str) -> tuple[tuple[SecretKind, int, int], ...]:
    """Return (kind, start, end) of what must not be seen in one line of text."""
    found: list[tuple[SecretKind, int, int]] = []
    for kind, start, end in _candidates(text):
        if not any(start < other[2] and other[1] < end for other in found):
            found.append((kind, start, end))
    return tuple(sorted(found, key=lambda one: one[1]))


def _candidates(text: str) -> Iterator[tuple[SecretKind, int, int]]:
    """Give what may be a secret, the surest form first."""
    for kind, pattern in _FORMS:
        for match in pattern.finditer(text):
            yield kind, *match.span()
    yield from ((SecretKind.IBAN, *span) for span in ibans(text))
    yield from ((SecretKind.CARD, *span) for span in cards(text))
    yield from _told(text)
    for match in _MAIL.finditer(text):
        yield SecretKind.MAIL, *match.span()


# --- Tokens that have a form of their own -----------------------------------------------------

# An underscore between words is often lost, or read as a space, a hyphen or a full stop.
_ = r"[_\-. ]?"
KEY_HEADER: Final = re.compile(
    r"(?i)(?:BEG[I1l]N|END) ?(?:[A-Z0-9]+ ?){0,2}PR[I1l]VATE ?KEY(?: ?BL[O0]CK)?"
)
_FORMS: Final[tuple[tuple[SecretKind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (SecretKind.PRIVATE_KEY, KEY_HEADER.pattern),
        (SecretKind.PRIVATE_KEY, r"AGE-SECRET-KEY-1[A-Z0-9]{40,}"),
        (SecretKind.PRIVATE_KEY, r"PuTTY-User-Key-File-\d"),
        (SecretKind.AWS, r"\bA(?:[KSB][I1l|]A|CCA|[I1l]DA|R[O0]A)[A-Z2-7lo01|]{16}\b"),
        (SecretKind.GITHUB, rf"\bgh[pousr]{_}(?=[A-Za-z]*\d)[A-Za-z0-9]{{30,}}"),
        (SecretKind.GITHUB, rf"\bgithub{_}pat{_}[A-Za-z0-9_]{{20,}}"),
        (SecretKind.SLACK, r"\bx[o0]x[abceoprs]-[A-Za-z0-9-]{10,}"),
        (SecretKind.SLACK, r"\bxapp-\d-[A-Za-z0-9-]{10,}"),
        (SecretKind.SLACK, r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
        (SecretKind.STRIPE, rf"\b[rs]k{_}(?:[l1I]ive|test){_}[A-Za-z0-9]{{16,}}"),
        (SecretKind.STRIPE, rf"\bwhsec{_}[A-Za-z0-9+/]{{20,}}"),
        (SecretKind.GOOGLE, r"\bA[I1l|]za ?[A-Za-z0-9_\-]{30,}"),
        (SecretKind.GOOGLE, r"\bG[O0]CSPX-[A-Za-z0-9_\-]{20,}"),
        (SecretKind.GOOGLE, r"\bya29\.[A-Za-z0-9_\-]{20,}"),
        (SecretKind.JWT, r"\bey[JI][A-Za-z0-9_\-]{17,}(?: ?\. ?[A-Za-z0-9_\-]{4,}){0,4}"),
        (SecretKind.TOKEN, r"\bglpat-[A-Za-z0-9_\-]{18,}"),
        (SecretKind.TOKEN, r"\bsk-(?:[a-z0-9]{2,12}-){0,3}(?=[A-Za-z_\-]*\d)[A-Za-z0-9_\-]{20,}"),
        (SecretKind.TOKEN, rf"\bnpm{_}(?=[A-Za-z]*\d)[A-Za-z0-9]{{34,}}"),
        (SecretKind.TOKEN, r"\bpypi-A[A-Za-z0-9_\-]{40,}"),
        (SecretKind.TOKEN, r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
        (SecretKind.TOKEN, rf"\bdo[opr]{_}v1{_}[a-f0-9OoIl]{{60,}}"),
        (SecretKind.TOKEN, r"\b\d{8,10}:AA[A-Za-z0-9_\-]{32,}"),
    )
)
_MAIL: Final = re.compile(
    r"(?<![\w.+\-@/])(?!git@)[A-Za-z0-9](?:[\w.+\-]{0,62}\w)? ?@ ?"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w@(\[])"
)

# --- Words that tell what follows -------------------------------------------------------------

_BEFORE_PHRASES: Final = (
    r"passw[o0]rd|passwd|passw[o0]rt|kennw[o0]rt|passphrase|passc[o0]de|pwd"
    r"|contrase[nñ]a|m[o0]t de passe|wachtw[o0][o0]rd|has[lł][o0]"
)
_BEFORE_KEYS: Final = (
    r"secret|t[o0]ken|ap[i1l][-_ ]?key|access[-_ ]?key|private[-_ ]?key|auth[-_ ]?key"
    r"|account[-_ ]?key|signing[-_ ]?key|encryption[-_ ]?key|credentials?|bearer"
)
_BEHIND: Final = re.compile(
    rf"(?i)(?:(?P<password>{_BEFORE_PHRASES})|(?:{_BEFORE_KEYS}))"
    r"(?:[-_ ]?(?:key|value))?\d?[\"'`]? ?"
    r"(?P<sign>(?::=|=>|[:=]{1,2}|\bis\b)[ \"'`]{0,3}|[ \"'`]{1,2})"
    r"(?:bearer |basic )?(?P<value>[^\s\"'`<>,;(){}\[\]]{6,})(?P<after>[(\[{]?)"
)
_IN_ADDRESS: Final = re.compile(r"[a-z+]{2,20}://[^\s/:@]{1,64}:(?P<value>[^\s/@]{4,})@[\w.\-]+")
_ORDINARY: Final = re.compile(r"[A-Z]?[a-z]*(?:[A-Z][a-z]+)*\d{0,4}|[A-Z]+\d{0,4}|\d+")
_SPLIT: Final = re.compile(r"[_\-./:\\@$%=&?#+*|~!^]+")
_LEAST: Final = 8  # characters of a token; a shorter one is a word
_LEAST_UNSIGNED: Final = 12  # likewise where neither `=` nor `:` stands before it


def _told(text: str) -> Iterator[tuple[SecretKind, int, int]]:
    """Give what stands behind a word that says what it is."""
    at = 0
    while (match := _BEHIND.search(text, at)) is not None:
        # The value may be such a word itself: `token secret = …`.
        at = match.start("value")
        if _is_meant(match):
            is_password = match["password"] is not None
            kind = SecretKind.PASSWORD if is_password else SecretKind.TOKEN
            yield kind, *match.span("value")
    for match in _IN_ADDRESS.finditer(text):
        yield SecretKind.PASSWORD, *match.span("value")


def _is_meant(match: re.Match[str]) -> bool:
    """Return whether the value is one, and not the name of one, or code that gets one."""
    value = match["value"].rstrip(".:")
    if match["after"] or value.startswith(("$", "%", "&", "--", "/", "~/", "./", "http")):
        return False
    is_signed = any(sign in match["sign"] for sign in ":=")
    if match["password"] and is_signed and _is_mixed(value):
        return True
    least = _LEAST if is_signed else _LEAST_UNSIGNED
    return len(value) >= least and is_random(value)


def _is_mixed(value: str) -> bool:
    """Return whether *value* has letters and figures, or a sign that no name has."""
    has_letter = any(c.isalpha() for c in value)
    has_other = any(c.isdigit() for c in value) or any(c in "!#$%^&*?+~" for c in value)
    return has_letter and has_other


def is_random(value: str) -> bool:
    """Return whether *value* is no name: not made of words and small numbers alone."""
    words = [word for word in _SPLIT.split(value) if word]
    return any(_ORDINARY.fullmatch(word) is None for word in words)
