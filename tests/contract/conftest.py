"""Which suites this system can be held to: a real desktop is there on one system only."""

from __future__ import annotations

import sys

import pytest

pytest.register_assert_rewrite("tests.contract.promises")

_ON_LINUX = [f"test_{port}_way.py" for port in ("activity", "input", "notify", "presence")]
_ON_LINUX += ["test_screen_way.py", "test_window_way.py"]
_ON_DESKTOPS = [f"test_desktop_{port}.py" for port in ("activity", "input", "presence")]
_ON_DESKTOPS += ["test_desktop_screen.py", "test_desktop_window.py", "test_desktop_notify.py"]
_ON_WINDOWS = ["test_desktop_activity.py"]  # macOS counts wherever it sees

collect_ignore = [*_ON_DESKTOPS] if sys.platform == "linux" else [*_ON_LINUX]
if sys.platform == "darwin":
    collect_ignore += _ON_WINDOWS
