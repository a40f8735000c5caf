"""Where results go: stdout for what was asked, stderr for everything else.

One JSON envelope under `--json`, also on failure; nothing but errors under `--quiet`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import typer

from worklog.domain.text import printable
from worklog.errors import WorklogError

LEAST_WIDTH: Final = 24  # cells; narrower, words would stand alone


@dataclass(frozen=True, slots=True)
class Output:
    """How one command answers.

    Attributes:
        command: Its name, for the envelope.
        is_json: Print the envelope instead of text.
        is_quiet: Print nothing but errors.
    """

    command: str
    is_json: bool = False
    is_quiet: bool = False

    def result(
        self,
        data: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        text: Callable[[], str],
        *,
        problems: Sequence[WorklogError] = (),
    ) -> None:
        """Print the result: *data* in the envelope, or what *text* renders.

        *data* may be a function, for what costs to make and nobody may ask for.

        *problems* are told as well, and the command exits with the first one's status:
        some of the work was done, or a check found something.
        """
        if self.is_json:
            status = "partial" if problems else "ok"
            print_envelope(self.command, status, data() if callable(data) else data, problems)
        elif not self.is_quiet and (rendered := text()):
            typer.echo(rendered, color=True)  # the look has decided; Typer would strip it
        if problems:
            if not self.is_json:
                for problem in problems:
                    print_error(problem, command=self.command, is_json=False)
            raise typer.Exit(problems[0].exit_code)

    def note(self, sentence: str) -> None:
        """Tell something beside the result, on stderr."""
        if not self.is_quiet:
            typer.echo(_wrapped(f"worklog: {printable(sentence)}"), err=True)


def print_envelope(
    command: str,
    status: str,
    data: Mapping[str, Any] | None,
    errors: Sequence[WorklogError] = (),
) -> None:
    """Print the one JSON object of *command* on stdout."""
    from worklog.cli.json import dumps, envelope

    typer.echo(dumps(envelope(command, status=status, data=data, errors=errors)))


def print_error(error: WorklogError, *, command: str, is_json: bool) -> None:
    """Tell *error*: on stderr, under `--json` in the envelope on stdout as well."""
    if is_json:
        print_envelope(command, "error", None, [error])
        return
    message = as_sentence("\n".join(printable(line) for line in str(error).splitlines()))
    print(_wrapped(f"worklog: {message}"), file=sys.stderr)  # noqa: T201 -- the one place for errors
    if error.hint:
        print(_wrapped(f"hint: {error.hint}"), file=sys.stderr)  # noqa: T201 -- as above


def as_sentence(message: str) -> str:
    """Return *message* with the full stop that a clause from the domain does not have."""
    return message if message.endswith((".", "!", "?", "…")) else f"{message}."


def _wrapped(text: str) -> str:
    """Return *text* for stderr: wrapped between words on a terminal, as it is elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        return text
    from shutil import get_terminal_size
    from textwrap import fill

    width = max(LEAST_WIDTH, get_terminal_size().columns)
    return "\n".join(
        fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
