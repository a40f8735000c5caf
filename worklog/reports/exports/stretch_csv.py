"""CSV: a row for each stretch, in UTC. No cell begins like a formula (T7)."""

from __future__ import annotations

import csv
import io

from worklog.reports.cells import guarded
from worklog.reports.exports.export import Export
from worklog.reports.exports.stretch_json import row_of

COLUMNS = ("start", "end", "seconds", "contract", "client", "label", "memo", "origin")


def write(export: Export) -> bytes:
    """Return the table."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for stretch in export.stretches:
        row = row_of(export, stretch)
        writer.writerow([_cell(str(row[name])) for name in COLUMNS])
    return file.getvalue().encode()


def _cell(text: str) -> str:
    """Return *text* guarded; what looks as if it were guarded once more, so that it comes back."""
    bare = text.lstrip("'")
    return f"'{text}" if guarded(bare) != bare else text
