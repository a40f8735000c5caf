"""A tracker in a process of its own and a service on a real socket: uploads beside capture."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cache_values import ACME
from tests.support.fake_service import TOKEN, FakeService, serve
from tests.support.fault_proxy import FaultProxy
from tests.support.tracker_process import CHECKOUT, Event, ScriptedHome, TrackerProcess
from tests.support.until import until
from worklog.domain.contract import Terms
from worklog.errors import ServiceAuthError, VersionRefusedError
from worklog.remote.token_file import Login, Logins
from worklog.wire.sync.changes import ContractChange

TERMS = Terms(currency="EUR")


@pytest.fixture
def service() -> FakeService:
    made = FakeService(contracts={ACME.contract_id})
    made.feed.append(ContractChange(replace(ACME, terms=(TERMS,))))
    return made


@pytest.fixture
def proxy(service: FakeService) -> Iterator[FaultProxy]:
    with serve(service) as target, FaultProxy(target) as made:
        yield made


@pytest.fixture
def scripted(tmp_path: Path, service: FakeService, proxy: FaultProxy) -> ScriptedHome:
    """Return a home that is logged in and has the service's contract."""
    made = ScriptedHome(tmp_path)
    made.home.environ["WORKLOG_CAPTURE_REVIEW"] = "0"
    service.now = made.clock.now
    with made.home.cache() as cache:
        service.tokens[TOKEN] = cache.device
    log_in(made, service, proxy)
    assert made.home.run("sync").returncode == 0
    return made


def log_in(scripted: ScriptedHome, service: FakeService, proxy: FaultProxy) -> None:
    Logins(scripted.home.places.config).save(Login(proxy.url, TOKEN, service.key, "ada"))


def waiting_told(tracker: TrackerProcess) -> list[Event]:
    return [event for event in tracker.named("warning") if "Syncing waits" in event["message"]]


def test_a_tracker_sends_what_it_seals_while_it_goes_on(
    scripted: ScriptedHome, service: FakeService
) -> None:
    with TrackerProcess(scripted.home, "acme", "--for", "45m") as tracker:
        tracker.wait_for("sealed", 2)
        assert until(lambda: len(service.pictures) >= 1)
        assert tracker.wait() == 0
    assert scripted.home.run("sync").returncode == 0

    sealed = {event["part"] for event in tracker.named("sealed")}
    assert set(service.parts) == sealed
    assert len(service.pictures) == len(tracker.named("captured"))
    assert scripted.home.answer("status")["outbox"]["segments"] == 0
    assert scripted.home.findings() == []


@pytest.mark.parametrize("refusal", [ServiceAuthError("unknown"), VersionRefusedError("too old")])
def test_f58_a_refused_tracker_goes_on_keeps_its_outbox_and_says_so_once(
    scripted: ScriptedHome,
    service: FakeService,
    proxy: FaultProxy,
    refusal: ServiceAuthError | VersionRefusedError,
) -> None:
    service.refusal = refusal
    with TrackerProcess(scripted.home, "acme", "--for", "45m") as tracker:
        until(lambda: waiting_told(tracker))
        assert tracker.wait() == 0

    told = waiting_told(tracker)
    sealed = {event["part"] for event in tracker.named("sealed")}
    status = scripted.home.answer("status")
    assert len(told) == 1
    assert tracker.errors == ""
    assert (len(sealed), service.parts) == (5, {})
    assert status["outbox"]["segments"] == 5
    assert any(str(refusal) in warning for warning in status["warnings"])
    assert str(refusal) in scripted.home.run("doctor").stdout
    assert scripted.home.run("sync").returncode == refusal.exit_code
    # The storm that does not come: one try, and then one in five minutes or an hour.
    asked = sum("changes" in seen.line or "amendments" in seen.line for seen in proxy.seen)
    assert asked <= 2 + 45 // 5 + 2
    service.refusal = None
    log_in(scripted, service, proxy)
    assert scripted.home.run("sync").returncode == 0
    assert set(service.parts) == sealed


def test_a_tracker_that_is_not_logged_in_loads_nothing_of_a_client(tmp_path: Path) -> None:
    scripted = ScriptedHome(tmp_path, speed=6_000)

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tests.entry", "start", "--for", "2m"],
        env={**scripted.home.variables, "WORKLOG_TEST_SPEED": "6000"},
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert "worklog.app.loop" in loaded
    assert loaded & {"httpx", "keyring", "worklog.app.sync", "worklog.cache.outbox"} == set()
