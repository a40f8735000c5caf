"""Every way that worklog knows is in the table of the README, held to something or not."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.architecture.source import ROOT
from tests.contract.ways import FAKE, LINUX, MACOS, SUITES, WAYS, WINDOWS
from tests.support.fake_macos import FakeMac
from tests.support.fake_windows import FakeWindowsSystem
from tests.support.fakes import FakeClock
from tests.support.ways_table import PORTS, README, promises_of
from worklog.capture import select
from worklog.capture.camera import PyAvCamera
from worklog.capture.macos_ways import on_macos
from worklog.capture.select import Candidate, candidates, terminal_lines
from worklog.capture.windows_ways import on_windows

CLOCK = FakeClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


def _named(system: str, found: Iterable[Candidate]) -> set[tuple[str, str, str]]:
    return {(system, each.port, each.name) for each in found}


def test_every_way_of_every_system_is_listed_and_no_other() -> None:
    lines = io.StringIO()
    terminal = terminal_lines(lines)
    known = {
        *_named(LINUX, candidates({}, clock=CLOCK, stream=lines)),
        *_named(MACOS, [*on_macos(FakeMac(), {}), terminal]),
        *_named(WINDOWS, [*on_windows(FakeWindowsSystem(), {}), terminal]),
        (LINUX, "camera", PyAvCamera.name),
    }

    assert {(way.system, way.port, way.name) for way in WAYS} == known
    assert len(WAYS) == len(known)
    assert (*select.PORTS, "camera") == PORTS


def test_every_way_has_its_line_in_the_readme() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()

    for way in WAYS:
        cells = f"| `{way.name}` | {way.serves} |"
        assert len([line for line in lines if cells in line]) >= 1, cells


def test_what_is_held_to_something_is_a_way_or_a_fake() -> None:
    ways = {(way.system, way.port, way.name) for way in WAYS}
    stands = [stand for stands in SUITES.values() for stand in stands if stand.way != FAKE]

    assert {(stand.system, stand.port, stand.way) for stand in stands} <= ways


def test_every_suite_of_a_way_is_listed_and_has_promises_and_cases_of_its_own() -> None:
    folder = ROOT / "tests" / "contract"
    files = [*folder.glob("test_*_way.py"), *folder.glob("test_desktop_*.py")]

    assert set(SUITES) == {path.stem for path in files}
    for suite, stands in SUITES.items():
        assert promises_of(suite), suite
        assert len({stand.case for stand in stands}) == len(stands), suite
