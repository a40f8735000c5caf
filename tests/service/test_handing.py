"""`worklog submit` and `worklog contract ask manual` against a real service."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.service.people import Visit
from tests.service.tracker import Tracker, problem
from tests.service.weeks import STRICT, WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from tests.support.cli import Desk
from worklog.cache.keys import DeviceKey
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.segment import Bill
from worklog.remote.token_file import Login, Logins
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, diary
from worklog.service.store.feed import News
from worklog.wire.handing import (
    PermissionRequest,
    Submission,
    encode_permission_request,
    encode_submission,
)

OVER = NINE + timedelta(days=7)  # Monday 23, 09:00: the week has ended and is not locked
MONDAY = NINE.replace(hour=0)


@pytest.fixture
def both(service: Service, web: httpx.Client) -> Pair:
    return pair(service, web, STRICT)


@pytest.fixture
def desk(tmp_path: Path, service: Service, both: Pair, web: httpx.Client) -> Desk:
    """A tracker of the freelancer's that is logged in and has the contract."""
    made = Desk(tmp_path / "desk", now=NINE, zone="UTC")
    address = str(web.base_url).rstrip("/")
    with made.cache() as cache, service.store.writing(SYSTEM) as scope:
        key = DeviceKey(made.places.device_key).public_key
        accounts.register_device(scope, both.account.user, cache.device, key, name="laptop")
        token = accounts.grant_token(scope, both.account.user, DEVICE_PERMITS, device=cache.device)
    login = Login(address, token, bytes.fromhex(web.get("/api/v1/service").json()["key"]))
    Logins(made.places.config).save(login)
    made.ok("sync")
    return made


def at(desk: Desk, clock: FixedClock, moment: timedelta) -> None:
    """Let it be *moment* after Monday nine o'clock, here and at the service."""
    clock.instant = NINE + moment
    desk.clock.set_wall(clock.instant)


def the_contract(desk: Desk) -> Contract:
    with desk.cache() as cache:
        return next(contract for contract in cache.contracts() if not contract.is_local)


def settled(service: Service, both: Pair) -> list[Bill]:
    with service.store.reading(SYSTEM) as scope:
        return list(diary.settled(scope, both.account.user, 0, 1 << 40).values())


def offered(service: Service, both: Pair, name: str) -> ContractId:
    made = replace(STRICT, contract_id=ContractId(f"contract-{name}"), name=name)
    news = News()
    with service.store.writing(SYSTEM) as scope:
        accounts.create_contract(
            scope,
            made,
            freelancer=both.account.user,
            organisation=both.account.organisation,
            news=news,
        )
        news.publish(scope)
    return made.contract_id


# --- Submitting ---------------------------------------------------------------------------


def test_r23_a_week_is_sent_and_then_submitted(
    desk: Desk, clock: FixedClock, both: Pair, service: Service, visit: Visit
) -> None:
    desk.track(the_contract(desk), "09:00", count=6)
    at(desk, clock, timedelta(days=7))

    told = desk.json("submit", "--yes")

    assert told["locked"] is True
    assert told["totals"]["billed_seconds"] == 3600
    assert [bill.seconds for bill in settled(service, both)] == [600] * 6
    assert "locked" in visit(both.owner).get("/timesheet", week=WEEK).text
    again = desk.run("submit", "--yes")
    assert again.status == 14
    assert desk.run("edit", "2026-11-16", "--memo", "late", "--contract", "acme").status == 14


def test_a_person_is_asked_and_may_say_no(
    desk: Desk, clock: FixedClock, both: Pair, service: Service
) -> None:
    desk.track(the_contract(desk), "09:00")
    at(desk, clock, timedelta(days=7))

    asked = desk.run("submit", typed="n\n")
    refused = desk.run("submit")

    assert "acme, the week of Mon 16 Nov 2026: 0:10 billed, 10.00 EUR. Submit it?" in asked.err
    assert refused.status == 2
    assert "--yes" in refused.err
    assert settled(service, both) == []


def test_a_week_of_which_something_waits_is_not_submitted(desk: Desk, clock: FixedClock) -> None:
    at(desk, clock, timedelta(days=6, hours=14, minutes=50))  # Sunday 23:50
    desk.track(the_contract(desk), "23:50")
    at(desk, clock, timedelta(days=6, hours=15, minutes=5))  # in review for five minutes more

    refused = desk.run("submit", "--yes")

    assert refused.status == 16
    assert "1 part of that week has not left" in refused.err


