"""Refusals as people see them: a page that says what went wrong and what to do next.

Programs get problem documents (`worklog.service.problems`); whatever is not below the
address of the interface is asked for by a browser.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from worklog.errors import WorklogError
from worklog.service.problems import problem_response, status_of
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import LoginNeededError, login_address

_INTERFACE: Final = "/api/"
_TITLES: Final = {
    403: "That is not yours to do",
    404: "Nothing is here",
    409: "That does not fit any more",
    410: "It was deleted",
    413: "That is too much at once",
    429: "Too many tries",
    503: "Busy",
}


def refusal(request: Request, error: WorklogError) -> Response:
    """Return the answer to *request* that *error* is."""
    document = problem_response(error)
    if request.url.path.startswith(_INTERFACE):
        return document
    if isinstance(error, LoginNeededError):
        address = login_address(request)
        if "HX-Request" in request.headers:  # a part of a page: send the whole page there
            return Response(status_code=401, headers={"HX-Redirect": address})
        return go_to(address)
    status = status_of(error)
    response = page(
        request,
        "refusal.html",
        person=None,
        status=status,
        title=_TITLES.get(status, "That did not work"),
        error=error,
    )
    for name in ("Retry-After", "Allow"):
        if name in document.headers:
            response.headers[name] = document.headers[name]
    return response
