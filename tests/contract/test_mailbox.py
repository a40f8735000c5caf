"""What every `Mailbox` promises, seen from the tracker and from another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import NINE
from tests.support.fake_cache import InMemoryMailbox, Postbox
from worklog.app.ports import Letter, Mailbox
from worklog.cache.mailbox import open_mailbox
from worklog.places import places


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
