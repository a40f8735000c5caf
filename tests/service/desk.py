"""Two people and a tracker for tests of the pages: made in the database, recorded for real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.service.people import Somebody, organisation, session_of, somebody
from tests.service.tracker import Account, Tracker
from worklog.domain.contract import Contract, Terms
from worklog.domain.grid import EPOCH, Slot
from worklog.domain.ids import ContractId, DeviceId
from worklog.domain.part import Part
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts
from worklog.service.store.feed import News

SITE = Contract(
    ContractId("01932b00-0000-7000-8000-00000000517e"),
    "Acme site",
    labels=("dev", "review", "meeting"),
    terms=(Terms(since=EPOCH, currency="EUR", rate=Decimal(50), weekly_limit=timedelta(hours=40)),),
)
SHOP = replace(SITE, contract_id=ContractId("01932b00-0000-7000-8000-0000000054b0"), name="Shop")


@dataclass(frozen=True)
class Pair:
    """A freelancer with a tracker, a client, and their contract."""

    freelancer: Somebody
    client: Somebody
    organisation: str
    tracker: Tracker

    @property
    def diary(self) -> str:
        """Where the diary of their contract is."""
        return f"/diary/{self.tracker.account.contract}"


def pair(
    service: Service, web: httpx.Client, contract: Contract = SITE, *, name: str = "fred"
) -> Pair:
    """Bring two people together over *contract*."""
    client = somebody(service, f"client-of-{name}")
    acme = organisation(service, "Acme GmbH", owners=[client])
    key = Ed25519PrivateKey.generate()
    news = News()
    with service.store.writing(SYSTEM) as scope:
        user = accounts.create_user(scope, name)
        accounts.create_contract(scope, contract, freelancer=user, organisation=acme, news=news)
        device = DeviceId(accounts.new_id(scope))
        accounts.register_device(
            scope, user, device, key.public_key().public_bytes_raw(), name="desk"
        )
        token = accounts.grant_token(scope, user, DEVICE_PERMITS, device=device)
        news.publish(scope)
    account = Account(user, name, acme, contract.contract_id, token, key, device)
    return Pair(session_of(service, user, name), client, acme, Tracker(account, web))


def record(
    tracker: Tracker,
    starts: list[datetime],
    *,
    picture: bytes | None = None,
    contract: ContractId | None = None,
    memo: str = "writing",
) -> list[Part]:
    """Record and send a segment at each of *starts*, each with *picture*."""
    pictures = () if picture is None else (picture,)
    parts = [
        tracker.part(start, pictures=pictures, contract=contract, memo=memo) for start in starts
    ]
    results = tracker.post([tracker.seal(part) for part in parts])
    assert all(result.problem is None for result in results), results
    if picture is not None:
        for part in parts:
            assert tracker.put_picture(part, 0, picture).status_code == 201
    return parts


def slots_of(parts: list[Part]) -> list[str]:
    """Return what forms call the segments of *parts*."""
    return [str(part.slot.index) for part in parts]


def slot_at(moment: datetime) -> str:
    return str(Slot.containing(moment).index)


def ten_minutes(start: datetime, count: int) -> list[datetime]:
    """Return the starts of *count* slots from *start* on."""
    return [start + timedelta(minutes=10 * number) for number in range(count)]
