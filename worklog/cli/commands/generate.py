"""``worklog generate``: for developers, hidden from the help."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def generate(
    ctx: typer.Context,
    *,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", file_okay=False, help="The checkout to write into."),
    ] = Path(),
    names: Annotated[
        str | None,
        typer.Option(
            "--names",
            metavar="contracts|labels|labels-now",
            help="Print names for a completion instead.",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write man pages and completions from the command tree.

    \b
    worklog generate --out .
    """
    from worklog.cli.docgen import names as listed
    from worklog.cli.docgen.files import write

    if names is not None:
        listed.tell(names, os.environ)
        return
    output = AppContext.of(ctx, json=json, quiet=quiet).output
    changed = write(out)
    output.result({"changed": changed}, lambda: "\n".join(changed) or "All are up to date.")
