"""``worklog stop``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, NoCapture, Quiet
from worklog.cli.steering import stop_tracking


def stop(
    ctx: typer.Context,
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Stop at this time instead of now."),
    ] = None,
    no_capture: NoCapture = False,
    if_running: Annotated[
        bool, typer.Option("--if-running", help="Do nothing if no tracker runs.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="End a tracker that does not answer.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Stop tracking; returns when everything is sealed.

    A picture that is still to come is taken first; where that is read for secrets it may
    take a while, and another stop drops it. With --at in the past the time after
    it is taken back; with --at in the future tracking ends then.

    \b
    worklog stop
    worklog stop --at 17:30
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    stop_tracking(
        context, at=at, only_if_running=if_running, by_force=force, takes_capture=not no_capture
    )
