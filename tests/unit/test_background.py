from __future__ import annotations

import sys
from collections.abc import Callable
from typing import cast

import pytest

from worklog.cli.background import divide
from worklog.cli.context import AppContext
from worklog.errors import CaptureUnavailableError


def _never(_: Callable[[], None]) -> None:
    raise AssertionError


def test_on_macos_nothing_is_forked_as_its_frameworks_would_end_the_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(CaptureUnavailableError) as caught:
        divide(cast("AppContext", None), _never)

    assert str(caught.value) == "This system cannot leave a tracker in the background."
    assert caught.value.hint == "Start it in a terminal of its own."
