"""What every route needs to know of a request: who asks, with which tracker, and its body."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from worklog.errors import ServiceAuthError, VersionRefusedError
from worklog.service.problems import BadRequestError, TooLargeError
from worklog.service.scope import SYSTEM, Actor
from worklog.service.service import Service
from worklog.service.store import accounts
from worklog.service.store.sessions import SEEN_EVERY_MS
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import (
    LARGEST_MESSAGE,
    LARGEST_PICTURE,
    VERSION_HEADER,
    read_message,
)

_BODY_TIMEOUT: Final = 60.0  # for all of it to arrive [s]
_LONGEST_TOKEN: Final = 256
_SCHEME: Final = "bearer "


def service_of(request: Request) -> Service:
    """Return the service that this application serves."""
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101 -- `create_app` sets it
    return service


Serving = Annotated[Service, Depends(service_of)]


def device_of(request: Request, service: Serving) -> Actor:
    """Return whom the request's token stands for.

    Raises:
        ServiceAuthError: it has none, or a worthless one.
        VersionRefusedError: its tracker is not one that this service speaks with.
    """
    actor = _actor(request, service)
    version = request.headers.get(VERSION_HEADER)
    if version is not None and not service.about.accepts(version):
        about = service.about
        upper = f" and below {about.tracker_below}" if about.tracker_below else ""
        msg = f"This service speaks with trackers from {about.tracker_from}{upper} only."
        raise VersionRefusedError(
            msg, hint="Install a version of worklog in that range; nothing is lost meanwhile."
        )
    return actor


def _actor(request: Request, service: Service) -> Actor:
    header = request.headers.get("Authorization", "")
    token = header[len(_SCHEME) :].strip()
    is_token = header[: len(_SCHEME)].lower() == _SCHEME and len(token) <= _LONGEST_TOKEN
    if is_token and token.isascii():
        with service.store.reading(SYSTEM) as scope:
            found = accounts.actor_of_token(scope, token)
            is_due = found is not None and scope.at_ms - found[1] >= SEEN_EVERY_MS
        if found is not None:
            if is_due:
                with service.store.writing(SYSTEM) as scope:
                    accounts.touch_token(scope, found[0], token)
            return found[0]
    msg = "The service does not know this device, or no longer."
    raise ServiceAuthError(msg, hint="Run `worklog login`.")


Device = Annotated[Actor, Depends(device_of)]


async def read_body(request: Request, most: int) -> bytes:
    """Return the body of *request*, of which not a byte more than *most* is held."""
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except (ClientDisconnect, TimeoutError) as error:
        msg = "The request broke off."
        raise BadRequestError(msg, hint="Try again.") from error
    return bytes(body)


async def message_of(request: Request, _: Device) -> Reader:
    """Return the JSON object that the request has as its body.

    Who asks is known before the first byte is read.
    """
    return read_message(await read_body(request, LARGEST_MESSAGE), "body")


async def picture_of(request: Request, _: Device) -> bytes:
    """Return the picture that the request has as its body."""
    return await read_body(request, LARGEST_PICTURE)


Message = Annotated[Reader, Depends(message_of)]
PictureBody = Annotated[bytes, Depends(picture_of)]


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"The body has more than {most} bytes.", hint="Send less at once.")


# --- OpenAPI --------------------------------------------------------------------------


def body_of(schema: str) -> dict[str, Any]:
    """Return the description of a JSON body, which FastAPI cannot see as it is read raw."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}}


def answers(
    schema: str, *refusals: int, status: int = 200, also: int | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of the answers of a route."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    good: dict[int | str, dict[str, Any]] = {status: {"description": "Done.", "content": content}}
    if also is not None:
        good[also] = {"description": "It is here now.", "content": content}
    problem = {"$ref": "#/components/schemas/Problem"}
    bad: dict[int | str, dict[str, Any]] = {
        code: {
            "description": "A problem document.",
            "content": {"application/problem+json": {"schema": problem}},
        }
        for code in refusals
    }
    return {**good, **bad}
