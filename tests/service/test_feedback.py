"""Reports of problems: each is kept once, for whoever runs the service."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
from sqlalchemy import select

from tests.service.tracker import Account, Tracker, problem
from tests.support.cache_values import FixedClock
from worklog.service.complaints import MOST_A_DAY
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import tables as t
from worklog.wire.feedback import LARGEST_FEEDBACK, encode_feedback


def body(name: str = "report-1", text: str = "it flickers") -> bytes:
    return encode_feedback({"schema": 1, "id": name, "text": text, "version": "0.1"})


def kept(service: Service) -> list[tuple[str, str, str, str]]:
    with service.store.reading(SYSTEM) as scope:
        rows = scope.db.execute(select(t.feedback).order_by(t.feedback.c.feedback_id)).all()
    return [(row.user_id, row.device_id, row.words, row.content) for row in rows]


def test_a_report_is_kept_whole_and_once(tracker: Tracker, service: Service) -> None:
    first = tracker.ask("POST", "/feedback", body())
    again = tracker.ask("POST", "/feedback", body())

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"id": "report-1"}
    ((user, device, words, content),) = kept(service)
    assert (user, device) == (tracker.account.user, tracker.account.device)
    assert words == "it flickers"
    assert json.loads(content) == json.loads(body())


def test_the_same_id_of_two_accounts_is_two_reports(
    tracker: Tracker, ben: Account, web: httpx.Client, service: Service
) -> None:
    assert tracker.ask("POST", "/feedback", body(text="mine")).status_code == 201

    assert Tracker(ben, web).ask("POST", "/feedback", body(text="his")).status_code == 201

    assert sorted(words for _, _, words, _ in kept(service)) == ["his", "mine"]


def test_a_report_without_bounds_is_refused(tracker: Tracker, service: Service) -> None:
    for wrong in (b"{}", body(name="../x"), body(text=""), body(text="x" * 4_001)):
        assert problem(tracker.ask("POST", "/feedback", wrong)).code == "service-rejected"
    large = json.dumps({"id": "r", "text": "x", "log": "x" * LARGEST_FEEDBACK}).encode()
    assert tracker.ask("POST", "/feedback", large).status_code == 422
    assert tracker.ask("POST", "/feedback", b"x" * (1 << 21)).status_code == 413
    assert tracker.ask("POST", "/feedback", body(), token="nobody").status_code == 401
    assert kept(service) == []


def test_t22_nobody_fills_the_database_with_reports(tracker: Tracker, clock: FixedClock) -> None:
    for number in range(MOST_A_DAY):
        assert tracker.ask("POST", "/feedback", body(f"r{number}")).status_code == 201

    refused = tracker.ask("POST", "/feedback", body("one-more"))
    clock.instant += timedelta(days=1)
    later = tracker.ask("POST", "/feedback", body("one-more"))

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert later.status_code == 201
