"""What every `LiveCounts` promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import NINE
from tests.support.fake_cache import InMemoryLiveCounts
from worklog.app.ports import Live, LiveCounts
from worklog.cache.live import LivePage
from worklog.domain.activity import Activity
from worklog.domain.ids import PartId

LIVE = Live(
    PartId("01932b00-0000-7000-8000-000000000001"),
    at=NINE,
    end=61,
    is_running=True,
    activity=Activity.of_counts([(30, 2, 1), (0, 0, 0)] + [None] * 8),
)


@pytest.fixture(params=[LivePage, lambda _: InMemoryLiveCounts()], ids=["mapped", "memory"])
def counts(request: pytest.FixtureRequest, tmp_path: Path) -> LiveCounts:
    build: Callable[[str], LiveCounts] = request.param
    return build(str(tmp_path / "data" / "live"))


def test_nothing_is_read_before_something_is_written(counts: LiveCounts) -> None:
    counts.clear()

    assert counts.read() is None


def test_the_last_writing_is_read(counts: LiveCounts) -> None:
    for second in range(61, 70):
        counts.write(replace(LIVE, at=NINE + timedelta(seconds=second), end=second))

    assert counts.read() == replace(LIVE, at=NINE + timedelta(seconds=69), end=69)


def test_after_clearing_nothing_is_left(counts: LiveCounts) -> None:
    counts.write(LIVE)
    counts.write(LIVE)
    counts.clear()

    assert counts.read() is None


def test_after_clearing_the_next_writing_counts(counts: LiveCounts) -> None:
    counts.write(LIVE)
    counts.clear()
    counts.write(replace(LIVE, is_running=False))

    assert counts.read() == replace(LIVE, is_running=False)
