"""Which unit tests need Linux or Unix: those of terminals, signals, users and the X server."""

from __future__ import annotations

import sys

collect_ignore: list[str] = []
if sys.platform != "linux":
    collect_ignore += ["test_capture_select.py", "test_capture_x11_input.py"]
if sys.platform == "win32":
    collect_ignore += ["test_cli_keyboard.py", "test_terminal_picture.py"]
    collect_ignore += ["test_places.py", "test_signals.py"]
