"""Routes by which a device logs in (RFC 8628); its owner confirms it on a page."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from worklog.service import devices
from worklog.service.problems import json_response, problem_response
from worklog.service.routes.asking import Serving, answers, body_of, read_body
from worklog.service.web.visiting import address_of_client, home_of
from worklog.wire.reader import Reader
from worklog.wire.sync.account import decode_device_request, encode_device_code
from worklog.wire.sync.messages import API, read_message

router = APIRouter(prefix=API, tags=["login"])

_LARGEST: Final = 8 * 1024  # bytes
_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_ALWAYS: Final = (400, 413, 422, 429, 503)


async def _message_of(request: Request) -> Reader:
    return read_message(await read_body(request, _LARGEST), "body", most=_LARGEST)


Message = Annotated[Reader, Depends(_message_of)]


@router.post(
    "/device/code",
    responses=answers("DeviceCode", *_ALWAYS),
    openapi_extra=body_of("DeviceRequest"),
)
def post_device_code(request: Request, service: Serving, message: Message) -> Response:
    """Give a device the code that its owner has to confirm."""
    code = devices.begin(
        service,
        decode_device_request(message),
        address=address_of_client(request),
        home=home_of(request, service),
    )
    return json_response(encode_device_code(code))


@router.post(
    "/device/token",
    responses=answers("DeviceToken", *_ALWAYS),
    openapi_extra=body_of("DevicePoll"),
)
def post_device_token(service: Serving, message: Message) -> Response:
    """Give the device its token once its owner has confirmed the code."""
    if message.text("grant_type") != _GRANT:
        message.refuse("grant_type", "is none that this service gives tokens for")
    try:
        token = devices.poll(service, message.text("device_code"))
    except devices.OAuthError as error:
        return problem_response(error, status=400, members={"error": error.error})
    return json_response({"access_token": token, "token_type": "Bearer"})
