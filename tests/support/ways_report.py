"""What each capture way kept of the promises of its port in a run of the tests.

Tests of `tests.contract.ways` are known by the stand that their fixture takes as its
parameter. Worker processes hand over which of them they were to run, the process that
started them adds how those ended and writes all of it, so a test whose process died
counts as one that never ran.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.ways import SUITES, Stand

RESULTS: Final = Path(__file__).parents[2] / "build" / "ways.json"
NEVER_RAN: Final = "never ran"
_OUTPUT: Final = "worklog_ways"


class WaysReport:
    """A plugin of pytest that writes results for `tests.support.ways_table`."""

    def __init__(self, path: Path = RESULTS) -> None:
        self._path = path
        self._asked: dict[str, list[str]] = {}  # by test: suite, case, promise
        self._ended: dict[str, str] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests that are left once all were selected."""
        for item in session.items:
            stand = _stand(item)
            if stand is not None and isinstance(item, pytest.Function):
                suite = item.module.__name__.rpartition(".")[2]
                self._asked[item.nodeid] = [suite, stand.case, item.originalname]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended; what fails in its setup or teardown failed as well."""
        if report.outcome != "passed" or report.when == "call":
            before = self._ended.get(report.nodeid)
            self._ended[report.nodeid] = before if before == "failed" else report.outcome

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 -- of xdist, without a type
        """Take what a worker process was to run; one that died tells nothing."""
        self._asked |= getattr(node, "workeroutput", {}).get(_OUTPUT, {})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over in a worker process; write in the one that has no master."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = self._asked
        elif self._asked:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._results(), indent=1) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say in a line where the results are."""
        if self._asked:
            kept = sum(self._ended.get(test) == "passed" for test in self._asked)
            said = f"capture ways: {kept} of {len(self._asked)} tests passed, see {self._path}"
            terminalreporter.write_line(said)

    def _results(self) -> dict[str, object]:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for test, (suite, case, promise) in self._asked.items():
            promises = found.setdefault((suite, case), {})
            ended = self._ended.get(test, NEVER_RAN)
            if promises.get(promise, "passed") == "passed":  # of its cases the worst counts
                promises[promise] = ended
        return {
            "system": sys.platform,
            "stands": [
                _described(suite, stand, found[suite, stand.case])
                for suite, stands in SUITES.items()
                for stand in stands
                if (suite, stand.case) in found
            ],
        }


def _described(suite: str, stand: Stand, promises: Mapping[str, str]) -> dict[str, object]:
    ends = list(promises.values())
    return {
        "suite": suite,
        "case": stand.case,
        "port": stand.port,
        "way": stand.way,
        "held_to": stand.held_to,
        "kind": stand.kind,
        "passed": ends.count("passed"),
        "failed": ends.count("failed"),
        "not_run": len(ends) - ends.count("passed") - ends.count("failed"),
        "promises": dict(sorted(promises.items())),
    }


def _stand(item: pytest.Item) -> Stand | None:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return next((each for each in parameters.values() if isinstance(each, Stand)), None)
