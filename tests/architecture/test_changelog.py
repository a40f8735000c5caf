"""The changelog names what scripts and settings files depend on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from worklog.app.events import EventKind
from worklog.cli.hooks import Hook
from worklog.cli.registry import COMMANDS
from worklog.config.keys import KEYS
from worklog.domain.segment import Reason
from worklog.errors import registry

CHANGELOG: Final = Path(__file__).parents[2] / "CHANGELOG.md"
PROMISED: Final = {
    "commands": [command.name for command in COMMANDS if not command.is_hidden],
    "settings": [key.name for key in KEYS],
    "exit statuses": [error.code for error in registry()],
    "events": [kind.value for kind in EventKind],
    "reasons": [reason.value for reason in Reason],
    "hooks": [hook.value for hook in Hook],
}


@pytest.mark.parametrize("kind", PROMISED)
def test_what_others_depend_on_has_its_place_in_the_changelog(kind: str) -> None:
    text = CHANGELOG.read_text(encoding="utf-8")

    missing = [name for name in PROMISED[kind] if f"`{name}`" not in text]

    assert missing == []
