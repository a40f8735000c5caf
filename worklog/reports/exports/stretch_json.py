"""JSON: the stretches as objects; described in worklog-interchange(7)."""

from __future__ import annotations

import json
from datetime import datetime

from worklog.domain.stretch import Stretch
from worklog.domain.text import printable
from worklog.reports.exports.export import Export

FORMAT = 1
KIND = "worklog-stretches"


def write(export: Export) -> bytes:
    """Return the document."""
    return (json.dumps(document(export), ensure_ascii=False, indent=1) + "\n").encode()


def document(export: Export) -> dict[str, object]:
    """Return what is exported as JSON has it."""
    return {
        "schema": FORMAT,
        "kind": KIND,
        "stretches": [row_of(export, stretch) for stretch in export.stretches],
    }


def row_of(export: Export, stretch: Stretch) -> dict[str, str | int]:
    """Return *stretch* as an object."""
    return {
        "start": _instant(stretch.start),
        "end": _instant(stretch.end),
        "seconds": stretch.seconds,
        "contract": export.name(stretch),
        "client": printable(export.contracts[stretch.contract].client),
        "label": printable(stretch.label),
        "memo": printable(stretch.memo),
        "origin": stretch.origin.value,
    }


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
