"""Watson: a file of frames, for `watson merge` or as Watson's own `frames`.

Tags are the label and imported tags. Watson has no place for a memo, so that becomes a
tag as well where there is one. Source: td-watson 2.1.0, `watson/frames.py`.
"""

from __future__ import annotations

import json
from hashlib import sha256

from worklog.domain.grid import epoch_ms
from worklog.domain.stretch import Stretch
from worklog.reports.exports.export import Export, described

_ID_DIGITS = 32


def write(export: Export) -> bytes:
    """Return the frames, by start."""
    updated = epoch_ms(export.made_at) // 1000
    frames = [_frame(export, stretch, updated) for stretch in export.stretches]
    return (json.dumps(frames, ensure_ascii=False, indent=1) + "\n").encode()


def _frame(export: Export, stretch: Stretch, updated: int) -> list[object]:
    memo, tags = described(stretch)
    start, end = epoch_ms(stretch.start) // 1000, epoch_ms(stretch.end) // 1000
    # The same stretch has the same id in every export, so that a merge does not double it.
    name = f"{stretch.contract} {start}".encode()
    words = [*tags, memo] if memo else list(tags)
    return [start, end, export.name(stretch), sha256(name).hexdigest()[:_ID_DIGITS], words, updated]
