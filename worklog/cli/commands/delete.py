"""``worklog delete``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.changing import delete_segments
from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet, Yes


def delete(
    ctx: typer.Context,
    *,
    segments: Annotated[
        str, typer.Argument(metavar="SEGMENTS", help="A time, a RANGE, @last or @3.")
    ],
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="Only the camera snapshots; the time stays.")
    ] = False,
    contract: ContractOption = None,
    yes: Yes = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Delete segments for good: pictures, counts, titles and their time.

    It says first what that costs. There is no undo; `worklog redact` covers a picture and
    keeps the time.

    \b
    worklog delete @last
    worklog delete "yesterday 14:00" --yes
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    delete_segments(context, segments, contract, only_snapshots=snapshot, is_sure=yes)
