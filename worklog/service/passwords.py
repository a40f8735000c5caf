"""Passwords: argon2id with the library's own parameters, two at once in a process.

Each costs tens of milliseconds and 64 MiB on purpose; the bound keeps a flood of logins
from taking the machine. A name that is not known costs the same as one that is.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from worklog.service.problems import StoreBusyError

LEAST: Final = 10  # characters
MOST: Final = 512
_AT_ONCE: Final = 2
_PATIENCE: Final = 10.0  # [s]
_hasher: Final = PasswordHasher()
_turns: Final = threading.BoundedSemaphore(_AT_ONCE)
# Of those that lists of leaked passwords begin with, the ones long enough to get in here.
_COMMON: Final = frozenset(
    [
        "1234567890",
        "12345678910",
        "0123456789",
        "0987654321",
        "qwertyuiop",
        "qwerty12345",
        "qwerty123456",
        "1q2w3e4r5t",
        "1q2w3e4r5t6y",
        "q1w2e3r4t5y6",
        "1qaz2wsx3edc",
        "zaq12wsxcde3",
        "asdfghjkl1",
        "abcdefghij",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "iloveyou123",
        "iloveyou12",
        "letmein123",
        "welcome123",
        "administrator",
        "changeme123",
        "adminadmin",
        "football123",
        "sunshine123",
        "princess123",
    ]
)
_LEAST_LETTERS: Final = 4  # different ones


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE):
        msg = "Too many people are logging in just now."
        raise StoreBusyError(msg, hint="Try again in a moment.")
    try:
        yield
    finally:
        _turns.release()


def hashed(password: str) -> str:
    """Return what of *password* is kept."""
    with _turn():
        return _hasher.hash(_normal(password))


_NOBODYS: Final = _hasher.hash("a password that nobody has")


def is_right(kept: str | None, password: str) -> bool:
    """Return whether *password* is the one of which *kept* was kept.

    None stands for an account that is not there; it takes as long.
    """
    with _turn():
        try:
            _hasher.verify(kept or _NOBODYS, _normal(password))
        except (Argon2Error, InvalidHashError):
            return False
    return kept is not None


def weakness(password: str, *, name: str = "") -> str | None:
    """Return why *password* will not do, as a sentence; None if it will."""
    if len(password) < LEAST:
        return f"A password has at least {LEAST} characters; a few words are easy to keep in mind."
    if len(password) > MOST:
        return f"A password has at most {MOST} characters."
    plain = _normal(password).casefold()
    if plain in _COMMON or len(set(plain)) < _LEAST_LETTERS or (name and name.casefold() in plain):
        return "That password is one of the first that anybody would try."
    return None
