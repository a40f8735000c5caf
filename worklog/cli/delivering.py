"""Where a report goes: to the terminal, a pipe or a file, in which format, and shown by whom."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worklog.domain.grouping import Dimension
from worklog.errors import CacheUnwritableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worklog.cli.context import AppContext
    from worklog.reports import Report

_SUFFIXES: Final = {
    "adoc": "asciidoc",
    "htm": "html",
    "jsonl": "ndjson",
    "markdown": "md",
    "org": "orgtbl",
    "rst": "rst",
    "tex": "latex",
    "tsv": "tsv",
}


_BILLS: Final = ("html", "pdf")
_MOST_TAX: Final = 100  # [%]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for.

    Attributes:
        form: Name of a format; None for what the file's name says, else the table for people.
        output: Name of a file; None for standard output.
        template: File of a Jinja2 template instead of a format.
        opens: Whether the file is shown; without *output* it is one for looking at.
        invoice: Number of the bill that it is to be; None for a timesheet.
        tax: What is added to the sum of a bill, as typed.
        due_days: Days that it is to be paid within; None to leave that open.
        has_thumbnails: Whether pages of screenshots follow; in a PDF only.

    Raises:
        UsageError: format and template exclude each other, or what is wanted is no bill, or
            no PDF.
    """

    form: str | None = None
    output: str | None = None
    template: str | None = None
    opens: bool = False
    invoice: str | None = None
    tax: str = "0"
    due_days: int | None = None
    has_thumbnails: bool = False

    def __post_init__(self) -> None:
        if self.form is not None and self.template is not None:
            msg = "--format and --template exclude each other."
            raise UsageError(msg, hint="A template is a format of its own.")
        if self.invoice is None and (self.tax != "0" or self.due_days is not None):
            msg = "Only a bill has a tax and a day that it is due."
            raise UsageError(msg, hint="Give its number: --invoice 2026-014.")
        if self.invoice is not None and self.chosen not in _BILLS:
            msg = "A bill is a page or a PDF."
            raise UsageError(msg, hint="Name a file: -o invoice.pdf.")
        if self.has_thumbnails and (self.template is not None or self.chosen != "pdf"):
            msg = "Only a PDF has pages for thumbnails."
            raise UsageError(msg, hint="Name a file: -o week.pdf, and no other format.")

    @property
    def chosen(self) -> str | None:
        """The format, as far as it was said or follows."""
        if self.form is None and self.output is not None:
            return form_of(self.output)
        return self.form or ("html" if self.opens else None)

    def check(self, by: Sequence[Dimension]) -> None:
        """Refuse what clients get where it would show applications (R31).

        Raises:
            UsageError: it is for a client and *by* has applications.
        """
        from worklog.reports import FOR_CLIENTS

        if Dimension.APP not in by:
            return
        if self.template is not None:
            what = "what a template makes"
        elif self.invoice is not None:
            what = "a bill"
        elif self.chosen in FOR_CLIENTS:
            what = self.chosen
        else:
            return
        msg = f"Applications are for you alone, and {what} is for a client."
        raise UsageError(msg, hint="Leave app out of --by, or write csv, json or a table.")

    @property
    def suffix(self) -> str:
        """What the name of a file for looking at ends in."""
        if self.template is not None:
            from worklog.reports.template_writer import suffix_of

            return suffix_of(self.template) or ".txt"
        from worklog.reports import WRITERS

        return f".{self.chosen}" if self.chosen in WRITERS else ".txt"


def deliver(context: AppContext, sheet: Report, wish: Wish) -> None:
    """Write *sheet* as *wish* says.

    Raises:
        UsageError: there is no such format, the template is wrong, or what is no text would
            go to a terminal.
        ConfigInvalidError: an extra that the format needs is missing, or the logo.
        CacheUnwritableError: the file cannot be written.
    """
    from worklog.cli.letterhead import letterhead
    from worklog.reports import BINARY, LETTERS

    if wish.invoice is not None:
        sheet = as_invoice(sheet, wish)
    if wish.template is not None or wish.chosen in LETTERS:
        sheet = replace(sheet, letterhead=letterhead(context))
        _warn_of_strangers(context, sheet)
    if wish.has_thumbnails:
        from worklog.cli.screenshots import screenshots

        sheet = replace(sheet, screenshots=screenshots(context, sheet))
    if wish.output is not None or wish.opens:
        _keep(context, sheet, wish)
    elif wish.template is None and (context.output.is_json or wish.chosen == "json"):
        context.output = replace(context.output, is_json=True)
        context.output.result(_data(sheet), lambda: "")
    elif wish.chosen in BINARY:
        _send(context, sheet, wish)
    else:
        context.output.result(_data(sheet), lambda: _text(context, sheet, wish))


