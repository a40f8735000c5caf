"""What a plain command imports from its first line to its last, as the interpreter tells it.

The test beside this one asks the functions; this one starts the program's entry point, so
that nothing on the way to them goes unseen.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import pytest

from tests.architecture.source import ROOT
from tests.architecture.test_quick_road import ALLOWED, FORBIDDEN
from tests.support.cache_values import ACME, NINE, session
from worklog.cache.lock import FileLock
from worklog.cache.opening import open_cache
from worklog.clock import SystemClock
from worklog.places import places

ENTRY = "import sys; from worklog.cli.quick import main; sys.exit(main())"


def imported(script: str, *argv: str) -> tuple[set[str], int]:
    """Return what running *script* imports, and its exit status."""
    path = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = {list(argv)!r}; "
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-S", "-c", path + script],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}, done.returncode


@pytest.mark.parametrize(
    "argv", [("memo", "x"), ("label", "dev"), ("pause",), ("resume",)], ids=lambda argv: argv[0]
)
def test_the_entry_point_imports_the_quick_road_and_nothing_else(argv: tuple[str, ...]) -> None:
    home = places(os.environ)
    with closing(open_cache(home, clock=SystemClock())) as cache:
        cache.save_contract(ACME, at=NINE)
        cache.save_session(session())
    tracker = FileLock(home.lock)
    assert tracker.acquire()

    modules, status = imported(ENTRY, *argv)

    tracker.release()
    assert status == 0
    assert modules & FORBIDDEN == set()
    assert {name for name in modules if name.startswith("worklog")} <= ALLOWED
    assert "worklog.cache.mailbox" in modules
