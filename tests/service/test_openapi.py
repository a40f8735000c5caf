"""The whole interface, tried with requests made from its own description (G10)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.service.tracker import Account
from tests.support.effort import rounds

CONFIG = Path(__file__).with_name("schemathesis.toml")
PROGRAM = Path(sys.executable).with_name("schemathesis")


@pytest.mark.timeout(3_600)
def test_g10_no_request_made_from_the_description_finds_a_bug(
    address: str, ann: Account, tmp_path: Path
) -> None:
    """All checks: no 5xx, nothing that is not described, no way past the login."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            PROGRAM,
            f"--config-file={CONFIG}",
            "run",
            f"{address}/api/openapi.json",
            f"--header=Authorization: Bearer {ann.token}",
            "--checks=all",
            f"--max-examples={rounds(25, long=2_000)}",
            "--phases=examples,coverage,fuzzing",
            "--no-color",
            "--report=json",
            f"--report-json-path={report}",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stdout[-8_000:]
    assert json.loads(report.read_text())


def test_every_operation_says_what_it_may_answer(web: httpx.Client) -> None:
    document = web.get("/api/openapi.json").json()

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            assert statuses & {"200", "201", "204"}, (method, path)
            assert "503" in statuses, (method, path)
            assert operation["operationId"], (method, path)
