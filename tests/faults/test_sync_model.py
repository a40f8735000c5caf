"""Two devices, one service, every fault, in any order: G8 in small.

A state machine records, edits, deletes, redacts and syncs on two real caches while replies
get lost, requests never arrive, tokens are revoked and the service is restored from a
backup. After each step nothing was duplicated, nothing that was deleted is readable, and
nothing left that must not; at the end one quiet sync of each brings everything there.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.cache_values import SLOT, amendment
from tests.support.effort import rounds
from tests.support.fake_service import FakeService
from tests.support.sync_home import GLOBEX, LOCAL, Home
from worklog.domain.amendment import Delete, Describe, Key
from worklog.domain.grid import Slot
from worklog.domain.part import Part
from worklog.errors import ServiceUnreachableError, WorklogError
from worklog.wire.amendment import decode_amendment

MOMENTS = [
    f"{side} {what}"
    for side in ("before", "after")
    for what in ("service", "changes", "amendments", "parts", "picture", "digests", "held")
]


class Sync(RuleBasedStateMachine):
    """See the module."""

    @initialize()
    def begin(self) -> None:
        shm = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None))
        self.service = FakeService()
        self.homes = [Home(self.folder / f"home{n}", self.service) for n in range(2)]
        self.parts: list[tuple[Home, Part]] = []
        self.deleted: set[str] = set()
        self.acknowledged: set[str] = set()
        self.backup = self.service.copy()
        self.number = 0
        self.slot = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.quiet()
            for home in self.homes:
                home.cache.close()
            shutil.rmtree(self.folder)

    @rule(who=st.integers(0, 1), has_picture=st.booleans(), steps=st.integers(1, 700))
    def record(self, who: int, has_picture: bool, steps: int) -> None:  # noqa: FBT001 -- drawn
        home = self.homes[who]
        self.slot += steps
        made = home.pictured(self.slot) if has_picture else home.record(self.slot)
        self.parts.append((home, made))

    @rule(who=st.integers(0, 1))
    def record_locally(self, who: int) -> None:
        self.slot += 1
        self.homes[who].record(self.slot, contract=LOCAL)

    @precondition(lambda self: self.parts)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        home, part = data.draw(st.sampled_from(self.parts))
        if part.part_id in self.deleted:
            return
        self.deleted.add(part.part_id)
        self._amend(home, Delete((part.part_id,), keys=(Key(part.slot, part.contract),)))

    @rule(who=st.integers(0, 1), slot=st.integers(0, 20))
    def describe(self, who: int, slot: int) -> None:
        cell = Slot(SLOT.index + slot)
        keys = (Key(cell, GLOBEX.contract_id), Key(cell, LOCAL.contract_id))
        self._amend(self.homes[who], Describe(keys, memo=f"memo {self.number}"))

    def _amend(self, home: Home, change: Delete | Describe) -> None:
        self.number += 1
        home.clock.instant = max(home.clock.instant, Slot(SLOT.index + self.slot).end)
        home.cache.amend(
            amendment(change, device=home.cache.device, at=home.clock.instant, number=self.number)
        )

    @rule(who=st.integers(0, 1), moment=st.sampled_from(MOMENTS), nth=st.integers(0, 2))
    def sync_with_fault(self, who: int, moment: str, nth: int) -> None:
        left = [nth]

        def faults(now: str) -> None:
            if now == moment:
                left[0] -= 1
                if left[0] < 0:
                    msg = "cut"
                    raise ServiceUnreachableError(msg)

        with suppress(WorklogError):
            self.homes[who].sync(faults=faults)

    @rule(who=st.integers(0, 1))
    def revoke(self, who: int) -> None:
        home = self.homes[who]
        device = self.service.tokens.pop(home.token)
        with suppress(WorklogError):
            home.sync()
        self.service.tokens[home.token] = device

    @rule()
    def back_up(self) -> None:
        self.backup = self.service.copy()

    @rule()
    def restore(self) -> None:
        self.number += 1
        self.service.restore(self.backup.copy(), f"restored-{self.number}")

    @rule()
    def quiet(self) -> None:
        """Without faults everything arrives: N1, N5, N6."""
        for home in self.homes:
            home.sync()
            assert home.waiting == 0
        alive = {part.part_id for _, part in self.parts} - self.deleted
        assert alive <= set(self.service.parts)
        pictures = {
            (part.part_id, 0)
            for _, part in self.parts
            if part.captures and part.part_id not in self.deleted
        }
        assert set(self.service.pictures) == pictures
        assert self.service.erased == self.deleted

    @invariant()
    def nothing_local_ever_left(self) -> None:
        if not hasattr(self, "service"):
            return
        for text in self.service.amendments.values():
            assert LOCAL.contract_id not in text
        sent = {part.part_id for _, part in self.parts}
        assert set(self.service.parts) <= sent

    @invariant()
    def what_was_deleted_and_told_is_gone(self) -> None:
        if hasattr(self, "service"):
            assert not {part for part, _ in self.service.pictures} & self.service.erased

    @invariant()
    def nothing_is_let_go_without_a_receipt(self) -> None:
        """N2: what is neither waiting nor deleted has a receipt."""
        for home, part in self.parts if hasattr(self, "service") else ():
            waiting = {one.part for one in home.outbox.parts()}
            is_done = part.part_id not in waiting | self.deleted
            assert not is_done or home.outbox.is_receipted(part.part_id)

    @invariant()
    def amendments_have_one_text(self) -> None:
        for text in self.service.amendments.values() if hasattr(self, "service") else ():
            decode_amendment(text)


TestSync = Sync.TestCase
TestSync.settings = settings(
    max_examples=rounds(8, long=400), stateful_step_count=rounds(25, long=50), deadline=None
)
