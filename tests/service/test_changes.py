"""What a device hears back: the feed, digests, the epoch, and what the service is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx

from tests.service.conftest import ACME
from tests.service.test_amendments import key
from tests.service.test_parts import BEFORE
from tests.service.tracker import Account, Tracker, later, png, problem
from tests.support.cache_values import NINE
from worklog.domain.amendment import Describe
from worklog.domain.ids import DeviceId
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts
from worklog.service.store.feed import News
from worklog.service.store.meta import renew_epoch
from worklog.wire.sync.account import decode_service, decode_whoami
from worklog.wire.sync.changes import (
    AmendmentChange,
    Change,
    ChangesPage,
    ContractChange,
    decode_changes,
)
from worklog.wire.sync.digests import Digest, decode_digests, decode_held, digest_week
from worklog.wire.sync.messages import API, read_message

SHOT = png()


def second_device(service: Service, tracker: Tracker) -> Tracker:
    """Return another tracker of the same account, with the same key for brevity."""
    device = DeviceId("d-second")
    with service.store.writing(SYSTEM) as scope:
        key_bytes = tracker.account.key.public_key().public_bytes_raw()
        accounts.register_device(scope, tracker.account.user, device, key_bytes)
        token = accounts.grant_token(scope, tracker.account.user, DEVICE_PERMITS, device=device)
    return Tracker(
        Account(**{**vars(tracker.account), "device": device, "token": token}), tracker.web
    )


def page(tracker: Tracker, after: int = 0, **query: str) -> ChangesPage:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return decode_changes(tracker.get(f"/changes?after={after}{more}"))


def test_contracts_come_with_terms_and_labels(service: Service, tracker: Tracker) -> None:
    first = page(tracker)

    assert first.items == (ContractChange(ACME),)
    assert (first.next, first.has_more) == (1, False)
    news = News()
    with service.store.writing(SYSTEM) as scope:
        accounts.end_contract(scope, tracker.account.contract, news=news)
        news.publish(scope)
    assert page(tracker, 1).items == (ContractChange(ACME, is_member=False),)
    assert page(tracker, 2).items == ()


def test_amendments_of_other_devices_come_and_ones_own_do_not(
    service: Service, tracker: Tracker
) -> None:
    second = second_device(service, tracker)
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    texts = [
        tracker.amendment(Describe((key(tracker, part.slot),), memo=f"m{n}"), NINE)
        for n in range(3)
    ]
    tracker.amend(*texts)

    told = tuple(AmendmentChange(text) for text in texts)
    assert page(tracker, 1) == ChangesPage(page(tracker).epoch, 4)
    assert page(second, 1).items == told
    assert page(tracker, 1, own="true").items == told
    paged: list[Change] = []
    after = 1
    while True:
        one = page(second, after, limit="1")
        paged += one.items
        after = one.next
        if not one.has_more:
            break
    assert tuple(paged) == told


def test_nothing_of_another_account_is_told(tracker: Tracker, ben: Account) -> None:
    """T1."""
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    tracker.amend(tracker.amendment(Describe((key(tracker, part.slot),), memo="m"), NINE))

    other = Tracker(ben, tracker.web)

    assert len(page(other).items) == 1
    assert decode_digests(other.get(f"/digests?stream={tracker.stream}")).weeks == ()
    _, held = decode_held(
        other.get(f"/digests?stream={tracker.stream}&week={digest_week(part.slot)}")
    )
    assert held == ()


def test_the_feed_has_no_gaps_under_concurrent_writers(service: Service, tracker: Tracker) -> None:
    """A reader that follows while eight threads write sees every change exactly once."""
    second = second_device(service, tracker)
    part = tracker.part(BEFORE)
    tracker.put(tracker.seal(part))
    texts = [
        tracker.amendment(Describe((key(tracker, part.slot),), memo=f"m{n}"), NINE)
        for n in range(60)
    ]
    done = threading.Event()
    seen: list[str] = []

    def follow() -> None:
        after = 1
        while True:
            was_done = done.is_set()
            one = page(second, after, limit="7")
            seen.extend(item.text for item in one.items if isinstance(item, AmendmentChange))
            after = one.next
            if was_done and not one.has_more and not one.items:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tracker.amend, texts))
    done.set()
    reader.join()

    assert sorted(seen) == sorted(texts)


def test_digests_tell_what_is_here_by_week_and_by_name(service: Service, tracker: Tracker) -> None:
    """F49: what a tracker compares with what it has."""
    parts = [tracker.part(later(BEFORE, 10 * n), pictures=(SHOT,)) for n in range(3)]
    parts.append(tracker.part(BEFORE - timedelta(days=7)))
    records = [tracker.seal(part) for part in parts]
    tracker.post(records)
    tracker.put_picture(parts[0], 0, SHOT)
    text = tracker.amendment(Describe((key(tracker, parts[0].slot),), memo="m"), NINE)
    tracker.amend(text)

    digests = decode_digests(tracker.get(f"/digests?stream={tracker.stream}"))

    old, new = digests.weeks
    assert (old.week, new.week) == (digest_week(parts[3].slot), digest_week(parts[0].slot))
    assert old.parts == Digest.of([records[3].digest])
    assert new.parts == Digest.of(record.digest for record in records[:3])
    assert new.pictures == Digest.of([parts[0].captures[0].sha256])
    assert digests.amendments.count == 1
    epoch, held = decode_held(tracker.get(f"/digests?stream={tracker.stream}&week={new.week}"))
    assert epoch == digests.epoch == service.about.epoch
    assert [(one.part, one.digest) for one in held] == [
        (part.part_id, record.digest) for part, record in zip(parts[:3], records, strict=False)
    ]
    assert held[0].pictures == ((0, parts[0].captures[0].sha256),)


def test_a_restored_database_has_another_epoch(service: Service, tracker: Tracker) -> None:
    """F49, T27: receipts of before still verify; whoever asks sees the new epoch."""
    before = page(tracker).epoch

    with service.store.writing(SYSTEM) as scope:
        after = renew_epoch(scope)

    assert before != after
    assert page(tracker).epoch == after
    about = decode_service(read_message(tracker.web.request("GET", f"{API}/service").content, "s"))
    assert about.epoch == after


def test_anybody_may_ask_what_the_service_is(service: Service, web: httpx.Client) -> None:
    answer = web.request("GET", f"{API}/service")

    about = decode_service(read_message(answer.content, "service"))
    assert about.key == service.signer.public_key
    assert about.accepts("0.1.0")
    assert not about.accepts("0.0.1")
    assert answer.headers["Cache-Control"] == "no-store"


def test_whoami_says_whose_token_it_is(tracker: Tracker) -> None:
    who = decode_whoami(tracker.get("/whoami"))

    assert (who.user, who.name, who.device) == (
        tracker.account.user,
        "ann",
        tracker.account.device,
    )
    assert who.scope == ("ingest", "read")


def test_every_refusal_is_a_problem_document(tracker: Tracker) -> None:
    refusals = {
        "/changes?after=-1": 422,
        "/changes?limit=x": 422,
        "/digests": 422,
        "/nothing": 404,
        "/parts": 405,
    }

    for path, status in refusals.items():
        assert tracker.ask("GET", path).status_code == status, path
        assert problem(tracker.ask("GET", path)).hint != ""


def test_the_interface_describes_itself(web: httpx.Client) -> None:
    document = web.request("GET", "/api/openapi.json").json()

    assert sorted(document["paths"]) == [
        "/api/v1/amendments",
        "/api/v1/changes",
        "/api/v1/device/code",
        "/api/v1/device/token",
        "/api/v1/digests",
        "/api/v1/feedback",
        "/api/v1/parts",
        "/api/v1/parts/{part}",
        "/api/v1/parts/{part}/images/{position}",
        "/api/v1/requests",
        "/api/v1/service",
        "/api/v1/weeks/submit",
        "/api/v1/whoami",
    ]
    assert "Problem" in document["components"]["schemas"]
