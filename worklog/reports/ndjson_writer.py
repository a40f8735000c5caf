"""A timesheet as JSON lines: one object for each group of the last level."""

from __future__ import annotations

import json

from worklog.reports.json_writer import sums
from worklog.reports.report import Report


def write(report: Report, form: str = "ndjson") -> bytes:
    """Return *report* as one JSON object a line, in ASCII."""
    del form
    return b"".join(
        json.dumps(
            {
                **{
                    str(dimension): report.key(value)
                    for dimension, value in zip(report.by, values, strict=True)
                },
                **sums(figures),
            }
        ).encode("ascii")
        + b"\n"
        for values, figures in report.rows()
    )
