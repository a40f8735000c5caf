"""Routes by which a device sends what it recorded."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from worklog.service.problems import json_response
from worklog.service.received import Received
from worklog.service.routes.asking import (
    Device,
    Message,
    PictureBody,
    Serving,
    answers,
    body_of,
)
from worklog.wire.sync.messages import API, PICTURE_TYPES
from worklog.wire.sync.receipts import encode_receipt
from worklog.wire.sync.results import encode_results
from worklog.wire.sync.uploads import decode_amendments, decode_parts

router = APIRouter(prefix=API, tags=["ingest"])

_ALWAYS: Final = (400, 401, 403, 413, 422, 426, 503, 507)
_PICTURE: Final = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in PICTURE_TYPES
        },
    }
}
PartName = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
Position = Annotated[int, Path(ge=0, le=999)]


@router.put(
    "/parts/{part}",
    responses=answers("Receipt", 404, 409, 410, *_ALWAYS, also=201),
    openapi_extra=body_of("Part"),
)
def put_part(part: PartName, device: Device, service: Serving, message: Message) -> Response:
    """Keep a sealed part. The same part again gives the same receipt."""
    return _received(service.ingest.put_part(device, part, message))


@router.post("/parts", responses=answers("Results", *_ALWAYS), openapi_extra=body_of("Parts"))
def post_parts(device: Device, service: Serving, message: Message) -> Response:
    """Keep up to 200 sealed parts; each has a result of its own, in their order."""
    return json_response(encode_results(service.ingest.put_parts(device, decode_parts(message))))


@router.put(
    "/parts/{part}/images/{position}",
    responses=answers("Receipt", 404, 409, 410, 415, *_ALWAYS, also=201),
    openapi_extra=_PICTURE,
)
def put_picture(  # noqa: PLR0913, PLR0917 -- FastAPI names them
    part: PartName,
    position: Position,
    request: Request,
    device: Device,
    service: Serving,
    data: PictureBody,
) -> Response:
    """Keep the picture at a position of a part's captures: the very file, nothing around it."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return _received(service.ingest.put_picture(device, part, position, media_type, data))


@router.post(
    "/amendments", responses=answers("Results", *_ALWAYS), openapi_extra=body_of("Amendments")
)
def post_amendments(device: Device, service: Serving, message: Message) -> Response:
    """Keep up to 500 amendments; each has a result of its own, in their order."""
    return json_response(
        encode_results(service.ingest.put_amendments(device, decode_amendments(message)))
    )


def _received(received: Received) -> Response:
    return json_response(encode_receipt(received.receipt), status=201 if received.is_new else 200)
