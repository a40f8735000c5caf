"""Programs of the desktop that are asked something: found, run with a limit, read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from worklog.capture.window_words import clean

_WORDS: Final = 120  # characters of a complaint that are passed on


class ChildError(Exception):
    """The program is missing, failed, or took too long."""


def find(program: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of *program*, or None where it is not installed."""
    return shutil.which(program, path=environ.get("PATH"))


def answer(words: Sequence[str], environ: Mapping[str, str], *, limit_s: float) -> bytes:
    """Return what a program wrote; it is killed after *limit_s* [s].

    Raises:
        ChildError: it is not installed, failed, or did not end in time.
    """
    name = words[0]
    path = find(name, environ)
    if path is None:
        msg = f"{name} is not installed"
        raise ChildError(msg)
    try:
        done = subprocess.run(  # noqa: S603 -- words of our own, no shell
            [path, *words[1:]],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"{name} did not answer within {limit_s:g} s"
        raise ChildError(msg) from error
    except OSError as error:
        msg = f"{name} cannot be run: {error.strerror}"
        raise ChildError(msg) from error
    if done.returncode:
        said = clean(done.stderr.decode(errors="replace"), _WORDS)
        msg = f"{name} failed: {said or f'exit {done.returncode}'}"
        raise ChildError(msg)
    return done.stdout
