"""Who looks at a page: a cookie with a token of 192 random bits, and nothing in it.

The cookie's name begins with `__Host-` where the service is reached over TLS, so that no
other host of the domain can set it. A write must come from a page of the service itself:
the browser says where it comes from, and a request that does not say is refused.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from worklog.errors import PolicyError, ServiceAuthError
from worklog.service.routes.asking import Serving
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.settings import Settings
from worklog.service.store import people, sessions
from worklog.service.store.people import Person

_SAFE: Final = frozenset({"GET", "HEAD"})
_LONGEST_TOKEN: Final = 256
_OWN: Final = frozenset({"same-origin", "none"})  # `none`: typed in by the person
_LONGEST_TARGET: Final = 500


class LoginNeededError(ServiceAuthError):
    """Nobody is logged in; the page sends whoever asked to the login and back."""


def cookie_name(settings: Settings) -> str:
    """Return what the cookie of a session is called."""
    return "__Host-worklog" if settings.is_secure else "worklog"


def session_token(request: Request, service: Service) -> str:
    """Return the token of the session that *request* came with; empty where it has none."""
    return request.cookies.get(cookie_name(service.settings), "")


def home_of(request: Request, service: Service) -> str:
    """Return the address that people reach the service at."""
    return service.settings.url or str(request.base_url).rstrip("/")


def visitor_of(request: Request, service: Serving) -> Person | None:
    """Return who looks; None where nobody is logged in."""
    token = session_token(request, service)
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    with service.store.reading(SYSTEM) as scope:
        found = sessions.user_of_session(scope, token)
        person = None if found is None else people.person_of(scope, found[0])
    if found is not None and person is not None and found[1]:
        with service.store.writing(SYSTEM) as scope:
            sessions.touch_session(scope, token)
    return person


def person_of(visitor: Annotated[Person | None, Depends(visitor_of)]) -> Person:
    """Return who looks.

    Raises:
        LoginNeededError: nobody is logged in.
    """
    if visitor is None:
        msg = "Nobody is logged in, or no longer."
        raise LoginNeededError(msg, hint="Log in.")
    return visitor


Visitor = Annotated[Person | None, Depends(visitor_of)]
Visiting = Annotated[Person, Depends(person_of)]


def own_page(request: Request) -> None:
    """Let a write pass only if a page of this service sent it (T8). For every page router.

    Raises:
        PolicyError: another site sent it, or a program that does not say.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    is_own = urlsplit(origin).netloc == request.headers.get("Host") if origin else site in _OWN
    if not is_own or site not in {None, *_OWN}:
        msg = "This was not sent from a page of this service."
        raise PolicyError(msg, hint="Open the page and do it there.")


def log_in(response: Response, service: Service, token: str) -> None:
    """Give the session *token* to the browser."""
    response.set_cookie(
        cookie_name(service.settings),
        token,
        max_age=int(sessions.SESSION_LENGTH.total_seconds()),
        path="/",
        secure=service.settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def log_out(response: Response, service: Service) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        cookie_name(service.settings),
        path="/",
        secure=service.settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def address_of_client(request: Request) -> str:
    """Return the address that the request came from; a proxy on loopback is believed."""
    return request.client.host if request.client is not None else ""


def login_address(request: Request) -> str:
    """Return the page to log in at, from which to come back to this one."""
    if request.method not in _SAFE:
        return "/login"
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/login?next={quote(target[:_LONGEST_TARGET], safe='')}" if target != "/" else "/login"


def safe_target(target: str) -> str:
    """Return *target* if it is a page of this service; else the first page."""
    parts = urlsplit(target)
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    is_plain = "\\" not in target and target.isprintable() and not parts.netloc
    return target if is_own and is_plain and len(target) <= _LONGEST_TARGET else "/"
