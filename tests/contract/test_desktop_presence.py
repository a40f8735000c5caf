"""The promises of a `PresenceWay`, on a real desktop of macOS or Windows."""

from __future__ import annotations

import pytest

from tests.contract.promises.presence import *  # noqa: F403 -- the tests
from tests.contract.ways import DESKTOP_PRESENCE, here
from tests.support.desktops.here import presence_way
from worklog.app.ports import Presence, PresenceWay


@pytest.fixture(params=here(DESKTOP_PRESENCE), ids=str)
def way() -> PresenceWay:
    return presence_way()


def test_f45_a_desktop_on_which_tests_run_is_not_locked(way: PresenceWay) -> None:
    assert way.presence() is Presence.PRESENT
