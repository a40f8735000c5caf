"""What a service says of itself and of the account, and the login of a device (RFC 8628)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from worklog.domain.canonical import Json
from worklog.domain.grid import epoch_ms
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import API_VERSION, KEY_BYTES, read_hex, read_natural

_VERSION: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")


@dataclass(frozen=True, slots=True)
class Service:
    """What a service says of itself, to anybody.

    Attributes:
        name: What its operator calls it.
        epoch: Of its database; made when that was created, and at each restore.
        key: Public key that its receipts are signed with; the tracker pins it at login.
        version: Of the program.
        tracker_from: Oldest version of the tracker that it accepts.
        tracker_below: First one that it does not accept any more; empty for none.
        now: Its clock, to tell a skew by.
        api: Versions of this interface that it speaks.
    """

    name: str
    epoch: str
    key: bytes
    version: str
    tracker_from: str
    tracker_below: str
    now: datetime
    api: tuple[int, ...] = (API_VERSION,)

    def accepts(self, version: str) -> bool:
        """Return whether a tracker of *version* may sync; one without a number may not."""
        its = version_number(version)
        return (
            its is not None
            and its >= (version_number(self.tracker_from) or ())
            and (not self.tracker_below or its < (version_number(self.tracker_below) or ()))
        )


def version_number(text: str) -> tuple[int, ...] | None:
    """Return the release number that a version begins with; None where there is none."""
    found = _VERSION.match(text)
    return None if found is None else tuple(int(digits) for digits in found[0].split("."))


def encode_service(service: Service) -> dict[str, Json]:
    """Return what a service says of itself."""
    return {
        "name": service.name,
        "epoch": service.epoch,
        "key": service.key.hex(),
        "version": service.version,
        "trackers": {"from": service.tracker_from, "below": service.tracker_below},
        "now": epoch_ms(service.now),
        "api": list(service.api),
    }


def decode_service(reader: Reader) -> Service:
    """Return what a service says of itself.

    Raises:
        MalformedError: it is not that.
    """
    trackers = reader.object("trackers")
    return Service(
        name=reader.text("name"),
        epoch=reader.text("epoch"),
        key=read_hex(reader, "key", KEY_BYTES),
        version=reader.text("version"),
        tracker_from=trackers.text("from"),
        tracker_below=trackers.text("below"),
        now=reader.instant("now"),
        api=reader.integers("api"),
    )


@dataclass(frozen=True, slots=True)
class Whoami:
    """Whom a token belongs to.

    Attributes:
        user: Id of the account.
        name: Its login name.
        device: Id of the installation that the token was given to.
        device_name: What its owner calls it.
        scope: What the token may do, in words (`ingest`, `read`).
        epoch: Of the service's database.
    """

    user: str
    name: str
    device: str
    device_name: str
    scope: tuple[str, ...]
    epoch: str


def encode_whoami(whoami: Whoami) -> dict[str, Json]:
    """Return the answer to a question for the token's owner."""
    return {
        "user": whoami.user,
        "name": whoami.name,
        "device": whoami.device,
        "device_name": whoami.device_name,
        "scope": list(whoami.scope),
        "epoch": whoami.epoch,
    }


def decode_whoami(reader: Reader) -> Whoami:
    """Return whom a token belongs to.

    Raises:
        MalformedError: it is no answer to that.
    """
    return Whoami(
        user=reader.text("user"),
        name=reader.text("name"),
        device=reader.text("device"),
        device_name=reader.text("device_name"),
        scope=reader.texts("scope"),
        epoch=reader.text("epoch"),
    )


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a device shows and polls with while its owner confirms it in the browser.

    Attributes:
        device_code: Secret, 128 bits or more; what it polls with.
        user_code: What is shown and typed.
        verification_uri: Where to confirm.
        verification_uri_complete: The same with the code filled in.
        expires_in: How long both hold [s].
        interval: Shortest time between two polls [s].
    """

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


def encode_device_code(code: DeviceCode) -> dict[str, Json]:
    """Return the answer to a request for a code; names as in RFC 8628, section 3.2."""
    return {
        "device_code": code.device_code,
        "user_code": code.user_code,
        "verification_uri": code.verification_uri,
        "verification_uri_complete": code.verification_uri_complete,
        "expires_in": code.expires_in,
        "interval": code.interval,
    }


def decode_device_code(reader: Reader) -> DeviceCode:
    """Return the codes of an answer.

    Raises:
        MalformedError: it is none.
    """
    return DeviceCode(
        device_code=reader.text("device_code"),
        user_code=reader.text("user_code"),
        verification_uri=reader.text("verification_uri"),
        verification_uri_complete=reader.text("verification_uri_complete", ""),
        expires_in=read_natural(reader, "expires_in"),
        interval=read_natural(reader, "interval"),
    )


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a device says of itself when it asks for a code.

    Attributes:
        device: Its id, as in the parts that it seals.
        key: Public key that its parts are signed with.
        name: What to show its owner.
        host: Name of the machine.
        version: Of the tracker.
    """

    device: str
    key: bytes
    name: str
    host: str
    version: str


def encode_device_request(request: DeviceRequest) -> dict[str, Json]:
    """Return the request for a code."""
    return {
        "device": request.device,
        "key": request.key.hex(),
        "name": request.name,
        "host": request.host,
        "version": request.version,
    }


def decode_device_request(reader: Reader) -> DeviceRequest:
    """Return the request for a code.

    Raises:
        MalformedError: it is none.
    """
    return DeviceRequest(
        device=reader.text("device"),
        key=read_hex(reader, "key", KEY_BYTES),
        name=reader.text("name"),
        host=reader.text("host"),
        version=reader.text("version"),
    )
