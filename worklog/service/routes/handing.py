"""The routes by which a freelancer's tracker submits a week and asks for manual time."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from worklog.domain.contract import Week
from worklog.errors import InvalidTimeError
from worklog.service import weeks
from worklog.service.agreements import agreement_for
from worklog.service.authorize import Verb, permit
from worklog.service.problems import json_response, not_found
from worklog.service.requests import ask_manual
from worklog.service.routes.asking import Device, Message, Serving, answers, body_of
from worklog.service.store.people import person_of
from worklog.wire.handing import decode_permission_request, decode_submission, encode_done
from worklog.wire.sync.messages import API

router = APIRouter(prefix=API, tags=["contracts"])

_ALWAYS: Final = (400, 401, 403, 404, 409, 413, 422, 426, 429, 503)


@router.post(
    "/weeks/submit",
    responses=answers("Taken", *_ALWAYS),
    openapi_extra=body_of("Submission"),
)
def post_submission(device: Device, service: Serving, message: Message) -> Response:
    """Lock an ended week early, as the page of the timesheet does."""
    permit(device, Verb.INGEST)
    wanted = decode_submission(message)
    with service.store.writing(device) as scope:
        person = person_of(scope, device.user)
        if person is None:
            raise not_found(what="account")
        agreement = agreement_for(scope, person, wanted.contract)
        week = agreement.contract.week_at(wanted.week)
        if week != Week(wanted.week):
            msg = "The contract has no billing week that begins then."
            raise InvalidTimeError(msg, hint="Run `worklog sync`: its week may have changed.")
        weeks.submit(scope, agreement, week, waiting=wanted.waiting)
    return json_response(encode_done(weeks.name_of(week)), status=200)


@router.post(
    "/requests",
    responses=answers("Taken", *_ALWAYS),
    openapi_extra=body_of("PermissionRequest"),
)
def post_request(device: Device, service: Serving, message: Message) -> Response:
    """Ask the client for manual time. While a request is open, the same one is the answer."""
    permit(device, Verb.INGEST)
    wanted = decode_permission_request(message)
    with service.store.writing(device) as scope:
        name = ask_manual(scope, wanted.contract, wanted.words)
    return json_response(encode_done(name), status=200)
