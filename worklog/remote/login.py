"""Logging a device in: the client's side of RFC 8628.

The service gives a code; its owner confirms it in a browser, anywhere; this side polls
until that has happened. The service's key is pinned with the token: receipts of another
key count for nothing from then on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from worklog.app.ports import Clock
from worklog.app.sync import check_service
from worklog.domain.canonical import canonical
from worklog.errors import (
    ServiceAuthError,
    ServiceProtocolError,
    ServiceUnreachableError,
    WorklogError,
)
from worklog.remote.address import is_same_origin
from worklog.remote.client import DiaryClient, understood
from worklog.remote.token_file import Login
from worklog.remote.transport import Answer, Transport
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.account import (
    DeviceCode,
    DeviceRequest,
    Service,
    decode_device_code,
    encode_device_request,
)
from worklog.wire.sync.messages import API, read_message

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_S: Final = 5  # RFC 8628, section 3.5
LEAST_INTERVAL_S: Final = 1
MOST_INTERVAL_S: Final = 60
LONGEST_LIFE_S: Final = 1_800  # of a code, whatever the service says
_LEAST_TOKEN: Final = 16  # characters
_MOST_TOKEN: Final = 1_024
_CODE_LENGTH: Final = 32
_AGAIN: Final = "Run `worklog login` again for a new code."


@dataclass(frozen=True, slots=True)
class Device:
    """What this installation says of itself.

    Attributes:
        device: Its id.
        key: Public key that its parts are signed with.
        name: What to show its owner.
        host: Name of the machine.
        version: Of the program.
    """

    device: str
    key: bytes
    name: str
    host: str
    version: str


def log_in(
    transport: Transport,
    device: Device,
    *,
    clock: Clock,
    show: Callable[[DeviceCode, Service], None],
    stop: threading.Event,
) -> Login:
    """Return the login that the owner of the account has confirmed.

    *show* is called once with what the owner needs.

    Raises:
        ServiceAuthError: it was refused, or nobody confirmed it in time.
        ServiceUnreachableError: there is no service, or *stop* was set.
        ServiceProtocolError: it is not a diary service.
        VersionRefusedError: it does not accept this version.
    """
    service = DiaryClient(transport, "").service()
    check_service(service, device.version)
    code = _code(transport, device)
    show(code, service)
    token = _token(transport, code, clock, stop)
    account = DiaryClient(transport, token).whoami()
    if account.device != device.device:
        msg = "The service gave a token for another device."
        raise ServiceProtocolError(msg, hint="Tell the service's operator.")
    return Login(transport.address, token, service.key, account.name, account.device_name)


def _code(transport: Transport, device: Device) -> DeviceCode:
    request = DeviceRequest(
        device=device.device,
        key=device.key,
        name=device.name,
        host=device.host,
        version=device.version,
    )
    body = canonical(encode_device_request(request))
    answer = transport.check(transport.send("POST", f"{API}/device/code", body=body))
    code = understood(answer, "code", decode_device_code)
    is_plain = code.user_code.isascii() and code.user_code.isprintable()
    if not is_plain or not 0 < len(code.user_code) <= _CODE_LENGTH or not code.device_code:
        msg = "The service's code is none that could be typed."
        raise ServiceProtocolError(msg, hint="Tell the service's operator.")
    if not is_same_origin(code.verification_uri, transport.address):
        # Else a service could send its users to a page that looks like another's (T26).
        msg = "The service wants the code to be typed in at another address."
        raise ServiceProtocolError(msg, hint="Do not. Tell the service's operator.")
    complete = code.verification_uri_complete
    if complete and not is_same_origin(complete, transport.address):
        return replace(code, verification_uri_complete="")
    return code


def _token(transport: Transport, code: DeviceCode, clock: Clock, stop: threading.Event) -> str:
    interval = float(min(MOST_INTERVAL_S, max(LEAST_INTERVAL_S, code.interval)))
    life_ns = min(LONGEST_LIFE_S, code.expires_in) * 10**9
    ends_ns = clock.boot_ns() + life_ns
    body = canonical({"grant_type": GRANT, "device_code": code.device_code})
    while clock.boot_ns() + round(interval * 1e9) <= ends_ns:
        if clock.wait(interval, wake=stop):
            msg = "The login was cut short."
            raise ServiceUnreachableError(msg, hint=_AGAIN)
        try:
            answer = transport.send("POST", f"{API}/device/token", body=body)
        except ServiceUnreachableError:
            interval = min(2 * interval, MOST_INTERVAL_S)  # section 3.5: back off
            continue
        if answer.is_good:
            return understood(answer, "token", _decode_token)
        interval += _slower(transport, answer)
    msg = "Nobody confirmed the code in time."
    raise ServiceAuthError(msg, hint=_AGAIN)


def _slower(transport: Transport, answer: Answer) -> float:
    """Return by how much to poll more slowly after a refusal [s].

    Raises:
        WorklogError: there is no use in polling on.
    """
    match _oauth_error(answer):
        case "authorization_pending":
            return 0.0
        case "slow_down":
            return SLOWER_S
        case "access_denied":
            msg = "The login was refused in the browser."
            raise ServiceAuthError(msg, hint=_AGAIN)
        case "expired_token":
            msg = "The code has expired."
            raise ServiceAuthError(msg, hint=_AGAIN)
        case _:
            try:
                transport.check(answer)
            except ServiceUnreachableError:
                return SLOWER_S
            except WorklogError:
                raise
            return 0.0  # pragma: no cover -- a good answer does not come here


def _oauth_error(answer: Answer) -> str:
    """Return the `error` of RFC 6749; the service puts it into its problem document."""
    try:
        return read_message(answer.body, "answer").text("error", "")
    except (MalformedError, ArithmeticError):
        return ""


def _decode_token(reader: Reader) -> str:
    if reader.text("token_type").lower() != "bearer":
        reader.refuse("token_type", "is not Bearer")
    token = reader.text("access_token")
    is_plain = token.isascii() and token.isprintable() and " " not in token
    if not is_plain or not _LEAST_TOKEN <= len(token) <= _MOST_TOKEN:
        reader.refuse("access_token", "is no token")
    return token
