"""How hard the tests try: a few rounds on each commit, many before a release."""

from __future__ import annotations

import os


def is_long() -> bool:
    """Return whether this is `make long`."""
    return os.environ.get("WORKLOG_TESTS") == "long"


def rounds(each_commit: int, *, long: int) -> int:
    """Return how many rounds to run: *each_commit*, or *long* under `make long`."""
    return long if is_long() else each_commit
