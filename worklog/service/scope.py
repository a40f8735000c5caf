"""Who asks. Every repository function takes a scope, so that no query can forget it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from worklog.domain.ids import DeviceId

SYSTEM_USER: Final = "*"


class Permit(StrEnum):
    """What a token may be used for."""

    INGEST = "ingest"  # send what this device recorded
    READ = "read"  # read what is one's own
    WEB = "web"  # everything that a logged-in person may do


DEVICE_PERMITS: Final = frozenset({Permit.INGEST, Permit.READ})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks.

    Attributes:
        user: Id of the account; `SYSTEM_USER` for the service's own work.
        name: Its login name.
        permits: What the token or session may be used for.
        device: The installation that asks; None in a browser.
        device_name: What its owner calls it.
        is_operator: Whether the account runs the service.
    """

    user: str
    name: str = ""
    permits: frozenset[Permit] = field(default_factory=frozenset)
    device: DeviceId | None = None
    device_name: str = ""
    is_operator: bool = False


SYSTEM: Final = Actor(SYSTEM_USER)


@dataclass(frozen=True, slots=True)
class Scope:
    """One transaction on behalf of one actor.

    Attributes:
        actor: Who asks.
        db: The connection, inside a transaction.
        at_ms: The one timestamp of this transaction [ms since the Unix epoch].
    """

    actor: Actor
    db: Connection
    at_ms: int
