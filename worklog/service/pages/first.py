"""The first page: it sends everybody where they go from here."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from worklog.service.web.rendering import go_to
from worklog.service.web.visiting import Visiting

router = APIRouter()


@router.get("/")
def get_first(_: Visiting) -> Response:
    """Send whoever is logged in to the diary, and everybody else to the login."""
    return go_to("/diary")
