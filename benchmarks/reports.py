"""Reports over ten years beside Watson, Timewarrior and hledger on the same time.

worklog's diary of 125,000 segments is exported to each of them (about 20,872 sessions), so
all four add up the same hours. Exits with 1 above a limit.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import _harness as harness
import _ten_years as ten_years

from worklog.clock import SystemClock

WEEK, YEARS = "worklog report week", "worklog report, ten years"
WATSON, TIMEW, LEDGER = "watson report, a week", "timew summary", "hledger balance"
LIMITS = ((WEEK, WATSON, 0.25), (YEARS, TIMEW, 0.25), (YEARS, LEDGER, 0.25))


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--segments", type=int, default=ten_years.SEGMENTS)
    wanted = parser.parse_args()
    for program in ("timew", "hledger"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed: `make test` installs it")
    worklog, watson = harness.worklog() / "worklog", harness.watson() / "watson"
    with TemporaryDirectory(dir=harness.BUILD) as name:
        folder = Path(name)
        ten_years.fill(f"{folder}/worklog", wanted.segments, is_tracking=False)
        own = harness.plain(WORKLOG_HOME=f"{folder}/worklog", TZ="UTC")
        export(worklog, own, folder)
        times = harness.timed(programs(worklog, watson, own, folder), wanted.rounds)
    print(f"{harness.machine()}; {wanted.segments:,} segments")
    harness.table(times)
    verdicts = [
        harness.verdict(f"{ours}, of {other}", harness.ratio(times, ours, other), limit)
        for ours, other, limit in LIMITS
    ]
    return 0 if all(verdicts) else 1


def export(worklog: Path, own: dict[str, str], folder: Path) -> None:
    """Give the others the same time."""
    for made in ("timew/data", "watson"):
        (folder / made).mkdir(parents=True)
    (folder / "timew/timewarrior.cfg").touch()
    (folder / "timew/data/tags.data").write_text("{}")
    for form, file in (
        ("timewarrior", "timew/data/2026-01.data"),
        ("watson", "watson/frames"),
        ("timeclock", "work.timeclock"),
    ):
        harness.run([str(worklog), "export", "-f", form, "-o", str(folder / file)], **own)


def programs(
    worklog: Path, watson: Path, own: dict[str, str], folder: Path
) -> list[harness.Program]:
    """Return what is compared."""
    today = SystemClock().now().date()
    monday, since = today - timedelta(days=today.weekday()), "2010-01-01"
    tomorrow = today + timedelta(days=1)
    week = f"report --from {monday} --to {today}"
    theirs = harness.plain(TIMEWARRIORDB=f"{folder}/timew", WATSON_DIR=f"{folder}/watson", TZ="UTC")
    ledger = ["hledger", "-f", f"{folder}/work.timeclock", "balance"]
    return [
        harness.Program(WEEK, [str(worklog), "report", "week"], own),
        harness.Program(WATSON, [str(watson), *week.split()], theirs),
        harness.Program(
            YEARS, [str(worklog), *f"report --from {since} --by contract".split()], own
        ),
        harness.Program(TIMEW, ["timew", "summary", since, "-", str(tomorrow)], theirs),
        harness.Program(LEDGER, ledger, theirs),
    ]


if __name__ == "__main__":
    sys.exit(main())
