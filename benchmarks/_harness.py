"""What the benchmarks share: an environment as a user has it, and timing in pairs.

worklog is built into a wheel and installed into an environment of its own, byte code
included; Watson into another one. Programs are started in turns, so that whatever else
the machine does hits all of them alike, and compared by their medians.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "benchmarks"
WATSON = "td-watson==2.1.0"


@dataclass(frozen=True)
class Program:
    """Something to start: its name in the table, its words, and what it finds around it."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]


def installed(name: str, packages: Sequence[str], *, stamp: str) -> Path:
    """Return the `bin` folder of the environment *name*, made where *stamp* is a new one."""
    folder, mark = BUILD / name, BUILD / f"{name}.stamp"
    if not mark.exists() or mark.read_text() != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "-q"]
        run([*pip, "install", "--upgrade", "pip"])
        run([*pip, "install", *packages])
        mark.write_text(stamp)
    return folder / "bin"


def worklog() -> Path:
    """Build the wheel of this checkout and return the `bin` folder it is installed in."""
    wheels = BUILD / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    run([sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "-w", str(wheels), str(ROOT)])
    (wheel,) = wheels.glob("*.whl")
    bin_folder = installed("worklog", [str(wheel)], stamp=wheel.name)
    pip = [str(bin_folder / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    run([*pip, "install", "--force-reinstall", "--no-deps", str(wheel)])
    return bin_folder


def watson() -> Path:
    """Return the `bin` folder that Watson is installed in."""
    return installed("watson", [WATSON, "setuptools<81"], stamp=WATSON)


def run(words: Sequence[str], **more: str) -> None:
    """Run *words*; show what they print only where they fail."""
    done = subprocess.run(words, capture_output=True, text=True, env=plain(**more), check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")


def plain(**more: str) -> dict[str, str]:
    """Return an environment without what makes Python slower or quicker than it is."""
    unwanted = ("PYTHON", "COVERAGE", "WORKLOG", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def timed(programs: Sequence[Program], rounds: int) -> dict[str, list[float]]:
    """Return the times of each of *programs* [s], started in turns *rounds* times."""
    times: dict[str, list[float]] = {program.name: [] for program in programs}
    for number in range(-2, rounds):  # the first two warm the caches of files
        for program in programs:
            began = time.perf_counter()
            done = subprocess.run(
                program.words,
                env=program.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            took = time.perf_counter() - began
            if done.returncode:
                sys.exit(f"{program.name} ended with {done.returncode}: {done.stderr.decode()}")
            if number >= 0:
                times[program.name].append(took)
    return times


def table(times: Mapping[str, Sequence[float]]) -> None:
    """Print median and middle half of each program."""
    for name, seconds in times.items():
        low, _, high = (1000 * value for value in quantiles(seconds, n=4))
        print(f"{name:<36} {1000 * median(seconds):8.1f} ms   ({low:.1f} to {high:.1f})")


def ratio(times: Mapping[str, Sequence[float]], one: str, other: str) -> float:
    """Return how long *one* takes of what *other* takes: the median over pairs."""
    return median(a / b for a, b in zip(times[one], times[other], strict=True))


def verdict(what: str, found: float, limit: float) -> bool:
    """Print how *found* compares with *limit*; return whether it is within."""
    is_within = found <= limit
    print(f"{what:<52} {found:6.2f}   limit {limit:.2f}   {'ok' if is_within else 'TOO MUCH'}")
    return is_within


def machine() -> str:
    """Return this machine in a line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )
