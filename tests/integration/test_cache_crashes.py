"""A crash at each named step of the write path (F01, G3): whole or absent, never half.

The step raises what no code of ours catches, which is what a SIGKILL leaves on the disk
but for the locks; afterwards the same folder is opened as a new process would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cache_values import (
    ACME,
    NINE,
    SLOT,
    FixedClock,
    amendment,
    capture,
    part,
    picture,
    session,
)
from worklog.cache.check import check
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Delete, Key, Redact, RedactedPicture
from worklog.domain.part import Part
from worklog.failpoints import install
from worklog.places import places

SHOT, COVERED = picture("the screen"), picture("the covered screen")


class Killed(BaseException):
    """The process ends here."""


def opened(folder: Path) -> SqliteCache:
    return open_cache(places({"WORKLOG_HOME": str(folder)}), clock=FixedClock())


def work(cache: SqliteCache, acknowledge: Callable[[str], None]) -> None:
    """Do one of everything, saying what has been acknowledged."""
    device = cache.device
    cache.save_contract(ACME, at=NINE)
    acknowledge("contract")
    cache.save_session(session())
    acknowledge("session")
    whole = part(device=device, captures=(capture(SHOT),))
    if whole.part_id not in [row.part_id for row in sealed_parts(cache)]:
        cache.save_open(part(device=device, seconds=60))
        acknowledge("open")
        cache.add_pictures(replace(whole, sealed=whole.opened, spans=()), {0: SHOT})
        acknowledge("picture")
        cache.seal(whole)
    acknowledge("seal")
    new = capture(COVERED)
    redaction = RedactedPicture(whole.part_id, 0, new.sha256, new.thumbnail_sha256, 1000)
    cache.amend(
        amendment(Redact((redaction,)), device=device, at=NINE, number=1),
        pictures={(whole.part_id, 0): COVERED},
    )
    acknowledge("redaction")
    cache.mailbox.post("stop", "", at=NINE)
    acknowledge("letter")
    gone = part(2, device=device, title="deleted title")
    cache.seal(gone)
    deletion = Delete(parts=(gone.part_id,), keys=(Key(SLOT, ACME.contract_id),))
    cache.amend(amendment(deletion, device=device, at=NINE, number=2))
    acknowledge("deletion")


def sealed_parts(cache: SqliteCache) -> list[Part]:
    parts, _ = cache.material(SLOT)
    open_ids = {part.part_id for part in cache.open_parts()}
    return [part for part in parts if part.part_id not in open_ids]


def steps() -> list[str]:
    """Return every step that `work` reaches, in order, as often as it does."""
    import tempfile  # noqa: PLC0415 -- at collection, before any fixture

    seen: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        install(seen.append)
        try:
            cache = opened(Path(folder))
            work(cache, lambda _: None)
            cache.close()
        finally:
            install(None)
    return seen


STEPS = steps()


@pytest.fixture(autouse=True)
def _no_failpoints() -> Iterator[None]:
    yield
    install(None)


def test_g3_the_write_path_has_at_least_24_named_steps() -> None:
    assert len(set(STEPS)) >= 24


@pytest.mark.parametrize("count", range(1, len(STEPS) + 1), ids=lambda n: f"{n}-{STEPS[n - 1]}")
def test_f01_after_a_kill_at_any_step_what_was_acknowledged_is_there(
    tmp_path: Path, count: int
) -> None:
    """N1: and what was not is whole or absent; the database fits its journals."""
    reached = 0
    acknowledged: set[str] = set()

    def kill(_: str) -> None:
        nonlocal reached
        reached += 1
        if reached == count:
            raise Killed

    install(kill)
    with suppress(Killed):
        work(opened(tmp_path), acknowledged.add)
    install(None)

    cache = opened(tmp_path)
    report = check(cache, evidence=True, pictures=True)
    assert report.findings == ()
    assert_there(cache, acknowledged)
    work(cache, acknowledged.add)  # whoever comes next goes on where it stopped
    assert check(cache, evidence=True, pictures=True).findings == ()
    assert_there(cache, acknowledged)
    cache.close()


def assert_there(cache: SqliteCache, acknowledged: set[str]) -> None:
    whole = part(device=cache.device, captures=(capture(SHOT),))
    kept = cache.part(whole.part_id)
    if "contract" in acknowledged:
        assert cache.contracts() == [ACME]
    if "session" in acknowledged:
        assert cache.running_session() == session()
    if "open" in acknowledged:
        assert kept is not None
    if "picture" in acknowledged:
        (stored,) = cache.pictures([whole.part_id])
        assert cache.image(stored) in (SHOT.image, COVERED.image)
    if "seal" in acknowledged:
        assert kept in (
            whole,
            replace(whole, captures=(replace(capture(SHOT), sha256="", thumbnail_sha256=""),)),
        )
    if "redaction" in acknowledged:
        assert is_gone(cache, SHOT.image)
    if "letter" in acknowledged:
        assert cache.mailbox.take()
    if "deletion" in acknowledged:
        assert is_gone(cache, b"deleted title")


def is_gone(cache: SqliteCache, content: bytes) -> bool:
    return not any(
        content in path.read_bytes()
        for path in Path(cache.places.data).rglob("*")
        if path.is_file()
    )
