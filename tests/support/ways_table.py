"""The table of the README that says what each capture way was held to and what it kept.

    python -m tests.support.ways_table            # prints it, with the versions of this machine
    python -m tests.support.ways_table --write    # puts it into the README
    python -m tests.support.ways_table --check    # fails if the README has another one

It is made from `build/ways.json`, which `tests.support.ways_report` writes in a run of the
tests, and only from a run that asked every promise of every way that this system can have.
A promise counts as kept by a way only if it was kept in every stand.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from tests.contract.ways import PLAYED, REAL, SUITES, WAYS, Stand, Way
from tests.support.ways_report import RESULTS

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- made by `make ways` -->"
END: Final = "<!-- until here -->"
PORTS: Final = ("screen", "input", "window", "presence", "notify", "camera")
RENEW: Final = "make unit && make ways"
_PROGRAMS: Final = (
    ("sway", "--version"),
    ("tmux", "-V"),
    ("openbox", "--version"),
    ("dunst", "--version"),
    ("dbus-daemon", "--version"),
    ("dpkg-query", "-W", "xvfb"),
)

# By suite and case: how each promise ended.
Ends = Mapping[tuple[str, str], Mapping[str, str]]


class IncompleteError(Exception):
    """The results are of a run that did not ask every promise."""


@dataclass(frozen=True, slots=True)
class Row:
    """A way with what became of its promises.

    Attributes:
        way: Which.
        real: What it was held to itself.
        played: What it was held to as something that plays it.
        promises: How many its suites have.
        kept: How many of them it kept in every stand; None if it was held to none.
        broken: Those that failed or never ran in a stand.
    """

    way: Way
    real: tuple[str, ...]
    played: tuple[str, ...]
    promises: int
    kept: int | None
    broken: tuple[str, ...] = ()


def ends_of(results: Mapping[str, Any]) -> Ends:
    """Return how promises ended, from the contents of a file of results."""
    return {(each["suite"], each["case"]): each["promises"] for each in results["stands"]}


@cache
def promises_of(suite: str) -> frozenset[str]:
    """Return the tests that *suite* has or takes over, without importing it."""
    found: set[str] = set()
    for node in _tree(f"tests/contract/{suite}.py").body:
        match node:
            case ast.FunctionDef(name):
                found.add(name)
            case ast.ImportFrom(module, names) if module and ".promises." in module:
                for alias in names:
                    found |= _tests(f"{module.replace('.', '/')}.py", alias.name)
    return frozenset(name for name in found if name.startswith("test_"))


def _tests(path: str, name: str) -> set[str]:
    if name != "*":
        return {name}
    return {node.name for node in _tree(path).body if isinstance(node, ast.FunctionDef)}


def _tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def missing(ends: Ends, system: str) -> list[str]:
    """Return the stands that *system* can have of which not every promise was asked."""
    return [
        f"{suite}[{stand}]"
        for suite, stands in SUITES.items()
        for stand in stands
        if stand.system == system and promises_of(suite) - set(ends.get((suite, stand.case), {}))
    ]


def rows(ends: Ends) -> list[Row]:
    """Return a row for every way, by port; those without results too."""
    return [_row(way, ends) for port in PORTS for way in WAYS if way.port == port]


def _row(way: Way, ends: Ends) -> Row:
    stands = list(stands_of(way))
    asked = {(suite, name) for suite, _ in stands for name in promises_of(suite)}
    held = [(suite, stand) for suite, stand in stands if (suite, stand.case) in ends]
    broken = {
        (suite, name)
        for suite, stand in held
        for name in promises_of(suite)
        if ends[suite, stand.case].get(name) != "passed"
    }
    return Row(
        way,
        _things(stands, REAL),
        _things(stands, PLAYED),
        len(asked),
        len(asked - broken) if held else None,
        tuple(sorted(name for _, name in broken)),
    )


def _things(stands: Iterable[tuple[str, Stand]], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stand.held_to for _, stand in stands if stand.kind == kind))


def stands_of(way: Way) -> Iterator[tuple[str, Stand]]:
    """Yield what *way* can be held to, each with its suite."""
    for suite, stands in SUITES.items():
        for stand in stands:
            if (stand.system, stand.port, stand.way) == (way.system, way.port, way.name):
                yield suite, stand


def markdown(table: Sequence[Row]) -> str:
    """Return *table* for the README, a port named once."""
    lines = [
        "| port | way | for | real | played | promises kept |",
        "|---|---|---|---|---|---|",
    ]
    for port, group in groupby(table, key=lambda row: row.way.port):
        for number, row in enumerate(group):
            cells = (
                "" if number else port,
                f"`{row.way.name}`",
                row.way.serves,
                "" if row.kept is None else ", ".join(row.real),
                "" if row.kept is None else ", ".join(row.played),
                _kept(row),
            )
            lines.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
    return "\n".join(lines) + "\n"


def _kept(row: Row) -> str:
    if row.kept is None:
        return f"not run yet, {row.promises} ready" if row.promises else "not run, no suite"
    said = f"{row.kept} of {row.promises}"
    return f"**{said}**, not: {', '.join(row.broken)}" if row.broken else said


def replaced(text: str, table: str) -> str:
    """Return *text* with *table* between its marks.

    Raises:
        ValueError: it has no marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        message = f"there is no line `{BEGIN}` before a line `{END}`"
        raise ValueError(message)
    return f"{before}{begin}\n\n{table}\n{end}{after}"


def made(text: str, results: Mapping[str, Any]) -> str:
    """Return *text* with the table that *results* give.

    Raises:
        IncompleteError: they are of a part of the tests.
    """
    ends = ends_of(results)
    if lacking := missing(ends, results["system"]):
        raise IncompleteError(", ".join(lacking))
    return replaced(text, markdown(rows(ends)))


def versions() -> Iterator[str]:
    """Yield what those of the real things that are on this machine say of themselves."""
    for command in _PROGRAMS:
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        yield (done.stdout or done.stderr).partition("\n")[0].replace("\t", " ")


def main(words: Sequence[str] | None = None) -> int:
    """Print, write or check the table; return 1 where the README is not up to date."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.ways_table")
    parser.add_argument("--write", action="store_true", help="put it into the README")
    parser.add_argument("--check", action="store_true", help="fail if the README has another")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--readme", type=Path, default=README)
    given = parser.parse_args(words)
    try:
        results = json.loads(given.results.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _complain(f"No run of the contract suites left results. Run: {RENEW}")
    if not (given.write or given.check):
        sys.stdout.write(markdown(rows(ends_of(results))))
        sys.stdout.writelines(f"{line}\n" for line in versions())
        return 0
    before = given.readme.read_text(encoding="utf-8")
    try:
        after = made(before, results)
    except IncompleteError as error:
        return _complain(
            f"Incomplete run: not all promises were asked of {error}.\n"
            "The table of capture ways is made from a run of all contract suites. "
            f"Run, without PYTEST_ARGS: {RENEW}"
        )
    if given.write:
        given.readme.write_text(after, encoding="utf-8")
        return 0
    return 0 if before == after else _differ(before, after, results)


def _differ(before: str, after: str, results: Mapping[str, Any]) -> int:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    sys.stdout.writelines(difflib.unified_diff(old, new, "README.md", "this run", n=1))
    if any(row.broken for row in rows(ends_of(results))):
        return _complain("Promises were not kept in this run. Mend that, then run: make unit")
    return _complain("The README says otherwise than this run. To mend it: make ways")


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
