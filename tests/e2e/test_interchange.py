"""Files of other time trackers, held to the programs: timew, watson, ledger and hledger.

Every total is compared to the second, in both directions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.cli import Desk

WATSON: Final = Path(sys.executable).with_name("watson")
BERLIN: Final = {"TZ": "Europe/Berlin"}
HARD: Final = 'a "quoted" \\ memo, with #hash; a comma, 日本語 and مرحبا'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture
def diary(desk: Desk) -> dict[str, int]:
    """Fill a diary with odd seconds, hard words, two contracts and a clock change."""
    acme = desk.contract("acme", labels=("dev", "deep work"))
    globex = desk.contract("Globex Inc")
    desk.track(acme, "2026-11-18 23:40", count=5, memo=HARD, label="deep work")
    desk.track(acme, "2026-11-19 09:03:17", count=3, seconds=371)
    desk.track(acme, "2026-11-19 10:00", count=6, memo="review", label="dev")
    desk.track(globex, "2026-11-19 11:10:01", seconds=433, memo="")
    desk.track(globex, "2026-10-25 00:30", count=24, memo="over the hour that comes twice")
    desk.track(acme, "2026-03-29 01:40", count=5, memo="over the hour that is missing")
    assert desk.run("add", "2026-11-19 14:00-15:30", "-c", "acme", "-m", "a call").status == 0
    return totals_of(desk)


def totals_of(desk: Desk) -> dict[str, int]:
    """Return the worked seconds of each contract, as the diary has them."""
    found: Counter[str] = Counter()
    for row in desk.json("diary", "--from", "2026-01-01", "--to", "2026-11-20")["segments"]:
        manual = row["bill"]["seconds"] if row["origin"] != "tracked" else 0
        found[row["contract"]] += row["tracked_seconds"] or manual
    return dict(found)


def exported(desk: Desk, form: str, file: Path) -> Path:
    desk.ok("export", "--format", form, "-o", str(file))
    return file


def ran(*words: str | Path, **environ: str) -> str:
    done = subprocess.run(
        words,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environ},
        capture_output=True,
        text=True,
        check=False,
        input="",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def hledger(file: Path) -> dict[str, int]:
    """Return the seconds of each account, exactly as hledger has them."""
    words = ("hledger", "-f", file, "balance", "--flat", "-O", "json")
    rows, _ = json.loads(ran(*words, **BERLIN))
    found = {}
    for name, _, _, amounts in rows:
        (amount,) = amounts
        quantity = amount["aquantity"]
        hours = Decimal(quantity["decimalMantissa"]).scaleb(-quantity["decimalPlaces"])
        found[name] = round(hours * 3600)
    return found


def ledger(file: Path) -> dict[str, int]:
    """Return the seconds of each account, as ledger has them."""
    form = "%(account)|%(quantity(amount))\\n"
    found: Counter[str] = Counter()
    words = ("ledger", "-f", file, "--base", "register", "--format", form)
    for line in ran(*words, **BERLIN).splitlines():
        account, _, seconds = line.rpartition("|")
        found[account] += int(seconds)
    return dict(found)


def by_top(accounts: dict[str, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, seconds in accounts.items():
        found[name.partition(":")[0]] += seconds
    return dict(found)


def test_ledger_reads_our_timeclock_to_the_second(
    desk: Desk, diary: dict[str, int], tmp_path: Path
) -> None:
    accounts = ledger(exported(desk, "timeclock", tmp_path / "work.timeclock"))

    assert by_top(accounts) == diary
    assert accounts["acme:deep work"] == 5 * 600


def test_hledger_reads_our_journal_to_the_second(
    desk: Desk, diary: dict[str, int], tmp_path: Path
) -> None:
    odd = desk.contract("Odd (name) [x]; y")
    for at, memo in (("16:00", "* star"), ("16:10", "(code) x"), ("16:20", "=2026-01-01 y; z")):
        desk.track(odd, f"2026-11-19 {at}", seconds=7, memo=memo)

    file = exported(desk, "hledger", tmp_path / "work.journal")

    assert by_top(hledger(file)) == diary | {"Odd {name} {x}, y": 21}
    words = ran("hledger", "-f", file, "descriptions", **BERLIN).splitlines()
    assert {"* star", "(code) x", "=2026-01-01 y, z"} <= set(words)


def test_hledger_reads_our_timeclock_as_finely_as_it_can(
    desk: Desk, diary: dict[str, int], tmp_path: Path
) -> None:
    """hledger rounds each pair to 0.01 h, which is 36 s; it is right about every one of them."""
    file = exported(desk, "timeclock", tmp_path / "work.timeclock")

    accounts = hledger(file)

    wanted: Counter[str] = Counter()
    for account, seconds in pairs_of(file):
        wanted[account] += rounded(seconds)
    assert accounts == dict(wanted)
    assert sum(seconds for _, seconds in pairs_of(file)) == sum(diary.values())


def pairs_of(file: Path) -> list[tuple[str, int]]:
    """Return account and seconds of each pair of lines, by local time."""
    lines = file.read_text().splitlines()
    found = []
    for begin, end in zip(lines[::2], lines[1::2], strict=True):
        start, stop = (
            datetime.fromisoformat(line[2:21].replace("/", "-")) for line in (begin, end)
        )
        found.append((begin[22:].partition("  ")[0], round((stop - start).total_seconds())))
    return found


def _local(line: str) -> datetime:
    return datetime.fromisoformat(line[2:21].replace("/", "-"))


def rounded(seconds: int) -> int:
    """Return *seconds* as hledger has them: a multiple of 36."""
    hours = (Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return int(hours * 3600)


def test_a_timeclock_comes_in_and_out_equal(tmp_path: Path) -> None:
    """But for the night with the hour that comes twice, which ledgers take for two hours."""
    theirs = tmp_path / "theirs.timeclock"
    theirs.write_text(
        "i 2026/11/16 09:00:00 acme:web:login  first try\n"
        "o 2026/11/16 10:30:15\n"
        "; a comment\n"
        "i 2026/11/16 10:30:15 acme\n"
        "o 2026/11/16 11:00:00\n"
        "i 2026/11/16 23:00:00 some account  night shift\n"
        "o 2026/11/17 01:00:01\n"
        "i 2026/10/25 01:30:00 globex  the hour twice\n"
        "o 2026/10/25 03:30:00\n"
    )
    desk = Desk(tmp_path / "home")

    desk.ok("import", str(theirs), "--write")
    ours = exported(desk, "timeclock", tmp_path / "ours.timeclock")

    assert ledger(ours) == ledger(theirs) | {"globex": 3 * 3600}
    assert hledger(ours) == hledger(theirs) | {"globex": 3 * 3600}
    assert "Nothing comes in" in desk.ok("import", str(ours), "--write")


# --- Timewarrior ------------------------------------------------------------------------


class Timew:
    """A Timewarrior with a database of its own."""

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir(parents=True)
        (folder / "timewarrior.cfg").touch()
        (folder / "data" / "tags.data").write_text("{}")
        self.folder = folder

    def run(self, *words: str) -> str:
        return ran("timew", *words, TIMEWARRIORDB=str(self.folder), **BERLIN)

    def intervals(self) -> list[dict[str, Any]]:
        """Return what `timew export` says, without the numbers that it makes up."""
        found = json.loads(self.run("export"))
        return [{key: value for key, value in one.items() if key != "id"} for one in found]

    def totals(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for one in self.intervals():
            found[self.contract(one["tags"])] += round(
                (_compact(one["end"]) - _compact(one["start"])).total_seconds()
            )
        return dict(found)

    @staticmethod
    def contract(tags: list[str]) -> str:
        return "acme" if "acme" in tags else "Globex Inc"


def _compact(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def test_timew_reads_our_export_to_the_second(
    desk: Desk, diary: dict[str, int], tmp_path: Path
) -> None:
    timew = Timew(tmp_path / "timew")
    exported(desk, "timewarrior", timew.folder / "data" / "2026-11.data")

    assert timew.totals() == diary
    summary = timew.run("summary", "2026-01-01", "-", "2026-11-20").split()[-1]
    hours, minutes, seconds = (int(part) for part in summary.split(":"))
    assert timedelta(hours=hours, minutes=minutes, seconds=seconds) == timedelta(
        seconds=sum(diary.values())
    )
    notes = {one.get("annotation") for one in timew.intervals()}
    assert HARD in notes


def test_an_export_of_timew_comes_in_and_out_equal(tmp_path: Path) -> None:
    theirs = Timew(tmp_path / "theirs")
    theirs.run("track", "2026-11-16T09:00:00", "-", "2026-11-16T09:59:30", "acme", "deep work", "x")
    theirs.run("track", "2026-11-16T09:59:30", "-", "2026-11-16T10:00:00", "acme", "deep work", "x")
    theirs.run("track", "2026-10-25T00:30:00Z", "-", "2026-10-25T01:30:00Z", 'q"uote', "zebra")
    theirs.run("track", "2026-11-17T22:00:00", "-", "2026-11-18T02:00:01", "solo")
    theirs.run("annotate", "@1", 'a "note" with # and 日本')
    file = tmp_path / "theirs.json"
    file.write_text(theirs.run("export"))
    desk = Desk(tmp_path / "home")

    desk.ok("import", str(file), "--write")
    ours = Timew(tmp_path / "ours")
    exported(desk, "timewarrior", ours.folder / "data" / "2026-11.data")

    assert ours.intervals() == theirs.intervals()


# --- Watson -----------------------------------------------------------------------------


class Watson:
    """A Watson with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder

    @property
    def frames(self) -> Path:
        return self.folder / "frames"

    def run(self, *words: str) -> str:
        return ran(WATSON, *words, WATSON_DIR=str(self.folder), **BERLIN)

    def totals(self) -> dict[str, int]:
        report = json.loads(
            self.run("report", "--from", "2026-01-01", "--to", "2026-11-20", "--json")
        )
        return {one["name"]: round(one["time"]) for one in report["projects"]}

    def log(self) -> list[tuple[object, ...]]:
        """Return its frames without their ids, by start."""
        log = json.loads(self.run("log", "--from", "2026-01-01", "--to", "2026-11-20", "--json"))
        return sorted((one["start"], one["stop"], one["project"], one["tags"]) for one in log)


