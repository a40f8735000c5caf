"""Turns passing time into parts: opens, fills, flushes and seals them.

One contract at a time; a switch replaces it. Every write goes through the keeper, so
a full disk delays what is kept and never what is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from worklog.app.events import Event, EventKind, Fact
from worklog.app.keeper import Bond, Keeper
from worklog.app.open_part import OpenPart, Seen
from worklog.app.ports import Cache, Chance, Live, LiveCounts
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import ENTROPY_BYTES, PartId, SessionId, uuid7
from worklog.domain.part import ClockState, Part
from worklog.domain.session import Ending, Session

# R9: a power cut may cost a minute; the rest of it is for the tick and the disk.
SYNC_EVERY: Final = timedelta(seconds=55)
WHOLE_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who else must know about parts."""

    opened: Callable[[OpenPart], None]
    closing: Callable[[OpenPart, datetime], None]
    tell: Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Home:
    """Where parts go and what they are stamped with."""

    cache: Cache
    live: LiveCounts
    keeper: Keeper
    chance: Chance
    zone: Callable[[], tzinfo]


class Recorder:
    """Records one session after the other.

    Attributes:
        session: The running session.
        contract: Whom the time belongs to.
        part: What is being recorded; None between slots and while paused there.
        tracked: Tracked time of the session.
    """

    def __init__(self, home: Home, hooks: Hooks, *, session: Session, contract: Contract) -> None:
        self._home = home
        self._hooks = hooks
        self._flushed: datetime | None = None
        self._is_stepped = False
        self.session = session
        self.contract = contract
        self.part: OpenPart | None = None
        self.tracked = timedelta(0)

    # --- Time ---------------------------------------------------------------------

    def track(self, start: datetime, end: datetime) -> None:
        """Record ``[start, end)`` as tracked, opening and sealing parts at slot ends."""
        while start < end:
            slot = Slot.containing(start)
            if self.part is not None and self.part.slot != slot:
                self.close(self.part.slot.end)
            part = self.part or self._open(slot, start)
            stop = min(slot.end, end)
            part.track(start, stop)
            self.tracked += stop - start
            if stop == slot.end:
                self.close(stop)
            start = stop

    def roll(self, now: datetime) -> None:
        """Seal a part whose slot is over; time may have stood still in it."""
        if self.part is not None and now >= self.part.slot.end:
            self.close(self.part.slot.end)

    def count(self, at: datetime, seen: Seen | None) -> None:
        """Add input to the minute of *at*; None says that nobody was listening."""
        if self.part is not None and self.part.slot == Slot.containing(at):
            self.part.count(at, seen)

    def open_at(self, instant: datetime) -> OpenPart:
        """Return the open part, opened at *instant* if there is none.

        At once, so that its capture can be drawn from all that is left of the slot.
        """
        return self.part or self._open(Slot.containing(instant), instant)

    def describe(self, at: datetime, *, memo: str | None = None, label: str | None = None) -> None:
        """Set memo, label or both from *at* on (R10)."""
        self.session = replace(
            self.session,
            memo=self.session.memo if memo is None else memo,
            label=self.session.label if label is None else label,
        )
        if self.part is not None:
            self.part.memo, self.part.label = self.session.memo, self.session.label
            self.flush(at)
        self.keep_session()

    def close(self, at: datetime, *, mark: str = "") -> None:
        """Seal the open part at *at*, or forget it if nothing was tracked in it."""
        part = self.part
        if part is None:
            return
        self._hooks.closing(part, at)
        if mark:
            part.mark(mark)
        self.part = None
        cache, keeper = self._home.cache, self._home.keeper
        if part.is_empty:
            keeper.put(lambda: cache.discard_open(part.part_id))
            return
        # Made out when it is written: a picture that waits before it may still fail.
        keeper.put(
            lambda: cache.seal(part.as_part(at)),
            done=lambda: self._hooks.tell(_sealed(part.as_part(at))),
            bond=Bond.FIRST,
        )

    def step(self, at: datetime) -> None:
        """Seal at *at*, because the wall clock was set there (R2)."""
        if self.part is not None:
            self.part.clock = ClockState.STEPPED
        self.close(at, mark="stepped")
        self._is_stepped = True

    # --- What is kept -----------------------------------------------------------------

    def beat(self, now: datetime) -> None:
        """Write the live figures, and make them durable when that is due (R9)."""
        part = self.part
        if part is None:
            return
        if not part.is_discarded:
            self._home.live.write(
                Live(
                    part_id=part.part_id,
                    at=now,
                    end=part.end,
                    is_running=True,
                    activity=part.activity,
                    since=part.since,
                )
            )
        if self._flushed is None or now - self._flushed >= SYNC_EVERY or now < self._flushed:
            # The page holds all that has changed since the last flush: syncing it costs a
            # block and an inode, and a transaction ten times that, sixty times an hour.
            self._flushed = now
            self._home.keeper.put(self._home.live.sync, name="live")

    def flush(self, now: datetime) -> None:
        """Keep the open part as it stands."""
        if self.part is None:
            return
        snapshot = self.part.as_part(now)
        cache = self._home.cache
        self._flushed = now
        self._home.keeper.put(
            lambda: cache.save_open(snapshot), name=f"open {snapshot.part_id}", bond=Bond.ANY
        )

    def keep_session(self) -> None:
        """Keep the session as it stands."""
        session, cache = self.session, self._home.cache
        self._home.keeper.put(
            lambda: cache.save_session(session), name=session.session_id, bond=Bond.ANY
        )

    def end_session(self, at: datetime, ending: Ending) -> None:
        """Close the session at *at*; its part is sealed already."""
        ended = max(at, self.session.started)
        self.session = replace(self.session, ended=ended, ending=ending)
        self.keep_session()
        self._home.keeper.put(self._home.live.clear)

    def begin_session(self, session: Session, contract: Contract) -> None:
        """Go on with another session, after the one before was ended."""
        self.session, self.contract = session, contract
        self.tracked = timedelta(0)
        self.keep_session()

    def new_session_id(self, at: datetime) -> SessionId:
        return SessionId(uuid7(at, self._home.chance.token(ENTROPY_BYTES)))

    # --- Opening ----------------------------------------------------------------------

    def _open(self, slot: Slot, start: datetime) -> OpenPart:
        zone = self._home.zone()
        offset = start.astimezone(zone).utcoffset() or timedelta(0)
        part = OpenPart(
            part_id=PartId(uuid7(start, self._home.chance.token(ENTROPY_BYTES))),
            device=self._home.cache.device,
            contract=self.contract.contract_id,
            slot=slot,
            opened=start,
            memo=self.session.memo,
            label=self.session.label,
            zone=str(zone),
            utc_offset=offset // WHOLE_SECOND,
            policy=self.contract.terms_at(start).policy.version,
        )
        if self._is_stepped:
            part.clock = ClockState.STEPPED
            part.mark("stepped")
            self._is_stepped = False
        self.part = part
        self.flush(start)
        self._hooks.opened(part)
        return part


def _sealed(part: Part) -> Event:
    facts: dict[str, Fact] = {
        "part": part.part_id,
        "slot": part.slot.start.isoformat(),
        "tracked_seconds": part.tracked_seconds,
        "active_minutes": part.activity.level,
    }
    return Event(EventKind.SEALED, part.sealed, "Segment sealed.", facts)
