"""What the quick road loads: `memo`, `label`, `pause` and `resume` have to be instant.

Each of the modules below costs more than writing the row does. They are looked for in a
process of its own, as the tests themselves have loaded all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import pytest

from tests.architecture.source import ROOT
from tests.support.cache_values import ACME, NINE, session
from worklog.cache.lock import FileLock
from worklog.cache.mailbox import open_mailbox
from worklog.cache.opening import open_cache
from worklog.clock import SystemClock
from worklog.places import places

ALLOWED = {
    "worklog",
    "worklog.cli",
    "worklog.cli.quick",
    "worklog.cache",
    "worklog.cache.mailbox",
    "worklog.domain",
    "worklog.domain.text",
    "worklog.sqlite",
    "worklog.clock",
    "worklog.errors",
    "worklog.failpoints",
    "worklog.places",
}
FORBIDDEN = {
    "argparse",
    "asyncio",
    "contextlib",
    "dataclasses",
    "enum",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "platformdirs",
    "re",
    "rich",
    "shutil",
    "subprocess",
    "tempfile",
    "tomllib",
    "typer",
    "typing",
    "uuid",
}
QUICK_MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "worklog").rglob("*.py")
    if ".".join(path.relative_to(ROOT).with_suffix("").parts) in ALLOWED
)

LIST_AT_EXIT = """
import sys
before = set(sys.modules)
{work}
sys.stdout.write(" ".join(sorted(set(sys.modules) - before)))
"""


def loaded(work: str) -> set[str]:
    """Return what the statements *work* load in a bare interpreter.

    `-S` and `-I` keep site-packages and the measuring of coverage out of it.
    """
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + LIST_AT_EXIT.format(work=work)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={name: os.environ[name] for name in ("HOME", "WORKLOG_HOME", "PATH")},
    )
    return set(done.stdout.split("\n")[-1].split())


def test_the_list_of_quick_modules_has_no_dead_entry() -> None:
    packages = {"worklog", "worklog.cli", "worklog.cache", "worklog.domain"}

    assert set(QUICK_MODULES) | packages == ALLOWED


@pytest.mark.parametrize("module", QUICK_MODULES)
def test_a_quick_module_loads_nothing_heavy(module: str) -> None:
    modules = loaded(f"import {module}")

    assert modules & FORBIDDEN == set()
    assert {name for name in modules if name.startswith("worklog")} <= ALLOWED


@pytest.mark.parametrize(
    ("argv", "answer", "letter"),
    [
        (["memo", "review"], "memo: review", ("memo", "review")),
        (["label", "dev"], "label: dev", ("label", "dev")),
        (["pause"], "Paused.", ("pause", "")),
        (["resume"], "Tracking again.", ("resume", "")),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_plain_command_loads_the_quick_road_and_nothing_else(
    argv: list[str], answer: str, letter: tuple[str, str]
) -> None:
    """With a tracker that runs, which is when it has to be quick."""
    home = places(os.environ)
    with closing(open_cache(home, clock=SystemClock())) as cache:
        cache.save_contract(ACME, at=NINE)
        cache.save_session(session())
    tracker = FileLock(home.lock)
    assert tracker.acquire()

    modules = loaded(
        f"import os, worklog.cli.quick as road; answer = road.quick({argv!r}, os.environ)\n"
        f"assert answer == {answer!r}, answer"
    )

    tracker.release()
    posted = [(letter.command, letter.argument) for letter in open_mailbox(home).take()]
    assert posted == [letter]
    assert modules & FORBIDDEN == set()
    assert {name for name in modules if name.startswith("worklog")} <= ALLOWED
