"""The feed of changes: what the devices of an account have to hear of.

Numbers have no gaps: each account has one counter, whose row stays locked from taking a
number until the commit, so numbers become visible in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import insert, select, update

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.ids import DeviceId
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.engine import as_system
from worklog.wire.sync.changes import Change, encode_change
from worklog.wire.sync.messages import LARGEST_MESSAGE

_PAGE_BYTES: Final = LARGEST_MESSAGE - 1024  # what stands around the items fits the rest


@dataclass(slots=True)
class News:
    """What a transaction has to tell, gathered and told at its end.

    At the end, so that counters are locked for a moment only; in the order of accounts,
    so that two transactions never wait for each other.
    """

    _items: defaultdict[str, list[tuple[DeviceId | None, Change]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def tell(self, user: str, change: Change, *, origin: DeviceId | None = None) -> None:
        """Add *change* to the feed of *user*; the device *origin* knows it already."""
        self._items[user].append((origin, change))

    def publish(self, scope: Scope) -> None:
        """Write the feeds, as the last thing before the commit."""
        if not self._items:
            return
        with as_system(scope) as system:
            for user in sorted(self._items):
                _append(system, user, self._items[user])
        self._items.clear()


def _append(scope: Scope, user: str, items: Sequence[tuple[DeviceId | None, Change]]) -> None:
    last = scope.db.execute(
        update(t.feeds)
        .where(t.feeds.c.user_id == user)
        .values(last=t.feeds.c.last + len(items))
        .returning(t.feeds.c.last)
    ).scalar_one()
    scope.db.execute(
        insert(t.changes),
        [
            {
                "user_id": user,
                "seq": last - len(items) + number,
                "device_id": origin,
                "at_ms": scope.at_ms,
                "content": canonical(encode_change(change)).decode(),
            }
            for number, (origin, change) in enumerate(items, start=1)
        ],
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed: its items as JSON, the number to go on from, and whether to."""

    items: tuple[Json, ...]
    following: int
    has_more: bool


def page(scope: Scope, *, after: int, limit: int, is_own_wanted: bool = False) -> Page:
    """Return what the actor's account has been told after number *after*.

    What the asking device wrote itself is left out, unless *is_own_wanted*: a tracker
    that was restored from a backup wants that as well.
    """
    rows = scope.db.execute(
        select(t.changes.c.seq, t.changes.c.device_id, t.changes.c.content)
        .where(t.changes.c.user_id == scope.actor.user, t.changes.c.seq > after)
        .order_by(t.changes.c.seq)
        .limit(limit + 1)
    ).all()
    items: list[Json] = []
    following, size = after, 0
    for row in rows[:limit]:
        is_own = row.device_id is not None and row.device_id == scope.actor.device
        if is_own_wanted or not is_own:
            size += len(row.content.encode()) + 1
            if items and size > _PAGE_BYTES:
                return Page(tuple(items), following, has_more=True)
            items.append(parse_json(row.content))
        following = row.seq
    return Page(tuple(items), following, has_more=len(rows) > limit)
