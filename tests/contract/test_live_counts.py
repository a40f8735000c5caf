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
from worklog.cache.live import HALF, LivePage, writes_by_itself
from worklog.domain.activity import Activity
from worklog.domain.ids import PartId
from worklog.errors import CacheMovedError

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


def test_syncing_keeps_what_was_written(counts: LiveCounts) -> None:
    counts.sync()
    counts.write(LIVE)

    counts.sync()

    assert counts.read() == LIVE


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


def test_a_torn_writing_leaves_the_one_before(tmp_path: Path) -> None:
    """Whatever byte of a half is damaged, the other half is read."""
    path = tmp_path / "live"
    page = LivePage(str(path))
    page.write(LIVE)
    page.write(replace(LIVE, end=62))
    page.close()
    whole = path.read_bytes()
    newest = 0 if LivePage(str(path)).read() == _read_half(path, whole, 0) else HALF

    for offset in range(0, 300, 7):
        data = bytearray(whole)
        data[newest + offset] ^= 0xFF
        path.write_bytes(bytes(data))
        assert LivePage(str(path)).read() == LIVE


def test_a_page_of_another_size_or_of_junk_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "live"
    for junk in (b"", b"x", b"\xff" * 4096):
        path.write_bytes(junk)
        assert LivePage(str(path)).read() is None
        page = LivePage(str(path))
        page.write(LIVE)
        page.close()
        assert LivePage(str(path)).read() == LIVE


def _read_half(path: Path, whole: bytes, start: int) -> Live | None:
    data = bytearray(whole)
    data[HALF - start : HALF - start + HALF] = bytes(HALF)
    path.write_bytes(bytes(data))
    found = LivePage(str(path)).read()
    path.write_bytes(whole)
    return found


@pytest.mark.parametrize("is_replaced", [True, False])
def test_f16_a_page_that_was_moved_away_is_not_synced(
    tmp_path: Path,
    is_replaced: bool,  # noqa: FBT001 -- a case
) -> None:
    path = tmp_path / "data" / "live"
    page = LivePage(str(path))
    page.write(LIVE)
    path.rename(tmp_path / "elsewhere")
    if is_replaced:
        path.write_bytes(bytes(4096))

    with pytest.raises(CacheMovedError, match="moved"):
        page.sync()


@pytest.mark.parametrize(
    ("expire", "rounds", "is_prompt"),
    [("3000", "500", True), ("6000", "500", False), ("3000", "0", False), ("soon", "500", False)],
)
def test_r9_the_kernel_is_relied_on_only_where_it_writes_within_the_minute(
    tmp_path: Path,
    expire: str,
    rounds: str,
    is_prompt: bool,  # noqa: FBT001 -- a case
) -> None:
    (tmp_path / "dirty_expire_centisecs").write_text(f"{expire}\n")
    (tmp_path / "dirty_writeback_centisecs").write_text(f"{rounds}\n")

    assert writes_by_itself(str(tmp_path)) is is_prompt


def test_r9_where_the_kernel_is_slow_the_page_is_synced(tmp_path: Path) -> None:
    page = LivePage(str(tmp_path / "data" / "live"), sysctl=str(tmp_path))
    page.write(LIVE)

    page.sync()

    assert not writes_by_itself(str(tmp_path))
    assert page.read() == LIVE
