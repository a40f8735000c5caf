"""A worker in a process of its own, killed at a named step: for tests of what it leaves.

    python -m tests.service.dying_worker DATA DATABASE OBJECTS INSTANT RULE CHORE

RULE is one of `tests.entry.failing`; DATABASE and OBJECTS may be empty.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from tests.entry.failing import handler
from tests.support.cache_values import FixedClock
from worklog.failpoints import install
from worklog.service.chores import CHORES, Worker
from worklog.service.service import Service
from worklog.service.settings import Settings


def main() -> None:
    data, database, objects, instant, rule, chore = sys.argv[1:]
    settings = Settings(Path(data), database=database, objects=objects)
    service = Service.open(settings, clock=FixedClock(datetime.fromisoformat(instant)))
    install(handler(rule))
    Worker(service, {chore: CHORES[chore]}).run_due()


if __name__ == "__main__":
    main()
