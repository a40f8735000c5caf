"""Style and script: a few files of the package, each at an address that names its content.

So browsers keep them for ever and still never see an old one. They are read once, at the
start; nothing that a request names is ever looked up on the disk.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from worklog.service.problems import not_found

router = APIRouter(include_in_schema=False)

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the package's static folder.

    Attributes:
        address: What it is served at.
        content: Its bytes.
        media_type: Its type.
    """

    address: str
    content: bytes
    media_type: str


def _load() -> dict[str, StaticFile]:
    found = {}
    for entry in files("worklog.service").joinpath("static").iterdir():
        stem, dot, ending = entry.name.rpartition(".")
        if (media_type := _TYPES.get(dot + ending)) is not None:
            content = entry.read_bytes()
            name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
            found[entry.name] = StaticFile(f"/static/{name}", content, media_type)
    return found


FILES: Final = _load()
_BY_ADDRESS: Final = {file.address: file for file in FILES.values()}


def address_of(name: str) -> str:
    """Return where the static file *name* is served; KeyError where there is none."""
    return FILES[name].address


@router.get("/static/{name}")
def get_static(name: Annotated[str, Path(max_length=100)]) -> Response:
    """Give a static file."""
    file = _BY_ADDRESS.get(f"/static/{name}")
    if file is None:
        raise not_found(what="page")
    return Response(file.content, media_type=file.media_type, headers=_FOR_EVER)
