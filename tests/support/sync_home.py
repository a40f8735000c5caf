"""A real cache with a contract of a fake service, and what syncs the two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.support.cache_values import (
    ACME,
    NINE,
    SLOT,
    ZETA,
    FixedClock,
    capture,
    part,
    picture,
)
from tests.support.fake_service import FakeGateway, FakeService
from worklog.app.ports import EncodedPicture
from worklog.app.sync import Outcome, Syncer
from worklog.app.sync_ports import Gateway
from worklog.cache.opening import open_cache
from worklog.cache.outbox import Outbox
from worklog.domain.contract import Contract, Terms
from worklog.domain.grid import Slot
from worklog.domain.part import Part
from worklog.places import places

SERVICE = "https://diary.example"
GLOBEX = replace(ACME, service=SERVICE, terms=(Terms(currency="EUR"),))
LOCAL = ZETA
REVIEW = timedelta(minutes=10)


class Home:
    """One device: its cache, its outbox, and a syncer made anew for each run."""

    def __init__(self, folder: Path, service: FakeService, *, token: str = "") -> None:
        self.clock = FixedClock(NINE)
        self.cache = open_cache(places({"WORKLOG_HOME": str(folder)}), clock=self.clock)
        self.service = service
        self.token = token or f"token-of-{folder.name}"
        service.tokens[self.token] = self.cache.device
        service.contracts.add(GLOBEX.contract_id)
        self.cache.save_contract(GLOBEX, at=NINE)
        self.cache.save_contract(LOCAL, at=NINE)
        self.outbox = Outbox(self.cache, SERVICE)
        self.number = 0

    def record(
        self,
        slot: int = 0,
        *,
        contract: Contract = GLOBEX,
        pictures: tuple[EncodedPicture, ...] = (),
    ) -> Part:
        """Seal a part in the *slot*-th slot after nine; the clock goes on to its end."""
        self.number += 1
        cell = Slot(SLOT.index + slot)
        made = part(
            self.number,
            slot=cell,
            device=self.cache.device,
            contract=contract,
            captures=tuple(capture(p, at=cell.start, monitor=n) for n, p in enumerate(pictures)),
        )
        if pictures:
            self.cache.add_pictures(made, dict(enumerate(pictures)))
        self.cache.seal(made)
        self.clock.instant = max(self.clock.instant, cell.end)
        return made

    def pictured(self, slot: int = 0) -> Part:
        return self.record(slot, pictures=(picture(f"{self.cache.device} {slot}"),))

    def sync(
        self,
        gateway: Gateway | None = None,
        *,
        faults: Callable[[str], None] = lambda _: None,
        stop: threading.Event | None = None,
        tell: Callable[[Outcome], None] = lambda _: None,
        more: Callable[[], Sequence[Gateway]] | None = None,
    ) -> Outcome:
        """Run once, after the review window of everything."""
        self.clock.instant += REVIEW
        self.service.now = max(self.service.now, self.clock.instant)
        first = gateway or FakeGateway(self.service, self.token, faults=faults)
        syncer = self.syncer(first, more=more)
        return syncer.run(stop or threading.Event(), tell=tell)

    def syncer(
        self, gateway: Gateway, *, more: Callable[[], Sequence[Gateway]] | None = None
    ) -> Syncer:
        return Syncer(
            gateway,
            self.outbox,
            clock=self.clock,
            verify=self.service.verify,
            key=self.service.key,
            version="1.0",
            review=REVIEW,
            more=more,
        )

    @property
    def waiting(self) -> int:
        return len(self.outbox.parts()) + len(self.outbox.amendments())
