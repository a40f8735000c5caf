"""Options and arguments that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
NoCapture = Annotated[
    bool, typer.Option("--no-capture", help="Take no picture that is still to come.")
]
MemoOption = Annotated[
    str | None, typer.Option("--memo", "-m", metavar="MEMO", help="What you are doing, free text.")
]
LabelOption = Annotated[
    str | None,
    typer.Option("--label", "-l", metavar="LABEL", help="Activity label of the contract."),
]
ContractOption = Annotated[
    str | None,
    typer.Option("--contract", "-c", metavar="CONTRACT", help="Only this contract."),
]
