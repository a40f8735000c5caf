"""ActivityWatch: one bucket, as its importer takes it (`Import buckets`)."""

from __future__ import annotations

import json

from worklog.domain.stretch import Stretch
from worklog.domain.text import printable
from worklog.reports.exports.export import Export

KIND = "app.worklog.stretch"


def write(export: Export) -> bytes:
    """Return the bucket with an event for each stretch."""
    name = f"worklog_{export.host}"
    created = export.stretches[0].start if export.stretches else export.made_at
    bucket = {
        "id": name,
        "created": created.isoformat(),
        "type": KIND,
        "client": "worklog",
        "hostname": export.host,
        "events": [_event(export, stretch) for stretch in export.stretches],
    }
    return (json.dumps({"buckets": {name: bucket}}, ensure_ascii=False, indent=1) + "\n").encode()


def _event(export: Export, stretch: Stretch) -> dict[str, object]:
    return {
        "timestamp": stretch.start.isoformat(),
        "duration": stretch.seconds,
        "data": {
            "contract": export.name(stretch),
            "label": printable(stretch.label),
            "memo": printable(stretch.memo),
            "origin": stretch.origin.value,
        },
    }
