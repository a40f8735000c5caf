"""The RECORD reader on a real X server: what it costs, what it survives, what it knows."""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from pathlib import Path

from tests.support.effort import is_long
from tests.support.until import until
from tests.support.x11 import open_files, python, xdotool, xvfb
from worklog.app.listening import Listener
from worklog.app.open_part import Seen
from worklog.capture.x11_input import XRecordInput
from worklog.clock import SystemClock

# A server killed and started again: 0.15 s each.
CYCLES = 50 if is_long() else 5


def _has_keys(way: XRecordInput, keys: int) -> bool:
    return way.read().keys == keys


def _is_revived(way: XRecordInput) -> bool:
    way.start()
    return way.read().is_alive


def _cpu_s() -> float:
    return time.process_time()


def test_f41_killing_the_server_again_and_again_leaves_no_thread_and_no_file_behind() -> None:
    threads = set(threading.enumerate())
    with xvfb((320, 200)) as server:
        way = XRecordInput(server.environ)
        way.start()
        files = open_files()
        for cycle in range(1, CYCLES + 1):
            server.kill()
            until(lambda: not way.read().is_alive)
            way.start()
            assert server.start()
            way.start()
            xdotool(server, "key", "a", "b")
            until(partial(_has_keys, way, 2 * cycle))
            assert open_files() <= files
        way.stop()

    assert set(threading.enumerate()) == threads


def test_f42_a_listener_that_died_unheard_is_revived_and_what_it_missed_is_unknown() -> None:
    clock = SystemClock()
    with xvfb((320, 200)) as server:
        way = XRecordInput(server.environ)
        listener = Listener(clock, way)
        listener.start()
        xdotool(server, "key", "a")
        until(lambda: _has_keys(way, 1))
        assert listener.seen() == Seen(1, 0, 0, 1)

        _kill_the_thread_of(way)
        died_ns = clock.boot_ns()
        xdotool(server, "key", "b")
        assert listener.seen() is None
        until(lambda: way.read().is_alive and listener.seen() is not None)
        revived_ns = clock.boot_ns()
        xdotool(server, "key", "c")
        until(lambda: _has_keys(way, 2))
        seen = listener.seen()
        listener.stop()

    assert revived_ns - died_ns < 5_000_000_000
    assert seen == Seen(1, 0, 0, 1)


def _kill_the_thread_of(way: XRecordInput) -> None:
    """Let its connection break off, as a server does that throws a client out."""
    assert way._listener is not None
    assert way._listener._connection is not None
    way._listener._connection.shut()
    way._listener.join(10)
    assert not way.read().is_alive


def test_f42_a_frozen_server_neither_hangs_start_nor_stop() -> None:
    threads = set(threading.enumerate())
    with xvfb((320, 200)) as server:
        listening = XRecordInput(server.environ)
        listening.start()
        server.freeze()
        waiting = XRecordInput(server.environ)
        waiting.start()
        waiting.start()
        is_alive = waiting.read().is_alive
        listening.stop()
        waiting.stop()
        until(lambda: set(threading.enumerate()) == threads)
        server.thaw()

    assert not is_alive


def test_f42_it_begins_by_itself_once_a_frozen_server_goes_on() -> None:
    with xvfb((320, 200)) as server:
        way = XRecordInput(server.environ)
        server.freeze()
        way.start()
        server.thaw()
        until(lambda: way.read().is_alive)
        xdotool(server, "key", "a")
        until(lambda: way.read().keys == 1)
        way.stop()


def test_f42_a_server_without_record_is_said_as_such() -> None:
    with xvfb((320, 200), "-extension", "RECORD") as server:
        way = XRecordInput(server.environ)
        way.start()
        seen = way.read()
        reason = way.unavailable_reason()
        way.stop()

    assert reason == "the X server has no RECORD extension"
    assert not seen.is_alive


def test_f42_a_full_server_is_survived() -> None:
    """No place for another client is a failure like any other."""
    with xvfb((320, 200), "-maxclients", "64") as server:
        others = []
        while (other := XRecordInput(server.environ)).unavailable_reason() is None:
            other.start()
            others.append(other)
        way = XRecordInput(server.environ)
        way.start()
        seen, reason = way.read(), way.unavailable_reason()
        others.pop().stop()
        until(partial(_is_revived, way))
        for each in (*others, way):
            each.stop()

    assert not seen.is_alive
    assert reason is not None
    assert "maximum number of clients" in reason.lower()


def test_twenty_thousand_pointer_moves_cost_next_to_nothing() -> None:
    words = [word for n in range(20_000) for word in ("mousemove", str(n % 320), str(n % 200))]
    with xvfb((320, 200)) as server:
        way = XRecordInput(server.environ)
        way.start()
        for at in range(0, len(words), 12_000):
            xdotool(server, "mousemove", "0", "0")
            before = _cpu_s()
            _xdotool_outside(server.environ, words[at : at + 12_000])
            cost = _cpu_s() - before
            assert cost < 0.1
        xdotool(server, "key", "a")
        until(lambda: way.read().keys == 1)
        seen = way.read()
        way.stop()

    assert seen.events == 1


def _xdotool_outside(environ: dict[str, str], words: list[str]) -> None:
    """Run xdotool with as little work in this process as can be."""
    waited = os.spawnvpe(os.P_WAIT, "xdotool", ["xdotool", *words], environ)
    assert waited == 0


def test_an_idle_listener_takes_no_time() -> None:
    with xvfb((320, 200)) as server:
        way = XRecordInput(server.environ)
        way.start()
        before = _cpu_s()
        threading.Event().wait(0.5)
        cost = _cpu_s() - before
        way.stop()

    assert cost < 0.02


def test_t18_what_was_typed_is_nowhere_in_memory() -> None:
    """T18: typed canaries leave no trail of key codes behind, here or in a core dump."""
    with xvfb((320, 200)) as server:
        result = python(
            server.environ,
            f"""
import os, subprocess, sys
sys.path.insert(0, {str(Path.cwd())!r})
from tests.support.effort import is_long
from tests.support.until import until
from worklog.app.listening import Listener
from worklog.app.open_part import Seen
from worklog.capture.x11_input import XRecordInput
from worklog.clock import SystemClock

way = XRecordInput(os.environ)
way.start()
subprocess.run(["xdotool", "key", "--delay", "0"] + ["x"] * 300, check=True)
until(lambda: way.read().keys == 300)
way.stop()

# A key release event as it was on the wire: type 3, key code 53 of `x`, XTEST's zeros after it.
needle = bytes([3, 53])
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, mode = line.split()[:2]
        if not mode.startswith("rw") or "[v" in line:
            continue
        start, end = (int(edge, 16) for edge in span.split("-"))
        memory.seek(start)
        data = memory.read(end - start)
        # In the stream, an event follows each 32 bytes of a header that begins with 1, 1.
        at = data.find(needle)
        while at >= 0:
            found += at >= 32 and data[at - 32 : at - 30] == bytes([1, 1])
            at = data.find(needle, at + 1)
print(found)
""",
        )

    assert (result.returncode, result.stderr) == (0, "")
    assert int(result.stdout) <= 1
