"""``worklog prove``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def prove(
    ctx: typer.Context,
    *,
    segments: Annotated[str, typer.Argument(metavar="SEGMENTS", help="A range, or @last, or @3.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to, such as proof.html.")
    ],
    contract: ContractOption = None,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="Leave the pictures out; their digests stay.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write one file that proves segments offline: pictures, history, terms, signatures.

    Whoever gets it opens it in a browser, without an account and without a network. It
    checks every signature itself and names what was changed.

    \b
    worklog prove yesterday -o proof.html
    worklog prove "last week" --contract acme --no-pictures -o week.html
    """
    from worklog.cli.proving import prove_segments

    prove_segments(
        AppContext.of(ctx, json=json, quiet=quiet, only_reads=True),
        segments,
        contract,
        output=output,
        with_pictures=not no_pictures,
    )
