"""``worklog export``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def export(
    ctx: typer.Context,
    *,
    range_: Annotated[
        str | None,
        typer.Argument(metavar="[RANGE]", help="Default: everything.", show_default=False),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="timewarrior, watson, klog, timeclock, hledger, activitywatch, csv or json.",
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here.")
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Everything, pictures included, in one open archive.")
    ] = False,
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the diary for another time tracker: worked time to the second, not what it bills.

    With --all it is one archive with everything that is known, to keep, to move house with
    or to read with other programs: `worklog import` takes it in again, bit for bit.

    \b
    worklog export --format timeclock -o work.timeclock
    worklog export 2026-11 --format watson -c acme
    worklog export --all -o diary.tar
    """
    from worklog.cli.exporting import export_all, export_range

    context = AppContext.of(ctx, json=json, quiet=quiet, only_reads=True)
    if all_:
        export_all(context, output, narrowed=any((range_, format_, contract)))
    else:
        export_range(context, range_, contract, form=format_, output=output)
