"""A whole tracker on fakes, in which hours pass in milliseconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.fake_cache import InMemoryCache, InMemoryLiveCounts, InMemoryMailbox, Postbox
from tests.support.fake_capture import (
    FakeCamera,
    FakeCodec,
    FakeInput,
    FakeNotify,
    FakePresence,
    FakeScreen,
    FakeWindows,
)
from tests.support.fakes import AtOnce, FakeChance, FakeClock, Watcher, utc
from worklog.app.capture_desk import CaptureDesk, Taste
from worklog.app.capturing import Capturer
from worklog.app.disposal import Disposal
from worklog.app.editing import Editing
from worklog.app.keeper import Keeper
from worklog.app.listening import Listener
from worklog.app.loop import Tracker
from worklog.app.ports import SecretFinder, Window
from worklog.app.recorder import Home, Hooks, Recorder
from worklog.app.surroundings import Habits, Surroundings
from worklog.domain.contract import Contract, Screenshots
from worklog.domain.ids import ContractId, SessionId
from worklog.domain.part import Part
from worklog.domain.session import Session

MORNING = utc("2026-11-19 10:00")
ACME = Contract(ContractId("c-acme"), "acme")
GLOBEX = Contract(ContractId("c-globex"), "globex")
EDITOR = Window("Editor", "main.py")


@dataclass
class Workday:
    """Tracks from `MORNING` on. Fields are the parts a test may replace before `begin`."""

    contract: Contract = ACME
    memo: str = "fix"
    label: str = ""
    habits: Habits = field(default_factory=Habits)
    taste: Taste = field(default_factory=Taste)
    start: datetime = MORNING
    executor: Executor = field(default_factory=AtOnce)
    input: FakeInput | None = field(default_factory=FakeInput)
    screen: FakeScreen | None = field(default_factory=FakeScreen)
    windows: FakeWindows = field(default_factory=lambda: FakeWindows((EDITOR,)))
    presence: FakePresence = field(default_factory=FakePresence)
    camera: FakeCamera | None = None
    secrets: SecretFinder | None = None
    has_pictures: bool = True
    share: float = 0.5  # where in a slot the capture falls

    def __post_init__(self) -> None:
        self.clock = FakeClock(self.start)
        self.chance = FakeChance(self.share)
        self.cache = InMemoryCache(self.contract, GLOBEX)
        self.box = Postbox()
        self.mailbox = InMemoryMailbox(self.box)
        self.live = InMemoryLiveCounts()
        self.keeper = Keeper(lambda: self.cache.together())  # noqa: PLW0108 -- may be replaced
        self.notify = FakeNotify()
        self.watcher = Watcher()
        self.zone = ZoneInfo("Europe/Berlin")

    def begin(self) -> Workday:
        editing = Editing(self.cache, self.clock, self.chance)
        self.desk = CaptureDesk(
            capturer=self.capturer(self.contract),
            executor=self.executor,
            cache=self.cache,
            keeper=self.keeper,
            chance=self.chance,
            notify=self.notify,
            taste=self.taste,
            tell=self.watcher.event,
            wake=lambda: None,
        )
        disposal = Disposal(
            self.cache, editing, FakeCodec(), self.keeper, self.desk, warn=lambda _: None
        )
        session = Session(
            SessionId("s1"),
            self.contract.contract_id,
            self.clock.now(),
            memo=self.memo,
            label=self.label,
        )
        recorder = Recorder(
            Home(self.cache, self.live, self.keeper, self.chance, lambda: self.zone),
            Hooks(
                opened=lambda part: self.desk.opened(part, until=self.tracker.until),
                closing=lambda part, at: self.tracker.closing(part, at),  # noqa: PLW0108 -- made below
                tell=self.watcher.event,
            ),
            session=session,
            contract=self.contract,
        )
        self.tracker = Tracker(
            Surroundings(
                clock=self.clock,
                cache=self.cache,
                mailbox=self.mailbox,
                keeper=self.keeper,
                listener=Listener(self.clock, self.input, self.presence),
                desk=self.desk,
                notify=self.notify,
                observer=self.watcher,
                zone=lambda: self.zone,
                find_contract=lambda contract_id: next(
                    (c for c in self.cache.contracts() if c.contract_id == contract_id), None
                ),
                capturer_for=self.capturer,
                discard=disposal.discard,
                redact=disposal.redact,
            ),
            recorder,
            self.habits,
        )
        self.tracker.begin()
        return self

    def capturer(self, contract: Contract) -> Capturer:
        policy = contract.terms_at(self.clock.now()).policy
        return Capturer(
            screen=self.screen,
            window=self.windows,
            presence=self.presence,
            codec=FakeCodec(),
            camera=self.camera,
            secrets=self.secrets,
            asleep_ns=lambda: self.clock.boot_ns() - self.clock.awake_ns(),
            has_pictures=self.has_pictures and policy.screenshots is not Screenshots.FORBIDDEN,
        )

    # --- Time -------------------------------------------------------------------------

    def work(self, span: timedelta, *, every: timedelta | None = None) -> None:
        """Let *span* pass tick by tick, with a key press *every* so often."""
        until_ns = self.clock.boot_ns() + round(span.total_seconds() * 1e9)
        next_ns = self.clock.boot_ns()
        never = threading.Event()
        while self.clock.boot_ns() < until_ns and not self.tracker.is_over:
            if every is not None and self.input is not None and self.clock.boot_ns() >= next_ns:
                self.input.press()
                next_ns += round(every.total_seconds() * 1e9)
            left = (until_ns - self.clock.boot_ns()) / 1e9
            self.clock.wait(min(self.tracker._nap() or 0.001, left), wake=never)
            self.tracker.tick()

    def at(self, delay: timedelta, action: Callable[[], object]) -> None:
        self.clock.after(delay, action)

    def post(self, command: str, argument: str = "") -> None:
        InMemoryMailbox(self.box).post(command, argument, at=self.clock.now())

    def stop(self) -> None:
        """Ask for a stop and let the tracker see it."""
        self.post("stop")
        self.work(timedelta(seconds=1))

    # --- What came of it --------------------------------------------------------------

    @property
    def sealed(self) -> list[Part]:
        return self.cache.sealed

    @property
    def session(self) -> Session:
        found = self.cache.last_session()
        assert found is not None
        return found

    def with_terms(self, **terms: object) -> Workday:
        """Let the contract have these terms."""
        changed = replace(self.contract.terms[0], **terms)  # type: ignore[arg-type]
        self.contract = replace(self.contract, terms=(changed,))
        self.cache = InMemoryCache(self.contract, GLOBEX)
        return self
