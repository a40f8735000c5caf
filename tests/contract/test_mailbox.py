"""What every `Mailbox` promises, seen from the tracker and from another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import ACME, NINE, FixedClock, session
from tests.support.fake_cache import InMemoryMailbox, Postbox
from worklog.app.ports import Letter, Mailbox
from worklog.cache.mailbox import (
    SqliteMailbox,
    labels,
    open_mailbox,
    post,
    running_session,
)
from worklog.cache.opening import open_cache
from worklog.places import places
from worklog.sqlite import connect


@dataclass
class Ends:
    """The two ends of one mailbox."""

    tracker: Mailbox
    command: Mailbox


def real(folder: Path) -> Ends:
    home = places({"WORKLOG_HOME": str(folder)})
    return Ends(open_mailbox(home), open_mailbox(home))


def fake(_: Path) -> Ends:
    box = Postbox()
    return Ends(InMemoryMailbox(box), InMemoryMailbox(box))


@pytest.fixture(params=[real, fake], ids=["sqlite", "memory"])
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Ends:
    build: Callable[[Path], Ends] = request.param
    return build(tmp_path)


def test_letters_are_taken_in_the_order_of_posting_and_stay_until_removed(ends: Ends) -> None:
    first = ends.command.post("memo", "review", at=NINE)
    second = ends.command.post("stop", "", at=NINE + timedelta(seconds=1))
    letters = [
        Letter(first, NINE, "memo", "review"),
        Letter(second, NINE + timedelta(seconds=1), "stop", ""),
    ]

    assert first < second
    assert ends.tracker.take() == letters
    assert ends.tracker.take() == letters

    ends.tracker.remove(first)
    assert ends.tracker.take() == letters[1:]


def test_a_number_is_never_used_twice(ends: Ends) -> None:
    first = ends.command.post("pause", "", at=NINE)
    ends.tracker.remove(first)

    assert ends.command.post("resume", "", at=NINE) > first


def test_what_another_process_posted_is_news_once(ends: Ends) -> None:
    assert ends.tracker.has_changed()  # the first look: letters may be waiting
    assert not ends.tracker.has_changed()

    ends.command.post("pause", "", at=NINE)

    assert ends.tracker.has_changed()
    assert not ends.tracker.has_changed()


def test_the_quick_road_sees_the_running_session_and_its_labels(tmp_path: Path) -> None:
    home = places({"WORKLOG_HOME": str(tmp_path)})
    cache = open_cache(home, clock=FixedClock())
    cache.save_contract(ACME, at=NINE)
    db = connect(home.database, create=False)
    assert running_session(db) is None

    cache.save_session(session())

    found = running_session(db)
    assert found is not None
    assert (found.session_id, found.contract_id) == (session().session_id, ACME.contract_id)
    assert (found.memo, found.label, found.pid) == ("fixing bug", "dev", 4711)
    assert labels(db, found.contract_id) == ["dev"]
    assert labels(db, "another") == []
    number = post(db, "label", "dev", at_ms=FixedClock().now_ms())
    assert cache.mailbox.take() == [Letter(number, NINE, "label", "dev")]


def test_a_mailbox_that_somebody_writes_to_just_now_has_no_news_yet(tmp_path: Path) -> None:
    home = places({"WORKLOG_HOME": str(tmp_path)})
    mailbox = open_mailbox(home)
    mailbox.has_changed()
    writer, reader = connect(home.database), connect(home.database, busy_timeout_ms=0)
    seen = SqliteMailbox(reader)
    writer.execute("BEGIN EXCLUSIVE")

    assert not seen.has_changed()

    writer.execute("COMMIT")
    assert seen.has_changed()
