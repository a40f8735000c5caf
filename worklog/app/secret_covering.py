"""What is covered in a picture because it shows a secret.

A picture that nobody could read is not kept: the error goes on to whoever takes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from worklog.app.covering import Covers
from worklog.app.ports import Frame, SecretFinder

SETTING: Final = "redact.secrets"
READING_S: Final = 60.0  # how much longer a stop waits for a picture that is read first [s]


def with_secrets(covers: Covers, frames: Iterable[Frame], finder: SecretFinder | None) -> Covers:
    """Return *covers* and the secrets that *finder* sees in *frames*; the same without one.

    Raises:
        CaptureUnavailableError: a frame could not be read.
    """
    if finder is None:
        return covers
    found = [secret for frame in frames for secret in finder.find(frame)]
    kinds = Counter(secret.kind for secret in found)
    return replace(
        covers,
        boxes=(*covers.boxes, *(secret.box for secret in found)),
        reasons=(
            *covers.reasons,
            *(
                f"{kind} ({SETTING})" if number == 1 else f"{kind}, {number} lines ({SETTING})"
                for kind, number in kinds.items()
            ),
        ),
    )
