"""From the first start of a service to a device that was revoked, by the real commands."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import ACME
from tests.support.tracker_process import TrackerHome
from worklog.clock import SystemClock
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.settings import Settings
from worklog.service.store import accounts
from worklog.service.store import tables as t
from worklog.service.store.feed import News

WORKLOG = Path(sys.executable).with_name("worklog")
PASSWORD = "four calm words here"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a new service; give its address and the link that sets it up."""
    process = subprocess.Popen(
        [WORKLOG, "serve", "--port", "0", "--data", folder], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        first, _, link = [process.stdout.readline() for _ in range(3)]
        yield first.split()[-1], link.strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


@contextmanager
def logging_in(home: TrackerHome, address: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `worklog login`; give its process and the code that it shows."""
    process = subprocess.Popen(
        [WORKLOG, "login", address],
        env={**home.variables, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        code, said = None, ""
        for line in process.stdout:
            said += line
            if code := re.search(r"\b[B-Z]{4}-[B-Z]{4}\b", line):
                break
        assert code, said
        yield process, code[0]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def agree(folder: Path) -> None:
    """Put a contract between the one account there is and a client."""
    service = Service.open(Settings(folder), clock=SystemClock())
    news = News()
    with service.store.writing(SYSTEM) as scope:
        user = scope.db.scalar(t.users.select().with_only_columns(t.users.c.user_id))
        client = accounts.create_organisation(scope, "Acme")
        accounts.create_contract(scope, ACME, freelancer=str(user), organisation=client, news=news)
        news.publish(scope)
    service.close()


@pytest.fixture
def home(tmp_path: Path) -> TrackerHome:
    return TrackerHome(tmp_path / "home", program=[str(WORKLOG)])


def waiting(home: TrackerHome) -> str:
    done = home.run("sync", "--status", "--json")
    assert done.returncode == 0, done.stderr
    return json.dumps(json.loads(done.stdout)["data"])


def test_a_device_logs_in_syncs_and_keeps_its_outbox_when_it_is_revoked(
    home: TrackerHome, tmp_path: Path
) -> None:
    folder = tmp_path / "service"
    with serving(folder) as (address, link):
        web = httpx.Client(base_url=address, headers={"Origin": address}, timeout=30)
        fields = {"name": "ann", "display": "Ann", "password": PASSWORD, "organisation": ""}
        assert web.post(link, data=fields).status_code == 303
        agree(folder)

        with logging_in(home, address) as (process, code):
            assert web.post("/device", data={"code": code, "answer": "yes"}).status_code == 303
            assert process.wait(60) == 0
        assert "ann" in home.run("whoami").stdout
        assert home.run("sync").returncode == 0
        added = home.run("add", "yesterday 10:00-11:00", "-m", "plans", "-c", "acme")
        assert added.returncode == 0, added.stderr
        assert home.run("sync").returncode == 0
        nothing = waiting(home)

        page = web.get("/devices").text
        device = re.search(r"/devices/([^/]+)/revoke", page)
        assert device
        assert os.uname().nodename in page
        assert web.post(f"/devices/{device[1]}/revoke").status_code == 303
        assert home.run("add", "yesterday 14:00-15:00", "-m", "more", "-c", "acme").returncode == 0
        refused = home.run("sync")
        web.close()

    assert refused.returncode == 31, refused.stdout + refused.stderr
    assert "worklog login" in refused.stderr
    assert waiting(home) != nothing
