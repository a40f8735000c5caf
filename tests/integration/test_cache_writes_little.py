"""What a minute of tracking writes to the cache."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.support.cache_values import ACME, NINE, FixedClock, capture, part, picture
from worklog.cache.opening import open_cache
from worklog.places import places


def test_a_flush_after_a_capture_is_not_worth_a_line_of_the_journal(tmp_path: Path) -> None:
    """Captures are kept to the millisecond; in memory they are finer, and look like others."""
    cache = open_cache(places({"WORKLOG_HOME": str(tmp_path)}), clock=FixedClock())
    cache.save_contract(ACME, at=NINE)
    shot = picture("screen")
    taken = replace(capture(shot), taken_at=NINE + timedelta(microseconds=1_234_567))
    opened = part(device=cache.device, seconds=60, captures=(taken,))
    cache.add_pictures(opened, {0: shot})
    (day,) = cache.journal.days()
    before = cache.journal.size(day)

    cache.save_open(opened)

    assert cache.journal.size(day) == before
    cache.close()
