"""``worklog check``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def check(
    ctx: typer.Context,
    *,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Verify signatures and commitments.")
    ] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Read every byte of every picture.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the database anew from journals and pictures.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare database, journals and pictures; exits with 4 when something does not fit.

    \b
    worklog check --evidence --pictures
    worklog check --rebuild
    """
    from worklog.cli.care import check_cache

    context = AppContext.of(ctx, json=json, quiet=quiet)
    check_cache(context, evidence=evidence, pictures=pictures, rebuilds=rebuild)
