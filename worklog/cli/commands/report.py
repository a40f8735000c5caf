"""``worklog report``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def report(
    ctx: typer.Context,
    *,
    range_: Annotated[
        str | None,
        typer.Argument(metavar="[RANGE]", help="Default: this billing week.", show_default=False),
    ] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="D", help="One day.")] = None,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="[D]", help="The billing week, of a day or of now."),
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="T", help="From here.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help="Up to here.")] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WHAT,…",
            help="Group by contract, label, memo, day, week, app, in order.",
        ),
    ] = "contract,day,memo",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="md, html, pdf, xlsx, ics, csv, json, ndjson, or any style of tabulate.",
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here.")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="FILE", help="Write it as this Jinja2 template says."),
    ] = None,
    opens: Annotated[
        bool, typer.Option("--open", help="Show it; without -o or --format as a page.")
    ] = False,
    invoice: Annotated[
        str | None,
        typer.Option("--invoice", metavar="NUMBER", help="Make it a bill: a page or a PDF."),
    ] = None,
    tax: Annotated[
        str, typer.Option("--tax", metavar="PERCENT", help="Added to the sum of a bill.")
    ] = "0",
    due_days: Annotated[
        int | None,
        typer.Option("--due-days", metavar="N", min=0, max=3_650, help="When a bill is due."),
    ] = None,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Add pages of screenshots to a PDF.")
    ] = False,
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a timesheet: billed and tracked time side by side, and money.

    Styles of tabulate are github, grid, latex, psql, tsv and more. With -o the name of the
    file says the format. html and pdf are made to be sent to a client, below the letterhead
    of `report.logo`, `report.from` and `report.to`; with --invoice they are a bill.

    --thumbnails adds the screenshots of the range to a PDF: small, by day, each with its time
    and memo, as far as they are on this machine, and covered where they were redacted.

    --by app goes by the application whose window was active when a segment was captured. It
    is for you alone: the terminal, csv, json, ndjson and the plain tables show it, and what
    is made for clients never does: html, pdf, xlsx, ics, md, templates and bills.

    \b
    worklog report --week
    worklog report 2026-11 --by contract,week
    worklog report --week --by app,memo
    worklog report "last week" -c acme -o week.pdf
    worklog report yesterday -c acme -o day.pdf --thumbnails
    worklog report --week --open
    worklog report 2026-10 -c acme --invoice 2026-014 --tax 19 -o invoice.pdf
    """
    from worklog.cli.choosing import Words
    from worklog.cli.delivering import Wish
    from worklog.cli.reporting import make_report

    context = AppContext.of(ctx, json=json, quiet=quiet, only_reads=True)
    wish = Wish(
        format_,
        output,
        template,
        opens,
        invoice=invoice,
        tax=tax,
        due_days=due_days,
        has_thumbnails=thumbnails,
    )
    words = Words(range=range_, day=day, week=week, start=from_, end=to, contract=contract)
    make_report(context, words, by=by, wish=wish)
