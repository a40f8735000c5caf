"""One HTTP request to a service, with everything that can go wrong made an error of ours.

No redirect is followed and no password file is read, an answer has at most
1 MiB and one deadline for all of it: a server that sends a byte a second does not hold
the line. One connection is kept open between requests.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from worklog.app.ports import Clock
from worklog.app.sync_ports import ServiceBusyError
from worklog.domain.text import printable
from worklog.errors import (
    ServiceAuthError,
    ServiceProtocolError,
    ServiceRejectedError,
    ServiceUnreachableError,
    VersionRefusedError,
    WorklogError,
)
from worklog.remote.sockets import Deadline, DeadlineTransport
from worklog.wire.reader import MalformedError
from worklog.wire.sync.messages import LARGEST_MESSAGE, VERSION_HEADER, read_message
from worklog.wire.sync.results import RETRYABLE, Problem, decode_problem

CONNECT_S: Final = 10.0  # to connect and shake hands [s]
SILENCE_S: Final = 30.0  # longest pause within an exchange [s]
TOTAL_S: Final = 60.0  # for a request and its whole answer [s]
PICTURE_TOTAL_S: Final = 300.0  # 10 MiB at 300 kbit/s
_LONGEST_TEXT: Final = 300  # of foreign text in an error [characters]
_OK: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_AUTH: Final = 401
_UPGRADE: Final = 426
_LOGIN: Final = "Run `worklog login URL` again; nothing that waits is lost."
_UPDATE: Final = "Update worklog. Tracking goes on, and nothing that waits is lost."
_STAYS: Final = "It stays queued and is tried again by itself."


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole and within the limits.

    Attributes:
        status: HTTP status.
        body: Its bytes.
        headers: By lower-case name.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.status in _OK


class Transport:
    """Sends requests to the service at *address*; use it in one thread.

    Args:
        address: From `normal_address`.
        version: Of this program, told with each request.
        clock: For deadlines and the dates of `Retry-After`.
        tls: Whom to trust; the authorities of the system if None.
        total_s: Deadline of a whole exchange [s].
    """

    def __init__(
        self,
        address: str,
        *,
        version: str,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        total_s: float = TOTAL_S,
    ) -> None:
        self.address = address
        self._clock = clock
        self._total_s = total_s
        self._deadline = Deadline(clock.boot_ns)
        self._client = httpx.Client(
            base_url=address,
            transport=DeadlineTransport(self._deadline, tls or _tls()),
            follow_redirects=False,
            trust_env=False,  # .netrc would send a password of its own
            timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
            headers={
                "User-Agent": f"worklog/{version}",
                VERSION_HEADER: version,
                "Accept": "application/json",
                "Accept-Encoding": "identity",  # nothing can grow on the way
                "Cache-Control": "no-store",
            },
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def abort(self) -> None:
        """End the request that is under way, and any later one; from any thread."""
        self._deadline.end()

    def send(  # noqa: PLR0913 -- one call per request; all by name
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: bytes | None = None,
        content_type: str = "application/json",
        query: Mapping[str, str | int] | None = None,
        total_s: float | None = None,
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        Raises:
            ServiceUnreachableError: there was no whole answer in time.
            ServiceProtocolError: it is larger than 1 MiB.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = content_type
        self._deadline.begin(total_s or self._total_s)
        with _translated(self.address):
            request = self._client.build_request(
                method, path, content=body, params=query, headers=headers
            )
            response = self._client.send(request, stream=True)
            try:
                return _whole(response)
            finally:
                response.close()

    def check(self, answer: Answer) -> Answer:
        """Return *answer* if it is a good one.

        Raises:
            WorklogError: what its status and its problem document stand for.
        """
        if answer.is_good:
            return answer
        raise self._error(answer)

    def _error(self, answer: Answer) -> WorklogError:  # noqa: PLR0911 -- a table of statuses
        if answer.status in _REDIRECT:
            msg = f"{self.address} sends its visitors elsewhere, which is not followed."
            elsewhere = "Log in at the address that it leads to, if that is the service."
            return ServiceProtocolError(msg, hint=elsewhere)
        problem = problem_of(answer)
        text = "" if problem is None else _short(problem.detail or problem.title)
        hint = None if problem is None or not problem.hint else _short(problem.hint) + "."
        if answer.status == _AUTH:
            return ServiceAuthError(text or "The service does not know this device.", hint=_LOGIN)
        if answer.status == _UPGRADE:
            msg = text or "The service does not accept this version of worklog."
            return VersionRefusedError(msg, hint=hint or _UPDATE)
        if answer.status in RETRYABLE:
            return ServiceBusyError(
                text or f"The service is not able to answer now (HTTP {answer.status}).",
                hint=hint or _STAYS,
                retry_after=retry_after(answer.headers.get("retry-after"), self._clock.now()),
            )
        if problem is None:
            msg = f"The answer is not one of a diary service (HTTP {answer.status})."
            return ServiceProtocolError(msg, hint="Check the address: worklog whoami.")
        known = problem.error
        if isinstance(known, ServiceAuthError | VersionRefusedError):
            # The status says otherwise; only the right one may stop all syncing.
            return ServiceRejectedError(text, hint=hint)
        return type(known)(text or str(known), hint=hint)


def problem_of(answer: Answer) -> Problem | None:
    """Return the problem document of *answer*; None where it has none."""
    try:
        return decode_problem(read_message(answer.body, "answer"))
    except (MalformedError, ArithmeticError):
        return None


def retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` names, from 0; None where it names none."""
    if text is None:
        return None
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit():
        return float(min(int(wanted[:12]), 10**9))
    try:
        at = parsedate_to_datetime(wanted)
    except (ValueError, OverflowError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _whole(response: httpx.Response) -> Answer:
    body = bytearray()
    # The raw bytes: an encoding that nobody asked for is not undone.
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > LARGEST_MESSAGE:
            msg = "The service's answer is larger than 1 MiB."
            raise ServiceProtocolError(msg, hint="Check the address: worklog whoami.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, bytes(body), headers)


@contextmanager
def _translated(address: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        msg = f"{address} did not answer in time."
        raise ServiceUnreachableError(msg, hint=_STAYS) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> ServiceUnreachableError:
    if (certificate := _certificate_problem(error)) is not None:
        msg = f"The certificate of {address} cannot be trusted: {_short(certificate)}."
        hint = (
            "If this machine's clock is right, ask the service's operator. "
            "Nothing was sent; it stays queued."
        )
        return ServiceUnreachableError(msg, hint=hint)
    msg = f"{address} cannot be reached: {_short(str(error)) or type(error).__name__}."
    return ServiceUnreachableError(msg, hint=_STAYS)


def _certificate_problem(error: BaseException | None) -> str | None:
    """Return what is wrong with TLS, from the chain of causes; None if nothing is."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        if isinstance(error, ssl.SSLError):
            return error.reason or "the connection could not be encrypted"
        error = error.__cause__ or error.__context__
    return None


def _short(text: str) -> str:
    return printable(text)[:_LONGEST_TEXT].rstrip(".")


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
