"""Real `worklog serve` processes: started, pushed to, run side by side, killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import ACME, Backend
from tests.service.test_parts import check_materialised, segments
from tests.service.tracker import Tracker, account, later, png, proves, receipt
from worklog.clock import SystemClock
from worklog.domain.evidence import Record
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, diary, evidence
from worklog.wire.reader import Reader
from worklog.wire.sync.receipts import ReceiptOf

ADDRESS = re.compile(r"answers on (http://127\.0\.0\.1:\d+)")


@dataclass
class Worker:
    """One `worklog serve`."""

    process: subprocess.Popen[str]
    address: str
    words: str

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(backend: Backend, *options: str) -> Iterator[Worker]:
    words = ["serve", "--port", "0", "--data", str(backend.settings.data), *options]
    secret = {
        "WORKLOG_SERVICE_DATABASE": backend.settings.database,
        "WORKLOG_SERVICE_OBJECTS": backend.settings.objects,
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("worklog"), *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **backend.environ, **{n: v for n, v in secret.items() if v}},
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    found = ADDRESS.search(lines[0])
    assert found, lines
    try:
        yield Worker(process, found[1], lines[0])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def here(backend: Backend) -> Iterator[Service]:
    """The same service in this process, by the real clock."""
    opened = Service.open(backend.settings, clock=SystemClock())
    yield opened
    opened.close()


def test_a_part_is_pushed_to_worklog_serve(here: Service, backend: Backend) -> None:
    """The whole way: a process, raw HTTP, a device's signature, a receipt that verifies."""
    ann = account(here, "ann", ACME)
    start = SystemClock().now() - timedelta(hours=1)
    with serving(backend) as worker, httpx.Client(base_url=worker.address, timeout=60) as web:
        tracker = Tracker(ann, web)
        part = tracker.part(start, pictures=(png(),))
        record = tracker.seal(part)

        answer = tracker.put(record)
        picture = tracker.put_picture(part, 0, png())

        assert (answer.status_code, picture.status_code) == (201, 201)
        assert proves(here, receipt(answer), ReceiptOf.PART, part.part_id, record.digest)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(30) == 0
    assert [memo for _, memo, _, _ in segments(here, ann)] == ["writing"]


def test_the_first_start_shows_a_link_that_works_once(backend: Backend) -> None:
    with serving(backend) as worker:
        assert worker.process.stdout is not None
        worker.process.stdout.readline()
        first = worker.process.stdout.readline()
    with serving(backend) as worker:
        assert worker.process.stdout is not None
        worker.process.stdout.readline()
        second = worker.process.stdout.readline()
    assert "/setup?code=" in first
    assert "/setup?code=" in second
    assert first.split("code=")[1] != second.split("code=")[1]


def test_two_workers_take_the_same_parts_once(here: Service, backend: Backend) -> None:
    """F56: eight threads push everything to both workers, in other orders."""
    ann = account(here, "ann", ACME)
    start = SystemClock().now() - timedelta(days=2)
    with (
        serving(backend) as one,
        serving(backend) as two,
        httpx.Client(base_url=one.address, timeout=60) as first,
        httpx.Client(base_url=two.address, timeout=60) as second,
    ):
        trackers = [Tracker(ann, first), Tracker(ann, second)]
        parts = [trackers[0].part(later(start, 10 * n), pictures=(png(),)) for n in range(30)]
        records = [trackers[0].seal(part) for part in parts]
        jobs = [(trackers[0], record) for record in records]
        jobs += [(trackers[1], record) for record in reversed(records)]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda job: job[0].put(job[1]), jobs))
            pictures = list(
                pool.map(
                    lambda job: job[0].put_picture(job[1], 0, png()),
                    [(tracker, part) for part in parts for tracker in trackers],
                )
            )

    assert sorted(answer.status_code for answer in answers) == [200] * 30 + [201] * 30
    assert sorted(answer.status_code for answer in pictures) == [200] * 30 + [201] * 30
    assert len({answer.content for answer in answers}) == 30
    assert len({answer.content for answer in pictures}) == 30
    assert len(here.objects.names()) == 60
    assert len(segments(here, ann)) == 30
    check_materialised(here, ann)


def test_f66_a_killed_worker_loses_nothing_that_it_acknowledged(
    here: Service, backend: Backend
) -> None:
    """F66: killed while eight threads push, six times; what had a receipt is there, once."""
    ann = account(here, "ann", ACME)
    start = SystemClock().now() - timedelta(days=2)
    maker = Tracker(ann, httpx.Client(timeout=60))
    parts = [maker.part(later(start, 10 * n), pictures=(png(),)) for n in range(90)]
    records = [maker.seal(part) for part in parts]
    acknowledged: dict[str, bytes] = {}
    for round_number in range(6):
        some = list(zip(parts, records, strict=True))[15 * round_number : 15 * round_number + 15]
        with serving(backend) as worker, httpx.Client(base_url=worker.address, timeout=60) as web:
            tracker = Tracker(ann, web)
            countdown = iter(range(5 + 3 * round_number))

            def push(
                pair: tuple[object, Record],
                tracker: Tracker = tracker,
                worker: Worker = worker,
                countdown: Iterator[int] = countdown,
            ) -> None:
                part, record = pair
                with suppress(httpx.TransportError):
                    answer = tracker.put(record)
                    assert answer.status_code in {200, 201}
                    acknowledged[record.digest] = answer.content
                    tracker.put_picture(part, 0, png())  # type: ignore[arg-type]
                if next(countdown, None) is None:
                    worker.process.kill()

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(push, some))
    maker.web.close()  # type: ignore[attr-defined]

    with serving(backend) as worker, httpx.Client(base_url=worker.address, timeout=60) as web:
        tracker = Tracker(ann, web)
        for part, record in zip(parts, records, strict=True):
            answer = tracker.put(record)
            assert answer.status_code in {200, 201}
            if record.digest in acknowledged:
                assert answer.content == acknowledged[record.digest]
            assert tracker.put_picture(part, 0, png()).status_code in {200, 201}

    assert acknowledged
    assert len(segments(here, ann)) == 90
    check_materialised(here, ann)
    with here.store.reading(SYSTEM) as scope:
        taken = diary.pictures_of(scope, ann.user, [part.part_id for part in parts])
        orphans = evidence.doomed(scope, before_ms=1 << 50)
        assert accounts.standing(scope, ann.contract) is not None
    named = {name for row in taken for name in (row.object_key, row.thumbnail_key)}
    # F65: whatever lies in the store has a row, or is on the list of what is to go.
    assert named <= set(here.objects.names()) <= named | set(orphans)
    assert Reader.of_text(records[0].header.decode(), "header").text("part") == parts[0].part_id


def test_a_port_that_is_taken_is_said(backend: Backend) -> None:
    with serving(backend) as worker:
        port = worker.address.rpartition(":")[2]
        done = subprocess.run(
            [
                Path(sys.executable).with_name("worklog"),
                *("serve", "--port", port, "--data", str(backend.settings.data)),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **backend.environ},
        )

    assert done.returncode == 16
    assert "cannot be listened on" in done.stderr
