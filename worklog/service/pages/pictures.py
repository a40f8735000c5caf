"""The pictures of a diary: opened as they are shown, kept by nobody, whole or not at all."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from worklog.service.routes.asking import Serving
from worklog.service.showing import Shown, key_of, show
from worklog.service.web.visiting import Visiting

router = APIRouter()

# Opened by itself in a tab, a picture is nothing but a picture.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Content-Disposition": "inline",
    "Cache-Control": "no-store",
    "Accept-Ranges": "none",
}
_LONGEST: Final = 64
Name = Annotated[str, Path(max_length=_LONGEST)]
Index = Annotated[int, Path(ge=0, lt=1 << 40)]
Position = Annotated[int, Path(ge=0, lt=1 << 10)]


@router.get("/pictures/{contract}/{slot}/{part}/{position}")
def get_picture(  # noqa: PLR0913, PLR0917 -- the parts of its address
    contract: Name, slot: Index, part: Name, position: Position, person: Visiting, service: Serving
) -> Response:
    """Give a picture as it was recorded, or as its redaction left it."""
    key = key_of(contract, slot)
    return _answer(
        show(service, person.actor, key, part=part, position=position, is_thumbnail=False)
    )


@router.get("/pictures/{contract}/{slot}/{part}/{position}/thumbnail")
def get_thumbnail(  # noqa: PLR0913, PLR0917 -- the parts of its address
    contract: Name, slot: Index, part: Name, position: Position, person: Visiting, service: Serving
) -> Response:
    """Give a picture as the grid shows it."""
    key = key_of(contract, slot)
    return _answer(
        show(service, person.actor, key, part=part, position=position, is_thumbnail=True)
    )


def _answer(shown: Shown) -> Response:
    return Response(shown.data, media_type=shown.media_type, headers=_HEADERS)
