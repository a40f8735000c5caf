"""How long fold and bill take: one slot, one week, a year; the work behind every seal.

A seal folds its slot and bills its week again, so the week is what a tracker feels.
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta
from random import Random
from statistics import median

import _harness as harness
import _ten_years as ten_years

from worklog.clock import SystemClock
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Terms
from worklog.domain.fold import fold
from worklog.domain.ids import ContractId
from worklog.domain.part import Part

SIZES = (("a slot", 1), ("a week", 240), ("a year", 12_480))
ACME = Contract(ContractId("c-acme"), "acme", terms=(Terms(weekly_limit=timedelta(hours=35)),))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    print(harness.machine())
    rng = Random(1)
    for name, count in SIZES:
        now = SystemClock().now()
        parts = [
            ten_years.made_up_part(slot, "d", ACME, rng) for slot in ten_years.slots(count, now)
        ]
        folds, bills = zip(*(_timed(parts) for _ in range(wanted.rounds)), strict=True)
        print(
            f"{name:<8} {count:>6} parts   fold {1000 * median(folds):8.2f} ms"
            f"   bill {1000 * median(bills):8.2f} ms"
        )


def _timed(parts: list[Part]) -> tuple[float, float]:
    began = time.perf_counter()
    segments = fold(parts, [])
    folded = time.perf_counter()
    bill(segments.values(), {ACME.contract_id: ACME})
    return folded - began, time.perf_counter() - folded


if __name__ == "__main__":
    main()
