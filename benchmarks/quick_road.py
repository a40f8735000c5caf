"""How long `worklog memo TEXT` takes on ten years of work, beside the least there is.

Compared with an interpreter that does nothing, and with `watson status`, which asks far
less: it changes nothing. A tracker's lock is held and a session is running, so each memo
is a row that was made durable. Exits 1 where a limit is passed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import _harness as harness
import _ten_years as ten_years

MOST_OF_PYTHON = 2.5
MOST_OF_WATSON = 0.35


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--segments", type=int, default=ten_years.SEGMENTS)
    wanted = parser.parse_args()
    worklog, watson = harness.worklog(), harness.watson()
    with TemporaryDirectory(dir=harness.BUILD) as folder:
        where, _ = ten_years.fill(f"{folder}/worklog", wanted.segments)
        ten_years.fill_watson(Path(folder, "watson"))
        own = harness.plain(WORKLOG_HOME=f"{folder}/worklog")
        theirs = harness.plain(WATSON_DIR=f"{folder}/watson")
        programs = [
            harness.Program("python -c pass", [str(worklog / "python"), "-c", "pass"], own),
            harness.Program("worklog memo TEXT", [str(worklog / "worklog"), "memo", "review"], own),
            harness.Program("worklog pause", [str(worklog / "worklog"), "pause"], own),
            harness.Program("watson status", [str(watson / "watson"), "status"], theirs),
        ]
        with ten_years.tracked(where):
            times = harness.timed(programs, wanted.rounds)
        size = Path(where.database).stat().st_size / (1 << 20)
    print(f"{harness.machine()}; {wanted.segments:,} segments, {size:.0f} MiB")
    harness.table(times)
    is_quick = harness.verdict(
        "memo, of python -c pass",
        harness.ratio(times, "worklog memo TEXT", "python -c pass"),
        MOST_OF_PYTHON,
    )
    is_quicker = harness.verdict(
        "memo, of watson status",
        harness.ratio(times, "worklog memo TEXT", "watson status"),
        MOST_OF_WATSON,
    )
    return 0 if is_quick and is_quicker else 1


if __name__ == "__main__":
    sys.exit(main())
