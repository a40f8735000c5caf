"""A tracker's cache and a real service, over a real socket: the two halves agree."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.service.conftest import ACME
from tests.service.tracker import Account
from tests.support.cache_values import NINE, SLOT, FixedClock, amendment, capture, part
from worklog.app.ports import EncodedPicture
from worklog.app.sync import Outcome, Syncer
from worklog.cache.keys import DeviceKey, verifies
from worklog.cache.opening import open_cache
from worklog.cache.outbox import Outbox
from worklog.cache.store import SqliteCache
from worklog.clock import SystemClock
from worklog.domain.amendment import Delete, Describe, Key
from worklog.domain.grid import Slot
from worklog.places import places
from worklog.remote.client import DiaryClient
from worklog.remote.transport import Transport
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts


def webp(colour: int) -> EncodedPicture:
    def encoded(size: tuple[int, int]) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", size, (colour, 20, 30)).save(out, "WEBP", lossless=True)
        return out.getvalue()

    return EncodedPicture(encoded((64, 48)), encoded((32, 24)), 64, 48)


class Desk:
    """A cache that is logged in."""

    def __init__(self, folder: Path, service: Service, ann: Account, address: str) -> None:
        self.clock = FixedClock(NINE)
        at = places({"WORKLOG_HOME": str(folder)})
        self.cache: SqliteCache = open_cache(at, clock=self.clock)
        with service.store.writing(SYSTEM) as scope:
            accounts.register_device(
                scope,
                ann.user,
                self.cache.device,
                DeviceKey(at.device_key).public_key,
                name="laptop",
            )
            token = accounts.grant_token(scope, ann.user, DEVICE_PERMITS, device=self.cache.device)
        transport = Transport(address, version="1.0", clock=SystemClock())
        self.client = DiaryClient(transport, token)
        self.outbox = Outbox(self.cache, address)

    def sync(self, service_clock: FixedClock) -> Outcome:
        self.clock.instant += timedelta(minutes=10)
        service_clock.instant = self.clock.instant
        key = self.client.service().key
        return Syncer(
            self.client,
            self.outbox,
            clock=self.clock,
            verify=partial(verifies, key),
            key=key,
            version="1.0",
            review=timedelta(minutes=10),
        ).run(threading.Event())


@pytest.fixture
def desk(tmp_path: Path, service: Service, ann: Account, web: httpx.Client) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk", service, ann, str(web.base_url).rstrip("/"))
    yield made
    made.client.close()
    made.cache.close()


def test_contract_parts_pictures_changes_and_deletions_go_there_and_stay_there(
    desk: Desk, clock: FixedClock
) -> None:
    assert desk.sync(clock).taken >= 1
    (acme,) = desk.cache.contracts()
    assert acme == replace(ACME, service=desk.outbox.service)
    sealed = []
    for number in range(3):
        slot, shot = Slot(SLOT.index + number), webp(number)
        one = part(
            number + 1,
            slot=slot,
            device=desk.cache.device,
            contract=acme,
            captures=(capture(shot, at=slot.start),),
        )
        desk.cache.add_pictures(one, {0: shot})
        desk.cache.seal(one)
        sealed.append((one, hashlib.sha256(shot.image).hexdigest()))
        desk.clock.instant = slot.end
    key = Key(SLOT, acme.contract_id)
    first = amendment(
        Describe((key,), memo="better"), device=desk.cache.device, at=desk.clock.instant
    )
    desk.cache.amend(first)

    outcome = desk.sync(clock)

    assert outcome.parked == []
    assert (outcome.parts, outcome.pictures, outcome.amendments) == (3, 3, 1)
    assert desk.outbox.parts() == []
    (stream,) = desk.outbox.streams()
    theirs = desk.client.digests(stream)
    assert theirs.weeks == desk.outbox.acknowledged(stream)
    assert theirs.amendments == desk.outbox.acknowledged_amendments()
    gone, _ = sealed[0]
    deletion = Delete((gone.part_id,), keys=(key,))
    desk.cache.amend(amendment(deletion, device=desk.cache.device, at=desk.clock.instant, number=2))
    assert desk.sync(clock).amendments == 1
    assert desk.client.digests(stream).weeks[0].pictures.count == 2
    assert desk.sync(clock).parked == []
