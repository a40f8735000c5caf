"""The outbox by file, over two machines of one person and a real service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.backlog import PAID, Rig, pictures, rigged, workers
from tests.service.conftest import Backend
from tests.support.cache_values import amendment
from tests.support.tracker_process import TrackerHome
from worklog.cache.keys import DeviceKey
from worklog.domain.amendment import Describe, Key
from worklog.domain.part import Part
from worklog.remote.token_file import Login, Logins
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.store import accounts


@pytest.fixture
def rig(tmp_path: Path, backend: Backend) -> Iterator[Rig]:
    with rigged(tmp_path, backend) as made:
        yield made


def another_machine(rig: Rig, folder: Path) -> TrackerHome:
    """Return a second home of the same person, logged in to the same service."""
    home = TrackerHome(folder)
    with home.cache() as cache, rig.here.store.writing(SYSTEM) as scope:
        key = DeviceKey(home.places.device_key).public_key
        accounts.register_device(scope, rig.ann.user, cache.device, key, name="desktop")
        token = accounts.grant_token(scope, rig.ann.user, DEVICE_PERMITS, device=cache.device)
    Logins(home.places.config).save(Login(rig.proxy.url, token, rig.here.signer.public_key))
    return home


def described(rig: Rig, memo: str) -> Part:
    """Change the memo of the last part, on the machine that recorded it."""
    with rig.scripted.home.cache() as cache:
        (*_, last) = [
            part for part in rig.scripted.home.parts() if part.contract == PAID.contract_id
        ]
        key = Key(last.slot, last.contract)
        now = rig.scripted.clock.now
        cache.amend(amendment(Describe((key,), memo=memo), device=cache.device, at=now))
    return last


def test_what_waits_travels_on_a_stick_and_its_receipts_travel_back(
    tmp_path: Path, rig: Rig, backend: Backend
) -> None:
    first, stick = rig.scripted.home, str(tmp_path / "stick.zip")
    with workers(backend, rig.proxy, 1):
        assert first.run("sync").returncode == 0
        other = another_machine(rig, tmp_path / "other")
        assert other.run("sync").returncode == 0
    place, rig.proxy.target = rig.proxy.target, None
    rig.fill(12, pictures()[:2])
    described(rig, "said on the train")
    assert first.run("sync").returncode == 30
    assert first.run("sync", "--export", stick).returncode == 0

    rig.proxy.target = place
    with workers(backend, rig.proxy, 1):
        sent = other.run("sync", "--import", stick)
        again = other.run("sync", "--import", stick)
        assert other.run("sync").returncode == 0
    rig.proxy.target = None
    taken = first.run("sync", "--import", f"{stick}.receipts")

    assert (sent.returncode, again.returncode) == (0, 0), sent.stderr + again.stderr
    assert "25 things sent" in sent.stdout
    assert (taken.returncode, "25 receipts taken in" in taken.stdout) == (0, True), taken.stderr
    rig.check_one_copy_of_each()
    assert first.answer("status")["outbox"]["segments"] == 0
    with other.cache() as cache:
        memos = [one.change.memo for one in cache.amendments() if isinstance(one.change, Describe)]
    assert memos == ["said on the train"]


def test_a_device_that_was_revoked_can_not_be_carried_for(
    tmp_path: Path, rig: Rig, backend: Backend
) -> None:
    first, stick = rig.scripted.home, str(tmp_path / "stick.zip")
    with workers(backend, rig.proxy, 1):
        assert first.run("sync").returncode == 0
        other = another_machine(rig, tmp_path / "other")
        rig.fill(2, pictures()[:1])
        assert first.run("sync", "--export", stick).returncode == 0
        with first.cache() as cache, rig.here.store.writing(SYSTEM) as scope:
            accounts.revoke_device(scope, rig.ann.user, cache.device)

        done = other.run("sync", "--import", stick)

    assert done.returncode != 0
    assert "no device of this account" in done.stderr
    assert rig.counts() == (0, 0)
