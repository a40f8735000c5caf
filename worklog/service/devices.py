"""How a device logs in (RFC 8628): it shows a code, its owner confirms it in any browser.

What the device polls with is kept as its hash only, and is good once. What a person types
is short, so it lives ten minutes, and whoever guesses is stopped after a few tries (T26).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Row, insert, select, update

from worklog.domain.canonical import printable
from worklog.domain.ids import DeviceId
from worklog.errors import NotFoundError, ServiceRejectedError
from worklog.service.scope import DEVICE_PERMITS, SYSTEM, Actor
from worklog.service.service import Service
from worklog.service.store import accounts, tries
from worklog.service.store import tables as t
from worklog.service.store.accounts import TOKEN_BYTES, token_hash
from worklog.service.store.audit import Concern, record
from worklog.service.store.people import Person
from worklog.service.verifying import is_id
from worklog.wire.sync.account import DeviceCode, DeviceRequest

LIFE_S: Final = 600
INTERVAL_S: Final = 5
_SLOWER_S: Final = 5  # RFC 8628, section 3.5
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so no words; 8 of 20 are 34 bits
_CODE_LENGTH: Final = 8
_WORD_LENGTH: Final = 80  # of what a device says of itself [characters]


class CodeState(StrEnum):
    """What became of a code."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


class OAuthError(ServiceRejectedError):
    """A poll that gets no token, in the words of RFC 8628, section 3.5.

    Attributes:
        error: The word.
    """

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message, hint="Run `worklog login` again for a new code.")
        self.error = error


@dataclass(frozen=True, slots=True)
class Asking:
    """A device that waits for a yes, as its owner sees it.

    Attributes:
        code: What is typed, with its dash.
        name: What the device calls itself.
        host: Its machine.
        version: Of its tracker.
        address: From which it asks.
        created_ms: Since when [ms].
    """

    code: str
    name: str
    host: str
    version: str
    address: str
    created_ms: int


def begin(service: Service, request: DeviceRequest, *, address: str, home: str) -> DeviceCode:
    """Return the codes by which the device of *request* logs in.

    Raises:
        ServiceRejectedError: it does not say who it is.
        TooManyRequestsError: *address* asked for too many.
    """
    if not is_id(request.device):
        msg = "The device does not say who it is."
        raise ServiceRejectedError(msg, hint="Update worklog.")
    device_code = secrets.token_urlsafe(TOKEN_BYTES)
    user_code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    with service.store.writing(SYSTEM) as scope:
        refusal = tries.count_try(scope, tries.DEVICE, address)
        if refusal is None:
            scope.db.execute(
                insert(t.device_codes).values(
                    code_hash=token_hash(device_code),
                    user_code=user_code,
                    device_id=request.device,
                    public_key=request.key.hex(),
                    name=_word(request.name),
                    host=_word(request.host),
                    version=_word(request.version),
                    address=address,
                    state=CodeState.PENDING.value,
                    created_ms=scope.at_ms,
                    expires_ms=scope.at_ms + LIFE_S * 1000,
                    interval=INTERVAL_S,
                )
            )
    if refusal is not None:
        raise refusal
    shown = _dashed(user_code)
    page = f"{home}/device"
    return DeviceCode(device_code, shown, page, f"{page}?code={shown}", LIFE_S, INTERVAL_S)


def poll(service: Service, device_code: str) -> str:
    """Return the token of the device that polls with *device_code*, which gets it once.

    Raises:
        OAuthError: there is none yet, or never will be.
    """
    with service.store.writing(SYSTEM) as scope:
        is_code = t.device_codes.c.code_hash == token_hash(device_code)
        row = scope.db.execute(select(t.device_codes).where(is_code)).one_or_none()
        if row is None or row.state == CodeState.USED or row.expires_ms <= scope.at_ms:
            error: OAuthError | None = OAuthError("expired_token", "The code has expired.")
        elif row.state == CodeState.DENIED:
            error = OAuthError("access_denied", "The login was refused in the browser.")
        else:
            error = _too_soon(row, scope.at_ms)
        if error is None and row is not None:
            scope.db.execute(
                update(t.device_codes).where(is_code).values(state=CodeState.USED.value)
            )
            device = DeviceId(row.device_id)
            accounts.register_device(
                scope,
                row.user_id,
                device,
                bytes.fromhex(row.public_key),
                name=row.name,
                host=row.host,
                version=row.version,
            )
            return accounts.grant_token(scope, row.user_id, DEVICE_PERMITS, device=device)
        if row is not None:
            slower = _SLOWER_S if error is not None and error.error == "slow_down" else 0
            scope.db.execute(
                update(t.device_codes)
                .where(is_code)
                .values(polled_ms=scope.at_ms, interval=row.interval + slower)
            )
    assert error is not None  # noqa: S101 -- else there was a token
    raise error


def _too_soon(row: Row[tuple[object, ...]], now_ms: int) -> OAuthError | None:
    is_pending = row.state == CodeState.PENDING
    if not is_pending:
        return None
    if row.polled_ms is not None and now_ms - row.polled_ms < row.interval * 1000 - 500:
        return OAuthError("slow_down", "The device asks too often.")
    return OAuthError("authorization_pending", "Nobody has confirmed the code yet.")


def asking(service: Service, person: Person, typed: str) -> Asking:
    """Return the device that shows the code *typed*, in whatever case and with or without dash.

    Raises:
        NotFoundError: none does, or no longer.
        TooManyRequestsError: *person* typed too many that were none.
    """
    code = "".join(letter for letter in typed.upper() if letter.isalpha())
    with service.store.writing(SYSTEM) as scope:
        row = scope.db.execute(
            select(t.device_codes).where(
                t.device_codes.c.user_code == code,
                t.device_codes.c.state == CodeState.PENDING.value,
                t.device_codes.c.expires_ms > scope.at_ms,
            )
        ).one_or_none()
        refusal = tries.count_try(scope, tries.CODE, person.user) if row is None else None
    if refusal is not None:
        raise refusal
    if row is None:
        msg = "No device shows that code, or it is older than ten minutes."
        raise NotFoundError(msg, hint="Run `worklog login` on the device again for a new one.")
    return Asking(_dashed(code), row.name, row.host, row.version, row.address, row.created_ms)


def decide(service: Service, person: Person, code: str, *, is_granted: bool) -> Asking:
    """Let the device that shows *code* in as one of *person*, or refuse it.

    Raises:
        NotFoundError: no device shows it, or no longer.
    """
    found = asking(service, person, code)
    state = CodeState.APPROVED if is_granted else CodeState.DENIED
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(
            update(t.device_codes)
            .where(
                t.device_codes.c.user_code == found.code.replace("-", ""),
                t.device_codes.c.state == CodeState.PENDING.value,
            )
            .values(state=state.value, user_id=person.user)
        )
        tries.forget_tries(scope, tries.CODE, person.user)
        verb = "device-logged-in" if is_granted else "device-refused"
        details = {"name": found.name, "host": found.host, "address": found.address}
        actor: Actor = person.actor
        record(scope, verb, Concern(user=person.user), actor=actor, details=details)
    return found


def _dashed(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def _word(text: str) -> str:
    return " ".join(printable(text).split())[:_WORD_LENGTH]
