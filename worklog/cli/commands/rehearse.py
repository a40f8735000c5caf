"""``worklog rehearse``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def rehearse(
    ctx: typer.Context,
    *,
    terms: Annotated[
        str, typer.Argument(metavar="TERMS", help="Such as 'rate=90 EUR, limit=30h'.")
    ],
    range_: Annotated[
        str, typer.Argument(metavar="[RANGE]", help="Which weeks.", show_default=True)
    ] = "last week",
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Replay past weeks under other terms: what they would have come to, and what would lack.

    TERMS are NAME=VALUE, several with commas between them: rate, limit, billing (slot or
    minute), screenshots (required, optional, forbidden), titles and manual (yes or no).
    Nothing is changed.

    \b
    worklog rehearse "rate=90 EUR"
    worklog rehearse "limit=30h, billing=minute" 2026-11 --contract acme
    """
    from worklog.cli.rehearsing import rehearse_terms

    rehearse_terms(
        AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), terms, range_, contract
    )
