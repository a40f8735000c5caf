"""Reading windows out of a compositor's JSON, of whatever shape it turns out to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from worklog.app.ports import Box, Window
from worklog.capture.window_words import clean, program_name

_LARGEST: Final = 1 << 20  # of a coordinate [px]


def parsed(data: bytes) -> Any | None:  # noqa: ANN401 -- whatever the compositor says
    """Return what *data* says, or None where it is no JSON.

    Titles come as their windows wrote them, so neither broken UTF-8 nor control
    characters make the whole unreadable.
    """
    try:
        return json.loads(data.decode(errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return None


def rows(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in the list *value*; none where it is something else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def table(value: object) -> Mapping[str, Any]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def window(application: object, title: object, box: Box | None) -> Window:
    """Return a window with clean words, empty where there are none."""
    name = application if isinstance(application, str) else ""
    words = title if isinstance(title, str) else ""
    return Window(program_name(name), clean(words), box)


def box_of(left: object, top: object, width: object, height: object) -> Box | None:
    """Return a rectangle; None where one of the four is no number of pixels."""
    edges = [
        int(edge)
        for edge in (left, top, width, height)
        if isinstance(edge, int | float) and -_LARGEST <= edge <= _LARGEST
    ]
    return Box(*edges) if len(edges) == 4 and min(edges[2:]) >= 0 else None  # noqa: PLR2004 -- all four