def test_a_week_that_goes_on_and_no_week_are_refused(desk: Desk, clock: FixedClock) -> None:
    desk.track(the_contract(desk), "09:00")
    at(desk, clock, timedelta(days=1))

    early = desk.run("submit", "week", "--yes")
    day = desk.run("submit", "yesterday", "--yes")

    assert early.status == 16
    assert "has not ended" in early.err
    assert day.status == 2
    assert "is no billing week" in day.err


def test_only_work_for_a_service_is_submitted(desk: Desk, clock: FixedClock) -> None:
    mine = desk.contract("mine")
    desk.track(mine, "09:00")
    at(desk, clock, timedelta(days=7))

    nothing = desk.run("submit", "--yes")
    own = desk.run("submit", "--contract", "mine", "--yes")

    assert nothing.status == 12
    assert "Nothing was recorded in 'last week' for a diary service." in nothing.err
    assert own.status == 16
    assert "a contract of your own" in own.err


def test_several_contracts_have_to_be_told_apart(
    desk: Desk, clock: FixedClock, both: Pair, service: Service
) -> None:
    other = offered(service, both, "globex")
    desk.ok("sync")
    with desk.cache() as cache:
        globex = next(one for one in cache.contracts() if one.contract_id == other)
    desk.track(the_contract(desk), "09:00")
    desk.track(globex, "11:00")
    at(desk, clock, timedelta(days=7))

    refused = desk.run("submit", "--yes")

    assert refused.status == 2
    assert "acme, globex" in refused.err


def test_what_a_tracker_may_submit_is_judged_by_the_service(both: Pair, clock: FixedClock) -> None:
    contract = ContractId(both.contract)

    def ask(submission: Submission) -> httpx.Response:
        return both.tracker.ask("POST", "/weeks/submit", encode_submission(submission))

    early = ask(Submission(contract, MONDAY))
    clock.instant = OVER
    waiting = ask(Submission(contract, MONDAY, waiting=2))
    crooked = ask(Submission(contract, NINE))
    unknown = ask(Submission(ContractId("nobody's"), MONDAY))
    odd = both.tracker.ask("POST", "/weeks/submit", b'{"contract":"x","week":1,"waiting":-1}')
    done = ask(Submission(contract, MONDAY))
    again = ask(Submission(contract, MONDAY))

    assert [problem(one).code for one in (early, waiting)] == ["conflict", "conflict"]
    assert problem(crooked).code == "invalid-time"
    assert problem(unknown).code == "not-found"
    assert problem(odd).code == "service-rejected"
    assert (done.status_code, done.json()) == (200, {"id": WEEK})
    assert problem(again).code == "locked"


# --- Asking -------------------------------------------------------------------------------


def test_r25_a_freelancer_asks_the_client_grants_and_time_can_be_added(
    desk: Desk, clock: FixedClock, both: Pair, visit: Visit
) -> None:
    at(desk, clock, timedelta(hours=3))
    assert desk.run("add", "10:00-10:30", "-m", "a call with Ada", "-c", "acme").status == 15

    told = desk.json("contract", "ask", "manual", "--reason", "calls away from the desk")
    again = desk.json("contract", "ask", "manual")

    assert told["request"] == again["request"]
    olga = visit(both.owner)
    page = olga.get(f"/contracts/{both.contract}").text
    assert "calls away from the desk" in page
    olga.send(f"/contracts/{both.contract}/requests/{told['request']}", answer="grant")
    at(desk, clock, timedelta(hours=6))
    desk.ok("sync")
    # From the yes on: each slot goes by the terms of its time.
    assert desk.run("add", "13:00-13:30", "-m", "a call with Ada", "-c", "acme").status == 0
    refused = desk.run("contract", "ask", "manual")
    assert refused.status == 16
    assert "allows time by hand already" in refused.err


def test_without_a_way_to_the_service_nothing_is_asked_and_it_is_said(desk: Desk) -> None:
    Logins(desk.places.config).remove(the_contract(desk).service)

    refused = desk.run("contract", "ask", "manual")

    assert refused.status == 31
    assert "worklog login" in refused.err


def test_a_request_without_bounds_is_refused(both: Pair, web: httpx.Client) -> None:
    contract = ContractId(both.contract)
    for wrong in (
        b"{}",
        b'{"kind":"money","contract":"x"}',
        encode_permission_request(PermissionRequest(contract, "x" * 2_001)),
    ):
        answer = both.tracker.ask("POST", "/requests", wrong)
        assert problem(answer).code == "service-rejected"
    stranger = Tracker(both.account, web)
    unknown = encode_permission_request(PermissionRequest(ContractId("nobody's")))
    assert problem(stranger.ask("POST", "/requests", unknown)).code == "not-found"
