"""A timesheet as Markdown: heading, contracts with their rates, GitHub's table, sums."""

from __future__ import annotations

from worklog.domain.text import printable
from worklog.reports import table_writer
from worklog.reports.cells import cell
from worklog.reports.content import NOTHING, TITLE, made, parties, period, sums_in_words
from worklog.reports.report import Report


def write(report: Report, form: str = "md") -> bytes:
    """Return *report* as Markdown in UTF-8."""
    del form
    blocks = [f"# {TITLE}: {period(report)}"]
    listed = [
        f"- {cell(printable(party.name), 'md')}{f', {party.rate}' if party.rate else ''}"
        for party in parties(report)
    ]
    blocks += ["\n".join(listed)] if listed else []
    if report.lines:
        blocks += [table_writer.table(report, "github"), f"**Total:** {sums_in_words(report)}"]
    else:
        blocks.append(NOTHING)
    return ("\n\n".join([*blocks, cell(made(report), "md")]) + "\n").encode()
