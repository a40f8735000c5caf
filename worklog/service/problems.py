"""Refusals as problem documents (RFC 9457): the one place where the service catches errors.

A class of `worklog.errors` has one HTTP status. Where HTTP itself knows a finer one (a
body that is too large, a method that is not there) a subclass says so and keeps the code.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worklog.domain.canonical import Json, canonical, printable
from worklog.errors import (
    NotFoundError,
    ServiceAuthError,
    ServiceRejectedError,
    ServiceUnreachableError,
    WorklogError,
)
from worklog.wire.reader import MalformedError
from worklog.wire.sync.messages import PROBLEM_TYPE
from worklog.wire.sync.results import Problem, encode_problem

log = logging.getLogger(__name__)

RETRY_AFTER: Final = 2  # after which a busy database is asked again [s]
_NO_MEMBERS: Final[Mapping[str, Json]] = {}
_NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class BadRequestError(ServiceRejectedError):
    """The request broke off, or its length is not the one it announced."""


class MethodError(ServiceRejectedError):
    """The address knows other methods only."""


class TooLargeError(ServiceRejectedError):
    """The body is larger than the service takes."""


class MediaTypeError(ServiceRejectedError):
    """The body is of a kind that the service does not take."""


class TooManyRequestsError(ServiceUnreachableError):
    """Too many requests in too short a time."""

    def __init__(self, message: str, *, retry_after: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class StoreBusyError(ServiceUnreachableError):
    """The database or the object store does not answer just now. Nothing was changed."""


# HTTP knows finer differences than an exit status needs.
_FINER: Final[dict[type[WorklogError], int]] = {
    BadRequestError: 400,
    MethodError: 405,
    TooLargeError: 413,
    MediaTypeError: 415,
    TooManyRequestsError: 429,
}


def status_of(error: WorklogError) -> int:
    """Return the HTTP status that answers *error*."""
    return _FINER.get(type(error), error.http_status)


def malformed(error: ValueError) -> ServiceRejectedError:
    """Return the refusal of something that cannot be read."""
    return ServiceRejectedError(
        f"It cannot be read: {printable(str(error))}.",
        hint="Update worklog; if that does not help, report it with `worklog feedback`.",
    )


def not_found(what: str) -> NotFoundError:
    """Return the refusal of what does not exist, or is somebody else's: both sound alike."""
    return NotFoundError(f"There is no such {what}.", hint="Check the address.")


def json_response(
    content: Json, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return *content* as an answer that nobody keeps."""
    return Response(
        canonical(content),
        status_code=status,
        media_type="application/json",
        headers=_NO_STORE | (headers or {}),
    )


def problem_of(error: WorklogError) -> Problem:
    """Return the problem that *error* is to whoever asked."""
    return replace(Problem.of(error), status=status_of(error))


def problem_response(
    error: WorklogError,
    *,
    status: int | None = None,
    members: Mapping[str, Json] = _NO_MEMBERS,
) -> Response:
    """Return the problem document of *error*.

    A protocol may want another *status* and *members* of its own beside the usual ones.
    """
    problem = problem_of(error)
    if status is not None:
        problem = replace(problem, status=status)
    headers = dict(_NO_STORE)
    if isinstance(error, ServiceAuthError):
        headers["WWW-Authenticate"] = 'Bearer realm="worklog"'
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after)
    elif status_of(error) in {503, 507}:
        headers["Retry-After"] = str(RETRY_AFTER)
    if isinstance(error, MethodError) and error.hint:
        headers["Allow"] = error.hint
    return Response(
        canonical(_printable({**encode_problem(problem), **members})),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=headers,
    )


def install(app: FastAPI, answer: Callable[[Request, WorklogError], Response]) -> None:
    """Make *app* answer every failure with what *answer* makes of it."""

    @app.exception_handler(WorklogError)
    async def _expected(request: Request, error: WorklogError) -> Response:
        return answer(request, error)

    @app.exception_handler(MalformedError)
    async def _malformed(request: Request, error: MalformedError) -> Response:
        return answer(request, malformed(error))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return answer(request, _of_http(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        names = sorted({str(part) for one in error.errors() for part in one["loc"][1:2]})
        return answer(
            request,
            ServiceRejectedError(
                f"Not understood: {', '.join(names) or 'the request'}.",
                hint="The description at /api/openapi.json says what is meant.",
            ),
        )

    app.add_middleware(Bugs)


class Bugs:
    """Answers what nobody foresaw, and keeps the connection whole.

    Starlette's own way raises the failure again once it is answered, upon which the server
    resets the connection and the answer may never arrive.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer a failure with a number that the log explains."""
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            await _bug(scope["method"], error)(scope, receive, send)


def _bug(method: str, error: Exception) -> Response:
    """Return the answer to a bug: its traceback goes to the log, the answer has the number."""
    number = secrets.token_hex(8)
    error.add_note(f"failure {number} in {method}")  # stands under the traceback
    log.error("a request failed", exc_info=error)
    return problem_response(
        WorklogError(
            f"The service failed; its log has the details under {number}.",
            hint="Try again; if that does not help, tell the service's operator the number.",
        )
    )


def _of_http(error: HTTPException) -> WorklogError:
    match error.status_code:
        case 404:
            return not_found("page")
        case 405:
            allowed = (error.headers or {}).get("Allow", "")
            return MethodError("That cannot be done with this address.", hint=allowed)
        case _:
            return BadRequestError(str(error.detail), hint="Send the request anew.")


def _printable(document: dict[str, Json]) -> dict[str, Json]:
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in document.items()
    }