def as_invoice(sheet: Report, wish: Wish) -> Report:
    """Return *sheet* as the bill that *wish* says.

    Raises:
        UsageError: it is of several clients or currencies, of none, or the tax is no figure.
    """
    from worklog.reports.report import Invoice

    found = {sheet.contracts[row.segment.key.contract] for row in sheet.segments}
    clients = {contract.client or contract.name for contract in found}
    if len(clients) > 1 or len(sheet.totals.amounts) > 1:
        msg = "A bill is for one client and of one currency."
        raise UsageError(msg, hint="Name one contract: -c NAME.")
    if not sheet.totals.amounts:
        msg = "There is nothing to bill: no time, or a contract without a rate."
        raise UsageError(msg, hint="Give it a rate: worklog contract edit NAME --rate '80 EUR'.")
    day = sheet.made_at.astimezone(sheet.zone).date()
    due = None if wish.due_days is None else day + timedelta(days=wish.due_days)
    return replace(sheet, invoice=Invoice(wish.invoice or "", day, due, _tax(wish.tax)))


def _tax(text: str) -> Decimal:
    try:
        tax = Decimal(text.strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        tax = Decimal(-1)
    if not tax.is_finite() or not 0 <= tax <= _MOST_TAX:
        msg = f"{text!r} is no tax."
        raise UsageError(msg, hint="Write it in percent: --tax 19.")
    return tax


def _warn_of_strangers(context: AppContext, sheet: Report) -> None:
    """Say so where a document for a client shows what was done for another one."""
    found = {sheet.contracts[row.segment.key.contract] for row in sheet.segments}
    clients = sorted({contract.client or contract.name for contract in found})
    if len(clients) > 1:
        context.output.note(f"This shows {' and '.join(clients)} each other; -c NAME keeps one.")


def form_of(file: str) -> str:
    """Return the format that the name of *file* asks for; plain text for any other."""
    from worklog.reports import WRITERS

    suffix = Path(file).suffix.removeprefix(".").casefold()
    return suffix if suffix in WRITERS else _SUFFIXES.get(suffix, "simple")


def _keep(context: AppContext, sheet: Report, wish: Wish) -> None:
    """Write the file, and show it where that was asked for."""
    from worklog.cli.showing import only_page, show_file, write_private

    content = _content(sheet, wish)
    if wish.output is not None:
        file = Path(wish.output)
        _write(file, content)
    else:
        first = sheet.start.astimezone(sheet.zone)
        file = only_page(context, f"report-{first:%Y-%m-%d}{wish.suffix}")
        write_private(file, content)
    if not wish.opens:
        context.output.result({"file": str(file)}, lambda: f"Written: {file}")
        return
    is_shown = show_file(context, file)
    context.output.result(
        {"file": str(file), "opened": is_shown},
        lambda: str(file) if is_shown else f"{file}\n(Nothing could be opened here.)",
    )


def _content(sheet: Report, wish: Wish) -> bytes:
    if wish.template is None:
        from worklog.reports import write

        return write(sheet, wish.chosen or "simple")
    from worklog.reports.template_writer import render

    return render(sheet, _source(Path(wish.template)), wish.template)


def _source(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        msg = f"{file} cannot be read: {reason}."
        raise UsageError(msg, hint="Name a Jinja2 template with --template.") from error


def _data(sheet: Report) -> dict[str, Any]:
    from worklog.reports.json_writer import document

    return document(sheet)


def _text(context: AppContext, sheet: Report, wish: Wish) -> str:
    if wish.chosen is None and wish.template is None:
        from worklog.cli.render.report import report

        return report(sheet, context.look)
    return _content(sheet, wish).decode().rstrip("\r\n")


def _send(context: AppContext, sheet: Report, wish: Wish) -> None:
    """Write what is no text to standard output.

    Raises:
        UsageError: that is a terminal.
    """
    if sys.stdout.isatty():
        msg = f"{wish.chosen} is no text, and standard output is a terminal."
        raise UsageError(msg, hint=f"Name a file: -o report{wish.suffix}.")
    content = _content(sheet, wish)
    if not context.output.is_quiet:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Choose another place with -o.") from error
