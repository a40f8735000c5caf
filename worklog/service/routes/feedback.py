"""The route by which a tracker reports a problem to whoever runs the service."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from worklog.service.authorize import Verb, permit
from worklog.service.complaints import keep
from worklog.service.problems import json_response
from worklog.service.routes.asking import Device, Message, Serving, answers, body_of
from worklog.wire.feedback import decode_feedback, encode_taken
from worklog.wire.sync.messages import API

router = APIRouter(prefix=API, tags=["feedback"])

_ALWAYS: Final = (400, 401, 403, 413, 422, 426, 429, 503)


@router.post(
    "/feedback",
    responses=answers("Taken", *_ALWAYS, also=201),
    openapi_extra=body_of("Feedback"),
)
def post_feedback(device: Device, service: Serving, message: Message) -> Response:
    """Keep a report of a problem. The same report again changes nothing."""
    permit(device, Verb.INGEST)
    report = decode_feedback(message)
    with service.store.writing(device) as scope:
        is_new = keep(scope, report, device=device.device)
    return json_response(encode_taken(report.id), status=201 if is_new else 200)
