"""``worklog start``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, LabelOption, MemoOption, Quiet


def start(
    ctx: typer.Context,
    *,
    contract: Annotated[
        str | None,
        typer.Argument(metavar="[CONTRACT]", help="Whom the time is for.", show_default=False),
    ] = None,
    memo: MemoOption = None,
    label: LabelOption = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="Start earlier; the time before now is manual time."
        ),
    ] = None,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="End after this long (90s, 2h).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="End at this time.")
    ] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Go on without this terminal.")
    ] = False,
    no_screenshots: Annotated[
        bool, typer.Option("--no-screenshots", help="Take no pictures this time.")
    ] = False,
    if_stopped: Annotated[
        bool, typer.Option("--if-stopped", help="Do nothing if a tracker runs already.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Track your time until Ctrl-C, `worklog stop`, or the end you name.

    Without CONTRACT it is the one named by the folder's .worklog file, else the one used
    last. On a terminal it shows how things stand; otherwise it prints a line per event. A
    tracker that is paused goes on instead, with the memo and label given.

    \b
    worklog start -m "fixing bug"
    worklog start acme -m "review" -l dev --until 18:00
    worklog start --for 90s --no-screenshots
    """
    from worklog.cli.running import Request, start_tracking

    context = AppContext.of(ctx, json=json, quiet=quiet)
    start_tracking(
        context,
        Request(
            contract=contract,
            memo=memo,
            label=label,
            at=at,
            lasting=for_,
            until=until,
            in_background=background,
            has_pictures=not no_screenshots,
            only_if_stopped=if_stopped,
        ),
    )
