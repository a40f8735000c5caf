"""Which routes an application has, however its routers are nested."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

_ASKED_TOO = {"HEAD", "OPTIONS"}


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of every route of *app*, sorted by path."""
    found = {
        (method, str(context.path))
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or set()) - _ASKED_TOO
    }
    return sorted(found, key=lambda route: (route[1], route[0]))
