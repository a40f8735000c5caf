"""Hooks run, are told what happened, and disturb nothing."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.snapshots import SNAPSHOT
from tests.support.until import until
from worklog.app.events import Event, EventKind
from worklog.cli.hooks import QUEUE_LENGTH, Hook, Hooks, HookTrouble
from worklog.clock import SystemClock

AT = datetime(2026, 11, 19, 10, 40, tzinfo=UTC)


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Hooks]:
    hooks = Hooks(tmp_path, limit_s=5.0)
    yield hooks
    hooks.close()
    assert [t for t in threading.enumerate() if t.name == "hooks"] == []


def write(folder: Path, hook: Hook, script: str, *, mode: int = 0o755) -> Path:
    path = folder / hook
    path.write_text(script)
    path.chmod(mode)
    return path


def test_a_hook_gets_one_json_object_on_standard_input(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.SEAL, "#!/bin/sh\ncat > got\n")

    hooks.fire(Hook.SEAL, {"part": "p1", "at": AT, "memo": "naïve\nmemo"})
    hooks.close()

    assert (tmp_path / "got").read_text().endswith("}\n")
    assert json.loads((tmp_path / "got").read_text()) == {
        "schema": 1,
        "event": "seal",
        "part": "p1",
        "at": "2026-11-19T10:40:00Z",
        "memo": "naïve\nmemo",
    }
    assert hooks.troubles() == []


@pytest.mark.parametrize(
    ("kind", "facts", "hook"),
    [
        (EventKind.STARTED, {}, Hook.START),
        (EventKind.STOPPED, {}, Hook.STOP),
        (EventKind.CAPTURED, {}, Hook.CAPTURE),
        (EventKind.NOT_CAPTURED, {"state": "denied"}, Hook.CAPTURE),
        (EventKind.SEALED, {}, Hook.SEAL),
        (EventKind.PAUSED, {"reason": "idle"}, Hook.IDLE),
        (EventKind.PAUSED, {"reason": "lock"}, None),
        (EventKind.MEMO, {"memo": "x"}, None),
    ],
)
def test_each_event_has_its_hook_or_none(
    tmp_path: Path, hooks: Hooks, kind: EventKind, facts: dict[str, str], hook: Hook | None
) -> None:
    for each in Hook:
        write(tmp_path, each, '#!/bin/sh\ncat > "$(basename "$0").got"\n')

    hooks.event(Event(kind, AT, "It happened.", facts))
    hooks.tick(SNAPSHOT)
    hooks.close()

    got = {path.name: json.loads(path.read_text()) for path in tmp_path.glob("*.got")}
    document = {"at": "2026-11-19T10:40:00Z", "message": "It happened.", "schema": 1}
    wanted = {} if hook is None else {**facts, **document, "event": hook.removeprefix("on-")}
    assert got == ({} if hook is None else {f"{hook}.got": wanted})


def test_hooks_run_one_after_the_other_in_order(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.SEAL, "#!/bin/sh\ncat >> got\n")

    for number in range(5):
        hooks.fire(Hook.SEAL, {"number": number})
    hooks.close()

    lines = (tmp_path / "got").read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [0, 1, 2, 3, 4]


def test_without_a_hook_no_thread_is_started(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path / "none")

    hooks.fire(Hook.START, {})

    assert [t for t in threading.enumerate() if t.name == "hooks"] == []
    assert hooks.troubles() == []
    hooks.close()


def test_a_failing_hook_is_reported_by_name_and_status_only(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.STOP, "#!/bin/sh\ncat; cat >&2; exit 7\n")

    hooks.fire(Hook.STOP, {"memo": "canary"})
    hooks.close()

    assert hooks.troubles() == [
        HookTrouble(Hook.STOP, "failed", "hook on-stop failed with exit status 7")
    ]
    assert hooks.troubles() == []


def test_a_hook_that_dies_of_a_signal_says_which(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.STOP, "#!/bin/sh\nkill -TERM $$\n")

    hooks.fire(Hook.STOP, {})
    hooks.close()

    assert [t.message for t in hooks.troubles()] == ["hook on-stop was ended by signal 15"]


def test_a_slow_hook_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, limit_s=1.0)
    write(tmp_path, Hook.START, "#!/bin/sh\ntrap '' TERM\nsleep 600 & echo $! > child\nwait\n")

    hooks.fire(Hook.START, {})
    hooks.close()

    assert [t.message for t in hooks.troubles()] == ["hook on-start took over 1 s and was killed"]
    child = int((tmp_path / "child").read_text())
    until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_what_a_hook_leaves_in_the_background_goes_on(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.START, "#!/bin/sh\nsleep 600 & echo $! > child\n")

    hooks.fire(Hook.START, {})
    hooks.close()

    child = int((tmp_path / "child").read_text())
    assert is_running(child)
    os.kill(child, signal.SIGKILL)
    assert hooks.troubles() == []


def test_a_hook_that_does_not_read_is_no_failure(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.SEAL, "#!/bin/sh\nexit 0\n")

    hooks.fire(Hook.SEAL, {"memo": "x" * 1_000_000})
    hooks.close()

    assert hooks.troubles() == []


def test_a_hook_that_prints_without_end_fills_no_memory(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, limit_s=0.2)
    write(tmp_path, Hook.SEAL, "#!/bin/sh\nexec yes\n")

    hooks.fire(Hook.SEAL, {})
    hooks.close()

    assert [t.code for t in hooks.troubles()] == ["too-slow"]


def test_firing_never_waits_for_a_slow_hook(tmp_path: Path) -> None:
    """The queue is bounded: what does not fit is left out, and said."""
    hooks = Hooks(tmp_path, limit_s=60)
    write(tmp_path, Hook.SEAL, "#!/bin/sh\nexec sleep 600\n")
    clock = SystemClock()

    before_ns = clock.boot_ns()
    for _ in range(QUEUE_LENGTH + 10):
        hooks.fire(Hook.SEAL, {})
    took_ms = (clock.boot_ns() - before_ns) / 1e6
    hooks.close(patience_s=0.1)

    assert took_ms < 1000
    assert {t.code for t in hooks.troubles()} <= {"too-many", "failed"}


def test_closing_kills_what_is_still_running(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, limit_s=60)
    write(tmp_path, Hook.STOP, "#!/bin/sh\necho $$ > pid.new; mv pid.new pid\nexec sleep 600\n")
    hooks.fire(Hook.STOP, {})
    hooks.fire(Hook.STOP, {})
    until((tmp_path / "pid").exists)

    hooks.close(patience_s=0.05)

    pid = int((tmp_path / "pid").read_text())
    assert not is_running(pid)
    assert [t.message for t in hooks.troubles()] == ["hook on-stop was ended by signal 9"]


def test_after_closing_nothing_is_called(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.SEAL, "#!/bin/sh\ntouch got\n")
    hooks.close()

    hooks.fire(Hook.SEAL, {})

    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize(
    ("script", "mode", "code"),
    [
        ("#!/bin/sh\n", 0o644, "not-executable"),
        ("#!/bin/sh\n", 0o757, "unsafe"),
        ("\x00\x01garbage", 0o755, "cannot-run"),
        ("#!/nowhere/interpreter\n", 0o755, "cannot-run"),
        ("", 0o755, "cannot-run"),
    ],
    ids=["not executable", "writable by all", "garbage", "no interpreter", "empty"],
)
def test_what_cannot_be_run_is_said_and_nothing_else_happens(
    tmp_path: Path, hooks: Hooks, script: str, mode: int, code: str
) -> None:
    write(tmp_path, Hook.SEAL, script, mode=mode)

    hooks.fire(Hook.SEAL, {})
    hooks.close()

    assert [t.code for t in hooks.troubles()] == [code]


def test_what_lasts_is_said_once(tmp_path: Path, hooks: Hooks) -> None:
    write(tmp_path, Hook.SEAL, "#!/bin/sh\n", mode=0o644)

    hooks.fire(Hook.SEAL, {})
    hooks.fire(Hook.SEAL, {})
    hooks.close()

    message = "hook on-seal is not called: it is not executable (chmod +x on-seal)"
    assert [t.message for t in hooks.troubles()] == [message]


def test_a_folder_and_a_dangling_link_are_no_hooks(tmp_path: Path, hooks: Hooks) -> None:
    (tmp_path / Hook.SEAL).mkdir()
    (tmp_path / Hook.STOP).symlink_to("nowhere")

    hooks.fire(Hook.SEAL, {})
    hooks.fire(Hook.STOP, {})
    hooks.close()

    assert [t.code for t in hooks.troubles()] == ["not-executable", "cannot-run"]


def test_a_hook_that_vanishes_before_it_is_run_is_forgotten(tmp_path: Path, hooks: Hooks) -> None:
    first = write(tmp_path, Hook.START, "#!/bin/sh\nrm on-seal\n")
    write(tmp_path, Hook.SEAL, "#!/bin/sh\ntouch got\n")

    hooks.fire(Hook.START, {})
    hooks.fire(Hook.SEAL, {})
    hooks.close()

    assert first.exists()
    assert not (tmp_path / "got").exists()
    assert [t.code for t in hooks.troubles()] == ["cannot-run"]
