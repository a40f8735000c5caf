"""Canonical JSON: one value, one sequence of bytes, on every machine and for years.

RFC 8785 with integers only. Floats are refused, because their text is where JSON
libraries differ; so are lone surrogates, which UTF-8 cannot carry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | None"

# What every JSON reader holds exactly; RFC 8785, section 3.2.2.3, and RFC 7493.
LARGEST_INTEGER: Final = 2**53 - 1
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of *value*.

    Raises:
        ValueError: it holds a float, an integer beyond 2^53 - 1, a lone surrogate, or
            something that JSON does not have.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def parse(data: bytes) -> Json:
    """Return the value of which *data* is the canonical form.

    Raises:
        ValueError: *data* is no JSON, or not in canonical form.
    """
    value = parse_json(data.decode())
    if canonical(value) != data:
        msg = "the JSON is not in canonical form"
        raise ValueError(msg)
    return value


def parse_json(text: str) -> Json:
    """Return the value of the JSON *text*, which need not be canonical.

    Raises:
        ValueError: it is no JSON, has a float or a lone surrogate, or is nested beyond
            reason.
    """
    try:
        value: Json = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
    except RecursionError as error:
        msg = "the JSON is nested too deeply"
        raise ValueError(msg) from error
    if _SURROGATE.search(text) and not _is_utf8(value):
        msg = "a text has a lone surrogate"
        raise ValueError(msg)
    return value


def _is_utf8(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Return *text* with lone surrogates replaced, as arguments of a shell may have them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _refuse(text: str) -> NoReturn:
    msg = f"only whole numbers are allowed, not {text}"
    raise ValueError(msg)


def _ordered(value: Json) -> Json:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            msg = f"{value} is too large for JSON"
            raise ValueError(msg)
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            msg = "a key of JSON is text"
            raise ValueError(msg)
        # UTF-16 order differs from that of code points above U+FFFF.
        return {
            key: _ordered(value[key]) for key in sorted(value, key=lambda k: k.encode("utf-16-be"))
        }
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    msg = f"JSON has no {type(value).__name__}"
    raise ValueError(msg)
