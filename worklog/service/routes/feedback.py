"""The route by which a tracker reports a problem to whoever runs the service."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from worklog.service.authorize import Verb, permit
from worklog.service.problems import TooManyRequestsError, json_response
from worklog.service.routes.asking import Device, Message, Serving, answers, body_of
from worklog.service.store import reports
from worklog.wire.feedback import decode_feedback, encode_taken
from worklog.wire.sync import API

router = APIRouter(prefix=API, tags=["feedback"])

_DAY_MS: Final = 24 * 3_600_000
MOST_A_DAY: Final = 100  # of one account
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
        if reports.count_since(scope, scope.at_ms - _DAY_MS) >= MOST_A_DAY:
            msg = "That is more than the service takes of one account in a day."
            raise TooManyRequestsError(msg, retry_after=3_600, hint="Send it tomorrow.")
        is_new = reports.put_report(scope, report, device=device.device)
    return json_response(encode_taken(report.id), status=201 if is_new else 200)
