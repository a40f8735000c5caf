"""What the user wants gone while tracking goes on (R20, R21)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.fake_cache import InMemoryCache
from tests.support.fakes import seconds
from tests.support.workday import ACME, GLOBEX, Workday
from worklog.app.disposal import Disposal
from worklog.app.editing import Editing
from worklog.domain.amendment import Delete, Redact
from worklog.domain.ids import PartId
from worklog.domain.part import Part
from worklog.errors import CacheBusyError

MINUTE = timedelta(minutes=1)


class Moody(InMemoryCache):
    """Cannot be read while it is busy."""

    is_busy = False

    def part(self, part_id: PartId) -> Part | None:
        if self.is_busy:
            msg = "busy"
            raise CacheBusyError(msg)
        return super().part(part_id)


def day_with(cache: InMemoryCache) -> tuple[Workday, Disposal, list[str]]:
    day = Workday(share=0.2)
    day.cache = cache
    day.begin()
    warnings: list[str] = []
    from tests.support.fake_capture import FakeCodec  # noqa: PLC0415

    editing = Editing(cache, day.clock, day.chance)
    disposal = Disposal(cache, editing, FakeCodec(), day.keeper, day.desk, warnings.append)
    return day, disposal, warnings


def test_nothing_was_captured_yet_so_nothing_goes() -> None:
    day, disposal, warnings = day_with(InMemoryCache(ACME, GLOBEX))

    disposal.discard(None, "")
    disposal.redact(None, "")
    disposal.discard(None, "p-nowhere")
    disposal.redact(None, "p-nowhere")
    day.keeper.flush()

    assert (day.cache.amendments(), warnings) == ([], [])


def test_a_part_without_a_picture_cannot_be_redacted_and_says_so() -> None:
    day, disposal, warnings = day_with(InMemoryCache(ACME, GLOBEX))
    day.work(MINUTE)
    (part,) = day.cache.open_parts()

    disposal.redact(None, part.part_id)

    assert warnings == ["The picture was not redacted: This segment has no picture to redact."]


@pytest.mark.parametrize("what", [Delete, Redact], ids=["discard", "redact"])
def test_f23_a_busy_cache_neither_ends_the_tracker_nor_is_silent(what: type) -> None:
    """A deletion is done when the cache is free again, a redaction says that it failed."""
    cache = Moody(ACME, GLOBEX)
    day, disposal, warnings = day_with(cache)
    day.work(timedelta(minutes=11), every=seconds(20))
    sealed = day.sealed[0].part_id
    cache.is_busy = True

    if what is Delete:
        disposal.discard(None, sealed)
    else:
        disposal.redact(None, sealed)
    day.keeper.flush()
    assert cache.amendments() == []

    cache.is_busy = False
    day.work(seconds(2))
    kinds = [type(amendment.change) for amendment in cache.amendments()]
    assert kinds == ([Delete] if what is Delete else [])
    assert bool(warnings) == (what is Redact)
