"""Rules of the source that no linter holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, dotted, imports, modules

PROGRAM = modules("worklog")
CLOCK = "worklog/clock.py"

# Ways to read a clock that ruff's list of banned calls does not see.
CLOCK_CALLS = re.compile(
    r"(^|\.)(now|utcnow|today|fromtimestamp_now|localtime|gmtime|times|getrusage|uuid1|uuid7)$"
)
# SQLite reads the clock itself when it is asked for these.
SQL_CLOCK = re.compile(r"current_(timestamp|date|time)\b|'now'|unixepoch\(\s*\)", re.IGNORECASE)


def test_imports_go_inwards_only() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_only_the_clock_imports_the_module_that_reads_time() -> None:
    readers = {module.name for module in PROGRAM if "time" in imports(module.tree)}

    assert readers == {CLOCK}


def test_nothing_but_the_clock_asks_for_the_time() -> None:
    """`clock.now()` of an injected clock is the way; a bare class has no clock to give."""
    asked = [
        module.at(node)
        for module in PROGRAM
        if module.name != CLOCK
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and CLOCK_CALLS.search(name := dotted(node.func))
        and name.split(".")[0] in {"datetime", "date", "time", "os", "resource", "uuid"}
    ]

    assert asked == []


def test_no_sql_asks_the_database_for_the_time() -> None:
    """Neither a test's clock nor a recovery could set what SQLite reads by itself."""
    scripts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in (ROOT / "worklog").rglob("*.sql")
    }
    texts = {
        module.at(node): node.value
        for module in PROGRAM
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(
            r"\s*(select|insert|update|delete|create|replace|with)\b", node.value, re.IGNORECASE
        )
    }

    assert [where for where, text in (scripts | texts).items() if SQL_CLOCK.search(text)] == []


def test_only_the_command_line_writes_to_the_terminal() -> None:
    written = [
        module.at(node)
        for module in PROGRAM
        if not module.name.startswith("worklog/cli/")
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Name) and node.id == "print")
        or (
            isinstance(node, ast.Attribute)
            and dotted(node) in {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
        )
    ]

    assert written == []


def test_only_the_command_line_ends_the_process() -> None:
    """An adapter that exits takes the unsealed part with it."""
    ended = [
        module.at(node)
        for module in PROGRAM
        if not module.name.startswith("worklog/cli/")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and dotted(node.func) in {"exit", "quit", "sys.exit", "os._exit", "os.abort"}
    ]

    assert ended == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        module.name
        for module in PROGRAM
        if module.tree.body and ast.get_docstring(module.tree) is None
    ]

    assert silent == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    escapes = re.compile(r"(^|\.)(skip|skipif|xfail|importorskip|SkipTest)$")

    found = [
        module.at(node)
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name) and escapes.search(dotted(node))
    ]

    assert found == []


def test_no_test_sleeps() -> None:
    """A test waits with `tests.support.until`, which ends as soon as there is an answer."""
    found = [
        module.at(node)
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func) in {"time.sleep", "sleep"}
    ]

    assert found == []
