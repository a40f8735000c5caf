"""A timesheet in a form of one's own: a Jinja2 template that gets plain values.

A template may have come from anybody, so it runs in Jinja2's sandbox, without files and
without anything that leads out of the values. Names are safe to print, and markup in them
is text where the name of the template says HTML or XML; for other formats there is the
filter `cell`.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NoReturn

from worklog.domain.text import printable
from worklog.domain.wording import money
from worklog.errors import UsageError
from worklog.reports import needing_extra
from worklog.reports.cells import cell
from worklog.reports.content import TITLE, flat, line_name, made, notes, parties, period
from worklog.reports.json_writer import sums
from worklog.reports.report import Report, clipped, decimal_hours, hours

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

FIELDS: Final[Mapping[str, str]] = {
    "title": "The word `Timesheet`.",
    "period": "The days, in words.",
    "start": "First instant of the range, in your time zone.",
    "end": "Instant after the last.",
    "made_at": "When the report was made.",
    "made": "The same as a sentence, with the time zone.",
    "by": "What it is grouped by.",
    "totals": "`billed_seconds`, `tracked_seconds`, `manual_seconds`, `late_seconds`, and "
    "`amounts`, each with `amount` and `currency`.",
    "contracts": "Each with `name`, `client`, `title`, `rate` in words, and the fields of "
    "`totals`.",
    "lines": "Groups and what is in them, in order: each with `depth` from 0, `dimension`, `name`, "
    "`is_group`, and the fields of `totals`.",
    "notes": "Sentences that have to be said of the figures.",
    "sender": "Lines of `report.from`.",
    "recipient": "Lines of `report.to`.",
}
FILTERS: Final[Mapping[str, str]] = {
    "hours": "Seconds as `6:20`.",
    "decimal_hours": "Seconds as `6.33`.",
    "money": "An entry of `amounts` as `1,234.50 EUR`.",
    "cell": "Text escaped for a format: `cell('latex_raw')`, `cell('md')`, `cell('tsv')`.",
}
_RUN: Final = "<template>"
# What an expression of a template can raise beside the errors of Jinja2.
_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_MARKUP: Final = ("html", "htm", "xhtml", "xml", "svg")
_SUFFIXES: Final = (".j2", ".jinja", ".jinja2")


def render(report: Report, source: str, name: str) -> bytes:
    """Return *report* in the form of the template *source*, in UTF-8.

    Args:
        report: What to write.
        source: The template.
        name: Of its file, which says whether it is markup.

    Raises:
        UsageError: the template is wrong; the message names its line.
        ConfigInvalidError: Jinja2 is missing.
    """
    with needing_extra("What --template needs"):
        from jinja2 import TemplateError, TemplateSyntaxError  # noqa: PLC0415 -- an extra
    environment = _environment(name)
    try:
        text: str = environment.from_string(source).render(values(report))
    except TemplateSyntaxError as error:
        _fail(name, error.lineno, error)
    except (TemplateError, *_ERRORS) as error:
        frames = traceback.extract_tb(error.__traceback__)
        _fail(name, next((f.lineno for f in reversed(frames) if f.filename == _RUN), None), error)
    return text.encode(errors="replace")


def values(report: Report) -> dict[str, Any]:
    """Return what a template gets: text, numbers, instants, and lists and tables of them."""
    paper = report.letterhead
    return {
        "title": TITLE,
        "period": period(report),
        "start": report.start.astimezone(report.zone),
        "end": report.end.astimezone(report.zone),
        "made_at": report.made_at.astimezone(report.zone),
        "made": made(report),
        "by": [str(dimension) for dimension in report.by],
        "totals": sums(report.totals),
        "contracts": [
            {
                "name": _words(party.contract.name),
                "client": _words(party.contract.client),
                "title": _words(party.contract.title),
                "rate": party.rate,
                **sums(party.totals),
            }
            for party in parties(report)
        ],
        "lines": [
            {
                "depth": depth,
                "dimension": str(line.dimension),
                "name": line_name(report, line),
                "is_group": bool(line.lines),
                **sums(line.totals),
            }
            for line, depth in flat(report.lines)
        ],
        "notes": notes(report),
        "sender": [_words(line) for line in paper.sender],
        "recipient": [_words(line) for line in paper.recipient],
    }


def _environment(name: str) -> SandboxedEnvironment:
    from jinja2 import StrictUndefined  # noqa: PLC0415 -- an extra
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 -- likewise

    environment = ImmutableSandboxedEnvironment(
        autoescape=is_markup(name),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "hours": hours,
        "decimal_hours": decimal_hours,
        "money": lambda entry: money(Decimal(entry["amount"]), entry["currency"]),
        "cell": lambda text, form: cell(str(text), form),
    }
    return environment


def is_markup(name: str) -> bool:
    """Return whether the file *name* is a template of HTML or XML."""
    return suffix_of(name).removeprefix(".") in _MARKUP


def suffix_of(name: str) -> str:
    """Return what a file made by the template *name* ends in: `.html` for `a.html.j2`."""
    path = PurePath(name.casefold())
    return PurePath(path.stem).suffix if path.suffix in _SUFFIXES else path.suffix


def _words(text: str) -> str:
    return clipped(printable(text))


def _fail(name: str, line: int | None, error: Exception) -> NoReturn:
    where = f"{name}, line {line}" if line else name
    msg = f"{where}: {printable(str(error)) or type(error).__name__}."
    hint = "worklog-diary(7) lists what a template gets."
    raise UsageError(msg, hint=hint) from error
