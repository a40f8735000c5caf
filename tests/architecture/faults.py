"""The faults, threats and invariants that the tests name, and which of them no test names yet.

The ids are those of the catalogue: F for a fault, T for a threat, N for an invariant.
A test covers one by carrying it in its name (`test_f12_a_full_disk_…`) or its docstring.

`python -m tests.architecture.faults` lists where each id is covered.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import Final

from tests.architecture.source import modules

INVARIANTS: Final = {
    "N1": "captured means durable: row and picture survive SIGKILL and power loss",
    "N2": "nothing is deleted before it is acknowledged",
    "N3": "no silent gaps: unknown is never written as no activity",
    "N4": "no double time: one person, one slot, one bill",
    "N5": "deleted stays deleted",
    "N6": "nothing is dropped by policy",
    "N7": "every failure is said",
}
THREATS: Final = {
    "T16": "more is captured than should be: other clients, private windows",
    "T17": "a deleted picture survives somewhere",
    "T18": "what was typed leaks",
}
FAULTS: Final = {
    "F01": "kill -9 at every step of a capture",
    "F02": "kill -9 at every step of an upload",
    "F03": "power loss, torn pages in the database",
    "F04": "power loss with picture data not on disk",
    "F05": "out of memory while encoding",
    "F06": "SIGTERM at logout, with five seconds to go",
    "F07": "the tracker is frozen and goes on",
    "F08": "two trackers, or twenty, started at once",
    "F09": "the same person tracks on two computers",
    "F10": "reboot in the middle",
    "F11": "upgrade while running",
    "F12": "disk full at the picture",
    "F13": "disk full at the commit",
    "F14": "little space left",
    "F15": "folder read-only",
    "F16": "folder deleted or moved while running",
    "F17": "fsync fails",
    "F18": "a picture cannot be read back",
    "F19": "a bit flips in a picture",
    "F20": "the database is damaged",
    "F21": "the rollback journal is deleted by a cleaner",
    "F22": "the cache was written by a newer version",
    "F23": "a migration is killed half-way",
    "F24": "odd folder names",
    "F25": "pictures deleted by hand",
    "F26": "an older copy of the cache is restored over a newer one",
    "F28": "the clock jumps ahead",
    "F29": "the clock jumps back",
    "F30": "the clock is wrong at boot and corrected later",
    "F31": "suspend and resume",
    "F32": "suspend with little time to flush",
    "F33": "hibernation, and another system set the clock",
    "F34": "daylight saving begins or ends in a session",
    "F35": "the time zone changes while running",
    "F36": "zones that are no whole hours from UTC",
    "F37": "leap seconds and slewing",
    "F38": "the clock of the service is wrong",
    "F39": "a session runs over the weekly lock",
    "F40": "no display",
    "F41": "the X server dies and returns",
    "F42": "the input listener dies silently",
    "F43": "Wayland",
    "F44": "a monitor comes or goes during the capture",
    "F45": "the screen is locked",
    "F46": "black or blank pictures",
    "F47": "macOS withholds a permission",
    "F48": "window titles that are missing, huge or hostile",
    "F71": "the user forgets to stop",
    "F72": "the tracker hangs at stop",
    "F74": "the wrong contract was chosen",
}
EXPECTED: Final = INVARIANTS | THREATS | FAULTS

# What cannot happen before there is an upload, a service or another platform.
LATER: Final = {
    "F18": "upload",
    "N2": "upload",
    "N6": "service",
}

# Still without a test. Only ever gets shorter; empty before the release.
PENDING: Final[frozenset[str]] = frozenset()

_ID = re.compile(r"(?<![a-z0-9])([fnt]\d{1,2})(?![a-z0-9])", re.IGNORECASE)
_RANGE = re.compile(r"\b([FNT])(\d{1,2})\s*(?:–|-|to)\s*\1?(\d{1,2})\b")  # noqa: RUF001 -- a dash, as people write it


def ids_in(text: str) -> set[str]:
    """Return the ids in *text*; a range stands for all of its ids."""
    found = {name.upper() for name in _ID.findall(text.replace("_", " "))}
    for letter, first, last in _RANGE.findall(text):
        width = len(first)
        found |= {f"{letter}{number:0{width}}" for number in range(int(first), int(last) + 1)}
    return found


def where_named() -> dict[str, list[str]]:
    """Return the tests that name each id."""
    found: dict[str, list[str]] = {}
    for where, text in _tests():
        for name in ids_in(text):
            found.setdefault(name, []).append(where)
    return found


def _tests() -> Iterator[tuple[str, str]]:
    """Yield each test with what it says of itself: name, docstring, ids of its cases."""
    for module in modules("tests"):
        if module.name.startswith("tests/architecture/"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                cases = " ".join(
                    text.value
                    for decorator in node.decorator_list
                    for text in ast.walk(decorator)
                    if isinstance(text, ast.Constant) and isinstance(text.value, str)
                )
                said = f"{node.name} {ast.get_docstring(node) or ''} {cases}"
                yield f"{module.at(node)} {node.name}", said


def main() -> None:
    """Print each expected id with its tests."""
    covered = where_named()
    for name, meaning in sorted(EXPECTED.items()):
        tests = covered.get(name, [])
        mark = "later" if name in LATER and not tests else len(tests) or "NONE"
        sys.stdout.write(f"{name} {mark!s:>5}  {meaning}\n")
        for test in tests:
            sys.stdout.write(f"             {test}\n")


if __name__ == "__main__":
    main()
