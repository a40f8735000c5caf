"""Timesheets as files and tables: one module a format, each a pure function to bytes.

A writer takes a `Report` and knows nothing of terminals; `WRITERS` names them. Writers
are imported on use, as some need large libraries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final, Protocol, cast

from worklog.errors import ConfigInvalidError, UsageError
from worklog.reports.report import Report

__all__ = [
    "BINARY",
    "FOR_CLIENTS",
    "LETTERS",
    "TABLE",
    "WRITERS",
    "Report",
    "Writer",
    "forms",
    "table_forms",
    "write",
]

WRITERS: Final = {
    "csv": "worklog.reports.csv_writer",
    "json": "worklog.reports.json_writer",
    "ndjson": "worklog.reports.ndjson_writer",
    "md": "worklog.reports.markdown_writer",
    "html": "worklog.reports.html_writer",
    "pdf": "worklog.reports.pdf_writer",
    "xlsx": "worklog.reports.xlsx_writer",
    "ics": "worklog.reports.ics_writer",
}
LETTERS: Final = frozenset({"html", "pdf"})  # documents with a letterhead
FOR_CLIENTS: Final = frozenset(WRITERS) - {"csv", "json", "ndjson"}  # R31
BINARY: Final = frozenset({"pdf", "xlsx"})  # no text, nothing for a terminal
USUAL_TABLES: Final = ("github", "grid", "pipe", "rst", "simple", "tsv")
TABLE: Final = "worklog.reports.table_writer"  # for every name that tabulate knows


class Writer(Protocol):
    """What a module of a format has."""

    def write(self, report: Report, form: str) -> bytes:
        """Return *report* in the format *form*, UTF-8 where it is text."""
        ...


def write(report: Report, form: str) -> bytes:
    """Return *report* in the format called *form*.

    Raises:
        UsageError: there is no such format; the hint names near ones, or the usual ones.
        ConfigInvalidError: a library that it needs is missing.
    """
    if form not in WRITERS and form not in table_forms():
        from worklog.domain.text import nearest  # noqa: PLC0415 -- for a mistake only

        near = nearest(form, forms())
        usual = ", ".join([*WRITERS, *USUAL_TABLES])
        hint = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else f"There are: {usual}, and all other tables that tabulate knows."
        )
        msg = f"There is no report format {form!r}."
        raise UsageError(msg, hint=hint)
    with needing_extra(f"The format {form}"):
        writer = cast("Writer", import_module(WRITERS.get(form, TABLE)))
    return writer.write(report, form)


@contextmanager
def needing_extra(what: str) -> Iterator[None]:
    """Turn a library that is missing into the error that says how to install it.

    Raises:
        ConfigInvalidError: a library that is imported inside is missing.
    """
    try:
        yield
    except ImportError as error:
        msg = f"{what} is not installed: {error.name} is missing."
        hint = "Install it with `pip install 'worklog-diary[reports]'`."
        raise ConfigInvalidError(msg, hint=hint) from error


def forms() -> list[str]:
    """Return the names of all formats: own ones first, then those of tabulate."""
    return [*WRITERS, *(form for form in table_forms() if form not in WRITERS)]


def table_forms() -> list[str]:
    """Return the names that tabulate knows."""
    import tabulate  # noqa: PLC0415 -- 65 ms

    return list(tabulate.tabulate_formats)
