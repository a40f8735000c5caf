"""What a form sent, read without trusting it; a mistake keeps what was typed.

Only `application/x-www-form-urlencoded`, and never a file: pictures come from trackers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from worklog.domain.canonical import printable
from worklog.errors import UsageError
from worklog.service.problems import BadRequestError, MediaTypeError
from worklog.service.routes.asking import read_body

LARGEST_FORM: Final = 256 * 1024  # bytes; a bulk edit of a week names 1,008 segments
MOST_FIELDS: Final = 4_000
LONGEST_LINE: Final = 200  # characters of a one-line field, where nothing else is said
_FORM: Final = "application/x-www-form-urlencoded"


class FormError(UsageError):
    """Something of a form cannot be used. The page is shown again as it was filled in.

    Attributes:
        problems: Sentence by name of the field; the empty name is the form as a whole.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()), hint="Correct it and send it again.")
        self.problems = dict(problems)


@dataclass(slots=True)
class Form:
    """The fields of a form.

    Attributes:
        values: Values by name, in their order.
        problems: What was found wrong so far, by name.
    """

    values: Mapping[str, list[str]]
    problems: dict[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def raw(self, name: str) -> str:
        """Return the field as it was typed, for showing it again."""
        return (self.values.get(name) or [""])[0]

    def text(
        self, name: str, *, what: str = "", most: int = LONGEST_LINE, is_required: bool = False
    ) -> str:
        """Return one line of text: printable, single spaces, ends stripped.

        Notes a problem where it is longer than *most* or is missing and required.
        """
        value = " ".join(printable(self.raw(name)).split())
        if len(value) > most:
            self.refuse(name, f"{what or name.capitalize()} has more than {most} characters.")
            return ""
        if is_required and not value:
            self.refuse(name, f"{what or name.capitalize()} is missing.")
        return value

    def secret(self, name: str, *, most: int = 1_024) -> str:
        """Return a password or code exactly as typed."""
        value = self.raw(name)
        if len(value) > most:
            self.refuse(name, f"It has more than {most} characters.")
            return ""
        return value

    def number(self, name: str, *, what: str, least: int, most: int) -> int:
        """Return a whole number in [least, most]; *least* with a problem noted otherwise."""
        value = self.raw(name).strip()
        if value.isascii() and value.isdecimal() and least <= int(value[:12]) <= most:
            return int(value[:12])
        self.refuse(name, f"{what} is a whole number from {least} to {most}.")
        return least

    def choice(self, name: str, *, of: Mapping[str, object] | list[str], what: str = "") -> str:
        """Return a value that is one *of* those offered; empty with a problem noted otherwise."""
        value = self.raw(name)
        if value in of:
            return value
        self.refuse(name, f"{what or name.capitalize()} is none of those offered.")
        return ""

    def is_set(self, name: str) -> bool:
        """Return whether a check box is ticked."""
        return self.raw(name) not in {"", "no", "off", "0"}

    def all(self, name: str, *, most: int = MOST_FIELDS) -> list[str]:
        """Return all values of a field that can come several times."""
        return list(self.values.get(name, []))[:most]

    def refuse(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first thing said of it stands."""
        self.problems.setdefault(name, sentence)

    def check(self) -> None:
        """Go on only if nothing is wrong.

        Raises:
            FormError: something is; it says all of it at once.
        """
        if self.problems:
            raise FormError(self.problems)


async def form_of(request: Request) -> Form:
    """Return the form that the request has as its body.

    Raises:
        MediaTypeError: it is something else.
        BadRequestError: it has too many fields, or is not UTF-8.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    body = await read_body(request, LARGEST_FORM)
    if body and kind != _FORM:
        msg = "This address takes a form."
        raise MediaTypeError(msg, hint="Use the page.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        msg = "The form cannot be read."
        raise BadRequestError(msg, hint="Send it again from the page.") from error
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Form(values)


Filled = Annotated[Form, Depends(form_of)]
