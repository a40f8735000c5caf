"""A timesheet as one JSON object: the groups inside each other, as they were asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from worklog.domain.grouping import Line, Totals
from worklog.reports.report import Report


def write(report: Report, form: str = "json") -> bytes:
    """Return *report* as indented JSON in ASCII."""
    del form
    return (json.dumps(document(report), indent=2) + "\n").encode("ascii")


def document(report: Report) -> dict[str, Any]:
    """Return *report* as an object; instants in RFC 3339, money as decimal strings."""
    return {
        "range": {"start": _instant(report.start), "end": _instant(report.end)},
        "zone": str(report.zone),
        "made_at": _instant(report.made_at),
        "by": [str(dimension) for dimension in report.by],
        "totals": sums(report.totals),
        "lines": _lines(report, report.lines),
    }


def sums(figures: Totals) -> dict[str, Any]:
    """Return hours [s] and money, one entry a currency."""
    return {
        "billed_seconds": figures.billed_seconds,
        "tracked_seconds": figures.tracked_seconds,
        "manual_seconds": figures.manual_seconds,
        "late_seconds": figures.late_seconds,
        "amounts": [
            {"amount": f"{figures.amounts[code]:f}", "currency": code}
            for code in sorted(figures.amounts)
        ],
    }


def _lines(report: Report, lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            str(line.dimension): report.key(line.value),
            **sums(line.totals),
            "lines": _lines(report, line.lines),
        }
        for line in lines
    ]


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
