"""``worklog redact``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.changing import redact_segment
from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def redact(
    ctx: typer.Context,
    *,
    segment: Annotated[
        str, typer.Argument(metavar="SEGMENT", help="A time in it, or @last.")
    ] = "@last",
    box: Annotated[
        list[str] | None,
        typer.Option("--box", metavar="X,Y,W,H", help="Cover this rectangle [px]; may repeat."),
    ] = None,
    window: Annotated[
        bool, typer.Option("--window", help="Cover where the active window is now.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Cover the whole picture.")] = False,
    monitor: Annotated[
        int | None, typer.Option("--monitor", metavar="N", help="Only this monitor, from 0.")
    ] = None,
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Cover part of a picture, or all of it, for good; its time stays.

    The pixels underneath are erased, not blurred, and the picture says that it was
    redacted and how much of it.

    \b
    worklog redact @last --box 0,0,400,60
    worklog redact 10:20 --all
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    redact_segment(
        context,
        segment,
        contract,
        boxes=box or [],
        covers_window=window,
        covers_all=all_,
        monitor=monitor,
    )
