"""How long looking takes on ten years of work: `status`, `diary`, `report`, `--help`.

Beside Watson's nearest commands, on its own ten years. Nothing here has a limit; the
figures are for the README and for whoever makes one of them slower.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import _harness as harness
import _ten_years as ten_years

PAIRS = (("status", "status"), ("diary", "log"), ("report week", "report"), ("--help", "--help"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--segments", type=int, default=ten_years.SEGMENTS)
    wanted = parser.parse_args()
    worklog, watson = harness.worklog() / "worklog", harness.watson() / "watson"
    with TemporaryDirectory(dir=harness.BUILD) as folder:
        where, _ = ten_years.fill(f"{folder}/worklog", wanted.segments)
        ten_years.fill_watson(Path(folder, "watson"))
        own = harness.plain(WORKLOG_HOME=f"{folder}/worklog")
        theirs = harness.plain(WATSON_DIR=f"{folder}/watson")
        programs = []
        for ours, other in PAIRS:
            programs += [
                harness.Program(f"worklog {ours}", [str(worklog), *ours.split()], own),
                harness.Program(f"watson {other}", [str(watson), *other.split()], theirs),
            ]
        with ten_years.tracked(where):
            times = harness.timed(programs, wanted.rounds)
    print(f"{harness.machine()}; {wanted.segments:,} segments")
    harness.table(times)
    for ours, other in PAIRS:
        share = harness.ratio(times, f"worklog {ours}", f"watson {other}")
        print(f"{ours} takes {share:.2f} of watson {other}")


if __name__ == "__main__":
    main()