def test_watson_reads_our_export_to_the_second(
    desk: Desk, diary: dict[str, int], tmp_path: Path
) -> None:
    watson = Watson(tmp_path / "watson")
    exported(desk, "watson", watson.frames)

    assert watson.totals() == diary


def test_watson_merges_our_export_into_its_own(
    desk: Desk, diary: dict[str, int], tmp_path: Path
) -> None:
    """`watson merge` knows a frame by its id: the second merge brings nothing."""
    watson = Watson(tmp_path / "watson")
    file = exported(desk, "watson", tmp_path / "ours.json")

    watson.run("merge", str(file), "--force")
    watson.run("merge", str(file), "--force")

    assert watson.totals() == diary


def test_frames_of_watson_come_in_and_out_equal(tmp_path: Path) -> None:
    theirs = Watson(tmp_path / "theirs")
    for start, end, words in (
        ("2026-11-16 09:00:00", "2026-11-16 09:59:30", ("acme", "+deep work", "+b", "+a")),
        ("2026-11-16 09:59:30", "2026-11-16 10:10:00", ("acme", "+deep work", "+b", "+a")),
        ("2026-11-17 22:00:00", "2026-11-18 02:00:01", ("Globex Inc",)),
        ("2026-03-29 01:30:00", "2026-03-29 03:30:00", ("acme", '+q"uote')),
    ):
        theirs.run("add", "--from", start, "--to", end, *words)
    desk = Desk(tmp_path / "home")

    desk.ok("import", str(theirs.frames), "--write")
    ours = Watson(tmp_path / "ours")
    exported(desk, "watson", ours.frames)

    assert ours.log() == theirs.log()
    assert ours.totals() == theirs.totals()


# --- Ourselves --------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "json", "activitywatch"])
def test_our_own_formats_come_into_another_diary_whole(
    desk: Desk, diary: dict[str, int], form: str, tmp_path: Path
) -> None:
    file = exported(desk, form, tmp_path / f"diary.{form}")
    other = Desk(tmp_path / "other")

    other.ok("import", str(file), "--write")

    assert totals_by_stretch(other) == diary
    assert words(other) == words(desk)
    assert "came in before" in other.ok("import", str(file), "--write")


def totals_by_stretch(desk: Desk) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in desk.json("export")["stretches"]:
        found[one["contract"]] += one["seconds"]
    return dict(found)


def words(desk: Desk) -> list[tuple[str, ...]]:
    names = ("start", "end", "contract", "label", "memo")
    return [tuple(one[name] for name in names) for one in desk.json("export")["stretches"]]
