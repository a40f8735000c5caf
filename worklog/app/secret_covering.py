"""What is covered in a picture because it shows a secret.

A picture that nobody could read is not kept: the error goes on to whoever takes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from worklog.app.covering import Cover, Covers
from worklog.app.ports import Frame, SecretFinder

READING_S: Final = 60.0  # how much longer a stop waits for a picture that is read first [s]


def with_secrets(covers: Covers, frames: Iterable[Frame], finder: SecretFinder | None) -> Covers:
    """Return *covers* and the secrets that *finder* sees in *frames*; the same without one.

    Raises:
        CaptureUnavailableError: a frame could not be read.
    """
    if finder is None:
        return covers
    found = [Cover(secret.box, secret.kind) for frame in frames for secret in finder.find(frame)]
    return replace(covers, places=(*covers.places, *dict.fromkeys(found)))
