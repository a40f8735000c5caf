"""The promises of a `NotifyWay`, with the one that macOS and Windows have: the terminal."""

from __future__ import annotations

import io

import pytest

from tests.contract.promises.notify import *  # noqa: F403 -- the tests
from tests.contract.ways import DESKTOP_NOTIFY, here
from worklog.app.ports import NotifyWay
from worklog.capture.terminal_notify import TerminalNotify


@pytest.fixture(params=here(DESKTOP_NOTIFY), ids=str)
def way() -> NotifyWay:
    return TerminalNotify(io.StringIO())
