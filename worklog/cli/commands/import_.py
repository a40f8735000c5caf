"""``worklog import``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def import_(
    ctx: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What to read; - is standard input.")],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="timewarrior, watson, klog, timeclock, activitywatch, toggl, clockify, harvest, "
            "ics, csv or json; found out by default.",
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Take it in; without, only say what would come.")
    ] = False,
    contract: Annotated[
        str | None,
        typer.Option("--contract", "-c", metavar="CONTRACT", help="Whom all of it was for."),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="PROJECT=CONTRACT",
            help="Whom a project was for; =CONTRACT where there is none.",
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help="Of times without one; default: yours."),
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option("--dates", metavar="dmy|mdy", help="How 03/04/2026 is meant."),
    ] = None,
    day_start: Annotated[
        int | None,
        typer.Option(
            "--day-start", metavar="HOUR", min=0, max=23, help="Lay out what does not say when."
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="NAME", help="Whose time, of a report of a team."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take in time from another time tracker, or an archive of `worklog export --all`.

    Nothing is written before --write. Each project becomes a contract, imported time is
    marked as such and never has activity, and what is here already stays as it is: the same
    file comes in once. One `worklog undo` takes an import back.

    \b
    worklog import ~/.config/watson/frames --write
    worklog import - < timew.json
    worklog import Toggl_time_entries.csv --map "Site=acme" --write
    """
    from worklog.cli.importing import Source, import_file

    context = AppContext.of(ctx, json=json, quiet=quiet)
    source = Source(file, format_, zone, dates, day_start, user)
    import_file(context, source, contract=contract, mapped=map_ or [], writes=write)
